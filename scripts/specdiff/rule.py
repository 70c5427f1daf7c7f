"""The rule of the version: what info.version must become after changes, by Semantic Versioning 2.0.0."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from scripts.specdiff.change import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semver import Version

    from scripts.specdiff.change import Change
    from scripts.specdiff.edition import Edition

__all__ = ["Step", "needed", "step", "suffices"]


class Step(IntEnum):
    """How far a version must go."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


def step(base: Edition, now: Edition, changes: Iterable[Change]) -> Step:
    """Return the step between two editions.

    A doubtful change counts as breaking: that a caller can rely on it cannot be ruled out, and a version promises it.
    A file that differs by its words or its comments alone is a patch, since what was released is never modified (3).
    A file that differs by its version alone says nothing new.
    """
    worst = max((change.severity for change in changes), default=None)
    if worst is not None:
        return Step.MINOR if worst == Severity.COMPATIBLE else Step.MAJOR
    if base.content == now.content or (base.version != now.version and _versionless(base) == _versionless(now)):
        return Step.NONE
    return Step.PATCH


def needed(base: Version, taken: Step) -> Version:
    """Return the lowest version that a step from `base` leads to.

    Below 1.0.0 everything may change (4): the minor version then has the role of the major one, and the patch version
    that of the two others. A pre-release promises nothing (9): after any change, what it precedes will do.
    """
    if taken == Step.NONE:
        return base
    if base.prerelease:
        return base.finalize_version()
    if base.major == 0:
        return base.bump_minor() if taken == Step.MAJOR else base.bump_patch()
    return {Step.PATCH: base.bump_patch, Step.MINOR: base.bump_minor, Step.MAJOR: base.bump_major}[taken]()


def suffices(version: Version, base: Version, lowest: Version) -> bool:
    """Tell whether a version is `lowest` or higher, or leads to it as a pre-release that is higher than `base`."""
    return version >= lowest or (version.finalize_version() >= lowest and version > base)


def _versionless(edition: Edition) -> object:
    document = edition.specification.document
    return {**document, "info": {**document["info"], "version": None}}
