"""The requests of a scenario depend on the seed and its own name alone."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx

from conformance.exchange.classification import BatchState
from conformance.mock.embedded import EmbeddedServer
from conformance.target.batches import Batches

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.support.command_line import CommandLine
    from conformance.target.batches import Shape


def test_another_seed_has_another_digest(drs_conform: CommandLine) -> None:
    digests = {drs_conform("--seed", seed, "--only", "LIFE-002").report["requests_sha256"] for seed in ("1", "2")}

    assert len(digests) == 2


def test_a_scenario_sends_the_same_alone_as_among_others(drs_conform: CommandLine) -> None:
    runs = []
    for selection in (("--only", "LIFE-001"), ("--only", "LIFE-001", "RES-001", "ERR-001", "REQ-001"), ()):
        with EmbeddedServer() as mock:
            drs_conform("--target", mock.url, *selection)
            runs.append(_requests(mock.url))

    # The requests of a selection are sent in each wider selection as well, with the same IDs.
    assert runs[0]
    assert [entry for entry in runs[1] if entry in runs[0]] == runs[0]
    assert [entry for entry in runs[2] if entry in runs[1]] == runs[1]


def test_generated_requests_do_not_depend_on_the_source_of_loaded_modules(
    drs_conform: CommandLine, tmp_path: Path
) -> None:
    """By default, Hypothesis draws values from the literals of modules outside of site-packages."""
    (tmp_path / "literals.py").write_text("\n".join(f"a{n} = 'literal-{n}'" for n in range(500)), encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text("import literals", encoding="utf-8")

    with EmbeddedServer() as mock:
        plain = drs_conform("--target", mock.url, "--profile", "safe").report["requests_sha256"]
        other = drs_conform("--target", mock.url, "--profile", "safe", PYTHONPATH=str(tmp_path))
        sent = str(_requests(mock.url))

    assert other.report["requests_sha256"] == plain
    assert "literal-" not in sent


def test_generated_requests_do_not_depend_on_the_unicode_version_of_python(
    drs_conform: CommandLine, tmp_path: Path
) -> None:
    """Each version of Python knows other letters, and Hypothesis draws from those that Python knows."""
    older = [f"unicodedata.{name} = unicodedata.ucd_3_2_0.{name}" for name in ("category", "unidata_version")]
    (tmp_path / "sitecustomize.py").write_text("\n".join(("import unicodedata", *older)), encoding="utf-8")

    plain = drs_conform().report
    other = drs_conform(PYTHONPATH=str(tmp_path), HYPOTHESIS_STORAGE_DIRECTORY=str(tmp_path / "hypothesis")).report

    assert (tmp_path / "hypothesis" / "unicode_data" / "3.2.0").exists()
    assert other["requests_sha256"] == plain["requests_sha256"]


class Numbered:
    """Creates batches whose IDs are made of the scenario and a number."""

    def begin(self, scenario: str) -> None:
        self._name, self._number = scenario, 0

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        self._number += 1
        return shape(f"{self._name}-{self._number}-{state.value}{'-foreign' * foreign}")


def test_each_scenario_has_its_own_reusable_batch_if_batches_can_be_created() -> None:
    batches = Batches({}, seed=1, provider=Numbered())

    ids = []
    for scenario in ("a", "a", "b"):
        batches.begin(scenario)
        ids.append(batches.reusable_ready())

    assert ids == ["a-1-ready", "a-1-ready", "b-1-ready"]


def test_all_scenarios_share_a_reusable_batch_if_batches_are_named() -> None:
    batches = Batches({BatchState.READY: ["r1", "r2"]}, seed=1, provider=None)

    ids = []
    for scenario in ("a", "b"):
        batches.begin(scenario)
        ids.append(batches.reusable_ready())

    assert ids == ["r1", "r1"]


def test_unknown_ids_are_random_uuids_that_differ_between_scenarios() -> None:
    batches = Batches({}, seed=1, provider=None)

    ids = []
    for scenario in ("a", "b", "a"):
        batches.begin(scenario)
        ids.append([batches.unknown() for _ in range(3)])

    assert ids[0] == ids[2]
    assert not {*ids[0]} & {*ids[1]}
    assert {uuid.UUID(text).version for text in (*ids[0], *ids[1])} == {4}


def _requests(url: str) -> list[dict[str, Any]]:
    """Return the requests that the mock has received, without Host headers, since the port varies."""
    record = httpx.get(f"{url}/_mock/requests", trust_env=False).json()["requests"]
    return [
        {
            "method": entry["method"],
            "target": entry["target"],
            "headers": [pair for pair in entry["headers"] if pair[0].lower() != "host"],
        }
        for entry in record
    ]
