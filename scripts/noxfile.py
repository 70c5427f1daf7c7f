"""Install the client alone on each Python of the machine, for each HTTP library, and run its tests there.

`make clients` runs it with nox. `ARGS="--python 3.12"` selects a Python, `ARGS="-- -x"` has options of pytest.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import nox

from scripts import dist
from scripts.client.package import HTTP_LIBRARIES, build, choose_http_library
from scripts.client.specification import read_spec
from scripts.environment import BUILT_CLIENT, LOCKS, OPTIONS_OF_CLIENT, WHEELS
from scripts.generate import SOURCE

PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
KINDS = ("wheel", "sdist")
TESTS = Path("conformance", "selftest", "client")
SUPPORT = Path("conformance", "selftest", "support", "client")

nox.options.envdir = dist.ROOT / ".nox"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
# nox finds the versions of pyenv only where pyenv is configured to use them.
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
os.environ["PATH"] = os.pathsep.join([*map(str, sorted(PYENV.glob("*/bin"))), os.environ.get("PATH", os.defpath)])


# The kinds alternate, so that each Python and each library is tested with both.
@nox.session(venv_backend="uv", allow_parallel=True)
@nox.parametrize(
    "python,library,kind",
    [
        nox.param(python, library, kind, id=f"{python}, {library}, {kind}")
        for number, python in enumerate(PYTHONS)
        for library, kind in zip(HTTP_LIBRARIES, KINDS[:: 1 if number % 2 else -1], strict=True)
    ],
)
def clients(session: nox.Session, library: str, kind: str) -> None:
    """Test the client in an environment without anything else, on the first Python with its oldest dependencies."""
    spec = read_spec(SOURCE)
    workspace = session.env_dir / "build"
    workspace.mkdir()
    tree = build(spec, workspace, http_library=library)
    dist.build(tree, workspace / "dist", kind)
    (artefact,) = (workspace / "dist").iterdir()
    session.env.update(dict.fromkeys(name for name in os.environ if name.startswith("PYTHON")))
    session.install(*WHEELS, *(BUILT_CLIENT if kind == "sdist" else ()), *OPTIONS_OF_CLIENT, str(artefact))
    probe = Path(__file__).parent / "client" / "probe.py"
    session.run("python", "-I", str(probe), library, spec.version)
    session.install(*WHEELS, "--require-hashes", "--requirement", str(LOCKS / "run.txt"))
    if kind == "sdist" and session.python == PYTHONS[0]:
        session.install(*WHEELS, "--no-deps", *_oldest(tree))
    session.chdir(_copy_tests(session.env_dir / "tests", tree, library))
    session.run("python", "-m", "pytest", "-q", str(TESTS), *session.posargs)


def _oldest(tree: Path) -> list[str]:
    """Return the oldest versions of the dependencies of the client, as it requires them."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [requirement.partition(",")[0].replace(">=", "==") for requirement in project["dependencies"]]


def _copy_tests(target: Path, tree: Path, library: str) -> Path:
    """Copy the files that the tests need, without the client, so that they import the installed one."""
    shutil.copytree(dist.ROOT / "conformance", target / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("openapi.yaml", "pyproject.toml"):
        shutil.copy(dist.ROOT / name, target / name)
    (target / "generated").mkdir()
    shutil.copy(tree / "README.md", target / "generated" / "README.md")
    for path in (*(target / TESTS).rglob("*.py"), *(target / SUPPORT).rglob("*.py")):
        choose_http_library(path, library)
    return target
