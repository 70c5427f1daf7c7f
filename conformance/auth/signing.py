"""Signatures by an access key (AK/SK), algorithm SDK-HMAC-SHA256.

Source: the vendor's API Request Signing Guide.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = [
    "ALGORITHM",
    "DATE_FORMAT",
    "authorization",
    "canonical_path",
    "canonical_request",
    "format_date",
    "sent_credentials",
    "signature_of",
    "signed_headers",
]

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
"""Format of X-Sdk-Date, in UTC."""

DIGITS = re.compile("[0-9a-f]{64}")
"""A signature."""

TOKENS = {"proxy-authorization", "x-auth-token", "x-sdk-date", "x-security-token"}
"""Headers, besides Authorization, that authenticate a request."""


def format_date(moment: datetime) -> str:
    """Return the value of X-Sdk-Date for a moment, which must have a time zone."""
    return moment.astimezone(UTC).strftime(DATE_FORMAT)


def signed_headers(headers: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return the headers to sign, by name in lower case: Host, Content-Type, and names that begin with `X-`.

    A header that is sent more than once is left out, since the guide does not say how to sign it. So are names with an
    underscore, which the vendor's signer leaves out, and all other names, which a proxy may change.
    """
    fields = [(name.lower(), value) for name, value in headers]
    times = Counter(name for name, _ in fields)
    return {name: value for name, value in fields if times[name] == 1 and "_" not in name and _is_signed(name)}


def sent_credentials(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the values in the headers of a request that must not be shown if a server repeats them.

    Of a signature, they are the name of the key, the date, the signature itself and, as characters, the octets that it
    has in hexadecimal. A request can be sent again with them within 15 minutes.
    """
    values: list[str] = []
    for name, value in headers:
        if name.lower() == "authorization":
            signature: list[str] = (
                re.findall(r"(?:Access|Signature)=([^,\s]+)", value) if value.startswith(ALGORITHM) else []
            )
            values += signature or [value.partition(" ")[2] or value]
            # A server may keep a signature in octets, and repeat those in another notation.
            for octets in map(bytes.fromhex, filter(DIGITS.fullmatch, signature)):
                values.append(octets.replace(b"\0", b"").decode("latin-1"))
        elif name.lower() in TOKENS:
            values.append(value)
    return values


def authorization(
    access_key: str, secret_key: str, *, method: str, target: bytes, headers: Mapping[str, bytes], body: bytes
) -> str:
    """Return the value of the Authorization header of a request.

    Args:
        access_key: The AK, which names the key.
        secret_key: The SK.
        method: The HTTP method.
        target: Path and query as they are sent, percent-encoded.
        headers: The headers to sign, with names in lower case; `x-sdk-date` must be among them.
        body: The body, which may be empty.
    """
    fields = sorted(headers.items())
    path, _, query = target.partition(b"?")
    canonical = canonical_request(method, canonical_path(path), query, fields, _payload(headers, body))
    signature = signature_of(secret_key, headers["x-sdk-date"].decode("ascii"), canonical)
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={_names(fields)}, Signature={signature}"


def canonical_path(path: bytes) -> bytes:
    """Return a path in its canonical form: decoded, encoded again, and closed by a slash, although it is sent without.

    Args:
        path: The path as it is sent.
    """
    encoded = "/".join(_encoded(unquote_to_bytes(segment)) for segment in path.split(b"/"))
    return (encoded if encoded.endswith("/") else f"{encoded}/").encode()


def canonical_request(
    method: str, path: bytes, query: bytes, headers: Iterable[tuple[str, bytes]], payload: str
) -> bytes:
    """Return the canonical form of a request, which is what is signed.

    Args:
        method: The HTTP method.
        path: The canonical path.
        query: The query as it is sent, without the question mark.
        headers: The signed headers, with names in lower case, sorted by name.
        payload: The SHA-256 hash of the body in hexadecimal, or the text that replaces it.
    """
    fields = list(headers)
    return b"\n".join(
        (
            method.upper().encode(),
            path,
            _canonical_query(query),
            # Sign the octets as they are sent, so that both ends sign the same ones in any encoding.
            *(name.encode() + b":" + value.strip() for name, value in fields),
            b"",
            _names(fields).encode(),
            payload.encode(),
        )
    )


def signature_of(secret_key: str, date: str, canonical: bytes) -> str:
    """Return the signature of a canonical request, 64 hexadecimal digits; `date` is the value of X-Sdk-Date."""
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _is_signed(name: str) -> bool:
    return name in {"host", "content-type"} or name.startswith("x-")


def _names(headers: Iterable[tuple[str, bytes]]) -> str:
    return ";".join(name for name, _ in headers)


def _canonical_query(query: bytes) -> bytes:
    # The guide sorts by name. The vendor's signer does so before it encodes the names.
    pairs = [part.partition(b"=")[::2] for part in query.split(b"&") if part]
    decoded = sorted((unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in pairs)
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in decoded).encode()


def _payload(headers: Mapping[str, bytes], body: bytes) -> str:
    # Like the vendor's signer, which ignores the header if the body is empty.
    declared = headers.get("x-sdk-content-sha256") if body else None
    return declared.decode("latin-1") if declared else hashlib.sha256(body).hexdigest()


def _encoded(octets: bytes) -> str:
    return quote(octets, safe="~")
