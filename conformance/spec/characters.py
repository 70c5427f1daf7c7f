"""Text of others for people: without characters that are invisible, reorder text or control a terminal, and links."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from conformance.spec.invisible import BLANK, hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["LINK", "PrintableFormatter", "hidden", "plain", "printable", "shown"]

LINK = re.compile(r":(?=//)|(?<=www)\.|@(?=\w)", re.IGNORECASE)
"""The characters without which renderers make no links of addresses: `https://`, `www.` and `name@host`."""


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def shown(text: str, *, kept: str = "", links: bool = True, escape: Callable[[str], str] = _escaped) -> Sequence[str]:
    """Return what to show for each character: the code point of one that is hidden, else the character itself.

    Args:
        text: The text.
        kept: Hidden characters to show as they are, such as line feeds.
        links: Whether addresses may become links; if not, one character of each is shown as its code point, too.
        escape: Returns the code point of a hidden character.
    """
    if text.isprintable() and not BLANK.search(text) and (links or not LINK.search(text)):
        return text
    characters = [escape(c) if hidden(c) and c not in kept else c for c in text]
    for match in () if links else LINK.finditer(text):
        characters[match.start()] = f"\\x{ord(match[0]):02x}"
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
