"""The signature by an access key (AK/SK), algorithm SDK-HMAC-SHA256.

Source: API Request Signing Guide of the vendor.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, unquote_to_bytes

__all__ = ["ALGORITHM", "authorization"]

ALGORITHM = "SDK-HMAC-SHA256"


def authorization(
    access_key: str, secret_key: str, *, method: str, target: bytes, headers: dict[str, bytes], body: bytes
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
    path, _, query = target.partition(b"?")
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        (
            method.upper(),
            _path(path),
            _query(query),
            # Octets are kept as they are sent: whatever they mean, both ends sign the same ones.
            *(f"{name}:{headers[name].strip().decode('latin-1')}" for name in names),
            "",
            signed,
            hashlib.sha256(body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    text = f"{ALGORITHM}\n{headers['x-sdk-date'].decode('ascii')}\n{digest}"
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={signed}, Signature={signature}"


def _path(path: bytes) -> str:
    # The guide closes the path by a slash for signing, though it is sent without.
    encoded = "/".join(_encoded(segment) for segment in path.split(b"/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _query(query: bytes) -> str:
    pairs = sorted(
        (unquote_to_bytes(name), unquote_to_bytes(value))
        for name, _, value in (part.partition(b"=") for part in query.split(b"&") if part)
    )
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def _encoded(segment: bytes) -> str:
    return quote(unquote_to_bytes(segment), safe="~")
