"""How bad changes are, where we see it otherwise than oasdiff does: a client is generated from the document, too."""

from __future__ import annotations

__all__ = ["SEVERITIES"]

SEVERITIES = {
    # A caller or a parser may use what goes; that it was optional means that it can be absent, not that it is unused.
    "response-optional-property-removed": "err",
    "optional-response-header-removed": "err",
    "response-non-success-status-removed": "err",
    # Who takes 200 alone for success takes another success for a failure; a new failure is one more of many.
    "response-success-status-added": "err",
    # A deprecation announces a removal, and does not make it compatible.
    "api-removed-with-deprecation": "err",
    "api-path-removed-with-deprecation": "err",
    "request-parameter-removed-with-deprecation": "err",
    "response-required-property-removed-with-deprecation": "err",
    # Names in generated clients: of functions, modules, models and the values of parameters.
    "api-operation-id-removed": "err",
    "api-tag-removed": "err",
    "api-schema-removed": "err",
    "request-parameter-became-not-enum": "err",
    # Who leaves a parameter out gets something else.
    "request-parameter-default-value-changed": "err",
    "request-parameter-default-value-removed": "err",
    # A deprecation breaks nothing, with a date of removal or without.
    "api-deprecated-sunset-missing": "none",
    "request-parameter-deprecated-sunset-missing": "none",
    "request-property-deprecated-sunset-missing": "none",
    "response-property-deprecated-sunset-missing": "none",
    # What must become of the version is said by our own rule.
    "api-version-not-bumped": "none",
    "api-version-decreased": "none",
    "api-major-version-not-bumped": "none",
}
"""The level of each such check, as oasdiff's option `--severity-levels` takes it."""
