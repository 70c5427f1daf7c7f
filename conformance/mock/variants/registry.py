"""The registry of variants, and the function that applies them to the mock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.changes import PipelineChange, UnknownChangeError, enter, rewriting, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.mock.changes import Rebuilding, Rewriting
    from conformance.mock.pipeline import Pipeline

__all__ = ["VARIANTS", "UnknownVariantError", "Variant", "step_variant", "variant", "varied"]


class Variant(PipelineChange):
    """One way to differ and to conform: it returns a conforming pipeline if it is given one."""


VARIANTS: dict[str, Variant] = {}
"""All variants by name, in the order of registration."""


class UnknownVariantError(UnknownChangeError):
    """No variant has this name; the message is one line that lists close matches."""

    def __init__(self, name: str) -> None:
        super().__init__("variant", name, VARIANTS)


def step_variant(name: str) -> Callable[[Rebuilding], Rebuilding]:
    """Register a function that replaces steps of the pipeline; its docstring is the variant's summary."""

    def register(function: Rebuilding) -> Rebuilding:
        enter(VARIANTS, Variant(name, summary(function), function))
        return function

    return register


def variant(name: str) -> Callable[[Rewriting], Rewriting]:
    """Register a function that rewrites answers; its docstring is the variant's summary."""

    def register(function: Rewriting) -> Rewriting:
        step_variant(name)(rewriting(function))
        return function

    return register


def varied(pipeline: Pipeline, names: Iterable[str]) -> Pipeline:
    """Return the pipeline with these variants applied, in this order; raises `UnknownVariantError`."""
    for name in names:
        if name not in VARIANTS:
            raise UnknownVariantError(name)
        pipeline = VARIANTS[name].apply(pipeline)
    return pipeline
