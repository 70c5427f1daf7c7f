"""Generate the Python client in generated/ from openapi.yaml, or check that it is up to date."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from scripts.client.package import GenerationError, build, read_files
from scripts.client.specification import SpecError, read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "openapi.yaml"
TARGET = ROOT / "generated"
WORKSPACE_PREFIX = ".generated-"


def generate() -> str:
    """Replace generated/ as a whole, or not at all on an error; returns a message."""
    with _lock(ROOT):
        recover()
        spec = read_spec(SOURCE)
        with TemporaryDirectory(dir=ROOT, prefix=WORKSPACE_PREFIX) as workspace:
            swap(build(spec, Path(workspace)), Path(workspace, "old"))
    return f"{TARGET.name}/ was generated from {SOURCE.name} {spec.version}, operations: {', '.join(spec.operations)}"


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    """Lock `directory`; other runs wait. A crash releases the lock."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def recover() -> None:
    """Remove the files of an interrupted run, and restore generated/ if it stopped between the two renames."""
    for workspace in ROOT.glob(f"{WORKSPACE_PREFIX}*"):
        old = workspace / "old"
        if old.exists() and not TARGET.exists():
            old.rename(TARGET)
        shutil.rmtree(workspace)


def swap(new: Path, old: Path) -> None:
    """Rename generated/ to `old` and `new` to generated/; restores generated/ if that fails or is interrupted."""
    try:
        if TARGET.exists():
            TARGET.rename(old)
        new.rename(TARGET)
    finally:
        if old.exists() and not TARGET.exists():
            old.rename(TARGET)


def check() -> str:
    """Compare generated/ byte by byte with a newly generated client; raises `GenerationError` if they differ."""
    with TemporaryDirectory() as workspace:
        expected = read_files(build(read_spec(SOURCE), Path(workspace)))
    actual = read_files(TARGET)
    differences = [
        f"{TARGET.name}/{path}: {'missing' if path not in actual else 'extra' if path not in expected else 'differs'}"
        for path in sorted(expected.keys() | actual.keys())
        if expected.get(path) != actual.get(path)
    ]
    if differences:
        summary = f"{TARGET.name}/ is not up to date with {SOURCE.name}; run make generate"
        raise GenerationError("\n".join([*differences, summary]))
    return f"{TARGET.name}/ is up to date with {SOURCE.name}"


def main() -> int:
    """Return the exit code: 0 done, 1 generator failed or client differs, 2 openapi.yaml unusable, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if generated/ is not up to date")
    options = parser.parse_args()
    try:
        message = check() if options.check else generate()
    except SpecError as error:
        return _fail(2, str(error))
    except GenerationError as error:
        return _fail(1, str(error))
    except OSError as error:
        return _fail(1, f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return _fail(130, "interrupted")
    print(f"generate: {message}")  # noqa: T201 - output of the script
    return 0


def _fail(code: int, message: str) -> int:
    *details, summary = message.split("\n")
    print(*details, f"generate: {summary}", sep="\n", file=sys.stderr)  # noqa: T201 - output of the script
    return code


if __name__ == "__main__":
    sys.exit(main())
