"""A simulated year in two workspaces, for looking around. What is true in it: docs/demo.md."""
