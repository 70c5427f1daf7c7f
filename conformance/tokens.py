"""Tokens that are made of the right one by a slip of the hand, and what a shell makes them of."""

from __future__ import annotations

import hashlib
import hmac

__all__ = ["derived", "is_stand_in", "stand_in"]

STAND_IN = "signed-"


def stand_in(secret_key: str) -> str:
    """Return what stands for a token where requests are signed: the same in each process, and no help to anybody."""
    return STAND_IN + hmac.new(secret_key.encode(), b"stand-in for a token", hashlib.sha256).hexdigest()


def is_stand_in(token: str) -> bool:
    """Tell whether it is one, or was made of one: the server has never seen it, and its likeness proves nothing."""
    return token.lower().startswith(STAND_IN)


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
