"""Files of others: each reader reads a file or rejects it with one line, whatever the file holds and is."""

from __future__ import annotations

import itertools
import json
import os
import sys
import tracemalloc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conformance
from conformance.config import option_values, targets_file
from conformance.errors import ConfigurationError
from conformance.findings import file
from conformance.reports import reading, render_json
from conformance.selftest.reports import golden
from conformance.selftest.support.mutations import changed_bytes, changed_values
from conformance.selftest.support.reports.samples import REPORT
from conformance.spec import catalogue, deviations, untrusted_files
from conformance.spec.characters import hidden
from conformance.target.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.command_line import CommandLine

FINDING = (golden.FOLDER / "ERR-003.json").read_bytes()
REPORTED = render_json.render(REPORT).encode()
DEVIATIONS = (Path(conformance.__file__).parent / "docs" / "public-cloud-deviations.yaml").read_bytes()
ENTRY = {"requirement": "ERR-003", "reason": "as agreed", "link": "https://a.example", "expires": "2030-01-31"}
TARGETS = b"""
[north]
target = "https://drs.example.com"
project_id = "p"
token_env = "TOKEN"
ready_job = ["a", "b"]
timeout = 1.5
seed = 1_000
"south" = 0x10
[mock]
target = "http://127.0.0.1:8000"
known_deviations = "mock.yaml"
"""

READERS: dict[str, tuple[Callable[[Path], object], bytes]] = {
    "report": (reading.load, REPORTED),
    "finding": (file.read, FINDING),
    "deviations": (partial(deviations.read, catalogue=catalogue.load()), DEVIATIONS),
    "targets": (partial(targets_file.read, environment={"TOKEN": "t"}), TARGETS),
    "token": (partial(option_values.secret_file, "--token-file"), b"MIIC"),
}


def check(name: str, content: bytes, path: Path) -> None:
    """Fail unless the reader returns, or raises an error whose message is one line that names the file."""
    path.write_bytes(content)
    try:
        READERS[name][0](path)
    except ConfigurationError as error:
        message = str(error)
        assert str(path) in message
        assert ";" in message
        assert "\n" not in message
        assert len(message) < 1000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "file"


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_any_octets_are_read_or_rejected(name: str, path: Path, data: st.DataObject) -> None:
    check(name, data.draw(changed_bytes([READERS[name][1]])), path)


@pytest.mark.parametrize(("name", "sample"), [("report", REPORTED), ("finding", FINDING)])
@given(data=st.data())
def test_any_values_are_read_or_rejected(name: str, sample: bytes, path: Path, data: st.DataObject) -> None:
    check(name, json.dumps(data.draw(changed_values(json.loads(sample)))).encode(), path)


@given(changed_values([ENTRY, {**ENTRY, "requirement": "ERR-005"}]))
def test_any_entries_are_read_or_rejected(path: Path, entries: Any) -> None:  # noqa: ANN401 - any JSON value
    check("deviations", json.dumps(entries, ensure_ascii=False).encode(errors="surrogatepass"), path)


@given(st.binary() | changed_bytes([b'{"target": "http://a.example", "when": "2030-01-31"}']))
def test_any_entry_of_the_ledger_counts_as_used(path: Path, content: bytes) -> None:
    ledger = Ledger(path.parent / "ledger", "http://a.example")
    ledger.claim("b1")
    [entry] = (path.parent / "ledger").iterdir()
    entry.write_bytes(content)
    assert list(ledger.used(["b1"])) == ["b1"]


NESTED = b"[" * 900 + b"]" * 900
ALIASES = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 122))
CONTENTS = {
    "nothing": b"",
    "nesting": NESTED,
    "deeper nesting": b"[" * 200_000,
    "half a character": b'{"format": 1, "requirement": "\\ud800", "requests": []}',
    "an integer of 5,000 digits": b'{"format": ' + b"9" * 5000 + b"}",
    "a number that is not finite": b'{"format": 1e999}',
    "a number that is none": b'{"format": NaN}',
    "an alias bomb": ALIASES,
    "a sexagesimal integer": b"- {requirement: ERR-003, reason: x, link: y, expires: " + b"9:" * 5000 + b"9}",
    "an impossible date": b"- {requirement: ERR-003, reason: x, link: y, expires: 2030-02-31}",
    "UTF-16": '{"format": 1}'.encode("utf-16"),
    "a nested format": b'{"requests": [], "requirement": "", "format": ' + b"[" * 30 + b"]" * 30 + b"}",
    "a terminal's escapes": b'{"requests":[],"requirement":"","format":2,"suite_version":"\\u001b[31m\\u202e"}',
    "one dotted key": b"a." * 50_000 + b"a = 1",
    "many objects": b'{"format": 1, "requirement": "", "requests": [' + b"{}," * 2_600_000 + b"{}]}",
    "many texts": b'{"format": 1, "requirement": "", "requests": [' + b'"",' * 2_600_000 + b'""]}',
    "too many octets": b" " * (untrusted_files.LARGEST + 1),
}
COMMANDS = {
    "diff": ["diff", "FILE", "FILE"],
    "matrix": ["matrix", "FILE"],
    "replay": ["replay", "FILE"],
    "--known-deviations": ["--target", "http://127.0.0.1:9", "--known-deviations", "FILE"],
    "--targets": ["--targets", "FILE"],
    "--token-file": ["--target", "https://a.example", "--project-id", "p", "--token-file", "FILE"],
}
PLACES: dict[str, Callable[[Path], object]] = {
    "a directory": lambda path: path.mkdir(),
    "a FIFO": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a loop": lambda path: path.symlink_to(path),
    "missing": lambda _: None,
}


