"""The account that a run sends requests with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.auth.authentication import Authentication

__all__ = ["Account"]


@dataclass(frozen=True)
class Account:
    """A project and the credentials for it.

    Attributes:
        project_id: The project.
        authentication: Authenticates requests.
        foreign_project_id: A project in which the credentials grant nothing, if one is known.
        foreign_token: A valid token of the foreign project, if one is known.
        expired_token: A token that was valid once, if one is known.
    """

    project_id: str
    authentication: Authentication
    foreign_project_id: str | None = None
    foreign_token: str | None = field(default=None, repr=False)
    expired_token: str | None = field(default=None, repr=False)

    @property
    def token(self) -> str:
        """The current token."""
        return self.authentication.token

    @property
    def other_tokens(self) -> dict[str, str]:
        """The known tokens besides the current one, by the option that gives each, without its dashes."""
        tokens = {"foreign-token": self.foreign_token, "expired-token": self.expired_token}
        return {name: token for name, token in tokens.items() if token is not None}
