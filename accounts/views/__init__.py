"""The views of people and workspaces."""
