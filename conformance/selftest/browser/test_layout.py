"""The page fits narrow and wide windows and is accessible."""

import pytest

from conformance.reports.model import Report
from conformance.selftest.browser.conftest import Show
from conformance.selftest.support.browser.barriers import barriers
from conformance.selftest.support.browser.runs import CONFORMS, NOTHING_JUDGED, VIOLATES, WIDE

RUNS = pytest.mark.parametrize(
    "report", [VIOLATES, CONFORMS, NOTHING_JUDGED], ids=["violates", "conforms", "nothing-judged"]
)
EVERYTHING_OPEN = """() => {
  for (const node of document.querySelectorAll("details")) {
    node.open = true;
    node.style.contentVisibility = "visible";
  }
}"""


@pytest.mark.parametrize(
    "report", [VIOLATES, CONFORMS, NOTHING_JUDGED, WIDE], ids=["violates", "conforms", "nothing-judged", "wide"]
)
def test_nothing_is_wider_than_the_window(show: Show, report: Report) -> None:
    page = show(report)
    page.evaluate(EVERYTHING_OPEN)
    for width in (1280, 768, 375):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width


@RUNS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_barrier(show: Show, report: Report, scheme: str) -> None:
    page = show(report, scheme=scheme)
    page.evaluate(EVERYTHING_OPEN)
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_barrier_in_a_filtered_page_in_a_narrow_window(show: Show, scheme: str) -> None:
    page = show(VIOLATES, width=375, scheme=scheme)
    page.evaluate(EVERYTHING_OPEN)
    page.locator("tbody button.fail").first.click()
    assert barriers(page) == []


def test_axe_would_find_a_barrier(show: Show) -> None:
    page = show(VIOLATES)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert barriers(page) == ["html-has-lang: html"]


def test_both_colour_schemes_differ(show: Show) -> None:
    light, dark = (
        show(VIOLATES, scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    )
    assert light != dark
