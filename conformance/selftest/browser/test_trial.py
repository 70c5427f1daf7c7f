"""The reference page of the mock in a browser: its forms call the mock that serves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from conformance.mock.settings import CONTROL_PATH
from conformance.selftest.support.browser.barriers import barriers
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

WIDE, NARROW = 1280, 360


@dataclass(frozen=True)
class User:
    """A user of the page."""

    page: Page

    def make(self, state: str) -> str:
        """Create a batch with the form, and return its ID, which the form then has."""
        self.page.get_by_label("State of the batch").select_option(state)
        self.page.get_by_role("button", name="Create one").click()
        self.page.get_by_text("Created a batch").wait_for()
        batch_id: str = self.page.locator("form.trial input[name=async_job_id]").input_value()
        return batch_id

    def fill(self, name: str, value: str) -> None:
        self.page.locator(f"form.trial input[name={name}]").fill(value)

    def send(self) -> tuple[str, str]:
        """Press the button, and return the line about the answer and its body."""
        self.page.get_by_role("button", name="Send").click()
        shown = self.page.get_by_role("status")
        shown.get_by_text("X-Request-Id").wait_for()
        return shown.locator("p").inner_text(), shown.locator("pre").inner_text()


@pytest.fixture(scope="module")
def mock() -> Iterator[MockClient]:
    with running_mock() as mock_client:
        yield mock_client


@pytest.fixture(params=[WIDE, NARROW])
def user(chromium: Browser, mock: MockClient, request: pytest.FixtureRequest) -> Iterator[User]:
    """Open the page in a window of some width; at the end, no script has failed."""
    errors: list[str] = []
    context = chromium.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{mock.server.url}{CONTROL_PATH}/reference")
    yield User(page)
    context.close()
    assert errors == []


def test_a_batch_created_on_the_page_is_committed_there(mock: MockClient, user: User) -> None:
    async_job_id = user.make(READY)
    line, body = user.send()
    assert line.startswith("200 OK, X-Request-Id ")
    assert async_job_id in body
    assert mock.status(async_job_id) == "COMMIT_SUCCESS"
    sent = mock.server.app.record.listed()[-1]
    assert [value for name, value in sent.headers if name == "content-type"] == ["application/json"]
    assert [name for name, _ in sent.headers].count("x-auth-token") == 1


def test_a_refusal_is_shown_unchanged(mock: MockClient, user: User) -> None:
    user.fill("async_job_id", "no such batch/%2F")
    line, body = user.send()
    assert line.startswith("400 Bad Request, ")
    assert '"error_code": "DRS.' in body
    assert mock.server.app.record.listed()[-1].path_parameters["async_job_id"] == "no such batch/%2F"


def test_a_wrong_token_is_refused_by_the_gateway(user: User) -> None:
    user.fill("X-Auth-Token", "wrong")
    line, body = user.send()
    assert line.startswith("401 Unauthorized, ")
    assert '"error_code": "APIGW.' in body


@pytest.mark.parametrize("element", ["html", ".table"])
def test_the_page_fits_its_window(user: User, element: str) -> None:
    assert user.page.locator(element).evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_barrier_in_a_form_that_was_sent(user: User, scheme: Literal["light", "dark"]) -> None:
    user.page.emulate_media(color_scheme=scheme)
    user.make(READY)
    user.send()
    user.page.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true; })")
    assert barriers(user.page) == []
