"""The published proof: proof.md for people, proof.json for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.proof import render_json, render_markdown
from conformance.reports import files

if TYPE_CHECKING:
    from conformance.proof.results import Proof

__all__ = ["DOCUMENTS", "write"]

DOCUMENTS = Path(__file__).parents[1] / "docs"
MARKDOWN_NAME = "proof.md"
JSON_NAME = "proof.json"


def write(proof: Proof, directory: Path) -> None:
    """Write both documents; raises `OSError`."""
    document = render_json.document(proof)
    texts = {
        MARKDOWN_NAME: render_markdown.render(document),
        JSON_NAME: json.dumps(document, indent=2, sort_keys=True) + "\n",
    }
    files.put(texts, directory)
