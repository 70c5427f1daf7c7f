"""Reading of a finding's file. It is not trusted, and is rejected as a whole if any part is invalid."""

from __future__ import annotations

import base64
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.errors import ConfigurationError
from conformance.findings.placeholders import (
    BATCH,
    FOREIGN_PROJECT,
    OTHER_TOKENS,
    PROJECT,
    PlaceholderError,
    fill,
    named_tokens,
    of_transport,
)
from conformance.reports import render_finding
from conformance.reports.model import Repeats, Step
from conformance.spec import untrusted_files
from conformance.spec.untrusted_files import LONGEST_QUOTE, brief

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RecordedFinding", "read"]

SCHEMA = Path(render_finding.__file__).with_name("finding.schema.json")

TARGET_PLACEHOLDERS = dict.fromkeys((BATCH, PROJECT, FOREIGN_PROJECT), "-")
"""The placeholders allowed in a target. Those of tokens are not: a token in a path would be in every log on the way."""
TOKEN_PLACEHOLDERS = dict.fromkeys((*named_tokens(""), *OTHER_TOKENS), "-")
"""The placeholders allowed in an X-Auth-Token header."""


@dataclass(frozen=True)
class RecordedFinding:
    """A finding of an earlier run.

    Attributes:
        path: Path of the file.
        requirement: ID of the requirement.
        title: The requirement in one sentence.
        level: MUST, SHOULD or OBSERVE.
        actual: The actual answer.
        stimulus: Name of the scenario or phase.
        alone: Whether the last request reproduces it without the others; if not, the whole scenario is needed.
        repeats: How often it was sent again in that run and reproduced.
        seed: Seed of that run.
        suite_version: Version of the suite that wrote the file.
        target: The target of that run.
        steps: The requests.
    """

    path: Path
    requirement: str
    title: str
    level: str
    actual: str
    stimulus: str
    alone: bool
    repeats: Repeats
    seed: int
    suite_version: str
    target: str
    steps: tuple[Step, ...]


def read(path: Path) -> RecordedFinding:
    """Read a finding's file.

    Raises:
        ConfigurationError: The file cannot be read, is not a finding, or has another format; the message names it.
    """
    document = untrusted_files.parse_json(untrusted_files.read_text(path, path), path)
    if not isinstance(document, dict) or "requests" not in document or "requirement" not in document:
        raise _not_a_finding(path, "it has no requirement or no requests")
    if document.get("format") != render_finding.FORMAT:
        version = document.get("suite_version")
        writer = version[:LONGEST_QUOTE] if isinstance(version, str) else "of the version that wrote it"
        raise ConfigurationError(
            f"{path}: has the format {brief(document.get('format'))} instead of {render_finding.FORMAT}; "
            f"replay it with drs-conform {writer}"
        )
    try:
        _validator().validate(document)
    except jsonschema_rs.ValidationError as mismatch:
        place = "/".join(map(str, mismatch.instance_path)) or "the top level"
        raise _not_a_finding(path, f"its schema does not allow the value at {place}") from None
    try:
        steps = tuple(map(_step, document["requests"]))
    except ValueError as invalid:
        raise _not_a_finding(path, str(invalid)) from None
    values = {name: document[name] for name in RecordedFinding.__dataclass_fields__ if name in document}
    return RecordedFinding(**values | {"path": path, "repeats": Repeats(**document["repeats"]), "steps": steps})


def _not_a_finding(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: is not a finding ({reason}); use a file that a run wrote to reports/findings")


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _step(values: Mapping[str, Any]) -> Step:
    """Return a request; raises `ValueError` if a run would not have written it."""
    batch = values["batch"] or {"state": "", "id": None}
    headers = tuple((name, value) for name, value in values["headers"])
    named = fill(values["target"], TARGET_PLACEHOLDERS) != fill(values["target"], TARGET_PLACEHOLDERS | {BATCH: ""})
    if named != bool(batch["state"]):
        raise PlaceholderError(f"the placeholder {{{BATCH}}} and the state of the batch must be given together")
    for name, value in headers:
        fill(value, TOKEN_PLACEHOLDERS if name.lower() == "x-auth-token" else {})
        if of_transport(name):
            raise PlaceholderError(f"the header {name!r} must not be set by a finding")
    body = values["body"].encode() if "body" in values else base64.b64decode(values["body_base64"], validate=True)
    return Step(values["method"], values["target"], headers, body, batch["state"], batch["id"])
