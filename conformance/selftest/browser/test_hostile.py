"""Everything that a target sends stays text when the page runs."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from playwright.sync_api import Page, expect

from conformance.selftest.browser.conftest import Show
from conformance.selftest.support.browser.runs import VIOLATES

ATTACK = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"onfocus=alert(1) autofocus='</title></style></script>"
    "</textarea></code><svg onload=alert(1)><iframe src=x></iframe><style>*{display:none}</style><!--"
)


def attacked(value: Any) -> Any:  # noqa: ANN401 - any part of a report
    """Return a report, or a part of one, with markup in every text except levels and verdicts."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value + ATTACK
    if isinstance(value, tuple):
        return tuple(attacked(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        texts = {field.name: attacked(getattr(value, field.name)) for field in fields(value) if field.name != "level"}
        return replace(value, **texts)
    return value


HOSTILE = attacked(VIOLATES)


def elements(page: Page) -> set[str]:
    """Return the names of all elements, with each of their attributes."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(node => ['', ...node.getAttributeNames()]"
        ".map(name => `${node.localName} ${name}`))"
    )
    return set(found)


def test_markup_in_every_text_of_a_report_makes_no_element(show: Show) -> None:
    page = show(HOSTILE)
    assert elements(page) <= elements(show(VIOLATES))
    expect(page.locator("#reset")).to_be_attached()
    expect(page.locator(".reason")).to_have_text(HOSTILE.reason)


def test_markup_in_every_text_of_a_report_is_filtered_and_linked_as_text(show: Show) -> None:
    page = show(HOSTILE)
    page.locator("tbody button.fail").first.click()
    area = HOSTILE.requirements[3].area
    expect(page.locator(".filter [role=status]")).to_have_text(f"1 of 6 requirements: {area}, fail")

    other = show(HOSTILE, fragment=page.evaluate("location.hash"))

    expect(other.locator("main details:visible")).to_have_count(1)
    expect(other.locator(".filter [role=status]")).to_have_text(f"1 of 6 requirements: {area}, fail")


def test_markup_in_a_command_is_copied_as_text(show: Show) -> None:
    page = show(HOSTILE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".command button").first.click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == HOSTILE.command


def test_markup_in_a_fragment_stays_text(show: Show) -> None:
    page = show(VIOLATES, fragment="#area=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&verdict=fail")
    expect(page.locator(".filter [role=status]")).to_contain_text("<img src=x onerror=alert(1)>, fail")
    expect(page.locator("img")).to_have_count(0)
