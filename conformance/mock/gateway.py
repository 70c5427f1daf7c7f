"""The API as clients see it: the gateway, and the operations behind it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from conformance.mock.answers import Answer, GatewayError, RefusalError
from conformance.mock.limits import BODY_LIMIT
from conformance.mock.pipeline import OperationCall, Pipeline, RequestContext
from conformance.mock.request import ReceivedRequest
from conformance.mock.wire import serialized, transmit

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from conformance.mock.faults import Switchboard
    from conformance.mock.record import RequestRecord
    from conformance.mock.store import BatchStore

__all__ = ["Gateway"]

logger = logging.getLogger(__name__)

LARGE_BODIES = 8
"""Large bodies that are held at the same time; further requests wait until one has been answered."""

_LARGE = 64 * 1024


class Gateway:
    """The ASGI application that answers each request by the current pipeline, and records it."""

    def __init__(self, store: BatchStore, record: RequestRecord, switchboard: Switchboard) -> None:
        self._store = store
        self._record = record
        self._switchboard = switchboard
        self._large_bodies = asyncio.Semaphore(LARGE_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            async with self._large_bodies if _may_be_large(scope) else contextlib.nullcontext():
                answer = await self._read_and_answer(scope, receive)
        except ClientDisconnect:
            return
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if answer.wire is not None:
            await transmit(answer.wire(serialized(answer.status, headers, answer.body)), scope, receive)
            return
        if not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _read_and_answer(self, scope: Scope, receive: Receive) -> Answer:
        body, oversized = await _read_body(scope, receive)
        request = ReceivedRequest.from_scope(scope, body, oversized=oversized)
        # In a thread, because another process may have locked the database file.
        return await run_in_threadpool(self.answer, request)

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


def _may_be_large(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or int(headers.get(b"content-length", b"0")) > _LARGE


async def _read_body(scope: Scope, receive: Receive) -> tuple[bytes, bool]:
    """Return the body and whether it exceeds the limit, above which it is not read further."""
    body = bytearray()
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    more = True
    oversized = int(declared) > BODY_LIMIT
    while more and not oversized:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        oversized = len(body) > BODY_LIMIT
    return bytes(body), oversized
