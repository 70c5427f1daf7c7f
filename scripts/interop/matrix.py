"""The matrix of all pairs, as the page conformance/docs/interop.md."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from conformance import specification
from scripts.interop.trial import STAGES
from scripts.npm import INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scripts.interop.pair import Pair
    from scripts.interop.trial import Outcome

__all__ = ["PAGE", "read_rows", "render"]

PAGE = INSTALLED.parent / "conformance" / "docs" / "interop.md"

_INTRODUCTION = """\
# Clients that other generators make

Made by `make interop`, which wrote this page. Each generator took `openapi.yaml` as it stands. Its client was compiled
or type-checked together with a short program of ours ([programs]({programs})), and the program ran against the mock:

- it commits a batch that is ready, and reads the typed answer;
- it commits one that is unknown, and reads `error_code` of the service's typed error;
- it calls with a wrong token, and reads the gateway's typed error;
- it asks for `zh-cn`, and reads a Chinese message.

But where the list below says so, the IDs hold a blank, `/`, `?`, `#`, `%`, `+` and letters outside ASCII. *Headers
right* means that the mock's record shows what was asked for: four POST requests, the IDs encoded in the path and
nothing lost, X-Auth-Token once, Content-Type once and `application/json`, X-Language as asked, and no body. *Limits*
tells what became of the length of `error_code`: the client validates it, or its documentation names it, or it is lost.

{summary}

"""
_HEAD = ("Pair", "Language", "Generator", *(stage.capitalize() for stage in STAGES), "Limits", "Seconds")
_WORKAROUNDS = """
## What a user must do beyond the obvious

"""
_REFUSED = """
## What does not take the document

progenitor 0.15.1 (Rust) stops with a panic: it wants one type of error per operation, and this operation has two, the
service's and the gateway's. Those are documented so, and a document that hid one of them would be wrong.
"""
_ROW = re.compile(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) ([0-9.]+) \|")


def render(pairs: Sequence[Pair], outcomes: Iterable[Outcome], versions: Sequence[str]) -> str:
    """Return the page.

    Args:
        pairs: The table.
        outcomes: What became of each pair, in the order of the table.
        versions: Names and versions of the toolchains.
    """
    results = list(zip(pairs, outcomes, strict=True))
    passed = [pair for pair, outcome in results if outcome.verdict == "passed"]
    languages = len({pair.language for pair in passed})
    others = Counter(outcome.verdict for _, outcome in results if outcome.verdict != "passed")
    summary = f"{len(passed)} of {len(results)} pairs passed, in {languages} languages"
    summary += "".join(f"; {verdict}: {number}" for verdict, number in sorted(others.items()))
    quick = ", ".join(f"`{pair.name}`" for pair in pairs if pair.quick)
    took = sum(outcome.seconds for pair, outcome in results if pair.quick)
    summary += f".\nThe document's SHA-256 hash began with `{specification.load().sha256[:16]}`."
    summary += f"\nToolchains: {', '.join(versions)}."
    summary += f"\n\n`make interop PAIRS=quick` runs {quick}; here that took {took:.0f} s."
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD)), *(_row(pair, outcome) for pair, outcome in results)]
    remedies = [f"- `{pair.name}`: {pair.workaround}" for pair in pairs if pair.workaround]
    introduction = _INTRODUCTION.format(programs="../../scripts/interop/programs", summary=summary)
    return introduction + "\n".join(lines) + "\n" + _WORKAROUNDS + "\n".join(remedies) + "\n" + _REFUSED


def _row(pair: Pair, outcome: Outcome) -> str:
    cells = [f"`{pair.name}`", pair.language, f"{pair.generator} {pair.version}"]
    if outcome.missing:
        missing = f"not run ({', '.join(outcome.missing)} missing)"
        return _line([*cells, *[missing] * len(STAGES), "not run", ""])
    stages = ["yes" if stage in outcome.passed else "no" for stage in STAGES]
    return _line([*cells, *stages, outcome.limits or "unknown", f"{outcome.seconds:.0f}"])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def read_rows(page: str) -> dict[str, tuple[str, str, str]]:
    """Return what a page says about each pair: its language, generator and version, by name."""
    return {match[1]: (match[2], match[3], match[4]) for match in map(_ROW.match, page.splitlines()) if match}
