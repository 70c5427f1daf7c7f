"""oasdiff, as Go builds it, tells each change of openapi.yaml for what it is; its gaps are filled."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.spec.documents import EDITS, changed, commit, edition
from conformance.specification import SPEC_PATH
from scripts.specdiff import oasdiff
from scripts.specdiff.__main__ import find_changes
from scripts.specdiff.change import Severity
from scripts.specdiff.rule import Step, step
from scripts.specdiff.severities import SEVERITIES

if TYPE_CHECKING:
    from pathlib import Path

STEPS = {
    "an optional header": (Step.MINOR, {"new-optional-request-parameter"}),
    "a mandatory header": (Step.MAJOR, {"new-required-request-parameter"}),
    "a header less": (Step.MAJOR, {"request-parameter-removed"}),
    "a language more": (Step.MINOR, {"request-parameter-enum-value-added"}),
    "a language less": (Step.MAJOR, {"request-parameter-enum-value-removed"}),
    "any language": (Step.MAJOR, {"request-parameter-became-not-enum"}),
    "another default": (Step.MAJOR, {"request-parameter-default-value-changed"}),
    "another pattern": (Step.MAJOR, {"request-parameter-pattern-changed"}),
    "a longer error code": (Step.MAJOR, {"response-property-max-length-increased"}),
    "a shorter error code": (Step.MAJOR, {"response-property-min-length-decreased"}),
    "no limit of messages": (Step.MAJOR, {"response-property-max-length-unset"}),
    "a code that may be absent": (Step.MAJOR, {"response-property-became-optional"}),
    "a field less": (Step.MAJOR, {"response-optional-property-removed"}),
    "a field more": (Step.MINOR, {"response-optional-property-added"}),
    "a failure more": (Step.MINOR, {"response-non-success-status-added"}),
    "a failure less": (Step.MAJOR, {"response-non-success-status-removed"}),
    "a success more": (Step.MAJOR, {"response-success-status-added", "response-non-success-status-removed"}),
    "another path": (Step.MAJOR, {"api-path-removed-without-deprecation", "endpoint-added"}),
    "another token header": (Step.MAJOR, {"api-security-component-api-key-name-changed"}),
    "another operationId": (Step.MAJOR, {"api-operation-id-removed"}),
    "another tag": (Step.MAJOR, {"api-tag-removed", "api-tag-added"}),
    "a deprecation": (Step.MINOR, {"endpoint-deprecated"}),
    "another description": (Step.PATCH, set()),
    "another example": (Step.PATCH, set()),
    "another comment": (Step.PATCH, set()),
    "another order of what is required": (Step.PATCH, set()),
    "a region more": (Step.MINOR, {"server-added"}),
    "a region less": (Step.MAJOR, {"server-removed"}),
    "another first server": (Step.MAJOR, {"server-default"}),
    "no default that is sent unasked": (Step.MAJOR, {"default"}),
    "another OpenAPI": (Step.MAJOR, {"openapi"}),
    "another way of writing lists": (Step.MAJOR, {"rest"}),
    "no fields but the documented": (Step.MAJOR, {"rest"}),
}
"""How far the version goes for each edit, and who says so."""


@pytest.fixture(scope="module")
def program() -> Path:
    """Build oasdiff unless Go has done so; before the tests have a home of their own, in which Go would begin anew."""
    try:
        return oasdiff.build()
    except oasdiff.OasdiffError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def _built(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oasdiff, "build", lambda: program)


@pytest.mark.usefixtures("_built")
@pytest.mark.parametrize("name", EDITS)
def test_each_change_takes_the_version_that_it_should(name: str) -> None:
    base, now = edition(name="v1:openapi.yaml"), edition(name)

    changes = find_changes(base, now)

    wanted, rules = STEPS[name]
    assert {change.rule for change in changes} == rules
    assert step(base, now, changes) == wanted


@pytest.mark.usefixtures("_built")
def test_the_worst_of_many_changes_says_what_it_takes() -> None:
    changes = find_changes(edition(), edition("a language more", "a region more", "a longer error code"))

    assert sorted(change.severity for change in changes) == [
        Severity.COMPATIBLE,
        Severity.COMPATIBLE,
        Severity.BREAKING,
    ]


@pytest.mark.usefixtures("_built")
def test_nothing_is_found_in_a_version_alone_and_no_rule_of_oasdiffs_own_on_it() -> None:
    assert find_changes(edition(), edition(version="1.0.1")) == []
    assert "api-version-not-bumped" not in {
        change.rule for change in find_changes(edition(), edition("a language less"))
    }


@pytest.mark.usefixtures("_built")
def test_the_line_of_a_limit_is_told() -> None:
    [change] = find_changes(edition(), edition("a longer error code"))

    line = edition().specification.line("/components/schemas/ServiceError/properties/error_code/maxLength")
    assert change.place == f"openapi.yaml:{line}"
    assert "from `12` to `13`" in change.text


def test_oasdiff_has_each_check_whose_severity_is_ours(program: Path) -> None:
    listed = subprocess.run(  # noqa: S603 - the tool itself
        [str(program), "checks", "changelog", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert [check for check in SEVERITIES if f'"{check}"' not in listed] == []


def test_a_dangling_reference_is_told_by_its_edition(program: Path) -> None:
    broken = edition(name="broken:openapi.yaml")
    content = broken.content.replace(b"headers/RequestId'", b"headers/RequestNumber'", 1)

    with pytest.raises(
        oasdiff.OasdiffError, match=r"^oasdiff: failed to load base spec from broken:openapi\.yaml: "
    ) as told:
        oasdiff.compare(program, replace(broken, content=content), edition())
    assert "\n" not in str(told.value)


def test_a_reference_to_another_file_is_not_followed(program: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("RequestId: {schema: {type: string}}", encoding="utf-8")
    outside = edition(name="outside:openapi.yaml")
    content = outside.content.replace(b"#/components/headers/RequestId", f"{other}#/RequestId".encode())

    with pytest.raises(oasdiff.OasdiffError, match="external"):
        oasdiff.compare(program, replace(outside, content=content), edition())


def test_settings_of_others_are_not_read(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("level: ERR\n", encoding="utf-8")
    monkeypatch.setenv("OASDIFF_CONFIG", str(settings))

    assert len(oasdiff.compare(program, edition(), edition("a language more"))) == 1


def test_the_command_says_what_the_version_must_become(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    document = commit(folder, changed(), "v1.0.0")
    document.write_text(changed("a mandatory header", "a language more"), encoding="utf-8")
    (tmp_path / "go").write_text(f"#!/bin/sh\necho '{program}'\n", encoding="utf-8")
    (tmp_path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    done = subprocess.run(  # noqa: S603 - the script itself
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
    assert (done.returncode, done.stderr) == (1, "spec-diff: info.version must become 2.0.0; it is 1.0.0\n")
