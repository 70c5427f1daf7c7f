"""What all of the project's own tests share."""

import os

from hypothesis import settings

# No test depends on how fast the machine is, none leaves examples behind, and CI tries the same ones each time.
settings.register_profile("selftest", deadline=None, database=None, derandomize="CI" in os.environ)
settings.load_profile("selftest")
