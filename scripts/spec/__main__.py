# ruff: noqa: T201 - prints its result
"""Check OpenAPI documents, by default openapi.yaml: `make spec`, or `python -m scripts.spec FILE...`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from conformance.spec.openapi import SPEC_PATH
from scripts import npm
from scripts.spec import gate, linters


def main() -> int:
    """Return the exit code: 0 no findings, 1 findings, 2 a document or a linter is not available, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="spec", description=__doc__)
    parser.add_argument("documents", nargs="*", type=Path, metavar="FILE", default=[SPEC_PATH])
    documents = [document.resolve() for document in parser.parse_args().documents]
    try:
        findings = gate.find_all(documents)
    except OSError as error:
        return _fail(2, f"{error.filename}: {error.strerror}")
    except (npm.NpmError, linters.LinterError) as error:
        return _fail(2, str(error))
    except KeyboardInterrupt:
        return _fail(130, "interrupted")
    for finding in findings:
        print(finding)
    if findings:
        return _fail(1, "1 finding" if len(findings) == 1 else f"{len(findings)} findings")
    print(f"spec: no findings in {', '.join(document.name for document in documents)}")
    return 0


def _fail(code: int, message: str) -> int:
    print(f"spec: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
