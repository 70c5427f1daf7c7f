"""oasdiff, which lists the changes between two documents; Go builds it from go.mod and go.sum."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from scripts.specdiff.change import DocumentChange, Severity
from scripts.specdiff.edition import ADVICE
from scripts.specdiff.severities import SEVERITIES

if TYPE_CHECKING:
    from scripts.specdiff.edition import Edition

__all__ = ["OasdiffError", "build", "compare", "read_changes"]

MODULE = Path(__file__).parent
BUILD_SECONDS = 600
RUN_SECONDS = 60
NOTICE_AFTER_SECONDS = 3
NOTICE = "spec-diff: building oasdiff, which takes about a minute the first time ..."


class OasdiffError(Exception):
    """oasdiff cannot be built, or cannot read a document; the message says why, and what to do."""


def build() -> Path:
    """Return the path of oasdiff in Go's cache; the first build takes a minute and needs the network.

    Raises `OasdiffError`.
    """
    go = shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent))
    if go is None:
        raise OasdiffError(
            "Go was not found, but oasdiff is built with it; install Go 1.26 or newer, or run make spec-diff to get it"
        )
    # A go.work in a parent folder must not override go.mod, and no C compiler is needed.
    environment = os.environ | {"GOWORK": "off", "CGO_ENABLED": "0"}
    notice = threading.Timer(NOTICE_AFTER_SECONDS, print, [NOTICE], {"file": sys.stderr})
    notice.daemon = True
    notice.start()
    try:
        done = _run([go, "tool", "-n", "oasdiff"], MODULE, environment, BUILD_SECONDS)
    finally:
        notice.cancel()
    if done.returncode != 0:
        raise OasdiffError(
            f"Go could not build oasdiff; check that the module proxy is reachable: {_last_line(done.stderr)}"
        )
    return Path(done.stdout.strip())


def compare(program: Path, base: Edition, now: Edition) -> list[DocumentChange]:
    """Return the changes between two editions, except those of prose; raises `OasdiffError`."""
    names = {"base.yaml": base, "now.yaml": now}
    # oasdiff reads settings from its working directory, or from the file that OASDIFF_CONFIG names.
    environment = {name: value for name, value in os.environ.items() if name != "OASDIFF_CONFIG"}
    with TemporaryDirectory() as workspace:
        for name, edition in names.items():
            Path(workspace, name).write_bytes(edition.content)
        levels = "".join(f"{check} {level}\n" for check, level in SEVERITIES.items())
        Path(workspace, "levels.txt").write_text(levels, encoding="utf-8")
        options = ["--format", "json", "--severity-levels", "levels.txt", "--allow-external-refs=false"]
        done = _run([str(program), "changelog", *names, *options], Path(workspace), environment, RUN_SECONDS)
    if done.returncode != 0:
        message = _last_line(done.stderr).removeprefix("Error: ")
        for name, edition in names.items():
            message = message.replace(f'"{name}"', edition.name)
        raise OasdiffError(f"oasdiff: {message}; {ADVICE}")
    return read_changes(done.stdout, base, now)


def read_changes(output: str, base: Edition, now: Edition) -> list[DocumentChange]:
    """Parse the output of `oasdiff changelog --format json`; raises `OasdiffError`."""
    try:
        rows = json.loads(output)
        changes = [
            DocumentChange(Severity(row["level"]), _place(row, base, now), _text(row), row["id"]) for row in rows
        ]
    except (AttributeError, LookupError, TypeError, ValueError):
        rows, changes = None, []
    if not isinstance(rows, list):
        raise OasdiffError("oasdiff did not print a list of changes")
    return changes


def _place(row: dict[str, Any], base: Edition, now: Edition) -> str:
    for edition, source in ((now, "revisionSource"), (base, "baseSource")):
        if line := row.get(source, {}).get("line"):
            return f"{edition.name}:{line}"
    return f"{now.name}, {row.get('section', 'somewhere')}"


def _text(row: dict[str, Any]) -> str:
    operation = row.get("operationId") or " ".join(row[key] for key in ("operation", "path") if key in row)
    return f"{operation}: {row['text']}" if operation else str(row["text"])


def _run(
    command: list[str], folder: Path, environment: dict[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a pinned tool with fixed arguments
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OasdiffError(f"{Path(command[0]).name} did not finish within {seconds} s") from None
    except OSError as error:
        raise OasdiffError(f"{command[0]}: {error.strerror}") from None


def _last_line(text: str) -> str:
    *_, last = text.strip().splitlines() or ["no reason given"]
    return last
