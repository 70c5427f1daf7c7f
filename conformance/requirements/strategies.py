"""Hypothesis strategies for values that openapi.yaml does not limit."""

from __future__ import annotations

import uuid

from hypothesis import strategies as st

__all__ = ["batch_ids", "bodies"]

LENGTHS = (1, 31, 32, 33, 35, 36, 37, 63, 64, 65, 127, 128, 255, 256, 257, 448, 480, 511, 512, 513, 1024, 2048)
"""Lengths at and around the limits of identifiers, database columns, and an error_msg that repeats an ID."""


def batch_ids() -> st.SearchStrategy[str]:
    """Draw IDs that probably no batch has: of notable lengths, in any script, and altered UUIDs."""
    letters = st.sampled_from("xZ0-批é\U0002000b")
    notable = st.builds(lambda letter, length: letter * length, letters, st.sampled_from(LENGTHS))
    words = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=60)
    anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    return st.one_of(notable, words, uuids(), anything).filter(lambda text: bool(text.strip("./")))


def uuids() -> st.SearchStrategy[str]:
    """Draw UUIDs and typical mistakes in copying them."""
    mistakes = (str, str.upper, lambda text: text[:-1], lambda text: f"{text}0", lambda text: text.replace("-", ""))
    return st.builds(
        lambda bits, mistake: mistake(str(uuid.UUID(int=bits))), st.integers(0, 2**128 - 1), st.sampled_from(mistakes)
    )


def bodies() -> st.SearchStrategy[bytes]:
    """Draw an empty body most of the time, since the operation has none."""
    return st.one_of(st.just(b""), st.just(b""), st.just(b""), st.binary(max_size=64))
