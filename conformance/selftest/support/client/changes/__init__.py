"""Ordinary changes of openapi.yaml, and programs that use the client which is made from the changed document."""

from conformance.selftest.support.client.changes import answers, calls, fields, names
from conformance.selftest.support.client.changes.documents import CHANGES, Change

__all__ = ["CHANGES", "Change", "answers", "calls", "fields", "names"]
