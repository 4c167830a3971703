"""Leads from files: CSV or XLSX, with their history, into one workspace.

Bottom up: `files` reads tables, `maps` says which column is what, `cells` and `records` turn a
line into facts, `planning` compares them with what is known, `writing` writes a plan, `runs`
carries a whole file through in chunks, `tasks` does so in the background.
"""
