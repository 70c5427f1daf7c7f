"""Tests of what `make dist` states about its files: the bill of materials, and where they come from."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import conformance
from scripts import attestations, dist

EPOCH = "1234567890"
SELF_DESCRIBED = {"SHA256SUMS", attestations.PROVENANCE}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built once; tests only read it."""
    target = tmp_path_factory.mktemp("made") / "dist"
    dist.make(target)
    return target


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def bill(made: Path) -> dict[str, Any]:
    return read(made / attestations.BILL)


@pytest.fixture(scope="module")
def provenance(made: Path) -> dict[str, Any]:
    return read(made / attestations.PROVENANCE)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_bill_of_materials_follows_the_schema_of_cyclonedx(made: Path, bill: dict[str, Any]) -> None:
    text = (made / attestations.BILL).read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps({**bill, "version": "1"})) is not None


def test_the_bill_describes_both_wheels(made: Path, bill: dict[str, Any]) -> None:
    described = {
        component["name"]: (component["version"], component["hashes"])
        for component in (bill["metadata"]["component"], *bill["components"])
        if "hashes" in component
    }
    wheels = {path.name.split("-")[0].replace("_", "-"): path for path in made.glob("*.whl")}

    assert described.keys() == wheels.keys() == {"drs-conform", "drs-batch-client"}
    assert bill["metadata"]["component"]["version"] == conformance.__version__
    for name, path in wheels.items():
        assert described[name] == (path.name.split("-")[1], [{"alg": "SHA-256", "content": digest(path)}])


def test_the_bill_has_each_locked_package_once_and_no_tool_of_the_build(bill: dict[str, Any]) -> None:
    names = [component["name"] for component in bill["components"]]
    assert names == sorted(set(names))
    assert {"anyio", "attrs", "h11", "httpx", "jsonschema-rs", "schemathesis", "urllib3"} <= set(names)
    assert not {"hatchling", "httpx2", "httpcore2", "ruff", "drs-conform"} & set(names)
    for component in bill["components"]:
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"


def test_the_bill_has_the_direct_dependencies(bill: dict[str, Any]) -> None:
    edges = {entry["ref"]: entry["dependsOn"] for entry in bill["dependencies"]}
    refs = {component["bom-ref"] for component in (bill["metadata"]["component"], *bill["components"])}
    names = {ref.partition("@")[0].removeprefix("pkg:pypi/"): depends for ref, depends in edges.items()}

    assert names.keys() == {"drs-conform", "drs-batch-client"}
    assert {"pkg:pypi/attrs", "pkg:pypi/httpx"} <= {ref.partition("@")[0] for ref in names["drs-batch-client"]}
    assert len(names["drs-conform"]) == 16
    assert refs >= edges.keys() | {ref for depends in edges.values() for ref in depends}


def test_the_statement_of_provenance_names_each_file_by_its_hash(made: Path, provenance: dict[str, Any]) -> None:
    assert provenance["_type"] == "https://in-toto.io/Statement/v1"
    assert provenance["predicateType"] == "https://slsa.dev/provenance/v1"
    subjects = {subject["name"]: subject["digest"] for subject in provenance["subject"]}
    files = {path.relative_to(made).as_posix(): path for path in made.rglob("*") if path.is_file()}

    assert subjects == {name: {"sha256": digest(path)} for name, path in files.items() if name not in SELF_DESCRIBED}
    assert list(subjects) == sorted(subjects)


def test_the_statement_of_provenance_names_what_the_files_were_built_from(provenance: dict[str, Any]) -> None:
    definition = provenance["predicate"]["buildDefinition"]
    sources = {source["name"]: source for source in definition["resolvedDependencies"]}

    assert definition.keys() == {"buildType", "externalParameters", "resolvedDependencies"}
    assert provenance["predicate"]["runDetails"]["builder"].keys() == {"id", "version"}
    for name in ("scripts/locks/dev.txt", "scripts/locks/run.txt"):
        assert sources[name]["digest"] == {"sha256": digest(dist.ROOT / name)}
    if (dist.ROOT / ".git").exists():
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=dist.ROOT, capture_output=True, text=True, check=True)
        assert sources["source"]["digest"] == {"gitCommit": commit.stdout.strip()}


