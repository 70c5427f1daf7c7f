"""Scenarios of REQ: calls with another media type, method, path, query, language or body, or other header names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Form
from conformance.requirements.scenario_helpers import LANGUAGES, may_be_used_up, then_committed, tried, with_headers
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange.exchange import Exchange, Header, Request
    from conformance.target.session import Session

QUERIES = ("x=1", f"callback=show&async_job_id={'0' * 600}", "%00&&=", "x=/1/?2")
NEIGHBOURS = (
    ("/v5/", "/v3/"),
    ("/v5/", "/"),
    ("/v5/", "/drs/v5/"),
    ("/batch-async-jobs/", "/batch-jobs/"),
    ("/batch-async-jobs/", "/"),
    ("/commit", ""),
    ("/commit", "/commits"),
    ("/commit", "/commit.json"),
    ("/commit", "/commit/now"),
    ("/commit", "/action"),
)
"""Replacements that turn the path of a commit into a neighbouring path."""
SPELLINGS = (("/commit", "/commit/"), ("/commit", "//commit"), ("/commit", "/COMMIT"), ("/commit", "/%63ommit"))
"""Replacements that turn the path of a commit into another spelling of it."""
OVERRIDES = tuple((f"X-{name}", "POST") for name in ("HTTP-Method-Override", "Method-Override", "HTTP-Method"))
BODIES = (b"{}", b"x" * 200_000, b"[]", b"null", b'{"jobs": []}', b"{", b"\xff\xfe", b"\0", b"[" * 8192)
"""Queries and bodies of calls that have none by the documentation."""
ABOVE_12_MB = 13 << 20
ODD_PARTS: tuple[tuple[bytes, tuple[Header, ...], Form, str], ...] = (
    (b"", (), Form(), "/"),
    (b"{", (("Content-Encoding", "gzip"),), Form(), ""),
    (b"", (("Expect", "100-continue"),), Form(announced=ABOVE_12_MB), ""),
    (b"", (("If-Match", '"x"'),), Form(), ""),
    (b"", (("Accept", "application/xml"), ("Accept-Encoding", "exi, identity;q=0")), Form(), ""),
    (b"", (("Expect", "something-else"),), Form(), ""),
    (b"{", (("X-Language", "fr-fr"),), Form(), ""),
)
"""Content, headers and ends of a path, for which a server may refuse a call with 404, 400, 413, 412, 406 and 417."""


@scenario(BatchState.READY)
def commits_in_each_language(session: Session) -> Sequence[Exchange]:
    """Commits of validated batches, one in each documented language, and one without X-Language."""
    return [
        session.send(session.commit(session.batches.allocate(BatchState.READY), language=language))
        for language in (*LANGUAGES[1:], None)
    ]


@scenario(BatchState.READY)
def equivalent_media_types(session: Session) -> Sequence[Exchange]:
    """Commits of validated batches with equivalent spellings of application/json."""
    calls = (("application/json;charset=UTF-8", "zh-cn", "gzip"), ("Application/JSON; Charset=utf-8", None, "identity"))
    requests = [
        session.commit(
            session.batches.allocate(BatchState.READY), media_type=value, language=language, accept_encoding=coding
        )
        for value, language, coding in calls
    ]
    return [session.send(request) for request in requests]


@scenario(BatchState.READY)
def media_types(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch with other media types and without Content-Type, and then a documented one."""
    others = ("application/vnd.api+json", "application/jsonp", "json", None)
    values = ("text/plain", "application/xml", "application/x-www-form-urlencoded", *others)
    calls = [
        session.commit(session.batches.reusable_ready(), media_type=value, language=LANGUAGES[index % len(LANGUAGES)])
        for index, value in enumerate(values)
    ]
    return _refused(session, [with_headers(calls[0], ("X-Request-Id", "drs-conform-0003")), *calls[1:]])


