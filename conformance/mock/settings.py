"""The configuration of one mock server, and its default credentials."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.mock.admission import named_host
from conformance.spec.openapi import EXAMPLE_PROJECT_ID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "ACCESS_KEY",
    "CONTROL_PATH",
    "EXPIRED_TOKEN",
    "FOREIGN_PROJECT_ID",
    "FOREIGN_TOKEN",
    "IAM_DOMAIN",
    "IAM_PASSWORD",
    "IAM_USER",
    "PROJECT_ID",
    "SECRET_KEY",
    "TOKEN",
    "TOKEN_LIFETIME",
    "MockSettings",
    "utc_now",
]

CONTROL_PATH = "/_mock"
"""The path prefix of the mock's control interface, which serves nothing else."""

TOKEN = "mock-token-of-the-own-project"  # noqa: S105 - the mock prints it when it starts
FOREIGN_TOKEN = "mock-token-of-the-foreign-project"  # noqa: S105 - likewise
EXPIRED_TOKEN = "mock-token-that-has-expired"  # noqa: S105 - likewise
PROJECT_ID = EXAMPLE_PROJECT_ID
FOREIGN_PROJECT_ID = "77b6a44cba5143ab91d13ab9a8ff44fd"
ACCESS_KEY = "MOCKACCESSKEY0000001"
SECRET_KEY = "MockSecretKey000000000000000000000000001"  # noqa: S105 - likewise
IAM_USER = "mock-user"
IAM_PASSWORD = "Mock-password-1"  # noqa: S105 - likewise
IAM_DOMAIN = "mock-domain"
TOKENS = ("token", "foreign_token", "expired_token")
"""The settings that are tokens."""
TOKEN_LIFETIME = 24 * 60 * 60
"""Seconds, as for tokens of the real IAM."""

_LONGEST_LIFETIME = 366 * 24 * 60 * 60
_HEADER_TEXT = re.compile(r"[!-~]+")
_ACCESS_KEY = re.compile(r"[!-+\--~]+")


def utc_now() -> datetime:
    """Return the system time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class MockSettings:
    """Configuration of one mock server.

    Attributes:
        token: The valid X-Auth-Token of `project_id`: visible ASCII characters without spaces.
        foreign_token: The valid one of `foreign_project_id`.
        expired_token: A token that has expired.
        project_id: The project in which `token` and `access_key` have rights.
        foreign_project_id: A project of another account.
        access_key: The AK of the one signing key: visible ASCII characters without spaces and commas.
        secret_key: The SK of this key.
        iam_user: The name of the one user that IAM issues tokens to, for `project_id`.
        iam_password: The password of this user.
        iam_domain: The name of the account that the user belongs to.
        token_lifetime: The lifetime of an issued token in seconds, at most a year.
        database: The SQLite file that stores the batches; `None` stores them in memory.
        variants: The names of the enabled variants, in the order in which they are applied.
        faults: The names of the faults that are enabled at the start.
        control: Whether the control interface is served.
        control_hosts: Names and addresses to which it is served, at any port, besides those of the connection.
        clock: Returns the time, for the age of signatures and of issued tokens.

    Raises `ValueError` if a value cannot be used; the message is one line that begins with the attribute.
    """

    token: str = field(default=TOKEN, repr=False)
    foreign_token: str = field(default=FOREIGN_TOKEN, repr=False)
    expired_token: str = field(default=EXPIRED_TOKEN, repr=False)
    project_id: str = PROJECT_ID
    foreign_project_id: str = FOREIGN_PROJECT_ID
    access_key: str = ACCESS_KEY
    secret_key: str = field(default=SECRET_KEY, repr=False)
    iam_user: str = IAM_USER
    iam_password: str = field(default=IAM_PASSWORD, repr=False)
    iam_domain: str = IAM_DOMAIN
    token_lifetime: int = TOKEN_LIFETIME
    database: Path | None = None
    variants: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    control: bool = True
    control_hosts: tuple[str, ...] = ()
    clock: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        """Refuse values with which the server could not be used."""
        for name in (*TOKENS, "project_id", "foreign_project_id", "secret_key"):
            if not _HEADER_TEXT.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be one or more visible ASCII characters without spaces")
        for name in ("iam_user", "iam_password", "iam_domain"):
            if not getattr(self, name) or not getattr(self, name).isprintable():
                raise ValueError(f"{name} must be one or more printable characters")
        if not 0 < self.token_lifetime <= _LONGEST_LIFETIME:
            raise ValueError(f"token_lifetime must be 1 to {_LONGEST_LIFETIME} seconds")
        if not _ACCESS_KEY.fullmatch(self.access_key):
            raise ValueError("access_key must be one or more visible ASCII characters without spaces and commas")
        if unnamed := [host for host in self.control_hosts if named_host(host) is None]:
            raise ValueError(
                f"control_host {unnamed[0]!r} is not a host name or an IP address; give one without a port"
            )
        different = (*itertools.combinations(TOKENS, 2), ("project_id", "foreign_project_id"))
        same = [pair for pair in different if getattr(self, pair[0]) == getattr(self, pair[1])]
        if same:
            raise ValueError(f"{same[0][0]} must differ from {same[0][1]}")
