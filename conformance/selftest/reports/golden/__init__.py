"""The report of `samples` in each format, as it is published; `python -m` this package writes it anew."""

from pathlib import Path

from conformance.reports import files, render_finding
from conformance.selftest.reports.samples import REPORT

FOLDER = Path(__file__).parent
REPORTS = ("badge.json", "conformance.json", "junit.xml", "report.sarif", "summary.md")
FINDING = "ERR-003.json"
NAMES = (*REPORTS, FINDING)


def texts() -> dict[str, str]:
    """The text of each golden file, as the renderers make it now."""
    finding = dict(render_finding.render_all(REPORT))[f"{render_finding.DIRECTORY}/{FINDING}"]
    return {name: files.RENDERERS[name](REPORT) for name in REPORTS} | {FINDING: finding}
