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

__all__ = ["DOCUMENTS", "write"]

DOCUMENTS = Path(__file__).parents[1] / "docs"
MARKDOWN_NAME = "proof.md"
JSON_NAME = "proof.json"


def write(proof: Proof, directory: Path) -> None:
    """Write both documents; raises `OSError`."""
    document = render_json.document(proof)
    _replace(directory / MARKDOWN_NAME, render_markdown.render(document))
    _replace(directory / JSON_NAME, json.dumps(document, indent=2, sort_keys=True) + "\n")


def _replace(path: Path, text: str) -> None:
    """Write a file atomically, so that it is never incomplete."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
