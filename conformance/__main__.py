"""`python -m conformance`, which is the same as `drs-conform`."""

import signal
import sys

from conformance.exchange.verdicts import ExitCode


def main() -> None:
    """Run the command line; print no traceback on a Ctrl-C while it is being loaded."""
    try:
        from conformance.cli.main import main as run  # noqa: PLC0415 - it takes a second, during which Ctrl-C is handled
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(ExitCode.INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
