"""Tests of the version that a change of the document requires, and of the places that repeat the version."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from conformance.selftest.support.documents import edition
from conformance.spec import openapi
from conformance.spec.openapi import SPEC_PATH
from scripts.specdiff.change import DocumentChange, Severity
from scripts.specdiff.rule import VersionStep, needed, step, suffices

GENERATED = SPEC_PATH.parent / "generated"
NUMBERS = st.integers(min_value=0, max_value=99)
RELEASES = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)
STEPS = st.sampled_from(VersionStep)


def change(severity: Severity) -> DocumentChange:
    return DocumentChange(severity, "openapi.yaml:1", "something", "a-check")


def test_the_client_has_the_version_of_the_document() -> None:
    version = openapi.load().version
    project = (GENERATED / "pyproject.toml").read_text(encoding="utf-8")
    manifest = json.loads((GENERATED / "MANIFEST.json").read_text(encoding="utf-8"))

    assert re.findall(r'^version = "(.*)"$', project, re.MULTILINE) == [version], "run make generate"
    assert manifest["spec"]["version"] == version, "run make generate"


def test_the_version_of_the_document_is_semantic() -> None:
    assert str(Version.parse(openapi.load().version)) == openapi.load().version


@pytest.mark.parametrize(
    ("severities", "wanted"),
    [
        ([Severity.BREAKING, Severity.COMPATIBLE], VersionStep.MAJOR),
        ([Severity.COMPATIBLE, Severity.DOUBTFUL], VersionStep.MAJOR),
        ([Severity.COMPATIBLE, Severity.COMPATIBLE], VersionStep.MINOR),
        ([], VersionStep.PATCH),
    ],
)
def test_the_worst_change_determines_the_step(severities: list[Severity], wanted: VersionStep) -> None:
    changes = [change(severity) for severity in severities]

    assert step(edition(), edition("changed description"), changes) == wanted


def test_a_changed_comment_is_a_patch_because_a_release_is_never_modified() -> None:
    assert step(edition(), edition("changed comment"), []) == VersionStep.PATCH


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "0.9.0"])
def test_a_change_of_only_the_version_requires_no_step(version: str) -> None:
    assert step(edition(), edition(version=version), []) == VersionStep.NONE


@pytest.mark.parametrize(
    ("base", "steps"),
    [
        ("1.2.3", ["1.2.3", "1.2.4", "1.3.0", "2.0.0"]),
        ("0.2.3", ["0.2.3", "0.2.4", "0.2.4", "0.3.0"]),
        ("2.0.0-rc.1", ["2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"]),
        ("1.2.3+build.5", ["1.2.3+build.5", "1.2.4", "1.3.0", "2.0.0"]),
    ],
)
def test_a_step_leads_to_the_lowest_version_that_includes_it(base: str, steps: list[str]) -> None:
    assert [str(needed(Version.parse(base), taken)) for taken in VersionStep] == steps


@pytest.mark.parametrize(
    ("version", "base", "lowest", "enough"),
    [
        ("1.3.0", "1.2.3", "1.3.0", True),
        ("2.0.0", "1.2.3", "1.3.0", True),
        ("1.2.9", "1.2.3", "1.3.0", False),
        ("2.0.0-rc.1", "1.2.3", "2.0.0", True),
        ("1.9.9-rc.1", "1.2.3", "2.0.0", False),
        ("2.0.0-rc.2", "2.0.0-rc.1", "2.0.0", True),
        ("2.0.0-rc.1", "2.0.0-rc.1", "2.0.0", False),
        ("1.0.0", "1.0.0", "1.0.0", True),
        ("1.0.0-rc.1", "1.0.0", "1.0.0", False),
        ("0.9.0", "1.0.0", "1.0.0", False),
    ],
)
def test_a_version_suffices_if_it_or_its_release_is_high_enough(
    version: str, base: str, lowest: str, *, enough: bool
) -> None:
    assert suffices(Version.parse(version), Version.parse(base), Version.parse(lowest)) is enough


@given(base=RELEASES, taken=STEPS)
def test_the_needed_version_suffices_and_is_higher_if_anything_changed(base: Version, taken: VersionStep) -> None:
    lowest = needed(base, taken)

    assert suffices(lowest, base, lowest)
    assert (lowest > base) is (taken != VersionStep.NONE)
    assert suffices(base, base, lowest) is (taken == VersionStep.NONE)


@given(base=RELEASES, taken=STEPS)
def test_a_worse_change_never_needs_a_lower_version(base: Version, taken: VersionStep) -> None:
    assert all(needed(base, other) <= needed(base, taken) for other in VersionStep if other < taken)
