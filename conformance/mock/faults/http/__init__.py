"""Faults in HTTP itself.

- `connection.py`: answers that cannot be read, and what happens on a connection: HTTP-001, 002, and 008 to 010
- `disclosure.py`: answers that disclose the token or internals: HTTP-005 and 006
- `protocol.py`: failures of the server, Allow, compression, and JSON: HTTP-003, 004, 007, 011 and 012
"""

from conformance.mock.faults.http import connection, disclosure, protocol

__all__ = ["connection", "disclosure", "protocol"]
