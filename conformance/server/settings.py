"""What one mock server is configured with, and the fixed credentials that it uses by default."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "ACCESS_KEY",
    "CONTROL_PATH",
    "EXPIRED_TOKEN",
    "FOREIGN_PROJECT_ID",
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
"""Everything below this path belongs to the mock's control interface, nothing else does."""

TOKEN = "mock-token-of-the-own-project"  # noqa: S105 - the mock's own, printed when it starts
EXPIRED_TOKEN = "mock-token-that-has-expired"  # noqa: S105 - likewise
PROJECT_ID = "054ba152d480d55b2f5dc0069e7ddef0"
FOREIGN_PROJECT_ID = "77b6a44cba5143ab91d13ab9a8ff44fd"
ACCESS_KEY = "MOCKACCESSKEY0000001"
SECRET_KEY = "MockSecretKey000000000000000000000000001"  # noqa: S105 - likewise
IAM_USER = "mock-user"
IAM_PASSWORD = "Mock-password-1"  # noqa: S105 - likewise
IAM_DOMAIN = "mock-domain"
TOKEN_LIFETIME = 24 * 60 * 60
"""Seconds; that of the real IAM's tokens."""

_LONGEST_LIFETIME = 366 * 24 * 60 * 60
_HEADER_TEXT = re.compile(r"[!-~]+")
_ACCESS_KEY = re.compile(r"[!-+\--~]+")


def utc_now() -> datetime:
    """Return the time by the system's clock, in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class MockSettings:
    """Configuration of one mock server.

    Attributes:
        token: The one valid X-Auth-Token: visible ASCII characters without blanks.
        expired_token: A token that was valid once.
        project_id: The project that `token` and `access_key` have rights in.
        foreign_project_id: A project of somebody else's.
        access_key: AK of the one pair of signing keys: visible ASCII characters without blanks and commas.
        secret_key: SK of that pair.
        iam_user: Name of the one user whom IAM issues tokens to, for `project_id`.
        iam_password: Password of that user.
        iam_domain: Name of the account that the user belongs to.
        token_lifetime: Seconds for which such a token is valid, at most a year.
        database: SQLite file that keeps the batches; `None` keeps them in memory.
        variants: Names of the variants that the mock has all the time, in the order in which they are applied.
        faults: Names of the faults to switch on from the start.
        control: Whether the control interface is served.
        clock: Tells the time, for the age of a signature and of an issued token.

    Raises `ValueError` with one line naming the attribute if a value cannot be used.
    """

    token: str = field(default=TOKEN, repr=False)
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
    clock: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        """Check what would make the server unusable rather than merely odd."""
        for name in ("token", "expired_token", "project_id", "foreign_project_id", "secret_key"):
            if not _HEADER_TEXT.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be one or more visible ASCII characters without blanks")
        for name in ("iam_user", "iam_password", "iam_domain"):
            if not getattr(self, name) or not getattr(self, name).isprintable():
                raise ValueError(f"{name} must be one or more printable characters")
        if not 0 < self.token_lifetime <= _LONGEST_LIFETIME:
            raise ValueError(f"token_lifetime must be 1 to {_LONGEST_LIFETIME} seconds")
        if not _ACCESS_KEY.fullmatch(self.access_key):
            raise ValueError("access_key must be one or more visible ASCII characters without blanks and commas")
        if self.token == self.expired_token:
            raise ValueError("token is the token that has expired; choose another one")
        if self.project_id == self.foreign_project_id:
            raise ValueError("project_id is the foreign project's; choose another one")
