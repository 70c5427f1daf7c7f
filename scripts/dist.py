# ruff: noqa: T201 - prints its result
"""Build the distribution in dist/: wheels, documents, JSON Schemas, a bill of materials, provenance and checksums."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import conformance
from conformance.mock.reference import render_reference
from conformance.spec import openapi
from scripts import attestations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.spec.openapi import Specification

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "dist"
CHECKSUMS = "SHA256SUMS"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Keywords of an OpenAPI 3.0 Schema Object that mean the same in JSON Schema; others are translated or refused.
SHARED = {"type", "description", "required", "properties", "minLength", "maxLength", "enum", "pattern", "default"}


class DistributionError(Exception):
    """A file cannot be built; the message says which, and why."""


def make(target: Path) -> list[Path]:
    """Replace the directory `target` as a whole, or not at all on an error; returns the sorted paths of its files.

    Raises `DistributionError` or `AttestationError`.
    """
    origin = attestations.source(ROOT)
    with TemporaryDirectory(dir=target.parent, prefix=".dist-") as workspace:
        tree = Path(workspace, "tree")
        for path, content in sorted(_documents(openapi.load())):
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content)
        sources = snapshot(ROOT, Path(workspace, "sources"))
        for project in (sources, sources / "generated"):
            build(project, tree)
        bill = attestations.bill_of_materials(ROOT, tree, origin)
        (tree / attestations.BILL).write_bytes(_json(bill))
        statement = attestations.provenance(ROOT, tree, origin, conformance.__version__)
        (tree / attestations.PROVENANCE).write_bytes(_json(statement))
        files = sorted(path for path in tree.rglob("*") if path.is_file())
        lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files]
        (tree / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
        if target.exists():
            target.rename(Path(workspace, "old"))
        tree.rename(target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def snapshot(root: Path, target: Path) -> Path:
    """Copy what Git tracks, as it lies there, so that no other file gets into a wheel; return the root of the copy.

    Outside of a checkout, nothing is copied, and the root itself is returned.
    """
    names = attestations.tracked(root)
    if names is None:
        return root
    for name in names:
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)
    return target


def _documents(spec: Specification) -> Iterator[tuple[str, bytes]]:
    yield "openapi.yaml", openapi.SPEC_PATH.read_bytes()
    yield "openapi.json", _json(spec.document)
    yield "openapi.dereferenced.json", _json(dereferenced(spec, spec.document))
    yield "reference.html", render_reference().encode()
    for name in messages(spec):
        yield f"schemas/{name}.schema.json", _json(message_schema(spec, name))


def dereferenced(spec: Specification, node: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a node with each reference replaced by its target; raises `RecursionError` on a circular reference."""
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            return dereferenced(spec, spec.at(reference.removeprefix("#")))
        return {key: dereferenced(spec, value) for key, value in node.items()}
    return [dereferenced(spec, item) for item in node] if isinstance(node, list) else node


def messages(spec: Specification) -> list[str]:
    """Return the names of the schemas of response bodies."""
    pointers = {
        spec.response_schema(operation, status) for operation in spec.operations for status in spec.statuses(operation)
    }
    return sorted(pointer.rpartition("/")[2] for pointer in pointers)


def message_schema(spec: Specification, name: str) -> dict[str, Any]:
    """Return the self-contained JSON Schema of one message; raises `DistributionError`."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:drs-conform:{spec.version}:{name}",
        "title": name,
        **_translated(dereferenced(spec, spec.document["components"]["schemas"][name]), name),
    }


def _translated(schema: dict[str, Any], place: str) -> dict[str, Any]:
    translated: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            translated[key] = {name: _translated(child, f"{place}.{name}") for name, child in value.items()}
        elif key == "example":
            translated["examples"] = [value]
        elif key in SHARED:
            translated[key] = value
        else:
            raise DistributionError(
                f"{place} has the keyword {key}, which has no translation to JSON Schema; add one to scripts/dist.py"
            )
    return translated


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def build(project: Path, target: Path, kind: str = "wheel") -> None:
    """Build the wheel or the sdist of a project reproducibly; raises `DistributionError`."""
    environment = attestations.without_variables("SOURCE_DATE_EPOCH", "HATCH_")
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no user input
    if run.returncode:
        raise DistributionError(
            f"{run.stdout}{run.stderr}".strip()
            + f"\nthe {kind} of {project.name} could not be built; see the output above"
        )


def main() -> int:
    """Return the exit code: 0 done, 1 a file could not be built, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="dist", description=__doc__)
    parser.add_argument(
        "--target", type=Path, default=TARGET, metavar="DIRECTORY", help="output directory (default: dist/)"
    )
    try:
        files = make(parser.parse_args().target.resolve())
    except (DistributionError, attestations.AttestationError) as error:
        *details, summary = str(error).split("\n")
        print(*details, f"dist: {summary}", sep="\n", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"dist: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dist: interrupted", file=sys.stderr)
        return 130
    for path in files:
        print(f"dist: {path} ({path.stat().st_size} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
