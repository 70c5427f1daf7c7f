"""The published proof: proof.md for people, proof.json for programs."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.proof import render_json, render_markdown

if TYPE_CHECKING:
    from conformance.proof.results import Proof

__all__ = ["NAMES", "headline", "write"]

NAMES = ("proof.md", "proof.json")

headline = render_markdown.headline


def write(proof: Proof, directory: Path) -> None:
    """Write both documents, neither of which is ever half there; raises `OSError`."""
    document = render_json.document(proof)
    texts = (render_markdown.render(proof, document), json.dumps(document, indent=2, sort_keys=True) + "\n")
    for name, text in zip(NAMES, texts, strict=True):
        descriptor, temporary = tempfile.mkstemp(dir=directory, prefix=f".{name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(directory / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
