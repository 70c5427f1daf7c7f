"""Tests that the ledger grants each batch once, even to several processes that may be killed at any moment."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import LedgerError
from conformance.exchange.classification import BatchState
from conformance.target.batches import Batches
from conformance.target.ledger import Ledger, Use

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = "http://localhost:1"
# Any text that a command line can contain, including octets that are not UTF-8.
ids = st.text(st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF))


def _batches(ledger: Ledger | None, *ready: str) -> Batches:
    return Batches({BatchState.READY: ready}, seed=1, provider=None, ledger=ledger)


def test_a_batch_is_granted_once_for_all_targets(tmp_path: Path) -> None:
    assert Ledger(tmp_path, TARGET).claim("b1")
    assert not Ledger(tmp_path, TARGET).claim("b1")
    assert not Ledger(tmp_path, "https://elsewhere.example").claim("b1")
    assert Ledger(tmp_path, TARGET).claim("b2")


def test_an_entry_has_the_time_the_target_and_the_process(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    ledger.claim("b1")

    [file] = tmp_path.iterdir()
    line = file.read_text(encoding="utf-8")
    entry = json.loads(line)
    used = ledger.used(["b0", "b1"])
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert (entry["id"], entry["target"], entry["pid"]) == ("b1", TARGET, os.getpid())
    assert entry["when"].endswith("+00:00")
    assert list(used) == ["b1"]
    assert str(used["b1"]) == f"{entry['when']}, {TARGET}"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": "b1"}', b'{"target": 1, "when": 2}', b"[" * 10**5])
def test_a_malformed_entry_counts_as_used(content: bytes, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    ledger.claim("b1")
    [file] = tmp_path.iterdir()
    file.write_bytes(content)

    assert not ledger.claim("b1")
    assert ledger.used(["b1"]) == {"b1": Use()}


@given(ids)
def test_any_id_is_granted_once(batch_id: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        ledger = Ledger(Path(directory), TARGET)

        assert not ledger.used([batch_id])
        assert ledger.claim(batch_id)
        assert not ledger.claim(batch_id)
        assert list(ledger.used([batch_id])) == [batch_id]


@given(st.lists(ids, unique_by=lambda text: text.strip().casefold(), max_size=9))
def test_different_ids_are_different_batches(different: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        ledger = Ledger(Path(directory), TARGET)

        assert [ledger.claim(batch_id) for batch_id in different] == [True] * len(different)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "title case": str.title,
    "blanks": " {}\n".format,
    "no hyphens": lambda text: text.replace("-", ""),
    "other hyphens": lambda text: "-".join(text.replace("-", "")),
    "braces": "{{{}}}".format,
    "parentheses": "({})".format,
    "a URN": "urn:uuid:{}".format,
    "a URN in upper case": "URN:UUID:{}".format,
    "a URN in braces": "{{urn:uuid:{}}}".format,
    "a URN in another order": "uuid:urn:{}".format,
    "names within": lambda text: text.replace("-", "urn:uuid:"),
    "underscores": lambda text: text.replace("-", "_"),
    "a sign": "+{}".format,
    "fullwidth digits": lambda text: text.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
    "fullwidth letters": lambda text: text.translate({ord("a") + n: 0xFF41 + n for n in range(6)}),
    "Arabic digits": lambda text: text.translate({ord("0") + n: 0x0660 + n for n in range(10)}),
    "braces without hyphens": lambda text: f"{{{text.upper().replace('-', '')}}}",
}


@given(st.uuids(), st.sampled_from(list(SPELLINGS.values())))
def test_spellings_of_a_uuid_are_one_batch(batch: uuid.UUID, spelled: Callable[[str], str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        ledger = Ledger(Path(directory), TARGET)

        assert ledger.claim(str(batch))
        assert not ledger.claim(spelled(str(batch)))
    with tempfile.TemporaryDirectory() as directory:
        ledger = Ledger(Path(directory), TARGET)

        assert ledger.claim(spelled(str(batch)))
        assert not ledger.claim(str(batch))


@pytest.mark.parametrize("start", ["a_1", "+", "+a_1", "0x", " ", "\t0_", "\uff10x", "\u0660_"])
@pytest.mark.parametrize("form", ["{}", "{{urn:uuid:{}}}", "uuid:urn:{}"])
def test_what_python_takes_for_the_digits_of_a_uuid_is_the_batch(start: str, form: str, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    digits = f"{start}2b3c4d5e6f708192a3b4c5d6e7f8091a"[:32]
    spelled = form.format(f"{digits[:8]}-{digits[8:12]}-{digits[12:]}")

    assert ledger.claim(spelled)
    assert not ledger.claim(str(uuid.UUID(spelled)))


def test_short_numbers_that_resemble_digits_are_different_batches(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)

    assert all(ledger.claim(batch_id) for batch_id in ("1", "01", "+1", "1_0", "10", "0x10", "uuid:1", "{1}"))


def test_an_entry_of_a_former_version_counts_for_its_spelling(tmp_path: Path) -> None:
    """It named the file of a UUID without hyphens by that spelling."""
    batch = uuid.uuid4()
    (tmp_path / f"{hashlib.sha256(batch.hex.encode()).hexdigest()}.json").touch()

    assert not Ledger(tmp_path, TARGET).claim(batch.hex.upper())
    assert list(Ledger(tmp_path, TARGET).used([batch.hex])) == [batch.hex]


def test_missing_directories_are_created(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "state" / "used", TARGET).claim("b1")
    assert not Ledger(tmp_path / "state" / "used", TARGET).claim("b1")


def test_a_path_that_cannot_be_a_directory_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    for place in (file, file / "below"):
        with pytest.raises(LedgerError, match=r"^--ledger: .* cannot be written to \(.+\)"):
            Ledger(place, TARGET)


def test_a_read_only_directory_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object, **__: object) -> None:
        # Simulated, since root may write to a directory of any mode.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(tempfile, "TemporaryFile", forbid)
    with pytest.raises(LedgerError, match=r"written to \(permission denied\)"):
        Ledger(tmp_path, TARGET)


def test_a_removed_directory_is_reported(tmp_path: Path) -> None:
    directory = tmp_path / "used"
    ledger = Ledger(directory, TARGET)
    directory.rmdir()

    with pytest.raises(LedgerError, match=r"--ledger: .*no such file"):
        ledger.claim("b1")


def test_an_unreadable_entry_is_reported(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    ledger.claim("b1")
    [file] = tmp_path.iterdir()
    file.unlink()
    file.mkdir()

    with pytest.raises(LedgerError, match=r"--ledger: .* cannot be read"):
        ledger.used(["b1"])


CLAIM_WITHOUT_SPACE = """
import pathlib, resource, sys
from conformance.errors import LedgerError
from conformance.target.ledger import Ledger
ledger = Ledger(pathlib.Path(sys.argv[1]), "http://localhost")
resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4))
try:
    ledger.claim("b1")
