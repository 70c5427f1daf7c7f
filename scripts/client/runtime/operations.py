"""A project, in which the operations of the API are called."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen
from drs_batch_client.runtime.answers import Call
from drs_batch_client.runtime.auth import ProjectAuth
from drs_batch_client.runtime.checks import check_number
from drs_batch_client.runtime.deadlines import SHORTEST, Deadline
from drs_batch_client.runtime.paths import check_segment
from drs_batch_client.runtime.redaction import Redactor
from drs_batch_client.runtime.settings import checked_timeout
from drs_batch_client.runtime.signing import sent_credentials
from drs_batch_client.spec import MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx
    from drs_batch_client.client import Client

__all__ = ["Project", "checked", "chosen"]

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@frozen(kw_only=True)
class Project:
    """A project, and the credentials for it.

    Attributes:
        project_id: ID of the project.
        base_url: Base URL of the service, without a slash at the end.
        auth: The credentials.
        secrets: Secrets besides those of the credentials.
        validate: Whether to compare answers with the documented limits.
        deadline: Seconds that a call may take unless it has a deadline of its own.
        generated: The client that the generated functions take.
    """

    project_id: str
    base_url: str
    auth: httpx.Auth
    secrets: tuple[str, ...] = field(repr=False)
    validate: bool
    deadline: float
    generated: Client = field(repr=False)

    def call(
        self,
        operation: str,
        arguments: Mapping[str, Any],
        parse: Callable[[httpx.Response], T],
        *,
        ids: tuple[object, ...],
        timeout: float | httpx.Timeout | None,
        deadline: float | None,
        requested: str = "",
        echo: str = "",
    ) -> Call[T]:
        """Return a call of an operation.

        Args:
            operation: Its ID in openapi.yaml.
            arguments: The arguments of `httpx.Client.build_request`, with the path of the operation as `url`.
            parse: Returns the result in an answer with a documented success.
            ids: The IDs in the path, except that of the project.
            timeout: Seconds to connect to the service, and for each part of its answer; None as in `connect`.
            deadline: Seconds for the call as a whole; None as in `connect`.
            requested: The ID of what the call is about; empty if there is none.
            echo: The model and the field of the result that repeats it; empty if none does.

        Raises:
            TypeError: A limit has the wrong type.
            ValueError: A limit is out of range.
        """
        if deadline is not None:
            check_number("deadline", deadline, least=SHORTEST)
        limits = {} if timeout is None else {"timeout": checked_timeout(timeout)}
        names = {"id": ", ".join(map(repr, ids)), "base_url": self.base_url, "project_id": self.project_id}
        purpose, effect, remedy = (text.format(**names).strip() for text in MESSAGES[operation])
        return Call(
            operation=operation,
            purpose=purpose,
            effect=effect,
            remedy=remedy,
            arguments={**arguments, "url": self.base_url + arguments["url"], **limits},
            parse=parse,
            echo=echo,
            requested=requested,
            validate=self.validate,
            redactor=self.redactor,
            deadline=Deadline(self.deadline if deadline is None else deadline),
        )

    def redactor(self, request: httpx.Request | None) -> Redactor:
        """Return what masks the secrets, and what authenticated a request if there is one."""
        secrets = self.auth.secrets if isinstance(self.auth, ProjectAuth) else ()
        return Redactor(*self.secrets, *secrets, *sent_credentials(request.headers.multi_items() if request else ()))


def checked(name: str, value: str) -> str:
    """Return an ID, or raise an error that names it if it is not valid."""
    check_segment(name, value)
    for end in (value[0], value[-1]):
        if end.isspace() or not end.isprintable():
            raise ValueError(f"{name} must not begin or end with a blank or an invisible character: {value!r}")
    if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{name} must be Unicode characters, without half of a surrogate pair: {value!r}")
    return value


def chosen(kind: type[E], name: str, value: object) -> E:
    """Return a documented value, or raise an error that names the argument if it is not one."""
    for member in kind:
        if member.value == value and not isinstance(value, bool):  # True equals 1
            return member
    documented = ", ".join(repr(member.value) for member in kind)
    raise ValueError(f"{value!r} is not a valid {kind.__name__}; {name} must be one of {documented}")
