"""Targets with a hostile connection: silence, slow answers, early ends, and TLS that does not match."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import Peer, answer, listening
from conformance.selftest.support.hostile.relay import correct, relay
from conformance.selftest.support.hostile.target import GONE, INCONCLUSIVE, VIOLATES, Hostile, opened, turning

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TARGETS"]

CERTIFICATES = Path(__file__).parent / "certificates"
ELSEWHERE = CERTIFICATES / "elsewhere.pem"
BOTH_PROFILES = ("safe", "full")
EXPIRED = b'{"error_code": "APIGW.0307", "error_msg": "The token must be updated.", "request_id": "r1"}'
CALLS_BEFORE = 12


def _silent(peer: Peer) -> None:
    peer.request()
    peer.wait()


def _closes(_peer: Peer) -> None:
    """Do nothing; the listener then closes the connection."""


def _resets(peer: Peer) -> None:
    peer.request()
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _drips_head(peer: Peer) -> None:
    peer.request()
    peer.drip(answer(400, b"{}"))


def _drips_body(peer: Peer) -> None:
    peer.request()
    peer.send(answer(400, headers={"Content-Length": "1000"}))
    peer.drip(b" " * 1000)


def _cut_off(peer: Peer) -> None:
    peer.request()
    peer.send(answer(400, b'{"error_code": "DRS.1', {"Content-Length": "80"}))


def _cut_off_chunks(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{")


@contextlib.contextmanager
def _plain_on_tls(_token: str) -> Iterator[str]:
    with listening(_silent, _tls("self-signed.pem")) as listener:
        yield listener.url.replace("https://", "http://")


@contextlib.contextmanager
def _tls_on_plain(_token: str) -> Iterator[str]:
    def handle(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.send(answer(400, b"{}"))

    with listening(handle) as listener:
        yield listener.url.replace("http://", "https://")


@contextlib.contextmanager
def _stops_listening(token: str) -> Iterator[str]:
    served: list[int] = []

    def handle(peer: Peer) -> None:
        served.append(1)
        if len(served) >= CALLS_BEFORE:
            listener.stop_listening()
        relay(peer, port)

    with correct(token) as port, listening(handle) as listener:
        yield listener.url


@contextlib.contextmanager
def _rejects_later(token: str) -> Iterator[str]:
    served: list[int] = []

    def handle(peer: Peer) -> None:
        served.append(1)
        if len(served) <= CALLS_BEFORE:
            relay(peer, port)
        else:
            peer.request()
            peer.send(answer(401, EXPIRED))

    with correct(token) as port, listening(handle) as listener:
        yield listener.url


def _tls(file: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / file)
    return context


TARGETS = (
    Hostile(
        "silent", "accepts connections and never answers", opened(_silent), GONE, ("no complete answer within 1 s",)
    ),
    Hostile("closes at once", "closes each connection at once", opened(_closes), GONE, ("connect",)),
    Hostile("resets", "resets each connection after the request", opened(_resets), GONE, ("connect",)),
    Hostile("head drips", "sends one octet of the head per second", opened(_drips_head), GONE, ("within 1 s",)),
    Hostile("body drips", "sends one octet of the body per second", opened(_drips_body), GONE, ("within 1 s",)),
    Hostile("cut off", "closes in the middle of a body that has a length", opened(_cut_off), GONE, ("complete",)),
    Hostile("cut off chunks", "closes in the middle of a chunk", opened(_cut_off_chunks), GONE, ("complete",)),
    Hostile("plain on TLS", "receives plain HTTP and speaks TLS", _plain_on_tls, GONE, ("URL",)),
    Hostile("TLS on plain", "receives TLS and speaks plain HTTP", _tls_on_plain, GONE, ("http://", "--ca-file")),
    Hostile(
        "self-signed",
        "has a certificate that is not trusted",
        opened(_silent, _tls("self-signed.pem")),
        GONE,
        ("certificate", "--ca-file"),
    ),
    Hostile(
        "certificate of elsewhere",
        "has a trusted certificate of another host",
        opened(_silent, _tls("elsewhere.pem")),
        GONE,
        ("certificate", "127.0.0.1"),
        ("--ca-file", str(ELSEWHERE)),
    ),
    Hostile(
        "dies",
        f"stops listening after {CALLS_BEFORE} requests",
        _stops_listening,
        GONE,
        ("unreachable since request",),
        profiles=BOTH_PROFILES,
    ),
    Hostile(
        "token expires",
        f"refuses the token after {CALLS_BEFORE} requests",
        _rejects_later,
        INCONCLUSIVE,
        ("credentials have been refused since request",),
        profiles=BOTH_PROFILES,
    ),
    Hostile("turns silent", "stops answering", turning(_silent), GONE, ("has not answered",)),
    Hostile(
        "turns to resets",
        "starts to reset connections",
        turning(_resets),
        VIOLATES,
        ("HTTP-001",),
        profiles=BOTH_PROFILES,
    ),
    Hostile(
        "turns to cuts",
        "starts to send incomplete answers",
        turning(_cut_off),
        VIOLATES,
        ("HTTP-001",),
        profiles=BOTH_PROFILES,
    ),
)
