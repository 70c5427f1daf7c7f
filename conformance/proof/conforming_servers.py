"""Conforming servers that differ from each other; anything that the suite reports for one is a false positive."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.mock.variants import VARIANTS
from conformance.proof.independent_service import IndependentService
from conformance.proof.response_styles import RandomStyle, ResponseStyle
from conformance.proof.servers import asgi, http_1_0, plain_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["COMBINATIONS", "CONFORMING_SERVERS", "ConformingServer", "RunningServer"]


@dataclass(frozen=True)
class RunningServer:
    """A conforming server that is running.

    Attributes:
        url: Base URL.
        options: Further options of a run: credentials and batches, unless the server provides them itself.
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConformingServer:
    """A conforming server.

    Attributes:
        name: Name of the server.
        summary: Description of how it differs from the others, in one sentence.
        open: Returns a context manager that runs a new instance.
        direct: Configuration of the mock that it is, if it is one that needs no socket.
    """

    name: str
    summary: str
    open: Callable[[], AbstractContextManager[RunningServer]]
    direct: MockSettings | None = None


CONFORMING_SERVERS: dict[str, ConformingServer] = {}
"""All conforming servers, by name."""

# Together they have all variants except the slow one. Codings come last: they hide the content from other variants.
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
        "codes-of-one-node",
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
        "codes-of-two-releases",
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
        "published-example",
    ),
}
"""Conforming servers that are the mock with several variants at once."""

_FOREIGN_PROJECT_ID = "ffffffffffffffffffffffffffffffff"
_STATES = {"ready": 40, "validating": 2, "failed": 2, "committed": 2}


def _add(name: str, summary: str, run: Callable[[], AbstractContextManager[RunningServer]]) -> None:
    CONFORMING_SERVERS[name] = ConformingServer(name, summary, run)


def _add_mock(name: str, summary: str, *variants: str) -> None:
    settings = MockSettings(variants=variants)

    @contextmanager
    def run() -> Iterator[RunningServer]:
        with EmbeddedServer(settings) as mock:
            yield RunningServer(mock.url)

    CONFORMING_SERVERS[name] = ConformingServer(name, summary, run, settings)


@contextmanager
def _mock_without_control() -> Iterator[RunningServer]:
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
        yield RunningServer(mock.url, _options(settings.token, settings.project_id, batches))


def _independent(
    serve: Callable[[IndependentService], AbstractContextManager[str]],
) -> Callable[[], AbstractContextManager[RunningServer]]:
    @contextmanager
    def run() -> Iterator[RunningServer]:
        service = IndependentService(batches=_batches())
        with serve(service) as url:
            yield RunningServer(url, _options(service.token, service.project_id, service.batches))

    return run


def _batches() -> dict[str, str]:
    names = [(state, number) for state, count in _STATES.items() for number in range(count)]
    return {str(uuid.uuid5(uuid.NAMESPACE_URL, f"{state} {number}")): state for state, number in names}


def _options(token: str, project_id: str, batches: dict[str, str]) -> dict[str, Any]:
    named: dict[str, list[str]] = {}
    for batch_id, state in batches.items():
        named.setdefault(f"{state}_job", []).append(batch_id)
    return {"token": token, "project_id": project_id, "foreign_project_id": _FOREIGN_PROJECT_ID, **named}


def _random_style(seed: int) -> Callable[[IndependentService], AbstractContextManager[str]]:
    return lambda service: plain_streams(service, RandomStyle(seed))


_add_mock("mock", "The mock without variants.")
_add(
    "mock-without-control",
    "The mock without its control interface; the batches are given on the command line.",
    _mock_without_control,
)
for _variant in VARIANTS.values():
    _add_mock(_variant.name, _variant.summary, _variant.name)
for _name, _names in COMBINATIONS.items():
    _add_mock(_name, f"The mock with several variants: {', '.join(_names)}.", *_names)
_add("http-1-0", "An HTTP/1.0 server that shares no code with the mock.", _independent(http_1_0))
_add(
    "asgi",
    "A small ASGI application below a path prefix that sends its responses in pieces of 7 octets.",
    _independent(asgi),
)
_add(
    "streams",
    "HTTP/1.1 over plain streams: early hints, chunk extensions, trailers, unusual whitespace and reason phrases.",
    _independent(lambda service: plain_streams(service, ResponseStyle())),
)
for _seed in range(1, 6):
    _add(
        f"random-{_seed}",
        "Random members, codes, messages, header case and chunks.",
        _independent(_random_style(_seed)),
    )
