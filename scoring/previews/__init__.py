"""What a version would have done to real history, as it was known then.

For every lead, both versions are asked at the moments when something became known of it: its
state when the period began, its capture, the last event of each day on which it did something,
each recorded change of its facts, its hand-offs. Nothing later than its first hand-off of the
period is looked at, nor anything learned after the moment itself (scoring.engine.hindsight).

`question` is what is asked, `looks` and `stories` read what was known, `tally` adds it up,
`report` says what came out; `runs` does it in the background, a chunk of leads a transaction.
"""
