"""A request is sent again only after an answer which shows that it was not processed, after the requested time."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.retry import retry_after, was_not_processed

WORDS = "Fri 31 99 Dec 9999 99999 -1 +9999 -0000 GMT UTC 23:59:59 99:99:99 : ,"


def error(code: object) -> bytes:
    return json.dumps({"error_code": code, "error_msg": "Later."}).encode()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, b"<html>", True),
        (429, error("DRS.10000001"), True),
        (503, error("APIGW.0307"), True),
        (503, error("APIG.0201"), True),
        (503, error("DRS.10000001"), False),
        (503, error("APIGW"), False),
        (503, error(["APIGW.0307"]), False),
        (503, b"<html>", False),
        (503, b"", False),
        (503, b"[]", False),
        (503, b"[" * 100_000, False),
        (503, b"\xff", False),
        *((status, error("APIGW.0301"), False) for status in (200, 400, 401, 403, 404, 408, 500, 502, 504)),
    ],
)
def test_only_an_answer_of_the_gateway_shows_that_a_request_was_not_processed(
    status: int, body: bytes, *, expected: bool
) -> None:
    assert was_not_processed(status, body) is expected


@given(st.integers(0, 10**9))
def test_a_number_of_seconds_is_returned(seconds: int) -> None:
    assert retry_after(f" {seconds} ") == seconds


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000", "+0530", ""])
def test_a_date_is_read_in_any_time_zone_of_this_machine(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        offset = timedelta(hours=5, minutes=30) if zone == "+0530" else timedelta()
        moment = datetime.now(UTC) + timedelta(hours=1) + offset
        seconds = retry_after(format_datetime(moment).replace("+0000", zone).strip())
    finally:
        monkeypatch.undo()
        time.tzset()

    assert seconds is not None
    assert 3500 < seconds <= 3600


def test_a_date_in_the_past_gives_zero_seconds() -> None:
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0


@pytest.mark.parametrize("date", ["Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 99 Dec 9999 99:99:99 +9999", "31 Dec -1"])
def test_an_impossible_date_gives_none(date: str) -> None:
    assert retry_after(date) is None


@pytest.mark.parametrize("value", ["", "-1", "1.5", "\u0663", "soon"])
def test_a_value_that_is_not_a_number_gives_none(value: str) -> None:
    assert retry_after(value) is None


def test_an_endless_number_gives_infinity() -> None:
    assert retry_after("9" * 5000) == float("inf")


@given(st.text() | st.lists(st.sampled_from(WORDS.split(" ")), max_size=9).map(" ".join))
def test_any_text_gives_a_number_of_seconds_or_none(value: str) -> None:
    seconds = retry_after(value)
    assert seconds is None or seconds >= 0
