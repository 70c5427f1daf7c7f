"""The API as clients see it: the gateway, and the operations behind it."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from conformance.mock.answers import Answer, GatewayError, RefusalError
from conformance.mock.limits import BODY_LIMIT
from conformance.mock.pipeline import OperationCall, Pipeline, RequestContext
from conformance.mock.request import ReceivedRequest
from conformance.mock.wire import EXTENSION, serialized, transmit

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from conformance.mock.faults import Switchboard
    from conformance.mock.record import RequestRecord
    from conformance.mock.store import BatchStore

__all__ = ["Gateway"]

logger = logging.getLogger(__name__)

_KEPT = 64 * 1024
"""Octets of a body that are kept; no operation reads more, so that many large bodies may come slowly."""


class Gateway:
    """The ASGI application that answers each request by the current pipeline, and records it."""

    def __init__(self, store: BatchStore, record: RequestRecord, switchboard: Switchboard) -> None:
        self._store = store
        self._record = record
        self._switchboard = switchboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if self._switchboard.pipeline.withholds(dict(scope["headers"])):
            scope["extensions"][EXTENSION].withhold()
        try:
            request = await _read(scope, receive)
        except ClientDisconnect:
            return
        # In a thread, because another process may have locked the database file.
        answer = await run_in_threadpool(self.answer, request)
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if answer.wire is not None:
            await transmit(answer.wire(serialized(answer.status, headers, answer.body)), scope, receive)
            return
        if answer.status != HTTPStatus.NO_CONTENT and not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def answer(self, request: ReceivedRequest) -> Answer:
        """Return the answer to a request; an exception in the mock becomes a 500 without details."""
        context = RequestContext(request)
        try:
            context, answer = self._process(request, self._switchboard.pipeline)
        except Exception:
            logger.exception("The request %s failed", request.id)
            answer = _with_request_id(
                GatewayError(500, "APIGW.0601", "Internal server error.").answer(request.id), request
            )
        answer = _sandboxed(answer)
        self._record.add(request, answer.status, context.operation_id, context.path_parameters)
        return answer

    def _process(self, request: ReceivedRequest, pipeline: Pipeline) -> tuple[RequestContext, Answer]:
        context = RequestContext(request)
        try:
            pipeline.check_limits(request)
            route = pipeline.route(request)
            parameters = route.path_parameters
            batch = self._store.find(parameters["async_job_id"]) if "async_job_id" in parameters else None
            context = replace(
                context,
                operation_id=route.operation.id,
                path_parameters=parameters,
                status_before=batch.status if batch else None,
                earlier=self._record.count(route.operation.id, parameters),
            )
            identity = pipeline.authenticate(request)
            context = replace(context, authenticated=True)
            pipeline.authorize(identity, route)
            pipeline.check_content_type(request)
            call = OperationCall(parameters, pipeline.choose_language(request), request.query, request.body)
            answer = pipeline.handlers[route.operation.id](call)
        except RefusalError as refusal:
            answer = refusal.answer(request.id)
        return context, pipeline.rewrite(context, _with_request_id(answer, request))


def _sandboxed(answer: Answer) -> Answer:
    """Return an answer whose scripts no browser runs; with some faults it repeats an ID outside of JSON."""
    if any(name.lower() == "content-type" and value.startswith("application/json") for name, value in answer.headers):
        return answer
    return answer.with_header("Content-Security-Policy", "sandbox; default-src 'none'")


def _with_request_id(answer: Answer, request: ReceivedRequest) -> Answer:
    return answer.with_header("X-Request-Id", request.id)


async def _read(scope: Scope, receive: Receive) -> ReceivedRequest:
    """Return a request whose body has arrived; above the limit, the body is not read further."""
    size, kept, whole = 0, bytearray(), hashlib.sha256()
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    more = True
    oversized = int(declared) > BODY_LIMIT
    while more and not oversized:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        kept += part[: _KEPT - len(kept)]
        whole.update(part)
        more = message.get("more_body", False)
        oversized = size > BODY_LIMIT
    request = ReceivedRequest.from_scope(scope, bytes(kept), oversized=oversized)
    return replace(request, whole_sha256=whole.hexdigest())
