"""A bounded record of the requests that the API received."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.mock.request import ReceivedRequest

__all__ = ["RecordedRequest", "RequestRecord"]

_CAPACITY = 10_000
_MAX_BYTES = 32 * 1024 * 1024
_MAX_REQUEST_BYTES = 32 * 1024
_LONGEST = 4096
_BLOCK = 4
_PAIR_BYTES = 128  # of the objects that hold a name and a value
_SECRET = {b"x-auth-token", b"authorization", b"x-security-token"}
_Key = tuple[str | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class RecordedRequest:
    """One request and the status of its answer.

    Each text is cut to 4096 characters, and headers above 32 KiB of memory are left out.

    Attributes:
        method: HTTP method.
        target: The path and query as sent.
        headers: Names in lower case and values, in the order sent; the values of credentials are redacted.
        status: The status of the answer.
        operation_id: The requested operation; `None` if there is no such operation.
        path_parameters: Decoded values by name.
        size: Bytes of memory that the record counts for it.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    status: int
    operation_id: str | None
    path_parameters: Mapping[str, str]
    size: int = 0


class RequestRecord:
    """The last requests, at most 10,000 and 32 MiB of them; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, RecordedRequest] = {}  # by number, in order
        self._next = 0
        self._counts: Counter[_Key] = Counter()
        self._size = 0

    def add(
        self, request: ReceivedRequest, status: int, operation_id: str | None, path_parameters: Mapping[str, str]
    ) -> None:
        """Append a request; removes the oldest ones if the record is full."""
        method, target = _shown(request.method.encode()), _shown(request.target)
        headers, size = _shown_headers(request.headers)
        size += _size((method, target)) + sum(_size(pair) for pair in path_parameters.items())
        entry = RecordedRequest(method, target, headers, status, operation_id, path_parameters, size)
        with self._lock:
            self._requests[self._next] = entry
            self._next += 1
            self._size += size
            self._counts[_key(operation_id, path_parameters)] += 1
            while len(self._requests) > _CAPACITY or self._size > _MAX_BYTES:
                oldest = self._requests.pop(self._first)
                self._size -= oldest.size
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
            return list(self._requests.values())

    def blocks(self) -> Iterator[list[RecordedRequest]]:
        """Yield the same in blocks, without those that are removed before their block is read."""
        number, end = self._first, self._next
        while number < end:
            with self._lock:
                first = max(number, self._first)
                number = first + _BLOCK
                block = [self._requests[place] for place in range(first, min(number, end))]
            yield block

    @property
    def _first(self) -> int:
        return self._next - len(self._requests)

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._requests.clear()
            self._counts.clear()
            self._size = 0


def _shown_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[tuple[str, str], ...], int]:
    """Return the headers that have room in the record, and their size."""
    shown: list[tuple[str, str]] = []
    size = 0
    for name, value in headers:
        pair = _shown(name), "REDACTED" if name in _SECRET else _shown(value)
        if size + _size(pair) > _MAX_REQUEST_BYTES:
            break
        shown.append(pair)
        size += _size(pair)
    return tuple(shown), size


def _size(pair: tuple[str, str]) -> int:
    return sys.getsizeof(pair[0]) + sys.getsizeof(pair[1]) + _PAIR_BYTES


def _shown(octets: bytes) -> str:
    return octets[:_LONGEST].decode("latin-1")


def _key(operation_id: str | None, path_parameters: Mapping[str, str]) -> _Key:
    return operation_id, tuple(sorted(path_parameters.items()))
