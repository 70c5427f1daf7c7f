"""The connection of a run to its target, which the user named or which is the built-in mock."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.auth.authentication import Authentication, Token, acquire
from conformance.config.option_values import is_local
from conformance.errors import LedgerError, MockRefusedError, RunEndedError
from conformance.exchange.classification import Classifier
from conformance.mock.settings import TOKEN, MockSettings
from conformance.reports.model import BUILT_IN
from conformance.target.account import Account
from conformance.target.batches import Batches
from conformance.target.interrupts import deferred_signals
from conformance.target.ledger import open_ledger
from conformance.target.limits import Limits, Quota
from conformance.target.mock_control import DryRunBatches, EmbeddedBatches, MockControl
from conformance.target.session import Session
from conformance.target.transport import DryRunTransport, HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.config.settings import Settings
    from conformance.exchange.transport import Transport
    from conformance.mock.app import MockApp
    from conformance.mock.embedded import EmbeddedServer
    from conformance.spec.openapi import Specification
    from conformance.target.batches import Provider
    from conformance.target.session import Log

__all__ = ["Connection", "connect", "connect_dry_run", "embedded_connection", "open_session"]

OPERATION = "CommitAsyncJob"
USED_BEFORE = (
    "the mock still has batches of an earlier run with this seed, so the IDs of new ones differ; "
    "restart it to send the same requests"
)

ASSUMED_LOGIN = "no token was given, so that of the built-in mock was sent; set DRS_TOKEN to send another"


@dataclass(frozen=True)
class Connection:
    """A target, with what is needed to send requests to it.

    Attributes:
        target: Base URL of the target, or a name for it.
        account: The account that requests are sent with.
        transport: Sends the requests.
        provider: Creates batches; None if the user has to name them.
        notes: Returns what else decides the requests of the run besides the seed, in one sentence each.
        keep: Makes the transport keep its connections, where it has any; see `HttpTransport.keep_connections`.
        pause: Waits for a number of seconds, but no longer than the time that the run has left.
        real: Whether requests are sent; False in a dry run.
    """

    target: str
    account: Account
    transport: Transport
    provider: Provider | None
    notes: Callable[[], tuple[str, ...]] = tuple
    keep: Callable[[], None] = lambda: None
    pause: Callable[[float], None] = time.sleep
    real: bool = True


@contextmanager
def connect(settings: Settings) -> Iterator[Connection]:
    """Connect to the target, or start the mock if none was named; both end with the block.

    Raises:
        MockRefusedError: The target is a mock that refuses its control interface, and no credentials are given.
        IamError: IAM does not issue a token.
    """
    quota = Quota(Limits(settings.timeout, settings.rate, settings.max_requests, settings.budget))
    with ExitStack() as resources:
        if settings.target is None:
            with deferred_signals():
                mock = resources.enter_context(_mock())
            transport = resources.enter_context(HttpTransport(mock.url, quota))
            connection = embedded_connection(mock.app, transport, settings, name=f"{mock.url} ({BUILT_IN})")
            yield replace(connection, keep=transport.keep_connections, pause=transport.pause)
            return
        lasting: list[str] = []
        control = _control(settings.target, settings, quota.limits, resources, lasting.append)
        if control is None and settings.login is None:
            lasting.append(ASSUMED_LOGIN)
        try:
            account = _account(settings.target, settings, control, quota)
        except RunEndedError as error:
            error.sent = quota.sent
            raise
        transport = resources.enter_context(_transport(settings.target, quota, settings, account.authentication))

        def notes() -> tuple[str, ...]:
            return (USED_BEFORE,) if control is not None and control.used_before else tuple(lasting)

        yield Connection(
            settings.target, account, transport, control, notes, transport.keep_connections, transport.pause
        )


def embedded_connection(app: MockApp, transport: Transport, settings: Settings, *, name: str) -> Connection:
    """Return a connection to a mock in this process.

    Credentials and a project in the environment are for other targets, so the mock does not use them.
    """
    mock = app.settings
    account = _completed(mock.project_id, Authentication(mock.token), _without_tokens(settings), mock)
    return Connection(name, account, transport, EmbeddedBatches(app, settings.seed))


@contextmanager
def connect_dry_run(settings: Settings) -> Iterator[Connection]:
    """Return a connection for a dry run; a target on this machine gets one GET, to find out whether it is the mock."""
    target, given = settings.target or BUILT_IN, settings
    mock: MockControl | MockSettings | None
    if settings.target is None:
        given, mock = _without_tokens(settings), MockSettings()
    else:
        with ExitStack() as resources:
            mock = _control(settings.target, settings, Limits(settings.timeout, budget=settings.budget), resources)
        target += " (a mock, identified by one GET request)" if mock is not None else ""
    token = settings.login.value if isinstance(settings.login, Token) and settings.target else TOKEN
    account = _completed(settings.project_id, Authentication(token), given, mock)
    provider = None if mock is None else DryRunBatches(settings.seed)
    yield Connection(target, account, DryRunTransport(), provider, real=False)


def open_session(settings: Settings, specification: Specification, connection: Connection, log: Log) -> Session:
    """Return a session that sends through a connection, with the limits of the profile.

    Raises:
        LedgerError: The ledger cannot be used, or the use of a batch cannot be recorded in all spellings of its ID.
    """
    if connection.real and connection.provider is None and settings.odd_job:
        raise LedgerError(settings.odd_job)
    account, named, provider, protected = connection.account, settings.jobs, connection.provider, frozenset[str]()
    if settings.profile == "safe":
        protected = frozenset(batch_id for ids in named.values() for batch_id in ids)
        named, provider = {}, None
    ledger = open_ledger(settings) if connection.real else None
    return Session(
        operation=specification.operation(OPERATION),
        account=account,
        transport=connection.transport,
        classifier=Classifier(
            specification,
            token=account.token,
            project_id=account.project_id,
            foreign=account.foreign_project_id,
            foreign_token=account.foreign_token,
        ),
        batches=Batches(named, seed=settings.seed, provider=provider, ledger=ledger),
        log=log,
        pause=connection.pause,
        protected_batches=protected,
        safe_profile=settings.profile == "safe",
        seed=settings.seed,
    )


def _control(
    url: str, settings: Settings, limits: Limits, resources: ExitStack, note: Callable[[str], object] = str
) -> MockControl | None:
    """Return the control interface if the target is a mock; a target elsewhere is sent only requests of the API.

    If the mock refuses it, the run goes on with the credentials of the user and a note, or raises `MockRefusedError`.
    Its calls share the budget alone.
    """
    if not is_local(url, settings.proxy):
        return None
    shared = replace(limits, rate=None, max_requests=None)
    transport = resources.enter_context(_transport(url, shared, settings))
    try:
        return MockControl.discover(transport, seed=settings.seed)
    except MockRefusedError as error:
        if settings.login is None:
            raise
        note(str(error))
        return None


def _account(url: str, settings: Settings, control: MockControl | None, quota: Quota) -> Account:
    project_id = settings.project_id
    if control is not None and not settings.project_given:
        project_id = control.project_id
    authentication = acquire(
        settings.login or Token(control.token if control else TOKEN),
        lambda endpoint: _transport(endpoint, quota, settings),
        url=url,
        project_id=project_id,
    )
    return _completed(project_id, authentication, settings, control)


def _without_tokens(settings: Settings) -> Settings:
    """Return the settings without the tokens that are sent besides the caller's own, which are for other targets."""
    return replace(settings, foreign_token=None, expired_token=None)


def _completed(
    project_id: str, authentication: Authentication, settings: Settings, mock: MockControl | MockSettings | None
) -> Account:
    """Return an account with what the settings give, and with what a mock has where they give nothing.

    The mock's foreign token is for the mock's foreign project alone.
    """
    foreign, foreign_token, expired = settings.foreign_project_id, settings.foreign_token, settings.expired_token
    if mock is not None:
        foreign = foreign or mock.foreign_project_id
        if foreign == mock.foreign_project_id:
            foreign_token = foreign_token or mock.foreign_token
        expired = expired or mock.expired_token
    return Account(project_id, authentication, foreign, foreign_token, expired)


def _transport(
    url: str, limits: Limits | Quota, settings: Settings, authentication: Authentication | None = None
) -> HttpTransport:
    """Return a transport to a base URL with the proxy and certificates of the settings."""
    sign = authentication.sign if authentication else None
    return HttpTransport(url, limits, proxy=settings.proxy, ca_file=settings.ca_file, sign=sign)


def _mock() -> EmbeddedServer:
    from conformance.mock.embedded import EmbeddedServer  # noqa: PLC0415 - a web server, which most runs do not need

    return EmbeddedServer()
