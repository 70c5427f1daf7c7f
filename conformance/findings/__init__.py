"""Findings that somebody else can send again: recording, reading, filling in, and curl commands."""
