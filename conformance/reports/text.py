"""A finding as text: what was expected, what came, the source, the messages, and how to reproduce it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.reports.difference import differences
from conformance.reports.rows import carets, excerpt, joined, plural, words
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reports.difference import Pieces
    from conformance.reports.model import Finding, Mark, Message, RequirementReport

__all__ = ["SCREEN", "USUAL", "WIDEST", "finding", "rows"]

WIDEST = 120
"""Maximum of columns, and their number without a terminal. A request line fits in."""
SCREEN = 24
"""Maximum of rows of a finding in `USUAL` columns; an address counts as one row."""
USUAL = 80
LABEL = 12
"""Columns of the labels."""
HEADERS_SHOWN = ("allow", "content-type", "x-auth-token", "x-language")
REQUEST_ROWS = 5
RESPONSE_ROWS = 5
LINES = 20
"""Maximum of lines of a message in a file."""


def finding(requirement: RequirementReport) -> str:
    """Return a violated requirement as plain text for a file, each fact in full on one line, with carets for marks.

    The address of the source and the commands alone may become links.
    """
    return "\n".join(row.plain for row in rows(requirement, None, pointers=True, links=False))


def rows(
    requirement: RequirementReport,
    width: int | None,
    *,
    pointers: bool,
    links: bool = True,
    screen: int | None = None,
    replays: Sequence[str] = (),
) -> list[Text]:
    """Return a violated requirement in rows.

    Args:
        requirement: The requirement, with its findings.
        width: Number of columns; with None, only messages of many lines are cut. Commands and addresses are never
            wrapped or cut, since they are for copying.
        pointers: Whether carets show the marks, for an output without styles.
        links: Whether addresses in the texts may become links.
        screen: Number of rows for each finding; commands that do not fit are replaced by their number.
        replays: The command that replays each finding, if its file is known.
    """
    layout = _Layout(width and max(width, 2 * LABEL) - LABEL, pointers=pointers, links=links)
    heading = layout.heading(f"{requirement.id} {requirement.level} {requirement.title}")
    shown = list(heading)
    for index, item in enumerate(requirement.findings):
        facts = [row for label, lines in layout.facts(requirement, item) for row in _labelled(label, lines)]
        replay = [Text(printable(command)) for command in replays[index : index + 1]]
        commands = [Text(printable(line)) for line in item.curl.splitlines()]
        if screen is not None and width is not None:
            left = screen - len(heading) - len(facts) - len(replay)
            if sum(-(-(LABEL + line.cell_len) // width) for line in commands) > left:
                commands = [Text(f"{plural(len(commands), 'command')} in the report")]
        shown += [*facts, *_labelled("reproduce", [*replay, *commands])]
    return shown


class _Layout:
    """Formats the facts of a finding in rows of one width, or in unlimited lines."""

    def __init__(self, width: int | None, *, pointers: bool, links: bool) -> None:
        self._width = width
        self._pointers = pointers
        self._links = links

    def facts(self, requirement: RequirementReport, item: Finding) -> Iterator[tuple[str, Sequence[Text]]]:
        """Yield the label and the rows of each fact."""
        expected, actual = differences(item.expected, item.actual)
        yield "expected", self._compared(expected)
        yield "got", self._compared(actual)
        yield (
            "source",
            [
                *self.short(requirement.clause, 2),
                *self.short(f"openapi.yaml:{item.spec.line}; {requirement.source}", 1),
                Text(printable(requirement.url)),
            ],
        )
        seen = f"{item.seen(requirement.exercised)}; scenario {item.stimulus}"
        affected = ", ".join(requirement.also_affected)
        yield "seen", self.short(f"{seen}; affects {affected}" if affected else seen, 2)
        yield "request", self._message(item.request, REQUEST_ROWS)
        answer = [Text("none")] if item.response is None else self._message(item.response, RESPONSE_ROWS)
        yield "response", answer

    def heading(self, text: str) -> list[Text]:
        """Wrap the heading of the facts."""
        first, *others = self._words(self._joined([(text, False)]), 2, indent=2)
        return [first, *(Text.assemble("  ", row) for row in others)]

    def short(self, text: str, most: int) -> list[Text]:
        """Wrap a text that takes at most `most` rows in the usual width."""
        return self._words(self._joined([(text, False)]), most)

    def _compared(self, pieces: Pieces) -> list[Text]:
        """Wrap the expected or the actual text; carets are added only if it takes one row."""
        lines = self._words(self._joined(pieces), 2)
        return [*lines, *carets(lines[0])] if self._pointers and len(lines) == 1 else lines

    def _message(self, message: Message, most: int) -> list[Text]:
        mark = message.mark
        lines = [self._joined(_marked(message.start, mark, "start"))]
        for index, (name, value) in enumerate(message.headers):
            pieces = _marked(value, mark, "header", index)
            if name.lower() in HEADERS_SHOWN or any(marked for _, marked in pieces):
                lines.append(self._joined([(f"{name}: ", False), *pieces]))
        position = 0
        for line in message.body.splitlines(keepends=True):
            lines.append(self._joined(_marked(line.splitlines()[0], mark, "body", begin=position)))
            position += len(line)
        shown = [row for line in lines for row in self._pointed(line)]
        if self._width is None:
            return excerpt(shown, LINES)
        rows = excerpt(shown, most)
        for row in rows:  # the notes on what is left out have not been wrapped
            row.truncate(self._width)
        return rows

    def _joined(self, pieces: Pieces | list[tuple[str, bool]]) -> Text:
        return joined(pieces, links=self._links)

    def _pointed(self, line: Text) -> Iterator[Text]:
        for row in self._words(line, 3):
            yield row
            if self._pointers:
                yield from carets(row)

    def _words(self, row: Text, most: int, *, indent: int = LABEL) -> list[Text]:
        """Wrap a row with this indent that takes at most `most` rows in the usual width."""
        if self._width is None:
            return [row]
        width = self._width + LABEL - indent
        return words(row, width, most * max(USUAL - indent, width))


def _marked(text: str, mark: Mark | None, part: str, index: int = 0, *, begin: int = 0) -> Pieces:
    """Return a text in up to three pieces, one of them marked; `begin` is its offset in that part of the message."""
    if mark is None or (mark.part, mark.index) != (part, index):
        return ((text, False),)
    first, last = (max(0, min(len(text), place - begin)) for place in (mark.begin, mark.end))
    pieces = (text[:first], False), (text[first:last], True), (text[last:], False)
    return tuple(piece for piece in pieces if piece[0])


def _labelled(label: str, rows: Sequence[Text]) -> list[Text]:
    return [Text.assemble(f"  {'' if number else label:{LABEL - 2}}", row) for number, row in enumerate(rows)]
