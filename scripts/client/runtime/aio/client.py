"""The client that `connect_async` returns, whose operations return results or raise errors."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from drs_batch_client.operations import AsyncOperations, AsyncOperationsWithResponse
from drs_batch_client.runtime.deadlines import limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Any, NoReturn, Self

    import httpx
    from drs_batch_client.client import Client
    from drs_batch_client.runtime.answers import Call
    from drs_batch_client.runtime.homes import Home
    from drs_batch_client.runtime.operations import Project

__all__ = ["AsyncDrsClient", "AsyncDrsClientWithResponse"]

logger: logging.Logger = logging.getLogger("drs_batch_client")


class AsyncDrsClient(AsyncOperations):
    """A client of one project, for asyncio and trio. Many tasks may use it at once.

    `connect_async` returns it. It is a context manager, which closes its connections at the end.
    """

    def __init__(self, project: Project, http: httpx.AsyncClient, *, owned: bool, home: Home | None = None) -> None:
        """Initialise a client; `connect_async` does so.

        Args:
            project: The project.
            http: The client that sends the requests.
            owned: Whether to close that client at the end.
            home: Where connections of the user can be used; None if the client replaces its own.
        """
        self._project = project
        self._http = http
        self._owned = owned
        self._home = home

    @property
    def project_id(self) -> str:
        """ID of the project."""
        return self._project.project_id

    @property
    def generated(self) -> Client:
        """The client that the generated functions in `drs_batch_client.api` take, with the same connections.

        The arguments of `connect_async` do not apply to your own `http_client`: set its `base_url` and `auth` for them.
        """
        return self._project.generated

    def __repr__(self) -> str:
        """Show the base URL and the project, and no secret."""
        return f"{type(self).__name__}({self._project.base_url!r}, project_id={self.project_id!r})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled."""
        raise TypeError(
            f"{type(self).__name__} cannot be copied or pickled; give the arguments of connect_async instead"
        )

    @property
    def with_response(self) -> AsyncDrsClientWithResponse:
        """The operations of this client as methods that return a `DrsResponse`: the result, and facts of the answer."""
        return AsyncDrsClientWithResponse(self._project, self._send)

    async def _send(self, call: Call[Any]) -> httpx.Response:
        started = time.monotonic()
        request = None
        try:
            if self._home is not None:
                self._home.check_async()
            extensions = call.delivery.extensions(asynchronous=True)
            request = self._http.build_request(**call.arguments, extensions=extensions)
            call.delivery.method = request.method
            # Transports of our own do the same when they get the request. A closed client refuses it.
            if not self._owned and not self._http.is_closed:
                limit(request, asynchronous=True)
                call.delivery.enter(request, counts=False)
            with call.deadline.scope_async:
                response = await self._http.send(request, auth=self._project.auth, follow_redirects=False)
        except Exception as error:  # noqa: BLE001 - the HTTP library has no base class of all that it raises
            logger.warning("%s: %s after %.3f s", call.purpose, type(error).__name__, time.monotonic() - started)
            response = call.answer(error, request)
        logger.debug("%s: status %d after %.3f s", call.purpose, response.status_code, time.monotonic() - started)
        return response

    async def aclose(self) -> None:
        """Close the connections, except those of your own `http_client`."""
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.aclose()


class AsyncDrsClientWithResponse(AsyncOperationsWithResponse):
    """The operations of an `AsyncDrsClient`, whose `with_response` returns it."""

    def __init__(self, project: Project, send: Callable[[Call[Any]], Awaitable[httpx.Response]]) -> None:
        self._project = project
        self._send = send
