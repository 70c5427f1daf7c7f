"""Routing of a raw request path to an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from conformance.mock.answers import GatewayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.mock.request import ReceivedRequest
    from conformance.spec.openapi import Operation

__all__ = ["Route", "Router"]


@dataclass(frozen=True)
class Route:
    """An operation and the values of its path parameters.

    Attributes:
        operation: The operation of the OpenAPI document.
        path_parameters: Decoded values by name.
    """

    operation: Operation
    path_parameters: Mapping[str, str]


@dataclass(frozen=True)
class Router:
    """Finds the operation for a request; raises `GatewayError` if there is none.

    Attributes:
        operations: The published operations.
    """

    operations: tuple[Operation, ...]

    def __call__(self, request: ReceivedRequest) -> Route:
        """Match method and path."""
        segments = [_decoded(segment) for segment in request.path.split(b"/")]
        routes = [
            Route(operation, parameters)
            for operation in self.operations
            if (parameters := _matched(operation.template, segments)) is not None
        ]
        if not routes:
            raise GatewayError(404, "APIGW.0101", "The API does not exist or has not been published.")
        for route in routes:
            if route.operation.method == request.method:
                return route
        # For an unknown method, the gateway's list of codes has 404 and the service's page has 405. The mock answers
        # 405, as generic clients and testing tools expect. RFC 9110 requires Allow with it.
        allow = ", ".join(sorted({route.operation.method for route in routes}))
        raise GatewayError(405, "APIGW.0101", "The API does not exist with this method.", {"Allow": allow})


def _decoded(segment: bytes) -> str:
    # Decoded after splitting, since an encoded slash is part of an ID. Bytes that are not UTF-8 become U+FFFD.
    return unquote_to_bytes(segment).decode(errors="replace")


def _matched(template: str, segments: list[str]) -> dict[str, str] | None:
    names = template.split("/")
    if len(names) != len(segments):
        return None
    parameters: dict[str, str] = {}
    for name, segment in zip(names, segments, strict=True):
        if name.startswith("{") and segment:
            parameters[name[1:-1]] = segment
        elif name != segment:
            return None
    return parameters
