"""The forms of the workflow's pages."""
