"""The Chromium that opens report.html."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

REBOUND = "rebound.example"
"""A name that leads to loopback in this Chromium, as the DNS server of an attacker can make it do."""

FLAGS = (
    "--no-sandbox",  # root cannot use the sandbox, and all pages here are from this project
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """Run a headless Chromium; raises `FileNotFoundError` if it is not installed."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise FileNotFoundError("Chromium is not installed; run scripts/setup-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
