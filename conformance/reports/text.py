"""A finding as text: what is broken, how it shows, where it is written, and how to see it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.reports.difference import differences
from conformance.reports.rows import carets, excerpt, joined, printable, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reports.difference import Pieces
    from conformance.reports.model import Finding, Mark, Message, RequirementReport

__all__ = ["SCREEN", "USUAL", "WIDEST", "finding", "rows"]

WIDEST = 120
"""Columns where no terminal says how many there are: a request line fits in."""
SCREEN = 24
"""Rows that a finding takes at most where there are `USUAL` columns; an address counts as one."""
USUAL = 80
LABEL = 12
"""Columns before each fact."""
HEADERS_SHOWN = ("allow", "content-type", "x-auth-token", "x-language")
REQUEST_ROWS = 5
RESPONSE_ROWS = 5
LINES = 20
"""Lines of a message, in a file."""


def finding(requirement: RequirementReport) -> str:
    """Return a broken requirement as plain text for a file: each fact in full, on a line of its own.

    A row of carets points out what is marked elsewhere.
    """
    return "\n".join(row.plain for row in rows(requirement, None, pointers=True))


def rows(
    requirement: RequirementReport,
    width: int | None,
    *,
    pointers: bool,
    screen: int | None = None,
    replays: Sequence[str] = (),
) -> list[Text]:
    """Return a broken requirement in rows.

    Args:
        requirement: The requirement, with its findings.
        width: Columns that there are; without a number, nothing is wrapped or cut but messages of many lines. A command
            and an address may be wider in any case, since they are for copying.
        pointers: Whether carets point out what is marked, since styles are not to be seen.
        screen: Rows that there are for each finding; where its commands do not fit in, it tells how many there are.
        replays: The commands that send each finding again, if their files are known.
    """
    layout = _Layout(width and max(width, 2 * LABEL) - LABEL, pointers=pointers)
    heading = layout.heading(f"{requirement.id} {requirement.level} {requirement.title}")
    shown = list(heading)
    for index, item in enumerate(requirement.findings):
        facts = [row for label, told in layout.facts(requirement, item) for row in _labelled(label, told)]
        again = [Text(printable(command)) for command in replays[index : index + 1]]
        commands = [Text(printable(line)) for line in item.curl.splitlines()]
        if screen is not None and width is not None:
            left = screen - len(heading) - len(facts) - len(again)
            if sum(-(-(LABEL + line.cell_len) // width) for line in commands) > left:
                commands = [Text(f"{len(commands)} command{'s' if len(commands) > 1 else ''}, in the report")]
        shown += [*facts, *_labelled("again", [*again, *commands])]
    return shown


class _Layout:
    """Says in rows of one width, or in lines, what there is to say on a finding."""

    def __init__(self, width: int | None, *, pointers: bool) -> None:
        self._width = width
        self._pointers = pointers

    def facts(self, requirement: RequirementReport, item: Finding) -> Iterator[tuple[str, Sequence[Text]]]:
        """Give each fact and what it is called."""
        expected, actual = differences(item.expected, item.actual)
        yield "expected", self._compared(expected)
        yield "got", self._compared(actual)
        yield (
            "written",
            [
                *self.short(requirement.clause, 2),
                *self.short(f"openapi.yaml:{item.spec.line}; {requirement.source}", 1),
                Text(printable(requirement.url)),
            ],
        )
        seen = f"{item.seen(requirement.exercised)}; the request is of {item.stimulus}"
        affected = ", ".join(requirement.also_affected)
        yield "seen", self.short(f"{seen}; affects {affected}" if affected else seen, 2)
        yield "request", self._message(item.request, REQUEST_ROWS)
        answer = [Text("none")] if item.response is None else self._message(item.response, RESPONSE_ROWS)
        yield "response", answer

    def heading(self, text: str) -> list[Text]:
        """Wrap the line above the facts."""
        first, *others = self._words(joined([(text, False)]), 2, indent=2)
        return [first, *(Text.assemble("  ", row) for row in others)]

    def short(self, text: str, most: int) -> list[Text]:
        """Wrap what is to take that many rows at most where there is the usual width."""
        return self._words(joined([(text, False)]), most)

    def _compared(self, pieces: Pieces) -> list[Text]:
        """Wrap what was expected, or came; where that takes several rows, pointers between them would not read well."""
        told = self._words(joined(pieces), 2)
        return [*told, *carets(told[0])] if self._pointers and len(told) == 1 else told

    def _message(self, message: Message, most: int) -> list[Text]:
        mark = message.mark
        lines = [joined(_marked(message.start, mark, "start"))]
        for index, (name, value) in enumerate(message.headers):
            pieces = _marked(value, mark, "header", index)
            if name.lower() in HEADERS_SHOWN or any(marked for _, marked in pieces):
                lines.append(joined([(f"{name}: ", False), *pieces]))
        position = 0
        for line in message.body.splitlines(keepends=True):
            lines.append(joined(_marked(line.splitlines()[0], mark, "body", begin=position)))
            position += len(line)
        shown = [row for line in lines for row in self._pointed(line)]
        if self._width is None:
            return excerpt(shown, LINES)
        told = excerpt(shown, most)
        for row in told:  # what says how much is left out has not been wrapped
            row.truncate(self._width)
        return told

    def _pointed(self, line: Text) -> Iterator[Text]:
        for row in self._words(line, 3):
            yield row
            if self._pointers:
                yield from carets(row)

    def _words(self, row: Text, most: int, *, indent: int = LABEL) -> list[Text]:
        """Wrap a row behind so many columns, which is to take that many rows where there is the usual width."""
        if self._width is None:
            return [row]
        width = self._width + LABEL - indent
        return words(row, width, most * max(USUAL - indent, width))


def _marked(text: str, mark: Mark | None, part: str, index: int = 0, *, begin: int = 0) -> Pieces:
    """Return a text, which begins there in its part of the message, in up to three pieces, the mark being one."""
    if mark is None or (mark.part, mark.index) != (part, index):
        return ((text, False),)
    first, last = (max(0, min(len(text), place - begin)) for place in (mark.begin, mark.end))
    pieces = (text[:first], False), (text[first:last], True), (text[last:], False)
    return tuple(piece for piece in pieces if piece[0])


def _labelled(label: str, told: Sequence[Text]) -> list[Text]:
    return [Text.assemble(f"  {'' if number else label:{LABEL - 2}}", row) for number, row in enumerate(told)]
