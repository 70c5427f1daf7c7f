"""Known deviations: accepted until they are out of date, and without an effect on other violations."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.spec import catalogue, deviations

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine


PUBLIC_CLOUD = Path(__file__).parents[2] / "docs" / "public-cloud-deviations.yaml"
TODAY = dt.datetime.now(dt.UTC).date()


def _deviation(requirement: str, expires: dt.date) -> str:
    return f"- {{requirement: {requirement}, reason: as agreed, link: 'https://example.com/1', expires: {expires}}}\n"


DEVIATIONS = {
    "accepted": ("ERR-003", 30, 0, "deviates"),
    "expired": ("ERR-003", -1, 1, "expired on"),
    "deviates no longer": ("ERR-005", 30, 1, "deviates no longer"),
}


@pytest.mark.parametrize("case", DEVIATIONS)
def test_known_deviations_are_accepted_until_they_are_out_of_date(
    case: str, drs_conform: CommandLine, tmp_path: Path
) -> None:
    requirement, days, code, state = DEVIATIONS[case]
    expires = TODAY + dt.timedelta(days=days)
    file = tmp_path / "known.yaml"
    file.write_text(_deviation(requirement, expires), encoding="utf-8")

    with EmbeddedServer(MockSettings(faults=("error-code-11",) if requirement == "ERR-003" else ())) as mock:
        outcome = drs_conform("--target", mock.url, "--known-deviations", str(file))

    assert outcome.code == code
    assert outcome.report["known_deviations"][0]["state"].startswith(state)


def test_an_accepted_deviation_hides_no_other_violation(drs_conform: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(_deviation("AUTH-001", TODAY + dt.timedelta(days=30)), encoding="utf-8")

    with EmbeddedServer(MockSettings(faults=("no-authentication",))) as mock:
        outcome = drs_conform("--target", mock.url, "--known-deviations", str(file))

    assert outcome.code == 1
    assert "AUTH-002" in outcome.out.splitlines()[0]
    assert outcome.requirement("AUTH-001")["verdict"] == "warn"


def test_an_accepted_recommendation_is_reported_with_the_reason(drs_conform: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(_deviation("REQ-003", TODAY + dt.timedelta(days=30)), encoding="utf-8")

    with EmbeddedServer(MockSettings(faults=("content-type-optional",))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "REQ-003", "--known-deviations", str(file))

    assert outcome.requirement("REQ-003")["verdict"] == "warn"
    assert outcome.requirement("REQ-003")["reason"] == "known deviation: as agreed (https://example.com/1)"


def test_the_deviations_of_the_public_cloud_accept_codes_of_ten_characters(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-10",))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "ERR", "--known-deviations", str(PUBLIC_CLOUD))

    assert outcome.code == 0
    assert outcome.requirement("ERR-003")["verdict"] == "warn"
    assert "DRS.M00202" in outcome.requirement("ERR-003")["reason"]


def test_the_deviations_of_the_public_cloud_have_not_expired() -> None:
    entries = deviations.read(PUBLIC_CLOUD, catalogue.load())

    assert entries
    assert not any(entry.expired(TODAY) for entry in entries)
