"""The access key of a cloud server, which its metadata service gives.

Sources: the ECS user guide, Obtaining Metadata, Security Key; for the session token, the vendor's SDK.
"""

from __future__ import annotations

import ssl
from http import HTTPStatus

import httpx
from drs_batch_client.runtime import iam
from drs_batch_client.runtime.auth import utc_now
from drs_batch_client.runtime.blocking.transports import Bounded
from drs_batch_client.runtime.causes import scrub
from drs_batch_client.runtime.credentials import VISIBLE, Credentials, flaw
from drs_batch_client.runtime.deadlines import Deadline, left, limit
from drs_batch_client.runtime.errors import AuthenticationError, TransportError
from drs_batch_client.runtime.logs import hide_headers_in_logs

__all__ = ["metadata_credentials"]

# Link-local: no other machine can answer, and no proxy may be asked.
_ADDRESS = "http://169.254.169.254"
_SESSION = "/meta-data/latest/api/token"
_KEY = "/openstack/latest/securitykey"
_LIFETIME = {"X-Metadata-Token-Ttl-Seconds": "21600"}  # as the vendor's SDK asks for; no other value is documented
_SECONDS = 3
_LONGEST = 10
"""Seconds for both requests, however slowly the octets come."""

_NO_SESSIONS = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.SERVICE_UNAVAILABLE)
"""Statuses of a service that knows no session tokens and needs none, by the vendor's SDK."""


def metadata_credentials() -> Credentials:
    """Return the temporary access key of the agency of this cloud server (ECS), for `ProviderAuth`.

    The metadata service is asked at its link-local address: without a proxy, within 3 seconds to connect and for each
    part of an answer, within 10 seconds or the deadline of the call as a whole, and without following redirects. Of an
    answer, 4 MiB are read at most.

    Raises:
        AuthenticationError: The server has no agency, or its key has expired by the clock of this machine.
        TransportError: The service cannot be reached, or its answer is not the documented one.
    """
    hide_headers_in_logs()
    try:
        answer = _answer()
    except Exception as error:
        scrub(str, error)
        raise TransportError(
            f"the metadata service at {_ADDRESS} does not answer ({type(error).__name__}); it is there on cloud servers"
        ) from error
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise AuthenticationError(
            "the metadata service has no access key for this cloud server; configure an agency for it", status=401
        )
    credentials = _read(answer.content) if answer.status_code == HTTPStatus.OK else None
    if credentials is None:
        raise TransportError(
            f"the metadata service at {_ADDRESS} does not answer as documented (status {answer.status_code})",
            status=answer.status_code,
        )
    if credentials.expires_at is not None and credentials.expires_at <= utc_now():
        raise AuthenticationError(
            f"the access key of the metadata service expired at {credentials.expires_at}; check the clock"
        )
    return credentials


def _answer() -> httpx.Response:
    """Return the answer with the access key, or the one that ended the attempt."""
    # No certificates are read, since there is no TLS.
    transport = Bounded(httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
    with (
        Deadline(min(_LONGEST, left())),
        httpx.Client(
            transport=transport,
            timeout=_SECONDS,
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [limit]},
        ) as http,
    ):
        session = http.put(_ADDRESS + _SESSION, headers=_LIFETIME)
        if session.status_code == HTTPStatus.OK:
            http.headers["X-Metadata-Token"] = _session_token(session.text.strip())
        elif session.status_code not in _NO_SESSIONS:
            return session
        return http.get(_ADDRESS + _KEY)


def _session_token(token: str) -> str:
    # The error of the HTTP library would show it.
    if (wrong := flaw(token, VISIBLE)) is not None:
        raise ValueError(f"the session token {wrong}")
    return token


def _read(body: bytes) -> Credentials | None:
    member = iam.read_member(body, "credential")
    try:
        key = Credentials(
            access_key=member.get("access", ""),
            secret_key=member.get("secret", ""),
            security_token=member.get("securitytoken") or "",
            expires_at=iam.read_time(member.get("expires_at")),
        )
    except (TypeError, ValueError):
        return None
    return key if key.expires_at else None
