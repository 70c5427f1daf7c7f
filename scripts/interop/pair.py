"""The table of pairs of generator and language, with the commands that test them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["PROGRAMS", "TABLE", "Pair", "UnknownPairError", "choose", "read_table"]

TABLE = Path(__file__).with_name("pairs.yaml")
PROGRAMS = Path(__file__).with_name("programs")


class UnknownPairError(ValueError):
    """No pair has this name; the message lists the names."""


@dataclass(frozen=True)
class Pair:
    """One generator and one language.

    Attributes:
        name: Name of the pair and of its folder in `programs/`, which is copied to the work directory.
        language: Language of the client.
        generator: Name of the generator, and of a library that the client needs.
        version: Version of the generator, which is pinned in its lock file.
        needs: Programs that must be on the PATH; otherwise the pair is not run.
        npm: Whether the npm packages are needed.
        generate: Commands that generate the client.
        compile: Commands that compile or type-check the client and the program.
        run: Command that runs the program.
        validates: Regular expression that matches in the client if it enforces the length of `error_code`.
        loses: Characters that the client sends wrongly, which are therefore removed from the IDs.
        workaround: Additional steps and limitations for a user; empty if there are none.
        quick: Whether the pair is in the subset that CI runs.
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
    """Return all pairs, with the abbreviations in their commands expanded."""
    content = yaml.safe_load(table.read_text(encoding="utf-8"))
    words = content["abbreviations"]
    return tuple(_pair(row, words) for row in content["pairs"])


def _pair(row: dict[str, object], words: dict[str, str]) -> Pair:
    def lines(key: str) -> tuple[str, ...]:
        found = row.pop(key, [])
        return tuple(_expand(str(line), words) for line in (found if isinstance(found, list) else [found]))

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
        **row,  # the constructor refuses an unknown key
    )


def _expand(command: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        command = command.replace(f"<{word}>", meaning)
    return command


def choose(pairs: tuple[Pair, ...], names: str) -> tuple[Pair, ...]:
    """Return the pairs for `all`, `quick`, or names separated by commas; raises `UnknownPairError`."""
    if names == "all":
        return pairs
    if names == "quick":
        return tuple(pair for pair in pairs if pair.quick)
    wanted = [name.strip() for name in names.split(",")]
    known = {pair.name for pair in pairs}
    for name in wanted:
        if name not in known:
            raise UnknownPairError(f"unknown pair '{name}'; use all, quick, {', '.join(sorted(known))}")
    return tuple(pair for pair in pairs if pair.name in wanted)
