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

from conformance.exchange.verdicts import ExitCode
from conformance.mock.faults import FAULTS, UnknownFaultError
from conformance.proof import detection, determinism, false_positives, mutation, render_json, report
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.progress import ProgressCounter
from conformance.proof.render_markdown import headline
from conformance.proof.results import SECTIONS, Proof
from conformance.proof.runs import TIMEOUT, PlannedRun, SuiteRun, perform_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOCUMENTS = Path(__file__).parent.parent / "docs"
REPETITIONS = 20
THOROUGH_SEEDS = 5
"""Seeds per fault with `--thorough`."""
SEED_INTERVAL = 15
"""Without `--thorough`, each conforming server runs with one seed in this many."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the suite; return the exit code: 0 proven, 1 not proven, 2 wrong usage, 130 interrupted."""
    options = _options(arguments)
    if options.render:
        report.render_again(DOCUMENTS)
        _print(f"written: {report.MARKDOWN_NAME}")
        return 0
    try:
        proof = _prove(options)
        for objection in proof.objections:
            _print(objection)
        _print(headline(render_json.document(proof)))
        if set(options.sections) < set(SECTIONS) or options.check:
            _print("nothing was written" + ("" if options.check else ": only a part of the proof was run"))
        else:
            report.write(proof, DOCUMENTS)
            _print(f"written: {report.MARKDOWN_NAME}, {report.JSON_NAME}")
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)  # noqa: T201 - output of the command
        return ExitCode.INTERRUPTED
    return int(bool(proof.objections))


def _prove(options: argparse.Namespace) -> Proof:
    """Run the selected sections."""
    proof = Proof(processes=options.jobs)
    for section in options.sections:
        with _timed(proof, section):
            proof = _SECTIONS[section](proof, options)
    return proof


def _faults(proof: Proof, options: argparse.Namespace) -> Proof:
    seeds = range(1, THOROUGH_SEEDS + 1) if options.thorough else (1,)
    planned = detection.planned_runs(options.faults or list(FAULTS), seeds)
    return replace(proof, fault_runs=tuple(detection.fault_runs(planned, _perform("faults", planned, options))))


def _servers(proof: Proof, options: argparse.Namespace) -> Proof:
    every = 1 if options.thorough else min(SEED_INTERVAL, options.seeds)
    planned = false_positives.planned_runs(list(CONFORMING_SERVERS), range(1, options.seeds + 1), every=every)
    runs = false_positives.server_runs(planned, _perform("servers", planned, options))
    return replace(proof, server_runs=tuple(runs))


def _mutation(proof: Proof, options: argparse.Namespace) -> Proof:
    unreliable = frozenset(run.fault for run in proof.fault_runs if run.objection)
    results = mutation.run_mutations(
        mutation.all_mutations(), lambda planned: _perform("mutation", planned, options), unreliable
    )
    return replace(proof, mutations=tuple(results))


def _determinism(proof: Proof, options: argparse.Namespace) -> Proof:
    # The runs of the other sections are forked from a process with filled caches; they must send the same.
    digests = [run.requests_sha256 for run in _perform("determinism, forked", [PlannedRun()], options)]
    on_done = ProgressCounter("determinism", REPETITIONS)
    repetition = determinism.repeat_all(REPETITIONS, timeout=TIMEOUT, digests=digests, on_done=on_done)
    return replace(proof, repetition=repetition)


_SECTIONS = dict(zip(SECTIONS, (_faults, _servers, _mutation, _determinism), strict=True))


def _perform(name: str, planned: list[PlannedRun], options: argparse.Namespace) -> list[SuiteRun]:
    shares = [false_positives.processor_share(job) for job in planned]
    return perform_all(planned, processes=options.jobs, shares=shares, on_done=ProgressCounter(name, len(planned)))


@contextmanager
def _timed(proof: Proof, section: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    proof.minutes[section] = (time.monotonic() - start) / 60


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.proof",
        description="Prove the suite: on all faults, on conforming servers, and with its checks disabled or inverted.",
        epilog="exit codes: 0 proven, 1 not proven, 2 wrong usage, 130 interrupted",
        allow_abbrev=False,
    )
    parser.add_argument("--faults", nargs="+", metavar="NAME", help="run only the section faults, with these faults")
    parser.add_argument(
        "--thorough", action="store_true", help=f"{THOROUGH_SEEDS} seeds for each fault, all for each server"
    )
    parser.add_argument(
        "--seeds", type=_count, default=30, metavar="N", help="seeds for the conforming servers (%(default)s)"
    )
    parser.add_argument(
        "--jobs", type=_count, default=_processors(), metavar="N", help="number of processors to use (%(default)s)"
    )
    names = ", ".join(SECTIONS)
    part = parser.add_mutually_exclusive_group()
    part.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION", help=f"run only these: {names}"
    )
    part.add_argument("--skip", nargs="+", choices=SECTIONS, default=(), metavar="SECTION", help=f"skip these: {names}")
    part.add_argument("--render", action="store_true", help="write proof.md from proof.json, without a run")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    for name in options.faults or ():
        if name not in FAULTS:
            parser.error(f"--faults: {UnknownFaultError(name)}")
    if options.render and (options.faults or options.check):
        parser.error("--render: cannot be combined with --faults or --check")
    chosen = [section for section in SECTIONS if section in options.only and section not in options.skip]
    options.sections = ["faults"] if options.faults else chosen
    if not options.sections:
        parser.error("--skip: all sections are skipped; leave at least one")
    return options


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - output of the command


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
