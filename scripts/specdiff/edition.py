"""One edition of the document, of a commit or of the working tree, that can be read and has a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from semver import Version

from conformance.specification import Specification

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Edition", "EditionError", "read_edition", "read_file"]


class EditionError(Exception):
    """There is no such edition, or it is no OpenAPI document; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Edition:
    """The document as it was, or is.

    Attributes:
        name: As git writes it, `v1.0.0:openapi.yaml`, or the file's name.
        content: The bytes of the file.
        specification: What they say.
        version: `info.version`.
    """

    name: str
    content: bytes
    specification: Specification
    version: Version

    def place(self, pointer: str) -> str:
        """Return the file and the line of a JSON pointer, or the pointer if that leads nowhere."""
        try:
            return f"{self.name}:{self.specification.line(pointer)}"
        except (LookupError, ValueError, StopIteration):
            return f"{self.name}#{pointer}"


def read_edition(name: str, content: bytes) -> Edition:
    """Read an edition; raises `EditionError`."""
    try:
        specification = Specification(content)
        if not {"openapi", "paths"} <= specification.document.keys():
            raise EditionError(f"{name} is no OpenAPI document: it lacks openapi or paths; make spec says more")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise EditionError(f"{name} is no YAML{line}: {problem}") from None
    except (AttributeError, LookupError, TypeError):
        raise EditionError(f"{name} is no OpenAPI document: it has no info.version; make spec says more") from None
    try:
        version = Version.parse(specification.version)
    except (TypeError, ValueError):
        problem = f"info.version is {specification.version!r}, which is no semantic version"
        raise EditionError(f"{name}: {problem}; write three numbers in quotes or not, as 1.0.0") from None
    return Edition(name, content, specification, version)


def read_file(path: Path) -> Edition:
    """Read the edition of the working tree; raises `EditionError`."""
    try:
        return read_edition(path.name, path.read_bytes())
    except OSError as error:
        raise EditionError(f"{path}: {error.strerror}") from None
