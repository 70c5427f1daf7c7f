"""Authentication: reading the options, renewing tokens, signing requests, and hiding secrets."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from conformance.auth.access_key import SigningKey
from conformance.auth.authentication import Authentication, IamAuthentication, Login, SignatureAuthentication, Token
from conformance.auth.iam import IssuedToken
from conformance.auth.iam_user import IamUser, RenewedToken
from conformance.config import credentials
from conformance.config.settings import Settings
from conformance.errors import ConfigurationError
from conformance.exchange.exchange import Request
from conformance.exchange.tokens import near_misses
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

MOCK = MockSettings()
IAM = {"iam_user": "u", "iam_password": "p4ssword-of-u", "iam_domain": "d"}
REGION = "https://drs.cn-north-4.myhuaweicloud.com"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _read(options: dict[str, str], target: str | None = REGION) -> Login | None:
    return credentials.read(options, target=target, project_id="p", proxy=None)


def test_without_options_there_is_no_login() -> None:
    assert _read({"target": REGION}) is None


@pytest.mark.parametrize(
    ("target", "endpoint"),
    [
        (REGION, "https://iam.cn-north-4.myhuaweicloud.com"),
        ("https://drs.eu-west-101.myhuaweicloud.eu", "https://iam.eu-west-101.myhuaweicloud.eu"),
    ],
)
def test_the_endpoint_of_iam_is_in_the_region_of_the_target(target: str, endpoint: str) -> None:
    assert _read(IAM, target) == IamUser(endpoint, "u", "d", "p4ssword-of-u", "p", None)


@pytest.mark.parametrize(
    "target",
    [
        "https://drs.example.com",
        "http://drs.cn-north-4.myhuaweicloud.com",
        "https://drs.cn-north-4.myhuaweicloud.example",
        "https://drs.cn-north-4.myhuaweicloud.com.example",
    ],
)
def test_other_targets_need_an_endpoint_of_iam(target: str) -> None:
    with pytest.raises(ConfigurationError, match="--iam-endpoint"):
        _read(IAM, target)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"token": ""}, "--token"),
        ({**IAM, "iam_password": " "}, "--iam-password"),
        ({"security_token": "t"}, "--access-key"),
        ({"access_key": "AK", "secret_key": "S K"}, "--secret-key"),
        ({"token_file": "no/such/file"}, "--token-file"),
        ({**IAM, "token": "t"}, "--iam-user"),
    ],
)
def test_an_unusable_option_is_named(options: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        _read(options)


@pytest.mark.parametrize(
    "login",
    [Token("a-secret"), IamUser("e", "u", "d", "a-secret", "p", None), SigningKey("AK", "a-secret", "a-secret")],
    ids=lambda login: type(login).__name__,
)
def test_the_repr_of_a_login_shows_no_secret(login: Login) -> None:
    assert "a-secret" not in repr(login)
    assert "a-secret" not in str(login)


@pytest.mark.parametrize(
    ("options", "short"),
    [
        ({"token": "http"}, "--token"),
        ({"iam_user": "u", "iam_password": "a b c d e", "iam_domain": "d"}, "--iam-password"),
        ({"token": "abcdef"}, ""),
        ({"iam_user": "u", "iam_password": "short", "iam_domain": "d"}, "--iam-password"),
        ({"access_key": "AK", "secret_key": "abcdef", "security_token": "abc"}, "--security-token"),
        ({"access_key": "AK", "secret_key": "abc", "security_token": "abc"}, "--secret-key, --security-token"),
        ({"token": "abcdef", "foreign_project_id": "f", "foreign_token": "abc"}, "--foreign-token"),
        ({"token": "abcdef", "proxy": "http://u:p%20w@127.0.0.1:1"}, "--proxy"),
        ({"token": "abcdef", "proxy": "http://127.0.0.1:1"}, ""),
    ],
)
def test_a_secret_that_is_too_short_to_be_redacted_is_named(options: dict[str, str], short: str) -> None:
    warning = Settings.read({"target": REGION, "project_id": "p", **options}).warning

    assert warning == (
        f"{short}: has fewer than 6 visible characters, so reports may show it; use a longer one" * bool(short)
    )


@pytest.mark.parametrize("name", ["foreign_token", "expired_token"])
def test_each_further_token_is_a_secret(name: str) -> None:
    settings = Settings.read({"token": "my-t0ken", "foreign_project_id": "f", name: "another-t0ken"})

    assert settings.secrets == ("my-t0ken", "another-t0ken")
    assert "another-t0ken" not in repr(settings) + settings.command()


def test_a_renewed_token_replaces_earlier_ones() -> None:
    time, numbers = [NOW], iter(range(1, 9))

    def fetch() -> IssuedToken:
        return IssuedToken(f"Token-{next(numbers)}", dt.timedelta(hours=1))

    iam = IamAuthentication(RenewedToken(fetch, "p4ssword", lambda: time[0]))
    built = [_with("Token-1"), *map(_with, near_misses("Token-1")), _with("another")]
    for _ in range(2):
        time[0] += dt.timedelta(hours=1)
        iam.refresh()

    assert iam.token == "Token-3"
    assert [iam.current(request) for request in built] == [
        _with("Token-3"),
        *map(_with, near_misses("Token-3")),
        _with("another"),
    ]
    assert set(iam.secrets) == {"p4ssword", "Token-1", "Token-2", "Token-3"}
    assert repr(iam) == "IamAuthentication()"


def test_only_a_request_with_the_right_credentials_is_signed() -> None:
    signer = SignatureAuthentication(SigningKey("AK", "a-secret"), url="https://h:443/prefix/", project_id="p")
    others = [_with("another"), *map(_with, near_misses(signer.token)), Request("POST", "/", ())]

    signed = signer.sign(_with(signer.token))

    assert signed.values("X-Auth-Token") == ()
    assert signed.values("Authorization")[0].startswith("SDK-HMAC-SHA256 Access=AK, ")
    assert [signer.sign(request) for request in others] == others
    assert set(signer.secrets) == {signer.token, "a-secret"}
    [authorization], [date] = signed.values("Authorization"), signed.values("X-Sdk-Date")
    digits = authorization.rpartition("=")[2]
    octets = bytes.fromhex(digits).replace(b"\0", b"").decode("latin-1")
    assert signer.sent == (date, "AK", digits, octets)


def test_a_plain_token_changes_nothing() -> None:
    plain, request = Authentication("Token-1"), _with("Token-1")

    plain.refresh()

    assert plain.sign(plain.current(request)) is request


@pytest.mark.parametrize("way", ["IAM", "AK/SK"])
def test_a_run_with_an_iam_user_or_an_access_key_conforms(way: str, drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        given = {
            "IAM": {
                "DRS_IAM_ENDPOINT": mock.url,
                "DRS_IAM_USER": MOCK.iam_user,
                "DRS_IAM_PASSWORD": MOCK.iam_password,
                "DRS_IAM_DOMAIN": MOCK.iam_domain,
            },
            "AK/SK": {"DRS_ACCESS_KEY": MOCK.access_key, "DRS_SECRET_KEY": MOCK.secret_key},
        }[way]
        outcome = drs_conform("--target", mock.url, "--only", "AUTH", "LIFE", **given)
        received = [dict(entry.headers) for entry in mock.app.record.listed() if entry.status == HTTPStatus.OK]

    assert outcome.code == 0, outcome.out
    # With an access key there is no token, so there are no near misses of one.
    assert outcome.requirement("AUTH-008")["verdict"] == ("pass" if way == "IAM" else "skipped")
    assert outcome.requirement("LIFE-001")["verdict"] == "pass"
    # A call with a signature of nobody is sent in either way, and refused.
    assert {"x-sdk-date" in headers for headers in received} == {way == "AK/SK"}


def test_requests_to_iam_count(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        outcome = drs_conform(
            "--target", mock.url, "--iam-endpoint", mock.url, "--iam-user", MOCK.iam_user, "--iam-domain",
            MOCK.iam_domain, "--max-requests", "3", "--only", "AUTH-001", DRS_IAM_PASSWORD=MOCK.iam_password,
        )  # fmt: skip

    assert outcome.code == 3
    assert "--max-requests 3 is used up" in outcome.out
    assert outcome.report["requests"] == 3
    assert sum(number for _, number in outcome.report["traffic"]["stimuli"]) == 2


def test_a_wrong_password_ends_the_run_after_one_request(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        outcome = drs_conform(
            "--target", mock.url, "--iam-endpoint", mock.url, "--iam-user", MOCK.iam_user, "--iam-domain", "d",
            DRS_IAM_PASSWORD="w-r-o-n-g-password",
        )  # fmt: skip

    assert outcome.code == 3
    assert outcome.out.startswith("inconclusive: --iam-user")
    assert outcome.report["requests"] == 1
    assert "w-r-o-n-g-password" not in outcome.out + outcome.err


def _with(token: str) -> Request:
    return Request("POST", "/v5/p/batch-async-jobs/b/commit", (("X-Auth-Token", token),))


def test_a_login_counts_if_the_run_ends_before_the_first_request(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock, answering(200, b"{}") as url:
        outcome = drs_conform(
            "--target", url, "--project-id", MOCK.project_id, "--iam-endpoint", mock.url, "--iam-user", MOCK.iam_user,
            "--iam-domain", MOCK.iam_domain, "--ready-job", "{a}", DRS_IAM_PASSWORD=MOCK.iam_password,
        )  # fmt: skip

    assert outcome.out.startswith("inconclusive: --job-ids: ")
    assert outcome.report["requests"] == 1
