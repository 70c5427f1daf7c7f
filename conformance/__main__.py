"""`python -m conformance` is `drs-conform`."""

import signal
import sys

from conformance.exchange.verdicts import ExitCode


def main() -> None:
    """Run the command line; a Ctrl-C that comes while it is still being loaded leaves no traceback either."""
    try:
        from conformance.cli.main import main as run  # noqa: PLC0415 - it takes a second, in which Ctrl-C may come
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(ExitCode.INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
