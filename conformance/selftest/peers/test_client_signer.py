"""Tests that the client's signer and the vendor's signer make the same signature for the same request."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
from drs_batch_client import AccessKeyAuth
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from conformance.auth import signing
from conformance.selftest.peers.test_signer import DATE, SETTINGS, Unsigned, unsigned_requests

HOST = "127.0.0.1:8000"

# By the guide, an encoded slash in a path is signed encoded; the vendor's signer decodes it first.
requests = unsigned_requests.map(
    lambda unsigned: replace(unsigned, segments=tuple(text.replace("/", "|") for text in unsigned.segments))
)


def path_of(unsigned: Unsigned) -> str:
    return "/" + "/".join(quote(segment, safe="") for segment in unsigned.segments)


def signed_by_the_vendor(unsigned: Unsigned, path: str, headers: dict[str, str]) -> SdkRequest:
    request = SdkRequest(
        method=unsigned.method,
        schema="http",
        host=HOST,
        resource_path=path,
        query_params=list(unsigned.query),
        header_params={**headers, "X-Sdk-Date": DATE},
        body=unsigned.body,
    )
    return Signer(BasicCredentials(SETTINGS.access_key, SETTINGS.secret_key, SETTINGS.project_id)).sign(request)


def signed_by_us(unsigned: Unsigned) -> httpx.Request:
    auth = AccessKeyAuth(
        access_key=SETTINGS.access_key,
        secret_key=SETTINGS.secret_key,
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    url = httpx.URL(f"http://{HOST}{path_of(unsigned)}", params=dict(unsigned.query))
    headers = [(name.encode(), value.strip().encode()) for name, value in unsigned.headers]
    request = httpx.Request(unsigned.method, url, headers=headers, content=unsigned.body)
    return next(auth.sync_auth_flow(request))


@given(requests)
def test_our_signature_of_a_request_signed_by_the_vendor_is_the_same(unsigned: Unsigned) -> None:
    theirs = signed_by_the_vendor(unsigned, path_of(unsigned), dict(unsigned.headers))
    authorization = theirs.header_params.pop("Authorization")
    ours = signing.authorization(
        SETTINGS.access_key,
        SETTINGS.secret_key,
        method=theirs.method,
        target=theirs.uri.encode(),
        headers={
            name.lower(): str(value).encode("latin-1")
            for name, value in theirs.header_params.items()
            if "_" not in name
        },
        body=unsigned.body,
    )
    assert ours == authorization


@given(requests)
def test_the_vendors_signature_of_a_request_signed_by_us_is_the_same(unsigned: Unsigned) -> None:
    ours = signed_by_us(unsigned)
    names = ours.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    # In lower case, since otherwise the vendor's signer adds a header for some media types.
    sent = {name.decode().lower(): value.decode() for name, value in ours.headers.raw}
    headers = {name: sent[name] for name in names if name != "x-sdk-date"}
    path = ours.url.raw_path.partition(b"?")[0].decode()
    assert signed_by_the_vendor(unsigned, path, headers).header_params["Authorization"] == ours.headers["Authorization"]


@given(st.lists(st.sampled_from(["a", "%2F", "/", "%20"]), max_size=6).map("".join))
def test_signatures_differ_only_for_an_encoded_slash(text: str) -> None:
    unsigned = Unsigned(query=(), headers=())
    theirs = signed_by_the_vendor(unsigned, f"/{text}", {})
    ours = {
        path: signing.authorization(
            SETTINGS.access_key,
            SETTINGS.secret_key,
            method="POST",
            target=path.encode(),
            headers={"host": HOST.encode(), "x-sdk-date": DATE.encode()},
            body=b"",
        )
        for path in (f"/{text}", f"/{text.replace('%2F', '/')}")
    }
    assert ours[f"/{text.replace('%2F', '/')}"] == theirs.header_params["Authorization"]
    assert (ours[f"/{text}"] == theirs.header_params["Authorization"]) is ("%2F" not in text)
