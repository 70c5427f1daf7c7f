"""The mock as one ASGI application: the API, IAM and the control interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.authentication import Authenticator, Authorizer
from conformance.mock.control import create_control
from conformance.mock.faults import Switchboard
from conformance.mock.gateway import Gateway
from conformance.mock.iam import IAM_PATH, IssuedTokens, create_iam
from conformance.mock.limits import check_content_type, check_limits
from conformance.mock.messages import choose_language
from conformance.mock.operations import create_handlers
from conformance.mock.pipeline import Pipeline
from conformance.mock.record import RequestRecord
from conformance.mock.routing import Router
from conformance.mock.settings import CONTROL_PATH, MockSettings
from conformance.mock.store import BatchStore
from conformance.mock.variants import varied
from conformance.spec import openapi

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from conformance.mock.answers import Answer
    from conformance.mock.request import ReceivedRequest

__all__ = ["MockApp", "create_app"]


class MockApp:
    """The ASGI application of the mock; `close` closes its database.

    Attributes:
        settings: The configuration.
        store: The batches.
        record: The requests that the API received.
        switchboard: The faults.
    """

    def __init__(self, settings: MockSettings) -> None:
        """Open the database; raises `StoreError`, `UnknownVariantError` or `UnknownFaultError`."""
        self.settings = settings
        self.record = RequestRecord()
        self.store = BatchStore(settings.database)
        tokens = IssuedTokens()
        try:
            pipeline = varied(_conforming_pipeline(settings, self.store, tokens), settings.variants)
            self.switchboard = Switchboard(pipeline, settings.faults)
        except BaseException:
            self.store.close()
            raise
        self._gateway = Gateway(self.store, self.record, self.switchboard)
        self._iam = create_iam(settings, tokens)
        self._control = create_control(settings, self.store, self.record, self.switchboard)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        path: bytes = scope["raw_path"]
        is_control = path == CONTROL_PATH.encode() or path.startswith(f"{CONTROL_PATH}/".encode())
        application: ASGIApp = self._gateway
        if is_control and self.settings.control:
            application = self._control
        elif path == IAM_PATH.encode() and scope["method"] == "POST":
            application = self._iam
        await application(scope, receive, send)

    def answer(self, request: ReceivedRequest) -> Answer:
        """Answer a request to the API without HTTP."""
        return self._gateway.answer(request)

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def create_app(settings: MockSettings | None = None) -> MockApp:
    """Build the application; raises the errors of `MockApp` if the settings cannot be used."""
    return MockApp(settings or MockSettings())


def _conforming_pipeline(settings: MockSettings, store: BatchStore, tokens: IssuedTokens) -> Pipeline:
    handlers = create_handlers(store)
    document = openapi.load()
    return Pipeline(
        check_limits=check_limits,
        route=Router(tuple(document.operation(operation_id) for operation_id in handlers)),
        authenticate=Authenticator(settings, tokens),
        authorize=Authorizer(settings),
        check_content_type=check_content_type,
        choose_language=choose_language,
        handlers=handlers,
    )
