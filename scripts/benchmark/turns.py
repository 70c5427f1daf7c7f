# ruff: noqa: T201 - prints its result
"""Interleaved turns of all contenders, each a run of pyperf, and the tables of their medians."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyperf

from scripts.environment import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["machine", "mebibytes", "milliseconds", "print_table", "take_turns", "turn", "turn_of_command"]


def take_turns(title: str, turns: Mapping[str, Callable[[], pyperf.Benchmark]], rounds: int) -> dict[str, float]:
    """Run the contenders in turn, so that other load on the machine affects all of them equally.

    Args:
        title: What is measured, for the progress.
        turns: The function to call for a turn of each contender.
        rounds: Number of turns of each contender, at least 1.

    Returns:
        The median of the values of each contender.
    """
    results: dict[str, list[pyperf.Run]] = {name: [] for name in turns}
    names = list(turns)
    for number in range(rounds):
        print(f"benchmark: {title}, round {number + 1} of {rounds}", file=sys.stderr)
        # Each round starts with the next contender, so that none is always the first.
        first = number % len(names)
        for name in names[first:] + names[:first]:
            results[name] += turns[name]().get_runs()
    return {name: pyperf.Benchmark(runs).median() for name, runs in results.items()}


def turn(program: Sequence[str], *arguments: str, directory: Path, **variables: str) -> pyperf.Benchmark:
    """Run a program of pyperf in one process and return its result.

    Args:
        program: The program, without options.
        arguments: Its further options and arguments.
        directory: Its working directory.
        variables: Environment variables to set; pyperf passes few others on.

    Raises `CommandError`.
    """
    with TemporaryDirectory() as place:
        file = Path(place, "result.json")
        run([*program, "--quiet", "--processes=1", f"--output={file}", *arguments], directory, **variables)
        return pyperf.Benchmark.load(str(file))


def turn_of_command(*arguments: str, directory: Path, **variables: str) -> pyperf.Benchmark:
    """Run a command once by `pyperf command` with these options, the command and its arguments; see `turn`."""
    program = [sys.executable, "-m", "pyperf", "command", "--values=1", "--warmups=0", "--loops=1"]
    return turn(program, *arguments, directory=directory, **variables)


def print_table(
    title: str,
    figures: Mapping[str, float],
    form: Callable[[float], str],
    references: Sequence[str],
    goals: Mapping[tuple[str, str], float] | None = None,
) -> None:
    """Print the figure of each contender, its ratios to those of the references, and whether it meets its goals.

    Args:
        title: What was measured.
        figures: The figure of each contender.
        form: Returns a figure as text.
        references: The contenders that the ratios are relative to.
        goals: The highest ratio that meets the goal, by the contender with the goal and the reference.
    """
    print(title)
    for name, figure in figures.items():
        line = f"  {name:32}{form(figure):>10}"
        for reference in references:
            ratio = figure / figures[reference]
            goal = (goals or {}).get((name, reference))
            verdict = f" ({'met' if ratio <= goal else 'missed'}: at most {goal:.2f})" if goal else ""
            line += f"  {ratio:5.2f} x {reference}{verdict}"
        print(line)


def milliseconds(seconds: float) -> str:
    """Return a time as text."""
    return f"{seconds * 1000:.2f} ms"


def mebibytes(size: float) -> str:
    """Return a size as text."""
    return f"{size / 2**20:.2f} MiB"


def machine() -> str:
    """Return a description of the machine."""
    facts = pyperf.Run([1.0]).get_metadata()
    names = ("platform", "cpu_model_name", "cpu_count", "load_avg_1min", "python_version")
    return ", ".join(f"{name} {facts[name]}" for name in names if name in facts)
