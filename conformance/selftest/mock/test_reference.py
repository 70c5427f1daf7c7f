"""The HTML pages: complete, self-contained and valid, without raw markup from the document."""

import itertools

import html5lib
import pytest
import yaml

from conformance.mock.reference import render_reference
from conformance.selftest.support.mock_client import COMMIT, SPEC, MockClient
from conformance.spec.openapi import SPEC_PATH, Specification

PAGE = render_reference()


def test_every_operation_parameter_and_status_is_shown() -> None:
    assert all(operation.template in PAGE for operation in SPEC.operations)
    assert all(name in PAGE for name in ("project_id", "async_job_id", "Content-Type", "X-Language", "X-Auth-Token"))
    assert all(f'id="{COMMIT.id}-{status}"' in PAGE for status in SPEC.statuses(COMMIT))


def test_every_field_limit_and_example_is_shown() -> None:
    schemas = SPEC.document["components"]["schemas"]
    assert all(
        f">{name}<" in PAGE for name in ("job.async_job_id", "job.status", "job.msg", "error_code", "request_id")
    )
    assert all(f"<code>{limit}</code>" in PAGE for limit in (1, 10, 12, 512, "en-us", "zh-cn"))
    assert schemas["ServiceError"]["properties"]["error_code"]["example"] in PAGE
    assert all(example["summary"] in PAGE for example in SPEC.document["components"]["examples"].values())


@pytest.mark.parametrize("status", sorted(SPEC.statuses(COMMIT)))
def test_every_header_of_an_answer_is_described(status: int) -> None:
    tree = html5lib.parse(PAGE, namespaceHTMLElements=False)
    pointer = f"{COMMIT.pointer}/responses/{status}/headers"
    described = {name: SPEC.at(f"{pointer}/{name}")["description"] for name in SPEC.at(pointer)}
    shown = tree.findall(f".//section[@aria-labelledby='{COMMIT.id}-{status}']/div")
    assert {header.findtext("code"): header.findtext("p") for header in shown} == described


@pytest.mark.parametrize("path", ["/_mock/", "/_mock/reference"])
def test_a_page_is_valid_and_self_contained(shared_mock: MockClient, path: str) -> None:
    page = shared_mock.client.get(path, headers={"Accept": "text/html"}).text
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert tree.attrib["lang"] == "en"
    assert tree.findall(".//link") == tree.findall(".//img") == tree.findall(".//script[@src]") == []
    assert "url(" not in page
    ids = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    targets = [link.attrib["href"][1:] for link in tree.iter("a") if link.attrib["href"].startswith("#")]
    assert set(targets) <= set(ids)
    labels = [element.attrib["aria-labelledby"] for element in tree.iter() if "aria-labelledby" in element.attrib]
    assert set(labels) <= set(ids)


def test_only_the_page_of_a_mock_has_forms_and_scripts(shared_mock: MockClient) -> None:
    served = html5lib.parse(shared_mock.client.get("/_mock/reference").text, namespaceHTMLElements=False)
    alone = html5lib.parse(PAGE, namespaceHTMLElements=False)
    assert [len(tree.findall(f".//{tag}")) for tree in (served, alone) for tag in ("form", "script")] == [1, 1, 0, 0]
    settings = shared_mock.server.settings
    assert {settings.token, settings.project_id} <= {field.get("value") for field in served.iter("input")}


def test_one_table_lists_the_codes_of_every_answer() -> None:
    (table,) = html5lib.parse(PAGE, namespaceHTMLElements=False).findall(".//table")
    rows = {
        "".join(row[0].itertext()).split()[0]: "".join(row[2].itertext()).split() for row in table.iterfind("tbody/tr")
    }
    assert set(rows) == {str(status) for status in SPEC.statuses(COMMIT)}
    assert rows["200"] == ["none"]
    assert rows["400"] == ["DRS.10000001"]
    assert rows["401"] == ["APIGW.0301", "APIGW.0307"]


def test_headings_never_skip_a_level() -> None:
    tree = html5lib.parse(PAGE, namespaceHTMLElements=False)
    levels = [int(element.tag[1]) for element in tree.iter() if element.tag in {"h1", "h2", "h3", "h4", "h5"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_descriptions_are_rendered_as_commonmark() -> None:
    assert "<li>The batch has been created asynchronously" in PAGE
    assert "<code>Content-Type: application/json</code>" in PAGE


def test_another_operation_is_shown_and_markup_in_the_document_is_text() -> None:
    document = yaml.safe_load(SPEC_PATH.read_bytes())
    document["paths"]["/v5/{project_id}/things"] = {
        "parameters": [{"$ref": "#/components/parameters/ProjectId"}],
        "put": {
            "operationId": "ReplaceThings",
            "description": "<script>alert(1)</script> [link](javascript:alert(1))",
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["things"],
                            "properties": {
                                "things": {
                                    "type": "array",
                                    "maxItems": 7,
                                    "items": {
                                        "type": "object",
                                        "properties": {"size": {"type": "integer", "minimum": 3}},
                                    },
                                }
                            },
                        }
                    }
                }
            },
            "responses": {"204": {"description": "Done."}, "default": {"description": "Other."}},
        },
    }
    page = render_reference(Specification(yaml.safe_dump(document).encode()))
    assert all(
        text in page for text in ("ReplaceThings", "things[].size", "<code>7</code>", "204 No Content", "Other.")
    )
    assert "<script>" not in page
    assert 'href="javascript' not in page
    assert 'id="CommitAsyncJob"' in page
