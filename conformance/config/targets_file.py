"""The file of targets: TOML with a table for each target, whose keys are the options of the command line."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.config.options import OPTIONS
from conformance.errors import ConfigurationError
from conformance.reports import files, render_matrix
from conformance.spec import untrusted_files
from conformance.spec.characters import printable
from conformance.spec.suggestions import suggest
from conformance.spec.untrusted_files import LONGEST_QUOTE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from conformance.config.options import Option

__all__ = ["Target", "location", "read"]

KEYS = {option.name: option for option in OPTIONS if option.name != "report_dir"}
BY_VARIABLE = {f"{name}_env": option for name, option in KEYS.items()}
FILES = {*files.RENDERERS, *render_matrix.RENDERERS}
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBERS = ("N", "SECONDS")
PATHS = ("FILE", "DIR")


@dataclass(frozen=True)
class Target:
    """A target as described in the file.

    Attributes:
        name: Its name, which is safe as the name of a directory.
        options: The values of its options, a text or several each; they include credentials.
        variables: The environment variables that some values come from.
    """

    name: str
    options: Mapping[str, str | list[str]] = field(repr=False)
    variables: frozenset[str]


def read(path: Path, environment: Mapping[str, str]) -> tuple[Target, ...]:
    """Read a file of targets.

    A key is the name of an option in snake case. With the suffix `_env` it names an environment variable that has the
    value, which is the only way to give a secret. Relative paths start from the directory of the file.

    Raises:
        ConfigurationError: The file cannot be read or has an error; the message names it, the target and the key.
    """
    document = untrusted_files.read_toml(path, f"--targets: {path}")
    if not document:
        raise ConfigurationError(f"--targets: {path} has no targets; add a table for each, such as [north]")
    with location(path):
        _check_names(document)
        return tuple(_target(name, table, path, environment) for name, table in document.items())


@contextmanager
def location(place: object) -> Iterator[None]:
    """Prefix the message of a `ConfigurationError` in this block with the place that it is about."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{place}: {error}") from None


def _check_names(document: Mapping[str, Any]) -> None:
    by_lower_case: dict[str, str] = {}
    for name, table in document.items():
        shown = printable(name[:LONGEST_QUOTE])
        if not isinstance(table, dict):
            raise ConfigurationError(f"{shown}: is outside a target; move it into a table such as [north]")
        if not NAME.fullmatch(name) or name.lower() in FILES:
            raise ConfigurationError(
                f"{shown!r}: cannot name a directory; use up to 64 letters, digits and - . _ between them"
            )
        other = by_lower_case.setdefault(name.lower(), name)
        if other != name:
            raise ConfigurationError(f"{other}, {name}: differ only in case, so they may share a directory; rename one")


def _target(name: str, table: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> Target:
    options: dict[str, str | list[str]] = {}
    variables: set[str] = set()
    for key, value in table.items():
        with location(f"{name}: {printable(key[:LONGEST_QUOTE])}"):
            option = _option(key, value, options)
            if key in KEYS:
                options[option.name] = _value(option, value, path)
            else:
                options[option.name] = _from_variable(option, value, environment)
                variables.add(value)
    return Target(name, options, frozenset(variables))


def _option(key: str, value: object, given: Collection[str]) -> Option:
    option = KEYS.get(key) or BY_VARIABLE.get(key)
    if option is not None and option.name in given:
        raise ConfigurationError("is given with and without _env; remove one of them")
    if option is not None:
        return option
    if key == "report_dir":
        raise ConfigurationError(
            "is not allowed, since each target uses the directory of its name in --report-dir; remove it"
        )
    if isinstance(value, dict):
        raise ConfigurationError(
            "is a table within a target; if it is a part of the name, put the whole name in quotes"
        )
    known = [*(name for name, option in KEYS.items() if not option.secret), *BY_VARIABLE]
    remedy = suggest(key, known, at_most=1) or f"the options are {', '.join(KEYS)}"
    raise ConfigurationError(f"is not an option; {remedy}")


def _value(option: Option, value: object, path: Path) -> str | list[str]:
    remedy = f'set an environment variable and write {option.name}_env = "VARIABLE" with its name'
    if option.secret:
        raise ConfigurationError(f"is a secret, which the file must not contain; {remedy}")
    if option.repeatable or option.several:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise ConfigurationError('is not a list of strings; write one, such as ["a", "b"]')
        return [_text(item) for item in value]
    if option.metavar in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ConfigurationError(f"is not a {'number' if option.metavar in NUMBERS else 'string; put it in quotes'}")
    if option.name == "proxy" and "@" in value:
        raise ConfigurationError(f"has credentials, which the file must not contain; {remedy}")
    return str(path.parent / _text(value)) if option.metavar in PATHS else _text(value)


def _text(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ConfigurationError("is empty or not one printable line; give one line of text")
    return value


def _from_variable(option: Option, name: object, environment: Mapping[str, str]) -> str | list[str]:
    """Return a value from the environment. Errors do not quote the name, which may be the secret by mistake."""
    if not isinstance(name, str) or not VARIABLE.fullmatch(name):
        raise ConfigurationError("is not the name of an environment variable; give one such as TOKEN_NORTH")
    value = environment.get(name, "")
    if not value.strip():
        raise ConfigurationError("names a variable that is not set or is empty; set it or correct the name")
    if option.repeatable or option.several:
        return [item.strip() for item in value.split(",") if item.strip()]
    return value
