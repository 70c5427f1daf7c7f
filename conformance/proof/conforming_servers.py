"""The zoo: servers that conform, each in its own way. Whatever the suite finds in one of them is a false alarm."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.proof.independent_service import Service
from conformance.proof.response_styles import Chance, Manner
from conformance.proof.servers import asgi, http_1_0, streams
from conformance.server.batches import Batch, BatchStatus
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import MockSettings
from conformance.server.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["COMBINATIONS", "ZOO", "Resident", "Target"]


@dataclass(frozen=True)
class Target:
    """What the command line is told of a running server.

    Attributes:
        url: Base URL.
        arguments: Further arguments of `drs-conform`: credentials and batches, where the server does not tell them.
    """

    url: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resident:
    """A conforming server.

    Attributes:
        name: Its name.
        summary: One sentence: what is particular about it.
        open: Runs it while a block runs; each time a new one, without a past.
        seconds: What each answer takes longer than it has to.
    """

    name: str
    summary: str
    open: Callable[[], AbstractContextManager[Target]]
    seconds: int = 0


ZOO: dict[str, Resident] = {}
"""All residents by name."""

# Between them, they have all variants but the slow one. Codings come last, since they hide what others rewrite.
COMBINATIONS = {
    "terse": (
        "empty-values",
        "one-code",
        "older-codes",
        "token-403",
        "method-404",
        "ascii",
        "few-headers",
        "connection-close",
    ),
    "verbose": (
        "messages-of-the-moment",
        "extra-members",
        "pretty-json",
        "odd-media-type",
        "many-headers",
        "path-in-a-header",
        "gzip",
    ),
    "lenient": (
        "any-language",
        "any-parameters",
        "any-spelling",
        "idempotent",
        "options-answered",
        "sister-operations",
        "other-codes",
        "shortest-messages",
        "deflate",
    ),
    "strict": (
        "body-400",
        "query-400",
        "token-before-path",
        "media-type-400",
        "foreign-401",
        "short-lines",
        "slash-redirected",
        "longest-messages",
        "throttling",
    ),
    "chinese": (
        "always-chinese",
        "escaped-json",
        "body-413",
        "throttling-by-date",
        "chunked",
    ),
    "choleric": (
        "form-before-token",
        "odd-ids-refused",
        "always-english",
        "database-messages",
        "source-errors",
        "half-characters",
        "media-type-parameters",
    ),
}
"""Residents that are the mock with several variants at once."""

_FOREIGN_PROJECT_ID = "ffffffffffffffffffffffffffffffff"
_STATES = {"ready": 40, "validating": 2, "failed": 2, "committed": 2}


def _house(name: str, summary: str, house: Callable[[], AbstractContextManager[Target]], seconds: int = 0) -> None:
    ZOO[name] = Resident(name, summary, house, seconds)


def _mock(*variants: str) -> Callable[[], AbstractContextManager[Target]]:
    @contextmanager
    def run() -> Iterator[Target]:
        with EmbeddedServer(MockSettings(variants=variants)) as mock:
            yield Target(mock.url)

    return run


@contextmanager
def _mock_without_control() -> Iterator[Target]:
    states = {
        "ready": BatchStatus.READY,
        "validating": BatchStatus.VALIDATING,
        "failed": BatchStatus.VALIDATE_FAILED,
        "committed": BatchStatus.COMMITTED,
    }
    batches = _batches()
    with EmbeddedServer(MockSettings(control=False)) as mock:
        settings = mock.settings
        mock.app.store.add(Batch(key, settings.project_id, states[state]) for key, state in batches.items())
        yield Target(mock.url, _arguments(settings.token, settings.project_id, batches))


def _independent(
    serve: Callable[[Service], AbstractContextManager[str]],
) -> Callable[[], AbstractContextManager[Target]]:
    @contextmanager
    def run() -> Iterator[Target]:
        service = Service(batches=_batches())
        arguments = _arguments(service.token, service.project_id, service.batches)
        with serve(service) as url:
            yield Target(url, arguments)

    return run


def _batches() -> dict[str, str]:
    return {str(uuid.uuid4()): state for state, count in _STATES.items() for _ in range(count)}


def _arguments(token: str, project_id: str, batches: dict[str, str]) -> tuple[str, ...]:
    account = ("--token", token, "--project-id", project_id, "--foreign-project-id", _FOREIGN_PROJECT_ID)
    return (*account, *(word for batch_id, state in batches.items() for word in (f"--{state}-job", batch_id)))


def _seeded(seed: int) -> Callable[[Service], AbstractContextManager[str]]:
    return lambda service: streams(service, Chance(seed))


_house("mock", "The mock as it comes.", _mock())
_house("mock-without-control", "The mock as if it were not one: it is told no batches.", _mock_without_control)
for _variant in VARIANTS.values():
    _house(_variant.name, _variant.summary, _mock(_variant.name), seconds=int(_variant.name == "slow"))
for _name, _names in COMBINATIONS.items():
    _house(_name, f"The mock with several variants: {', '.join(_names)}.", _mock(*_names))
_house("http-1-0", "A server of HTTP/1.0 that shares nothing with the mock.", _independent(http_1_0))
_house("asgi", "A small ASGI application below a path prefix, which answers octet by octet.", _independent(asgi))
_house(
    "streams",
    "HTTP/1.1 written by hand: early hints, chunks with extensions and trailers, odd spaces and reason phrases.",
    _independent(lambda service: streams(service, Manner())),
)
for _seed in range(1, 6):
    _house(
        f"random-{_seed}", "Members, codes, messages, header case and chunks by chance.", _independent(_seeded(_seed))
    )
