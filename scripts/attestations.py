"""Statements about a distribution: a bill of materials by CycloneDX, and its provenance by in-toto and SLSA.

Both are reproducible: the only time in them is that of the commit or SOURCE_DATE_EPOCH, and nothing is random. They are
not signed, so that they prove nothing to somebody who does not trust where the distribution comes from. Who publishes
it can sign the statement of provenance as it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

__all__ = [
    "BILL",
    "PROVENANCE",
    "AttestationError",
    "Source",
    "bill_of_materials",
    "provenance",
    "source",
    "tracked",
    "without_variables",
]

BILL = "sbom.cdx.json"
PROVENANCE = "provenance.json"
LOCKS = Path("scripts", "locks")
LICENCE = [{"license": {"id": "Apache-2.0"}}]
PROJECTS = {"drs-conform": Path(), "drs-batch-client": Path("generated")}
GIT = ("git", "--git-dir=.git", "--work-tree=.", "-c", "core.excludesFile=", "-c", "core.fileMode=true")
"""Reads the repository of a checkout, whoever owns it and whatever the user's own settings say."""
_LOCKED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)", re.MULTILINE)
_LAST_SECOND = 253402300799  # of the year 9999


class AttestationError(Exception):
    """A statement cannot be made; the message says why."""


@dataclass(frozen=True)
class Source:
    """What a distribution is built from.

    Attributes:
        commit: The commit; `None` outside of a checkout.
        seconds: The time of the source since 1970; `None` if it is unknown.
        modified: Whether the checkout differs from the commit.
    """

    commit: str | None
    seconds: int | None
    modified: bool


def source(root: Path) -> Source:
    """Return the source in a directory, with the time of SOURCE_DATE_EPOCH if given; raises `AttestationError`."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is not None and not (re.fullmatch(r"[0-9]{1,12}", given) and int(given) <= _LAST_SECOND):
        raise AttestationError(f"SOURCE_DATE_EPOCH: {given!r} is not a number of seconds; correct or unset it")
    if not _is_checkout(root):
        return Source(None, None if given is None else int(given), modified=False)
    commit, seconds = _git(root, "show", "--no-patch", "--no-show-signature", "--format=%H %ct").split()
    changed = _git(root, "status", "--porcelain", "--untracked-files=all") != "" or not _is_committed(root)
    return Source(commit, int(given or seconds), modified=changed)


def _is_committed(root: Path) -> bool:
    """Return whether the bytes of each file are those of the commit, which `git status` does not read in each case."""
    entries = [entry.partition("\t") for entry in _git(root, "ls-tree", "-r", "-z", "HEAD").split("\0") if entry]
    ids = [facts.split()[2] for facts, _, _ in entries]
    return _git(root, "hash-object", "--no-filters", "--", *(path for _, _, path in entries)) == "\n".join(ids)


def tracked(root: Path) -> list[str] | None:
    """Return the paths that Git tracks, relative to the root of a checkout; `None` outside of one.

    Raises `AttestationError`.
    """
    return list(filter(None, _git(root, "ls-files", "-z").split("\0"))) if _is_checkout(root) else None


def without_variables(*prefixes: str) -> dict[str, str]:
    """Return the environment without the variables of other programs that begin with one of these."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


def _is_checkout(root: Path) -> bool:
    return (root / ".git").exists()


def _git(root: Path, command: str, *arguments: str) -> str:
    """Return what a command of Git prints; raises `AttestationError`."""
    line, environment = [*GIT, command, *arguments], without_variables("GIT_")
    try:
        run = subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no user input
    except OSError as error:
        raise AttestationError(f"{root}: git could not be run: {error.strerror}; install Git") from None
    if run.returncode:
        reason = run.stderr.strip().partition("\n")[0]
        raise AttestationError(f"{root}: git {command} failed: {reason}; repair the checkout, or remove .git from it")
    return run.stdout.strip()


def bill_of_materials(root: Path, tree: Path, origin: Source) -> dict[str, Any]:
    """Return the bill of materials of the wheels in a tree: both projects, and the packages locked for them."""
    direct = {name: _requirements(root / directory) for name, directory in PROJECTS.items()}
    locked = _locked(root / LOCKS / "clients.txt")
    # What is locked for the client alone has the HTTP library as well that the published client does not use.
    used = _locked(root / LOCKS / "run.txt").keys() | direct["drs-batch-client"]
    wheels = {name: _wheel(tree, name) for name in PROJECTS}
    suite = wheels.pop("drs-conform") | {"type": "application"}
    packages = [_component(name, version) for name, version in locked.items() if name in used]
    metadata: dict[str, Any] = {"component": suite}
    if origin.seconds is not None:
        time = dt.datetime.fromtimestamp(origin.seconds, dt.UTC)
        metadata = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"), **metadata}
    components = sorted([*wheels.values(), *packages], key=lambda component: str(component["name"]))
    references = {component["name"]: component["bom-ref"] for component in (suite, *components)}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": [
            {"ref": references[name], "dependsOn": sorted(references[other] for other in needed)}
            for name, needed in direct.items()
        ],
    }


def provenance(root: Path, tree: Path, origin: Source, version: str) -> dict[str, Any]:
    """Return the statement of the provenance of all files in a tree, of which none is signed."""
    locks = [LOCKS / f"{group}.txt" for group in ("dev", "run")]
    materials: list[dict[str, Any]] = [
        {"name": lock.as_posix(), "digest": {"sha256": _sha256(root / lock)}} for lock in locks
    ]
    if origin.commit is not None:
        digest = {"gitCommit": origin.commit}
        materials.append({"name": "source", "digest": digest, "annotations": {"modified": origin.modified}})
    parameters = {"command": "make dist"}
    if "SOURCE_DATE_EPOCH" in os.environ:
        parameters["SOURCE_DATE_EPOCH"] = os.environ["SOURCE_DATE_EPOCH"]
    tools = {"drs-conform": version, "hatchling": _locked(root / LOCKS / "run.txt")["hatchling"]}
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path.relative_to(tree).as_posix(), "digest": {"sha256": _sha256(path)}} for path in files],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:drs-conform:make-dist:1",
                "externalParameters": parameters,
                "resolvedDependencies": materials,
            },
            "runDetails": {"builder": {"id": "urn:drs-conform:scripts/dist.py", "version": tools}},
        },
    }


def _requirements(project: Path) -> set[str]:
    document = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    return {Requirement(text).name for text in document["project"]["dependencies"]}


def _locked(path: Path) -> dict[str, str]:
    return dict(_LOCKED.findall(path.read_text(encoding="utf-8")))


def _component(name: str, version: str) -> dict[str, Any]:
    reference = f"pkg:pypi/{name}@{version}"
    return {"type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference}


def _wheel(tree: Path, name: str) -> dict[str, Any]:
    (path,) = tree.glob(f"{name.replace('-', '_')}-*.whl")
    hashes = [{"alg": "SHA-256", "content": _sha256(path)}]
    return _component(name, path.name.split("-")[1]) | {"hashes": hashes, "licenses": LICENCE}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
