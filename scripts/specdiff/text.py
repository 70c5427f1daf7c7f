"""The answer as text of one screen: a head, the changes, worst first, and no more of them than fit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.reports.rows import printable
from scripts.specdiff.change import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.specdiff.change import Change

__all__ = ["head", "lines"]

MOST = 20
NAMES = {Severity.BREAKING: "breaking", Severity.DOUBTFUL: "doubtful", Severity.COMPATIBLE: "compatible"}


def head(document: str, ref: str, commit: str, changes: Sequence[Change], *, words: bool) -> str:
    """Return one line that counts the changes; `words` says that the document differs, if the API does not."""
    counts = Counter(change.severity for change, _ in _alike(changes))
    found = [f"{counts[severity]} {name}" for severity, name in NAMES.items() if counts[severity]]
    nothing = "words alone have changed" if words else "nothing has changed"
    plural = "s" if sum(counts.values()) > 1 else ""
    summary = f"{', '.join(found)} change{plural}" if found else nothing
    since = commit if ref.startswith(commit) else f"{ref} ({commit})"
    return printable(f"{document} since {since}: {summary}")


def lines(changes: Sequence[Change], *, everything: bool = False) -> Iterator[str]:
    """Yield a line for each change, worst first; like ones share one, and no more than fit are told unless all are."""
    ranked = sorted(changes, key=lambda change: -change.severity)
    groups = [(change, 1) for change in ranked] if everything else _alike(ranked)
    shown = groups if everything else groups[:MOST]
    for change, count in shown:
        more = f" (and {count - 1} more like it)" if count > 1 else ""
        yield printable(f"  {NAMES[change.severity]:<10}  {change.place}: {change.text}{more}")
    if left := len(groups) - len(shown):
        yield f"  and {left} more, which ARGS=--all shows"


def _alike(changes: Sequence[Change]) -> list[tuple[Change, int]]:
    """Join the changes that one rule finds at one place, as for each status of a response."""
    groups: dict[tuple[str, str, Severity], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.rule, change.place, change.severity), []).append(change)
    return [(first, 1 + len(rest)) for first, *rest in groups.values()]