@scenario(BatchState.READY)
def other_methods(session: Session) -> Sequence[Exchange]:
    """Calls for a validated batch with undocumented methods, one of which names POST in headers, and its commit."""
    methods = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post")
    usual = session.commit(session.batches.reusable_ready())
    ranged = with_headers(usual, ("Range", "bytes=0-0"))  # which has a meaning for GET alone
    requests = [replace(ranged, method=method) for method in methods]
    overridden = with_headers(requests[0], *OVERRIDES)
    by_query = replace(requests[0], target=f"{usual.target}?_method=POST")
    return _refused(session, [*requests, overridden, by_query])


@scenario(BatchState.READY)
def neighbouring_paths(session: Session) -> Sequence[Exchange]:
    """Calls for a validated batch on paths that resemble the documented one, and then its commit."""
    request = session.commit(session.batches.reusable_ready())
    chinese = session.commit(session.batches.reusable_ready(), language="zh-cn")
    requests = [replace(request, target=request.target.replace(*change)) for change in NEIGHBOURS]
    requests[0] = replace(requests[0], headers=chinese.headers)
    return _refused(session, requests, last=True)


@scenario(BatchState.READY)
def calls_that_may_be_refused(session: Session) -> Sequence[Exchange]:
    """Calls for a validated batch with odd content and headers, which may be refused, and then its commit."""
    # Those that follow an accepted one name another batch. The calls that name the last batch are evidence.
    exchanges: list[Exchange] = []
    for body, headers, form, end in ODD_PARTS:
        usual = with_headers(session.commit(session.batches.reusable_ready(), body=body), *headers)
        exchanges.append(session.send(replace(usual, target=usual.target + end, form=form)))
        if may_be_used_up(session, exchanges[-1]):
            exchanges = []
    return then_committed(session, exchanges) if exchanges else []


@scenario()
def other_spellings_of_the_path(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with other spellings of the path: an extra slash, capitals, percent-encoding."""
    request = session.commit(session.batches.unknown())
    return [session.send(replace(request, target=request.target.replace(*change))) for change in SPELLINGS]


@scenario()
def calls_with_a_query(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with a query, which the operation does not have."""
    requests = [(session.commit(session.batches.unknown()), query) for query in QUERIES]
    return [session.send(replace(request, target=f"{request.target}?{query}")) for request, query in requests]


@scenario()
def undocumented_languages(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with undocumented values of X-Language."""
    batch_id = session.batches.unknown()
    return [
        session.send(session.commit(batch_id, language=language))
        for language in ("EN-US", "zh-CN", "en", "fr-fr", "", "*")
    ]


@scenario()
def calls_with_a_body(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with a body, which the operation does not have."""
    return [session.send(session.commit(session.batches.unknown(), body=body)) for body in BODIES]


@scenario()
def simultaneous_calls_in_each_language(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch in each language, and then twice in each language at the same time."""
    batch_id = session.batches.unknown()
    requests = [session.commit(batch_id, language=language) for language in LANGUAGES]
    return [*map(session.send, requests), *session.send_together(requests * 2)]


@scenario()
def needless_percent_encoding(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch, three times, and then with a digit or letter of its path percent-encoded."""
    batch_id, project_id = session.batches.unknown(), session.account.project_id
    request = session.commit(batch_id)
    encoded = [
        replace(request, target=request.target.replace(text, f"%{ord(text[0]):02X}{text[1:]}"))
        for text in (batch_id, quote(project_id, safe=""))
        if text[0].isalnum()
    ]
    return [session.send(each) for each in (request, request, request, *encoded)]


@scenario()
def header_names_in_other_cases(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch, three times, and then with its header names in other cases."""
    request = session.commit(session.batches.unknown(), language="zh-cn")
    cases: tuple[Callable[[str], str], ...] = (str, str, str, str.lower, str.upper, str.capitalize)
    renamed = [tuple((change(name), value) for name, value in request.headers) for change in cases]
    return [session.send(replace(request, headers=headers)) for headers in renamed]


def _refused(session: Session, requests: Sequence[Request], *, last: bool = False) -> Sequence[Exchange]:
    """Send calls that must be refused, and then commit the batch that they name.

    Where validated batches are few, these scenarios share one, which only the last of them commits.
    """
    exchanges = tried(session, requests)
    return then_committed(session, exchanges) if last or session.batches.can_create_batches else exchanges
