"""Targets that answer every request with the same status or with a redirect."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import answer, listening
from conformance.selftest.support.hostile.target import GONE, INCONCLUSIVE, VIOLATES, Hostile, counting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.hostile.listening import Peer
    from conformance.selftest.support.hostile.target import Open

__all__ = ["TARGETS"]

PAGE = b"<!DOCTYPE html><title>Welcome</title><p>Please log in."
DAY = "86400"


def _always(status: int, body: bytes = b"", **headers: str) -> Open:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return counting(lambda _number: answer(status, body, fields))


def _gateway(status: int, **headers: str) -> Open:
    body = b'{"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information.", "request_id": "r1"}'
    return _always(status, body, **headers)


@contextlib.contextmanager
def _redirects_to_itself(_token: str) -> Iterator[str]:
    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(answer(307, headers={"Location": f"{listener.url}/again"}))

    with listening(handle) as listener:
        yield listener.url


def _redirects(status: int, place: str) -> Open:
    """Redirect to a server that must not receive anything; {} in the place stands for its host and port."""

    @contextlib.contextmanager
    def open_(_token: str) -> Iterator[str]:
        visits: list[bytes] = []

        def record(peer: Peer) -> None:
            visits.append(b"")
            visits.append(peer.request())

        with listening(record) as other:
            location = place.format(other.url.partition("://")[2])

            def handle(peer: Peer) -> None:
                peer.request()
                peer.send(answer(status, b"{}", {"Location": location, "Refresh": f"0; url={location}"}))

            with listening(handle) as listener:
                yield listener.url
        assert visits == []

    return open_


TARGETS = (
    Hostile(
        "always a page", "answers 200 with HTML", _always(200, PAGE, Content_Type="text/html"), VIOLATES, ("RES-",)
    ),
    Hostile("always 200", "answers 200 without a body", _always(200), VIOLATES, ("RES-",)),
    Hostile("always 204", "answers 204", _always(204), VIOLATES, ("broken",)),
    Hostile("always 401", "refuses all credentials", _gateway(401), INCONCLUSIVE, ("credentials", "401", "token")),
    Hostile("always 403", "denies all access", _gateway(403), INCONCLUSIVE, ("credentials", "403", "--project-id")),
    Hostile("always 404", "answers 404", _gateway(404), INCONCLUSIVE, ("not published", "404", "--target")),
    Hostile("404 with a page", "answers 404 with HTML", _always(404, PAGE), INCONCLUSIVE, ("404", "--target")),
    Hostile("always 429", "throttles every request", _gateway(429), INCONCLUSIVE, ("429", "--rate")),
    Hostile(
        "429 for a day",
        "throttles every request for a day",
        _gateway(429, Retry_After=DAY),
        INCONCLUSIVE,
        ("429", "--rate"),
    ),
    Hostile(
        "429 for longer than a float",
        "throttles every request for 10^400 s",
        _gateway(429, Retry_After="9" * 400),
        INCONCLUSIVE,
        ("429", "--rate"),
    ),
    Hostile("always 500", "answers 500", _always(500, PAGE), GONE, ("not available", "500")),
    Hostile("always 503", "answers 503", _gateway(503), GONE, ("503", "later")),
    Hostile(
        "503 for a day",
        "is unavailable for a day",
        _gateway(503, Retry_After=DAY),
        GONE,
        ("503", "later"),
    ),
    Hostile(
        "503 until a date",
        "is unavailable until the year 9999",
        _gateway(503, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"),
        GONE,
        ("503", "later"),
    ),
    Hostile(
        "503 until an odd date",
        "is unavailable until an impossible date",
        _gateway(503, Retry_After="Fri, 99 Dec 99999 99:99:99 +9999"),
        GONE,
        ("503", "later"),
    ),
    Hostile("sends round", "redirects to itself", _redirects_to_itself, INCONCLUSIVE, ("redirects", "--target")),
    *(
        Hostile(
            f"sends elsewhere by {status}",
            "redirects to another host",
            _redirects(status, place),
            INCONCLUSIVE,
            ("redirects", "--target"),
        )
        for status, place in ((301, "http://{}/"), (302, "//{}/x"), (307, "http://localhost@{}/"), (308, "https://{}/"))
    ),
)
