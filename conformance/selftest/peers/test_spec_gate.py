"""Tests that the gate has no findings in openapi.yaml and finds each planted mistake."""

from pathlib import Path

import pytest

from conformance.selftest.support.mistakes import MISTAKES
from conformance.spec.openapi import SPEC_PATH
from scripts import npm
from scripts.spec import gate, linters


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The rules that find each mistake, by its name; "none" is the unchanged document."""
    directory = tmp_path_factory.mktemp("mistakes")
    names = {SPEC_PATH: "none"} | {mistake.plant(directory): mistake.name for mistake in MISTAKES}
    rules: dict[str, set[str]] = {name: set() for name in names.values()}
    for finding in gate.find_all(list(names)):
        rules[names[finding.document]].add(finding.rule)
    return rules


def test_each_mistake_is_found_by_exactly_the_expected_checks(found: dict[str, set[str]]) -> None:
    assert {name: {rule.split()[0] for rule in rules} for name, rules in found.items()} == {
        "none": set(),
        **{mistake.name: set(mistake.found_by) for mistake in MISTAKES},
    }


def test_each_house_rule_finds_one_of_the_mistakes(found: dict[str, set[str]]) -> None:
    assert {f"house {name}" for name in gate.RULES} - set().union(*found.values()) == set()


def test_linter_without_a_result_fails_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "modules" / linters.SPECTRAL
    broken.parent.mkdir(parents=True)
    broken.write_text("console.error('broken'); process.exit(3)", encoding="utf-8")
    monkeypatch.setattr(npm, "install", lambda *_: tmp_path / "modules")

    with pytest.raises(linters.LinterError, match="did not print a result: broken"):
        gate.find_all([SPEC_PATH])
