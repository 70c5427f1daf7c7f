"""Clients that other people's generators make from openapi.yaml: built strictly, run against the mock, judged."""
