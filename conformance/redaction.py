"""Removal of secrets, by value, from whatever is written."""

from __future__ import annotations

import base64
import re

__all__ = ["Redactor"]

MASK = "[redacted]"
SHORTEST = 6
"""Characters of base64 below which a match would be by chance."""


class Redactor:
    """Replaces each secret, in each encoding in which a server may echo it, by a mask.

    A secret is found by its value, never by the name of the field that carries it: a server may echo it anywhere.
    Each of its characters may be plain, percent-encoded, a JSON escape or a character reference; the whole may be
    hexadecimal, or in base64 among other text.
    """

    def __init__(self, *secrets: str) -> None:
        """Take the secrets; empty ones are ignored."""
        # Longest first, so that no part of a longer secret survives beside the mask of a shorter one.
        chosen = sorted({secret for secret in secrets if secret}, key=lambda secret: (-len(secret), secret))
        forms = [form for secret in chosen for form in (_escaped(secret), *_encoded(secret))]
        self._pattern = re.compile("|".join(forms)) if forms else None

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def __repr__(self) -> str:
        """Show nothing of what is redacted."""
        return "Redactor()"


def _escaped(secret: str) -> str:
    return "".join(map(_character, secret))


def _character(character: str) -> str:
    """Return a pattern of a character in plain text, URLs, JSON and HTML."""
    code = ord(character)
    percent = "".join(f"%{octet:02x}" for octet in character.encode())
    forms = rf"{percent}|\\u{code:04x}|&#0*{code};|&#x0*{code:x};"
    named = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;", " ": r"\+"}.get(character)
    return rf"(?:\\?{re.escape(character)}|(?i:{forms}){f'|{named}' if named else ''})"


def _encoded(secret: str) -> list[str]:
    octets = secret.encode()
    # Base64 of a text that contains the secret: its three alignments, without the characters that neighbours share.
    aligned = [
        base64.b64encode(b"\0" * shift + octets)[
            (0, 2, 3)[shift] : (len(octets) + shift) * 4 // 3 - (0, 2, 3)[shift] + 1
        ]
        for shift in range(3)
    ]
    texts = {base64.b64encode(octets).rstrip(b"=").decode()}
    texts |= {text.decode().rstrip("=")[:-1] for text in aligned}
    patterns = [re.escape(text).replace(r"\+", "[+-]").replace("/", "[/_]") for text in texts if len(text) >= SHORTEST]
    return sorted([*patterns, rf"(?i:{octets.hex()})"], key=lambda pattern: (-len(pattern), pattern))
