"""The methods of the client, from the operations that the generator has read in openapi.yaml."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openapi_python_client.parser.properties import AnyProperty, ModelProperty
from openapi_python_client.strings import PythonIdentifier, safe_for_docstring

from scripts.client.arguments import LIMITS, PROJECT, Choices, read_arguments
from scripts.client.blocking import blocking
from scripts.client.collisions import members
from scripts.client.names import taken_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openapi_python_client.parser import GeneratorData
    from openapi_python_client.parser.openapi import Endpoint
    from openapi_python_client.parser.properties import Property
    from openapi_python_client.parser.responses import Response
    from openapi_python_client.strings import ClassName

    from scripts.client.arguments import Argument, Choice

    Fields = Mapping[ClassName, list[Property]]

__all__ = ["Method", "Result", "UnsupportedError", "read_methods"]

CLIENT = Path(__file__).parent / "runtime" / "aio" / "client.py"
"""The class of the asynchronous client. No operation may have a name of it or of the blocking one."""

IDS = ("str", "int", "UUID")
"""The types of an ID."""

OK = 200
WIDTH = 108


class UnsupportedError(ValueError):
    """The client cannot express something in the document."""


@dataclass(frozen=True)
class Result:
    """What a success returns.

    Attributes:
        response: The documented answer.
        annotation: The type of the result.
        member: The member of the answer's model that is the result; empty for the model itself.
        names: The fields of the result that can be an ID.
    """

    response: Response
    annotation: str
    member: str
    names: frozenset[str]


@dataclass(frozen=True)
class Method:
    """An operation as a method of the clients.

    Attributes:
        operation: ID of the operation.
        endpoint: The operation as the generator has read it.
        arguments: The arguments, those of the path first.
        results: What each success returns.
        imports: The imports of the types.
        subject: The argument that is the ID of what the call is about, if any.
    """

    operation: str
    endpoint: Endpoint
    arguments: tuple[Argument, ...]
    results: tuple[Result, ...]
    imports: frozenset[str]
    subject: Argument | None

    @property
    def annotation(self) -> str:
        """The type of the result."""
        return " | ".join(dict.fromkeys(result.annotation for result in self.results))

    @property
    def echo(self) -> str:
        """The models of the results that repeat the ID of what the call is about, and their field; empty if none."""
        if self.subject is None:
            return ""
        models = {result.annotation for result in self.results if self.subject.parameter in result.names}
        return f"{'|'.join(sorted(models))}.{self.subject.parameter}" if models else ""

    @property
    def project(self) -> str:
        """The parameter of the generated function that is the ID of the project; empty if the path has none."""
        return next((str(p.python_name) for p in self.endpoint.path_parameters if p.name == PROJECT), "")

    @property
    def signature(self) -> str:
        """The call, with the names of the arguments."""
        ids = [argument.name for argument in self.arguments if argument.is_id]
        others = [
            argument.name + ("=…" if argument.default else "") for argument in self.arguments if not argument.is_id
        ]
        return f"{self.endpoint.name}({', '.join([*ids, *(['*'] if others else []), *others])})"

    @property
    def summary(self) -> str:
        """The summary, as a sentence."""
        summary = (self.endpoint.summary.get_untrusted_value() or self.operation).rstrip(".")
        return safe_for_docstring(f"{summary}.")

    @property
    def docstring(self) -> str:
        """The summary, the first paragraph of the description, and the arguments."""
        parts = [self.summary, self.endpoint.description.get_untrusted_value().split("\n\n", maxsplit=1)[0]]
        described = [(argument.name, argument.description) for argument in self.arguments]
        text = "\n\n".join(textwrap.fill(part, WIDTH) for part in parts if part)
        entries = (f"{name}: {description}" for name, description in [*described, *LIMITS.items()])
        text += "\n\nArgs:\n" + textwrap.indent("\n".join(textwrap.fill(entry, WIDTH - 4) for entry in entries), "    ")
        return safe_for_docstring(text)


def read_methods(
    data: GeneratorData, operations: Iterable[str], exported: frozenset[str]
) -> tuple[list[Method], list[Choice]]:
    """Return the methods, and the enumerations that their arguments take.

    Args:
        data: The document, as the generator has read it.
        operations: The IDs of the operations.
        exported: The names that the client has besides.

    Raises:
        UnsupportedError: A name cannot be used, or an operation has no success.
    """
    endpoints = [
        endpoint for collection in data.endpoint_collections_by_tag.values() for endpoint in collection.endpoints
    ]
    for reason in taken_names(data.models, endpoints):
        raise UnsupportedError(reason)
    classes = (str(found.class_info.name) for found in (*data.models, *data.enums))
    choices = Choices(exported.union(classes))
    fields = {model.class_info.name: _fields(model) for model in data.models}
    ids = {str(PythonIdentifier(operation, "")): operation for operation in operations}
    code = CLIENT.read_text(encoding="utf-8")
    own = members(code) | members(blocking(code))
    for name, operation in ids.items():
        # A name that cannot begin as it does gets a prefix.
        if name != PythonIdentifier(operation, "prefix_"):
            raise UnsupportedError(f"operationId {operation}: no method can have this name; choose another ID")
    methods = [_method(endpoint, ids[endpoint.name], choices, fields) for endpoint in endpoints]
    for name, count in Counter(str(method.endpoint.name) for method in methods).items():
        if count > 1 or name in own:
            raise UnsupportedError(f"operationId {ids[name]}: the client has another {name}; choose another ID")
    return methods, sorted(choices.found.values(), key=lambda choice: choice.name)


def _method(endpoint: Endpoint, operation: str, choices: Choices, fields: Fields) -> Method:
    arguments = tuple(read_arguments(endpoint, choices))
    place = f"{endpoint.method.upper()} {endpoint.path.get_untrusted_value()}"
    for name, count in Counter(argument.name for argument in arguments).items():
        if count > 1:
            raise UnsupportedError(f"{place}: two parameters are the argument {name}; rename one of them")
    successes = [response for response in endpoint.responses.patterns if _is_success(response)]
    if not successes:
        raise UnsupportedError(f"{place}: no success is documented; add an answer with a status such as 200")
    results = tuple(_result(response, fields) for response in successes)
    imports = set(endpoint.relative_imports)
    for response in successes:
        for prop in (response.prop, _wrapped(response, fields)):
            if prop is not None:
                imports |= prop.get_imports(prefix="...") | prop.get_lazy_imports(prefix="...")
    ids = [argument for argument in arguments if argument.is_id and argument.annotation in IDS]
    echoes = [argument for argument in ids if any(argument.parameter in result.names for result in results)]
    return Method(
        operation=operation,
        endpoint=endpoint,
        arguments=arguments,
        results=results,
        imports=frozenset(line.replace("from ...", "from .") for line in imports),
        subject=next(reversed(echoes or ids), None),
    )


def _is_success(response: Response) -> bool:
    return response.status_code.range is not None and response.status_code.range[0] // 100 == OK // 100


def _result(response: Response, fields: Fields) -> Result:
    wrapped = _wrapped(response, fields)
    prop = wrapped or response.prop
    is_empty = isinstance(prop, AnyProperty) and response.source["return_type"] == "None"
    return Result(
        response=response,
        annotation="None" if is_empty else prop.get_type_string().as_unembedded_code(),
        member=wrapped.python_name if wrapped else "",
        names=frozenset(field.python_name for field in _fields_of(prop, fields) if _can_be_id(field)),
    )


def _can_be_id(field: Property) -> bool:
    return {*field.get_type_string(no_optional=True).as_unembedded_code().split(" | ")} <= {*IDS, "None"}


def _wrapped(response: Response, fields: Fields) -> ModelProperty | None:
    """Return the only field of an answer if it is a required object, which is the result then."""
    match _fields_of(response.prop, fields):
        case [ModelProperty() as field] if field.required:
            return field
    return None


def _fields(model: ModelProperty) -> list[Property]:
    return [*(model.required_properties or ()), *(model.optional_properties or ())]


def _fields_of(prop: Property, fields: Fields) -> list[Property]:
    return fields[prop.class_info.name] if isinstance(prop, ModelProperty) else []
