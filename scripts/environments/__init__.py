"""Tests of the client, installed in separate environments with each Python version and each HTTP library."""
