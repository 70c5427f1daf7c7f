"""Runs of the command line, with their output and reports."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from conformance.cli import main
from conformance.config.options import without_variables

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Completed:
    code: int
    out: str
    err: str
    directory: Path

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads((self.directory / "conformance.json").read_text(encoding="utf-8")))

    @property
    def broken(self) -> set[str]:
        return {item["id"] for item in self.report["requirements"] if item["verdict"] in ("fail", "warn")}

    def requirement(self, requirement_id: str) -> dict[str, Any]:
        return next(item for item in self.report["requirements"] if item["id"] == requirement_id)


class CommandLine:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def arguments(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "conformance", *arguments]

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment without the options of the developer, and with directories for this test."""
        ledger = self._directory.with_name("ledger")
        kept = without_variables(os.environ)
        return {**kept, "DRS_REPORT_DIR": str(self._directory), "DRS_LEDGER": str(ledger), **variables}

    def __call__(self, *arguments: str, **variables: str) -> Completed:
        """Run in this process, or in a new one if a variable is one that Python reads when it starts."""
        if any(name.startswith("PYTHON") for name in variables):
            return self.process(*arguments, **variables)
        out, err, code = io.StringIO(), io.StringIO(), 0
        with mock.patch.dict(os.environ, self.environment(**variables), clear=True), redirect_stdout(out):
            try:
                with redirect_stderr(err):
                    main.main(arguments)
            except SystemExit as error:
                code = int(error.code or 0)
        return Completed(code, out.getvalue(), err.getvalue(), self._directory)

    def process(self, *arguments: str, **variables: str) -> Completed:
        """Run in a new process."""
        process = subprocess.run(
            self.arguments(*arguments),
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        return Completed(process.returncode, process.stdout, process.stderr, self._directory)

    def with_closed_output(self, *arguments: str) -> tuple[int, str]:
        """Run with a closed standard output; return the exit code and the standard error."""
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as closed:
            process = subprocess.run(
                self.arguments(*arguments),
                env=self.environment(),
                stdout=closed,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=60,
            )
        return process.returncode, process.stderr
