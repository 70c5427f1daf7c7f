"""Removal of secrets, by value, from whatever is written."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

__all__ = ["Redactor"]

MASK = "[redacted]"


class Redactor:
    """Replaces each secret, in each encoding in which a server may echo it, by a mask.

    A secret is found by its value, never by the name of the field that carries it: a server may echo it anywhere.
    """

    def __init__(self, *secrets: str) -> None:
        """Take the secrets; empty ones are ignored."""
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # Longest first, so that no part of an encoded form survives beside the mask of a shorter one.
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def __repr__(self) -> str:
        """Show how much is redacted, not what."""
        return f"Redactor({len(self._forms)} forms)"


def _forms(secret: str) -> set[str]:
    octets = secret.encode()
    # Base64 of a text that contains the secret: its three alignments, without the characters that neighbours share.
    aligned = {
        base64.b64encode(b"\0" * shift + octets).decode()[(0, 2, 3)[shift] : len(octets) * 4 // 3 - 1]
        for shift in range(3)
    }
    aligned = {form for form in aligned if len(form) >= 8}  # noqa: PLR2004 - shorter ones would match by chance
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(octets).decode(),
        base64.urlsafe_b64encode(octets).decode(),
        octets.hex(),
    } | aligned
