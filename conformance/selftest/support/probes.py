"""Requests to a mock without HTTP, which show the effects of a fault."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.mock.app import MockApp
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.gateway import Gateway
from conformance.mock.request import ReceivedRequest
from conformance.mock.settings import MockSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.mock.answers import Answer

TOKEN, FOREIGN_TOKEN = MockSettings().token, MockSettings().foreign_token
OWN, FOREIGN = MockSettings().project_id, MockSettings().foreign_project_id
LANGUAGES = (None, "en-us", "zh-cn")
STATES = (BatchStatus.READY, BatchStatus.VALIDATING, BatchStatus.VALIDATE_FAILED, BatchStatus.COMMITTED, None)
CHUNKED = ("Transfer-Encoding", "chunked")
SHAPES = {"uuid": "", "long": "-" + "x" * 256, "unicode": "-批次"}


@dataclass(frozen=True)
class Probe:
    """One request, and its batch, which no other probe uses; `times` repeats the request.

    The ID in the path is that of the batch, followed by `more`, whose surrogates are octets that are not UTF-8.
    `forgetful` sends the request again without a token; `returning` sends it again with the token of the own project,
    in that project.
    """

    name: str
    state: BatchStatus | None = BatchStatus.READY
    batch_id: str = ""
    owner: str = OWN
    project: str = OWN
    language: str | None = None
    token: str | None = TOKEN
    method: str = "POST"
    path: str = "/v5/{project}/batch-async-jobs/{batch}/commit"
    query: str = ""
    media_type: str | None = "application/json"
    further: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    times: int = 1
    spell: str = ""
    number: int = 1
    more: str = ""
    forgetful: bool = False
    returning: bool = False
    version: str = "1.1"
    absolute: bool = False
    oversized: bool = False
    pipelined: bool = False

    def requests(self) -> Iterator[ReceivedRequest]:
        """Yield the request as many times as it is sent."""
        yield from itertools.repeat(self._request(self.token), self.times)
        if self.forgetful:
            yield self._request(None)
        if self.returning:
            yield self._request(TOKEN, OWN)

    def _request(self, token: str | None, project: str | None = None) -> ReceivedRequest:
        optional = (("X-Auth-Token", token), ("X-Language", self.language), ("Content-Type", self.media_type))
        pairs = [*((name, value) for name, value in optional if value is not None), *self.further]
        if self.body and CHUNKED not in self.further:
            pairs.append(("Content-Length", str(len(self.body))))
        headers = tuple((name.lower().encode(), value.encode()) for name, value in pairs)
        encoded = "".join(f"%{octet:02X}" for octet in (self.batch_id + self.more).encode(errors="surrogateescape"))
        path = self.path.format(project=project or self.project, batch=encoded).replace("%25%", "%25").encode()
        names = tuple(getattr(name, self.spell)().encode() if self.spell else name.encode() for name, _ in pairs)
        return ReceivedRequest(
            self.method,
            path,
            self.query.encode(),
            headers,
            self.body,
            oversized=self.oversized,
            id=f"{int(self.batch_id[:8]):032x}",
            names=names,
            number=self.number,
            version=self.version,
            absolute=self.absolute,
            pipelined=self.pipelined,
        )


@dataclass(frozen=True)
class Seen:
    """The result of a probe: the answers, and the state of its batch after them."""

    answers: tuple[tuple[int, tuple[tuple[str, str], ...], bytes, bool], ...]
    after: BatchStatus | None


def probes() -> list[Probe]:
    """Return probes of every kind that a fault may depend on."""
    found = [
        Probe(f"{state.name if state else 'UNKNOWN'} {shape} {language}", state, suffix, language=language, times=2)
        for state in STATES
        for shape, suffix in SHAPES.items()
        for language in LANGUAGES
    ]
    for language in LANGUAGES:
        found.append(Probe(f"foreign project {language}", project=FOREIGN, language=language))
        found.append(Probe(f"foreign batch {language}", owner=FOREIGN, language=language))
        found.append(Probe(f"foreign token {language}", token=FOREIGN_TOKEN, language=language))
        another = Probe(f"another customer {language}", project=FOREIGN, token=FOREIGN_TOKEN, language=language)
        found.append(replace(another, returning=True))
    expired = MockSettings().expired_token
    tokens = (
        None,
        "",
        "null",
        "MIImadeup",
        expired,
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN * 2,
        TOKEN.upper(),
        "not-a-token",
        TOKEN[:-1] + "?",
    )
    found += [Probe(f"token {token}", token=token) for token in tokens]
    found.append(Probe("token null in Chinese", token="null", language="zh-cn"))
    types = (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json")
    charsets = ("application/json;charset=utf-8", "application/json; charset=UTF-8")
    found += [Probe(f"media type {value}", media_type=value) for value in (*types, *charsets)]
    found += [Probe(f"method {method}", method=method) for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD")]
    start = "/v5/{project}/batch-async-jobs/{batch}"
    paths = ("/v3/{project}/batch-async-jobs/{batch}/commit", "/v5/{project}/batch-jobs/{batch}/commit")
    endings = ("", "/commits", "/commit/now", "/action", "/commit/")
    found += [Probe(f"path {path}", path=path) for path in (*paths, *(start + ending for ending in endings))]
    odd = ("fr-fr", "en", "x" * 4096)
    found += [Probe(f"language {language[:9]}", None, language=language) for language in odd]
    ids = ("';--", "a/b", "a\0b", "\r\nX-Injected: 1")
    found += [Probe(f"id {batch_id!r}", None, batch_id) for batch_id in ids]
    found += [Probe(f"body {len(body)}", None, body=body) for body in (b"{}", b"x" * 65536)]
    found.append(Probe("query", None, query="x=1"))
    more = (("Accept", "application/xml"), ("Authorization", "Bearer"), ("Accept-Encoding", "gzip, deflate"))
    found += [Probe(f"header {name}", None, further=((name, value),)) for name, value in more]
    found += [Probe(f"made-up project {language}", project="0" * 32, language=language) for language in LANGUAGES]
    found += [Probe(f"names in {spell}", spell=spell) for spell in ("lower", "upper")]
    found.append(Probe("second on its connection", number=2))
    found.append(Probe("second on its connection, without a token", number=2, token=None))
    found.append(Probe("with a token and then without", None, forgetful=True))
    found.append(Probe("committed, and then without a token", forgetful=True))
    found.append(Probe("no token, with a charset", token=None, media_type="application/json; charset=utf-8"))
    found.append(
        Probe("path with a slash, no token", token=None, path="/v5/{project}/batch-async-jobs/{batch}/commit/")
    )
    found.append(Probe("no token, Authorization", token=None, further=(("Authorization", TOKEN),)))
    found.append(Probe("no token, X-Request-Id", token=None, further=(("X-Request-Id", "mine"),)))
    found.append(Probe("method overridden", method="GET", further=(("X-HTTP-Method-Override", "POST"),)))
    found.append(Probe("longer project", project=OWN + "0"))
    found.append(Probe("encoded project", project=f"%{ord(OWN[0]):02X}{OWN[1:]}"))
    found.append(Probe("encoded twice", path="/v5/{project}/batch-async-jobs/%25{batch}/commit"))
    found += [Probe(f"nearly a validated ID: {more!r}", more=more) for more in ("0", " ", ";v=1")]
    found += _other_clients()
    found += _other_commits()
    found += _unaccepted()
    found += _too_large()
    found.append(Probe("number", None, path="/v5/{project}/batch-async-jobs/1234567890/commit"))
    # Each probe has a separate batch; the IDs are in the order of the probes.
    return [replace(probe, batch_id=f"{number:08d}{'-' * 28}{probe.batch_id}") for number, probe in enumerate(found)]


def _other_clients() -> list[Probe]:
    """Return probes as other clients send them."""
    connection = [(("Connection", value),) for value in ("close", "TE, close")]
    accepted = [(("Accept", value),) for value in ("*/*", "application/json, text/plain, */*", "text/html,*/*;q=0.8")]
    ignored = [(("If-Match", '"x"'),), (("If-None-Match", "*"),), (("Range", "bytes=0-0"),), (("If-Range", '"x"'),)]
    weights = [(("Accept-Encoding", f"gzip;q={weight}"),) for weight in ("0", "0.000")]
    groups = (*connection, *accepted, *ignored, *weights, (CHUNKED,))
    found = [
        Probe(f"{further} {token is None}", None, token=token, further=further)
        for further in groups
        for token in (TOKEN, None)
    ]
    found += [Probe(f"HTTP/1.0 {token is None}", None, token=token, version="1.0") for token in (TOKEN, None)]
    languages = (("en-us", "zh-CN"), ("zh-cn", "en-US"))
    found += [Probe(f"{x}, {other}", None, language=x, further=(("Accept-Language", other),)) for x, other in languages]
    found += [
        Probe(f"twice {token is None}", None, token=token, body=b"{}", number=2, times=2) for token in (TOKEN, None)
    ]
    found.append(Probe("twice in chunks", None, further=(CHUNKED,), number=2, times=2))
    found.append(Probe("absolute form", None, absolute=True))
    found.append(Probe("quoted charset", None, media_type='application/json;charset="utf-8"'))
    found.append(Probe("method HEAD", method="HEAD"))
    found.append(Probe("long line", None, "x" * 2570))
    found.append(
        Probe("Connection in two lines", None, further=(("Connection", "keep-alive"), ("Connection", "close")))
    )
    found.append(Probe("Expect in HTTP/1.0", None, version="1.0", further=(("Expect", "100-continue"),), body=b"{}"))
    found.append(Probe("content in chunks", None, further=(CHUNKED,), body=b"{}"))
    found.append(Probe("names in upper, zh-cn", None, language="zh-cn", spell="upper"))
    found.append(Probe("path of a page", path="/v5/{project}/batch-jobs", further=(("Accept", "text/html;q=0.1"),)))
    return found


def _other_commits() -> list[Probe]:
    """Return commits of ready batches in other forms, the last of them after a longer one on its connection."""
    headers = {"Range": "bytes=0-0", "Prefer": "return=minimal", "If-Match": '"x"', "Accept-Language": "zh-CN"}
    found = [Probe(f"ready, {name}", further=((name, value),)) for name, value in headers.items()]
    found.append(Probe("ready, HTTP/1.0", version="1.0"))
    found.append(Probe("ready, French", language="fr-fr"))
    found.append(Probe("ready, four times", times=4))
    found.append(Probe("ready, longer ID", batch_id="-" + "x" * 99))
    found.append(Probe("ready, after a longer one", number=2))
    return found


def _unaccepted() -> list[Probe]:
    """Return calls that must not succeed, with what could be taken for a reason to accept them."""
    other = f"/v5/{OWN}/batch-async-jobs/{'0' * 36}/commit"
    signature = "SDK-HMAC-SHA256 Access=x, SignedHeaders=host;x-sdk-date, Signature=" + "0" * 64
    return [
        Probe("made-up signature", token=None, further=(("Authorization", signature),)),
        Probe("own project in a header", project=FOREIGN, further=(("X-Project-Id", OWN),)),
        Probe("path in a header", None, further=(("X-Rewrite-URL", other),)),
        Probe("ID in the query", None, query=f"async_job_id={'0' * 36}"),
        Probe("slash in the query", None, query="x=a/b"),
        Probe("not UTF-8", None, more="\udcff"),
    ]


def _too_large() -> list[Probe]:
    """Return calls that are too large, or larger than usual, and calls at once."""
    return [
        Probe("ready, content above the limit", oversized=True),
        Probe("long query", None, query="x" * 600),
        Probe("query above the limit", None, query="x" * 40_000),
        Probe("long token", token="x" * 5000),
        Probe("token in a list", token=f"0,{TOKEN}"),
        Probe("token with another middle", token=f"{TOKEN[:20]}~{TOKEN[21:]}"),
        Probe("method TRACE", None, method="TRACE"),
        Probe("failed, with content", BatchStatus.VALIDATE_FAILED, body=b"{}"),
        Probe("at once", None, number=2, times=2, pipelined=True),
    ]


PROBES = probes()


def run_probes(faults: Iterable[str]) -> dict[str, Seen]:
    """Send all probes to a mock with these faults, and return the result of each."""
    seen: dict[str, Seen] = {}
    app = MockApp(MockSettings(faults=tuple(faults)))
    try:
        app.store.add(Batch(p.batch_id, p.owner, p.state) for p in PROBES if p.state is not None)
        gateway = Gateway(app.store, app.record, app.switchboard)
        for probe in PROBES:
            answers = tuple(_plain(gateway.answer(request)) for request in probe.requests())
            batch = app.store.find(probe.batch_id)
            seen[probe.name] = Seen(answers, batch.status if batch else None)
    finally:
        app.close()
    return seen


def _plain(answer: Answer) -> tuple[int, tuple[tuple[str, str], ...], bytes, bool]:
    return answer.status, answer.headers, answer.body, answer.wire is not None
