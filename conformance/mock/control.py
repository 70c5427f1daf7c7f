"""The control interface: create batches in a state, list the recorded requests, switch faults. Not part of the API."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

import conformance
from conformance.mock.admission import NamedHost, named_host, refusal
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.faults import FAULTS, Switchboard, UnknownFaultError
from conformance.mock.limits import declares_json
from conformance.mock.listings import listing, shown_batch, shown_request
from conformance.mock.settings import CONTROL_PATH
from conformance.mock.store import BatchStore, DuplicateBatchError, FullStoreError
from conformance.spec.openapi import SPEC_PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from conformance.mock.record import RequestRecord
    from conformance.mock.settings import MockSettings

__all__ = ["create_control"]

_MAX_COUNT = 1000
_MAX_BODY = 64 * 1024
_MAX_ID = 512
_SHOWN = 100
_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_STATES = [status.value for status in BatchStatus]
_LINKS = {
    "batches": (
        f"{CONTROL_PATH}/batches",
        "The batches: GET lists the last 10,000, POST creates some, DELETE removes all.",
    ),
    "requests": (
        f"{CONTROL_PATH}/requests",
        "The last requests to the API, at most 10,000: GET lists them, DELETE removes them.",
    ),
    "faults": (f"{CONTROL_PATH}/faults", "The faults: GET lists them, PUT enables some and disables all others."),
    "openapi": (f"{CONTROL_PATH}/openapi.yaml", "The OpenAPI document."),
    "reference": (f"{CONTROL_PATH}/reference", "The API reference, with a form to try each operation."),
}
_TEMPLATES = Environment(loader=PackageLoader("conformance.mock"), autoescape=True)

_Endpoint = Callable[[Request], Awaitable[Response]]
_ValueT = TypeVar("_ValueT")


def create_control(
    settings: MockSettings, store: BatchStore, record: RequestRecord, switchboard: Switchboard
) -> ASGIApp:
    """Build the control interface of one mock."""
    control = _Control(settings, store, record, switchboard)
    routes = [
        _resource(CONTROL_PATH, GET=control.index),
        _resource(f"{CONTROL_PATH}/", GET=control.index),
        _resource(
            f"{CONTROL_PATH}/batches",
            GET=control.list_batches,
            POST=control.create_batches,
            DELETE=control.remove_batches,
        ),
        _resource(f"{CONTROL_PATH}/batches/{{async_job_id:path}}", GET=control.show_batch),
        _resource(f"{CONTROL_PATH}/requests", GET=control.list_requests, DELETE=control.clear_requests),
        _resource(f"{CONTROL_PATH}/faults", GET=control.list_faults, PUT=control.switch_faults),
        _resource(f"{CONTROL_PATH}/openapi.yaml", GET=control.openapi),
        _resource(f"{CONTROL_PATH}/reference", GET=control.reference),
    ]
    application = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, Exception: _internal_error},
        max_body_size=_MAX_BODY,
    )
    application.router.redirect_slashes = False
    return _Guarded(application, frozenset(named_host(host) for host in settings.control_hosts))


@dataclass(frozen=True)
class _Control:
    """The endpoints."""

    settings: MockSettings
    store: BatchStore
    record: RequestRecord
    switchboard: Switchboard

    async def index(self, request: Request) -> Response:
        """Describe the mock: its credentials, the states of a batch, and links."""
        description = {
            "mock": "drs",
            "version": conformance.__version__,
            "token": self.settings.token,
            "expired_token": self.settings.expired_token,
            "project_id": self.settings.project_id,
            "foreign_project_id": self.settings.foreign_project_id,
            "foreign_token": self.settings.foreign_token,
            "access_key": self.settings.access_key,
            "secret_key": self.settings.secret_key,
            "iam_user": self.settings.iam_user,
            "iam_password": self.settings.iam_password,
            "iam_domain": self.settings.iam_domain,
            "states": _STATES,
            "links": {name: path for name, (path, _) in _LINKS.items()},
        }
        if not _prefers_html(request.headers.get("accept", "")):
            return JSONResponse(description, headers={"Vary": "Accept"})
        page = _TEMPLATES.get_template("index.html").render(mock=description, links=_LINKS.values())
        return HTMLResponse(page, headers={"Vary": "Accept"})

    async def list_batches(self, request: Request) -> Response:
        """List the batches, optionally of one project or in one state."""
        status = request.query_params.get("status")
        chosen = None if status is None else _status(status)
        batches = self.store.blocks(request.query_params.get("project_id"), chosen)
        return listing("batches", batches, shown_batch)

    async def create_batches(self, request: Request) -> Response:
        """Create batches in a state."""
        body = await _object(request, {"status", "project_id", "async_job_id", "count"})
        if "status" not in body:
            raise HTTPException(400, "status is missing")
        status = _status(_field(body, "status", str, ""))
        project_id = _id(body, "project_id", self.settings.project_id)
        count = _field(body, "count", int, 1)
        if not 1 <= count <= _MAX_COUNT:
            raise HTTPException(400, f"count must be 1 to {_MAX_COUNT}")
        if count > 1 and "async_job_id" in body:
            raise HTTPException(400, "count must be 1 if async_job_id is given")
        ids = [_id(body, "async_job_id", str(uuid.uuid4())) for _ in range(count)]
        batches = [Batch(async_job_id, project_id, status) for async_job_id in ids]
        try:
            self.store.add(batches)
        except DuplicateBatchError:
            raise HTTPException(409, "async_job_id is already the ID of another batch") from None
        except FullStoreError:
            message = f"the mock has no room for more batches; remove all with DELETE {CONTROL_PATH}/batches"
            raise HTTPException(507, message) from None
        return JSONResponse({"batches": [shown_batch(batch) for batch in batches]}, status_code=201)

    async def remove_batches(self, _request: Request) -> Response:
        """Remove all batches."""
        self.store.clear()
        return Response(status_code=204)

    async def show_batch(self, request: Request) -> Response:
        """Return one batch."""
        batch = self.store.find(request.path_params["async_job_id"])
        if batch is None:
            raise HTTPException(404, "no batch has this async_job_id")
        return JSONResponse(shown_batch(batch))

    async def list_requests(self, _request: Request) -> Response:
        """List the recorded requests."""
        return listing("requests", self.record.blocks(), shown_request)

    async def clear_requests(self, _request: Request) -> Response:
        """Clear the record."""
        self.record.clear()
        return Response(status_code=204)

    async def list_faults(self, _request: Request) -> Response:
        """List the enabled faults and all faults."""
        available = [
            {"name": fault.name, "breaks": fault.breaks, "summary": fault.summary} for fault in FAULTS.values()
        ]
        return JSONResponse({"faults": self.switchboard.names, "available": available})

    async def switch_faults(self, request: Request) -> Response:
        """Enable these faults and disable all others."""
        body = await _object(request, {"faults"})
        names = _field(body, "faults", list, [])
        if "faults" not in body or not all(isinstance(name, str) and len(name) <= _SHOWN for name in names):
            raise HTTPException(400, "faults must be a list of names")
        try:
            self.switchboard.switch(names)
        except UnknownFaultError as error:
            raise HTTPException(400, f"faults: {error}") from None
        return JSONResponse({"faults": self.switchboard.names})

    async def openapi(self, _request: Request) -> Response:
        """Serve the OpenAPI document."""
        return FileResponse(SPEC_PATH, media_type="application/yaml")

    async def reference(self, _request: Request) -> Response:
        """Serve the API reference, with a form to try each operation on this mock."""
        from conformance.mock.reference import TryItForm, render_reference  # noqa: PLC0415 - loads a Markdown parser

        states = sorted(_STATES, key=lambda state: state != BatchStatus.READY.value)
        form = TryItForm(self.settings.token, self.settings.project_id, f"{CONTROL_PATH}/batches", tuple(states))
        return HTMLResponse(render_reference(form=form))


def _resource(path: str, **endpoints: _Endpoint) -> Route:
    # One route for all methods of a path, so that a 405 lists them all.
    async def endpoint(request: Request) -> Response:
        return await endpoints["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, endpoint, methods=list(endpoints))


class _Guarded:
    """Answers only requests that are admitted, and adds an X-Request-Id to each answer, as the API does."""

    def __init__(self, application: ASGIApp, hosts: frozenset[NamedHost | None]) -> None:
        self._application = application
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update({"X-Request-Id": uuid.uuid4().hex, **_HEADERS})
            await send(message)

        application, refused = self._application, refusal(scope, self._hosts)
        if refused is not None:
            status, reason = refused
            application = JSONResponse({"mock": "drs", "error": reason}, status)
        await application(scope, receive, send_with_headers)


async def _http_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _internal_error(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "internal error of the mock"}, HTTPStatus.INTERNAL_SERVER_ERROR)


async def _object(request: Request, known: set[str]) -> dict[str, Any]:
    if not declares_json(
        sorted({value.encode("latin-1").strip() for value in request.headers.getlist("content-type")})
    ):
        raise HTTPException(415, "the body must be JSON: send the header Content-Type: application/json")
    try:
        body = json.loads(await request.body())
        json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate is valid JSON, but it is not text
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body must be JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise HTTPException(400, "the body must be a JSON object")
    unknown = sorted(body.keys() - known)
    if unknown:
        raise HTTPException(400, f"{unknown[0][:_SHOWN]} is not a known field; known: {', '.join(sorted(known))}")
    return body


def _field(body: dict[str, Any], name: str, kind: type[_ValueT], default: _ValueT) -> _ValueT:
    if name not in body:
        return default
    value = body[name]
    if not isinstance(value, kind) or isinstance(value, bool) or value == "":
        described = {str: "a non-empty string", int: "an integer", list: "a list of names"}
        raise HTTPException(400, f"{name} must be {described[kind]}")
    return value


def _id(body: dict[str, Any], name: str, default: str) -> str:
    value = _field(body, name, str, default)
    if len(value.encode()) > _MAX_ID:
        raise HTTPException(400, f"{name} must have at most {_MAX_ID} bytes in UTF-8")
    return value


def _status(value: str) -> BatchStatus:
    if value not in _STATES:
        raise HTTPException(400, f"status must be one of {', '.join(_STATES)}")
    return BatchStatus(value)


def _prefers_html(accept: str) -> bool:
    """Return whether the client prefers HTML to JSON, as browsers do and tools do not."""
    names = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    html = names.index("text/html") if "text/html" in names else len(names)
    return html < (names.index("application/json") if "application/json" in names else len(names))
