"""Tokens that are made of the right one by a slip of the hand, and what a shell makes them of."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NEAR_MISSES", "is_placeholder_token", "near_misses", "placeholder_token"]

STAND_IN = "signed-"


def placeholder_token(secret_key: str) -> str:
    """Return what stands for a token where requests are signed: the same in each process, and no help to anybody."""
    return STAND_IN + hmac.new(secret_key.encode(), b"stand-in for a token", hashlib.sha256).hexdigest()


def is_placeholder_token(token: str) -> bool:
    """Tell whether it is one, or was made of one: the server has never seen it, and its likeness proves nothing."""
    return token.lower().startswith(STAND_IN)


@dataclass(frozen=True)
class NearMiss:
    """A slip of the hand.

    Attributes:
        make: What it makes of a token.
        word: The shell word that makes the same of $DRS_TOKEN.
    """

    make: Callable[[str], str]
    word: str


NEAR_MISSES = {
    "cut": NearMiss(lambda token: token[:-1], "${DRS_TOKEN%?}"),
    "longer": NearMiss(lambda token: token + "0", "${DRS_TOKEN}0"),
    "other-case": NearMiss(str.swapcase, '$(printf %s "$DRS_TOKEN" | tr A-Za-z a-zA-Z)'),
    "twice": NearMiss(lambda token: token + token, "$DRS_TOKEN$DRS_TOKEN"),
}


def near_misses(token: str) -> dict[str, str]:
    """Return wrong tokens, each with the shell word that makes it of $DRS_TOKEN.

    They are nearly the secret, and are kept out of whatever is written like the secret itself.
    """
    words = {slip.make(token): slip.word for slip in NEAR_MISSES.values()}
    return {other: word for other, word in words.items() if other not in ("", token)}