def refuse(drs_conform: CommandLine, command: str, path: Path) -> str:
    """Run a command on a file that it must refuse; return the message."""
    ended = drs_conform(*(str(path) if word == "FILE" else word for word in COMMANDS[command]))
    assert (ended.code, ended.out) == (2, "")
    [line] = ended.err.splitlines()
    assert not any(map(hidden, line))
    assert str(path) in line
    return line


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "--token-file"])
def test_a_hostile_content_ends_a_command_with_2_and_one_line(
    command: str, content: str, tmp_path: Path, drs_conform: CommandLine
) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENTS[content])
    assert len(refuse(drs_conform, command, path)) < 1000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize(
    ("command", "place"),
    # A token may come from a pipe.
    [pair for pair in itertools.product(COMMANDS, PLACES) if pair != ("--token-file", "a FIFO")],
)
def test_no_command_waits_for_what_is_not_a_regular_file(
    command: str, place: str, tmp_path: Path, drs_conform: CommandLine
) -> None:
    path = tmp_path / "file"
    PLACES[place](path)
    assert "cannot be read" in refuse(drs_conform, command, path)


def test_a_byte_order_mark_is_no_fault(path: Path) -> None:
    for read, sample in READERS.values():
        path.write_bytes(b"\xef\xbb\xbf" + sample)
        if sample != TARGETS:
            read(path)
    path.write_bytes(b"\xef\xbb\xbf[north]\n")
    assert [target.name for target in targets_file.read(path, {})] == ["north"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_token_may_come_from_a_pipe() -> None:
    read, write = os.pipe()
    os.write(write, b"MIIC\n")
    os.close(write)
    assert option_values.secret_file("--token-file", Path(f"/dev/fd/{read}")) == "MIIC"
    os.close(read)


@pytest.mark.parametrize("value", [b"{}", b"[]", b'""', b"-1.5", b'{"ab":1}', b'"\\"",""', b'"'])
@pytest.mark.parametrize("name", ["report", "finding"])
def test_many_values_are_rejected_before_they_take_memory(name: str, value: bytes, path: Path) -> None:
    path.write_bytes(b'{"requests": [' + (value + b",") * ((untrusted_files.LARGEST - 20) // (len(value) + 1)) + b"0]}")
    tracemalloc.start()
    try:
        with pytest.raises(ConfigurationError, match="is not valid JSON: "):
            READERS[name][0](path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * untrusted_files.LARGEST


@pytest.mark.parametrize("separator", [*"\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "a"])
def test_only_what_ends_a_line_of_toml_ends_the_count_of_its_dots(separator: str, path: Path) -> None:
    key = f'"{separator}"' if separator.isprintable() or ord(separator) > ord("~") else separator
    path.write_text(".".join([key] * 200) + " = 1\n", encoding="utf-8", newline="")
    with pytest.raises(ConfigurationError, match="a line has more than 100 dots"):
        untrusted_files.read_toml(path, path)
    path.write_bytes(b"a.b.c = 1\r\na.b.d = 1\n" + b"".join(b"x%d.y = 1\r\n" % number for number in range(200)))
    assert len(untrusted_files.read_toml(path, path)) == 201


def test_a_text_may_have_many_marks(path: Path) -> None:
    marks = '{"[,\\' * 1_000_000
    assert untrusted_files.parse_json(json.dumps({"a": marks}), path) == {"a": marks}


def test_a_report_of_more_requirements_than_its_schema_has_is_rejected(path: Path) -> None:
    document = json.loads(REPORTED)
    one = document["requirements"][0]
    document["requirements"] = [{**one, "id": f"AAAA{chr(65 + n // 1000)}-{n % 1000:03}"} for n in range(1001)]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="/requirements does not match the schema"):
        reading.load(path)
    document["requirements"].pop()
    path.write_text(json.dumps(document), encoding="utf-8")
    assert len(reading.load(path).requirements) == 1000
