"""Targets on this machine that call themselves the mock, and lie."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from conformance.mock.settings import CONTROL_PATH
from conformance.selftest.support.hostile.listening import answer, listening
from conformance.selftest.support.hostile.target import VIOLATES, Hostile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.selftest.support.hostile.listening import Peer
    from conformance.selftest.support.hostile.target import Open

__all__ = ["TARGETS"]

MEGABYTE = 1_000_000
TRUTH = {"mock": "drs", "token": "t0ken-of-the-mock", "project_id": "p1", "foreign_project_id": "p2"}


def _lookalike(description: object, create: Callable[[Peer], None]) -> Open:
    """Describe itself so, do that when a batch is to be created, and answer everything else with an empty object."""

    @contextlib.contextmanager
    def open_(_token: str) -> Iterator[str]:
        def handle(peer: Peer) -> None:
            method, path, *_ = peer.request().split(b" ")
            if path == f"{CONTROL_PATH}/".encode():
                peer.send(answer(200, json.dumps(description).encode()))
            elif method == b"POST" and path.startswith(CONTROL_PATH.encode()):
                create(peer)
            else:
                peer.send(answer(400, b"{}"))

        with listening(handle) as listener:
            yield listener.url

    return open_


def _lies(name: str, does: str, **description: object) -> Hostile:
    open_ = _lookalike({**TRUTH, **description}, lambda peer: peer.send(answer(201, b"{}")))
    return Hostile(f"look-alike with {name}", does, open_, VIOLATES, ("ERR-002",), profiles=("safe", "full"))


def _creates(name: str, does: str, create: Callable[[Peer], None]) -> Hostile:
    open_ = _lookalike(TRUTH, create)
    return Hostile(f"look-alike that {name}", does, open_, VIOLATES, ("ERR-002",), profiles=("full",))


TARGETS = (
    _lies("numbers", "gives numbers for tokens and projects", token=1, expired_token=2, project_id=3),
    _lies("an expired number", "gives a number for an expired token", expired_token=10**400),
    _lies("a foreign number", "gives a number for a token of the foreign project", foreign_token=10**400),
    _lies("nothing", "gives no tokens", token=None, foreign_token=None, expired_token=None),
    _lies("a long token", "gives a token of a megabyte", token="t" * MEGABYTE, expired_token="e" * MEGABYTE),
    _lies("a long project", "gives a project of a megabyte", project_id="%25" * (MEGABYTE // 3)),
    _lies("odd characters", "gives a token with line breaks", token="a\r\nX-Injected: 1\0é失"),
    _creates("has all batches", "says that each batch exists", lambda peer: peer.send(answer(409, b"{}"))),
    _creates("refuses", "creates no batch", lambda peer: peer.send(answer(500, b"x" * MEGABYTE))),
    _creates("goes silent", "does not answer when it is to create a batch", lambda peer: peer.wait()),
)
