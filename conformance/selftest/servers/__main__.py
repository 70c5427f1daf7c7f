# ruff: noqa: T201 - prints its results
"""Judge the servers and the proxies: `make servers`, or `make servers ARGS="flask nginx --write"`."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import Verdict
from conformance.selftest.servers import page
from conformance.selftest.servers.running import UnavailableError, judge_outage, judge_proxy, judge_server
from conformance.selftest.servers.table import proxies, servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reports.model import Report

BACKEND = "go-net-http"
"""The server behind each proxy, besides the mock."""


def main() -> int:
    """Return the exit code: 0 all are judged as expected, 1 some are not, 2 unknown name, 3 none could be run."""
    parser = argparse.ArgumentParser(prog="servers", description=__doc__)
    names = [*(server.name for server in servers()), *(proxy.name for proxy in proxies())]
    parser.add_argument("names", nargs="*", metavar="name", help=f"those to run (default: all): {', '.join(names)}")
    parser.add_argument("--write", action="store_true", help="write conformance/docs/servers.md")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in names]
    if unknown:
        parser.error(f"unknown: {unknown[0]}; there are {', '.join(names)}")
    results = list(_run(arguments.names or names))
    judged = [result for result in results if not result.unavailable]
    if arguments.write and len(judged) == len(results) and not arguments.names:
        page.PAGE.write_text(page.render(results), encoding="utf-8")
        print(f"written: {page.PAGE.name}")
    elif arguments.write:
        print("nothing was written, since not all were run")
    if not judged:
        return 3
    wrong = [result.name for result in judged if not result.right]
    print(
        f"servers: {len(judged) - len(wrong)} of {len(judged)} as expected"
        + (f"; not: {', '.join(wrong)}" if wrong else "")
    )
    return 1 if wrong else 0


def _run(names: list[str]) -> Iterator[page.Result]:
    table = {server.name: server for server in servers()}
    for server in table.values():
        if server.name in names:
            yield _judged(server.name, server.versions(), server.expected, partial(judge_server, server))
    for proxy in proxies():
        for backend in (None, table[BACKEND]) if proxy.name in names else ():
            name = f"{proxy.name} before {backend.name if backend else 'the mock'}"
            yield _judged(name, proxy.versions(), proxy.expected, partial(judge_proxy, proxy, backend))
        if proxy.name in names:
            yield _judged(
                f"{proxy.name} before nothing", proxy.versions(), {}, partial(judge_outage, proxy), Verdict.UNREACHABLE
            )


def _judged(
    name: str,
    versions: str,
    expected: dict[str, str],
    judge: Callable[[], Report],
    wanted: Verdict = Verdict.CONFORMS,
) -> page.Result:
    try:
        result = page.Result.of(name, versions, expected, judge(), wanted)
    except UnavailableError as error:
        result = page.Result(name, versions, unavailable=str(error))
    except RuntimeError as error:
        result = page.Result(name, versions, reason=str(error))
    print(result.line(), flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
