"""The arguments of the methods of the client, from the parameters that the generator has read in openapi.yaml."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.strings import PythonIdentifier, pascal_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openapi_python_client.parser.openapi import Endpoint
    from openapi_python_client.parser.properties import Property

__all__ = ["LIMITS", "PROJECT", "Argument", "Choice", "Choices", "read_arguments"]

PROJECT = "project_id"
"""The path parameter that `connect` takes."""

UNASKED = ("content-type", "accept", "authorization")
"""Headers that are not arguments if they have a default; OpenAPI lets tools ignore such parameters."""

LIMITS = {
    "timeout": "Seconds to connect to the service, and for each part of its answer. Default: as in `connect`.",
    "deadline": "Seconds for the call as a whole. Default: as in `connect`.",
}
"""The arguments that each method has besides."""


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


def read_arguments(endpoint: Endpoint, choices: Choices) -> Iterator[Argument]:
    """Yield the arguments of an operation, those of the path first."""
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
