"""The target of a run and the account that it is judged with: named by the user, or the mock."""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.auth.authentication import Authentication, Token, acquire
from conformance.config.option_values import is_local
from conformance.exchange.identifiers import random_uuid
from conformance.mock.settings import EXPIRED_TOKEN, FOREIGN_PROJECT_ID, TOKEN
from conformance.reports.model import BUILT_IN
from conformance.target.mock_control import MockControl
from conformance.target.session import Account
from conformance.target.transport import DryRunTransport, HttpTransport, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.config.settings import Settings
    from conformance.exchange.classification import BatchState
    from conformance.exchange.transport import Transport
    from conformance.mock.embedded import EmbeddedServer
    from conformance.target.batches import Provider, Shape

__all__ = ["Connection", "connect", "connect_dry_run"]


@dataclass(frozen=True)
class Connection:
    """A target, and how it is reached.

    Attributes:
        target: Base URL, or what stands for it.
        account: The account that requests are sent with.
        transport: What sends them.
        provider: What creates batches at will; None where the user has to name them.
        real: Whether what is sent goes anywhere.
    """

    target: str
    account: Account
    transport: Transport
    provider: Provider | None
    real: bool = True


@contextmanager
def connect(settings: Settings) -> Iterator[Connection]:
    """Connect to the target, and start the mock if none was named; all is closed at the end of the block.

    Raises:
        IamError: IAM issues no token.
    """
    with ExitStack() as resources:
        url = settings.target or resources.enter_context(_mock()).url
        control = _control(url, settings, resources)
        account = _account(url, settings, control)
        limits = Limits(settings.timeout, settings.rate, settings.max_requests, settings.budget)
        transport = resources.enter_context(_dial(url, limits, settings, account.authentication))
        yield Connection(url if settings.target else f"{url} ({BUILT_IN})", account, transport, control)


def connect_dry_run(settings: Settings) -> Connection:
    """Return a connection through which nothing is sent; a target on this machine is asked whether it is the mock."""
    target, foreign, expired, provider = settings.target or BUILT_IN, settings.foreign_project_id, None, None
    if settings.target is None:
        foreign, expired, provider = foreign or FOREIGN_PROJECT_ID, EXPIRED_TOKEN, _ImaginaryBatches(settings.seed)
    else:
        with ExitStack() as resources:
            control = _control(settings.target, settings, resources)
        if control is not None:
            foreign, expired = foreign or control.foreign_project_id, control.expired_token
            target, provider = f"{target} (a mock, as one GET has told)", _ImaginaryBatches(settings.seed)
    token = settings.login.value if isinstance(settings.login, Token) and settings.target else TOKEN
    account = Account(settings.project_id, Authentication(token), foreign, expired)
    return Connection(target, account, DryRunTransport(), provider, real=False)


def _control(url: str, settings: Settings, resources: ExitStack) -> MockControl | None:
    """Ask a target on this machine whether it is the mock: elsewhere, nothing is sent that is no part of the API."""
    if settings.target is not None and not is_local(url, settings.proxy):
        return None
    with_log = resources.enter_context(_dial(url, Limits(settings.timeout), settings))
    return MockControl.discover(with_log, seed=settings.seed)


def _account(url: str, settings: Settings, control: MockControl | None) -> Account:
    # The credentials and the project of an account elsewhere, set for other runs, are none of the built-in mock's.
    login = settings.login if settings.target else None
    project_id = settings.project_id
    if control is not None and not (settings.project_given and settings.target):
        project_id = control.project_id
    if login is None:
        login = Token(control.token if control else TOKEN)
    authentication = acquire(
        login,
        lambda endpoint: _dial(endpoint, Limits(settings.timeout), settings),
        url=url,
        project_id=project_id,
    )
    if control is None:
        return Account(project_id, authentication, settings.foreign_project_id)
    foreign = settings.foreign_project_id or control.foreign_project_id
    return Account(project_id, authentication, foreign, control.expired_token)


def _dial(url: str, limits: Limits, settings: Settings, authentication: Authentication | None = None) -> HttpTransport:
    """Return a transport to a base URL, by the way that the settings name."""
    # The built-in mock is on this machine, where no proxy reaches it.
    proxy = settings.proxy if settings.target else None
    sign = authentication.sign if authentication else None
    return HttpTransport(url, limits, proxy=proxy, ca_file=settings.ca_file, sign=sign)


def _mock() -> EmbeddedServer:
    from conformance.mock.embedded import EmbeddedServer  # noqa: PLC0415 - a web server, which most runs do without

    return EmbeddedServer()


class _ImaginaryBatches:
    """Stands for the built-in mock, which a rehearsal does not start."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.begin("")

    def begin(self, scenario: str) -> None:
        """Start anew, as the mock does."""
        self._random = random.Random(f"created {self._seed} {scenario}")  # noqa: S311 - reproducible, not secret

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Make up an ID: to a rehearsal, a batch is what it was to be."""
        del state, foreign
        return shape(random_uuid(self._random))
