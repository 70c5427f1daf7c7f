"""matrix.html and matrix.md: several targets side by side, for people and for pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import conformance
from conformance.exchange.verdicts import Verdict
from conformance.reports.markdown import line, table
from conformance.reports.matrix import Contrast
from conformance.reports.pages import TEMPLATES
from conformance.reports.rows import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.reports.matrix import Matrix, Row

__all__ = ["RENDERERS", "headline", "html", "markdown"]

ANCHORS = {Contrast.DISAGREES: "differs", Contrast.UNEVEN: "part"}
TARGET = ("target", "verdict", "reason", "URL", "profile", "suite", "started")


def headline(matrix: Matrix) -> str:
    """Return a phrase that says how many targets conform."""
    targets = plural(len(matrix.columns) + len(matrix.missing), "target")
    conforming = sum(column.report.verdict is Verdict.CONFORMS for column in matrix.columns)
    return f"{conforming} of {targets} {'conforms' if conforming == 1 else 'conform'}"


def html(matrix: Matrix) -> str:
    """Return the matrix as HTML; everything that came from a target is escaped."""
    return TEMPLATES.get_template("matrix.html").render(
        matrix=matrix,
        headline=headline(matrix),
        disagreeing=matrix.having(Contrast.DISAGREES),
        uneven=matrix.having(Contrast.UNEVEN),
        anchors=ANCHORS,
        version=conformance.__version__,
    )


def markdown(matrix: Matrix) -> str:
    """Return the matrix as Markdown."""
    reports = [(column.name, column.report) for column in matrix.columns]
    rows = [(name, r.verdict.value, r.reason, r.target, r.profile, r.suite_version, r.started) for name, r in reports]
    rows += [(name, "no report", why, "", "", "", "") for name, why in matrix.missing]
    lines = [f"## DRS conformance: {headline(matrix)}", "", *table(TARGET, rows)]
    for title, chosen, details in (
        ("Where they differ", matrix.having(Contrast.DISAGREES), True),
        ("Partly checked", matrix.having(Contrast.UNEVEN), True),
        ("All requirements", matrix.rows, False),
    ):
        if chosen:
            lines += ["", f"### {line(title)}", "", *_requirements(matrix, chosen, details=details)]
    return "\n".join(lines) + "\n"


def _requirements(matrix: Matrix, rows: Iterable[Row], *, details: bool) -> list[str]:
    head = ("requirement", "level", "title", *(column.name for column in matrix.columns))
    return table(head, [(row.id, row.level, row.title, *_cells(row, details=details)) for row in rows])


def _cells(row: Row, *, details: bool) -> list[str]:
    return [f"{cell.text}: {cell.detail}" if details and cell.detail else cell.text for cell in row.cells]


RENDERERS = {"matrix.html": html, "matrix.md": markdown}
