"""The snapshot of the meaning of each ID in the catalogue, and the comparison with it.

Users write IDs into their files, so the meaning of an ID must not change unnoticed.
`python -m conformance.selftest.support.snapshot` prints the current catalogue in the format of the snapshot.
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

PATH = Path(__file__).parents[1] / "spec" / "catalogue.yaml"

Meaning = dict[str, str]


def read() -> tuple[dict[str, Meaning], dict[str, str]]:
    """Return the meaning of each ID in use, and the reason of each retired one."""
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return document["requirements"], document["retired"]


def meaning(requirement: Requirement) -> Meaning:
    """Return the meaning of an ID. How it is exercised and checked may change."""
    return {"level": requirement.level.value, "title": requirement.title, "says": requirement.says}


def differences(
    known: Mapping[str, Meaning], retired: Mapping[str, str], requirements: Iterable[Requirement]
) -> list[str]:
    """Return what to do about each ID that differs from the snapshot."""
    found = {requirement.id: meaning(requirement) for requirement in requirements}
    messages = [
        f"{key} is missing: move it to `retired` in {PATH.name}, with the reason" for key in known if key not in found
    ]
    for key, now in found.items():
        if key in retired:
            messages.append(f"{key} was retired ({retired[key]}): give the new requirement another ID")
        elif key not in known:
            messages.append(f"{key} is new: add it to {PATH.name}:\n{_entry(key, now)}")
        elif known[key] != now:
            changed = ", ".join(name for name in now if now[name] != known[key].get(name))
            messages.append(
                f"{key} has another {changed}: if its meaning has changed, retire it and use a new ID;"
                f" if not, put this into {PATH.name}:\n{_entry(key, now)}"
            )
    messages += [f"{key} is retired without a reason: add one" for key in retired if not retired[key]]
    return messages


def _entry(key: str, entry: Meaning) -> str:
    text = yaml.safe_dump({key: entry}, sort_keys=False, allow_unicode=True, width=1000)
    return "".join(f"  {line}\n" for line in text.splitlines())


if __name__ == "__main__":
    sys.stdout.write("".join(_entry(requirement.id, meaning(requirement)) for requirement in catalogue.load()))
