"""Access keys (AK/SK) of a run, and the signing of its requests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.auth import signing

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.exchange.exchange import Request

__all__ = ["SigningKey", "sign"]

SIGNED = {"content-type", "x-language"}
"""Headers of a request that are signed besides those that signing adds."""

REPLACED = {"authorization", "x-auth-token", "x-project-id", "x-sdk-date", "x-security-token"}

# Any other value may be changed on the way, or be read differently by the gateway.
PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


@dataclass(frozen=True)
class SigningKey:
    """An access key.

    Attributes:
        access_key: The AK, which names the key.
        secret_key: The SK, which signs.
        security_token: The security token of a temporary key; None for a permanent key.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be written anywhere."""
        return tuple(filter(None, (self.secret_key, self.security_token)))


def sign(request: Request, key: SigningKey, *, host: str, prefix: str, project_id: str, moment: datetime) -> Request:
    """Return the request with a signature in place of any other credentials.

    Args:
        request: The request, without `Host`.
        key: The key to sign with.
        host: The value of `Host` as the transport sends it: in lower case, with a port unless it is the scheme's.
        prefix: The path that the transport puts before the target, without a slash at the end.
        project_id: The project that the key is used for.
        moment: The time of signing, with a time zone.
    """
    added = {"X-Sdk-Date": signing.format_date(moment), "X-Project-Id": project_id}
    if key.security_token is not None:
        added["X-Security-Token"] = key.security_token
    odd = {name.lower() for name, value in request.headers if not PLAIN.fullmatch(value)}
    own = [(name, value) for name, value in request.headers if name.lower() in SIGNED - odd]
    added["Authorization"] = signing.authorization(
        key.access_key,
        key.secret_key,
        method=request.method,
        target=_octets(prefix + request.target),
        headers=signing.signed_headers(
            (name, _octets(value)) for name, value in [("Host", host), *added.items(), *own]
        ),
        body=request.body,
    )
    kept = (header for header in request.headers if header[0].lower() not in REPLACED)
    return replace(request, headers=(*kept, *added.items()))


def _octets(text: str) -> bytes:
    # Text that cannot be encoded cannot be sent either, which the transport reports.
    return text.encode(errors="replace")
