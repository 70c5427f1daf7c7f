"""The API reference: one HTML page rendered from the OpenAPI document."""

from __future__ import annotations

import functools
import json
import shlex
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from conformance.spec import openapi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.spec.openapi import Operation, Specification

__all__ = ["TryItForm", "render_reference"]

_MAX_DEPTH = 8
_LIMITS = {
    "format": "Format",
    "enum": "One of",
    "default": "Default",
    "pattern": "Pattern",
    "minLength": "Minimum length",
    "maxLength": "Maximum length",
    "minimum": "Minimum",
    "maximum": "Maximum",
    "minItems": "Minimum number of items",
    "maxItems": "Maximum number of items",
}


@dataclass(frozen=True)
class Limit:
    """A constraint on a value, with its label and its value or values; or the default."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class DocumentedField:
    """A parameter, or a field of a body.

    Attributes:
        name: The name; for a field of a body, the full path with dots.
        place: `path`, `query`, `header` or `body`.
        kind: The type.
        required: Whether it is required.
        description: CommonMark.
        limits: The constraints on its values, and its default.
        example: The example, as JSON unless it is a string; empty if there is none.
    """

    name: str
    place: str
    kind: str
    required: bool
    description: str
    limits: tuple[Limit, ...]
    example: str


@dataclass(frozen=True)
class Example:
    """A named example of a body; `value` is indented JSON."""

    summary: str
    value: str


@dataclass(frozen=True)
class DocumentedAnswer:
    """One documented status, with its phrase, description, headers, examples, and the error codes in the examples."""

    status: str
    phrase: str
    description: str
    headers: tuple[DocumentedField, ...]
    examples: tuple[Example, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class AnswerGroup:
    """The answers whose bodies have the same schema; `name` is empty for answers without a body."""

    name: str
    description: str
    fields: tuple[DocumentedField, ...]
    answers: tuple[DocumentedAnswer, ...]


@dataclass(frozen=True)
class DocumentedOperation:
    """One operation as the page shows it; `body` has the fields of the request body, if any."""

    operation: Operation
    summary: str
    description: str
    docs: str
    parameters: tuple[DocumentedField, ...]
    body: tuple[DocumentedField, ...]
    groups: tuple[AnswerGroup, ...]
    curl: str


@dataclass(frozen=True)
class TryItForm:
    """The values of the form with which a reader of the mock's page calls an operation.

    Attributes:
        token: The default of the token.
        project_id: The default of the parameter of this name.
        batches: The path that creates a batch for the parameter `async_job_id`.
        states: The states in which a batch can be created; the first one is the default.
    """

    token: str
    project_id: str
    batches: str
    states: tuple[str, ...]


@functools.lru_cache(maxsize=4)
def render_reference(document: Specification | None = None, form: TryItForm | None = None) -> str:
    """Return the page of a document, by default the project's; with `form`, each operation gets a form to call it."""
    spec = document or openapi.load()
    environment = Environment(
        loader=PackageLoader("conformance.mock"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Raw HTML in a description is shown as text, so the page contains only the template's markup.
    markdown = MarkdownIt("commonmark", {"html": False})
    environment.filters["markdown"] = lambda text: Markup(markdown.render(text))  # noqa: S704 - see above
    return environment.get_template("reference.html").render(
        info=spec.document["info"],
        tags=spec.document.get("tags", []),
        servers=spec.document.get("servers", []),
        schemes=spec.document.get("components", {}).get("securitySchemes", {}),
        operations=[_documented(spec, operation) for operation in spec.operations],
        sha256=spec.sha256,
        form=form,
    )


def _documented(spec: Specification, operation: Operation) -> DocumentedOperation:
    node = spec.at(operation.pointer)
    parameters = tuple(_parameters(spec, operation))
    body = f"{operation.pointer}/requestBody/content/application~1json/schema"
    return DocumentedOperation(
        operation=operation,
        summary=node.get("summary", ""),
        description=node.get("description", ""),
        docs=node.get("externalDocs", {}).get("url", ""),
        parameters=parameters,
        body=tuple(_fields(spec, body)) if "requestBody" in node else (),
        groups=tuple(_groups(spec, operation)),
        curl=_curl(spec, operation, parameters),
    )


def _parameters(spec: Specification, operation: Operation) -> Iterator[DocumentedField]:
    pointers = [
        f"{where}/parameters/{index}"
        for where in (operation.pointer.rpartition("/")[0], operation.pointer)
        for index in range(len(spec.at(where).get("parameters", [])))
    ]
    for pointer in pointers:
        node = spec.at(pointer)
        schema = spec.at(f"{pointer}/schema")
        merged = {**schema, **{key: node[key] for key in ("description", "example") if key in node}}
        yield _field(node["name"], node["in"], merged, required=node.get("required", False))


def _groups(spec: Specification, operation: Operation) -> Iterator[AnswerGroup]:
    grouped: dict[str, list[DocumentedAnswer]] = {}
    for status in spec.at(operation.pointer)["responses"]:
        pointer = f"{operation.pointer}/responses/{status}"
        has_body = "application/json" in spec.at(pointer).get("content", {})
        schema = f"{pointer}/content/application~1json/schema" if has_body else ""
        # The pointer of a shared schema, so that answers that share it are grouped.
        reference = _raw(spec, schema).get("$ref", schema).removeprefix("#") if schema else ""
        grouped.setdefault(reference, []).append(_answer(spec, pointer, str(status)))
    for reference, answers in grouped.items():
        schema_node = spec.at(reference) if reference else {}
        name = reference.rpartition("/")[2] if reference.startswith("/components/") else ""
        yield AnswerGroup(
            name=name or schema_node.get("title", ""),
            description=schema_node.get("description", ""),
            fields=tuple(_fields(spec, reference)) if reference else (),
            answers=tuple(answers),
        )


def _raw(spec: Specification, pointer: str) -> Mapping[str, Any]:
    parent, _, key = pointer.rpartition("/")
    node: Mapping[str, Any] = spec.at(parent)[key]
    return node


def _answer(spec: Specification, pointer: str, status: str) -> DocumentedAnswer:
    node = spec.at(pointer)
    content = node.get("content", {}).get("application/json", {})
    examples = [spec.at(f"{pointer}/content/application~1json/examples/{name}") for name in content.get("examples", {})]
    return DocumentedAnswer(
        status=status,
        phrase=_phrase(status),
        description=node["description"],
        headers=tuple(_header(spec, pointer, name) for name in node.get("headers", {})),
        examples=tuple(
            Example(example.get("summary", ""), json.dumps(example["value"], indent=2, ensure_ascii=False))
            for example in examples
        ),
        codes=tuple(dict.fromkeys(example["value"]["error_code"] for example in examples if _is_error(example))),
    )


def _is_error(example: Mapping[str, Any]) -> bool:
    return isinstance(example["value"], dict) and "error_code" in example["value"]


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:  # "default", a range, or an unregistered status
        return ""


def _header(spec: Specification, pointer: str, name: str) -> DocumentedField:
    node = spec.at(f"{pointer}/headers/{name}")
    merged = {**node.get("schema", {}), **{key: node[key] for key in ("description", "example") if key in node}}
    return _field(name, "header", merged, required=node.get("required", False))


def _fields(spec: Specification, pointer: str, prefix: str = "", depth: int = 0) -> Iterator[DocumentedField]:
    """Yield the fields of an object and of its nested objects; the depth limit ends a recursive schema."""
    schema = spec.at(pointer)
    for name in schema.get("properties", {}):
        where = f"{pointer}/properties/{name}"
        node = spec.at(where)
        yield _field(f"{prefix}{name}", "body", node, required=name in schema.get("required", []))
        inner, suffix = (f"{where}/items", "[]") if node.get("type") == "array" else (where, "")
        if depth < _MAX_DEPTH:
            yield from _fields(spec, inner, f"{prefix}{name}{suffix}.", depth + 1)


def _field(name: str, place: str, schema: Mapping[str, Any], *, required: bool) -> DocumentedField:
    limits = [Limit(label, _values(schema[key])) for key, label in _LIMITS.items() if key in schema]
    if "minLength" in schema and schema["minLength"] == schema.get("maxLength"):
        limits = [limit for limit in limits if not limit.label.endswith("length")]
        limits.append(Limit("Length exactly", _values(schema["minLength"])))
    example = _plain(schema["example"]) if "example" in schema else ""
    description = schema.get("description", "")
    return DocumentedField(name, place, schema.get("type", "any"), required, description, tuple(limits), example)


def _values(value: object) -> tuple[str, ...]:
    return tuple(_plain(item) for item in value) if isinstance(value, list) else (_plain(value),)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _curl(spec: Specification, operation: Operation, parameters: tuple[DocumentedField, ...]) -> str:
    path = operation.template
    for field in parameters:
        path = path.replace(f"{{{field.name}}}", field.example or field.name) if field.place == "path" else path
    headers = [
        f"-H {shlex.quote(f'{field.name}: {field.example}')}"
        for field in parameters
        if field.place == "header" and field.required
    ]
    schemes = spec.document.get("components", {}).get("securitySchemes", {}).values()
    # In the configuration of curl, the token is not among the arguments of a process, which all users can see.
    secret = "".join(f"header = {scheme['name']}:%s\\n" for scheme in schemes if scheme.get("in") == "header")
    command = " \\\n  ".join([f'curl -g -K - -X {operation.method} "$TARGET{path}"', *headers])
    return f"""printf '{secret}' "$TOKEN" | {command}"""
