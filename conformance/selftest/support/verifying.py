"""The mock's check of a signed request, without a connection; and the single-bit changes of octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.authentication import Authenticator, Identity

if TYPE_CHECKING:
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.settings import MockSettings


def refusal(request: ReceivedRequest, settings: MockSettings) -> GatewayError | None:
    """Return the error with which a mock with these settings refuses a request; None if it accepts it."""
    try:
        identity = Authenticator(settings)(request)
    except GatewayError as error:
        return error
    assert identity == Identity(settings.project_id)
    return None


def accepted(request: ReceivedRequest, settings: MockSettings) -> bool:
    """Return whether a mock with these settings accepts a request; asserts that a refusal is for the signature."""
    error = refusal(request, settings)
    assert error is None or (error.status, error.code) == (401, "APIGW.0301")
    return error is None


def flips(octets: bytes) -> list[bytes]:
    """Return the octets with each single bit flipped."""
    return [
        octets[:index] + bytes([octets[index] ^ 1 << bit]) + octets[index + 1 :]
        for index in range(len(octets))
        for bit in range(8)
    ]
