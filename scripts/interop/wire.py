"""Checks of a client: the output of its program, and the requests that the mock recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.mock.settings import PROJECT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.mock.record import RecordedRequest

__all__ = ["CALLS", "READY_ID", "UNKNOWN_ID", "judge_output", "judge_record", "without"]

READY_ID = "batch 1/ü?%2F"
UNKNOWN_ID = "no batch#2+é"
"""IDs with characters that a client must encode and the mock must receive unchanged."""

_TARGET = re.compile(rf"/v5/{PROJECT_ID}/batch-async-jobs/([A-Za-z0-9._~%!$&'()*+,;=:@-]+)/commit")
_ANSWERS = {
    "unknown": ("400", r"DRS\.10000010"),
    "wrong": ("401", r"APIGW\.03[0-9]{2}", r"[0-9a-f]{32}"),
    "chinese": ("400", r"DRS\.10000010", r".*[\u4e00-\u9fff].*"),
}


@dataclass(frozen=True)
class Call:
    """One of the calls that each program makes.

    Attributes:
        name: First word of the line that the program prints for the call.
        async_job_id: ID of the batch.
        status: Expected status of the response.
        language: Value of X-Language; `None` leaves it to the client.
    """

    name: str
    async_job_id: str
    status: int
    language: str | None = None


CALLS = (
    Call("ready", READY_ID, 200),
    Call("unknown", UNKNOWN_ID, 400),
    Call("wrong", UNKNOWN_ID, 401),
    Call("chinese", UNKNOWN_ID, 400, "zh-cn"),
)


def without(batch_id: str, lost: str) -> str:
    """Return an ID without the characters that a client sends wrongly."""
    return "".join(character for character in batch_id if character not in lost)


def judge_output(output: str, lost: str = "") -> Iterator[str]:
    """Yield what is wrong with the output of a program: per call, its name and what arrived, separated by tabs."""
    answers = {"ready": (re.escape(without(READY_ID, lost)), "COMMIT_SUCCESS"), **_ANSWERS}
    lines = {line.split("\t")[0]: tuple(line.split("\t")[1:]) for line in output.splitlines() if "\t" in line}
    for name, expected in answers.items():
        printed = lines.get(name)
        if printed is None:
            yield f"{name}: the program printed no line"
        elif len(printed) != len(expected) or not all(map(re.fullmatch, expected, printed)):
            yield f"{name}: the program printed {' '.join(map(repr, printed))}"


def judge_record(requests: Sequence[RecordedRequest], lost: str = "") -> Iterator[str]:
    """Yield what is wrong with the recorded requests of a program."""
    if len(requests) != len(CALLS):
        yield f"{len(requests)} requests were sent for {len(CALLS)} calls"
        return
    for call, request in zip(CALLS, requests, strict=True):
        for mistake in _judge(call, request, lost):
            yield f"{call.name}: {mistake}"


def _judge(call: Call, request: RecordedRequest, lost: str) -> Iterator[str]:
    if request.method != "POST":
        yield f"the method is {request.method}"
    target = _TARGET.fullmatch(request.target)
    if not target or unquote(target[1]) != without(call.async_job_id, lost):
        yield f"the target is {request.target}"
    if request.status != call.status:
        yield f"the mock answered {request.status}"
    headers: dict[str, list[str]] = {}
    for name, value in request.headers:
        headers.setdefault(name, []).append(value)
    tokens = len(headers.get("x-auth-token", []))
    if tokens != 1:
        yield f"X-Auth-Token was sent {tokens} times"
    types = headers.get("content-type", [])
    if not (len(types) == 1 and re.fullmatch(r"application/json(; ?charset=utf-8)?", types[0], re.IGNORECASE)):
        yield f"Content-Type was sent as {types}"
    languages = headers.get("x-language", [])
    if languages not in ([["zh-cn"]] if call.language else [[], ["en-us"]]):
        yield f"X-Language was sent as {languages}"
    if headers.get("content-length", ["0"]) != ["0"] or "transfer-encoding" in headers:
        yield "a body was sent"
