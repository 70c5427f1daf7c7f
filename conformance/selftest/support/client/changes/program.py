"""What each program that uses a changed client begins with."""

PROGRAM = '''
import asyncio
import copy
import datetime
import json
import pickle
import uuid
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, assert_type, cast

import httpx

import {package} as drs
from {package} import models
from {package}.types import UNSET, Unset

T = TypeVar("T")
JOB: dict[str, Any] = {{"async_job_id": "b1"}}
COMMITTED = {{"job": JOB}}
BROKEN = {{"error_code": "APIGW.0601", "error_msg": "m", "request_id": "r"}}
sent: list[httpx.Request] = []


def others(status: int, document: object, call: Callable[[drs.DrsClient], object]) -> list[str]:
    """Return the names of the warnings that an answer names another batch."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer(status, document, call)
    found = [warning.message.name for warning in caught if isinstance(warning.message, drs.OtherBatchWarning)]
    assert found[::2] == found[1::2]  # of each client
    return found[::2]


def outcomes(status: int, document: object, call: Callable[[drs.DrsClient], T]) -> list[T | drs.DrsError]:
    """Return what both clients make of an answer. A call is written for the blocking one."""
    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status, content=b"" if document is None else json.dumps(document).encode())

    def connected(connect: Callable[..., Any]) -> Any:
        transport, auth = httpx.MockTransport(handle), drs.TokenAuth("a-token")
        options = {{"auth": auth, "transport": transport, "retries": None, "validate": True}}
        return connect(base_url="https://drs.example", project_id="p1", **options)

    async def awaited() -> T:
        async with connected(drs.connect_async) as client:
            return await cast(Awaitable[T], call(client))

    def blocking() -> T:
        with connected(drs.connect) as client:
            return call(client)

    found: list[T | drs.DrsError] = []
    for run in (blocking, lambda: asyncio.run(awaited())):
        try:
            found.append(run())
        except drs.DrsError as error:
            found.append(error)
    one, other = sent[-2:]
    assert (one.method, one.url, one.content) == (other.method, other.url, other.content)
    return found


def answer(status: int, document: object, call: Callable[[drs.DrsClient], T]) -> T:
    one, other = outcomes(status, document, call)
    assert not isinstance(one, drs.DrsError), one
    assert one == other
    return one


def failure(status: int, document: object, call: Callable[[drs.DrsClient], object]) -> drs.DrsError:
    one, other = outcomes(status, document, call)
    assert isinstance(one, drs.DrsError), (status, document)
    assert type(one) is type(other)
    assert (one.status, one.answer) == (status, document)
    return one

'''
