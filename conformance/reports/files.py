"""The files of a report, each replaced as a whole."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from typing import TYPE_CHECKING

from conformance.reports import (
    render_badge,
    render_finding,
    render_html,
    render_json,
    render_junit,
    render_markdown,
    render_sarif,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from conformance.reports.model import Report

__all__ = ["UnwrittenError", "check_links", "clear", "put", "remove", "write"]

RENDERERS = {
    "conformance.json": render_json.render,
    "junit.xml": render_junit.render,
    "report.html": render_html.render,
    "report.sarif": render_sarif.render,
    "summary.md": render_markdown.render,
    "badge.json": render_badge.render,
}

FINDING = re.compile(r"[A-Z]{2,8}-[0-9]{3}(?:-[0-9]+)?\.json|\.[A-Z]{2,8}-[0-9]{3}(?:-[0-9]+)?\.json\.[0-9a-f]{16}")
"""Name of a finding's file, or of a temporary file that a killed run has left."""


class UnwrittenError(OSError):
    """Some files could not be written; the message names them and the reason."""


def remove(directory: Path) -> None:
    """Remove the files of an earlier run, so that nobody takes them for those of this run; raises `OSError`."""
    clear(directory, RENDERERS)
    findings = directory / render_finding.DIRECTORY
    for path in findings.glob("*"):
        if FINDING.fullmatch(path.name):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it does not exist, or has files of the user in it
        findings.rmdir()


def check_links(directory: Path) -> None:
    """Refuse a symbolic link in the place of the findings or on the way to them, which may lead anywhere.

    An absolute path may have links, since others can put one only into the current directory.

    Raises:
        OSError: There is a link.
    """
    relative = () if directory.is_absolute() else (*reversed(directory.parents), directory)
    for path in (*relative, directory / render_finding.DIRECTORY):
        if path.is_symlink():
            raise OSError(f"{path} is a symbolic link")


def clear(directory: Path, names: Iterable[str]) -> None:
    """Remove files, and the temporary files that a killed run has left of them; raises `OSError`."""
    check_links(directory)
    for name in names:
        (directory / name).unlink(missing_ok=True)
        for left in directory.glob(f".{name}.{'[0-9a-f]' * 16}"):
            left.unlink(missing_ok=True)


def write(report: Report, directory: Path) -> None:
    """Write the report in every format.

    Raises:
        UnwrittenError: A file could not be written, for example because the disk is full; the others are complete.
    """
    # Everything is rendered before anything is written, so that the files always belong to one run.
    texts = {name: render(report) for name, render in RENDERERS.items()}
    put({**texts, **dict(render_finding.render_all(report))}, directory)


def put(texts: Mapping[str, str], directory: Path) -> None:
    """Write each text to the file of that name; raises `UnwrittenError` after trying all of them."""
    reasons = {name: _attempt(directory, name, text) for name, text in texts.items()}
    unwritten = [name for name, reason in reasons.items() if reason]
    if unwritten:
        why = ", ".join(dict.fromkeys(filter(None, reasons.values())))
        raise UnwrittenError(f"{', '.join(unwritten)} could not be written to {directory}: {why}")


def _attempt(directory: Path, name: str, text: str) -> str:
    """Write a file; returns the reason if that fails, otherwise an empty string."""
    path = directory / name
    try:
        check_links(directory)
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        return os.strerror(error.errno).lower() if error.errno else str(error)
    return ""


def _replace(path: Path, text: str) -> None:
    # Files of tempfile have the same permissions whatever the umask.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
