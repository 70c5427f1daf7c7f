"""Scenarios of HTTP: compression, connections, and calls that an ordinary client does not send."""

from __future__ import annotations

import functools
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.requirements import strategies
from conformance.requirements.scenario_helpers import LANGUAGES, with_headers
from conformance.requirements.scenario_registry import scenario
from conformance.target.session import OWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session

DRAWN = 4
"""The number of calls drawn at and around the limits."""

LONG = 100
"""The length in characters above which an ID is long: a message that repeats it may exceed its own limit."""

ODD_IDS = (
    "0",
    "054ba152d480d55b2f5dc0069e7ddef0",
    "x" * 256,
    "x" * 2048,
    "批" * 300,
    "\U0002000b" * 128,
    "\U0001f4be" * 128,
    "'; DROP TABLE batches; --",
    '"<script>alert(1)</script>',
    "%s%n{0}${x}",
    "../../v5",
    "a/b",
    "a b\tc\\d",
    "a\0b",
    "\r\nX-Injected: 1",
    "\x7f\x1b[2J",
)

NOT_UTF_8 = ("%FF", "%C0%AE", "%ED%A0%80")
"""Percent-encoded octets that are not valid UTF-8."""

ODD_HEADERS = (
    ("X-Language", "x" * 4096),
    ("Authorization", "Bearer"),
    ("X-Language", "en-us, zh-cn"),
    ("X-Language", "../../etc/passwd"),
    ("X-Language", "中文"),
    ("X-Language", "'\"<>{}%00"),
    ("Content-Type", "application/json;;charset="),
    ("Content-Type", "application/" + "x" * 1024),
    ("Accept", "application/xml"),
    ("X-Request-Id", "' OR 1=1 --"),
    ("X-Forwarded-For", "x" * 1024),
    ("X-Auth-Token", "令牌"),
)


@scenario()
def odd_ids(session: Session) -> Sequence[Exchange]:
    """Commits of IDs unlike any batch's, in each language: long, Unicode, invalid UTF-8, quotes, control characters."""
    number = uuid.UUID(session.batches.unknown())
    ids = [session.batches.invented(batch_id) for batch_id in ODD_IDS]
    # These are entirely random, so that no batch has them, even if the target does not create batches on request.
    ids += [str(number.int), number.hex, str(number).upper()]
    requests = [session.commit(batch_id, language=_language(index)) for index, batch_id in enumerate(ids)]
    usual = session.commit(str(number))
    requests += [replace(usual, target=usual.target.replace(str(number), f"{number}{text}")) for text in NOT_UTF_8]
    return [session.send(request) for request in requests]


@scenario()
def long_ids_in_another_language(session: Session) -> Sequence[Exchange]:
    """Commits of the long odd IDs, each in another language than before."""
    ids = [
        (session.batches.invented(batch_id), index) for index, batch_id in enumerate(ODD_IDS) if len(batch_id) > LONG
    ]
    return [session.send(session.commit(batch_id, language=_language(index + 1))) for batch_id, index in ids]


@scenario()
def odd_headers(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with odd values of documented and other headers."""
    return [session.send(with_headers(session.commit(session.batches.unknown()), header)) for header in ODD_HEADERS]


@scenario()
def calls_at_the_limits(session: Session) -> Sequence[Exchange]:
    """Commits drawn by Hypothesis: IDs of lengths at and around limits, in any script, in each language."""
    return [
        session.send(session.commit(session.batches.invented(batch_id), language=language, body=body))
        for batch_id, language, body in _drawn(session.seed)
    ]


@functools.lru_cache(maxsize=32)
def _drawn(number: int) -> tuple[tuple[str, str | None, bytes], ...]:
    """Draw IDs, languages and bodies with a seed; cached, as a process may check many servers with one seed."""
    drawn: list[tuple[str, str | None, bytes]] = []

    @seed(number)
    @settings(
        max_examples=DRAWN,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        derandomize=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.batch_ids(), st.sampled_from(LANGUAGES), strategies.bodies())
    def draw(batch_id: str, language: str | None, body: bytes) -> None:
        drawn.append((batch_id, language, body))

    draw()
    return tuple(drawn)


@scenario()
def calls_that_accept_compression(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch that accepts no coding, three times, then gzip, then gzip or deflate."""
    batch_id = session.batches.unknown()
    codings = ("identity", "identity", "identity", "gzip", "gzip, deflate")
    return [session.send(session.commit(batch_id, accept_encoding=coding)) for coding in codings]


@scenario()
def calls_on_one_connection(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch in Chinese, without a token, and in no language: alone, then on one connection."""
    batch_id = session.batches.unknown()
    calls = ((OWN, "zh-cn"), (None, None), (OWN, None))
    requests = [session.commit(batch_id, token=token, language=language) for token, language in calls]
    return [*(session.send(request) for request in requests), *session.send_in_turn(requests * 3)]


def _language(number: int) -> str | None:
    return LANGUAGES[number % len(LANGUAGES)]
