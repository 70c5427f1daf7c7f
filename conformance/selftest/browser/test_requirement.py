"""A requirement can be opened to show all its facts."""

import pytest
from playwright.sync_api import Page, expect

from conformance.selftest.browser.conftest import Show
from conformance.selftest.support.browser.runs import VIOLATES
from conformance.selftest.support.reports.samples import FAILURE, SILENCE, URL

REFUSAL = "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"


def test_a_requirement_opens_and_closes(show: Show) -> None:
    page = show(VIOLATES)
    requirement = page.locator("#REQ-001")
    expect(requirement.get_by_text("What the documentation says.")).to_be_hidden()
    requirement.locator("summary").click()
    expect(requirement.get_by_text("What the documentation says.")).to_be_visible()
    expect(requirement.get_by_role("link", name="Committing Batch Tasks")).to_have_attribute("href", URL)
    expect(requirement.get_by_text("openapi.yaml:464")).to_be_visible()
    requirement.locator("summary").click()
    expect(requirement.get_by_text("What the documentation says.")).to_be_hidden()


def test_a_finding_is_open_at_first_and_marks_the_violation(show: Show) -> None:
    page = show(VIOLATES)
    finding = page.locator("#ERR-003 .finding")
    expect(finding.get_by_text(FAILURE.request.start)).to_be_visible()
    expect(finding.locator("figure mark")).to_have_text('"DRS.1000001"')
    request, response = (box for box in (figure.bounding_box() for figure in finding.locator("figure").all()) if box)
    assert request["y"] == response["y"]
    assert request["x"] + request["width"] <= response["x"]


def test_a_mark_has_more_than_a_colour(show: Show) -> None:
    mark = show(VIOLATES).locator("#ERR-003 figure mark")
    expect(mark).to_have_css("border-bottom-style", "solid")


@pytest.mark.parametrize(
    ("what", "command"),
    [
        ("the commands that reproduce ERR-003", FAILURE.curl),
        ("the commands that reproduce REQ-002", SILENCE.curl),
        ("the command that replays ERR-003", "drs-conform replay findings/ERR-003.json --target http://127.0.0.1:8000"),
        ("the command that repeats the run", VIOLATES.command),
    ],
)
def test_a_command_is_copied_unchanged(show: Show, what: str, command: str) -> None:
    page = show(VIOLATES)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy(page, what)
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command


def test_a_command_is_selected_if_the_clipboard_is_denied(show: Show) -> None:
    page = show(VIOLATES)
    page.evaluate(REFUSAL)
    copy(page, "the commands that reproduce ERR-003")
    expect(page.get_by_text("Selected. Copy it with the keyboard.")).to_be_visible()
    assert page.evaluate("String(getSelection())") == FAILURE.curl


def copy(page: Page, what: str) -> None:
    page.get_by_role("button", name=f"Copy {what}", exact=True).click()


def test_everything_can_be_reached_with_the_keyboard(show: Show) -> None:
    page = show(VIOLATES)

    def press_until(key: str, selector: str) -> None:
        for _ in range(80):
            page.keyboard.press(key)
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{key} does not lead to {selector}")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip the summary")).to_be_focused()
    press_until("Tab", "button[data-area=Refusal][data-verdict=skipped]")
    page.keyboard.press("Enter")
    expect(page.locator("#ERR-008")).to_be_visible()
    expect(page.locator("#ERR-003")).to_be_hidden()
    press_until("Tab", "#reset")
    page.keyboard.press("Space")
    expect(page.locator("#ERR-003")).to_be_visible()
    press_until("Tab", "#ERR-008 > summary")
    page.keyboard.press("Enter")
    expect(page.locator("#ERR-008 .opened")).to_be_visible()
    press_until("Shift+Tab", "#ERR-003 button")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()


def test_the_skip_link_goes_to_the_content(show: Show) -> None:
    page = show(VIOLATES)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
