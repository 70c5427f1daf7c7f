"""Tokens that are made of the right one by a slip of the hand, and what a shell makes them of."""

from __future__ import annotations

__all__ = ["derived"]


def derived(token: str) -> dict[str, str]:
    """Return wrong tokens, each with the shell word that makes it of $DRS_TOKEN.

    They are nearly the secret, and are kept out of whatever is written like the secret itself.
    """
    words = {
        token[:-1]: "${DRS_TOKEN%?}",
        token + "0": "${DRS_TOKEN}0",
        token.swapcase(): '$(printf %s "$DRS_TOKEN" | tr A-Za-z a-zA-Z)',
        token + token: "$DRS_TOKEN$DRS_TOKEN",
    }
    return {other: word for other, word in words.items() if other not in ("", token)}
