"""Mistakes planted in openapi.yaml to test the gate."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from conformance.spec.openapi import SPEC_PATH

__all__ = ["MISTAKES", "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """One row of mistakes.yaml, which describes the columns."""

    name: str
    old: str
    new: str
    found_by: list[str]

    def plant(self, directory: Path) -> Path:
        """Write the document with the mistake; returns its path."""
        text = SPEC_PATH.read_text(encoding="utf-8")
        assert self.old in text, self.name
        document = directory / f"{self.name}.yaml"
        document.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")
        return document


MISTAKES = [
    Mistake(**row) for row in yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text(encoding="utf-8"))
]
