"""Reading of YAML: by LibYAML where PyYAML was built with it, which is ten times as fast."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["parse", "parse_texts", "parse_with_nodes"]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TextLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse(source: str | bytes) -> Any:  # noqa: ANN401 - YAML can have any value
    """Return the value of a document; raises `yaml.YAMLError`."""
    return parse_with_nodes(source)[0]


def parse_with_nodes(source: str | bytes) -> tuple[Any, yaml.Node | None]:
    """Return the value of a document, and the nodes that it was made of, which have its lines; raises like `parse`."""
    return _parsed(_Loader(source))


def parse_texts(source: str, deepest: int) -> Any:  # noqa: ANN401 - lists and mappings of texts, in any shape
    """Return the value of a document in which each scalar is a text; raises like `parse`, and for an alias.

    It also raises for a document that is nested deeper than so many levels, which would end the process otherwise.
    """
    depth = 0
    for event in yaml.parse(source, Loader=_TextLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias")
        if depth > deepest:
            raise yaml.YAMLError(f"it is nested deeper than {deepest} levels")
    return _parsed(_TextLoader(source))[0]


def _parsed(loader: Any) -> tuple[Any, yaml.Node | None]:  # noqa: ANN401 - of LibYAML or PyYAML
    try:
        node = loader.get_single_node()
        return None if node is None else loader.construct_document(node), node
    finally:
        loader.dispose()
