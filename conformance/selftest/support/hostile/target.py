"""The class of hostile targets, and functions that start them."""

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
    """Starts a target that accepts a token; yields its base URL."""

__all__ = ["GONE", "INCONCLUSIVE", "VIOLATES", "Hostile", "counting", "knowing", "opened", "turning"]

VIOLATES, INCONCLUSIVE, GONE = 1, 3, 4
"""The exit codes of runs on hostile targets; 4 if the target is unreachable or does not speak HTTP."""

CALLS_BEFORE = 8
"""Number of calls that a target answers correctly before it becomes hostile."""


@dataclass(frozen=True)
class Hostile:
    """A hostile target, and the expected result of a run on it.

    Attributes:
        name: Name in the test's ID.
        does: Description of its behaviour.
        open: Starts it for a token; a context manager that yields the base URL.
        code: Expected exit code.
        words: Expected words in the line with the verdict.
        arguments: Additional options of the run.
        profiles: Profiles of the runs.
        shows: Requirements that must have findings.
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
    """Handle every connection with the same function."""

    @contextlib.contextmanager
    def open_(_token: str) -> Iterator[str]:
        with listening(handle, tls) as listener:
            yield listener.url

    return open_


def counting(respond: Callable[[int], bytes]) -> Open:
    """Answer each request according to its number, from 0."""

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
    """Answer each request according to its token, or else the given one, and its number, from 0."""

    @contextlib.contextmanager
    def open_(token: str) -> Iterator[str]:
        numbers = itertools.count()

        def handle(peer: Peer) -> None:
            sent = header(peer.request(), b"x-auth-token")
            # A near-miss token is echoed, too.
            peer.send(respond(sent.decode("latin-1") if sent else token, next(numbers)))

        with listening(handle) as listener:
            yield listener.url

    return open_


def turning(handle: Callable[[Peer], None]) -> Open:
    """Answer the first calls as the mock does, and then become hostile."""

    @contextlib.contextmanager
    def open_(token: str) -> Iterator[str]:
        numbers = itertools.count()

        def serve(peer: Peer) -> None:
            if next(numbers) < CALLS_BEFORE:
                relay(peer, port)
            else:
                handle(peer)

        with correct(token) as port, listening(serve) as listener:
            yield listener.url

    return open_
