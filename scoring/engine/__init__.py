"""From facts and events to numbers: rules as values, evaluated in Python and in SQL alike.

`rules` and `definitions` read a version into frozen values; `evaluate` is the plain evaluator,
`compiled` the same as SQL; `gather` reads the facts for the first, `hindsight` those known at a
moment of the past for both. Nothing here writes.
"""
