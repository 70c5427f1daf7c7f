"""What a run has to say: one model, and a renderer for each format."""
