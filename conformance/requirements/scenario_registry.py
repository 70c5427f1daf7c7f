"""Registration of scenarios, and the order in which they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.classification import BatchState
    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session

__all__ = ["ORDER", "PHASES", "REGISTERED", "Scenario", "scenario"]

# The scenarios that find most with the fewest requests come first, so that a fault shows in the first third of a run.
# Those that have so far found nothing new come last. Where validated batches are few, the first scenarios get them.
ORDER = (
    "one-refusal-in-each-language",
    "one-refusal-over-again",
    "answers-of-each-kind",
    "calls-on-one-connection",
    "calls-in-the-older-version",
    "calls-that-close",
    "calls-in-other-forms",
    "calls-in-each-framing",
    "calls-that-await-a-status",
    "two-batches",
    "commits-of-validated-batches",
    "commits-in-each-language",
    "commits-on-a-used-connection",
    "calls-after-a-call-with-content",
    "calls-with-headers-to-ignore",
    "calls-with-another-accept-language",
    "calls-that-accept-json",
    "calls-with-a-long-line",
    "calls-with-too-long-a-line",
    "calls-that-are-pipelined",
    "calls-that-refuse-codings",
    "calls-with-head",
    "batches-being-checked",
    "batches-that-failed-their-check",
    "commits-after-refusals",
    "calls-without-a-token-after-one-with-it",
    "commits-repeated-without-a-token",
    "calls-with-a-cookie-alone",
    "calls-for-a-foreign-project",
    "batches-of-another-project",
    "calls-with-the-token-of-another-project",
    "calls-for-an-unknown-project",
    "refused-calls-have-no-effect",
    "other-calls-without-a-token",
    "equivalent-media-types",
    "media-types",
    "other-methods",
    "neighbouring-paths",
    "commits-with-the-same-request-id",
    "simultaneous-commits",
    "commits-of-several-batches-at-the-same-time",
    "simultaneous-calls-in-each-language",
    "callers-at-the-same-time",
    "customers-at-the-same-time",
    "calls-of-another-customer",
    "commits-in-other-forms",
    "calls-that-may-be-refused",
    "calls-that-name-another-batch",
    "refusals-on-one-connection",
    "refusals-over-again",
    "refusals-that-accept-pages",
    "calls-that-accept-compression",
    "ids-that-resemble-a-validated-one",
    "states-languages-and-ids",
    "undocumented-languages",
    "odd-ids",
    "header-names-in-other-cases",
    "needless-percent-encoding",
    "calls-with-a-query",
    "calls-with-a-body",
    "odd-headers",
    "unknown-batches",
    "calls-without-a-token",
    "foreign-calls-have-no-effect",
    "long-ids-in-another-language",
    "calls-with-a-wrong-token",
    "calls-with-a-similar-token",
    "second-commits",
    "other-spellings-of-the-path",
    "calls-at-the-limits",
)

PHASES = {
    "examples": "the examples of openapi.yaml",
    "coverage": "each keyword of openapi.yaml, satisfied and violated",
    "fuzzing": "random requests, valid and invalid",
}
"""The phases of Schemathesis, which follow the scenarios, and what each sends."""

Body = Callable[["Session"], "Sequence[Exchange]"]


@dataclass(frozen=True)
class Scenario:
    """A sequence of requests.

    Attributes:
        name: The unique name.
        sends: A phrase that describes the requests.
        run: Sends the requests and returns the exchanges, which may be judged as a whole.
        needs: States of the batches that it uses. It is skipped if one of them is not available.
        foreign: Whether it needs a foreign project.
        foreign_token: Whether it needs a token of that project.
        can_create_batches: Whether it needs a target that creates batches on request.
        token: Whether it needs a token, and cannot use an access key.
        direct: Whether it needs a connection without an HTTP proxy, which would change the form of its messages.
    """

    name: str
    sends: str
    run: Body
    needs: tuple[BatchState, ...] = ()
    foreign: bool = False
    foreign_token: bool = False
    can_create_batches: bool = False
    token: bool = False
    direct: bool = False

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles with this scenario. The profile *safe* does not name an existing batch."""
        return ("full",) if self.needs or self.can_create_batches else ("safe", "full")


REGISTERED: dict[str, Scenario] = {}
"""All scenarios by name."""


def scenario(
    *needs: BatchState,
    foreign: bool = False,
    foreign_token: bool = False,
    can_create_batches: bool = False,
    token: bool = False,
    direct: bool = False,
) -> Callable[[Body], Body]:
    """Register a function as a scenario under its own name, described by its docstring."""

    def register(function: Body) -> Body:
        name = function.__name__.replace("_", "-")
        if name in REGISTERED:
            raise SuiteError(f"two scenarios are called {name!r}; rename one of the functions")
        sends = (function.__doc__ or "").strip().rstrip(".")
        REGISTERED[name] = Scenario(
            name,
            sends[0].lower() + sends[1:],
            function,
            needs,
            foreign,
            foreign_token,
            can_create_batches,
            token,
            direct,
        )
        return function

    return register
