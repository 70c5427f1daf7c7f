"""Writes the golden files anew."""

from conformance.reports import files
from conformance.selftest.reports.golden import FOLDER, NAMES
from conformance.selftest.reports.samples import REPORT

if __name__ == "__main__":
    for name in NAMES:
        (FOLDER / name).write_text(files.RENDERERS[name](REPORT), encoding="utf-8")
