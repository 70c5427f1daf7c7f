"""Reading of YAML: by LibYAML where PyYAML was built with it, which is ten times as fast."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["parse", "parse_with_nodes"]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(source: str | bytes) -> Any:  # noqa: ANN401 - YAML can have any value
    """Return the value of a document; raises `yaml.YAMLError`."""
    return parse_with_nodes(source)[0]


def parse_with_nodes(source: str | bytes) -> tuple[Any, yaml.Node | None]:
    """Return the value of a document, and the nodes that it was made of, which have its lines; raises like `parse`."""
    loader = _Loader(source)
    try:
        node = loader.get_single_node()
        return None if node is None else loader.construct_document(node), node
    finally:
        loader.dispose()
