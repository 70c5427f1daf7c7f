"""scripts/setup: when it builds .venv again, what it keeps from pip, and several runs at once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support import small_checkout
from conformance.selftest.support.small_checkout import SCRIPTS

if TYPE_CHECKING:
    from conformance.selftest.support.small_checkout import SmallCheckout

INSTALLING = "setup: installing the packages in scripts/locks/run.txt ...\n"
WAITING = "setup: waiting for another setup of .venv ...\n"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def find_python(version: str) -> str | None:
    """Return the path of a Python of this machine."""
    # Those of pyenv are not on the path unless pyenv is configured to use them.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    path = os.pathsep.join([*map(str, sorted(pyenv.glob("*/bin"))), os.environ.get("PATH", os.defpath)])
    return shutil.which(f"python{version}", path=path)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> SmallCheckout:
    """A checkout with a .venv, and a copy of it beside."""
    checkout = small_checkout.make(tmp_path_factory.mktemp("setup"))
    assert checkout.setup() == (0, f"setup: building .venv: there is none ...\n{INSTALLING}")
    shutil.copytree(checkout.directory, checkout.directory.with_name("copy"), symlinks=True)
    return checkout


@pytest.fixture
def checkout(original: SmallCheckout) -> SmallCheckout:
    """A checkout with a .venv that was built in this place."""
    shutil.rmtree(original.directory)
    shutil.copytree(original.directory.with_name("copy"), original.directory, symlinks=True)
    original.publish("1.0")
    return original


def _building(reason: str) -> str:
    return f"setup: building .venv: {reason} ...\n"


@pytest.mark.parametrize("script", ["scripts/setup", "scripts/lock", ".ci/run"])
def test_a_script_works_in_its_own_checkout(script: str, tmp_path: Path) -> None:
    beginning, change, _ = (SCRIPTS.parent / script).read_text(encoding="utf-8").partition('cd "$(dirname "$0")/.."\n')
    for name in ("here", "other"):
        (tmp_path / name / script).parent.mkdir(parents=True)
    (tmp_path / "here" / script).write_text(f"{beginning}{change}pwd\n", encoding="utf-8")
    (tmp_path / "here" / script).chmod(0o700)

    variables = {"PATH": os.environ["PATH"], "CDPATH": str(tmp_path / "other")}
    printed = subprocess.check_output([script], cwd=tmp_path / "here", env=variables, text=True)

    assert printed == f"{tmp_path / 'here'}\n"


def test_a_complete_venv_is_kept(checkout: SmallCheckout) -> None:
    assert checkout.setup() == (0, "")
    assert checkout.setup("python3") == (0, "")
    assert checkout.place() == f"1.0 {checkout.directory}"


def test_a_complete_venv_is_kept_whatever_python3_is(checkout: SmallCheckout, tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "python3").chmod(0o755)

    assert replace(checkout, programs=tmp_path).setup() == (0, "")


def test_a_copied_venv_is_built_again(checkout: SmallCheckout, tmp_path: Path) -> None:
    copy = replace(checkout, directory=tmp_path / "a copy")
    shutil.copytree(checkout.directory, copy.directory, symlinks=True)

    assert copy.setup() == (0, _building(f"it was moved or copied from {checkout.venv}") + INSTALLING)
    assert copy.place() == f"1.0 {copy.directory}"
    assert copy.setup() == (0, "")


def test_a_venv_whose_python_is_gone_is_built_again(checkout: SmallCheckout) -> None:
    for path in (checkout.venv / "bin").glob("python*"):
        path.unlink()
        path.symlink_to(checkout.programs / "gone")

    assert checkout.first_line() == _building("its Python was removed or replaced")


def test_a_killed_build_starts_again(checkout: SmallCheckout) -> None:
    (checkout.venv / "built.stamp").write_text("/elsewhere\n", encoding="utf-8")
    assert checkout.first_line() == _building("it was moved or copied from /elsewhere")

    assert checkout.first_line() == _building("it is incomplete")


def test_a_venv_of_another_library_is_built_again(checkout: SmallCheckout) -> None:
    stamp = checkout.venv / "built.stamp"
    place, _, identity = stamp.read_text(encoding="utf-8").partition("\n")
    stamp.write_text(f"{place}\ncpython-311 in /usr/lib/python3.11", encoding="utf-8")

    assert checkout.first_line() == _building(
        f"it was built with cpython-311 in /usr/lib/python3.11, not with {identity}"
    )


def test_a_venv_of_another_version_is_built_again_if_one_is_given(checkout: SmallCheckout) -> None:
    others = [find_python(version) for version in PYTHONS if version != f"{sys.version_info[0]}.{sys.version_info[1]}"]
    usable = [str(python) for python in others if python and _has_venv(python)]
    if not usable:
        pytest.skip("this machine has no other Python")

    assert checkout.first_line(usable[0]).startswith("setup: building .venv: it was built with ")


def _has_venv(python: str) -> bool:
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def test_packages_are_installed_again_after_a_failed_installation(checkout: SmallCheckout) -> None:
    locked = checkout.lock_file.read_text(encoding="utf-8")
    checkout.lock_file.write_text(f"unknown==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    code, errors = checkout.setup()
    assert (code, errors.splitlines()[-1]) == (
        2,
        "setup: pip could not install scripts/locks/run.txt; see its message above",
    )

    checkout.lock_file.write_text(locked, encoding="utf-8")

    assert checkout.setup() == (0, INSTALLING)


def test_no_program_of_a_package_is_run_to_build_it(checkout: SmallCheckout, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    source = small_checkout.write_source(checkout.wheels, ran)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    checkout.lock_file.write_text(f"unbuilt==1.0 --hash=sha256:{digest}\n", encoding="utf-8")

    for variables in ({}, {"PIP_ONLY_BINARY": ":none:", "PIP_NO_BINARY": "unbuilt"}):
        code, errors = checkout.setup(**variables)
        assert (code, "No matching distribution found for unbuilt" in errors, ran.exists()) == (2, True, False)


def _hostile_settings(directory: Path) -> dict[str, str]:
    """Return settings of pip that would put packages elsewhere or change which are installed."""
    constraint = directory / "constraint.txt"
    constraint.write_text("dependency==1.0\n", encoding="utf-8")
    return {
        "constraint": str(constraint),
        "dry-run": "1",
        "ignore-installed": "1",
        "no-binary": ":all:",
        "no-deps": "1",
        "only-binary": ":none:",
        "prefix": str(directory / "elsewhere"),
        "require-hashes": "1",
        "require-virtualenv": "1",
        "root": str(directory / "elsewhere"),
        "target": str(directory / "elsewhere"),
        "user": "1",
    }


def _check_update(checkout: SmallCheckout, directory: Path, **variables: str) -> None:
    checkout.publish("2.0")

    assert checkout.setup(**variables) == (0, INSTALLING)

    assert checkout.place() == f"2.0 {checkout.directory}"
    assert len(list(checkout.venv.glob("lib/*/site-packages/dependency-*"))) == 1
    assert not (directory / "elsewhere").exists()


def test_variables_of_pip_and_python_do_not_change_what_is_installed(checkout: SmallCheckout, tmp_path: Path) -> None:
    variables = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in _hostile_settings(tmp_path).items()}
    (tmp_path / "pip.py").write_text("raise SystemExit('this is another pip')\n", encoding="utf-8")
    elsewhere = str(tmp_path / "elsewhere")
    variables |= {"PIP_PYTHON": elsewhere, "PYTHONHOME": elsewhere, "PYTHONUSERBASE": elsewhere}

    _check_update(checkout, tmp_path, PYTHONPATH=str(tmp_path), **variables)


def test_the_configuration_of_pip_does_not_change_what_is_installed_but_where_it_comes_from(
    checkout: SmallCheckout, tmp_path: Path
) -> None:
    lines = [f"{name} = {value}\n" for name, value in _hostile_settings(tmp_path).items()]
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        f"[global]\nno-index = true\nfind-links = {checkout.wheels}\n[install]\n{''.join(lines)}", encoding="utf-8"
    )

    _check_update(checkout, tmp_path, PIP_NO_INDEX="", PIP_FIND_LINKS="", PIP_CONFIG_FILE=str(configuration))


def test_a_second_run_waits_for_the_first_even_if_it_is_killed(checkout: SmallCheckout, tmp_path: Path) -> None:
    checkout.publish("2.0")
    pipes = {"STARTED": tmp_path / "started", "FINISH": tmp_path / "finish"}
    for path in pipes.values():
        os.mkfifo(path)

    with checkout.start(**{name: str(path) for name, path in pipes.items()}) as first:
        pipes["STARTED"].read_bytes()  # returns once pip builds the project
        with checkout.start() as second:
            assert second.stderr is not None
            assert second.stderr.readline() == WAITING
            first.kill()
            assert first.wait() == -signal.SIGKILL
            assert _is_locked(checkout)  # by pip, which is at work

            pipes["FINISH"].write_bytes(b"")

            _, errors = second.communicate(timeout=300)

    assert (second.returncode, errors) == (0, INSTALLING)
    assert checkout.place() == f"2.0 {checkout.directory}"
    assert not _is_locked(checkout)


def test_a_run_that_waited_starts_again_because_the_venv_may_have_another_python(checkout: SmallCheckout) -> None:
    checkout.publish("2.0")
    setup = checkout.directory / "scripts" / "setup"
    with checkout.locked():
        process = checkout.start("python3")
        assert process.stderr is not None
        assert process.stderr.readline() == WAITING
        setup.write_text('echo "again: $*" >&2\n', encoding="utf-8")
    with process:
        _, errors = process.communicate(timeout=300)

    assert (process.returncode, errors) == (0, "again: python3 run\n")


def _is_locked(checkout: SmallCheckout) -> bool:
    descriptor = os.open(checkout.directory / "scripts", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
