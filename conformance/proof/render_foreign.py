"""The section of proof.md on the mutants of a server of others."""

from __future__ import annotations

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

KINDS = {
    "reported": "Reported",
    "no verdict": "No verdict",
    "equivalent": "Equivalent",
    "unseen": "Not to be seen",
    "missed": "Missed",
}


def sums(foreign: dict[str, dict[str, int]]) -> tuple[int, int, int]:
    """Return the numbers of mutants that are detected, of those that are not equivalent, and of those that are."""
    equivalent = sum(kinds["equivalent"] for kinds in foreign.values())
    seen = sum(kinds["reported"] + kinds["no verdict"] for kinds in foreign.values())
    return seen, sum(sum(kinds.values()) for kinds in foreign.values()) - equivalent, equivalent


def section_on(foreign: dict[str, dict[str, int]]) -> list[str]:
    """Return the section, without the result of each mutant."""
    rows = [
        (operator, CHANGES[operator], sum(kinds.values()), *(kinds[kind] for kind in KINDS))
        for operator, kinds in foreign.items()
    ]
    return section(
        "Mutants of a server of others",
        "Somebody wrote a small server from openapi.yaml, the API's page and the RFCs, without sight of the suite.",
        "A program makes one change at a time to its source, and the suite runs on each mutant with all batches named.",
        "Those of which it reports nothing are equivalent to the server for any client, or break a rule where nobody",
        "may or can look. Each is in [survivors.toml](../selftest/proof/foreign/survivors.toml) with the reason.",
        "",
        *table(("Operator", "Change", "Mutants", *KINDS.values()), rows),
    )
