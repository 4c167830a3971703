"""Every figure, defined once: for the dashboards, the mails, the command and the API.

A figure is a count of `facts` within a `scope`, and leads to the leads behind it (`links`).
`counting` counts what happened in a period, from the daily `summary` where that has the answer;
`cohorts` follows the MQLs of a period; `durations`, `responses`, `afterwards`, `maturity` and
`revenue` are no sums of days, and go through the rows. `report` puts figures side by side as data.
"""
