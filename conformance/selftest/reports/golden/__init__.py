"""The report of `samples` in each format, as it is published; `python -m` this package writes it anew."""

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("badge.json", "conformance.json", "junit.xml", "report.sarif", "summary.md")
