"""`python -m conformance` is `drs-conform`."""

from conformance.cli import main

if __name__ == "__main__":
    main()
