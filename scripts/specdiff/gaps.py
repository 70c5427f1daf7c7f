"""The changes that oasdiff does not report: servers, defaults of mandatory parameters, and the remaining places."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from scripts.specdiff.change import DocumentChange, Severity
from scripts.specdiff.contract import contract, differences, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.specdiff.contract import Json
    from scripts.specdiff.edition import Edition

__all__ = ["find_gaps", "find_rest"]

UNSEEN = re.compile(
    r"(?<!/properties)/(additionalProperties|allowReserved|contentType|encoding|explode|not|servers|style)$"
)
"""Places without a check in oasdiff, as `oasdiff checks changelog coverage` lists them; always compared here."""


def find_gaps(base: Edition, now: Edition) -> Iterator[DocumentChange]:
    """Yield the changes that oasdiff never reports: OpenAPI version, servers, and defaults that clients send."""
    before, after = (str(edition.specification.document["openapi"]) for edition in (base, now))
    if _feature_set(before) != _feature_set(after):
        text = f"openapi changed from {before} to {after}, which a tool for {before} may not read"
        yield DocumentChange(Severity.DOUBTFUL, now.place("/openapi"), text, "openapi")
    yield from _servers(base, now)
    yield from _defaults(base, now)
    yield from (change for pointer, change in _differences(base, now) if UNSEEN.search(pointer))


def find_rest(base: Edition, now: Edition) -> Iterator[DocumentChange]:
    """Yield each place where the contract differs; for when neither oasdiff nor `find_gaps` found a change."""
    yield from (change for _, change in _differences(base, now))


def _differences(base: Edition, now: Edition) -> Iterator[tuple[str, DocumentChange]]:
    before, after = (contract(edition.specification) for edition in (base, now))
    for pointer, gone in differences(before, after):
        edition = base if gone else now
        text = f"{_relative(edition, pointer)} differs, and no rule classifies this change"
        yield pointer, DocumentChange(Severity.DOUBTFUL, edition.place(pointer), text, "rest")


def _relative(edition: Edition, pointer: str) -> str:
    for operation in edition.specification.operations:
        if pointer.startswith(f"{operation.pointer}/"):
            return f"{operation.id}: {pointer.removeprefix(operation.pointer)}"
    return pointer


def _feature_set(openapi: str) -> str:
    return openapi.rpartition(".")[0]


def _servers(base: Edition, now: Edition) -> Iterator[DocumentChange]:
    before, after = (list(_addresses(edition)) for edition in (base, now))
    for url in sorted(set(before) - set(after)):
        yield DocumentChange(Severity.BREAKING, base.place("/servers"), f"removed the server {url}", "server-removed")
    for url in sorted(set(after) - set(before)):
        yield DocumentChange(Severity.COMPATIBLE, now.place("/servers"), f"added the server {url}", "server-added")
    if before[:1] != after[:1] and before and before[0] in after:
        text = f"the first server, which clients use by default, changed from {before[0]} to {after[0]}"
        yield DocumentChange(Severity.BREAKING, now.place("/servers/0"), text, "server-default")


def _addresses(edition: Edition) -> Iterator[str]:
    """Yield the URL of each server for each listed value of its variables, the default value first."""
    for server in edition.specification.document.get("servers") or ():
        variables = server.get("variables") or {}
        choices = [_values(name, variable) for name, variable in variables.items()]
        for values in itertools.product(*choices):
            url = str(server["url"])
            for name, value in zip(variables, values, strict=True):
                url = url.replace(f"{{{name}}}", value)
            yield url


def _values(name: str, variable: Json) -> list[str]:
    default = str(variable.get("default", f"{{{name}}}"))
    return list(dict.fromkeys([default, *map(str, variable.get("enum") or ())]))


def _defaults(base: Edition, now: Edition) -> Iterator[DocumentChange]:
    """Yield the changed defaults of mandatory parameters, which generated clients send automatically."""
    before, after = ({key: found for key, *found in parameters(edition.specification)} for edition in (base, now))
    for key in sorted(before.keys() & after.keys()):
        (_, old), (pointer, new) = before[key], after[key]
        was, default = (parameter.get("schema", {}).get("default") for parameter in (old, new))
        if was == default or not (old.get("required") and new.get("required")):
            continue
        severity = Severity.COMPATIBLE if was is None else Severity.BREAKING
        shown = [repr(value) if value is not None else "none" for value in (was, default)]
        text = f"{key}: the default changed from {shown[0]} to {shown[1]}"
        yield DocumentChange(severity, now.place(f"{pointer}/schema"), text, "default")
