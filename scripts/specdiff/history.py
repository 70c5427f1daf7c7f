"""Editions of the document in the history of its git repository."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.specdiff.edition import Edition, EditionError, read_edition

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Base", "read_base"]

SECONDS = 60


@dataclass(frozen=True)
class Base:
    """The edition to compare with.

    Attributes:
        ref: The tag, branch or hash that was given, or the last tag.
        commit: The abbreviated hash of its commit.
        edition: The edition at that commit.
    """

    ref: str
    commit: str
    edition: Edition


def read_base(document: Path, ref: str | None) -> Base:
    """Return the edition of a document at a commit.

    Args:
        document: The file in the working tree; its folder determines the repository.
        ref: A tag, branch or hash; the last tag before HEAD if it is empty.

    Raises `EditionError`.
    """
    if shutil.which("git") is None:
        raise EditionError("git was not found; install it, since the base is read from the git history")
    folder = document.parent
    if not folder.is_dir():
        raise EditionError(f"{folder} is not a directory")
    inside = _git(folder, "rev-parse", "--is-inside-work-tree")
    if inside.returncode != 0:
        raise EditionError(f"{folder} is not in a git repository that can be read: {_first_error(inside)}")
    if not ref:
        ref = _last_tag(folder)
    found = _git(folder, "rev-parse", "--verify", "--quiet", "--short", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode != 0:
        raise EditionError(
            f"git does not find the commit {ref!r}; set BASE to a tag, branch or hash (git fetch --tags fetches tags)"
        )
    commit = _text(found.stdout)
    shown = _git(folder, "cat-file", "blob", f"{commit}:./{document.name}")
    if shown.returncode != 0:
        raise EditionError(f"{ref} ({commit}) does not contain {document.name}; use a later BASE")
    return Base(ref, commit, read_edition(f"{ref}:{document.name}", shown.stdout))


def _last_tag(folder: Path) -> str:
    described = _git(folder, "describe", "--tags", "--abbrev=0")
    if described.returncode != 0:
        raise EditionError("there is no tag to compare with; specify a commit: make spec-diff BASE=HEAD")
    return _text(described.stdout)


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - no shell, and a ref cannot be taken for an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EditionError(f"git {arguments[0]} did not finish within {SECONDS} s") from None
    except (OSError, ValueError) as error:  # a null character in a ref is a ValueError
        raise EditionError(f"git {arguments[0]} could not be run: {error}") from None


def _text(output: bytes) -> str:
    return output.decode(errors="replace").strip()


def _first_error(done: subprocess.CompletedProcess[bytes]) -> str:
    first, *_ = _text(done.stderr).splitlines() or ["no reason given"]
    return first.removeprefix("fatal: ")