except LedgerError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_batch_whose_entry_cannot_be_written_is_neither_granted_nor_lost(tmp_path: Path) -> None:
    """Files are limited to four octets; writing fails as on a full disk."""
    run = subprocess.run(
        [sys.executable, "-c", CLAIM_WITHOUT_SPACE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert run.stdout.startswith(f"--ledger: {tmp_path} cannot be written to (file too large)")
    assert Ledger(tmp_path, TARGET).claim("b1")


def test_a_full_disk_that_only_fsync_detects_is_reported(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "")), pytest.raises(LedgerError, match="no space"):
        ledger.claim("b1")

    assert list(tmp_path.iterdir()) == []


CLAIMANT = """
import pathlib, sys
from conformance.target.ledger import Ledger
ledger = Ledger(pathlib.Path(sys.argv[1]), "http://localhost")
print("here", flush=True)
sys.stdin.readline()
print(*[batch_id for batch_id in sys.argv[2:] if ledger.claim(batch_id)])
"""


def test_each_batch_is_granted_to_one_of_several_processes(tmp_path: Path) -> None:
    wanted = [str(uuid.uuid4()) for _ in range(50)]
    claimants = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMANT, str(tmp_path), *wanted[number:], *wanted[:number]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]
    for claimant in claimants:
        assert claimant.stdout is not None
        claimant.stdout.readline()
    for claimant in claimants:
        assert claimant.stdin is not None
        claimant.stdin.write("now\n")
        claimant.stdin.flush()
    granted = [batch_id for claimant in claimants for batch_id in claimant.communicate(timeout=60)[0].split()]

    assert [claimant.returncode for claimant in claimants] == [0] * 6
    assert sorted(granted) == sorted(wanted)


CLAIM_AND_DIE = """
import os, pathlib, signal, sys
from conformance.target.ledger import Ledger
ledger = Ledger(pathlib.Path(sys.argv[1]), "http://localhost")
name, before = sys.argv[2].split(":")
real = getattr(os, name)
def deadly(*arguments):
    if not before:
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, name, deadly)
ledger.claim("b1")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
@pytest.mark.parametrize(("moment", "used"), [("open:before", 0), ("open:", 1), ("fsync:before", 1), ("fsync:", 1)])
def test_the_ledger_works_after_a_process_was_killed_during_a_claim(moment: str, used: int, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CLAIM_AND_DIE, str(tmp_path), moment], capture_output=True, check=False, timeout=60
    )

    ledger = Ledger(tmp_path, TARGET)
    assert run.returncode == -signal.SIGKILL
    assert len(ledger.used(["b1"])) == used
    assert ledger.claim("b1") is not bool(used)
    assert ledger.claim("b2")
