"""The methods of the client, from the operations that the generator has read in openapi.yaml."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.strings import PythonIdentifier, pascal_case, safe_for_docstring

from scripts.client.blocking import blocking
from scripts.client.collisions import members
from scripts.client.names import taken_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openapi_python_client.parser import GeneratorData
    from openapi_python_client.parser.openapi import Endpoint
    from openapi_python_client.parser.properties import Property
    from openapi_python_client.parser.responses import Response
    from openapi_python_client.strings import ClassName

    Fields = Mapping[ClassName, list[Property]]

__all__ = ["Argument", "Choice", "Method", "Result", "UnsupportedError", "read_methods"]

PROJECT = "project_id"
"""The path parameter that `connect` takes."""

UNASKED = ("content-type", "accept", "authorization")
"""Headers that are not arguments if they have a default; OpenAPI lets tools ignore such parameters."""

LIMITS = {
    "timeout": "Seconds to connect to the service, and for each part of its answer. Default: as in `connect`.",
    "deadline": "Seconds for the call as a whole. Default: as in `connect`.",
}
"""The arguments that each method has besides."""

CLIENT = Path(__file__).parent / "runtime" / "aio" / "client.py"
"""The class of the asynchronous client. No operation may have a name of it or of the blocking one."""

IDS = ("str", "int", "UUID")
"""The types of an ID."""

OK = 200
WIDTH = 108


class UnsupportedError(ValueError):
    """The client cannot express something in the document."""


@dataclass(frozen=True)
class Choice:
    """An enumeration that an argument takes, and the literals of its values."""

    name: str
    enum: str
    values: tuple[str | int, ...]


@dataclass(frozen=True)
class Choices:
    """The enumerations that the arguments of all operations take, by name.

    Attributes:
        taken: The names of classes that the client has already.
        found: The enumerations.
    """

    taken: frozenset[str]
    found: dict[str, Choice] = field(default_factory=dict)

    def choice(self, name: str, prop: EnumProperty) -> Choice:
        """Return the enumeration of an argument, which operations share if its values are the same."""
        enum, values = str(prop.class_info.name), tuple(prop.values.values())
        alias = pascal_case(name)
        if alias not in self.taken:
            choice = self.found.setdefault(alias, Choice(alias, enum, values))
            if set(choice.values) == set(values):
                return choice
        return self.found.setdefault(enum, Choice(enum, enum, values))


@dataclass(frozen=True)
class Argument:
    """An argument of a method.

    Attributes:
        name: Its name.
        parameter: Its name in the generated function.
        annotation: Its type.
        default: The code of its default; empty if it is required.
        value: The code of its value for the generated function.
        description: What it is.
        is_id: Whether it is a part of the path.
    """

    name: str
    parameter: str
    annotation: str
    default: str
    value: str
    description: str
    is_id: bool


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
    arguments = tuple(_arguments(endpoint, choices))
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


def _arguments(endpoint: Endpoint, choices: Choices) -> Iterator[Argument]:
    parameters = [
        *(("path", parameter) for parameter in endpoint.path_parameters if parameter.name != PROJECT),
        *(("body", body.prop) for body in endpoint.bodies),
        *(("query", parameter) for parameter in endpoint.query_parameters),
        *(("header", parameter) for parameter in endpoint.header_parameters if not _is_unasked(parameter)),
    ]
    taken = Counter(str(parameter.python_name) for _, parameter in parameters)
    for place, parameter in parameters:
        name = str(parameter.python_name)
        short = str(PythonIdentifier(name.removeprefix("x_"), ""))
        if place == "header" and not taken[short]:
            name = short
        if name in LIMITS:
            name += "_"
        yield _argument(name, parameter, choices, place)


def _is_unasked(header: Property) -> bool:
    has_value = header.default is not None or not header.required
    return header.name.get_untrusted_value().lower() in UNASKED and has_value


def _argument(name: str, parameter: Property, choices: Choices, place: str) -> Argument:
    is_id = place == "path"
    annotation = parameter.get_type_string(no_optional=True).as_unembedded_code()
    default = parameter.default.python_code.as_unembedded_code() if parameter.default else ""
    value = name
    if isinstance(parameter, EnumProperty):
        choice = choices.choice(name, parameter)
        annotation = f"{choice.name} | {choice.name}Name"
        default = default.replace(f"{parameter.class_info.name}.", f"{choice.name}.")
        value = f'_chosen({parameter.class_info.name}, "{name}", {name})'
    elif is_id and annotation == "str":
        value = f'_checked("{name}", {name})'
    elif place == "body":
        value = f'_sendable("{name}", {name}, {annotation})'
    else:
        value = f'_typed("{name}", {name}, {annotation}{", header=True" if place == "header" else ""})'
    if not parameter.required and not default:
        annotation, default = f"{annotation} | Unset", "UNSET"
        if value != name:
            value = f"{name} if isinstance({name}, Unset) else {value}"
    description = parameter.description.get_untrusted_value() if parameter.description else "As documented."
    return Argument(name, parameter.python_name, annotation, default, value, description, is_id)
