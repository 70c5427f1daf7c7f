"""The table of pairs: which generator makes a client in which language, and by which commands it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["PROGRAMS", "TABLE", "Pair", "UnknownPairError", "choose", "read_table"]

TABLE = Path(__file__).with_name("pairs.yaml")
PROGRAMS = Path(__file__).with_name("programs")


class UnknownPairError(ValueError):
    """There is no pair of that name; the message lists those that there are."""


@dataclass(frozen=True)
class Pair:
    """One generator and one language.

    Attributes:
        name: Also that of the folder in `programs/` that is the work directory's first content.
        language: The language of the client.
        generator: Its name, with what its client needs beside it.
        version: The generator's version, which is pinned where it is installed from.
        needs: Programs that must be on the PATH; without them the pair is not run.
        npm: Whether the npm packages are needed.
        generate: Commands that make the client.
        compile: Commands that compile or type-check client and program.
        run: Command that runs the program.
        validates: Regular expression that is found in the client if it enforces the length of `error_code`.
        loses: Characters that do not reach the server as they are, which the IDs of its trial are spared.
        workaround: What a user must do beyond the obvious, and put up with; empty if nothing.
        quick: Whether the pair belongs to the subset that CI runs.
    """

    name: str
    language: str
    generator: str
    version: str
    needs: tuple[str, ...]
    npm: bool
    generate: tuple[str, ...]
    compile: tuple[str, ...]
    run: str
    validates: str
    loses: str
    workaround: str
    quick: bool


def read_table(table: Path = TABLE) -> tuple[Pair, ...]:
    """Return all pairs, with the table's abbreviations written out in their commands."""
    content = yaml.safe_load(table.read_text(encoding="utf-8"))
    words = content["abbreviations"]
    return tuple(_pair(row, words) for row in content["pairs"])


def _pair(row: dict[str, object], words: dict[str, str]) -> Pair:
    def lines(key: str) -> tuple[str, ...]:
        found = row.pop(key, [])
        return tuple(_written_out(str(line), words) for line in (found if isinstance(found, list) else [found]))

    (run,) = lines("run")
    return Pair(
        name=str(row.pop("name")),
        language=str(row.pop("language")),
        generator=str(row.pop("generator")),
        version=str(row.pop("version")),
        needs=tuple(str(row.pop("needs", "")).split()),
        npm=bool(row.pop("npm", False)),
        generate=lines("generate"),
        compile=lines("compile"),
        run=run,
        validates=str(row.pop("validates", "")),
        loses=str(row.pop("loses", "")),
        workaround=str(row.pop("workaround", "")),
        quick=bool(row.pop("quick", False)),
        **row,  # a key that is left over is a mistake, which the constructor refuses
    )


def _written_out(command: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        command = command.replace(f"<{word}>", meaning)
    return command


def choose(pairs: tuple[Pair, ...], names: str) -> tuple[Pair, ...]:
    """Return the pairs that a text names: `all`, `quick`, or names with commas; raises `UnknownPairError`."""
    if names == "all":
        return pairs
    if names == "quick":
        return tuple(pair for pair in pairs if pair.quick)
    wanted = [name.strip() for name in names.split(",")]
    known = {pair.name for pair in pairs}
    for name in wanted:
        if name not in known:
            raise UnknownPairError(f"no pair is called '{name}'; there are all, quick, {', '.join(sorted(known))}")
    return tuple(pair for pair in pairs if pair.name in wanted)
