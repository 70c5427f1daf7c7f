"""What each id of the catalogue has meant from the day on which it was given: the snapshot, and comparing with it.

An id is a promise to those who name it in files of their own, so its meaning never moves unnoticed.
`python -m conformance.selftest.suite.snapshot` prints the catalogue as it is now in the form of the snapshot.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.spec.catalogue import Requirement

PATH = Path(__file__).with_name("catalogue.yaml")

Meaning = dict[str, str]


def read() -> tuple[dict[str, Meaning], dict[str, str]]:
    """Return the meaning of each id in use, and the reason of each retired one."""
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return document["requirements"], document["retired"]


def meaning(requirement: Requirement) -> Meaning:
    """Return what an id stands for; how it is exercised and judged may change."""
    return {"level": requirement.level.value, "title": requirement.title, "says": requirement.says}


def differences(
    known: Mapping[str, Meaning], retired: Mapping[str, str], requirements: Iterable[Requirement]
) -> list[str]:
    """Say of each id that is not what the snapshot knows it as what is to be done about it."""
    found = {requirement.id: meaning(requirement) for requirement in requirements}
    complaints = [
        f"{key} has gone: move it to `retired` in {PATH.name}, with the reason" for key in known if key not in found
    ]
    for key, now in found.items():
        if key in retired:
            complaints.append(f"{key} was retired ({retired[key]}): give the new requirement an id of its own")
        elif key not in known:
            complaints.append(f"{key} is new: add it to {PATH.name}:\n{_entry(key, now)}")
        elif known[key] != now:
            changed = ", ".join(name for name in now if now[name] != known[key].get(name))
            complaints.append(
                f"{key} has another {changed}: if it means something else now, retire it and take a new id;"
                f" if not, write into {PATH.name}:\n{_entry(key, now)}"
            )
    complaints += [f"{key} is retired without a reason: say it" for key in retired if not retired[key]]
    return complaints


def _entry(key: str, entry: Meaning) -> str:
    text = yaml.safe_dump({key: entry}, sort_keys=False, allow_unicode=True, width=1000)
    return "".join(f"  {line}\n" for line in text.splitlines())


if __name__ == "__main__":
    sys.stdout.write("".join(_entry(requirement.id, meaning(requirement)) for requirement in catalogue.load()))
