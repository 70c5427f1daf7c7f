# ruff: noqa: T201 - prints its result
"""Install the client alone with each Python of this machine and each HTTP library, and run its tests there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from scripts.client.package import HTTP_LIBRARIES, GenerationError
from scripts.client.specification import SpecError
from scripts.dist import DistributionError
from scripts.environments.artefacts import KINDS, Artefacts, make
from scripts.environments.environment import find_python
from scripts.environments.trial import TrialError, try_out

if TYPE_CHECKING:
    from collections.abc import Sequence

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def main() -> int:
    """Return the exit code: 0 no environment failed, 1 at least one failed, 2 wrong usage, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="clients", description=__doc__)
    parser.add_argument("--python", action="append", choices=PYTHONS, help="test only this version; may be repeated")
    parser.add_argument(
        "--library", action="append", choices=HTTP_LIBRARIES, help="test only this library; may be repeated"
    )
    options = parser.parse_args()
    try:
        with TemporaryDirectory(prefix="clients-") as workspace:
            passed = _try_all(options.python or PYTHONS, options.library or HTTP_LIBRARIES, Path(workspace))
    except (DistributionError, GenerationError, SpecError) as error:
        print(f"clients: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("clients: interrupted", file=sys.stderr)
        return 130
    return 0 if passed else 1


def _try_all(versions: Sequence[str], libraries: Sequence[str], workspace: Path) -> bool:
    """Print a row for each Python and library; returns whether none failed."""
    clients: dict[str, Artefacts] = {}
    for library in libraries:
        print(f"clients: building the client for {library} ...", file=sys.stderr)
        (workspace / library).mkdir()
        clients[library] = make(library, workspace / library)
    _print("Python", "library", "artefact", "tests passed", "seconds")
    results = [_try(version, client, workspace) for version in versions for client in clients.values()]
    return all(results)


def _try(version: str, client: Artefacts, workspace: Path) -> bool:
    """Print the row of one environment; returns whether it did not fail."""
    library = client.http_library
    # Alternate, so that each library and each Python is tested with both the wheel and the sdist.
    kind = KINDS[(PYTHONS.index(version) + HTTP_LIBRARIES.index(library)) % len(KINDS)]
    python = find_python(version)
    if python is None:
        _print(version, library, kind, "not run")
        return True
    print(f"clients: {kind} for {library} on {python} ...", file=sys.stderr)
    with TemporaryDirectory(dir=workspace) as directory:
        try:
            outcome = try_out(python, client, kind, Path(directory))
        except TrialError as error:
            print(f"clients: {error}", file=sys.stderr)
            _print(version, library, kind, "failed")
            return False
    _print(outcome.python, library, kind, str(outcome.passed), f"{outcome.seconds:.1f}")
    return True


def _print(python: str, library: str, kind: str, result: str, seconds: str = "") -> None:
    print(f"{python:8} {library:8} {kind:9} {result:>12} {seconds:>8}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
