"""Recording of findings on one mock and replay on another, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.config.settings import Settings
from conformance.engine.replay import Replayer
from conformance.engine.run import Run
from conformance.findings import file
from conformance.reports import files, render_finding
from conformance.requirements import SCENARIOS
from conformance.selftest.support.judging import conclude, play
from conformance.spec import catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.replay import Result


def record(run: Run, requirement_id: str, directory: Path, *names: str) -> Path:
    """Play the named scenarios, or all, until the requirement is violated; return the path of the finding."""
    for name in names or SCENARIOS:
        if run.skip_reason(SCENARIOS[name]) is None and not run.log.records[requirement_id].violations:
            play(run, name)
    report, _ = conclude(run)
    files.write(report, directory)
    return directory / render_finding.DIRECTORY / f"{requirement_id}.json"


def replay(path: Path, settings: Settings) -> Result:
    """Replay a finding at the target of these settings."""
    with Run(settings, catalogue.load()) as run:
        return Replayer(run, catalogue.load()).replay(file.read(path))


def replay_at(path: Path, url: str) -> Result:
    return replay(path, Settings(target=url))
