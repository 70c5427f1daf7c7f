"""make spec-diff as a command: with git, with an oasdiff that is played by a script, and with all that can be wrong."""

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

from conformance.selftest.spec.documents import ADDED, DOCUMENT, REMOVED, changed, commit, edition
from scripts.specdiff import history
from scripts.specdiff.__main__ import main
from scripts.specdiff.edition import EditionError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests from their repositories."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """The document in a repository of its own, committed and tagged as v1."""
    (tmp_path / "checkout").mkdir()
    return commit(tmp_path / "checkout", changed(), "v1")


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Have a `go` that is a script, and builds an oasdiff that is another."""
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
    """Return the one line with which a comparison is refused."""
    assert judge(document, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    return line.removeprefix("spec-diff: ")


def test_nothing_changed_is_said_without_oasdiff(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(document, "--base", "v1") == 0

    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("openapi.yaml since v1 (")
    assert first.endswith("): nothing has changed")
    assert last == "spec-diff: info.version is 1.0.0, and 1.0.0 or higher is right"


def test_without_a_base_the_last_tag_is_meant(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(document.parent, changed("another comment"), "v2")

    assert judge(document, "--base", "") == 0
    assert capsys.readouterr().out.startswith("openapi.yaml since v2 (")


def test_a_base_may_be_a_hash_which_is_shown_once(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
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
def test_what_git_does_not_know_is_refused(document: Path, ref: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, document, f"--base={ref}").startswith(f"git knows no commit '{ref}'; BASE is a tag")


def test_a_repository_without_a_tag_asks_for_a_base(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "tag", "--delete", "v1"], cwd=document.parent, check=True, capture_output=True)  # noqa: S607

    assert refusal(capsys, document) == "there is no tag to compare with; name a commit: make spec-diff BASE=HEAD"


def test_a_commit_without_the_document_is_refused(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = document.with_name("other.yaml")
    other.write_text(DOCUMENT, encoding="utf-8")

    message = refusal(capsys, other, "--base", "v1")

    assert message.startswith("v1 (")
    assert message.endswith(") has no other.yaml; name a later BASE")


def test_a_folder_without_a_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    document = tmp_path / "openapi.yaml"
    document.write_text(DOCUMENT, encoding="utf-8")

    assert "is in no git repository that can be read: not a git repository" in refusal(capsys, document, "--base=v1")


def test_git_and_go_are_asked_for_where_they_are_missing(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(changed("a language more"), encoding="utf-8")
    programs = tmp_path / "few"
    programs.mkdir()
    git = shutil.which("git")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(sys, "executable", str(programs / "python"))

    assert refusal(capsys, document, "--base=v1") == "git was not found, which keeps the base; install it"
    (programs / "git").symlink_to(str(git))
    assert refusal(capsys, document, "--base=v1") == (
        "Go was not found, which builds oasdiff; install Go 1.26 or newer, or let make spec-diff install it"
    )


BROKEN = {
    "an open list": ("openapi: [", "is no YAML, line 1: "),
    "two colons": ("a: b: c", "is no YAML, line 1: "),
    "binary": ("\x00", "is no YAML"),
    "depth": ("[" * 500, "is no YAML"),
    "a list": ("- openapi", "is no OpenAPI document: it has no info.version"),
    "nothing": ("", "is no OpenAPI document: it has no info.version"),
    "no version": ("openapi: 3.0.3\ninfo: {}", "is no OpenAPI document: it has no info.version"),
    "no paths": ("info: {version: 1.0.0}", "is no OpenAPI document: it lacks openapi or paths"),
    "two numbers": (changed(version="1.0"), "info.version is 1.0, which is no semantic version"),
    "a letter": (changed(version="v1.0.0"), "info.version is 'v1.0.0', which is no semantic version"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_document_that_cannot_be_read_is_refused_wherever_it_is(
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


def test_the_changes_are_told_worst_first_with_what_the_version_must_become(
    document: Path, play: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(changed("a region more", "a language less"), encoding="utf-8")
    play("echo {oasdiff}", f"cat <<'END'\n{json.dumps([ADDED, REMOVED])}\nEND")

    assert judge(document, "--base=v1") == 1

    printed = capsys.readouterr()
    first, *rest = printed.out.splitlines()
    assert first.endswith("): 1 breaking, 2 compatible changes")
    assert [line.split()[:2] for line in rest] == [
        ["breaking", "v1:openapi.yaml:222:"],
        ["compatible", "openapi.yaml:124:"],
        ["compatible", f"openapi.yaml:{edition().specification.line('/servers')}:"],
    ]
    assert printed.err == "spec-diff: info.version must become 2.0.0; it is 1.0.0\n"


def test_a_version_that_is_high_enough_is_right(
    document: Path, play: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(changed("a language less", version="2.0.0"), encoding="utf-8")
    play("echo {oasdiff}", f"echo '{json.dumps([REMOVED])}'")

    assert judge(document, "--base=v1") == 0
    assert capsys.readouterr().out.endswith("spec-diff: info.version is 2.0.0, and 2.0.0 or higher is right\n")


FAILURES = {
    "no network": (
        "echo 'go: no network' >&2; exit 1",
        "",
        "Go could not build oasdiff; is the module proxy reachable? go: no",
    ),
    "no reason": ("exit 1", "", "Go could not build oasdiff; is the module proxy reachable? no reason given"),
    "no program": ("echo /nowhere/oasdiff", "", "/nowhere/oasdiff: No such file or directory"),
    "nonsense": ("echo {oasdiff}", "echo nonsense", "oasdiff printed something else than a list of changes"),
    "a bad document": (
        "echo {oasdiff}",
        "echo 'Error: no \"now.yaml\"' >&2; exit 102",
        "oasdiff: no openapi.yaml; make",
    ),
    "a bad base": (
        "echo {oasdiff}",
        "echo 'Error: no \"base.yaml\"' >&2; exit 102",
        "oasdiff: no v1:openapi.yaml; make",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_tool_that_fails_is_told_in_one_line(
    document: Path, play: Callable[..., None], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    go, oasdiff, message = FAILURES[name]
    document.write_text(changed("a language less"), encoding="utf-8")
    play(go, oasdiff)

    assert refusal(capsys, document, "--base=v1").startswith(message)


def test_a_document_that_oasdiff_reads_and_we_cannot_is_told_in_one_line(
    document: Path, play: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    document.write_text(DOCUMENT.replace("operationId: CommitAsyncJob", "deprecated: true"), encoding="utf-8")
    play("echo {oasdiff}", "echo '[]'")

    message = refusal(capsys, document, "--base=v1")
    assert message.startswith("v1:openapi.yaml or openapi.yaml is no valid OpenAPI document (KeyError('operationId'))")


def test_ctrl_c_ends_it_and_go_without_a_traceback(tmp_path: Path, document: Path, play: Callable[..., None]) -> None:
    document.write_text(changed("a language less"), encoding="utf-8")
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    play(f"exec 9>'{alive}'; echo started >&9; exec sleep 600")
    command = [sys.executable, "-m", "scripts.specdiff", "--base=v1", "--document", str(document)]

    with (
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as process,  # noqa: S603
        alive.open(encoding="utf-8") as pipe,
    ):
        assert pipe.readline() == "started\n"
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert pipe.read() == ""  # which is only known once the other end is closed

    assert (process.returncode, errors) == (130, "spec-diff: interrupted\n")


def test_make_hands_over_the_base_and_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)  # of a make that runs the tests
    command = ["make", "--dry-run", "spec-diff", "BASE=v1", "ARGS=--all"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - runs nothing

    assert '.venv/bin/python -m scripts.specdiff --base="v1" --all' in done.stdout.splitlines()


def test_git_that_hangs_is_given_up(
    document: Path, play: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("exit 1")
    git = tmp_path / "programs" / "git"
    git.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    git.chmod(0o755)
    monkeypatch.setattr(history, "SECONDS", 0.1)

    with pytest.raises(EditionError, match=r"git rev-parse did not end within 0\.1 s"):
        history.read_base(document, "v1")
