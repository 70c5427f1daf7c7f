"""`drs-conform replay`: sends recorded findings again."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli import replay_output
from conformance.cli.messages import Parser, exit_codes, print_error
from conformance.config import option_values, options
from conformance.config.settings import Settings
from conformance.engine.conclude import OVERRIDING
from conformance.engine.replay import Replayer, ReplayVerdict
from conformance.engine.run import Run
from conformance.errors import ConfigurationError, LedgerError
from conformance.exchange.verdicts import ExitCode, Verdict
from conformance.findings import file
from conformance.reports.model import BUILT_IN
from conformance.spec import catalogue
from conformance.spec.characters import printable
from conformance.target.ledger import check_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.engine.abort import Abort
    from conformance.engine.replay import Result
    from conformance.findings.file import RecordedFinding
    from conformance.spec.catalogue import Catalogue

__all__ = ["run"]

PROGRAM = "drs-conform replay"
UNUSED_OPTIONS = ("seed", "report_dir", "only", "known_deviations")
"""Options of a run that have no meaning for a replay, which writes no reports and takes the seed from the file."""

OPTIONS = tuple(option for option in options.OPTIONS if option.name not in UNUSED_OPTIONS)

MEANINGS = {code: code.meaning for code in ExitCode} | {
    ExitCode.CONFORMS: "all findings are fixed",
    ExitCode.VIOLATES: "at least one is still broken",
    ExitCode.INCONCLUSIVE: "unknown for at least one",
}

EPILOG = f"""\
The target is never taken from the file of a finding, since it receives your token. Give it with --target or
DRS_TARGET. Without a target, findings on the built-in mock are sent to a built-in mock.

{exit_codes(MEANINGS)}
"""


def run(arguments: Sequence[str]) -> int:
    """Replay findings; return the exit code."""
    parsed = _parser().parse_args(arguments)
    option_values.set_hypothesis_directory()
    try:
        findings = [file.read(path) for path in dict.fromkeys(parsed.files)]
        settings = Settings.read(options.given(vars(parsed), os.environ, OPTIONS))
        _check_target(settings, findings)
        notices = [check_ledger(settings), settings.warning]
        requirements = catalogue.load()
        run = Run(settings, requirements)
    except (ConfigurationError, LedgerError) as error:
        print_error(str(error), PROGRAM)
        return ExitCode.USAGE
    for notice in filter(None, notices):
        print_error(notice, PROGRAM)
    return _replay(run, requirements, findings)


def _replay(run: Run, requirements: Catalogue, findings: Sequence[RecordedFinding]) -> int:
    """Send the findings, one after the other; return the exit code."""
    results: list[Result] = []
    try:
        with run:
            if run.abort is not None and not run.connected:
                print_error(run.abort.reason, PROGRAM)
                return run.abort.verdict.exit_code
            replayer = Replayer(run, requirements)
            for finding in findings:
                results.append(replayer.replay(finding))
                with contextlib.suppress(OSError):  # a closed output does not change the results
                    replay_output.show_result(finding, results[-1])
            with contextlib.suppress(OSError):
                replay_output.show_details(run.target, list(zip(findings, results, strict=True)))
    except KeyboardInterrupt:
        left = ", ".join(printable(str(finding.path)) for finding in findings[len(results) :])
        print_error(f"interrupted; not replayed: {left or 'none'}", PROGRAM)
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python would exit with 1, which means a violation
        print_error(f"the suite itself failed: {run.assessor().redactor(repr(error))}; please report it", PROGRAM)
        return ExitCode.ERROR
    return _exit_code(results, run.abort)


def _exit_code(results: Sequence[Result], abort: Abort | None) -> int:
    if abort is not None and abort.verdict in OVERRIDING:
        return abort.verdict.exit_code
    outcomes = {result.outcome for result in results}
    if ReplayVerdict.BROKEN in outcomes:
        return ExitCode.VIOLATES
    if ReplayVerdict.UNKNOWN in outcomes:
        return (abort.verdict if abort is not None else Verdict.INCONCLUSIVE).exit_code
    return ExitCode.CONFORMS


def _check_target(settings: Settings, findings: Sequence[RecordedFinding]) -> None:
    """Raise `ConfigurationError` if a finding on another server would be sent to the built-in mock, and look fixed."""
    remote = [finding for finding in findings if not finding.target.endswith((BUILT_IN, f"({BUILT_IN})"))]
    if settings.target is None and remote:
        path, target = remote[0].path, printable(remote[0].target)
        raise ConfigurationError(
            f"--target: missing; {path} was found on {target}; give the URL of the server to send it to"
        )


def _parser() -> Parser:
    parser = Parser(
        PROGRAM,
        "Send the findings of earlier runs again and print which are still broken and which are fixed.",
        EPILOG,
    )
    parser.add_argument(
        "files", metavar="FILE", type=Path, nargs="+", help="a finding, as a run writes them to reports/findings"
    )
    options.declare(parser.add_argument, OPTIONS)
    return parser
