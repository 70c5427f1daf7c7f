"""Compare the suite with plain Schemathesis, and the client with httpx and the vendor's SDK: `make bench`.

These are not tests. The figures depend on the machine; compare only figures of the same run. `ARGS="--only client"`
omits the suite, `ARGS="--only suite"` the client. `ARGS=--help` lists the other options.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from conformance.mock.faults import FAULTS
from scripts.benchmark import client, suite
from scripts.benchmark.installations import InstallationError
from scripts.benchmark.processes import ProcessError

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 done, 1 a contender, server or installation failed, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        if options.only != "client":
            faults = len(FAULTS) if options.all else options.faults if options.detection else 0
            suite.measure(options.runs, faults)
        if options.only is None:
            print()  # noqa: T201 - separates the tables
        if options.only != "suite":
            client.measure(options.rounds, options.calls)
    except (InstallationError, ProcessError) as error:
        return _fail(1, str(error))
    except KeyboardInterrupt:
        return _fail(_INTERRUPTED, "interrupted")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmark",
        description="Compare the suite with plain Schemathesis, and the client with httpx and the vendor's SDK.",
        allow_abbrev=False,
    )
    parser.add_argument("--only", choices=["suite", "client"], help="run only one of the two benchmarks")
    of_suite = parser.add_argument_group("the suite")
    of_suite.add_argument("--runs", type=_positive, default=5, help="runs of each contender (default: %(default)s)")
    of_suite.add_argument("--detection", action="store_true", help="also count the faults that Schemathesis detects")
    of_suite.add_argument(
        "--faults", type=_positive, default=40, help="number of faults, evenly spaced (default: %(default)s)"
    )
    of_suite.add_argument("--all", action="store_true", help="use all faults")
    of_client = parser.add_argument_group("the client")
    of_client.add_argument(
        "--rounds", type=_positive, default=40, help="turns of each contender (default: %(default)s)"
    )
    of_client.add_argument(
        "--calls", type=_calls, default=20, help=f"calls in a turn, at most {client.MOST_CALLS} (default: %(default)s)"
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _calls(text: str) -> int:
    if _positive(text) > client.MOST_CALLS:
        raise argparse.ArgumentTypeError(f"{text!r} is more than the maximum of {client.MOST_CALLS}")
    return int(text)


def _fail(code: int, message: str) -> int:
    print(f"benchmark: {message}", file=sys.stderr)  # noqa: T201 - error message
    return code


if __name__ == "__main__":
    sys.exit(main())
