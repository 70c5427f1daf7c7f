"""The IAM of the mock, which issues tokens to the mock's one user for the mock's one project.

It is not part of the API: its requests are not recorded, and no fault or variant changes its answers. It has one of the
documented operations, with project scope. The gateway answers any other method on its path.
"""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from conformance.mock.settings import MockSettings

__all__ = ["IAM_PATH", "PROJECT_NAME", "IssuedTokens", "create_iam"]

IAM_PATH = "/v3/auth/tokens"
"""The path of the one operation, whose method is POST."""

PROJECT_NAME = "cn-north-4"
"""The name of the user's project; by default a project has the name of its region."""

_CAPACITY = 10_000
_MAX_BODY = 64 * 1024
_INVALID = "The request body is invalid"
_TEXT = {"type": "string", "minLength": 1}


def _object(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - schemas
    return {"type": "object", "properties": members, "required": list(members)}


_BODY = jsonschema_rs.validator_for(
    _object(
        auth=_object(
            identity=_object(
                methods={"const": ["password"]},
                password=_object(user=_object(name=_TEXT, password=_TEXT, domain=_object(name=_TEXT))),
            ),
            scope=_object(project={"oneOf": [_object(id=_TEXT), _object(name=_TEXT)]}),
        )
    )
)


class IssuedTokens:
    """The last 10,000 tokens that one mock issued. One thread may add tokens while another looks them up."""

    def __init__(self) -> None:
        self._ends: dict[bytes, datetime] = {}

    def add(self, end: datetime) -> str:
        """Return a new token that expires at this time."""
        token = secrets.token_urlsafe(48)
        self._ends[token.encode()] = end
        if len(self._ends) > _CAPACITY:
            del self._ends[next(iter(self._ends))]
        return token

    def end(self, token: bytes) -> datetime | None:
        """Return the expiry time of a token, past or future; `None` if it was not issued here."""
        return self._ends.get(token)


def create_iam(settings: MockSettings, tokens: IssuedTokens) -> ASGIApp:
    """Build the IAM of one mock, which answers requests for `IAM_PATH`."""
    routes = [Route(IAM_PATH, _Iam(settings, tokens).issue, methods=["POST"])]
    return Starlette(routes=routes, exception_handlers={HTTPException: _http_error}, max_body_size=_MAX_BODY)


@dataclass(frozen=True)
class _Iam:
    """The endpoint."""

    settings: MockSettings
    tokens: IssuedTokens

    async def issue(self, request: Request) -> Response:
        """Issue a token."""
        auth = _auth(await request.body())
        user, project = auth["identity"]["password"]["user"], auth["scope"]["project"]
        if not self._accepts(user):
            raise HTTPException(401, "The username or password is wrong.")
        if project not in ({"id": self.settings.project_id}, {"name": PROJECT_NAME}):
            raise HTTPException(401, "The user has no rights in the project.")
        now = self.settings.clock().astimezone(UTC)
        end = now + timedelta(seconds=self.settings.token_lifetime)
        document = self._document(now, end)
        if request.query_params.get("nocatalog"):
            del document["catalog"]
        return JSONResponse({"token": document}, 201, {"X-Subject-Token": self.tokens.add(end)})

    def _accepts(self, user: dict[str, Any]) -> bool:
        settings = self.settings
        return (user["name"], user["domain"]["name"]) == (settings.iam_user, settings.iam_domain) and (
            hmac.compare_digest(user["password"].encode(), settings.iam_password.encode())
        )

    def _document(self, now: datetime, end: datetime) -> dict[str, Any]:
        domain = {"id": _id(self.settings.iam_domain), "name": self.settings.iam_domain}
        user = {"id": _id(self.settings.iam_user), "name": self.settings.iam_user, "domain": domain}
        return {
            "catalog": [],
            "expires_at": _time(end),
            "issued_at": _time(now),
            "methods": ["password"],
            "roles": [{"id": "0", "name": "te_admin"}],
            "user": {**user, "password_expires_at": ""},
            "project": {"id": self.settings.project_id, "name": PROJECT_NAME, "domain": domain},
        }


def _auth(body: bytes) -> dict[str, Any]:
    """Return the `auth` of a body; other members of it and of its objects are ignored."""
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is valid JSON, but it is not text
    except (ValueError, RecursionError):
        raise HTTPException(400, _INVALID) from None
    if not _BODY.is_valid(document):
        raise HTTPException(400, _INVALID)
    auth: dict[str, Any] = document["auth"]
    return auth


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _id(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, name).hex


async def _http_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    error_body = {"code": status.value, "message": error.detail, "title": status.phrase}
    return JSONResponse({"error": error_body}, status, error.headers)
