"""The signature by an access key (AK/SK), SDK-HMAC-SHA256: what is signed, and the signing of a request."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from datetime import timezone
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from conformance.exchange import Request

__all__ = [
    "ALGORITHM",
    "DATE_FORMAT",
    "SigningKey",
    "canonical_path",
    "canonical_request",
    "sign",
    "signature_of",
]

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
"""Form of X-Sdk-Date."""

SIGNED = ("content-type", "x-language")
"""Headers that are signed where the request has them once."""

REPLACED = {"authorization", "x-auth-token", "x-project-id", "x-sdk-date", "x-security-token"}

# Anything else may be changed on the way, or be read differently at its end.
PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


@dataclass(frozen=True)
class SigningKey:
    """An access key.

    Attributes:
        access_key: AK, which names the key.
        secret_key: SK, which signs.
        security_token: What a temporary key comes with; None for a permanent one.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere."""
        return tuple(filter(None, (self.secret_key, self.security_token)))


def sign(request: Request, key: SigningKey, *, host: str, prefix: str, project_id: str, moment: datetime) -> Request:
    """Return the request with a signature in place of whatever credentials it has.

    Args:
        request: The request, without `Host`.
        key: The key to sign with.
        host: Value of `Host` as the transport will send it: in lower case, with a port other than the scheme's.
        prefix: Path that the transport puts before the target, without a slash at its end.
        project_id: The project that the key is used for.
        moment: The time of signing, aware.
    """
    date = moment.astimezone(timezone.utc).strftime(DATE_FORMAT)
    added = {"X-Sdk-Date": date, "X-Project-Id": project_id}
    if key.security_token is not None:
        added["X-Security-Token"] = key.security_token
    signed = {"host": host, **{name.lower(): value for name, value in added.items()}}
    for name in SIGNED:
        values = request.values(name)
        if len(values) == 1 and PLAIN.fullmatch(values[0]):
            signed[name] = values[0]
    path, _, query = (prefix + request.target).partition("?")
    canonical = canonical_request(
        request.method,
        canonical_path(_octets(path)),
        _octets(query),
        [(name, _octets(value).strip()) for name, value in sorted(signed.items())],
        hashlib.sha256(request.body).hexdigest(),
    )
    added["Authorization"] = (
        f"{ALGORITHM} Access={key.access_key}, SignedHeaders={';'.join(sorted(signed))}, "
        f"Signature={signature_of(key.secret_key, date, canonical)}"
    )
    kept = (header for header in request.headers if header[0].lower() not in REPLACED)
    return replace(request, headers=(*kept, *added.items()))


def canonical_path(path: bytes) -> bytes:
    """Return a path, given as it is sent, as the guide wants it signed: encoded anew, and closed by a slash."""
    encoded = "/".join(_encoded(segment) for segment in path.split(b"/"))
    return (encoded if encoded.endswith("/") else f"{encoded}/").encode()


def canonical_request(
    method: str, path: bytes, query: bytes, headers: Iterable[tuple[str, bytes]], payload: str
) -> bytes:
    """Return what is signed of a request.

    Args:
        method: HTTP method.
        path: The canonical path.
        query: Query as it is sent, without the question mark.
        headers: Names in lower case and values of the signed headers, sorted by name.
        payload: Hash of the body in hexadecimal, or what stands for it.
    """
    pairs = list(headers)
    return b"\n".join(
        (
            method.upper().encode(),
            path,
            _canonical_query(query),
            b"".join(name.encode() + b":" + value + b"\n" for name, value in pairs),
            ";".join(name for name, _ in pairs).encode(),
            payload.encode(),
        )
    )


def signature_of(secret_key: str, date: str, canonical: bytes) -> str:
    """Return the signature of a canonical request, as 64 hexadecimal digits; `date` is X-Sdk-Date."""
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _canonical_query(query: bytes) -> bytes:
    pairs = [part.partition(b"=")[::2] for part in query.split(b"&") if part]
    decoded = sorted((unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in pairs)
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in decoded).encode()


def _encoded(segment: bytes) -> str:
    return quote(unquote_to_bytes(segment), safe="~")


def _octets(text: str) -> bytes:
    # What is no text cannot be sent either, which is for the transport to say.
    return text.encode(errors="replace")
