"""Text of others for people: without characters that are invisible, reorder text or control a terminal, and links."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from conformance.spec.invisible import BLANK, hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["COMMAND", "LINK", "PrintableFormatter", "hidden", "plain", "printable", "shown"]

LINK = re.compile(r":(?=//)|(?<=www)\.|@(?=\w)", re.IGNORECASE)
"""The characters without which renderers make no links of addresses: `https://`, `www.` and `name@host`."""

COMMAND = re.compile(r":(?=:[a-z-]+(?: |::))|#(?=#\w*\[)", re.IGNORECASE)
"""The characters without which CI systems see no command in a log: `::error ::`, which begins a line, `##vso[`, `##[`.

A text is cut into lines at any place, and some CI systems find their commands anywhere.
"""


def _escaped(character: str) -> str:
    code = character.encode("unicode_escape").decode()
    return code if code != character else f"\\x{ord(character):02x}"


def shown(text: str, *, kept: str = "", links: bool = True, escape: Callable[[str], str] = _escaped) -> Sequence[str]:
    """Return what to show for each character: the code point of one that is hidden or begins a command of a CI system.

    Args:
        text: The text.
        kept: Hidden characters to show as they are, such as line feeds.
        links: Whether addresses may become links; if not, one character of each is shown as its code point, too.
        escape: Returns the code point of a character.
    """
    patterns = (COMMAND,) if links else (COMMAND, LINK)
    if text.isprintable() and not BLANK.search(text) and not any(pattern.search(text) for pattern in patterns):
        return text
    characters = [escape(c) if hidden(c) and c not in kept else c for c in text]
    for match in (match for pattern in patterns for match in pattern.finditer(text)):
        characters[match.start()] = escape(match[0])
    return characters


def printable(text: str, *, kept: str = "", links: bool = True, escape: Callable[[str], str] = _escaped) -> str:
    """Return the text on one line, with hidden characters as their code points; see `shown`."""
    return "".join(shown(text, kept=kept, links=links, escape=escape))


class PrintableFormatter(logging.Formatter):
    """Formats log records as printable lines, since an exception may quote a message of others."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as lines."""
        return printable(super().format(record), kept="\n")


def plain(text: str) -> str:
    """Return the text on one line, with hidden characters as their code points, and without links."""
    return printable(text, links=False)
