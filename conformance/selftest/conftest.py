"""What all of the project's own tests share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from conformance.mock.faults import FAULTS
from conformance.selftest.support.command_line import CommandLine

# No test depends on how fast the machine is, none leaves examples behind, and CI tries the same ones each time.
settings.register_profile("selftest", deadline=None, database=None, derandomize="CI" in os.environ)
settings.load_profile("selftest")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


APART = [Path(__file__).parent / name for name in ("browser", "peers")]
"""What needs more than the project itself does: packages of its own, and the network once."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what stands apart, unless it is named."""
    named = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args]
    if any(
        collection_path == folder and not any(folder in (path, *path.parents) for path in named) for folder in APART
    ):
        return True
    return None


@pytest.fixture
def own_faults() -> Iterator[None]:
    """Lets a test register faults of its own, which end with it."""
    known = dict(FAULTS)
    yield
    FAULTS.clear()
    FAULTS.update(known)


@pytest.fixture
def drs_conform(tmp_path: Path) -> CommandLine:
    """The command line, with its reports below a temporary directory."""
    return CommandLine(tmp_path / "reports")
