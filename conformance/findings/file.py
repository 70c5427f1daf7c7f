"""A finding's file, read: whoever wrote it is not trusted, and it is refused as a whole or taken as a whole."""

from __future__ import annotations

import base64
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.config import option_values
from conformance.errors import ConfigurationError
from conformance.findings.placeholders import BATCH, EXPIRED, FOREIGN_PROJECT, PROJECT, PlaceholderError, fill, tokens
from conformance.reports import render_finding
from conformance.reports.model import Repeats, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RecordedFinding", "read"]

SCHEMA = Path(render_finding.__file__).with_name("finding.schema.json")

TRANSPORTS = ("connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade")
"""Headers that say how a request is carried, and to whom: none of a finding's business."""

IN_TARGET = dict.fromkeys((BATCH, PROJECT, FOREIGN_PROJECT), "-")
IN_TOKEN = dict.fromkeys((*tokens(""), EXPIRED), "-")
"""The placeholders, and where they may stand: a token in a path would be in every log on the way."""


@dataclass(frozen=True)
class RecordedFinding:
    """A finding of an earlier run.

    Attributes:
        path: Its file.
        requirement: Id of the requirement.
        title: The requirement, in one sentence.
        level: How binding it is.
        expected: What should have come.
        actual: What came.
        stimulus: What sent it.
        alone: Whether the last of its requests shows it by itself; else the stimulus does, as a whole.
        repeats: What came of sending it again at once.
        seed: Seed of that run.
        suite_version: Version of the suite that made it.
        target: Where it was seen.
        steps: Its requests.
    """

    path: Path
    requirement: str
    title: str
    level: str
    expected: str
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
        ConfigurationError: It cannot be read, is something else, or is of another format; the message names it.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {option_values.reason(error)}") from None
    except (ValueError, RecursionError):
        raise _stranger(path, "no JSON") from None
    if not isinstance(document, dict) or "requests" not in document or "requirement" not in document:
        raise _stranger(path, "it names no requirement and no requests")
    if document.get("format") != render_finding.FORMAT:
        raise ConfigurationError(
            f"{path}: has the format {document.get('format')!r}, and not {render_finding.FORMAT}; "
            f"replay it with drs-conform {document.get('suite_version', 'of its version')}"
        )
    flaw = next(_validator().iter_errors(document), None)
    if flaw is not None:
        place = "/".join(map(str, flaw.instance_path)) or "the top"
        raise _stranger(path, f"see {place}")
    try:
        steps = tuple(map(_step, document["requests"]))
    except ValueError as wrong:
        raise _stranger(path, str(wrong)) from None
    told = {name: document[name] for name in RecordedFinding.__dataclass_fields__ if name in document}
    return RecordedFinding(**told | {"path": path, "repeats": Repeats(**document["repeats"]), "steps": steps})


def _stranger(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: is no finding ({why}); give a file that a run has left in reports/findings")


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _step(values: Mapping[str, Any]) -> Step:
    """Return a request; raises `ValueError` where it is not what a run writes."""
    batch = values["batch"] or {"state": "", "id": None}
    headers = tuple((name, value) for name, value in values["headers"])
    named = fill(values["target"], IN_TARGET) != fill(values["target"], IN_TARGET | {BATCH: ""})
    if named != bool(batch["state"]):
        raise PlaceholderError(f"{{{BATCH}}} and what is known of the batch go together")
    for name, value in headers:
        fill(value, IN_TOKEN if name.lower() == "x-auth-token" else {})
        if name.lower() in TRANSPORTS or name.lower().startswith("proxy-"):
            raise PlaceholderError(f"the header {name!r} is the sender's alone")
    body = values["body"].encode() if "body" in values else base64.b64decode(values["body_base64"], validate=True)
    return Step(values["method"], values["target"], headers, body, batch["state"], batch["id"])
