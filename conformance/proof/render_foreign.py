"""The section of proof.md on the mutants of a server of others."""

from __future__ import annotations

from conformance.proof.foreign import KINDS
from conformance.proof.markdown import section, table

__all__ = ["section_on", "sums"]

CHANGES = {
    "and-or": "`and` becomes `or`, or the other way round",
    "argument": "leaves out a named argument",
    "call": "leaves out a call such as `strip` or `unquote`",
    "compare": "`<` becomes `<=`, `==` becomes `!=`, `in` becomes `not in`, and so on",
    "constant": "a number grows by one; a text has another character or none",
    "element": "leaves out an element of a list, a set or a dictionary, such as a header",
    "except": "does not catch an exception",
    "negate": "does something in the opposite case",
    "never": "leaves out a check: what it does is never done",
    "operand": "leaves out one of several conditions",
    "statement": "leaves out a call, an error or an assignment of state",
    "with": "leaves out a lock",
}
"""What each operator of conformance/selftest/proof/foreign/operators.py does."""

HEADS = ("Reported", "No verdict", "Missed", "Not to be seen", "Allowed", "Equivalent", "Does not start")
NOTICED, BREACHES = KINDS[:2], KINDS[:4]


def sums(foreign: dict[str, dict[str, int]]) -> tuple[int, int]:
    """Return the number of the mutants that are noticed, and of all that break a rule."""
    noticed, breaches = (
        sum(counts[kind] for counts in foreign.values() for kind in kinds) for kinds in (NOTICED, BREACHES)
    )
    return noticed, breaches


def section_on(foreign: dict[str, dict[str, int]]) -> list[str]:
    """Return the section, without the result of each mutant."""
    rows = [
        (operator, CHANGES[operator], sum(counts.values()), *(counts[kind] for kind in KINDS))
        for operator, counts in foreign.items()
    ]
    return section(
        "Mutants of a server of others",
        "Somebody wrote a small server from openapi.yaml, the API's page and the RFCs, without sight of the suite.",
        "A program changes one place of its source at a time, and the suite runs on each such mutant with all batches",
        "named, up to the first violation. A mutant of which nothing is reported may be equivalent to the server for",
        "any client, or differ as no rule forbids, or break a rule where the suite does not look: on calls that no",
        "client may send, on 200 calls a second, on contents of 12 MB. Each of them is listed with the reason in",
        "[survivors.toml](../selftest/proof/foreign/survivors.toml), and a run that says otherwise fails.",
        "",
        *table(("Operator", "Change", "Mutants", *HEADS), rows),
    )
