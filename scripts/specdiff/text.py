"""The output: a summary line and the changes, worst first, at most one screen of them unless all are requested."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.spec.characters import printable
from scripts.specdiff.change import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.specdiff.change import DocumentChange

__all__ = ["head", "lines"]

MOST = 20
NAMES = {Severity.BREAKING: "breaking", Severity.DOUBTFUL: "doubtful", Severity.COMPATIBLE: "compatible"}


def head(document: str, ref: str, commit: str, changes: Sequence[DocumentChange], *, words: bool) -> str:
    """Return a line with the number of changes; `words` is true if more than the version differs."""
    counts = Counter(change.severity for change, _ in _alike(changes))
    found = [f"{counts[severity]} {name}" for severity, name in NAMES.items() if counts[severity]]
    nothing = "only the wording has changed" if words else "nothing has changed"
    plural = "s" if sum(counts.values()) > 1 else ""
    summary = f"{', '.join(found)} change{plural}" if found else nothing
    since = commit if ref.startswith(commit) else f"{ref} ({commit})"
    return printable(f"{document} since {since}: {summary}")


def lines(changes: Sequence[DocumentChange], *, everything: bool = False) -> Iterator[str]:
    """Yield a line for each change, worst first; unless `everything`, join similar changes and stop after `MOST`."""
    ranked = sorted(changes, key=lambda change: -change.severity)
    groups = [(change, 1) for change in ranked] if everything else _alike(ranked)
    shown = groups if everything else groups[:MOST]
    for change, count in shown:
        more = f" (and {count - 1} similar changes)" if count > 1 else ""
        yield printable(f"  {NAMES[change.severity]:<10}  {change.place}: {change.text}{more}")
    if left := len(groups) - len(shown):
        yield f"  and {left} more; use ARGS=--all to print all"


def _alike(changes: Sequence[DocumentChange]) -> list[tuple[DocumentChange, int]]:
    """Group the changes that one rule finds at one place, for example one for each response status."""
    groups: dict[tuple[str, str, Severity], list[DocumentChange]] = {}
    for change in changes:
        groups.setdefault((change.rule, change.place, change.severity), []).append(change)
    return [(first, 1 + len(rest)) for first, *rest in groups.values()]
