"""`python -m conformance.server`, the former name of `python -m conformance.mock`."""

import sys

from conformance.mock.__main__ import main

if __name__ == "__main__":
    sys.stderr.write("conformance.server has been renamed; use python -m conformance.mock\n")
    sys.exit(main())
