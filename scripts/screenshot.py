"""Take the screenshot conformance/docs/report.png: the top of report.html after a run on a mock with two faults."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance import interpreter
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.browser.chromium import launched

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "conformance" / "docs" / "report.png"
FAULTS = ("error-code-11", "content-type-ignored")
PORT = 8000  # the port shown in the README
WIDTH = 1280
HEIGHT = 1345
VIOLATES = 1


def main() -> int:
    """Run the suite on the mock and take the screenshot; returns the exit code: 0 done, 1 an unexpected verdict."""
    with TemporaryDirectory() as directory:
        with EmbeddedServer(MockSettings(faults=FAULTS), port=PORT) as server:
            settings = {"DRS_TARGET": server.url, "DRS_TOKEN": server.settings.token, "DRS_REPORT_DIR": directory}
            run = interpreter.command("conformance")
            code = subprocess.run(run, cwd=ROOT, env={**os.environ, **settings}, check=False).returncode  # noqa: S603
        if code != VIOLATES:
            sys.stderr.write(
                f"screenshot: the run exited with {code}, not with {VIOLATES} (violates); see its output above\n"
            )
            return 1
        with launched() as browser:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto((Path(directory) / "report.html").as_uri())
            page.screenshot(path=PICTURE)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        sys.stderr.write(f"screenshot: {error}; port {PORT} must be free and Chromium must be installed\n")
        sys.exit(2)
