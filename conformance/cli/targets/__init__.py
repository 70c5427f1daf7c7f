"""Several targets checked side by side, each by a run in its own process."""
