"""Verification of SDK-HMAC-SHA256 signatures, which the vendor's SDK makes with an access key (AK/SK)."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from conformance.auth.signing import ALGORITHM, DATE_FORMAT, canonical_path, canonical_request, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.mock.request import ReceivedRequest

__all__ = ["Authorization", "canonical_requests", "parse_date", "verify"]

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Access=([!-+\--~]+), *SignedHeaders=([!-+\--~]+), *Signature=([0-9a-f]{{64}})"
)
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True)
class Authorization:
    """The parts of a signed request's Authorization header.

    Attributes:
        access_key: The AK.
        signed_headers: The names of the signed headers, in lower case, sorted.
        signature: 64 hexadecimal digits.
    """

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, value: str) -> Authorization | None:
        """Parse the header; returns `None` if it is malformed, names a header twice, or X-Sdk-Date is not signed."""
        match = _AUTHORIZATION.fullmatch(value)
        if match is None:
            return None
        names = tuple(match[2].split(";"))
        if "x-sdk-date" not in names or list(names) != sorted(set(names)) or match[2] != match[2].lower():
            return None
        return cls(match[1], names, match[3])


def parse_date(value: str) -> datetime | None:
    """Return the time in X-Sdk-Date; `None` if it does not have the form `YYYYMMDDTHHMMSSZ`."""
    if not _DATE.fullmatch(value):
        return None
    try:
        return datetime.strptime(value, DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def canonical_requests(request: ReceivedRequest, signed_headers: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the canonical request in each form that the signer may have used.

    The guide and the vendor's SDK differ in two points. The guide encodes an encoded slash in the path again, while the
    SDK reads it as a separator. For an empty body, the SDK signs the hash even with `UNSIGNED-PAYLOAD`.
    """
    paths = dict.fromkeys(
        (canonical_path(request.path), canonical_path(quote(unquote_to_bytes(request.path)).encode()))
    )
    payloads = [request.body_sha256]
    if request.distinct("X-Sdk-Content-Sha256") == (UNSIGNED_PAYLOAD.encode(),):
        payloads.append(UNSIGNED_PAYLOAD)
    signed = {name.encode("latin-1"): dict[bytes, None]() for name in signed_headers}
    for name, value in request.headers:
        if name in signed:
            signed[name][value.strip()] = None
    headers = [(name.decode("latin-1"), b",".join(values)) for name, values in signed.items()]
    for path, payload in product(paths, payloads):
        yield canonical_request(request.method, path, request.query, headers, payload)


def verify(request: ReceivedRequest, authorization: Authorization, secret_key: str, date: str) -> bool:
    """Return whether the signature is that of this request by this key."""
    return any(
        hmac.compare_digest(signature_of(secret_key, date, canonical), authorization.signature)
        for canonical in canonical_requests(request, authorization.signed_headers)
    )
