"""Renewal of tokens from IAM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.auth.iam import IssuedToken
from conformance.auth.iam_user import RenewedToken
from conformance.errors import IamError, IamRefusedError, IamUnavailableError

PASSWORD = "Pa55 word"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Iam:
    """Issues tokens by a clock that the test sets, unless it has an outage."""

    def __init__(self, life: timedelta = timedelta(days=1)) -> None:
        self.now = NOW
        self.error: IamError | None = None
        self.asked = 0
        self._life = life

    def clock(self) -> datetime:
        return self.now

    def issue(self) -> IssuedToken:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return IssuedToken(f"token-{self.asked}", self._life)

    def renewed(self) -> RenewedToken:
        return RenewedToken(self.issue, PASSWORD, self.clock)


@pytest.mark.parametrize(
    ("life", "due"),
    [
        (timedelta(days=1), timedelta(hours=23, minutes=55)),
        (timedelta(minutes=50), timedelta(minutes=45)),
        (timedelta(minutes=30), timedelta(minutes=27)),
        (timedelta(seconds=10), timedelta(seconds=9)),
        (timedelta(days=2_000_000), timedelta(hours=23, minutes=55)),
    ],
)
def test_a_token_is_due_shortly_before_its_end(life: timedelta, due: timedelta) -> None:
    token = Iam(life).renewed()
    assert not token.due(NOW)
    assert not token.due(NOW + due - timedelta(microseconds=1))
    assert token.due(NOW + due)


def test_a_token_is_renewed_when_it_is_due_and_no_earlier() -> None:
    iam = Iam()
    token = iam.renewed()
    token.refresh()
    assert (token.value, iam.asked) == ("token-1", 1)
    iam.now += timedelta(hours=23, minutes=56)
    token.refresh()
    token.refresh()
    assert (token.value, iam.asked) == ("token-2", 2)
    assert not token.due(iam.now + timedelta(hours=23))
    assert token.secrets == (PASSWORD, "token-1", "token-2")


def test_a_failed_renewal_is_repeated_after_a_pause_while_the_token_is_valid() -> None:
    iam = Iam()
    token = iam.renewed()
    iam.error = IamUnavailableError("out of order")
    iam.now += timedelta(hours=23, minutes=55)
    for _ in range(5 * 60):
        token.refresh()
        assert token.value == "token-1"
        iam.now += timedelta(seconds=1)
    assert iam.asked == 6
    with pytest.raises(IamUnavailableError, match="out of order"):
        token.refresh()
    iam.error = None
    token.refresh()
    assert token.value == f"token-{iam.asked}"


def test_a_failed_renewal_of_a_short_lived_token_is_repeated_when_it_expires() -> None:
    iam = Iam(timedelta(seconds=10))
    token = iam.renewed()
    iam.error = IamRefusedError("locked")
    iam.now += timedelta(seconds=9)
    token.refresh()
    assert not token.due(NOW + timedelta(seconds=9.9))
    iam.now = NOW + timedelta(seconds=10)
    with pytest.raises(IamRefusedError, match="locked"):
        token.refresh()


def test_a_refusal_of_the_first_token_is_an_error() -> None:
    iam = Iam()
    iam.error = IamRefusedError("wrong")
    with pytest.raises(IamRefusedError, match="wrong"):
        iam.renewed()
