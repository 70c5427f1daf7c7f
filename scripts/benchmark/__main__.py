"""Compare the suite with plain Schemathesis, and the client with httpx and the vendor's SDK: `make bench`.

These are not tests. The figures depend on the machine; compare only figures of the same run. `ARGS="--only client"`
omits the suite, `ARGS="--only suite"` the client. `ARGS=--help` lists the other options.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from scripts.benchmark import client, suite
from scripts.benchmark.turns import machine
from scripts.environment import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 done, 1 a contender or an installation failed, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    print(f"Machine: {machine()}")  # noqa: T201 - part of the result
    try:
        if options.only != "client":
            suite.measure(options.runs, options.faults)
        if options.only != "suite":
            client.measure(options.rounds)
    except CommandError as error:
        return _fail(1, str(error))
    except KeyboardInterrupt:
        return _fail(130, "interrupted")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmark",
        description="Compare the suite with plain Schemathesis, and the client with httpx and the vendor's SDK.",
        allow_abbrev=False,
    )
    default = " (default: %(default)s)"
    parser.add_argument("--only", choices=["suite", "client"], help="run only one of the two benchmarks")
    parser.add_argument("--runs", type=_positive, default=5, help=f"runs of each contender of the suite{default}")
    parser.add_argument("--rounds", type=_positive, default=6, help=f"turns of each contender of the client{default}")
    parser.add_argument(
        "--faults", type=_positive, default=0, help="count how many of this number of faults Schemathesis detects"
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _fail(code: int, message: str) -> int:
    print(f"benchmark: {message}", file=sys.stderr)  # noqa: T201 - error message
    return code


if __name__ == "__main__":
    sys.exit(main())
