"""Fixtures: one Chromium for all tests, and a function that opens a report from disk."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from conformance.reports import render_html
from conformance.reports.model import Report
from conformance.selftest.support.browser.chromium import launched

Show = Callable[..., Page]


# Playwright has an event loop in this thread, in which other tests cannot run theirs.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Show]:
    """Return a function that opens reports; at the end, each has requested only its own file and logged nothing."""
    contexts = []
    requested: list[str] = []
    logged: list[str] = []
    numbers = itertools.count()

    def dismiss(dialog: Dialog) -> None:
        logged.append(f"dialog: {dialog.message}")
        dialog.dismiss()

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
        page.on("request", lambda request: requested.append(request.url.partition("#")[0]))
        page.on("console", lambda message: logged.append(f"{message.type}: {message.text}"))
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.goto(file.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert requested == [(tmp_path / f"report-{number}.html").as_uri() for number in range(next(numbers))]
    assert logged == []