def test_two_distributions_are_equal(made: Path, tmp_path: Path) -> None:
    dist.make(tmp_path / "dist")
    first, second = (
        {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
        for tree in (made, tmp_path / "dist")
    )
    assert first == second
    assert str(dist.ROOT).encode() not in b"".join(first.values())


def commit(directory: Path, *arguments: str) -> str:
    fixed = {
        "GIT_COMMITTER_DATE": f"{EPOCH} +0200",
        "GIT_AUTHOR_DATE": "1500000000 +0000",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.invalid")
    variables = {"PATH": "/usr/bin:/bin", **fixed}
    run = subprocess.run(["git", *identity, *arguments], cwd=directory, env=variables, capture_output=True, check=True)
    return run.stdout.decode().strip()


def test_the_source_is_a_commit_and_says_whether_it_was_modified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    assert attestations.source(checkout) == attestations.Source(None, None, modified=False)

    (checkout / "file").write_text("1", encoding="utf-8")
    commit(checkout, "init", "--quiet")
    commit(checkout, "add", "file")
    commit(checkout, "commit", "--quiet", "-m", "one")
    name = commit(checkout, "rev-parse", "HEAD")
    assert attestations.source(checkout) == attestations.Source(name, int(EPOCH), modified=False)

    (checkout / "file").write_text("2", encoding="utf-8")
    assert attestations.source(checkout) == attestations.Source(name, int(EPOCH), modified=True)

    (checkout / "inner").mkdir()  # such as an unpacked archive, of which the commit around it says nothing
    assert attestations.source(checkout / "inner") == attestations.Source(None, None, modified=False)


@pytest.mark.parametrize("hiding", ["update-index --assume-unchanged", "update-index --skip-worktree", "add"])
def test_a_change_that_git_does_not_show_is_a_modification(hiding: str, tmp_path: Path) -> None:
    commit(tmp_path, "init", "--quiet")
    (tmp_path / ".gitattributes").write_text("* text=auto\n", encoding="utf-8")
    (tmp_path / "file").write_bytes(b"1\n")
    commit(tmp_path, "add", ".")
    commit(tmp_path, "commit", "--quiet", "-m", "one")
    assert not attestations.source(tmp_path).modified

    (tmp_path / "file").write_bytes(b"1\r\n")
    commit(tmp_path, *hiding.split(), "file")
    assert commit(tmp_path, "status", "--porcelain") == ""
    assert attestations.source(tmp_path).modified


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one commit, of one file."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "file").write_text("1", encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "file"], ["commit", "--quiet", "-m", "one"]):
        commit(root, *command)
    return root


def test_the_source_does_not_depend_on_the_variables_and_settings_of_git(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = attestations.Source(commit(checkout, "rev-parse", "HEAD"), int(EPOCH), modified=False)
    other = tmp_path / "other"
    other.mkdir()
    commit(other, "init", "--quiet")
    settings = tmp_path / "settings"
    settings.write_text("[log]\nshowSignature = true\n[status]\nshowUntrackedFiles = no\n", encoding="utf-8")
    commit(checkout, "config", "log.showSignature", "true")
    for name, value in {
        "GIT_DIR": str(other / ".git"),
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": str(tmp_path / "missing"),
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "GIT_NAMESPACE": "n",
        "GIT_CONFIG_GLOBAL": str(settings),
    }.items():
        monkeypatch.setenv(name, value)

    assert attestations.source(checkout) == expected
    assert attestations.tracked(checkout) == ["file"]
    (checkout / "new").touch()
    assert attestations.source(checkout).modified


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change an owner")
def test_a_checkout_of_another_owner_has_its_commit(checkout: Path) -> None:
    expected = attestations.source(checkout)
    for path in (checkout, *checkout.rglob("*")):
        os.chown(path, 1234, 1234)

    assert attestations.source(checkout) == expected
    assert attestations.tracked(checkout) == ["file"]


def test_a_linked_worktree_is_a_checkout(checkout: Path, tmp_path: Path) -> None:
    commit(checkout, "worktree", "add", "--quiet", str(tmp_path / "linked"))

    assert attestations.source(tmp_path / "linked") == attestations.source(checkout)
    assert attestations.tracked(tmp_path / "linked") == ["file"]


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "no repository": lambda inner: (inner / ".git").mkdir(),
    "a repository that is gone": lambda inner: (inner / ".git").write_text("gitdir: ../gone", encoding="utf-8"),
    "no commit": lambda inner: commit(inner, "init", "--quiet"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_checkout_whose_commit_cannot_be_read_is_an_error(kind: str, checkout: Path) -> None:
    inner = checkout / "inner"
    inner.mkdir()
    UNREADABLE[kind](inner)

    with pytest.raises(attestations.AttestationError, match=r"inner: git show failed: .+; "):
        attestations.source(inner)


def test_a_checkout_without_git_is_an_error(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    for read_it in (attestations.source, attestations.tracked):
        with pytest.raises(attestations.AttestationError, match=r"checkout: git could not be run: .+; install Git"):
            read_it(checkout)


def test_the_time_of_the_source_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    dist.make(tmp_path / "dist")

    assert read(tmp_path / "dist" / attestations.BILL)["metadata"]["timestamp"] == "2009-02-13T23:31:30Z"
    definition = read(tmp_path / "dist" / attestations.PROVENANCE)["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {"command": "make dist", "SOURCE_DATE_EPOCH": EPOCH}


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "9" * 30])
def test_a_time_that_is_not_seconds_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(attestations.AttestationError, match=r"^SOURCE_DATE_EPOCH: '.*' is not a number of seconds"):
        attestations.source(dist.ROOT)
