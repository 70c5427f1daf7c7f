"""The mock in a thread of this process, for tests and for the suite."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from conformance.mock.app import MockApp, create_app
from conformance.mock.settings import MockSettings
from conformance.mock.transport import MockServer, bind, url_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["EmbeddedServer"]


class EmbeddedServer:
    """A context manager that serves a mock on a port of this machine while the block runs.

    Entering raises `StoreError`, `UnknownVariantError` or `UnknownFaultError` for settings that cannot be used, and
    `RuntimeError` if the server does not start. A server can be entered once.

    Attributes:
        settings: The configuration of the mock.
        url: The base URL, without a slash at the end; set on entry.
        app: The application, for access without HTTP; set on entry.
    """

    url: str
    app: MockApp

    def __init__(self, settings: MockSettings | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.settings = settings or MockSettings()
        self._address = host, port
        self._ready_or_failed = threading.Event()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        """Start the server, and return when it accepts requests."""
        self.app = create_app(self.settings)
        try:
            self._listener = bind(*self._address)
        except BaseException:
            self.app.close()
            raise
        self.url = url_of(self._listener)
        self._server = MockServer(self.app, self._ready_or_failed.set)
        self._thread = threading.Thread(target=self._run, name=f"mock at {self.url}", daemon=True)
        self._thread.start()
        self._ready_or_failed.wait()
        if self._failure is not None:
            self._close()
            raise RuntimeError("the mock server did not start") from self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server, and return when its thread has ended."""
        self._server.stop()
        self._close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self._failure = error
        finally:
            self._ready_or_failed.set()

    def _close(self) -> None:
        self._thread.join()
        self._listener.close()
        self.app.close()
