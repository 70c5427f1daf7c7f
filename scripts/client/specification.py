"""Facts from openapi.yaml that shape the client, besides those that the generator reads."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.exceptions import OpenAPIError
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing.exceptions import Unresolvable

from scripts.client.media import json_schema
from scripts.client.operations import read_operations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Spec", "SpecError", "read_spec"]

FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.1
CHECKED = (
    *("type", "nullable", "enum", "format", "pattern", "minLength", "maxLength", "multipleOf"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "items"),
    *("required", "properties", "additionalProperties", "minProperties", "maxProperties", "allOf"),
)
"""The keywords of a schema that the client checks in answers."""
PLACEHOLDERS = {"operation", "id", "base_url", "project_id"}
HOST = re.compile(r"https://[^./]+\.([^./]+)\.")


class SpecError(Exception):
    """openapi.yaml is missing or invalid, or has something that the client cannot express."""


@dataclass(frozen=True)
class Spec:
    """An OpenAPI document.

    Attributes:
        content: The bytes of the file.
        document: The document, parsed.
        token_header: The name of the request header that carries the token.
    """

    content: bytes
    document: dict[str, Any]
    token_header: str

    @property
    def version(self) -> str:
        """The version of the document, `info.version`."""
        return str(self.document["info"]["version"])

    @property
    def operations(self) -> dict[str, dict[str, Any]]:
        """The operations by ID, in the order of the document."""
        return {operation.name: operation.details for operation in read_operations(self.document)}

    @property
    def servers(self) -> list[tuple[str, str]]:
        """The URL and the description of each server. The URL has no variable other than the region."""
        return [(_url(server), server.get("description", "")) for server in self.document.get("servers", ())]

    @property
    def endpoints(self) -> dict[str, str]:
        """The base URL in each region, sorted by the region's name."""
        return dict(sorted(self._endpoints()))

    @property
    def answers(self) -> dict[str, dict[str, str | None]]:
        """The model of each answer, by operation and status; None if an answer has no JSON."""
        return {
            name: {
                str(status): self._model(name, str(status), response)
                for status, response in operation["responses"].items()
            }
            for name, operation in self.operations.items()
        }

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """The schema of each model, and of each answer that is described in place."""
        found = dict(self.document.get("components", {}).get("schemas", {}))
        for name, operation in self.operations.items():
            for status, response in operation["responses"].items():
                model, schema = self._model(name, str(status), response), self._schema(response)
                if model is not None and model not in found and schema is not None:
                    found[model] = schema
        return {name: _checked_part(schema) for name, schema in found.items()}

    def messages(self, texts: dict[str, dict[str, str]]) -> dict[str, list[str]]:
        """Return what the client says of each operation, by the texts in messages.yaml.

        Raises:
            SpecError: A text has a name in braces that stands for nothing.
        """
        for name, text in ((name, text) for name, given in texts.items() for text in given.values()):
            unknown = {part for _, part, _, _ in Formatter().parse(text) if part is not None} - PLACEHOLDERS
            if unknown:
                raise SpecError(f"messages.yaml: {name} has {{{min(unknown)}}}; use {', '.join(sorted(PLACEHOLDERS))}")
        return {
            name: [text.replace("{operation}", name) for text in (texts["default"] | texts.get(name, {})).values()]
            for name in self.operations
        }

    @property
    def sources(self) -> dict[str, str]:
        """The sources of each model, as text for its docstring."""
        pages = {
            model: f"; used by {operation},\n{details['externalDocs']['url']}"
            for operation, details in self.operations.items()
            if "externalDocs" in details
            for model in self._below([self._schema(response) for response in details["responses"].values()], set())
        }
        place = f"openapi.yaml {self.version}, /components/schemas"
        return {name: f"{place}/{name}{pages.get(name, '')}" for name in self.document["components"].get("schemas", {})}

    def _schema(self, response: dict[str, Any]) -> dict[str, Any] | None:
        """Return the schema of an answer; None if it has no JSON."""
        if "$ref" in response:
            response = self.document["components"]["responses"][_name(response)]
        return json_schema(response.get("content", {}))

    def _model(self, operation: str, status: str, response: dict[str, Any]) -> str | None:
        schema = self._schema(response)
        return None if schema is None else _name(schema) or f"{operation}Response{status}"

    def _below(self, node: object, found: set[str]) -> set[str]:
        """Return `found` with the names of the schemas to which a part of the document refers."""
        if isinstance(node, list):
            for item in node:
                self._below(item, found)
        if isinstance(node, dict):
            name = _name(node)
            if name and name not in found and "/schemas/" in node["$ref"]:
                found.add(name)
                self._below(self.document["components"]["schemas"][name], found)
            self._below(list(node.values()), found)
        return found

    def _endpoints(self) -> Iterator[tuple[str, str]]:
        for server in self.document.get("servers", ()):
            url, variable = _url(server), server.get("variables", {}).get("region")
            if variable is not None:
                for region in variable.get("enum", [variable["default"]]):
                    yield region, url.replace("{region}", region)
            elif match := HOST.match(url):
                yield match[1], url


def read_spec(path: Path) -> Spec:
    """Read and validate the OpenAPI document at `path`; raises `SpecError` with a message of one line."""
    try:
        content = path.read_bytes()
        document = yaml.safe_load(content)
        validate(document)
    except OSError as error:
        raise SpecError(f"{path.name} cannot be read: {error.strerror}; restore it from version control") from error
    except (yaml.YAMLError, ValueError) as error:
        raise SpecError(f"{path.name} is not YAML: {_on_one_line(error)}") from error
    except (OpenAPIError, OpenAPIValidationError, Unresolvable) as error:
        place = getattr(error, "json_path", "$")
        reason = _on_one_line(error) or "'openapi' is not a known version"
        raise SpecError(f"{path.name} is not a valid OpenAPI document: at {place}: {reason}") from error
    return Spec(content, document, _find_token_header(document))


def _url(server: dict[str, Any]) -> str:
    """Return the URL of a server with the default of each variable other than the region."""
    url: str = server["url"]
    for name, variable in server.get("variables", {}).items():
        if name != "region":
            url = url.replace(f"{{{name}}}", str(variable["default"]))
    return url


def _find_token_header(document: dict[str, Any]) -> str:
    """Return the header of the only security scheme, since the generated client sends one token in one header."""
    schemes = list(document.get("components", {}).get("securitySchemes", {}).values())
    match schemes:
        case [{"type": "apiKey", "in": "header", "name": str(name)}] if FIELD_NAME.fullmatch(name):
            return name
    raise SpecError(
        "openapi.yaml must declare exactly one security scheme, of type apiKey, in a header with a valid name; "
        "for any other scheme extend scripts/client/templates/client.py.jinja first"
    )


def _name(node: dict[str, Any]) -> str:
    """Return the name of the component to which a reference refers; empty if it is not a reference."""
    return str(node.get("$ref", "")).rpartition("/")[2]


def _checked_part(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a schema with the keywords that the client checks, and references to models by their names."""
    if isinstance(schema, list):
        return [_checked_part(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": _name(schema)}
    return {
        key: {name: _checked_part(part) for name, part in value.items()}
        if key == "properties"
        else _checked_part(value)
        for key, value in schema.items()
        if key in CHECKED
    }


def _on_one_line(error: Exception) -> str:
    """Return the first paragraph of the text of `error`, joined and shortened to 200 characters."""
    return textwrap.shorten(str(error).split("\n\n", maxsplit=1)[0], 200, placeholder=" ...")
