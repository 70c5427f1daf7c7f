"""The results of all pairs as the page conformance/docs/interop.md."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from conformance.spec import openapi
from scripts.interop.trial import STAGES
from scripts.npm import INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scripts.interop.pair import Pair
    from scripts.interop.trial import PairResult

__all__ = ["PAGE", "read_rows", "render"]

PAGE = INSTALLED.parent / "conformance" / "docs" / "interop.md"

_INTRODUCTION = """\
# Clients that other generators make

This page is written by `make interop`. Each generator reads the unmodified `openapi.yaml`. Its client is compiled or
type-checked together with a short program ([programs]({programs})), which makes four calls to the mock:

- It commits a ready batch and reads the typed response.
- It commits an unknown batch and reads `error_code` of the service's typed error.
- It sends a wrong token and reads the gateway's typed error.
- It requests `zh-cn` and reads a Chinese message.

The IDs contain a space, `/`, `?`, `#`, `%`, `+` and letters outside ASCII, unless the list below says otherwise.
*Headers right* means that the mock received four POST requests without a body, with the complete encoded ID in the
path, one X-Auth-Token, one Content-Type with `application/json`, and the requested X-Language. *Limits* is where the
client has the length of `error_code`: in its validation, in its docs, or nowhere (lost).

{summary}

"""
_HEAD = ("Pair", "Language", "Generator", *(stage.capitalize() for stage in STAGES), "Limits", "Seconds")
_WORKAROUNDS = """
## Workarounds

"""
_REFUSED = """
## Generators that cannot read the document

progenitor 0.15.1 (Rust) panics: it supports one error type per operation, and this operation has two, that of the
service and that of the gateway. Both are documented, so the document must have both.
"""
_ROW = re.compile(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) ([0-9.]+) \|")


def render(pairs: Sequence[Pair], outcomes: Iterable[PairResult], versions: Sequence[str]) -> str:
    """Return the page.

    Args:
        pairs: The table.
        outcomes: The result of each pair, in the order of the table.
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
    summary += f".\nThe SHA-256 hash of the document begins with `{openapi.load().sha256[:16]}`."
    summary += f"\nToolchains: {', '.join(versions)}."
    summary += f"\n\n`make interop PAIRS=quick` runs {quick}, which took {took:.0f} s."
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD)), *(_row(pair, outcome) for pair, outcome in results)]
    remedies = [f"- `{pair.name}`: {pair.workaround}" for pair in pairs if pair.workaround]
    introduction = _INTRODUCTION.format(programs="../../scripts/interop/programs", summary=summary)
    return introduction + "\n".join(lines) + "\n" + _WORKAROUNDS + "\n".join(remedies) + "\n" + _REFUSED


def _row(pair: Pair, outcome: PairResult) -> str:
    cells = [f"`{pair.name}`", pair.language, f"{pair.generator} {pair.version}"]
    if outcome.missing:
        missing = f"not run ({', '.join(outcome.missing)} missing)"
        return _line([*cells, *[missing] * len(STAGES), "not run", ""])
    stages = ["yes" if stage in outcome.passed else "no" for stage in STAGES]
    return _line([*cells, *stages, outcome.limits or "unknown", f"{outcome.seconds:.0f}"])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def read_rows(page: str) -> dict[str, tuple[str, str, str]]:
    """Return the language, generator and version of each pair on the page, by name."""
    return {match[1]: (match[2], match[3], match[4]) for match in map(_ROW.match, page.splitlines()) if match}
