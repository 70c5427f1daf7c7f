"""Facts from openapi.yaml that shape the client, besides those that the generator reads."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.exceptions import OpenAPIError
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing.exceptions import Unresolvable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Spec", "SpecError", "read_spec"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.1
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
        return {
            operation.get("operationId", f"{method.upper()} {template}"): operation
            for template, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }

    @property
    def servers(self) -> list[tuple[str, str]]:
        """The URL and the description of each server."""
        return [(server["url"], server.get("description", "")) for server in self.document.get("servers", ())]

    @property
    def endpoints(self) -> dict[str, str]:
        """The base URL in each region, sorted by the region's name."""
        return dict(sorted(self._endpoints()))

    @property
    def answers(self) -> dict[str, dict[str, str]]:
        """The model of each answer, by operation and status."""
        return {
            name: {
                status: reference.rpartition("/")[2]
                for status, response in operation["responses"].items()
                if (reference := self._schema(response))
            }
            for name, operation in self.operations.items()
        }

    @property
    def models(self) -> dict[str, list[list[str]]]:
        """The fields of each model, each as the Python code of the arguments of `Field`."""
        return {
            name: [
                _field(field, schema, required=field in model.get("required", ()))
                for field, schema in model["properties"].items()
            ]
            for name, model in self._schemas().items()
        }

    @property
    def sources(self) -> dict[str, str]:
        """The sources of each model, as text for its docstring."""
        pages = {
            model: f"; used by {operation},\n{details['externalDocs']['url']}"
            for operation, details in self.operations.items()
            if "externalDocs" in details
            for model in self._below(self.answers[operation].values())
        }
        place = f"openapi.yaml {self.version}, /components/schemas"
        return {name: f"{place}/{name}{pages.get(name, '')}" for name in self._schemas()}

    def _schemas(self) -> dict[str, dict[str, Any]]:
        schemas = self.document.get("components", {}).get("schemas", {})
        return {name: schema for name, schema in schemas.items() if "properties" in schema}

    def _schema(self, response: dict[str, Any]) -> str:
        """Return the reference to the schema of an answer; empty if it has none."""
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return str(response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", ""))

    def _below(self, models: Iterable[str]) -> Iterator[str]:
        for model in models:
            yield model
            for schema in self._schemas()[model]["properties"].values():
                if "$ref" in schema:
                    yield from self._below([schema["$ref"].rpartition("/")[2]])

    def _endpoints(self) -> Iterator[tuple[str, str]]:
        for server in self.document.get("servers", ()):
            url, variables = server["url"], server.get("variables", {})
            for region in variables.get("region", {}).get("enum", ()):
                yield region, url.replace("{region}", region)
            if not variables and (match := HOST.match(url)):
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


def _field(name: str, schema: dict[str, Any], *, required: bool) -> list[str]:
    reference = schema.get("$ref", "").rpartition("/")[2]
    limits = {
        "shortest": schema.get("minLength"),
        "longest": schema.get("maxLength"),
        "model": f'"{reference}"' if reference else None,
    }
    return [
        f'"{name}"',
        f'"{"object" if reference else schema["type"]}"',
        f"required={required}",
        *(f"{key}={value}" for key, value in limits.items() if value is not None),
    ]


def _on_one_line(error: Exception) -> str:
    """Return the first paragraph of the text of `error`, joined and shortened to 200 characters."""
    return textwrap.shorten(str(error).split("\n\n", maxsplit=1)[0], 200, placeholder=" ...")
