"""HTML pages, each one file that needs no network and in which no value becomes markup."""

from __future__ import annotations

import base64
import hashlib

import jinja2

from conformance.reports import charts
from conformance.reports.difference import differences
from conformance.reports.rows import plural
from conformance.spec.characters import printable

__all__ = ["TEMPLATES"]


def _visible(value: object) -> object:
    """Replace hidden characters by their code points."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return printable(value, kept="\n\t", escape=lambda character: f"\u27e8U+{ord(character):04X}\u27e9")


def _sha256(text: str) -> str:
    """Return the hash with which the page's Content-Security-Policy permits a style sheet or a script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("conformance.reports", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # Applied to every value in the template, before it is escaped.
    finalize=_visible,
)
TEMPLATES.filters.update(sha256=_sha256, ms=charts.milliseconds)
TEMPLATES.globals.update(charts=charts, differences=differences, plural=plural)
