"""Portable findings: recording, reading and filling in their requests, and curl commands."""
