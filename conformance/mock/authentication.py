"""Authentication and authorization by the gateway, with a token or a signature."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from conformance.auth.signing import ALGORITHM
from conformance.mock.answers import GatewayError
from conformance.mock.iam import IssuedTokens
from conformance.mock.signature import Authorization, parse_date, verify

if TYPE_CHECKING:
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route
    from conformance.mock.settings import MockSettings

__all__ = ["CHALLENGE", "Authenticator", "Authorizer", "Identity"]

CHALLENGE = {"WWW-Authenticate": ALGORITHM}
"""The header of each 401 (RFC 9110, section 11.6.1)."""

_MAX_AGE = timedelta(minutes=15)


@dataclass(frozen=True)
class Identity:
    """The identity that accepted credentials stand for.

    Attributes:
        project_id: The project that the credentials are for.
        foreign: Whether they are those of the user who has the foreign project.
    """

    project_id: str
    foreign: bool = False


@dataclass(frozen=True)
class Authenticator:
    """Accepts the configured tokens, issued tokens, and signatures by the configured key; else raises `GatewayError`.

    If a request has both, the signature decides. This is not documented, but the vendor's SDK always signs, even if its
    user adds a token. No message repeats any part of a credential.
    """

    settings: MockSettings
    issued: IssuedTokens = field(default_factory=IssuedTokens)

    def __call__(self, request: ReceivedRequest) -> Identity:
        """Check the credentials of a request."""
        authorizations = request.distinct("Authorization")
        if any(value.startswith(ALGORITHM.encode()) for value in authorizations):
            return self._by_signature(request, authorizations)
        return self._by_token(request, authorizations)

    def _by_token(self, request: ReceivedRequest, authorizations: tuple[bytes, ...]) -> Identity:
        tokens = request.distinct("X-Auth-Token")
        if not any(tokens):
            # The gateway reads a bearer token as a misplaced token, and then cannot decrypt it.
            bearer = any(value.lower().startswith(b"bearer ") for value in authorizations)
            raise _unauthenticated("decrypt token fail" if bearer else "x-auth-token not found")
        if len(tokens) == 1:
            if hmac.compare_digest(tokens[0], self.settings.token.encode()):
                return Identity(self.settings.project_id)
            if hmac.compare_digest(tokens[0], self.settings.foreign_token.encode()):
                return Identity(self.settings.foreign_project_id, foreign=True)
            end = self.issued.end(tokens[0])
            if end is not None and self.settings.clock() < end:
                return Identity(self.settings.project_id)
            if end is not None or hmac.compare_digest(tokens[0], self.settings.expired_token.encode()):
                raise GatewayError(401, "APIGW.0307", "The token must be updated.", CHALLENGE)
        raise _unauthenticated("decrypt token fail")

    def _by_signature(self, request: ReceivedRequest, authorizations: tuple[bytes, ...]) -> Identity:
        authorization = Authorization.parse(authorizations[0].decode("latin-1")) if len(authorizations) == 1 else None
        dates = request.distinct("X-Sdk-Date")
        date = dates[0].decode("latin-1") if len(dates) == 1 else ""
        signed_at = parse_date(date)
        if authorization is None or signed_at is None:
            raise _unauthenticated("the Authorization or X-Sdk-Date header is malformed")
        if authorization.access_key != self.settings.access_key:
            raise _unauthenticated("the access key does not exist")
        if abs(self.settings.clock() - signed_at) > _MAX_AGE:
            raise _unauthenticated("signature expired: X-Sdk-Date is more than 15 minutes off")
        if not verify(request, authorization, self.settings.secret_key, date):
            raise _unauthenticated("verify aksk signature fail")
        projects = request.distinct("X-Project-Id")
        return Identity(b",".join(projects).decode("latin-1") if projects else self.settings.project_id)


@dataclass(frozen=True)
class Authorizer:
    """Accepts the one project of each of the mock's two users; raises `GatewayError` for any other."""

    settings: MockSettings

    def __call__(self, identity: Identity, route: Route) -> None:
        """Compare the project of the path and the project of the credentials with the user's."""
        requested = route.path_parameters.get("project_id", identity.project_id)
        own = self.settings.foreign_project_id if identity.foreign else self.settings.project_id
        if {requested, identity.project_id} != {own}:
            raise GatewayError(403, "APIGW.0302", "The IAM user is not authorized to access the API in this project.")


def _unauthenticated(reason: str) -> GatewayError:
    return GatewayError(401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}", CHALLENGE)
