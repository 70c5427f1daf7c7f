"""Severities that differ from oasdiff's, because a client is generated from the document."""

from __future__ import annotations

__all__ = ["SEVERITIES"]

SEVERITIES = {
    # Callers may use the removed item. Optional means that it can be absent, not that it is unused.
    "response-optional-property-removed": "err",
    "optional-response-header-removed": "err",
    "response-non-success-status-removed": "err",
    # A caller that accepts only 200 takes another 2xx for a failure. A new failure is one of many.
    "response-success-status-added": "err",
    # A deprecation announces a removal but does not make it compatible.
    "api-removed-with-deprecation": "err",
    "api-path-removed-with-deprecation": "err",
    "request-parameter-removed-with-deprecation": "err",
    "response-required-property-removed-with-deprecation": "err",
    # Generated clients derive names of functions, modules, models and parameter values from these.
    "api-operation-id-removed": "err",
    "api-tag-removed": "err",
    "api-schema-removed": "err",
    "request-parameter-became-not-enum": "err",
    # A caller that omits the parameter gets another result.
    "request-parameter-default-value-changed": "err",
    "request-parameter-default-value-removed": "err",
    # A deprecation is compatible, with or without a removal date.
    "api-deprecated-sunset-missing": "none",
    "request-parameter-deprecated-sunset-missing": "none",
    "request-property-deprecated-sunset-missing": "none",
    "response-property-deprecated-sunset-missing": "none",
    # The version is judged by rule.py.
    "api-version-not-bumped": "none",
    "api-version-decreased": "none",
    "api-major-version-not-bumped": "none",
}
"""The level of each check, in the format of oasdiff's option `--severity-levels`."""
