"""Fixtures and settings of all tests."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from conformance.mock.faults import FAULTS
from conformance.selftest.support.command_line import CommandLine

# No test depends on the speed of the machine or writes a database, and the same tree gets the same examples each time.
settings.register_profile("selftest", deadline=None, database=None, derandomize=True)
# A longer search with other examples, by --hypothesis-profile=long.
settings.register_profile("long", settings.get_profile("selftest"), max_examples=10_000, derandomize=False)
settings.load_profile("selftest")

# Neither does any test, or a program that it starts, read options from the environment.
for name in [name for name in os.environ if name.startswith("DRS_") and not name.startswith("DRS_SELFTEST_")]:
    del os.environ[name]

# A shell makes its background jobs ignore Ctrl-C, and nohup the end of the terminal; the programs that the tests start
# would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

SEPARATE = [Path(__file__).parent / name for name in ("browser", "peers")]
"""The folders of tests that need further packages, and the network once."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore the separate tests unless the command line names them."""
    named = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args]
    if any(
        collection_path == folder and not any(folder in (path, *path.parents) for path in named) for folder in SEPARATE
    ):
        return True
    return None


def pytest_collection_finish() -> None:
    """Leave what the collection made, which lives to the end, out of each garbage collection of a test."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def own_faults() -> Iterator[None]:
    """Remove the faults that a test registers when it ends."""
    known = dict(FAULTS)
    yield
    FAULTS.clear()
    FAULTS.update(known)


@pytest.fixture
def drs_conform(tmp_path: Path) -> CommandLine:
    """The command line, with its reports in a temporary directory."""
    return CommandLine(tmp_path / "reports")
