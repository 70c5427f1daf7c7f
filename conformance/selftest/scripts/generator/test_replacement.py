"""Tests that the client is replaced as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import generate


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory generated/ with one file, which the functions under test replace."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "TARGET", tmp_path / "generated")
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "old.txt").touch()
    return tmp_path / "generated"


def test_an_interruption_between_the_renames_restores_the_old_client(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def interrupt(path: Path, destination: Path) -> Path:
        if path.name == "new":
            raise KeyboardInterrupt
        return rename(path, destination)

    monkeypatch.setattr(Path, "rename", interrupt)
    (tmp_path / "new").mkdir()
    with pytest.raises(KeyboardInterrupt):
        generate.swap(tmp_path / "new", tmp_path / "old")
    assert [path.name for path in target.iterdir()] == ["old.txt"]


def test_the_next_run_restores_the_client_after_a_crash_between_the_renames(target: Path, tmp_path: Path) -> None:
    (tmp_path / ".generated-crashed" / "tree").mkdir(parents=True)
    target.rename(tmp_path / ".generated-crashed" / "old")
    generate.recover()
    assert [path.name for path in tmp_path.iterdir()] == ["generated"]
    assert [path.name for path in target.iterdir()] == ["old.txt"]


def test_the_next_run_removes_the_files_of_a_crash_after_the_renames(target: Path, tmp_path: Path) -> None:
    (tmp_path / ".generated-crashed" / "old").mkdir(parents=True)
    generate.recover()
    assert [path.name for path in tmp_path.iterdir()] == ["generated"]
    assert [path.name for path in target.iterdir()] == ["old.txt"]
