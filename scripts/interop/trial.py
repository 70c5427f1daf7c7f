"""The test of one pair: generate, compile, run against a new mock, and check the result."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.options import without_variables
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.spec.openapi import SPEC_PATH
from scripts import npm
from scripts.interop import wire
from scripts.interop.pair import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.interop.pair import Pair

__all__ = ["BUILD", "STAGES", "PairResult", "try_pair"]

BUILD = npm.INSTALLED.parent / ".interop"
"""Build directory, with a folder for each pair; the package managers use their usual caches."""

STAGES = ("generated", "compiled", "ran", "headers right")
LIMIT_TEXT = re.compile(r"exactly 12 characters", re.IGNORECASE)
SECONDS = 1500
_LONGEST_MESSAGE = 3000
_SETTINGS = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "DRS_SPEC": str(SPEC_PATH),
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
}


class _CommandError(Exception):
    """A command failed; the message has its output."""


@dataclass
class PairResult:
    """The result of one pair.

    Attributes:
        pair: Name of the pair.
        passed: The stages that passed, in order.
        limits: Where the client has the length of `error_code`: `validation`, `docs`, or `lost`.
        seconds: Duration.
        missing: Missing programs; if there are any, the pair was not run.
        mistakes: Messages about what was wrong.
    """

    pair: str
    passed: list[str] = field(default_factory=list)
    limits: str = ""
    seconds: float = 0
    missing: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The verdict: `passed`, `failed` or `not run`."""
        if self.missing:
            return "not run"
        return "passed" if len(self.passed) == len(STAGES) and not self.mistakes else "failed"


def try_pair(pair: Pair, build: Path = BUILD) -> PairResult:
    """Test a pair in an empty folder; raises `npm.InstallationError`."""
    outcome = PairResult(pair.name, missing=[program for program in pair.needs if shutil.which(program) is None])
    if importlib.util.find_spec("openapi_generator_cli") is None:
        outcome.missing.append("openapi-generator-cli")
    if outcome.missing:
        return outcome
    place = build / pair.name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(PROGRAMS / pair.name, place)
    given = set(place.rglob("*"))
    if pair.npm:
        (place / "node_modules").symlink_to(npm.install(Path(__file__).with_name("npm"), npm.INSTALLED / "interop"))
        (place / "package.json").write_text('{"type": "module"}\n', encoding="utf-8")
    start = time.monotonic()
    try:
        _stages(pair, place, given, outcome)
    except _CommandError as error:
        outcome.mistakes.append(str(error))
    outcome.seconds = time.monotonic() - start
    return outcome


def _stages(pair: Pair, place: Path, given: set[Path], outcome: PairResult) -> None:
    for command in pair.generate:
        _do(command, place)
    outcome.passed.append("generated")
    outcome.limits = _limits(pair, place, given)
    for command in pair.compile:
        _do(command, place)
    outcome.passed.append("compiled")
    ready, unknown = (wire.without(batch_id, pair.loses) for batch_id in (wire.READY_ID, wire.UNKNOWN_ID))
    with EmbeddedServer() as server:
        server.app.store.add([Batch(ready, server.settings.project_id, BatchStatus.READY)])
        called = {
            "DRS_URL": server.url,
            "DRS_TOKEN": server.settings.token,
            "DRS_PROJECT_ID": server.settings.project_id,
            "DRS_READY_ID": ready,
            "DRS_UNKNOWN_ID": unknown,
        }
        output = _do(pair.run, place, called)
        mistakes = list(wire.judge_output(output, pair.loses))
        if not mistakes:
            outcome.passed.append("ran")
        wrong = list(wire.judge_record(server.app.record.listed(), pair.loses))
        if not wrong:
            outcome.passed.append("headers right")
    outcome.mistakes += mistakes + wrong


def _limits(pair: Pair, place: Path, given: set[Path]) -> str:
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in place.rglob("*")
        if path not in given and path.is_file() and "node_modules" not in path.parts
    ]
    if pair.validates and any(re.search(pair.validates, text) for text in texts):
        return "validation"
    return "docs" if any(map(LIMIT_TEXT.search, texts)) else "lost"


def _do(command: str, place: Path, environment: dict[str, str] | None = None) -> str:
    words = [word.format_map(_places()) for word in shlex.split(command)]
    try:
        done = subprocess.run(  # noqa: S603 - commands of pairs.yaml
            words,
            cwd=place,
            env=without_variables(os.environ) | _SETTINGS | (environment or {}),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        raise _CommandError(f"{command}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise _CommandError(f"{command}: did not finish within {SECONDS} s") from None
    if done.returncode != 0:
        said = f"{done.stdout}{done.stderr}".strip()[-_LONGEST_MESSAGE:]
        raise _CommandError(f"{command}: exit code {done.returncode}\n{said}")
    return done.stdout


def _places() -> dict[str, str]:
    spec = importlib.util.find_spec("openapi_generator_cli")
    folders: Sequence[str] = spec.submodule_search_locations or () if spec else ()
    return {
        "spec": str(SPEC_PATH),
        "jar": str(Path(next(iter(folders), ""), "openapi-generator.jar")),
        "node": npm.node(),
        "python": sys.executable,
        "bin": str(Path(sys.executable).parent),
    }
