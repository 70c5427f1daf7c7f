"""The checks of answers that are generated are those of the schemas, for each kind of field."""

from __future__ import annotations

import jsonschema_rs
import pytest
from drs_batch_client.runtime.deviations import deviations
from drs_batch_client.spec import MODELS
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.support.client.changes.documents import STATE, TASK
from conformance.selftest.support.client.changes.fields import FIELDS
from scripts.client.specification import Spec

KINDS = {name: field.schema for name, field in FIELDS.items() if not field.schema.get("nullable")} | {
    "even": {"type": "integer", "multipleOf": 2, "maximum": 4, "exclusiveMaximum": True},
    "unique": {"type": "array", "uniqueItems": True, "minItems": 1},
    "closed": {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": {"a": {}}},
}
COMPONENTS = {"schemas": {"Kinds": {"type": "object", "properties": KINDS}, "Task": TASK, "State": STATE}}
CODES = Spec(b"", {"components": COMPONENTS, "paths": {}}, "").models
scalars = st.none() | st.booleans() | st.integers(-1, 5) | st.sampled_from(["", "a", "ab", "DONE", 0.5])
items = st.lists(scalars | st.fixed_dictionaries({}, optional={"name": scalars}), max_size=2)
maps = st.dictionaries(st.sampled_from(["name", "size", "a", "b"]), scalars, max_size=2)


@given(name=st.sampled_from(sorted(KINDS)), value=scalars | items | maps)
def test_the_deviations_of_each_kind_of_field_are_those_of_the_schema(name: str, value: object) -> None:
    schema = {"$ref": "#/components/schemas/Kinds", "components": COMPONENTS}
    valid = jsonschema_rs.Draft4Validator(schema, validate_formats=False).is_valid({name: value})

    with pytest.MonkeyPatch.context() as patch:
        for model, code in CODES.items():
            patch.setitem(MODELS, model, code)
        found = [warning.name for warning in deviations("Kinds", {name: value})]

    # Formats are read as Python does.
    assert valid is (not [deviation for deviation in found if not deviation.endswith(".format")])
