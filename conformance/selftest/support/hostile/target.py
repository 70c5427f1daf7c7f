"""What a hostile target is, and the ways to open one."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import header, listening
from conformance.selftest.support.hostile.relay import correct, relay

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from conformance.selftest.support.hostile.listening import Peer

    Open = Callable[[str], AbstractContextManager[str]]
    """Starts a target for the owner of a token; gives its base URL."""

__all__ = ["GONE", "INCONCLUSIVE", "VIOLATES", "Hostile", "counting", "knowing", "opened", "turning"]

VIOLATES, INCONCLUSIVE, GONE = 1, 3, 4
"""The exit codes that a hostile target may get; 4 is the one of a target that is unreachable, or speaks no HTTP."""

CALLS = 8
"""Calls that a target answers well before it turns hostile."""


@dataclass(frozen=True)
class Hostile:
    """A target that does a run no good.

    Attributes:
        name: In a few words, for the test.
        does: One line.
        open: Starts it for the owner of a token; a context manager that gives the base URL.
        code: The exit code of a run.
        words: What the sentence with the verdict must hold.
        arguments: Further arguments of the run.
        profiles: The profiles that it is run with.
        shows: Requirements that the report must show to be broken.
    """

    name: str
    does: str
    open: Open
    code: int
    words: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ("safe",)
    shows: tuple[str, ...] = ()


def opened(handle: Callable[[Peer], None], tls: ssl.SSLContext | None = None) -> Open:
    """Treat everybody alike from the start."""

    @contextlib.contextmanager
    def open_(_token: str) -> Iterator[str]:
        with listening(handle, tls) as listener:
            yield listener.url

    return open_


def counting(respond: Callable[[int], bytes]) -> Open:
    """Answer each request by its number, from 0."""

    @contextlib.contextmanager
    def open_(_token: str) -> Iterator[str]:
        numbers = itertools.count()

        def handle(peer: Peer) -> None:
            peer.request()
            peer.send(respond(next(numbers)))

        with listening(handle) as listener:
            yield listener.url

    return open_


def knowing(respond: Callable[[str, int], bytes]) -> Open:
    """Answer each request by the token last seen (of any request, or else the owner's) and by its number, from 0."""

    @contextlib.contextmanager
    def open_(token: str) -> Iterator[str]:
        numbers = itertools.count()

        def handle(peer: Peer) -> None:
            sent = header(peer.request(), b"x-auth-token")
            # A wrong token that was made of the right one is echoed as well.
            peer.send(respond(sent.decode("latin-1") if sent else token, next(numbers)))

        with listening(handle) as listener:
            yield listener.url

    return open_


def turning(handle: Callable[[Peer], None]) -> Open:
    """Answer the first calls as the reference server does, and turn hostile then."""

    @contextlib.contextmanager
    def open_(token: str) -> Iterator[str]:
        numbers = itertools.count()

        def serve(peer: Peer) -> None:
            if next(numbers) < CALLS:
                relay(peer, port)
            else:
                handle(peer)

        with correct(token) as port, listening(serve) as listener:
            yield listener.url

    return open_
