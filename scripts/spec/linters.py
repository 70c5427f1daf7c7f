"""Third-party linters: Spectral and Redocly, run once for all documents, and openapi-spec-validator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openapi_spec_validator import OpenAPIV30SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing.exceptions import Unresolvable

from scripts import npm
from scripts.spec.facts import escape, one_line
from scripts.spec.finding import Objection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.spec.facts import Json

__all__ = ["LinterError", "lint", "validate"]

LOCK = Path(__file__).parent
RULES = "spectral.yaml"
SECONDS = 300
SPECTRAL = "@stoplight/spectral-cli/dist/index.js"
REDOCLY = "@redocly/cli/bin/cli.js"


class LinterError(Exception):
    """A linter failed to run; the message has its output."""


def lint(documents: Sequence[Path]) -> list[Objection]:
    """Return the findings of Spectral and Redocly; raises `LinterError` or `npm.InstallationError`."""
    modules = npm.install(LOCK, npm.INSTALLED / "spec")
    shutil.copy(LOCK / RULES, modules.parent / RULES)  # Spectral resolves rule sets relative to this file
    return [*_spectral(modules, documents), *_redocly(modules, documents)]


def _spectral(modules: Path, documents: Sequence[Path]) -> Iterator[Objection]:
    options = ["--ruleset", str(modules.parent / RULES), "--fail-severity", "hint", "--quiet", "--format", "json"]
    (findings,) = _run(modules / SPECTRAL, ["lint", *options, *map(str, documents)])
    for found in findings:
        line = found["range"]["start"]["line"] + 1
        yield Objection(Path(found["source"]), line, f"spectral {found['code']}", one_line(found["message"]))


def _redocly(modules: Path, documents: Sequence[Path]) -> Iterator[Objection]:
    options = ["--extends", "recommended-strict", "--format", "json", "--max-problems", "1000"]
    reports = _run(modules / REDOCLY, ["lint", *options, *map(str, documents)])
    for document, report in zip(documents, reports, strict=True):
        for found in report["problems"]:
            line = found["location"][0].get("start", {}).get("line", 1)
            yield Objection(document, line, f"redocly {found['ruleId']}", one_line(found["message"]))


def _run(program: Path, arguments: list[str]) -> list[Any]:
    """Run a linter and return the sequence of JSON values that it prints."""
    # By default, Redocly checks for updates and sends telemetry.
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
    command = [npm.node(), str(program), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a pinned linter
            command,
            cwd=program.parent,  # a directory without configuration files
            env=os.environ | quiet,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        values = list(_values(done.stdout))
    except subprocess.TimeoutExpired:
        raise LinterError(f"{program.name} did not finish within {SECONDS} s") from None
    except ValueError:
        values = []
    if not values:
        raise LinterError(f"{program.name} did not print a result: {done.stderr or done.stdout}".strip())
    return values


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        yield value
        text = text[end:]


def validate(document: Json) -> Iterator[tuple[str, str]]:
    """Yield the JSON pointer and message of each finding of openapi-spec-validator."""
    try:
        for error in OpenAPIV30SpecValidator(document).iter_errors():
            yield "".join(f"/{escape(str(token))}" for token in error.absolute_path), one_line(error.message)
    except (OpenAPIValidationError, Unresolvable) as error:
        yield "", one_line(str(error))
    except (LookupError, TypeError, ValueError) as error:  # the validator continues after an error and may crash
        yield "", f"the validator stopped early: {error!r}"
