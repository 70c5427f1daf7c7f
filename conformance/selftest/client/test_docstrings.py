"""Each public name of the client has a docstring."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

import drs_batch_client
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES = [
    drs_batch_client,
    *(
        import_module(module.name)
        for module in pkgutil.walk_packages(drs_batch_client.__path__, f"{drs_batch_client.__name__}.")
    ),
]


def own(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Return the public classes and functions that a module defines, and the members of these classes."""
    for name, value in vars(module).items():
        mine = getattr(value, "__module__", None) == module.__name__
        if not name.startswith("_") and mine and (inspect.isclass(value) or inspect.isfunction(value)):
            yield name, value
            if inspect.isclass(value):
                yield from ((f"{name}.{member}", part) for member, part in methods(value))


def methods(of: type) -> Iterator[tuple[str, object]]:
    for name, value in vars(of).items():
        described = isinstance(value, (property, classmethod, staticmethod)) or inspect.isfunction(value)
        if described and not name.startswith("_"):
            yield name, value


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_each_module_and_each_public_name_in_it_has_a_docstring(module: ModuleType) -> None:
    silent = [name for name, value in [("module", module), *own(module)] if not (value.__doc__ or "").strip()]
    assert silent == []


def test_each_public_name_of_the_package_exists() -> None:
    assert [name for name in drs_batch_client.__all__ if not hasattr(drs_batch_client, name)] == []
