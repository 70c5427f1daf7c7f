# ruff: noqa: T201 - it prints its result
"""Print what changed in openapi.yaml since a commit, and the version this requires: `make spec-diff BASE=v1.0.0`.

oasdiff (pinned in go.mod) finds the changes, with the severities of severities.py. gaps.py adds what oasdiff does not
compare. rule.py computes the lowest allowed info.version, which is also the version of the client.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.spec.characters import printable
from conformance.spec.openapi import SPEC_PATH
from scripts.specdiff import oasdiff, text
from scripts.specdiff.edition import ADVICE, EditionError, read_file
from scripts.specdiff.gaps import find_gaps, find_rest
from scripts.specdiff.history import read_base
from scripts.specdiff.rule import VersionStep, needed, step, suffices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.specdiff.change import DocumentChange
    from scripts.specdiff.edition import Edition


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 the version is high enough, 1 it is too low, 2 it cannot be judged."""
    parser = argparse.ArgumentParser(prog="spec-diff", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--base", metavar="REF", help="a tag, branch or commit (default: the last tag)")
    parser.add_argument(
        "--document", type=Path, default=SPEC_PATH, metavar="FILE", help="the document (default: openapi.yaml)"
    )
    parser.add_argument("--all", action="store_true", help="print all changes, however many there are")
    options = parser.parse_args(arguments)
    try:
        return _judge(options.document.resolve(), options.base, everything=options.all)
    except (EditionError, oasdiff.OasdiffError) as error:
        return _fail(2, str(error))
    except OSError as error:
        return _fail(2, f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return _fail(130, "interrupted")


def _judge(document: Path, ref: str | None, *, everything: bool) -> int:
    now = read_file(document)
    base = read_base(document, ref)
    changes = find_changes(base.edition, now)
    taken = step(base.edition, now, changes)
    lowest = needed(base.edition.version, taken)
    print(text.head(document.name, base.ref, base.commit, changes, words=taken != VersionStep.NONE))
    for line in text.lines(changes, everything=everything):
        print(line)
    if not suffices(now.version, base.edition.version, lowest):
        return _fail(1, f"info.version is {now.version}, which is too low; change it to {lowest} or higher")
    print(f"spec-diff: info.version is {now.version}, which is high enough; the lowest allowed is {lowest}")
    return 0


def find_changes(base: Edition, now: Edition) -> list[DocumentChange]:
    """Return the changes between two editions; raises `oasdiff.OasdiffError` and `EditionError`."""
    if base.content == now.content:
        return []
    found = oasdiff.compare(oasdiff.build(), base, now)
    try:
        return [*found, *find_gaps(base, now)] or list(find_rest(base, now))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        names = f"{base.name} or {now.name}"
        raise EditionError(f"{names} is not a valid OpenAPI document ({error!r}); {ADVICE}") from None


def _fail(code: int, message: str) -> int:
    print(f"spec-diff: {printable(message)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
