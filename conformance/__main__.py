"""`python -m conformance`, which is the same as `drs-conform`."""

import logging
import os
import signal
import sys
import warnings
from contextlib import suppress

from conformance import interpreter

INTERRUPTED = 130
ERROR = 70
USAGE = 2
"""Exit codes of `exchange.verdicts.ExitCode`, which cannot be imported from a damaged installation."""


def main() -> None:
    """Run the command line. The exit code 1 means a violation, and an exception has a code of its own."""
    interpreter.open_closed_streams()
    # Python exits with 1 for an exception, and prints a traceback.
    try:
        if sys.flags.inspect:
            _print("Python would end with the exit code of its prompt; run without -i and PYTHONINSPECT")
            os._exit(USAGE)
        if not _has_directory():
            _print("the current directory does not exist any more; change to another one")
            sys.exit(USAGE)
        if sys.flags.optimize > 1:
            _print("Python has removed the docstrings, which the reports quote; run without -OO and PYTHONOPTIMIZE=2")
            sys.exit(USAGE)
        if sys.warnoptions:
            warnings.simplefilter("default")  # -W error would turn a notice of any library into an exception
        os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"  # those of the user's own tests
        os.environ.pop("SCHEMATHESIS_HOOKS", None)  # likewise; they would change the requests
        from conformance.cli.main import main as run  # noqa: PLC0415 - it takes a second, during which Ctrl-C is handled
        from conformance.spec.characters import PrintableFormatter  # noqa: PLC0415 - likewise

        # What libraries warn of may quote what the target sent.
        logging.captureWarnings(capture=True)
        handler = logging.StreamHandler()
        handler.setFormatter(PrintableFormatter())
        logging.basicConfig(level=logging.WARNING, handlers=[handler])
        run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one does not interrupt the exit
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the installation may be damaged in any way
        _print(f"the suite cannot be loaded, or failed: {error!a}; install it again, or report this")
        sys.exit(ERROR)


def _has_directory() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - pathlib takes long to import
    except OSError:
        return False
    return True


def _print(message: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"drs-conform: {message}\n")


if __name__ == "__main__":
    main()
