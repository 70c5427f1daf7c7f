# ruff: noqa: T201 - prints its result
"""Write the API reference of openapi.yaml to dist/, as one self-contained page. The mock serves it with forms."""

import sys

from conformance.mock.reference import render_reference
from scripts.dist import TARGET

PAGE = TARGET / "reference.html"


def main() -> int:
    """Return the exit code: 0 done, 1 the page could not be written."""
    try:
        TARGET.mkdir(exist_ok=True)
        PAGE.write_text(render_reference(), encoding="utf-8")
    except OSError as error:
        print(f"docs: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"docs: {PAGE} ({PAGE.stat().st_size} bytes); run make mock to serve it with a form for each operation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
