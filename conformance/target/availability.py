"""Whether a target still answers and accepts the credentials, which a plain call shows where answers raise doubt."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance.errors import CredentialsRefusedError, LimitError, TargetLostError
from conformance.exchange.exchange import TransportFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange.exchange import Exchange

__all__ = ["UNAVAILABLE", "Availability"]

PAUSES = (1.0, 3.0, 7.0)
"""Seconds after which credentials that are refused are tried again."""

UNAVAILABLE = (502, 503, 504)
"""Statuses of a gateway or a proxy that does not reach what is behind it."""

MAX_PROBES = 8
"""Times that a server error makes a run ask whether the target still answers the call that it answered at first.

After as many, the target is known to answer some calls with server errors, and each of them is judged.
"""

UNANSWERED = 2
"""Calls in a row that time out, after which a plain call shows whether the target still answers."""


class Availability:
    """Ends a run whose target does not serve it any more."""

    def __init__(self, probe: Callable[[], Exchange], pause: Callable[[float], None]) -> None:
        """Start with a target that answers.

        Args:
            probe: Sends a call that the target answered as documented when the run began.
            pause: Waits for a number of seconds.
        """
        self._probe = probe
        self._pause = pause
        self._unanswered: list[int] = []
        self._pauses: tuple[float, ...] = PAUSES
        self._probes = 0

    def check_credentials(self, exchange: Exchange) -> Exchange | None:
        """Raise `CredentialsRefusedError` if even a plain call is refused from now on.

        A target that accepts the credentials again after a while has locked out their owner, whose call it had to
        answer. That is waited for once in a run; the plain call that it refused is returned.
        """
        if not _is_refused(exchange):
            return None
        refused = [self._probe() for _ in range(2)]
        if not all(map(_is_refused, refused)):
            return None
        pauses, self._pauses = self._pauses, ()
        with contextlib.suppress(LimitError):  # a run that has no time to wait was refused until its end
            for seconds in pauses:
                self._pause(seconds)
                if not _is_refused(self._probe()):
                    return refused[0]  # a documented call, which the other one need not be
        raise CredentialsRefusedError(
            f"the credentials have been refused since request {exchange.number}, of scenario {exchange.scenario}"
        )

    def check_serving(self, exchange: Exchange) -> None:
        """Raise `TargetLostError` if each call is answered with a server error, as if the service had stopped."""
        documented = exchange.situation.documented and exchange.status >= 500
        if not (documented or exchange.status in UNAVAILABLE) or self._probes >= MAX_PROBES:
            return
        self._probes += 1
        if all(self._probe().status >= 500 for _ in range(2)):
            raise TargetLostError(
                f"the service has not been available since request {exchange.number}, of scenario {exchange.scenario}, "
                f"which was answered with status {exchange.status}",
                exchange,
            )

    def check_answering(self, exchanges: Sequence[Exchange]) -> None:
        """Raise `TargetLostError` if calls one after another time out, and then a plain call as well."""
        if not all(map(_timed_out, exchanges)):
            self._unanswered = []
            return
        self._unanswered.append(exchanges[0].number)
        if len(self._unanswered) >= UNANSWERED and _timed_out(self._probe()):
            raise TargetLostError(
                f"the target has not answered since request {self._unanswered[0]}, of scenario {exchanges[0].scenario}"
            )


def _is_refused(exchange: Exchange) -> bool:
    """Return whether the target refused the right credentials."""
    return exchange.situation.authorised and exchange.status in (401, 403)


def _timed_out(exchange: Exchange) -> bool:
    return isinstance(exchange.outcome, TransportFailure) and exchange.outcome.kind == "timeout"
