"""A bounded record of the requests that the API received."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.mock.request import ReceivedRequest

__all__ = ["RecordedRequest", "RequestRecord"]

_CAPACITY = 10_000
_LONGEST = 4096
_SECRET = {b"x-auth-token", b"authorization", b"x-security-token"}
_Key = tuple[str | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class RecordedRequest:
    """One request and the status of its answer; each text is cut to 4096 characters.

    Attributes:
        method: HTTP method.
        target: The path and query as sent.
        headers: Names in lower case and values, in the order sent; the values of credentials are redacted.
        status: The status of the answer.
        operation_id: The requested operation; `None` if there is no such operation.
        path_parameters: Decoded values by name.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    status: int
    operation_id: str | None
    path_parameters: Mapping[str, str]


class RequestRecord:
    """The last 10,000 requests; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque()
        self._counts: Counter[_Key] = Counter()

    def add(
        self, request: ReceivedRequest, status: int, operation_id: str | None, path_parameters: Mapping[str, str]
    ) -> None:
        """Append a request; removes the oldest one if the record is full."""
        headers = tuple(
            (_shown(name), "REDACTED" if name in _SECRET else _shown(value)) for name, value in request.headers
        )
        entry = RecordedRequest(request.method, _shown(request.target), headers, status, operation_id, path_parameters)
        with self._lock:
            self._requests.append(entry)
            self._counts[_key(operation_id, path_parameters)] += 1
            if len(self._requests) > _CAPACITY:
                oldest = self._requests.popleft()
                key = _key(oldest.operation_id, oldest.path_parameters)
                self._counts[key] -= 1
                if not self._counts[key]:
                    del self._counts[key]

    def count(self, operation_id: str, path_parameters: Mapping[str, str]) -> int:
        """Return the number of recorded requests for this operation with these path parameters."""
        with self._lock:
            return self._counts[_key(operation_id, path_parameters)]

    def listed(self) -> list[RecordedRequest]:
        """Return the recorded requests, oldest first."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._requests.clear()
            self._counts.clear()


def _shown(octets: bytes) -> str:
    return octets[:_LONGEST].decode("latin-1")


def _key(operation_id: str | None, path_parameters: Mapping[str, str]) -> _Key:
    return operation_id, tuple(sorted(path_parameters.items()))
