"""Pages of other sites that try to use the control interface of a mock: DNS rebinding, forms and scripts."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from conformance.selftest.support.browser.chromium import REBOUND
from conformance.selftest.support.mock_client import READY, MockClient, running_mock
from conformance.selftest.support.servers import answering

BATCH = json.dumps({"status": READY, "async_job_id": "made-by-a-page"})
CALL = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return [answer.type, answer.status, await answer.text()];
  } catch (error) { return ["failed", 0, ""]; }
}"""
SUBMIT = """([action, enctype, name, value]) => {
  const form = document.createElement("form");
  Object.assign(form, {action, enctype, method: "post"});
  const input = document.createElement("input");
  Object.assign(input, {name, value});
  form.append(input);
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture(scope="module")
def mock() -> Iterator[MockClient]:
    with running_mock() as mock_client:
        yield mock_client


@pytest.fixture
def page(chromium: Browser, mock: MockClient) -> Iterator[Page]:
    """Open a page; at the end, none has made a batch or switched a fault."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert mock.server.app.store.listed() == []
    assert mock.server.app.switchboard.names == ()


@pytest.fixture(params=["127.0.0.1", REBOUND])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve a page at another origin, of the same site as the mock and of another one; yields its URL."""
    with answering(200, b"<!doctype html><title>a page</title>", {"Content-Type": "text/html"}) as url:
        yield url.replace("127.0.0.1", request.param)


def is_secret(mock: MockClient, text: str) -> bool:
    settings = mock.server.settings
    return not any(secret in text for secret in (settings.token, settings.secret_key, settings.iam_password))


def test_a_page_whose_name_was_rebound_neither_reads_a_key_nor_makes_a_batch(mock: MockClient, page: Page) -> None:
    page.goto(mock.server.url.replace("127.0.0.1", REBOUND) + "/v5")  # the API answers to any Host
    headers = {"Content-Type": "application/json"}
    answers = [
        page.evaluate(CALL, [path, options])
        for path, options in (
            ("/_mock/", {}),
            ("/_mock/reference", {}),
            ("/_mock/requests", {}),
            ("/_mock/batches", {"method": "POST", "headers": headers, "body": BATCH}),
            ("/_mock/batches", {"method": "DELETE"}),
            ("/_mock/faults", {"method": "PUT", "headers": headers, "body": '{"faults": ["job-missing"]}'}),
        )
    ]

    assert [answer[:2] for answer in answers] == [["basic", 421]] * len(answers)
    assert all(is_secret(mock, text) for _, _, text in answers)


def test_a_page_whose_name_was_rebound_cannot_open_the_reference(mock: MockClient, page: Page) -> None:
    response = page.goto(mock.server.url.replace("127.0.0.1", REBOUND) + "/_mock/reference")
    assert response is not None
    assert (response.status, page.locator("form").count()) == (421, 0)
    assert is_secret(mock, page.content())


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
@pytest.mark.parametrize("media_type", ["text/plain", "application/json"])
def test_a_script_of_another_origin_has_no_effect(
    mock: MockClient, page: Page, elsewhere: str, mode: str, media_type: str
) -> None:
    page.goto(elsewhere)
    options = {"method": "POST", "mode": mode, "headers": {"Content-Type": media_type}, "body": BATCH}
    made = page.evaluate(CALL, [f"{mock.server.url}/_mock/batches", options])
    read = page.evaluate(CALL, [f"{mock.server.url}/_mock/", {"mode": mode}])

    assert made[0] in {"failed", "opaque"}
    assert read in (["failed", 0, ""], ["opaque", 0, ""])


@pytest.mark.parametrize("enctype", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_origin_has_no_effect(mock: MockClient, page: Page, elsewhere: str, enctype: str) -> None:
    page.goto(elsewhere)
    name, _, value = BATCH.replace("}", ', "project_id": "=p"}').partition("=")
    with page.expect_navigation() as navigation:
        page.evaluate(SUBMIT, [f"{mock.server.url}/_mock/batches", enctype, name, value])

    assert navigation.value.status == 403
    assert page.url.startswith(mock.server.url)


def test_a_page_of_another_origin_cannot_frame_the_forms(mock: MockClient, page: Page, elsewhere: str) -> None:
    page.goto(elsewhere)
    with page.expect_response(f"{mock.server.url}/_mock/reference") as response:
        page.evaluate(
            "url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }",
            f"{mock.server.url}/_mock/reference",
        )

    assert response.value.status == 403
