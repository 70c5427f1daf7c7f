"""Near-miss tokens, which differ slightly from the right one, and the placeholder of a token."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NEAR_MISSES", "is_placeholder_token", "near_misses", "placeholder_token"]

PLACEHOLDER_PREFIX = "signed-"


def placeholder_token(secret_key: str) -> str:
    """Return the placeholder of a token in requests to be signed: the same in each process, and never valid."""
    return PLACEHOLDER_PREFIX + hmac.new(secret_key.encode(), b"stand-in for a token", hashlib.sha256).hexdigest()


def is_placeholder_token(token: str) -> bool:
    """Return whether a token is a placeholder or a near miss of one; no server knows either."""
    return token.lower().startswith(PLACEHOLDER_PREFIX)


HEAD = 32
"""Characters at the beginning of a token by which a careless server or cache might know it."""


@dataclass(frozen=True)
class NearMiss:
    """A small change of a token.

    Attributes:
        make: Returns the changed token.
        shell_word: The shell word that changes $DRS_TOKEN in the same way.
    """

    make: Callable[[str], str]
    shell_word: str


NEAR_MISSES = {
    "cut": NearMiss(lambda token: token[:-1], "${DRS_TOKEN%?}"),
    "longer": NearMiss(lambda token: token + "0", "${DRS_TOKEN}0"),
    "other-case": NearMiss(str.swapcase, '$(printf %s "$DRS_TOKEN" | tr A-Za-z a-zA-Z)'),
    "twice": NearMiss(lambda token: token + token, "$DRS_TOKEN$DRS_TOKEN"),
    "begins-alike": NearMiss(lambda token: token[:HEAD], f'$(printf %s "$DRS_TOKEN" | cut -c1-{HEAD})'),
    "begins-otherwise": NearMiss(lambda token: "0" + token[1:], "0${DRS_TOKEN#?}"),
    "in-a-list": NearMiss(lambda token: f"0,{token}", "0,$DRS_TOKEN"),
    "differs-in-the-middle": NearMiss(
        lambda token: f"{token[:20]}0{token[21:]}",
        '$(printf %s "$DRS_TOKEN" | cut -c1-20)0$(printf %s "$DRS_TOKEN" | cut -c22-)',
    ),
    "ends-otherwise": NearMiss(lambda token: token[:-1] + "0", "${DRS_TOKEN%?}0"),
}


def near_misses(token: str) -> dict[str, str]:
    """Return the near misses of a token, each with the shell word that makes it from $DRS_TOKEN.

    They are nearly the secret, so they must be redacted like the secret itself.
    """
    words = {near_miss.make(token): near_miss.shell_word for near_miss in NEAR_MISSES.values()}
    return {other: word for other, word in words.items() if other not in ("", token)}
