"""Complete runs on conforming servers, one of which answers as in the published example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

FILES = ("badge.json", "conformance.json", "junit.xml", "report.html", "report.sarif", "summary.md")


def test_the_built_in_mock_conforms(drs_conform: CommandLine) -> None:
    outcome = drs_conform()

    assert outcome.code == 0
    assert outcome.out.startswith("conforms: ")
    assert outcome.report["verdict"] == "conforms"
    assert {item["verdict"] for item in outcome.report["requirements"]} == {"pass"}
    assert sorted(path.name for path in outcome.directory.iterdir()) == sorted(FILES)


def test_output_without_a_terminal_has_no_escapes(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "ERR")

    assert "\x1b" not in outcome.out + outcome.err


def test_a_server_that_responds_with_the_published_example_conforms(drs_conform: CommandLine) -> None:
    """The example has no status, no msg and another ID than the request."""
    with EmbeddedServer(MockSettings(variants=("published-example",))) as mock:
        outcome = drs_conform("--target", mock.url)

    assert outcome.code == 0
    assert not outcome.broken


def test_a_failing_run_prints_the_entry_to_paste(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "ERR")

    assert "- {requirement: ERR-003, " in outcome.out
