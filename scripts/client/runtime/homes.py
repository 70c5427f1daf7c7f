"""The place where connections of the user can be used: one process, and one event loop."""

from __future__ import annotations

import os

from anyio.lowlevel import RunVar

__all__ = ["Home"]


class Home:
    """The process in which a client of the user was given, and the event loop in which it was first used.

    What two processes or event loops send over one connection gets the answers of each other.
    """

    def __init__(self, name: str) -> None:
        """Initialise; `name` is that of the argument with the client."""
        self._name = name
        self._process = os.getpid()
        self._is_here: RunVar[bool] = RunVar("drs_batch_client.home")
        self._is_used = False

    def check(self) -> None:
        """Check that the process is that of the client.

        Raises:
            RuntimeError: It is another one.
        """
        if os.getpid() != self._process:
            raise RuntimeError(f"{self._name} was made in another process; connect in this one")

    def check_async(self) -> None:
        """Check that the process and the event loop are those of the client.

        Raises:
            RuntimeError: One is another one.
        """
        self.check()
        if not self._is_here.get(default=not self._is_used):
            raise RuntimeError(f"{self._name} was used in another event loop; connect in this one")
        self._is_used = True
        self._is_here.set(value=True)
