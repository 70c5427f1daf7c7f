# ruff: noqa: T201 - prints its result
"""Test other generators with openapi.yaml: `make interop`, or `make interop PAIRS=quick` for the fast ones."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from conformance.reports.rows import plural
from scripts import npm
from scripts.interop.matrix import PAGE, render
from scripts.interop.pair import UnknownPairError, choose, read_table
from scripts.interop.toolchain import versions
from scripts.interop.trial import PairResult, try_pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.interop.pair import Pair


def main() -> int:
    """Return the exit code: 0 no pair failed, 1 some failed, 2 unknown pair or no Node, 3 no pair was run."""
    parser = argparse.ArgumentParser(prog="interop", description=__doc__)
    parser.add_argument(
        "pairs", nargs="?", default="all", help="all, quick, or names separated by commas (default: all)"
    )
    arguments = parser.parse_args()
    table = read_table()
    try:
        chosen = choose(table, arguments.pairs)
        outcomes = list(_run(chosen))
        if chosen == table:
            PAGE.write_text(render(table, outcomes, list(versions())), encoding="utf-8")
    except UnknownPairError as error:
        return _fail(2, f"PAIRS: {error}")
    except npm.NpmError as error:
        return _fail(2, str(error))
    except OSError as error:
        return _fail(2, f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return _fail(130, "interrupted")
    return _conclude(outcomes)


def _conclude(outcomes: Sequence[PairResult]) -> int:
    verdicts = {outcome.pair: outcome.verdict for outcome in outcomes}
    failed, left = ([pair for pair in verdicts if verdicts[pair] == verdict] for verdict in ("failed", "not run"))
    if failed:
        return _fail(1, f"{len(failed)} of {len(outcomes)} pairs failed: {', '.join(failed)}")
    if len(left) == len(outcomes):
        return _fail(3, "no pair was run, because toolchains are missing; install those listed above")
    passed = (
        f"{plural(len(outcomes) - len(left), 'pair')} passed in {sum(outcome.seconds for outcome in outcomes):.0f} s"
    )
    print(f"interop: {passed}" + (f"; not run: {', '.join(left)}" if left else ""))
    return 0


def _run(pairs: tuple[Pair, ...]) -> Iterator[PairResult]:
    for pair in pairs:
        outcome = try_pair(pair)
        missing = f", missing: {', '.join(outcome.missing)}" if outcome.missing else ""
        print(f"{pair.name}: {outcome.verdict}{missing} ({outcome.seconds:.1f} s)", flush=True)
        for mistake in outcome.mistakes:
            print("  " + mistake.replace("\n", "\n  "), flush=True)
        yield outcome


def _fail(code: int, message: str) -> int:
    print(f"interop: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
