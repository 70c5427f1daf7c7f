"""The report of a run: one model, and a renderer for each format."""
