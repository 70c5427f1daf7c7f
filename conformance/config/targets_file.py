"""The file that names several targets: TOML, a table for each, whose keys are the options of the command line."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.config.option_values import reason
from conformance.config.options import OPTIONS
from conformance.errors import ConfigurationError
from conformance.reports import files, render_matrix
from conformance.reports.rows import printable
from conformance.spec.suggestions import suggest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from conformance.config.options import Option

__all__ = ["Target", "at", "read"]

KEYS = {option.name: option for option in OPTIONS if option.name != "report_dir"}
BY_VARIABLE = {f"{name}_env": option for name, option in KEYS.items()}
FILES = {*files.RENDERERS, *render_matrix.RENDERERS}
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBERS = ("N", "SECONDS")
PATHS = ("FILE", "DIR")


@dataclass(frozen=True)
class Target:
    """A target as the file describes it.

    Attributes:
        name: What it is called, which is a safe name for a directory.
        options: What each option is given: a text, or several. Credentials are among them.
        variables: The environment variables that some of this was taken from.
    """

    name: str
    options: Mapping[str, str | list[str]] = field(repr=False)
    variables: frozenset[str]


def read(path: Path, environment: Mapping[str, str]) -> tuple[Target, ...]:
    """Read a file of targets.

    A key is the name of an option in snake case; the same with `_env` at its end names an environment variable that
    holds the value, which is the only way for a secret. A relative path starts from the directory of the file.

    Raises:
        ConfigurationError: The file cannot be read, or is wrong; the message names it, the target and the key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"--targets: cannot read {path}: {reason(error)}") from None
    except (UnicodeDecodeError, RecursionError):
        raise ConfigurationError(f"--targets: {path} is no text in UTF-8 that can be read as TOML") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"--targets: {path} is no TOML: {printable(str(error))}") from None
    if not document:
        raise ConfigurationError(f"--targets: {path} names no target; give each a table of its own, such as [north]")
    with at(path):
        _check_names(document)
        return tuple(_target(name, table, path, environment) for name, table in document.items())


@contextmanager
def at(place: object) -> Iterator[None]:
    """Put the place that a block is about in front of what is wrong there."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{place}: {error}") from None


def _check_names(document: Mapping[str, Any]) -> None:
    spelt: dict[str, str] = {}
    for name, table in document.items():
        if not isinstance(table, dict):
            raise ConfigurationError(f"{printable(name)}: belongs to no target; put it below a name such as [north]")
        if not NAME.fullmatch(name) or name.lower() in FILES:
            raise ConfigurationError(
                f"{printable(name)!r}: cannot name a directory; use up to 64 letters, digits, and - . _ between them"
            )
        other = spelt.setdefault(name.lower(), name)
        if other != name:
            raise ConfigurationError(f"{other}, {name}: share a directory where case does not count; rename one")


def _target(name: str, table: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> Target:
    options: dict[str, str | list[str]] = {}
    variables: set[str] = set()
    for key, value in table.items():
        with at(f"{name}: {printable(key)}"):
            option = _option(key, value, options)
            if key in KEYS:
                options[option.name] = _value(option, value, path)
            else:
                options[option.name] = _from_variable(option, value, environment)
                variables.add(value)
    return Target(name, options, frozenset(variables))


def _option(key: str, value: object, taken: Collection[str]) -> Option:
    option = KEYS.get(key) or BY_VARIABLE.get(key)
    if option is not None and option.name in taken:
        raise ConfigurationError("is given with and without _env; leave one of them out")
    if option is not None:
        return option
    if key == "report_dir":
        raise ConfigurationError("each target has the directory of its name below --report-dir; leave it out")
    if isinstance(value, dict):
        raise ConfigurationError("is a table within a target's; if it is part of a name, put all of that into quotes")
    known = [*(name for name, option in KEYS.items() if not option.secret), *BY_VARIABLE]
    remedy = suggest(key, known, at_most=1) or f"there are {', '.join(KEYS)}"
    raise ConfigurationError(f"is no option; {remedy}")


def _value(option: Option, value: object, path: Path) -> str | list[str]:
    variable = f'{option.name}_env = "VARIABLE" with the name of the environment variable that holds it'
    if option.secret:
        raise ConfigurationError(f"a secret has no place in a file; write {variable}")
    if option.repeatable or option.several:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise ConfigurationError('must be a list of texts, such as ["a", "b"]')
        return [_text(item) for item in value]
    if option.metavar in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ConfigurationError(f"must be a {'number' if option.metavar in NUMBERS else 'text in quotes'}")
    if option.name == "proxy" and "@" in value:
        raise ConfigurationError(f"credentials have no place in a file; write {variable}")
    return str(path.parent / _text(value)) if option.metavar in PATHS else _text(value)


def _text(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ConfigurationError("must be a line of text, and not an empty one")
    return value


def _from_variable(option: Option, name: object, environment: Mapping[str, str]) -> str | list[str]:
    """Take a value from the environment. The name is not told: whoever mistook it for the secret has put that there."""
    if not isinstance(name, str) or not VARIABLE.fullmatch(name):
        raise ConfigurationError("must be the name of an environment variable, such as TOKEN_NORTH")
    value = environment.get(name, "")
    if not value.strip():
        raise ConfigurationError("the variable of that name is not set, or empty; set it, or correct the name")
    if option.repeatable or option.several:
        return [item.strip() for item in value.split(",") if item.strip()]
    return value
