"""Tests that the oasdiff built by Go, with our additions, classifies each change of openapi.yaml."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support.documents import EDITS, changed, commit, edition
from conformance.spec.openapi import SPEC_PATH
from scripts.specdiff import oasdiff
from scripts.specdiff.__main__ import find_changes
from scripts.specdiff.change import Severity
from scripts.specdiff.rule import VersionStep, step
from scripts.specdiff.severities import SEVERITIES

if TYPE_CHECKING:
    from pathlib import Path

STEPS = {
    "added optional header": (VersionStep.MINOR, {"new-optional-request-parameter"}),
    "added mandatory header": (VersionStep.MAJOR, {"new-required-request-parameter"}),
    "removed header": (VersionStep.MAJOR, {"request-parameter-removed"}),
    "added language": (VersionStep.MINOR, {"request-parameter-enum-value-added"}),
    "removed language": (VersionStep.MAJOR, {"request-parameter-enum-value-removed"}),
    "removed list of languages": (VersionStep.MAJOR, {"request-parameter-became-not-enum"}),
    "changed default": (VersionStep.MAJOR, {"request-parameter-default-value-changed"}),
    "changed pattern": (VersionStep.MAJOR, {"request-parameter-pattern-changed"}),
    "longer error code": (VersionStep.MAJOR, {"response-property-max-length-increased"}),
    "shorter error code": (VersionStep.MAJOR, {"response-property-min-length-decreased"}),
    "removed limit of messages": (VersionStep.MAJOR, {"response-property-max-length-unset"}),
    "optional error code": (VersionStep.MAJOR, {"response-property-became-optional"}),
    "removed field": (VersionStep.MAJOR, {"response-optional-property-removed"}),
    "added field": (VersionStep.MINOR, {"response-optional-property-added"}),
    "added failure status": (VersionStep.MINOR, {"response-non-success-status-added"}),
    "removed failure status": (VersionStep.MAJOR, {"response-non-success-status-removed"}),
    "added success status": (
        VersionStep.MAJOR,
        {"response-success-status-added", "response-non-success-status-removed"},
    ),
    "changed path": (VersionStep.MAJOR, {"api-path-removed-without-deprecation", "endpoint-added"}),
    "changed token header": (VersionStep.MAJOR, {"api-security-component-api-key-name-changed"}),
    "changed operationId": (VersionStep.MAJOR, {"api-operation-id-removed"}),
    "changed tag": (VersionStep.MAJOR, {"api-tag-removed", "api-tag-added"}),
    "deprecation": (VersionStep.MINOR, {"endpoint-deprecated"}),
    "changed description": (VersionStep.PATCH, set()),
    "changed example": (VersionStep.PATCH, set()),
    "changed comment": (VersionStep.PATCH, set()),
    "changed order of required": (VersionStep.PATCH, set()),
    "added region": (VersionStep.MINOR, {"server-added"}),
    "removed region": (VersionStep.MAJOR, {"server-removed"}),
    "changed first server": (VersionStep.MAJOR, {"server-default"}),
    "removed default of a mandatory header": (VersionStep.MAJOR, {"default"}),
    "changed OpenAPI version": (VersionStep.MAJOR, {"openapi"}),
    "changed style of lists": (VersionStep.MAJOR, {"rest"}),
    "closed object": (VersionStep.MAJOR, {"rest"}),
}
"""The step of the version for each edit, and the rules that require it."""


@pytest.fixture(scope="module")
def program() -> Path:
    """Build oasdiff before the tests replace HOME, which has the cache of Go."""
    try:
        return oasdiff.build()
    except oasdiff.OasdiffError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def _built(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oasdiff, "build", lambda: program)


@pytest.mark.usefixtures("_built")
@pytest.mark.parametrize("name", EDITS)
def test_each_change_requires_its_version_step(name: str) -> None:
    base, now = edition(name="v1:openapi.yaml"), edition(name)

    changes = find_changes(base, now)

    expected, rules = STEPS[name]
    assert {change.rule for change in changes} == rules
    assert step(base, now, changes) == expected


@pytest.mark.usefixtures("_built")
def test_all_changes_of_an_edition_are_found() -> None:
    changes = find_changes(edition(), edition("added language", "added region", "longer error code"))

    assert sorted(change.severity for change in changes) == [
        Severity.COMPATIBLE,
        Severity.COMPATIBLE,
        Severity.BREAKING,
    ]


@pytest.mark.usefixtures("_built")
def test_a_change_of_only_the_version_is_not_reported_and_oasdiffs_own_version_rules_are_off() -> None:
    assert find_changes(edition(), edition(version="1.0.1")) == []
    assert "api-version-not-bumped" not in {
        change.rule for change in find_changes(edition(), edition("removed language"))
    }


@pytest.mark.usefixtures("_built")
def test_a_changed_limit_has_its_line() -> None:
    [change] = find_changes(edition(), edition("longer error code"))

    line = edition().specification.line("/components/schemas/ServiceError/properties/error_code/maxLength")
    assert change.place == f"openapi.yaml:{line}"
    assert "from `12` to `13`" in change.text


def test_oasdiff_has_each_check_whose_severity_we_change(program: Path) -> None:
    listed = subprocess.run(
        [str(program), "checks", "changelog", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert [check for check in SEVERITIES if f'"{check}"' not in listed] == []


def test_a_dangling_reference_is_reported_with_its_edition(program: Path) -> None:
    broken = edition(name="broken:openapi.yaml")
    content = broken.content.replace(b"headers/RequestId'", b"headers/RequestNumber'", 1)

    with pytest.raises(
        oasdiff.OasdiffError, match=r"^oasdiff: failed to load base spec from broken:openapi\.yaml: "
    ) as raised:
        oasdiff.compare(program, replace(broken, content=content), edition())
    assert "\n" not in str(raised.value)


def test_a_reference_to_another_file_is_not_followed(program: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("RequestId: {schema: {type: string}}", encoding="utf-8")
    outside = edition(name="outside:openapi.yaml")
    content = outside.content.replace(b"#/components/headers/RequestId", f"{other}#/RequestId".encode())

    with pytest.raises(oasdiff.OasdiffError, match="external"):
        oasdiff.compare(program, replace(outside, content=content), edition())


def test_settings_of_the_user_are_not_read(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("level: ERR\n", encoding="utf-8")
    monkeypatch.setenv("OASDIFF_CONFIG", str(settings))

    assert len(oasdiff.compare(program, edition(), edition("added language"))) == 1


def test_the_command_prints_the_required_version(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    document = commit(folder, changed(), "v1.0.0")
    document.write_text(changed("added mandatory header", "added language"), encoding="utf-8")
    (tmp_path / "go").write_text(f"#!/bin/sh\necho '{program}'\n", encoding="utf-8")
    (tmp_path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    done = subprocess.run(
        [sys.executable, "-m", "scripts.specdiff", "--document", str(document)],
        cwd=SPEC_PATH.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    first, *rest = done.stdout.splitlines()
    assert first.startswith("openapi.yaml since v1.0.0 (")
    assert first.endswith("): 1 breaking, 1 compatible changes")
    assert [line.split()[0] for line in rest] == ["breaking", "compatible"]
    assert (done.returncode, done.stderr) == (
        1,
        "spec-diff: info.version is 1.0.0, which is too low; change it to 2.0.0 or higher\n",
    )
