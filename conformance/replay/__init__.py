"""Findings of an earlier run, sent again: `drs-conform replay`."""
