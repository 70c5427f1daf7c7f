"""The mutants of which the suite reports nothing, each with the reason, from survivors.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from conformance.selftest.proof.foreign.operators import Program

__all__ = ["FEW", "PROGRAM", "SERVER", "SURVIVORS", "Survivor"]

SERVER = Path(__file__).with_name("server.py")
PROGRAM = Program(SERVER.read_text(encoding="utf-8"))
STRUCTURAL = ("call", "except", "never", "statement", "with")
"""The operators that leave something out, whose mutants are like what people forget."""


@dataclass(frozen=True)
class Survivor:
    """A mutant of which nothing is reported.

    Attributes:
        kind: "equivalent" if no client can tell it from the server, "allowed" if no rule forbids the difference,
            "unseen" if the suite does not send what shows it, "either" if it may be noticed on a machine under load.
        change: The change.
        why: The reason.
    """

    kind: str
    change: str
    why: str


def _read() -> dict[str, Survivor]:
    listed = tomllib.loads(SERVER.with_name("survivors.toml").read_text(encoding="utf-8"))
    return {
        key: Survivor(kind, change, group["why"])
        for kind, groups in listed.items()
        for group in groups
        for key, change in group["mutants"].items()
    }


SURVIVORS = _read()
FEW = [key for key, mutant in PROGRAM.mutants.items() if mutant.operator in STRUCTURAL and key not in SURVIVORS]
"""The mutants that are run on each change: a run that ends with a violation costs a tenth of a whole one."""
