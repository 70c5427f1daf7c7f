"""A server that somebody wrote from the documentation alone, and what the suite says of its mutants.

`server.py` is as its author wrote it, before the suite was first run on it.
"""
