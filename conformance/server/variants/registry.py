"""The registry of variants, and how they are applied to the mock."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.server.pipeline import Pipeline

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import Exchange

__all__ = ["VARIANTS", "UnknownVariantError", "Variant", "step_variant", "variant", "varied"]

Rewriting = Callable[["Exchange", "Answer"], "Answer"]
Rebuilding = Callable[[Pipeline], Pipeline]


@dataclass(frozen=True)
class Variant:
    """One way to be different and right.

    Attributes:
        name: What it is switched on by.
        summary: One sentence: what the server does then.
        apply: Makes a different pipeline, as sound as the one that it is given.
    """

    name: str
    summary: str
    apply: Rebuilding


VARIANTS: dict[str, Variant] = {}
"""All variants by name, in the order of definition."""


class UnknownVariantError(Exception):
    """There is no variant of that name; the text is one line that lists close matches."""

    def __init__(self, name: str) -> None:
        close = difflib.get_close_matches(name, VARIANTS, n=5, cutoff=0.4) or sorted(VARIANTS)
        super().__init__(f"unknown variant {name!r}; did you mean: {', '.join(close)}?")


def step_variant(name: str) -> Callable[[Rebuilding], Rebuilding]:
    """Register a function that replaces steps of the pipeline; its docstring is the variant's summary."""

    def register(function: Rebuilding) -> Rebuilding:
        if name in VARIANTS:
            raise ValueError(f"two variants are named {name!r}")
        VARIANTS[name] = Variant(name, (function.__doc__ or "").strip(), function)
        return function

    return register


def variant(name: str) -> Callable[[Rewriting], Rewriting]:
    """Register a function that rewrites answers; its docstring is the variant's summary."""

    def register(function: Rewriting) -> Rewriting:
        def rebuild(pipeline: Pipeline) -> Pipeline:
            return pipeline.rewritten(function)

        rebuild.__doc__ = function.__doc__
        step_variant(name)(rebuild)
        return function

    return register


def varied(pipeline: Pipeline, names: Iterable[str]) -> Pipeline:
    """Return the pipeline with these variants applied, in this order; raises `UnknownVariantError`."""
    for name in names:
        if name not in VARIANTS:
            raise UnknownVariantError(name)
        pipeline = VARIANTS[name].apply(pipeline)
    return pipeline
