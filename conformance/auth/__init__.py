"""Authentication by token, IAM user or access key.

The modules that scripts/client/package.py lists as shared do no I/O and import only the standard library.
"""
