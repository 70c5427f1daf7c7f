"""What all of the project's own tests share."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from conformance.server.faults import FAULTS

# No test depends on how fast the machine is, none leaves examples behind, and CI tries the same ones each time.
settings.register_profile("selftest", deadline=None, database=None, derandomize="CI" in os.environ)
settings.load_profile("selftest")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def own_faults() -> Iterator[None]:
    """Lets a test register faults of its own, which end with it."""
    known = dict(FAULTS)
    yield
    FAULTS.clear()
    FAULTS.update(known)
