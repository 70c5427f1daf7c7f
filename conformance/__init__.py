"""Conformance suite and mock server for the batch tasks of Huawei Cloud DRS."""

import sys

from conformance import interpreter

__version__ = "0.1.0"

# While `drs-conform` or `python -m conformance...` imports this package, and before it imports anything else.
if "".join(sys.argv[:1]).endswith(("-m", "drs-conform", "drs-conform.exe")):
    interpreter.ignore_current_directory()
