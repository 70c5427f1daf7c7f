"""Tests of the command make spec-diff, with git, a scripted oasdiff, and each kind of failure."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support.documents import ADDED, DOCUMENT, REMOVED, changed, commit, edition
from scripts.specdiff import history
from scripts.specdiff.__main__ import main
from scripts.specdiff.edition import EditionError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolate the repositories of the tests from the git settings of the user."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """The document in a temporary repository, committed and tagged as v1."""
    (tmp_path / "checkout").mkdir()
    return commit(tmp_path / "checkout", changed(), "v1")


@pytest.fixture
def install_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a function that puts scripts on the PATH: a `go` that "builds" the script `oasdiff`."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)

    def write(go: str, oasdiff: str = "exit 70") -> None:
        for name, script in (("oasdiff", oasdiff), ("go", go.format(oasdiff=programs / "oasdiff"))):
            (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (programs / name).chmod(0o755)

    return write


def judge(document: Path, *arguments: str) -> int:
    return main(["--document", str(document), *arguments])


def refusal(capsys: pytest.CaptureFixture[str], document: Path, *arguments: str) -> str:
    """Return the error message, which is one line, of a comparison that is refused."""
    assert judge(document, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    return line.removeprefix("spec-diff: ")


def test_an_unchanged_document_needs_no_oasdiff(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(document, "--base", "v1") == 0

    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("openapi.yaml since v1 (")
    assert first.endswith("): nothing has changed")
    assert last == "spec-diff: info.version is 1.0.0, which is high enough; the lowest allowed is 1.0.0"


def test_the_default_base_is_the_last_tag(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(document.parent, changed("changed comment"), "v2")

    assert judge(document, "--base", "") == 0
    assert capsys.readouterr().out.startswith("openapi.yaml since v2 (")


def test_a_base_that_is_a_hash_is_shown_once(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=document.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    commit_hash = shown.stdout.strip()

    assert judge(document, "--base", commit_hash) == 0
    since = capsys.readouterr().out.partition(":")[0].removeprefix("openapi.yaml since ")
    assert commit_hash.startswith(since)
    assert len(since) < len(commit_hash)


@pytest.mark.parametrize("ref", ["v9", "-x", "--help", "v1:openapi.yaml", "v1^{tree}", "a b", "..", "@{u}"])
def test_a_ref_that_git_does_not_find_is_refused(document: Path, ref: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, document, f"--base={ref}").startswith(f"git does not find the commit '{ref}'; set BASE")


def test_a_repository_without_a_tag_asks_for_a_base(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "tag", "--delete", "v1"], cwd=document.parent, check=True, capture_output=True)

    assert refusal(capsys, document) == "there is no tag to compare with; specify a commit: make spec-diff BASE=HEAD"


def test_a_commit_without_the_document_is_refused(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = document.with_name("other.yaml")
    other.write_text(DOCUMENT, encoding="utf-8")

    message = refusal(capsys, other, "--base", "v1")

    assert message.startswith("v1 (")
    assert message.endswith(") does not contain other.yaml; use a later BASE")


def test_a_folder_without_a_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    document = tmp_path / "openapi.yaml"
    document.write_text(DOCUMENT, encoding="utf-8")

    assert "is not in a git repository that can be read: not a git repository" in refusal(capsys, document, "--base=v1")


def test_a_missing_git_and_a_missing_go_are_reported(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(changed("added language"), encoding="utf-8")
    programs = tmp_path / "few"
    programs.mkdir()
    git = shutil.which("git")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(sys, "executable", str(programs / "python"))

    assert refusal(capsys, document, "--base=v1").startswith("git was not found; install it")
    (programs / "git").symlink_to(str(git))
    assert refusal(capsys, document, "--base=v1") == (
        "Go was not found, but oasdiff is built with it; install Go 1.26 or newer, or run make spec-diff to get it"
    )


BROKEN = {
    "an open list": ("openapi: [", "is not valid YAML, line "),
    "two colons": ("a: b: c", "is not valid YAML, line 1: "),
    "binary": ("\x00", "is not valid YAML"),
    "depth": ("[" * 500, "is not valid YAML"),
    "a list": ("- openapi", "is not an OpenAPI document: info.version is missing"),
    "nothing": ("", "is not an OpenAPI document: info.version is missing"),
    "no version": ("openapi: 3.0.3\ninfo: {}", "is not an OpenAPI document: info.version is missing"),
    "no paths": ("info: {version: 1.0.0}", "is not an OpenAPI document: openapi or paths is missing"),
    "two numbers": (changed(version="1.0"), "info.version is 1.0, which is not a semantic version"),
    "a letter": (changed(version="v1.0.0"), "info.version is 'v1.0.0', which is not a semantic version"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_unreadable_document_is_refused_as_base_and_as_working_copy(
    document: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, reason = BROKEN[name]
    document.write_text(text, encoding="utf-8")
    now = refusal(capsys, document, "--base=v1")
    commit(document.parent, text, "broken")
    document.write_text(DOCUMENT, encoding="utf-8")
    before = refusal(capsys, document, "--base=broken")

    assert now.startswith("openapi.yaml")
    assert reason in now
    assert before == f"broken:{now}"


def test_a_missing_document_is_refused(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.unlink()

    assert refusal(capsys, document, "--base=v1") == f"{document}: No such file or directory"


def test_changes_are_printed_worst_first_with_the_required_version(
    document: Path, install_scripts: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(changed("added region", "removed language"), encoding="utf-8")
    install_scripts("echo {oasdiff}", f"cat <<'END'\n{json.dumps([ADDED, REMOVED])}\nEND")

    assert judge(document, "--base=v1") == 1

    printed = capsys.readouterr()
    first, *rest = printed.out.splitlines()
    assert first.endswith("): 1 breaking, 2 compatible changes")
    assert [line.split()[:2] for line in rest] == [
        ["breaking", "v1:openapi.yaml:222:"],
        ["compatible", "openapi.yaml:124:"],
        ["compatible", f"openapi.yaml:{edition().specification.line('/servers')}:"],
    ]
    assert printed.err == "spec-diff: info.version is 1.0.0, which is too low; change it to 2.0.0 or higher\n"


def test_a_version_that_is_high_enough_passes(
    document: Path, install_scripts: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(changed("removed language", version="2.0.0"), encoding="utf-8")
    install_scripts("echo {oasdiff}", f"echo '{json.dumps([REMOVED])}'")

    assert judge(document, "--base=v1") == 0
    assert "info.version is 2.0.0, which is high enough" in capsys.readouterr().out


FAILURES = {
    "no network": (
        "echo 'go: no network' >&2; exit 1",
        "",
        "Go could not build oasdiff; check that the module proxy is reachable: go: no",
    ),
    "no reason": (
        "exit 1",
        "",
        "Go could not build oasdiff; check that the module proxy is reachable: no reason given",
    ),
    "no program": ("echo /nowhere/oasdiff", "", "/nowhere/oasdiff: No such file or directory"),
    "nonsense": ("echo {oasdiff}", "echo nonsense", "oasdiff did not print a list of changes"),
    "a bad document": (
        "echo {oasdiff}",
        "echo 'Error: no \"now.yaml\"' >&2; exit 102",
        "oasdiff: no openapi.yaml; run make",
    ),
    "a bad base": (
        "echo {oasdiff}",
        "echo 'Error: no \"base.yaml\"' >&2; exit 102",
        "oasdiff: no v1:openapi.yaml; run make",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_tool_is_reported_in_one_line(
    document: Path, install_scripts: Callable[..., None], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    go, oasdiff, message = FAILURES[name]
    document.write_text(changed("removed language"), encoding="utf-8")
    install_scripts(go, oasdiff)

    assert refusal(capsys, document, "--base=v1").startswith(message)


def test_a_document_that_only_oasdiff_can_read_is_reported_in_one_line(
    document: Path, install_scripts: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(DOCUMENT.replace("operationId: CommitAsyncJob", "deprecated: true"), encoding="utf-8")
    install_scripts("echo {oasdiff}", "echo '[]'")

    message = refusal(capsys, document, "--base=v1")
    assert message.startswith(
        "v1:openapi.yaml or openapi.yaml is not a valid OpenAPI document (KeyError('operationId')"
    )


def test_ctrl_c_ends_the_command_and_go_without_a_traceback(
    tmp_path: Path, document: Path, install_scripts: Callable[..., None]
) -> None:
    document.write_text(changed("removed language"), encoding="utf-8")
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    install_scripts(f"exec 9>'{alive}'; echo started >&9; exec sleep 600")
    command = [sys.executable, "-m", "scripts.specdiff", "--base=v1", "--document", str(document)]

    with (
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as process,
        alive.open(encoding="utf-8") as pipe,
    ):
        assert pipe.readline() == "started\n"
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert pipe.read() == ""  # at the end of file: Go has closed its end

    assert (process.returncode, errors) == (130, "spec-diff: interrupted\n")


def test_make_passes_the_base_and_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)  # set if make runs the tests
    command = ["make", "--dry-run", "spec-diff", "BASE=v1", "ARGS=--all"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert '.venv/bin/python -m scripts.specdiff --base="v1" --all' in done.stdout.splitlines()


def test_git_that_hangs_is_killed(
    document: Path, install_scripts: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_scripts("exit 1")
    git = tmp_path / "programs" / "git"
    git.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    git.chmod(0o755)
    monkeypatch.setattr(history, "SECONDS", 0.1)

    with pytest.raises(EditionError, match=r"git rev-parse did not finish within 0\.1 s"):
        history.read_base(document, "v1")
