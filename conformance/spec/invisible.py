"""Characters that are invisible, or control a terminal or the direction of text: those of the running Python's Unicode.

They are what reports show as code points, and what redaction ignores.
"""

import re

__all__ = ["BLANK", "hidden"]

BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u2d7f\u3164\ufe00-\ufe0f\uffa0"
    "\U0001107f\U00011a47\U00011a99\U00011f42\U00013441\U00013442\U00016fe4\U0001bc9d\U0001d159"
    "\U000e0100-\U000e01ef]"
)
"""Characters without a shape of their own that Python takes for printable: letters, marks and symbols.

Most are default-ignorable code points (Unicode, DerivedCoreProperties.txt). The others are drawn as blanks, or join or
select other characters.
"""


def hidden(character: str) -> bool:
    """Return whether a character is invisible, or controls a terminal or the direction of text; a space does not."""
    return not character.isprintable() or BLANK.match(character) is not None
