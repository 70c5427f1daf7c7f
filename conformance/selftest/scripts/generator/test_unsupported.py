"""Tests that what the client cannot express is refused in one line, which names the place in the document."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.selftest.support.checkouts import SPEC, change_spec, read_tree, run_generate
from conformance.selftest.support.client.changes.documents import COMMIT, TASK, answered, commit, schemas
from scripts.client import generator, package
from scripts.client.specification import Spec, SpecError, read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.selftest.support.client.changes.documents import Document

HERE = f"paths.{COMMIT}.post"
POST = f"POST {COMMIT}"
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}


def parameter(where: str, schema: dict[str, Any] | None = None, **more: object) -> Callable[[Document], None]:
    described = {} if schema is None else {"schema": schema}

    def change(document: Document) -> None:
        commit(document)["parameters"].append({"name": "X-Ids", "in": where, "required": True, **described, **more})

    return change


def in_path(schema: dict[str, Any]) -> Callable[[Document], None]:
    given = {"name": "id", "in": "path", "required": True, "schema": schema}

    def change(document: Document) -> None:
        operation = {"operationId": "Show", "parameters": [given], "responses": {"204": {"description": "Done."}}}
        document["paths"]["/x/{id}"] = {"get": operation}

    return change


def operation(**changes: object) -> Callable[[Document], None]:
    return lambda document: commit(document).update(changes)


def response(status: str, answer: dict[str, Any]) -> Callable[[Document], None]:
    return lambda document: commit(document)["responses"].update({status: answer})


def field(**more: object) -> Callable[[Document], None]:
    return lambda document: schemas(document)["CommittedAsyncJob"]["properties"].update(more)


def another(identifier: str) -> Callable[[Document], None]:
    described = {"operationId": identifier, "responses": {"204": {"description": "Done."}}}
    return lambda document: document["paths"].update({"/x": {"get": described}})


def without_an_id(document: Document) -> None:
    del commit(document)["operationId"]


def without_success(document: Document) -> None:
    del commit(document)["responses"]["200"]


def twice_referred(document: Document) -> None:
    document["components"]["responses"]["Other"] = {"$ref": "#/components/responses/Committed"}
    commit(document)["responses"]["200"] = {"$ref": "#/components/responses/Other"}


def two_bodies(document: Document) -> None:
    operation(requestBody={"content": answered(TASK)["content"]})(document)
    parameter("query", TEXT, name="body")(document)


AT_PARAMETER = f"{HERE}.parameters.4 (X-Ids): "

UNSUPPORTED: dict[str, tuple[Callable[[Document], None], str]] = {
    "OpenAPI 3.1": (lambda document: document.update(openapi="3.1.0"), "openapi: 3.1.0 is not 3.0"),
    "server": (
        lambda document: document.update(servers=[{"url": "https://drs.{region}.{domain}"}]),
        "servers.0.url: {region} is not one of the variables; describe it",
    ),
    "cookie": (parameter("cookie", TEXT), AT_PARAMETER + "the client sends no cookies"),
    "content": (
        parameter("query", content=answered(TEXT)["content"]),
        AT_PARAMETER + "a parameter with",
    ),
    "style": (
        parameter("query", TEXTS, style="pipeDelimited"),
        AT_PARAMETER + "the style pipeDelimited",
    ),
    "deep": (parameter("query", TASK, style="deepObject"), AT_PARAMETER + "the style deepObject"),
    "explode": (parameter("query", TEXTS, explode=False), AT_PARAMETER + "explode: false is not sent"),
    "header of texts": (parameter("header", TEXTS), f"{POST}: list[str] is not allowed in header"),
    "header of a UUID": (
        parameter("header", TEXT | {"format": "uuid"}),
        AT_PARAMETER + "the format uuid",
    ),
    "header of the token": (
        parameter("header", TEXT, name="x-auth-token"),
        f"{HERE}.parameters.4 (x-auth-token): the client sends this header with the token",
    ),
    "boolean in a path": (in_path({"type": "boolean"}), "paths./x/{id}.get.parameters.0 (id): a boolean is not sent"),
    "time in a path": (
        in_path(TEXT | {"format": "date-time"}),
        "paths./x/{id}.get.parameters.0 (id): the format date-time",
    ),
    "body": (
        operation(requestBody={"content": {"text/plain": {"schema": TEXT}}}),
        f"{HERE}.requestBody: the client sends",
    ),
    "servers": (operation(servers=[{"url": "https://other.example"}]), f"{HERE}.servers: each operation is sent to"),
    "answer": (
        response("200", {"description": "d", "content": {"text/csv": {}}}),
        f"{HERE}.responses.200: the client reads",
    ),
    "reference to a reference": (
        twice_referred,
        f"{HERE}.responses.200: the answer is a reference to a reference",
    ),
    "oneOf": (
        response("200", answered({"oneOf": [TASK, TASK]})),
        f"{HERE}.responses.200.oneOf: the client cannot tell",
    ),
    "anyOf below": (
        field(a={"anyOf": [TEXT, {"type": "integer"}]}),
        "components.schemas.CommittedAsyncJob.properties.a.anyOf: the client cannot tell",
    ),
    "binary": (
        field(a=TEXT | {"format": "binary"}),
        "components.schemas.CommittedAsyncJob.properties.a.format: JSON has no binary",
    ),
    "enumeration": (
        field(a=TEXT | {"enum": ["a b", "a-b"]}),
        "components.schemas.CommittedAsyncJob.properties.a.enum: two values have one name",
    ),
    "kinds of values": (
        field(a={"enum": ["a", 1]}),
        "Unable to process schema /components/schemas/CommittedAsyncJob: Got",
    ),
    "no operationId": (without_an_id, f"{HERE}: there is no operationId"),
    "same method": (another("commitAsyncJob"), "operationId commitAsyncJob: the client has another commit_async_job"),
    "method of the client": (another("Close"), "operationId Close: the client has another close"),
    "property of the client": (
        another("WithResponse"),
        "operationId WithResponse: the client has another with_response",
    ),
    "no name of a method": (another("__enter__"), "operationId __enter__: no method can have this name"),
    "no letter first": (another("2fa"), "operationId 2fa: no method can have this name"),
    "no success": (without_success, f"{POST}: no success is documented"),
    "field name": (field(to_dict=TEXT), "CommittedAsyncJob.to_dict: the models need this name"),
    "parameter name": (parameter("query", TEXT, name="headers"), f"{POST}: the client needs the name headers"),
    "same arguments": (two_bodies, f"{POST}: two parameters are the argument body"),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_the_client_cannot_express_is_refused_with_its_place(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, reason = UNSUPPORTED[case]
    document = copy.deepcopy(SPEC)
    change(document)
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    found = generator.main(str(package.CLIENT / "config.yaml"))

    assert reason in found
    assert "\n" not in found


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("LanguageName", "operations"),
        ("AsyncOperationsWithResponse", "operations"),
        ("Callable", "operations"),
        ("Client", "api/default/show"),
        ("T", "models/t"),
        ("UNSET", "api/default/show"),
    ],
)
def test_a_schema_with_a_name_that_a_module_has_already_is_refused(name: str, module: str, tmp_path: Path) -> None:
    document = copy.deepcopy(SPEC)
    schemas(document)[name] = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
    document["paths"]["/x"] = {"get": {"operationId": "Show", "responses": {"200": answered(name)}}}
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    with pytest.raises(
        package.GenerationError, match=f"components.schemas: {name} is a name that {module}.py needs; rename it$"
    ):
        package.build(read_spec(tmp_path / "openapi.yaml"), tmp_path)


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_refusal_ends_with_an_exit_code_and_writes_nothing(checkout: Path, options: list[str]) -> None:
    change_spec(checkout, "paths", COMMIT, "post", servers=[{"url": "https://other.example"}])
    before = read_tree(checkout)

    run = run_generate(checkout, *options)

    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert run.stderr.startswith(f"generate: openapi-python-client cannot express openapi.yaml: {HERE}.servers: ")
    assert read_tree(checkout) == before


def test_a_message_that_names_something_unknown_is_refused() -> None:
    texts = {"default": {"purpose": "{operation}", "effect": "", "remedy": ""}, "CommitAsyncJob": {"effect": "{batch}"}}
    with pytest.raises(SpecError, match=r"messages.yaml: CommitAsyncJob has \{batch\}; use base_url, id"):
        Spec(b"", SPEC, "").messages(texts)

    texts["CommitAsyncJob"] = {"effect": "{id} is done"}
    assert Spec(b"", SPEC, "").messages(texts) == {"CommitAsyncJob": ["CommitAsyncJob", "{id} is done", ""]}
