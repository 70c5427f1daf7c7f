"""Faults that show in calls of other clients than the usual one.

- `connections.py`: the version of HTTP, and what follows on a connection: CLIENT-001, 002, 005, 006 and 016
- `forms.py`: the forms in which a call may come: CLIENT-003, 004, 010 and 013 to 015
- `answers.py`: HEAD, and what a client accepts and does not: CLIENT-007 to 009, 011 and 012
"""

from conformance.mock.faults.clients import answers, connections, forms

__all__ = ["answers", "connections", "forms"]
