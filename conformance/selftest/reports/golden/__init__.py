"""The expected output of each format for the report of `samples`; `python -m` this package writes it again."""

from pathlib import Path

from conformance.reports import files, render_finding
from conformance.selftest.support.reports.samples import REPORT

FOLDER = Path(__file__).parent
REPORTS = ("badge.json", "conformance.json", "junit.xml", "report.sarif", "summary.md")
FINDING = "ERR-003.json"
NAMES = (*REPORTS, FINDING)


def texts() -> dict[str, str]:
    """Return the text of each golden file, as the renderers write it now."""
    finding = dict(render_finding.render_all(REPORT))[f"{render_finding.DIRECTORY}/{FINDING}"]
    return {name: files.RENDERERS[name](REPORT) for name in REPORTS} | {FINDING: finding}
