"""The SDK-HMAC-SHA256 signature of Huawei Cloud, by which the vendor's SDK signs with an access key (AK/SK)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.server.request import Request

__all__ = ["ALGORITHM", "Authorization", "canonical_requests", "parse_date", "sign", "verify"]

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED_PAYLOAD = b"UNSIGNED-PAYLOAD"

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Access=([!-+\--~]+), *SignedHeaders=([!-+\--~]+), *Signature=([0-9a-f]{{64}})"
)
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True)
class Authorization:
    """The parts of a signed request's Authorization header.

    Attributes:
        access_key: The AK.
        signed_headers: Names of the signed headers, lower case, sorted.
        signature: 64 hexadecimal digits.
    """

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, value: str) -> Authorization | None:
        """Take the header apart; `None` if it is not well-formed or the date of signing is not signed."""
        match = _AUTHORIZATION.fullmatch(value)
        if match is None:
            return None
        names = tuple(match[2].split(";"))
        if "x-sdk-date" not in names or list(names) != sorted(names) or match[2] != match[2].lower():
            return None
        return cls(match[1], names, match[3])


def parse_date(value: str) -> datetime | None:
    """Return the time that X-Sdk-Date tells; `None` if it does not have the form `YYYYMMDDTHHMMSSZ`."""
    if not _DATE.fullmatch(value):
        return None
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def canonical_requests(request: Request, signed_headers: tuple[str, ...]) -> Iterator[bytes]:
    """Return the canonical request, in each spelling that its signer may have used.

    The guide and the vendor's SDK differ in two points. The guide encodes an encoded slash in the path again, the SDK
    takes it for a separator. And for an empty body the SDK signs its hash even under `UNSIGNED-PAYLOAD`.
    """
    paths = dict.fromkeys((_path_of_the_guide(request.path), _path_of_the_sdk(request.path)))
    payloads = [request.body_sha256.encode()]
    if request.distinct("X-Sdk-Content-Sha256") == (UNSIGNED_PAYLOAD,):
        payloads.append(UNSIGNED_PAYLOAD)
    for path, payload in product(paths, payloads):
        yield b"\n".join(
            (
                request.method.upper().encode(),
                path,
                _canonical_query(request.query),
                _canonical_headers(request, signed_headers),
                ";".join(signed_headers).encode(),
                payload,
            )
        )


def sign(secret_key: str, date: str, canonical_request: bytes) -> str:
    """Return the signature of a canonical request, as 64 hexadecimal digits."""
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical_request).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def verify(request: Request, authorization: Authorization, secret_key: str, date: str) -> bool:
    """Return whether the signature is the one that the key makes of this request."""
    return any(
        hmac.compare_digest(sign(secret_key, date, canonical), authorization.signature)
        for canonical in canonical_requests(request, authorization.signed_headers)
    )


def _path_of_the_guide(path: bytes) -> bytes:
    return _closed("/".join(_encoded(segment) for segment in path.split(b"/")))


def _path_of_the_sdk(path: bytes) -> bytes:
    return _closed("/".join(quote(segment, safe="~") for segment in unquote_to_bytes(path).split(b"/")))


def _closed(path: str) -> bytes:
    return (path if path.endswith("/") else f"{path}/").encode()


def _canonical_query(query: bytes) -> bytes:
    pairs = [part.partition(b"=")[::2] for part in query.split(b"&") if part]
    decoded = sorted((unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in pairs)
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in decoded).encode()


def _canonical_headers(request: Request, names: tuple[str, ...]) -> bytes:
    return b"".join(name.encode() + b":" + b",".join(request.distinct(name)) + b"\n" for name in names)


def _encoded(segment: bytes) -> str:
    return quote(unquote_to_bytes(segment), safe="~")
