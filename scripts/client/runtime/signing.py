"""The signature by an access key (AK/SK), algorithm SDK-HMAC-SHA256.

Source: API Request Signing Guide of the vendor.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALGORITHM", "authorization", "canonical_request"]

ALGORITHM = "SDK-HMAC-SHA256"


def authorization(
    access_key: str, secret_key: str, *, method: str, target: bytes, headers: Mapping[str, bytes], body: bytes
) -> str:
    """Return the value of the header Authorization for a request.

    Args:
        access_key: AK, which names the key.
        secret_key: SK, which signs.
        method: HTTP method.
        target: Path and query as they are sent, percent-encoded.
        headers: The headers to sign, names in lower case; `x-sdk-date` must be among them.
        body: The body, which may be empty.
    """
    canonical = canonical_request(method=method, target=target, headers=headers, body=body)
    text = f"{ALGORITHM}\n{headers['x-sdk-date'].decode('ascii')}\n{hashlib.sha256(canonical).hexdigest()}"
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={_names(headers)}, Signature={signature}"


def canonical_request(*, method: str, target: bytes, headers: Mapping[str, bytes], body: bytes) -> bytes:
    """Return what of a request is signed; the arguments are those of `authorization`."""
    path, _, query = target.partition(b"?")
    return b"\n".join(
        (
            method.upper().encode(),
            _path(path).encode(),
            _query(query).encode(),
            # Octets are kept as they are sent: whatever they mean, both ends sign the same ones.
            *(name.encode() + b":" + headers[name].strip() for name in sorted(headers)),
            b"",
            _names(headers).encode(),
            _payload(headers, body),
        )
    )


def _names(headers: Mapping[str, bytes]) -> str:
    return ";".join(sorted(headers))


def _path(path: bytes) -> str:
    # The guide closes the path by a slash for signing, though it is sent without.
    encoded = "/".join(_encoded(unquote_to_bytes(segment)) for segment in path.split(b"/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _query(query: bytes) -> str:
    # The guide sorts by name; it is the vendor's signer that does so before the names are encoded.
    pairs = sorted(
        (unquote_to_bytes(name), unquote_to_bytes(value))
        for name, _, value in (part.partition(b"=") for part in query.split(b"&") if part)
    )
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)


def _payload(headers: Mapping[str, bytes], body: bytes) -> bytes:
    # As by the vendor's signer, which for an empty body does not look at the header.
    declared = headers.get("x-sdk-content-sha256") if body else None
    return declared or hashlib.sha256(body).hexdigest().encode()


def _encoded(octets: bytes) -> str:
    return quote(octets, safe="~")
