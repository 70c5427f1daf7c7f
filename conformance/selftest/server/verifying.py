"""What the mock makes of a signed request, without a connection; and all requests that differ from it by a bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.server.answers import GatewayError
from conformance.server.authentication import Authenticator, Identity

if TYPE_CHECKING:
    from conformance.server.request import ReceivedRequest
    from conformance.server.settings import MockSettings


def refusal(request: ReceivedRequest, settings: MockSettings) -> GatewayError | None:
    """Return why a mock with these settings does not let a request through; None if it does."""
    try:
        identity = Authenticator(settings)(request)
    except GatewayError as error:
        return error
    assert identity == Identity(settings.project_id)
    return None


def accepted(request: ReceivedRequest, settings: MockSettings) -> bool:
    """Tell whether a mock with these settings lets a request through; if not, it must be for the signature."""
    error = refusal(request, settings)
    assert error is None or (error.status, error.code) == (401, "APIGW.0301")
    return error is None


def flips(octets: bytes) -> list[bytes]:
    """Return the octets with each single bit turned over."""
    return [
        octets[:index] + bytes([octets[index] ^ 1 << bit]) + octets[index + 1 :]
        for index in range(len(octets))
        for bit in range(8)
    ]
