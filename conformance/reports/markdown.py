"""Text escaped for GitHub's Markdown, so that nothing in it becomes markup or a mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.spec.characters import LINK, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["code", "fenced", "line", "link", "table"]

LINKED = re.compile(rf"[@#]|\bgh-(?=\d)|[0-9a-f]{{6}}(?=[0-9a-f])|{LINK.pattern}", re.IGNORECASE)
"""What is cut off so that it is not a link: names, numbers, commits (from seven hexadecimal digits) and addresses."""
URL_CHARACTERS = ":/?#[]@!$&'*+,;=%~"
"""Characters of an address that are not percent-encoded. Parentheses and angle brackets are, since they end a link."""


def line(text: str) -> str:
    """Return the text as one line without markup that does not start a block."""
    # GitHub looks for links in the rendered page, where backslashes are gone. Printable text has no NUL.
    cut = LINKED.sub(
        lambda match: f"\0{match[0]}" if match[0] == "." else f"{match[0]}\0", printable(" ".join(text.split()))
    )
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!~&$])", r"\\\1", cut)
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped).replace("\0", "<!-- -->")


def code(text: str) -> str:
    """Return the text as inline code, between fences longer than any in the text."""
    shown = printable(text)
    fence = _fence(shown, 1)
    # Markdown strips one space on either side, unless the code is all spaces.
    padded = shown.startswith("`") or shown.endswith("`") or (shown.strip(" ") and shown[0] == shown[-1] == " ")
    pad = " " if padded else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str) -> str:
    """Return the text, whose lines are printable, as a code block with a fence longer than any in the text."""
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def link(text: str, url: str) -> str:
    """Return the text as a link if the address begins with https://, otherwise as text."""
    return f"[{line(text)}]({quote(url, safe=URL_CHARACTERS)})" if url.startswith("https://") else line(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table of plain text."""
    return [_row(head), "|" + "---|" * len(head), *map(_row, rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(line, cells))} |"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
