"""Editions of openapi.yaml for tests: unchanged, edited, and committed to a temporary git repository."""

from __future__ import annotations

import functools
import re
import subprocess
from typing import TYPE_CHECKING

from conformance.spec.openapi import SPEC_PATH
from scripts.specdiff.edition import read_edition

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.specdiff.edition import Edition

__all__ = ["ADDED", "DOCUMENT", "EDITS", "REMOVED", "changed", "commit", "edition"]

DOCUMENT = SPEC_PATH.read_text(encoding="utf-8")

LANGUAGE = "        - $ref: '#/components/parameters/Language'\n"
HEADER = "        - name: X-New\n          in: header\n          schema:\n            type: string\n"
MANDATORY = HEADER.replace("in: header\n", "in: header\n          required: true\n")
UNAVAILABLE = "        '503':\n          $ref: '#/components/responses/TemporarilyUnavailable'\n"
STATUS = """\
        status:
          type: string
          description: Status of the batch.
          example: COMMIT_SUCCESS
"""

EDITS = {
    "added optional header": (LANGUAGE, LANGUAGE + HEADER),
    "added mandatory header": (LANGUAGE, LANGUAGE + MANDATORY),
    "removed header": (LANGUAGE, ""),
    "added language": ("          - zh-cn\n", "          - zh-cn\n          - fr-fr\n"),
    "removed language": ("          - zh-cn\n", ""),
    "removed list of languages": ("        enum:\n          - en-us\n          - zh-cn\n", ""),
    "changed default": ("        default: en-us\n", "        default: zh-cn\n"),
    "changed pattern": ("(utf-8|UTF-8)", "(utf-8)"),
    "longer error code": ("          maxLength: 12\n", "          maxLength: 13\n"),
    "shorter error code": ("          minLength: 12\n", "          minLength: 11\n"),
    "removed limit of messages": ("          maxLength: 512\n", ""),
    "optional error code": (
        "        - error_code\n        - error_msg\n      properties:",
        "        - error_msg\n      properties:",
    ),
    "removed field": (STATUS, ""),
    "added field": (STATUS, STATUS.replace("        status:\n", "        state:\n") + STATUS),
    "added failure status": (UNAVAILABLE, UNAVAILABLE + UNAVAILABLE.replace("503", "507")),
    "removed failure status": (UNAVAILABLE, ""),
    "added success status": (
        UNAVAILABLE,
        UNAVAILABLE.replace("503", "202").replace("TemporarilyUnavailable", "Committed"),
    ),
    "changed path": ("  /v5/", "  /v6/"),
    "changed token header": ("      name: X-Auth-Token\n", "      name: X-Token\n"),
    "changed operationId": ("operationId: CommitAsyncJob", "operationId: CommitBatch"),
    "changed tag": ("      tags:\n        - Batch tasks\n", "      tags:\n        - Batches\n"),
    "deprecation": ("      operationId: ", "      deprecated: true\n      operationId: "),
    "changed description": ("Commit a checked batch", "Commit a batch that was checked"),
    "changed example": ("          example: DRS.10000001\n", "          example: DRS.10000002\n"),
    "changed comment": ("# The one source of truth", "# The source of truth"),
    "changed order of required": (
        "        - error_code\n        - error_msg\n      properties:",
        "        - error_msg\n        - error_code\n      properties:",
    ),
    "added region": ("          - ae-ad-1\n", "          - ae-ad-1\n          - xx-new-1\n"),
    "removed region": ("          - ae-ad-1\n", ""),
    "changed first server": ("https://drs.cn-north-4.", "https://drs.cn-north-1."),
    "removed default of a mandatory header": ("        default: application/json\n", ""),
    "changed OpenAPI version": ("openapi: 3.0.3", "openapi: 3.1.0"),
    "changed style of lists": ("      required: false\n", "      required: false\n      explode: true\n"),
    "closed object": (
        "      description: Refusal by the service itself.\n",
        "      description: Refusal by the service itself.\n      additionalProperties: false\n",
    ),
}
"""Edits by name: a text of the document and its replacement; the first occurrence is replaced."""


ADDED = {
    "id": "new-optional-request-parameter",
    "text": "added the new optional `header` request parameter `x-new`",
    "level": 1,
    "operation": "POST",
    "operationId": "CommitAsyncJob",
    "path": "/v5",
    "section": "paths",
    "revisionSource": {"file": "now.yaml", "line": 124},
}
REMOVED = {
    "id": "request-parameter-enum-value-removed",
    "text": "removed the enum value `zh-cn`",
    "level": 3,
    "operation": "POST",
    "path": "/v5",
    "section": "paths",
    "baseSource": {"file": "base.yaml", "line": 222},
}
"""Two rows of oasdiff's output."""


def changed(*names: str, version: str = "1.0.0") -> str:
    """Return the document with edits and a version."""
    text = re.sub(r"^  version: .*$", f"  version: {version}", DOCUMENT, count=1, flags=re.MULTILINE)
    for name in names:
        old, new = EDITS[name]
        assert old in text, name
        text = text.replace(old, new, 1)
    return text


@functools.cache
def edition(*names: str, version: str = "1.0.0", name: str = "openapi.yaml") -> Edition:
    """Return a cached edition with edits; a test that modifies it must pass a unique name."""
    return read_edition(name, changed(*names, version=version).encode())


def commit(folder: Path, text: str, tag: str) -> Path:
    """Commit a document to the repository in a folder, creating it if needed, and tag it; returns its path."""
    document = folder / "openapi.yaml"
    document.write_text(text, encoding="utf-8")
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    for command in (
        ["init", "--quiet"],
        ["add", "openapi.yaml"],
        [*identity, "commit", "--quiet", "--allow-empty", "--message", tag],
        ["tag", "--no-sign", tag],
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    return document
