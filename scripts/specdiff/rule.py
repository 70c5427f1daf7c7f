"""The lowest info.version that Semantic Versioning 2.0.0 allows after changes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from scripts.specdiff.change import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semver import Version

    from scripts.specdiff.change import DocumentChange
    from scripts.specdiff.edition import Edition

__all__ = ["VersionStep", "needed", "step", "suffices"]


class VersionStep(IntEnum):
    """The part of the version that must be increased."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


def step(base: Edition, now: Edition, changes: Iterable[DocumentChange]) -> VersionStep:
    """Return the step between two editions.

    A doubtful change counts as breaking, because callers may rely on what it changes.
    A file that differs only in prose or comments is a patch, because a release is never modified (3).
    A file that differs only in its version is not a change.
    """
    worst = max((change.severity for change in changes), default=None)
    if worst is not None:
        return VersionStep.MINOR if worst == Severity.COMPATIBLE else VersionStep.MAJOR
    if base.content == now.content or (base.version != now.version and _without_version(base) == _without_version(now)):
        return VersionStep.NONE
    return VersionStep.PATCH


def needed(base: Version, taken: VersionStep) -> Version:
    """Return the lowest version after a step from `base`.

    Below 1.0.0 everything may change (4): the minor version takes the role of the major version, and the patch version
    that of the two others. A pre-release is unstable (9): after any change, the release that it precedes is enough.
    """
    if taken == VersionStep.NONE:
        return base
    if base.prerelease:
        return base.finalize_version()
    if base.major == 0:
        return base.bump_minor() if taken == VersionStep.MAJOR else base.bump_patch()
    return {VersionStep.PATCH: base.bump_patch, VersionStep.MINOR: base.bump_minor, VersionStep.MAJOR: base.bump_major}[
        taken
    ]()


def suffices(version: Version, base: Version, lowest: Version) -> bool:
    """Return whether a version is `lowest` or higher, or a pre-release of such a version that is higher than `base`."""
    return version >= lowest or (version.finalize_version() >= lowest and version > base)


def _without_version(edition: Edition) -> object:
    document = edition.specification.document
    return {**document, "info": {**document["info"], "version": None}}
