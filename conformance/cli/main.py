"""The command line: `drs-conform`."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

import conformance
from conformance.config import options
from conformance.errors import CatalogueError, ConfigurationError
from conformance.exchange.verdicts import ExitCode
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.spec.catalogue import Catalogue

__all__ = ["main"]

SUITE = Path(__file__).parents[1] / "suite"

COMMANDS = {
    "diff": "conformance.cli.diff",
    "matrix": "conformance.cli.matrix",
    "replay": "conformance.cli.replay",
}
"""The subcommands, each with the module that runs it; it is loaded if it is asked for."""

EPILOG = """\
commands: drs-conform COMMAND --help tells of each

exit codes: 0 conforms, 1 violates a MUST, 2 wrong usage, 3 inconclusive, 4 target unreachable,
5 stopped for safety, 70 fault of the suite itself, 130 interrupted; of several targets, the first that
one of them has out of 130, 70, 5, 1, 4, 3, 0

in the file of --targets, each target is a table, whose name is that of its directory below --report-dir;
its keys are the options above, such as ready_job = ["ID"], or with _env a variable that holds the value:

  [north]
  target = "https://drs.cn-north-4.myhuaweicloud.com"
  project_id = "054ba152d480d55b2f5dc0069e7ddef0"
  token_env = "TOKEN_NORTH"

secrets are taken from such variables only, and each run is given its own; what is given beside --targets
holds for all of them and overrides the file; paths in the file start from its directory
"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of the verdict."""
    code = 0
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except OSError:
        # Nobody reads on; what is still in the buffer must not fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        # Before a run has begun, or after it has ended: the run itself hears of it and leaves a report.
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the second one does not kill what is leaving
        code = ExitCode.INTERRUPTED
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    if arguments and arguments[0] in COMMANDS:
        command: Callable[[Sequence[str]], int] = importlib.import_module(COMMANDS[arguments[0]]).run
        return command(arguments[1:])
    parser = _parser()
    parsed = parser.parse_args(arguments)
    try:
        requirements = catalogue.load()
        if parsed.list or parsed.explain:
            _tell(requirements, parsed)
            return 0
    except CatalogueError as error:
        parser.error(str(error))
    try:
        file = options.given(vars(parsed), os.environ, [options.TARGETS])
    except ConfigurationError as error:
        parser.error(str(error))
    return _judge_all(Path(file["targets"]), parsed, parser) if file else _judge(arguments)


def _judge_all(path: Path, parsed: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Judge several targets, each in a process of its own."""
    from conformance.cli.targets import command  # noqa: PLC0415 - it loads what a single run does without

    if parsed.plan:
        parser.error("--plan: tells of one target; name that with --target instead of --targets")
    return command.run(path, vars(parsed), os.environ)


def _judge(arguments: Sequence[str]) -> int:
    """Hand the run to pytest, which tells nothing itself: the verdict is told by the suite's own hooks."""
    quiet = ["--assert=plain", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "--capture=no"]
    witness = _SessionWatcher()
    # What somebody set for test runs of their own is none of this run's business.
    for variable in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(variable, None)
    place = [str(SUITE), f"--rootdir={SUITE}", "-c", os.devnull, "--import-mode=importlib"]
    try:
        code = int(pytest.main([*place, *quiet, *arguments], plugins=[witness]))
    except Exception as error:  # noqa: BLE001 - Python's own exit code for it, 1, would accuse the target
        print(f"drs-conform: the suite cannot be loaded: {error!r}; set it up anew", file=sys.stderr)  # noqa: T201 - no report tells it
        return ExitCode.ERROR
    if witness.interrupted and not witness.session_ended:
        return ExitCode.INTERRUPTED
    # pytest has meanings of its own for some of our codes, such as 4, which it ends with before a session begins.
    return code if witness.session_ended or code == ExitCode.USAGE else ExitCode.ERROR


class _SessionWatcher:
    """A pytest plugin that tells whether the verdict has been drawn, and whether the user wanted none."""

    session_ended = False
    interrupted = False

    def pytest_keyboard_interrupt(self) -> None:
        """See a Ctrl-C."""
        self.interrupted = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """See the end of a session."""
        self.session_ended = True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="drs-conform",
        description="Judge a server that offers the batch tasks of Huawei Cloud DRS by the published documentation.",
        epilog=EPILOG.replace("COMMAND", "|".join(COMMANDS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.declare(parser.add_argument)
    options.declare(parser.add_argument, [options.TARGETS])
    parser.add_argument("--list", action="store_true", help="print the requirements and end")
    parser.add_argument("--explain", metavar="ID", help="print one requirement in full and end")
    parser.add_argument("--plan", action="store_true", help="print what would be sent, send nothing, and end")
    parser.add_argument("--version", action="version", version=f"drs-conform {conformance.__version__}")
    return parser


def _tell(requirements: Catalogue, parsed: argparse.Namespace) -> None:
    # Not at the top, since it loads all that a run loads: what fails then is the suite's own fault, and told as such.
    from conformance.cli import explain  # noqa: PLC0415 - see above

    if parsed.list:
        explain.tabulate(requirements.select(parsed.only or ()))
    else:
        explain.explain(requirements[parsed.explain.upper()], requirements)
