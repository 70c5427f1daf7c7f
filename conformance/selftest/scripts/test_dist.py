"""Tests that the output of `make dist` is complete, matches its checksums, and agrees with openapi.yaml."""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from conformance.spec import openapi
from scripts import dist

SPEC = openapi.load()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built once; tests only read it."""
    target = tmp_path_factory.mktemp("made") / "dist"
    dist.make(target)
    return target


def test_checksums_name_each_file(made: Path) -> None:
    lines = (made / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {made / path: digest for digest, path in (line.split("  ") for line in lines)}

    assert set(sums) == {path for path in made.rglob("*") if path.is_file()} - {made / "SHA256SUMS"}
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sums} == sums


def test_wheel_is_the_same_each_time(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    for name in ("CLEAN", "HOOKS_ONLY", "NO_HOOKS", "LOCATION"):
        monkeypatch.setenv(f"HATCH_BUILD_{name}", "1")
    kept = tmp_path / "drs_conform-0.0.0-py3-none-any.whl"
    kept.touch()
    dist.build(dist.ROOT, tmp_path)
    (wheel,) = set(tmp_path.iterdir()) - {kept}

    assert kept.exists()
    assert wheel.read_bytes() == (made / wheel.name).read_bytes()


def test_wheel_of_the_suite_has_the_document_and_no_tests(made: Path) -> None:
    (wheel,) = made.glob("drs_conform-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read("conformance/openapi.yaml") == openapi.SPEC_PATH.read_bytes()

    assert {"conformance/suite/conftest.py", "conformance/reports/templates/report.html"} <= names
    assert [name for name in names if "selftest" in name] == []


def test_copies_of_the_document_are_equal(made: Path) -> None:
    whole = json.loads((made / "openapi.json").read_text(encoding="utf-8"))
    flat = (made / "openapi.dereferenced.json").read_text(encoding="utf-8")

    assert whole == yaml.safe_load((made / "openapi.yaml").read_bytes())
    assert "$ref" not in flat
    assert list(OpenAPIV30SpecValidator(json.loads(flat)).iter_errors()) == []


@pytest.mark.parametrize("name", dist.messages(SPEC))
def test_schema_of_a_message_accepts_and_rejects_the_same_values_as_the_document(made: Path, name: str) -> None:
    schema = json.loads((made / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    pointer = f"/components/schemas/{name}"
    examples = [example["value"] for example in SPEC.document["components"]["examples"].values()]
    too_long = [{**example, "error_code": "x" * 13, "error_msg": ""} for example in examples]

    verdicts = [(validator.is_valid(value), SPEC.errors(pointer, value) == []) for value in [*examples, *too_long]]

    assert {own for own, _ in verdicts} == {True, False}
    assert [own for own, _ in verdicts] == [documented for _, documented in verdicts]


def test_a_keyword_without_a_translation_is_refused() -> None:
    document = yaml.safe_load(openapi.SPEC_PATH.read_bytes())
    document["components"]["schemas"]["ServiceError"]["properties"]["error_msg"]["nullable"] = True
    spec = openapi.Specification(yaml.safe_dump(document).encode())

    with pytest.raises(dist.DistributionError, match=r"ServiceError\.error_msg has the keyword nullable"):
        dist.message_schema(spec, "ServiceError")


def test_nothing_is_replaced_if_a_file_cannot_be_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "dist"
    old.mkdir()
    (old / "kept").touch()
    monkeypatch.setattr(dist, "ROOT", tmp_path)

    with pytest.raises(dist.DistributionError, match=r"the wheel of .+ could not be built"):
        dist.make(old)

    assert [path.name for path in tmp_path.rglob("*")] == ["dist", "kept"]


def test_only_files_that_git_tracks_get_into_a_wheel(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("tracked.py", "untracked.py", "excluded.py", "removed.py"):
        (root / "own").mkdir(parents=True, exist_ok=True)
        (root / "own" / name).write_text(name, encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "own/tracked.py", "own/removed.py"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    (root / ".git" / "info" / "exclude").write_text("excluded.py", encoding="utf-8")
    (root / "own" / "removed.py").unlink()
    (root / "own" / "tracked.py").write_text("changed", encoding="utf-8")

    copied = dist.snapshot(root, tmp_path / "copy")

    assert [path.relative_to(copied).as_posix() for path in copied.rglob("*.*")] == ["own/tracked.py"]
    assert (copied / "own" / "tracked.py").read_text(encoding="utf-8") == "changed"


def test_an_unpacked_archive_is_built_as_it_is(tmp_path: Path) -> None:
    assert dist.snapshot(tmp_path, tmp_path / "copy") == tmp_path
