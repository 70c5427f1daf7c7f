"""`drs-conform replay`: its options, its exit codes, and what it refuses before anything is sent."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli import replay_output
from conformance.config import options
from conformance.config.option_values import cache_directory
from conformance.config.settings import Settings
from conformance.engine.conclude import OVERRIDING
from conformance.engine.replay import Replayer, ReplayVerdict
from conformance.engine.run import Run
from conformance.errors import ConfigurationError, LedgerError
from conformance.exchange.verdicts import ExitCode, Verdict
from conformance.findings import file
from conformance.reports.model import BUILT_IN
from conformance.reports.rows import printable
from conformance.spec import catalogue
from conformance.target.ledger import check_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.engine.abort import Abort
    from conformance.engine.replay import Result
    from conformance.findings.file import RecordedFinding
    from conformance.spec.catalogue import Catalogue

__all__ = ["run"]


LEFT_OUT = ("seed", "report_dir", "only", "known_deviations")
"""Options of a run that mean nothing here: a file brings its own seed, and one line tells what came of it."""

OPTIONS = tuple(option for option in options.OPTIONS if option.name not in LEFT_OUT)

EPILOG = """\
Where a finding is sent is never taken from its file, since your token goes there: name the target, in this call or in
DRS_TARGET. What was seen at the built-in mock is sent to the built-in mock.

exit codes: 0 all are fixed, 1 one is still broken at least, 2 wrong usage, 3 cannot tell, 4 target unreachable,
5 stopped for safety, 70 fault of the suite itself, 130 interrupted
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command line behind `replay`; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    # Hypothesis would leave what it knows of Unicode in the current directory; without it, it works it out anew.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_directory() / "hypothesis"))
    try:
        findings = [file.read(path) for path in dict.fromkeys(parsed.files)]
        settings = Settings.read(options.given(vars(parsed), os.environ, OPTIONS))
        _check_target(settings, findings)
        notices = [check_ledger(settings), settings.warning]
        requirements = catalogue.load()
        run = Run(settings, requirements)
    except (ConfigurationError, LedgerError) as error:
        _tell(str(error))
        return ExitCode.USAGE
    for notice in filter(None, notices):
        _tell(notice)
    return _replayed(run, requirements, findings)


def _replayed(run: Run, requirements: Catalogue, findings: Sequence[RecordedFinding]) -> int:
    """Send the findings, one after the other; returns the exit code."""
    results: list[Result] = []
    try:
        with run:
            replayer = Replayer(run, requirements)
            for finding in findings:
                results.append(replayer.replay(finding))
                with contextlib.suppress(OSError):  # whoever closes the output early does not change what is found
                    replay_output.show_result(finding, results[-1])
            with contextlib.suppress(OSError):
                replay_output.show_details(run.target, list(zip(findings, results, strict=True)))
    except KeyboardInterrupt:
        left = ", ".join(printable(str(finding.path)) for finding in findings[len(results) :])
        _tell(f"interrupted; not tried: {left or 'none'}")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python's own exit code for it, 1, would accuse the target
        _tell(f"the suite itself failed: {run.assessor().redactor(repr(error))}; please report it")
        return ExitCode.ERROR
    return _code(results, run.abort)


def _code(results: Sequence[Result], abort: Abort | None) -> int:
    if abort is not None and abort.verdict in OVERRIDING:
        return abort.verdict.exit_code
    outcomes = {result.outcome for result in results}
    if ReplayVerdict.BROKEN in outcomes:
        return ExitCode.VIOLATES
    if ReplayVerdict.UNKNOWN in outcomes:
        return (abort.verdict if abort is not None else Verdict.INCONCLUSIVE).exit_code
    return ExitCode.CONFORMS


def _check_target(settings: Settings, findings: Sequence[RecordedFinding]) -> None:
    """Refuse to judge the built-in mock where something else was meant: it would be told to be fixed."""
    elsewhere = [finding for finding in findings if not finding.target.endswith((BUILT_IN, f"({BUILT_IN})"))]
    if settings.target is None and elsewhere:
        path, target = elsewhere[0].path, printable(elsewhere[0].target)
        raise ConfigurationError(
            f"--target: missing; {path} was seen at {target}, and no file decides where a token goes"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="drs-conform replay",
        description="Send findings of earlier runs again, and tell which are still broken and which are fixed.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="a finding, as in reports/findings")
    options.declare(parser.add_argument, OPTIONS)
    return parser


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"drs-conform replay: {message}\n")
