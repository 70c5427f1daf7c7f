"""Two lines on a terminal that are written anew while a run goes on, and are gone at its end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rich.live import Live

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

__all__ = ["Display"]


class Display(Live):
    """A live display that nobody needs to be there for: once it cannot be written, it no longer is."""

    def __init__(self, console: Console, lines: Callable[[], RenderableType]) -> None:
        """Take what returns the lines, which is asked a few times a second, in a thread of its own."""
        super().__init__(
            console=console, transient=True, redirect_stdout=False, vertical_overflow="crop", get_renderable=lines
        )
        self._lost = False

    def refresh(self) -> None:
        """Write the lines anew."""
        if self._lost:
            return
        try:
            super().refresh()
        except OSError:
            self._lost = True

    def stop(self) -> None:
        """Remove the lines."""
        with suppress(OSError):
            super().stop()
