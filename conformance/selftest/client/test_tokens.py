"""A token is requested when it is needed, renewed in time, and not requested too often."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta

import pytest
from drs_batch_client import AuthenticationError, DrsError, TransportError
from drs_batch_client.runtime.iam import IssuedToken
from drs_batch_client.runtime.tokens import TokenCache
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class Iam:
    """Issues tokens by a clock that the test sets, unless it has an outage; each attempt takes a while."""

    def __init__(self, life: timedelta = DAY) -> None:
        self.now = NOW
        self.life = life
        self.error: BaseException | None = None
        self.takes = timedelta()
        self.asked: list[datetime] = []
        self.cache: TokenCache[str] = TokenCache(lambda: self.now)

    def fetch(self) -> IssuedToken:
        self.asked.append(self.now)
        self.now += self.takes
        if self.error is not None:
            raise self.error
        return IssuedToken(f"token-{len(self.asked)}", self.life)

    def token(self, rejected: str | None = None) -> str:
        return self.cache.get(self.fetch, rejected=rejected)


@pytest.mark.parametrize(
    ("life", "due"),
    [
        (DAY, timedelta(hours=23, minutes=55)),
        (timedelta(minutes=50), timedelta(minutes=45)),
        (timedelta(minutes=30), timedelta(minutes=27)),
        (timedelta(seconds=10), timedelta(seconds=9)),
        (timedelta(days=2_000_000), timedelta(hours=23, minutes=55)),
    ],
)
def test_a_token_is_renewed_shortly_before_its_end_and_no_earlier(life: timedelta, due: timedelta) -> None:
    iam = Iam(life)
    assert iam.token() == "token-1"
    iam.now = NOW + due - timedelta(microseconds=1)
    assert iam.token() == "token-1"
    iam.now = NOW + due
    assert [iam.token(), iam.token()] == ["token-2", "token-2"]


def test_the_lifetime_of_a_token_begins_with_the_request() -> None:
    iam = Iam(timedelta(minutes=50))
    iam.takes = MINUTE
    iam.token()
    iam.now = NOW + timedelta(minutes=45)
    assert iam.token() == "token-2"


def test_a_rejected_token_is_renewed_once_for_all_callers() -> None:
    iam = Iam()
    first = iam.token()
    assert [iam.token(rejected=first) for _ in range(3)] == ["token-2"] * 3
    assert iam.token() == "token-2"
    assert len(iam.asked) == 2


def test_the_current_token_is_used_until_it_expires_during_an_outage() -> None:
    iam = Iam(timedelta(minutes=50))
    iam.token()
    iam.error = TransportError("down")
    iam.now = NOW + timedelta(minutes=49)
    assert iam.token() == "token-1"
    iam.now = NOW + timedelta(minutes=50)
    with pytest.raises(TransportError, match="down"):
        iam.token()


def test_no_token_is_requested_for_a_minute_while_the_current_one_is_valid() -> None:
    iam = Iam()
    iam.token()
    iam.error = TransportError("down")
    iam.now = NOW + DAY - 4 * MINUTE
    iam.takes = 2 * SECOND
    assert [iam.token(), iam.token()] == ["token-1", "token-1"]
    iam.now += MINUTE - SECOND
    assert iam.token() == "token-1"
    assert len(iam.asked) == 2
    iam.now += SECOND
    iam.error = None
    assert iam.token() == "token-3"


def test_the_minute_begins_at_the_end_of_a_failed_attempt() -> None:
    iam = Iam()
    iam.token()
    iam.error = TransportError("no answer in time")
    iam.now = NOW + DAY - 4 * MINUTE
    iam.takes = MINUTE
    assert [iam.token(), iam.token()] == ["token-1", "token-1"]
    assert len(iam.asked) == 2


@pytest.mark.parametrize("rejected", [False, True])
def test_an_invalid_token_is_renewed_at_once_despite_an_earlier_failure(*, rejected: bool) -> None:
    iam = Iam()
    first = iam.token()
    iam.error = TransportError("down")
    iam.now = NOW + DAY - 2 * SECOND
    assert iam.token() == first
    iam.error = None
    iam.now += SECOND if rejected else 2 * SECOND
    assert iam.token(rejected=first if rejected else None) == "token-3"


def test_without_a_token_each_caller_tries_again_during_an_outage() -> None:
    iam = Iam()
    iam.error = TransportError("down")
    for _ in range(3):
        with pytest.raises(TransportError, match="down"):
            iam.token()
    iam.error = None
    assert iam.token() == "token-4"


@pytest.mark.parametrize("valid", [False, True])
def test_refused_credentials_are_not_tried_again_for_a_minute(*, valid: bool) -> None:
    iam = Iam()
    if valid:
        iam.token()
        iam.now += DAY - SECOND
        iam.error = AuthenticationError("wrong password", status=401)
        assert iam.token() == "token-1"
    else:
        iam.error = AuthenticationError("wrong password", status=401)
    for seconds in (1, 59):
        iam.now += timedelta(seconds=seconds) - SECOND * valid
        with pytest.raises(AuthenticationError, match="wrong password") as caught:
            iam.token(rejected="token-1")
        assert caught.value.status == 401
    asked = len(iam.asked)
    iam.error = None
    iam.now += MINUTE
    assert iam.token() == f"token-{asked + 1}"


def test_a_clock_that_is_set_back_ends_the_pause() -> None:
    iam = Iam()
    iam.error = AuthenticationError("wrong password")
    with pytest.raises(AuthenticationError):
        iam.token()
    iam.error = None
    iam.now -= DAY
    assert iam.token() == "token-2"


def test_each_caller_gets_its_own_copy_of_the_error_with_its_cause() -> None:
    iam = Iam()
    error = AuthenticationError("wrong password", status=401)
    error.__cause__ = cause = OSError("unreachable")
    iam.error = error
    caught: list[DrsError] = []
    for _ in range(2):
        with pytest.raises(AuthenticationError) as info:
            iam.token()
        caught.append(info.value)
    assert caught[0] is not caught[1]
    assert [(str(error), error.status, error.__cause__) for error in caught] == [("wrong password", 401, cause)] * 2


def test_an_error_that_is_not_of_iam_changes_nothing() -> None:
    iam = Iam()
    for interruption in (KeyboardInterrupt(), RuntimeError("a mistake")):
        iam.error = interruption
        with pytest.raises(type(interruption)):
            iam.token()
    iam.error = None
    assert iam.token() == "token-3"


def test_the_last_hundred_tokens_are_known_as_secrets_and_none_is_shown() -> None:
    iam = Iam()
    tokens = [iam.token()]
    while len(tokens) < 150:
        tokens.append(iam.token(rejected=tokens[-1]))
    assert iam.cache.known == tuple(tokens[-100:])
    assert "token-1" not in repr(IssuedToken("token-1", DAY))


errors = st.sampled_from([None, TransportError("down"), AuthenticationError("refused")])
steps = st.tuples(st.integers(0, 700).map(lambda seconds: timedelta(seconds=seconds)), errors, st.booleans())


@given(st.lists(steps, min_size=1, max_size=12))
def test_each_caller_gets_a_valid_token_if_possible(
    drawn: list[tuple[timedelta, DrsError | None, bool]],
) -> None:
    iam = Iam(timedelta(minutes=20))
    held, end, due, refused = "", NOW, NOW, NOW - MINUTE
    for passed, error, is_rejected in drawn:
        iam.now += passed
        iam.error = error
        rejected = held if is_rejected else None
        asked = len(iam.asked)
        good = iam.now < end and held != rejected
        wanted = not good or iam.now >= due
        in_disgrace = iam.now < refused + MINUTE
        with suppress(DrsError) if not good and (error or in_disgrace) else nullcontext():
            token = iam.token(rejected)
            assert token != rejected
            assert iam.now < end or token != held
            if token != held:
                held, due, end = token, iam.now + 18 * MINUTE, iam.now + 20 * MINUTE
        attempts = len(iam.asked) - asked
        assert attempts <= wanted
        assert not (attempts and in_disgrace)
        if attempts and isinstance(error, AuthenticationError):
            refused = iam.now
