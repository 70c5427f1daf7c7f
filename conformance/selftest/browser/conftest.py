"""Fixtures: one Chromium for all tests, and reports that it opens from disk."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conformance.reports import render_html
from conformance.reports.model import Report

Show = Callable[..., Page]

FLAGS = (
    "--no-sandbox",  # root has no other way, and no page here is a stranger's
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("there is no Chromium; run scripts/setup-browser", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Show]:
    """Show reports; in the end, each has asked for nothing but its own file, and left the console empty."""
    contexts = []
    asked: list[str] = []
    said: list[str] = []
    numbers = itertools.count()

    def opened(
        report: Report, *, fragment: str = "", width: int = 1280, scheme: str = "light", scripts: bool = True
    ) -> Page:
        file = tmp_path / f"report-{next(numbers)}.html"
        file.write_text(render_html.render(report), encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(file.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert asked == [(tmp_path / f"report-{number}.html").as_uri() for number in range(next(numbers))]
    assert said == []
