"""The console script `drs-conform`."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import conformance
from conformance.cli.messages import Parser, exit_codes, flush_output, print_failure
from conformance.config import options
from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import SEVERITY, ExitCode
from conformance.spec import catalogue

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from conformance.spec.catalogue import Catalogue

__all__ = ["main"]

COMMANDS = {
    "diff": "conformance.cli.diff",
    "matrix": "conformance.cli.matrix",
    "replay": "conformance.cli.replay",
}
"""The subcommands and the modules that run them, each loaded only when it is used."""

OUTPUT_ERRORS = (errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF)

EPILOG = f"""\
commands: drs-conform {"|".join(COMMANDS)} --help prints the help of each

{exit_codes({code: code.meaning for code in ExitCode})}
With several targets: the first of {", ".join(str(v.exit_code.value) for v in SEVERITY)} that a target has.

In the file of --targets, each target is a table, whose name is also its directory in --report-dir. Its keys
are the options above, such as ready_job = ["ID"]. A key with _env names a variable that has the value:

  [north]
  target = "https://drs.cn-north-4.myhuaweicloud.com"
  project_id = "054ba152d480d55b2f5dc0069e7ddef0"
  token_env = "TOKEN_NORTH"

Secrets can be given only by such variables, and no run gets those of another target. Options given with
--targets apply to all targets and override the file. Paths in the file start from its directory.
"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its exit code."""
    code = 0
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        # Before or after a run; during a run it is handled there, and a report is written.
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one does not interrupt the exit
        code = ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python would exit with 1, which means a violation
        if not _is_closed_output(error):
            print_failure(error)
            code = ExitCode.ERROR
    flush_output()
    sys.exit(code)


def _is_closed_output(error: Exception) -> bool:
    """Return whether an error is of a standard output that is closed or full. Those of a file name it."""
    return isinstance(error, OSError) and error.errno in OUTPUT_ERRORS and error.filename is None


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    if arguments and arguments[0] in COMMANDS:
        command: Callable[[Sequence[str]], int] = importlib.import_module(COMMANDS[arguments[0]]).run
        return command(arguments[1:])
    parser = _parser()
    parsed = parser.parse_args(arguments)
    try:
        if parsed.list or parsed.explain is not None:
            _print_requirements(catalogue.load(), parsed)
            return 0
        targets = options.given(vars(parsed), os.environ, [options.TARGETS])
    except ConfigurationError as error:
        parser.error(str(error))
    if targets:
        return _run_all(Path(targets["targets"]), parsed, parser)
    return _run_one(parsed)


def _run_all(path: Path, parsed: argparse.Namespace, parser: Parser) -> int:
    """Check several targets, each in its own process."""
    from conformance.cli.targets import command  # noqa: PLC0415 - it loads modules that a single run does not need

    if parsed.plan:
        parser.error("--plan: works for one target only; give it with --target instead of --targets")
    return command.run(path, vars(parsed), os.environ)


def _run_one(parsed: argparse.Namespace) -> int:
    """Check one target."""
    from conformance.cli import check  # noqa: PLC0415 - it loads the suite, which the other commands do not need

    return check.check(vars(parsed), dry_run=parsed.plan)


def _parser() -> Parser:
    parser = Parser(
        "drs-conform",
        "Check whether a server of the batch tasks of Huawei Cloud DRS conforms to the documentation.",
        EPILOG,
    )
    options.declare(parser.add_argument)
    options.declare(parser.add_argument, [options.TARGETS])
    parser.add_argument("--list", action="store_true", help="print the requirements by area and exit")
    parser.add_argument("--explain", metavar="ID", help="print one requirement in full and exit")
    parser.add_argument("--plan", action="store_true", help="print what would be sent, send nothing and exit")
    parser.add_argument("--version", action="version", version=f"drs-conform {conformance.__version__}")
    return parser


def _print_requirements(requirements: Catalogue, parsed: argparse.Namespace) -> None:
    from conformance.cli import explain  # noqa: PLC0415 - it loads the suite, and an import error there is not wrong usage

    if parsed.list:
        explain.print_list(requirements.select(parsed.only or ()))
    else:
        explain.print_explanation(requirements[parsed.explain.upper()], requirements)
