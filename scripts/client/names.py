"""Names of fields and parameters that the generated functions need for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openapi_python_client.parser.openapi import Endpoint
    from openapi_python_client.parser.properties import ModelProperty

__all__ = ["taken_names"]

FIELDS = (
    *("additional_keys", "additional_properties", "cls", "field_dict", "from_dict", "prop", "prop_dict", "prop_name"),
    *("src_dict", "to_dict"),
)
PARAMETERS = ("cookies", "headers", "kwargs", "params", "quote", "response")


def taken_names(models: Iterable[ModelProperty], endpoints: Iterable[Endpoint]) -> Iterator[str]:
    """Yield the names that cannot be used in generated code, each with its place in the document."""
    for model in models:
        for field in (*(model.required_properties or ()), *(model.optional_properties or ())):
            if field.python_name in FIELDS:
                place = f"{model.class_info.name}.{field.python_name}"
                yield f"{place}: the models need this name; the field cannot be described"
    for endpoint in endpoints:
        for _, parameter in endpoint.iter_all_parameters():
            if parameter.python_name in PARAMETERS:
                place = f"{endpoint.method.upper()} {endpoint.path.get_untrusted_value()}"
                yield f"{place}: the client needs the name {parameter.python_name}; the parameter cannot be described"
