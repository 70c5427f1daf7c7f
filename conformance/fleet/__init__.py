"""Several targets judged side by side, each by a run in a process of its own."""
