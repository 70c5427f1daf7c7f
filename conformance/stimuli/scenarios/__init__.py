"""The requests that no schema can express: authentication, the life of a batch, and what happens at the same time."""

from conformance.stimuli.scenarios import authentication, form, lifecycle, robustness
from conformance.stimuli.scenarios.registry import REGISTERED, Scenario

__all__ = ["SCENARIOS", "Scenario", "authentication", "form", "lifecycle", "robustness"]

# What finds most with the fewest requests comes first, so that a fault shows within the first third of a run; what has
# only found, so far, what others had found before it comes last. Where validated batches are few, the first scenarios
# get them.
ORDER = (
    "one-refusal-in-each-language",
    "one-refusal-over-again",
    "commits-of-validated-batches",
    "commits-in-each-language",
    "two-batches",
    "batches-being-checked",
    "batches-that-failed-their-check",
    "calls-without-a-token-after-one-with-it",
    "calls-for-a-foreign-project",
    "batches-of-another-project",
    "calls-for-an-unknown-project",
    "refused-calls-have-no-effect",
    "equivalent-media-types",
    "media-types",
    "other-methods",
    "neighbouring-paths",
    "simultaneous-commits",
    "calls-that-accept-compression",
    "ids-that-resemble-a-validated-one",
    "states-and-ids",
    "undocumented-languages",
    "odd-ids",
    "calls-on-one-connection",
    "header-names-in-other-cases",
    "calls-with-a-query",
    "calls-with-a-body",
    "odd-headers",
    "unknown-batches",
    "calls-without-a-token",
    "foreign-calls-have-no-effect",
    "states-languages-and-ids",
    "long-ids-in-another-language",
    "calls-with-a-wrong-token",
    "calls-with-a-similar-token",
    "second-commits",
    "other-spellings-of-the-path",
    "calls-at-the-limits",
)

SCENARIOS: dict[str, Scenario] = {name: REGISTERED[name] for name in ORDER}
"""All scenarios by name, in the order in which they are sent."""
