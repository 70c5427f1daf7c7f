"""Editions of openapi.yaml: the document as it is, with changes, and committed to a git repository of a test's own."""

from __future__ import annotations

import functools
import re
import subprocess
from typing import TYPE_CHECKING

from conformance.specification import SPEC_PATH
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
    "an optional header": (LANGUAGE, LANGUAGE + HEADER),
    "a mandatory header": (LANGUAGE, LANGUAGE + MANDATORY),
    "a header less": (LANGUAGE, ""),
    "a language more": ("          - zh-cn\n", "          - zh-cn\n          - fr-fr\n"),
    "a language less": ("          - zh-cn\n", ""),
    "any language": ("        enum:\n          - en-us\n          - zh-cn\n", ""),
    "another default": ("        default: en-us\n", "        default: zh-cn\n"),
    "another pattern": ("(utf-8|UTF-8)", "(utf-8)"),
    "a longer error code": ("          maxLength: 12\n", "          maxLength: 13\n"),
    "a shorter error code": ("          minLength: 12\n", "          minLength: 11\n"),
    "no limit of messages": ("          maxLength: 512\n", ""),
    "a code that may be absent": (
        "        - error_code\n        - error_msg\n      properties:",
        "        - error_msg\n      properties:",
    ),
    "a field less": (STATUS, ""),
    "a field more": (STATUS, STATUS.replace("        status:\n", "        state:\n") + STATUS),
    "a failure more": (UNAVAILABLE, UNAVAILABLE + UNAVAILABLE.replace("503", "507")),
    "a failure less": (UNAVAILABLE, ""),
    "a success more": (UNAVAILABLE, UNAVAILABLE.replace("503", "202").replace("TemporarilyUnavailable", "Committed")),
    "another path": ("  /v5/", "  /v6/"),
    "another token header": ("      name: X-Auth-Token\n", "      name: X-Token\n"),
    "another operationId": ("operationId: CommitAsyncJob", "operationId: CommitBatch"),
    "another tag": ("      tags:\n        - Batch tasks\n", "      tags:\n        - Batches\n"),
    "a deprecation": ("      operationId: ", "      deprecated: true\n      operationId: "),
    "another description": ("Commit a checked batch", "Commit a batch that was checked"),
    "another example": ("          example: DRS.10000001\n", "          example: DRS.10000002\n"),
    "another comment": ("# The one source of truth", "# The source of truth"),
    "another order of what is required": (
        "        - error_code\n        - error_msg\n      properties:",
        "        - error_msg\n        - error_code\n      properties:",
    ),
    "a region more": ("          - ae-ad-1\n", "          - ae-ad-1\n          - xx-new-1\n"),
    "a region less": ("          - ae-ad-1\n", ""),
    "another first server": ("https://drs.cn-north-4.", "https://drs.cn-north-1."),
    "no default that is sent unasked": ("        default: application/json\n", ""),
    "another OpenAPI": ("openapi: 3.0.3", "openapi: 3.1.0"),
    "another way of writing lists": ("      required: false\n", "      required: false\n      explode: true\n"),
    "no fields but the documented": (
        "      description: Refusal by the service itself.\n",
        "      description: Refusal by the service itself.\n      additionalProperties: false\n",
    ),
}
"""One text for another, whose first place is edited."""


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
"""Two rows of what oasdiff prints."""


def changed(*names: str, version: str = "1.0.0") -> str:
    """Return the document with some of the edits, and a version."""
    text = re.sub(r"^  version: .*$", f"  version: {version}", DOCUMENT, count=1, flags=re.MULTILINE)
    for name in names:
        old, new = EDITS[name]
        assert old in text, name
        text = text.replace(old, new, 1)
    return text


@functools.cache
def edition(*names: str, version: str = "1.0.0", name: str = "openapi.yaml") -> Edition:
    """Return an edition with some of the edits, read once; whoever changes it gives it a name of its own."""
    return read_edition(name, changed(*names, version=version).encode())


def commit(folder: Path, text: str, tag: str) -> Path:
    """Commit a document to the repository in a folder, which is made if there is none, and tag it; returns its path."""
    document = folder / "openapi.yaml"
    document.write_text(text, encoding="utf-8")
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    for command in (
        ["init", "--quiet"],
        ["add", "openapi.yaml"],
        [*identity, "commit", "--quiet", "--allow-empty", "--message", tag],
        ["tag", "--no-sign", tag],
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)  # noqa: S603, S607 - a repository of a test's own
    return document
