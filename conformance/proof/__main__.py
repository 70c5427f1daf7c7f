"""The command line of the proof: `python -m conformance.proof`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from conformance.proof import detection, determinism, false_positives, mutation, report
from conformance.proof.conforming_servers import ZOO
from conformance.proof.progress import Ticker
from conformance.proof.results import SECTIONS, Proof
from conformance.proof.runs import LIMIT, Job, Run, perform_all
from conformance.server.faults import FAULTS, UnknownFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOCUMENTS = Path(__file__).parent.parent / "docs"
REPETITIONS = 20
THOROUGH = 5
"""Seeds with which each fault is tried by a thorough proof."""
TURNS = 15
"""Of so many seeds each server meets one, unless the proof is thorough."""
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the suite; returns the exit code: 0 proven, 1 not proven, 2 wrong usage, 130 interrupted."""
    options = _options(arguments)
    try:
        proof = _prove(options)
        for objection in proof.objections:
            _say(objection)
        _say(report.headline(proof))
        if set(options.sections) < set(SECTIONS) or options.check:
            _say("nothing was written" + ("" if options.check else ", since this was a part of the proof"))
        else:
            report.write(proof, DOCUMENTS)
            _say(f"written: {', '.join(report.NAMES)}")
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)  # noqa: T201 - the command line's own words
        return INTERRUPTED
    return int(bool(proof.objections))


def _prove(options: argparse.Namespace) -> Proof:
    """Go through the sections that were asked for."""
    proof = Proof(processes=options.jobs)
    for section in options.sections:
        with _timed(proof, section):
            proof = _SECTIONS[section](proof, options)
    return proof


def _faults(proof: Proof, options: argparse.Namespace) -> Proof:
    planned = detection.jobs(options.faults or list(FAULTS), range(1, THOROUGH + 1) if options.thorough else (1,))
    return replace(proof, trials=tuple(detection.trials(planned, _perform("faults", planned, options))))


def _zoo(proof: Proof, options: argparse.Namespace) -> Proof:
    every = 1 if options.thorough else min(TURNS, options.seeds)
    planned = false_positives.jobs(list(ZOO), range(1, options.seeds + 1), every=every)
    return replace(proof, visits=tuple(false_positives.visits(planned, _perform("zoo", planned, options))))


def _mutation(proof: Proof, options: argparse.Namespace) -> Proof:
    unreliable = frozenset(trial.fault for trial in proof.trials if trial.objection)
    found = mutation.hunt(mutation.all_mutations(), lambda jobs: _perform("mutation", jobs, options), unreliable)
    return replace(proof, mutants=tuple(found))


def _determinism(proof: Proof, options: argparse.Namespace) -> Proof:
    # The runs of the other sections are forked from one that has been warmed up; they must send the same.
    streams = [run.stream for run in _perform("determinism, forked", [Job()], options)]
    told = Ticker("determinism", REPETITIONS)
    return replace(proof, repetition=determinism.repeat_all(REPETITIONS, limit=LIMIT, streams=streams, told=told))


_SECTIONS = dict(zip(SECTIONS, (_faults, _zoo, _mutation, _determinism), strict=True))


def _perform(name: str, jobs: list[Job], options: argparse.Namespace) -> list[Run]:
    shares = [false_positives.share(job) for job in jobs]
    return perform_all(jobs, processes=options.jobs, shares=shares, told=Ticker(name, len(jobs)))


@contextmanager
def _timed(proof: Proof, section: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    proof.minutes[section] = (time.monotonic() - start) / 60


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.proof",
        description="Prove the suite on all faults, on servers that conform, and on spoilt copies of itself.",
        epilog="exit codes: 0 proven, 1 not proven, 2 wrong usage, 130 interrupted",
        allow_abbrev=False,
    )
    parser.add_argument("--faults", nargs="+", metavar="NAME", help="try these faults, and do nothing else")
    parser.add_argument("--thorough", action="store_true", help=f"{THOROUGH} seeds for each fault, all for each server")
    parser.add_argument("--seeds", type=_count, default=30, metavar="N", help="seeds that servers share (%(default)s)")
    parser.add_argument(
        "--jobs", type=_count, default=_processors(), metavar="N", help="processors to use (%(default)s)"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION", help=_help("do only"))
    part.add_argument("--skip", nargs="+", choices=SECTIONS, default=(), metavar="SECTION", help=_help("leave out"))
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    for name in options.faults or ():
        if name not in FAULTS:
            parser.error(f"--faults: {UnknownFaultError(name)}")
    chosen = [section for section in SECTIONS if section in options.only and section not in options.skip]
    options.sections = ["faults"] if options.faults else chosen
    if not options.sections:
        parser.error("--skip: nothing is left to do")
    return options


def _help(what: str) -> str:
    return f"{what} these: {', '.join(SECTIONS)}"


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - what was asked for


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
