"""Authentication by token, IAM user or access key, and what the generated client shares with the suite and the mock.

The modules that scripts/client/package.py lists as shared do no I/O, and import only the standard library and each
other.
"""
