"""The target of a run and the account that it is judged with: named by the user, or the mock."""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mock import MockControl
from conformance.server.settings import EXPIRED_TOKEN, FOREIGN_PROJECT_ID
from conformance.settings import is_loopback
from conformance.stimuli.api import Account
from conformance.transport import HttpTransport, Limits, RehearsedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.batches import Provider, Shape
    from conformance.server.embedded import EmbeddedServer
    from conformance.settings import Settings
    from conformance.situation import BatchState
    from conformance.transport import Transport

__all__ = ["Connection", "connect", "rehearse"]


@dataclass(frozen=True)
class Connection:
    """A target, and how it is reached.

    Attributes:
        target: Base URL, or what stands for it.
        account: The account that requests are sent with.
        transport: What sends them.
        provider: What creates batches at will; None where the user has to name them.
    """

    target: str
    account: Account
    transport: Transport
    provider: Provider | None


@contextmanager
def connect(settings: Settings) -> Iterator[Connection]:
    """Connect to the target, and start the mock if none was named; all is closed at the end of the block."""
    with ExitStack() as resources:
        url = settings.target or resources.enter_context(_mock()).url
        limits = Limits(settings.timeout, settings.rate, settings.max_requests, settings.budget)
        transport = resources.enter_context(HttpTransport(url, limits))
        # Only this machine is asked: elsewhere, nothing is sent that is no part of the API.
        control = None
        if is_loopback(url):
            aside = resources.enter_context(HttpTransport(url, Limits(settings.timeout)))
            control = MockControl.discover(aside, seed=settings.seed)
        account = Account(settings.project_id, settings.token, settings.foreign_project_id)
        if control is not None:
            account = Account(
                settings.project_id if settings.project_given and settings.target else control.project_id,
                # The token of an account elsewhere, set for other runs, is none of the built-in mock's.
                settings.token if settings.token_given and settings.target else control.token,
                settings.foreign_project_id or control.foreign_project_id,
                control.expired_token,
            )
        yield Connection(url if settings.target else f"{url} (the built-in mock)", account, transport, control)


def _mock() -> EmbeddedServer:
    from conformance.server.embedded import EmbeddedServer  # noqa: PLC0415 - a web server, which most runs do without

    return EmbeddedServer()


def rehearse(settings: Settings) -> Connection:
    """Return a connection through which nothing is sent; a target on this machine is asked whether it is the mock."""
    target, foreign, expired, provider = settings.target or "the built-in mock", settings.foreign_project_id, None, None
    if settings.target is None:
        foreign, expired, provider = foreign or FOREIGN_PROJECT_ID, EXPIRED_TOKEN, _ImaginaryBatches(settings.seed)
    elif is_loopback(settings.target):
        with HttpTransport(settings.target, Limits(settings.timeout)) as aside:
            control = MockControl.discover(aside, seed=settings.seed)
        if control is not None:
            foreign, expired = foreign or control.foreign_project_id, control.expired_token
            target, provider = f"{target} (a mock, as one GET has told)", _ImaginaryBatches(settings.seed)
    account = Account(settings.project_id, settings.token, foreign, expired)
    return Connection(target, account, RehearsedTransport(), provider)


class _ImaginaryBatches:
    """Stands for the built-in mock, which a rehearsal does not start."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.begin("")

    def begin(self, stimulus: str) -> None:
        """Start anew, as the mock does."""
        self._random = random.Random(f"created {self._seed} {stimulus}")  # noqa: S311 - reproducible, not secret

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Make up an ID."""
        return shape(f"{'foreign-' * foreign}{state.value}-{self._random.getrandbits(64):016x}")
