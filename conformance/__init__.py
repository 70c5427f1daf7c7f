"""Conformance suite and mock server for the batch tasks of Huawei Cloud DRS."""

import sys

from conformance import interpreter

__version__ = "0.1.0"

# While `python -m conformance...` imports this package, and before anything else is imported.
if sys.argv[:1] == ["-m"]:
    interpreter.ignore_current_directory()
