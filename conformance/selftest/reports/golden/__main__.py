"""Writes the golden files again."""

from conformance.selftest.reports.golden import FOLDER, texts

if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
