"""The numbers in the table filter the requirements."""

import pytest
from playwright.sync_api import Page, expect

from conformance.reports.model import Report
from conformance.selftest.browser.conftest import Show
from conformance.selftest.support.browser.runs import CONFORMS, NOTHING_JUDGED, THOUSAND, VIOLATES

ALL = ["ERR-003", "REQ-002", "ERR-007", "ERR-008", "REQ-001", "REQ-003"]


def shown(page: Page) -> list[str]:
    """Return the IDs of the visible requirements."""
    ids: list[str] = page.eval_on_selector_all(
        "main details", "nodes => nodes.filter(node => node.checkVisibility()).map(node => node.id)"
    )
    return ids


def test_a_cell_shows_the_requirements_that_it_counts(show: Show) -> None:
    page = show(VIOLATES)
    assert shown(page) == ALL

    cell = page.get_by_role("button", name="1: fail in Refusal", exact=True)
    cell.click()

    assert shown(page) == ["ERR-003"]
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(page.locator("table button[aria-pressed=true]")).to_have_count(1)
    expect(page.locator(".filter [role=status]")).to_have_text("1 of 6 requirements: Refusal, fail")
    expect(page.get_by_role("heading", name="Findings")).to_be_visible()
    expect(page.get_by_role("heading", name="Passed")).to_be_hidden()


def test_a_hint_says_how_to_filter(show: Show) -> None:
    hint = show(VIOLATES).locator(".filter [role=status]")
    expect(hint).to_have_text("6 requirements. Click a number in the table to filter.")


@pytest.mark.parametrize("report", [VIOLATES, CONFORMS, NOTHING_JUDGED], ids=["violates", "conforms", "nothing-judged"])
def test_every_number_is_the_count_of_the_requirements_that_it_shows(show: Show, report: Report) -> None:
    page = show(report)
    for button in page.locator("table button").all():
        button.click()
        assert str(len(shown(page))) == button.inner_text()


def test_a_second_click_on_a_cell_removes_the_filter(show: Show) -> None:
    page = show(VIOLATES)
    cell = page.get_by_role("button", name="2: pass", exact=True)
    cell.click()
    assert shown(page) == ["REQ-001", "REQ-003"]
    cell.click()
    assert shown(page) == ALL
    expect(cell).to_have_attribute("aria-pressed", "false")


def test_a_level_narrows_what_a_cell_shows(show: Show) -> None:
    page = show(VIOLATES)
    page.get_by_role("button", name="2: pass", exact=True).click()
    page.get_by_role("button", name="OBSERVE 1").click()
    assert shown(page) == ["REQ-003"]
    expect(page.locator(".filter [role=status]")).to_have_text("1 of 6 requirements: pass, OBSERVE")


def test_one_button_shows_all_again(show: Show) -> None:
    page = show(VIOLATES)
    reset = page.get_by_role("button", name="Show all")
    expect(reset).to_be_hidden()
    page.get_by_role("button", name="3: all in Refusal", exact=True).click()
    page.get_by_role("button", name="MUST 4").click()

    reset.click()

    assert shown(page) == ALL
    expect(reset).to_be_hidden()
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_a_filtered_view_can_be_linked(show: Show) -> None:
    page = show(VIOLATES)
    page.get_by_role("button", name="1: skipped in Refusal", exact=True).click()
    fragment = page.evaluate("location.hash")

    other = show(VIOLATES, fragment=fragment)

    assert shown(other) == ["ERR-008"]
    expect(other.locator("[aria-pressed=true]")).to_have_text("1")


def test_a_link_to_a_requirement_opens_it_with_any_filter(show: Show) -> None:
    page = show(VIOLATES, fragment="#ERR-007")
    expect(page.locator("#ERR-007 .opened")).to_be_in_viewport()

    page.get_by_role("button", name="1: pass in Refusal", exact=True).or_(
        page.get_by_role("button", name="2: pass", exact=True)
    ).click()
    page.locator(".reason a", has_text="ERR-003").click()

    assert shown(page) == ALL
    expect(page.locator("#ERR-003 .opened")).to_be_in_viewport()


def test_a_fragment_that_names_nothing_changes_nothing(show: Show) -> None:
    page = show(VIOLATES, fragment="#%3Cscript%3E")
    assert shown(page) == ALL
    for fragment in ("#%E0%A4%A", "#area", "#area=&verdict=", "#x=y"):
        page.goto(page.url.partition("#")[0] + fragment)
        assert shown(page) == ALL


def test_without_scripts_everything_is_visible_and_no_button_is_enabled(show: Show) -> None:
    page = show(VIOLATES, scripts=False)
    expect(page.locator("main details:visible")).to_have_count(len(ALL))
    expect(page.locator("button:visible:not(:disabled)")).to_have_count(0)
    page.locator("#REQ-003 summary").click()
    expect(page.locator("#REQ-003 .opened")).to_be_visible()


def test_a_thousand_findings_are_filtered_and_opened(show: Show) -> None:
    page = show(THOUSAND)
    page.locator("tbody button.fail").first.click()
    assert len(shown(page)) == 1000
    page.locator("#ERR-0999 summary").click()
    expect(page.locator("#ERR-0999 .opened")).to_be_visible()
