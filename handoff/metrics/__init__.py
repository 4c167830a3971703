"""The funnel's figures: the one place that computes them, for the page, the command and the API.

Counts are of leads, from recorded moves: what the report says can be listed (`lead_criteria`).
`cohorts` follows the leads that became MQL in a period, `moved` counts what happened in it,
`answers` is how sales answered the offers, `breakdown` puts them side by side.
"""
