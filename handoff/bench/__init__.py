"""Measurements of speed (`make bench`), on a database of their own that nobody else uses.

`world` and `fill` make the database, `model` its scoring model, `figures` holds what comes out;
the other modules measure. docs/performance.md says what the figures mean.
"""
