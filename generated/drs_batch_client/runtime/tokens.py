"""Credentials that are renewed, for blocking code, asyncio and trio, and the cache of one token or access key."""

from __future__ import annotations

from typing import TypeVar

from drs_batch_client.runtime.aio.tokens import AsyncRenewedAuth, AsyncTokens
from drs_batch_client.runtime.blocking.tokens import RenewedAuth, Tokens

__all__ = ["BothRenewedAuth", "TokenCache"]

T = TypeVar("T")


class TokenCache(Tokens[T], AsyncTokens[T]):
    """The token of one user in one project, or the access key of one provider. A copy or pickle of it is empty."""


class BothRenewedAuth(RenewedAuth[T], AsyncRenewedAuth[T]):
    """Credentials that are renewed: when needed, in time, and after a 401, once a call."""
