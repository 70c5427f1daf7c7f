"""Faults in who is let in.

- `credentials.py`: calls without a valid token, and for projects in which the token has no rights: AUTH-001 to AUTH-011
- `tokens.py`: how tokens are compared: AUTH-008 and AUTH-013
- `callers.py`: calls of two callers, each with a valid token for its own project: AUTH-009, AUTH-011 and AUTH-012
"""

from conformance.mock.faults.authentication import callers, credentials, tokens

__all__ = ["callers", "credentials", "tokens"]
