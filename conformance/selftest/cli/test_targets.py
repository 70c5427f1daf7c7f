"""The file of targets: its validation, and the settings and environment of each run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cli.targets import runs
from conformance.config import targets_file
from conformance.config.options import OPTIONS
from conformance.errors import ConfigurationError
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.cli.targets.runs import TargetRun

ROOT = Path(__file__).parents[3]
REMOTE = 'target = "https://drs.example.com"\nproject_id = "p"\n'
VARIABLES = {"TOKEN_NORTH": "S3cret-north", "EMPTY": " ", "BATCHES": "a, b", "PROXY": "http://u:S3cret@p:1"}


def prepared(text: str, tmp_path: Path, **given: object) -> tuple[TargetRun, ...]:
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    options = {"report_dir": str(tmp_path / "reports"), "ledger": str(tmp_path / "ledger"), **given}
    return runs.prepare(targets_file.read(path, VARIABLES), options, path, catalogue.load())


REFUSED = {
    "not TOML": ("[north", "is not valid TOML"),
    "empty file": ("", "has no targets"),
    "key outside a table": ('target = "http://localhost"', "target: is outside a target"),
    "name with a path": ('["../north"]', "'../north': cannot name a directory"),
    "hidden name": ('[".north"]', "cannot name a directory"),
    "name of a report": ('["matrix.html"]', "cannot name a directory"),
    "name with an escape": ('["\\u001B[31m"]', r"'\\x1b[31m': cannot name a directory"),
    "names that differ in case": ("[north]\n[North]", "north, North: differ only in case"),
    "unknown key": ('[north]\ntokn_env = "A"', "north: tokn_env: is not an option; did you mean token_env?"),
    "key that resembles none": ("[north]\nx = 1", "north: x: is not an option; the options are target, project_id, "),
    "dots in a name": ("[v1.2]", "v1: 2: is a table within a target"),
    "report directory": ('[north]\nreport_dir = "n"', "north: report_dir: is not allowed"),
    "token": (
        '[north]\ntoken = "S3cret"',
        "token: is a secret, which the file must not contain; set an environment variable and write token_env = ",
    ),
    "password": ('[north]\niam_password = "S3cret"', "write iam_password_env"),
    "foreign token": ('[north]\nforeign_token = "S3cret"', "write foreign_token_env"),
    "secret key": ('[north]\nsecret_key = "S3cret"', "write secret_key_env"),
    "proxy with a password": ('[north]\nproxy = "http://u:S3cret@p:1"', "write proxy_env"),
    "token instead of a name": ('[north]\ntoken_env = "S3cret-abc"', "is not the name of an environment variable"),
    "variable that is not set": ('[north]\ntoken_env = "S3cret"', "names a variable that is not set"),
    "empty variable": ('[north]\ntoken_env = "EMPTY"', "is not set or is empty"),
    "given in both ways": ('[north]\nseed = 1\nseed_env = "TOKEN_NORTH"', "seed_env: is given with and without _env"),
    "text instead of a list": ('[north]\nready_job = "a"', "ready_job: is not a list of strings"),
    "boolean instead of a number": ("[north]\nseed = true", "seed: is not a number"),
    "number instead of a text": ("[north]\nproject_id = 1", "project_id: is not a string"),
    "empty text": ('[north]\ntarget = ""', "target: is empty"),
    "text of two lines": ('[north]\nproject_id = "a\\nb"', "project_id: is empty or not one printable line"),
    "malformed URL": ('[north]\ntarget = "example.com"', "north: target: 'example.com' is not an http"),
    "URL that cannot be parsed": ('[north]\ntarget = "http://[::1"', "north: target: "),
    "bad number": ('[north]\nrate = "fast"', "north: rate: 'fast' is not a number"),
    "no credentials": (f"[north]\n{REMOTE}", "north: token_env: missing"),
    "no project": ('[north]\ntarget = "https://drs.example.com"\ntoken_env = "TOKEN_NORTH"', "north: project_id: miss"),
    "full without batches": (
        f'[north]\n{REMOTE}token_env = "TOKEN_NORTH"\nprofile = "full"',
        "north: profile full: commits batches, which costs money; give their IDs with ready_job",
    ),
    "two ways to authenticate": (
        '[north]\ntoken_env = "TOKEN_NORTH"\naccess_key_env = "TOKEN_NORTH"',
        "north: token, access_key: are two ways",
    ),
    "unknown requirement": ('[north]\nonly = ["ERR-999"]', "north: only: 'ERR-999'"),
    "missing deviations": ('[north]\nknown_deviations = "no-such.yaml"', "north: known_deviations: "),
    "one target twice": (
        '[a]\ntarget = "http://localhost:80/"\n[b]\ntarget = "http://LOCALHOST"',
        "a, b: have the same target",
    ),
    "one batch for two targets": (
        '[a]\ntarget = "http://localhost:1"\nready_job = ["x"]\n[b]\ntarget = "http://localhost:2"\nfailed_job = ["X"]',
        "a, b: both name batch X, which one may commit",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_invalid_file_is_refused_with_one_line(case: str, tmp_path: Path) -> None:
    text, reason = REFUSED[case]

    with pytest.raises(ConfigurationError) as caught:
        prepared(text, tmp_path)

    message = str(caught.value)
    assert f"{tmp_path / 'targets.toml'}" in message
    assert reason in message
    assert message.isprintable()
    assert "S3cret" not in message


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"--targets: .*targets\.toml"):
        targets_file.read(path, {})


VALUES = {"N": "7", "SECONDS": "2.5", "URL": '"http://localhost:1"', "safe|full": '"safe"'}


def test_each_option_except_the_directory_is_a_key_and_can_come_from_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    for option in OPTIONS:
        if option.name == "report_dir":
            continue
        several = option.repeatable or option.several
        value = '["text"]' if several else VALUES.get(option.metavar, '"text"')
        path.write_text(f'[plain]\n{option.name} = {value}\n[from]\n{option.name}_env = "V"', encoding="utf-8")
        if option.secret:
            with pytest.raises(ConfigurationError, match="secret"):
                targets_file.read(path, {"V": "text"})
            continue
        plain, by_variable = targets_file.read(path, {"V": "text"})
        assert plain.options.keys() == by_variable.options.keys() == {option.name}
        assert by_variable.options[option.name] == (["text"] if several else "text")


def test_paths_start_from_the_directory_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text('[north]\ntoken_file = "token"\nca_file = "/etc/ca.pem"', encoding="utf-8")

    [target] = targets_file.read(path, {})

    assert target.options == {"token_file": str(tmp_path / "token"), "ca_file": "/etc/ca.pem"}


def test_options_for_all_targets_override_the_file(tmp_path: Path) -> None:
    north, south = prepared("[north]\nseed = 5\nrate = 2\n[south]", tmp_path, seed="7")

    assert [run.settings.seed for run in (north, south)] == [7, 7]
    assert [run.settings.rate for run in (north, south)] == [2, None]
    assert north.settings.report_dir == tmp_path / "reports" / "north"


def test_targets_can_share_a_batch_that_neither_commits(tmp_path: Path) -> None:
    text = '[a]\ntarget = "http://localhost:1"\nfailed_job = ["x"]\n[b]\ntarget = "http://localhost:2"\n'

    a, b = prepared(f'{text}failed_job = ["x"]', tmp_path)

    assert a.settings.failed_jobs == b.settings.failed_jobs == ("x",)


def test_a_run_gets_its_own_credentials_and_no_others(tmp_path: Path) -> None:
    text = (
        f'[north]\n{REMOTE}token_env = "TOKEN_NORTH"\nready_job_env = "BATCHES"\nonly = ["ERR", "LIFE"]\n'
        '[south]\nproxy_env = "PROXY"\n'
    )
    outer = {**VARIABLES, "PATH": "/bin", "DRS_TOKEN": "S3cret", "DRS_TARGETS": "t", "DRS_IAM_PASSWORD": "S3cret"}

    north, south = prepared(text, tmp_path)

    hidden = frozenset({"TOKEN_NORTH", "BATCHES", "PROXY"})
    inner = north.environment(outer, hidden)
    assert inner == {
        "PATH": "/bin",
        "EMPTY": " ",
        "DRS_TARGET": "https://drs.example.com",
        "DRS_PROJECT_ID": "p",
        "DRS_TOKEN": "S3cret-north",
        "DRS_READY_JOBS": "a,b",
        "DRS_LEDGER": str(tmp_path / "ledger"),
        "DRS_REPORT_DIR": str(tmp_path / "reports" / "north"),
    }
    assert north.arguments == ("--only", "ERR", "LIFE")
    assert south.environment(outer, hidden).keys().isdisjoint({"DRS_TOKEN", "DRS_IAM_PASSWORD", "DRS_TARGETS"})
    assert "S3cret" not in repr((north, south, targets_file.read(tmp_path / "targets.toml", VARIABLES)))
