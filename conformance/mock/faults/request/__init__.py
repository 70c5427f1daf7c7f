"""Faults in which requests are accepted, and with which status.

- `statuses.py`: the status of documented calls: REQ-001
- `languages.py`: the languages of answers, and the name of X-Language: REQ-002, 013, 015, 016 and 018
- `forms.py`: media types, methods, paths and the other header names: REQ-003 to 005, 007, 009, 015 and 017
"""

from conformance.mock.faults.request import forms, languages, statuses

__all__ = ["forms", "languages", "statuses"]
