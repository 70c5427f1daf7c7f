"""Targets that answer everything alike: with one status, or by sending the caller elsewhere."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import answer, listening
from conformance.selftest.support.hostile.target import INCONCLUSIVE, VIOLATES, Hostile, counting

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
def _sent_round(_token: str) -> Iterator[str]:
    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(answer(307, headers={"Location": f"{listener.url}/again"}))

    with listening(handle) as listener:
        yield listener.url


def _sent_elsewhere(status: int, place: str) -> Open:
    """Send the caller to a server that nobody may come to; the place has {} for its host and port."""

    @contextlib.contextmanager
    def open_(_token: str) -> Iterator[str]:
        visits: list[bytes] = []

        def remember(peer: Peer) -> None:
            visits.append(b"")
            visits.append(peer.request())

        with listening(remember) as sentinel:
            location = place.format(sentinel.url.partition("://")[2])

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
    Hostile("always 200", "answers 200 with nothing", _always(200), VIOLATES, ("RES-",)),
    Hostile("always 204", "answers 204", _always(204), VIOLATES, ("broken",)),
    Hostile("always 401", "refuses all credentials", _gateway(401), INCONCLUSIVE, ("credentials", "401", "DRS_TOKEN")),
    Hostile(
        "always 403", "allows nobody anything", _gateway(403), INCONCLUSIVE, ("credentials", "403", "--project-id")
    ),
    Hostile("always 404", "has nothing", _gateway(404), INCONCLUSIVE, ("not published", "404", "--target")),
    Hostile(
        "404 with a page", "has nothing, and says so in HTML", _always(404, PAGE), INCONCLUSIVE, ("404", "--target")
    ),
    Hostile("always 429", "asks everybody to come again", _gateway(429), INCONCLUSIVE, ("429", "--rate")),
    Hostile(
        "429 for a day",
        "asks everybody to come again tomorrow",
        _gateway(429, Retry_After=DAY),
        INCONCLUSIVE,
        ("429", "--rate"),
    ),
    Hostile(
        "429 for longer than a float",
        "asks everybody to come again, after all time",
        _gateway(429, Retry_After="9" * 400),
        INCONCLUSIVE,
        ("429", "--rate"),
    ),
    Hostile("always 500", "always fails", _always(500, PAGE), VIOLATES, ("broken",)),
    Hostile("always 503", "is never available", _gateway(503), INCONCLUSIVE, ("503", "later")),
    Hostile(
        "503 for a day",
        "is available tomorrow",
        _gateway(503, Retry_After=DAY),
        INCONCLUSIVE,
        ("503", "later"),
    ),
    Hostile(
        "503 until a date",
        "is available at the end of time",
        _gateway(503, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"),
        INCONCLUSIVE,
        ("503", "later"),
    ),
    Hostile(
        "503 until an odd date",
        "is available at a time that no calendar has",
        _gateway(503, Retry_After="Fri, 99 Dec 99999 99:99:99 +9999"),
        INCONCLUSIVE,
        ("503", "later"),
    ),
    Hostile("sends round", "redirects to itself", _sent_round, INCONCLUSIVE, ("redirects", "--target")),
    *(
        Hostile(
            f"sends elsewhere by {status}",
            "redirects to another host",
            _sent_elsewhere(status, place),
            INCONCLUSIVE,
            ("redirects", "--target"),
        )
        for status, place in ((301, "http://{}/"), (302, "//{}/x"), (307, "http://localhost@{}/"), (308, "https://{}/"))
    ),
)
