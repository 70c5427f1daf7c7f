"""One edition of the document, from a commit or from the working tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from semver import Version

from conformance.spec.openapi import Specification

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ADVICE", "Edition", "EditionError", "read_edition", "read_file"]


ADVICE = "run make spec for details"


class EditionError(Exception):
    """The edition is missing or is not an OpenAPI document; the message says which one, why, and what to do."""


@dataclass(frozen=True)
class Edition:
    """One edition of the document.

    Attributes:
        name: The file name, with the commit before it as git writes it: `v1.0.0:openapi.yaml`.
        content: The bytes of the file.
        specification: The parsed content.
        version: `info.version`.
    """

    name: str
    content: bytes
    specification: Specification
    version: Version

    def place(self, pointer: str) -> str:
        """Return the file and line of a JSON pointer, or the file and the pointer if the place does not exist."""
        try:
            return f"{self.name}:{self.specification.line(pointer)}"
        except (LookupError, ValueError, StopIteration):
            return f"{self.name}#{pointer}"


def read_edition(name: str, content: bytes) -> Edition:
    """Read an edition; raises `EditionError`."""
    try:
        specification = Specification(content)
        if not {"openapi", "paths"} <= specification.document.keys():
            raise EditionError(f"{name} is not an OpenAPI document: openapi or paths is missing; {ADVICE}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise EditionError(f"{name} is not valid YAML{line}: {problem}") from None
    except (AttributeError, LookupError, TypeError):
        raise EditionError(f"{name} is not an OpenAPI document: info.version is missing; {ADVICE}") from None
    try:
        version = Version.parse(specification.version)
    except (TypeError, ValueError):
        problem = f"info.version is {specification.version!r}, which is not a semantic version"
        raise EditionError(f"{name}: {problem}; write three numbers, quoted or not, such as 1.0.0") from None
    return Edition(name, content, specification, version)


def read_file(path: Path) -> Edition:
    """Read the edition of the working tree; raises `EditionError`."""
    try:
        return read_edition(path.name, path.read_bytes())
    except OSError as error:
        raise EditionError(f"{path}: {error.strerror}") from None
