"""Requests with known signatures: the example of the vendor's guide, and three signed by the vendor's SDK."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

ACCESS_KEY, SECRET_KEY = "AKEXAMPLE0000000001", "SKEXAMPLE00000000000000000000000000000001"
DATE = "20260101T000000Z"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "drs.cn-north-4.myhuaweicloud.com"
PROJECT = "054ba152d480d55b2f5dc0069e7ddef0"
JOB = "bd4193aa-072d-4ce6-beec-adffc7252341"
JOBS = f"/v5/{PROJECT}/batch-async-jobs"


@dataclass(frozen=True)
class Vector:
    """A request and its correct signature.

    Attributes:
        headers: The signed headers, sorted by name.
    """

    method: str
    path: str
    headers: dict[str, str]
    canonical_sha256: str
    signature: str
    query: str = ""
    body: bytes = b""
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    @property
    def date(self) -> str:
        return self.headers["x-sdk-date"]

    @property
    def moment(self) -> datetime:
        return datetime.strptime(self.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.headers)

    @property
    def payload(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def authorization(self) -> str:
        names = ";".join(self.headers)
        return f"SDK-HMAC-SHA256 Access={self.access_key}, SignedHeaders={names}, Signature={self.signature}"


COMMON = {"content-type": "application/json", "host": HOST, "x-project-id": PROJECT, "x-sdk-date": DATE}
GUIDE = Vector(
    "GET",
    "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
    {"content-type": "application/json", "host": "service.region.example.com", "x-sdk-date": "20191115T033655Z"},
    "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
    "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
    query="limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
    access_key="QTWAOYTTINDUT2QVKYUC",
    secret_key="MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
)
COMMIT = Vector(
    "POST",
    f"{JOBS}/{JOB}/commit",
    dict(sorted({**COMMON, "x-language": "en-us"}.items())),
    "53931be02f7701b552a3f21befe82f1f4034a42b31c27fdf777c90c38223918b",
    "0a20810d87c3d8d325657d1d7c4c828547876e162bd76581b585bbfc4b2f03d5",
)
VECTORS = {
    "guide": GUIDE,
    "commit": COMMIT,
    "query": Vector(
        "GET",
        JOBS,
        COMMON,
        "daa4bbda146866de27a6fdeba5d4569a50b2469893d99a349d5e2d8ee80983de",
        "5c996bfd456639bdbe6d856ae21537e6669e9428d0cf2e92bc6d0d3030fb9dde",
        query="status=COMMIT_SUCCESS&offset=0&limit=10&user_name=a%20b",
    ),
    "body": Vector(
        "PUT",
        f"{JOBS}/{JOB}",
        COMMON,
        "f8f8a3c79c40b7c401894d57092bce23cfc9637be3c5cdbec77c32a04da21881",
        "9c35995920bced8acefa8bedb2399e68415e12bfcfbadb95356a67e74c7aac33",
        body=b'{"jobs": []}',
    ),
}

CANONICAL_COMMIT = (
    b"POST\n"
    b"/v5/054ba152d480d55b2f5dc0069e7ddef0/batch-async-jobs/bd4193aa-072d-4ce6-beec-adffc7252341/commit/\n"
    b"\n"
    b"content-type:application/json\n"
    b"host:drs.cn-north-4.myhuaweicloud.com\n"
    b"x-language:en-us\n"
    b"x-project-id:054ba152d480d55b2f5dc0069e7ddef0\n"
    b"x-sdk-date:20260101T000000Z\n"
    b"\n"
    b"content-type;host;x-language;x-project-id;x-sdk-date\n"
    b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)
"""The canonical request of `COMMIT`."""
