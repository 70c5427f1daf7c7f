"""The distributions of the client: a wheel and an sdist for one HTTP library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts import dist
from scripts.client.package import build
from scripts.client.specification import read_spec
from scripts.generate import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["KINDS", "Artefacts", "make"]

KINDS = ("wheel", "sdist")


@dataclass(frozen=True)
class Artefacts:
    """The distributions of the client for one HTTP library.

    Attributes:
        http_library: The library.
        version: Version of openapi.yaml and of the client.
        tree: Directory of the sources.
        files: The wheel and the sdist, by kind.
    """

    http_library: str
    version: str
    tree: Path
    files: Mapping[str, Path]


def make(http_library: str, workspace: Path) -> Artefacts:
    """Build the client for an HTTP library in the empty directory `workspace`.

    Raises `SpecError`, `GenerationError` or `DistributionError`.
    """
    spec = read_spec(SOURCE)
    tree = build(spec, workspace, http_library=http_library)
    files = {}
    for kind in KINDS:
        dist.build(tree, workspace / kind, kind)
        (files[kind],) = (workspace / kind).iterdir()
    return Artefacts(http_library, spec.version, tree, files)
