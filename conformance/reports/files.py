"""The files of a report, written so that none is ever half there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reports import render_badge, render_html, render_json, render_junit, render_markdown

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["remove", "write"]

RENDERERS = {
    "conformance.json": render_json.render,
    "junit.xml": render_junit.render,
    "report.html": render_html.render,
    "summary.md": render_markdown.render,
    "badge.json": render_badge.render,
}


def remove(directory: Path) -> None:
    """Remove the files of an earlier run, which must not pass for those of one that has not ended; raises `OSError`."""
    for name in RENDERERS:
        (directory / name).unlink(missing_ok=True)


def write(report: Report, directory: Path) -> None:
    """Write the report in every format; raises `OSError`."""
    directory.mkdir(parents=True, exist_ok=True)
    # All of them first, so that the files always belong to one run.
    rendered = {name: render(report) for name, render in RENDERERS.items()}
    for name, text in rendered.items():
        _replace(directory / name, text)


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)  # noqa: PTH101 - a descriptor's own path
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
