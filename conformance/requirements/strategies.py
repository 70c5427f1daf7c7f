"""Hypothesis strategies for values that openapi.yaml does not limit."""

from __future__ import annotations

import uuid

from hypothesis import strategies as st

__all__ = ["batch_ids", "bodies"]

LENGTHS = (1, 31, 32, 33, 35, 36, 37, 63, 64, 65, 127, 128, 255, 256, 257, 448, 480, 511, 512, 513, 1024, 2048)
"""Lengths at and around the limits of identifiers, database columns, and an error_msg that repeats an ID."""

SCRIPTS = (
    *((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),  # ASCII
    *((0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x17F)),  # Latin
    *((0x391, 0x3A1), (0x3B1, 0x3C9)),  # Greek
    (0x400, 0x481),  # Cyrillic
    (0x5D0, 0x5EA),  # Hebrew
    *((0x621, 0x63A), (0x660, 0x669)),  # Arabic, and its digits
    (0x905, 0x939),  # Devanagari
    (0xE01, 0xE30),  # Thai
    *((0x3041, 0x3094), (0x30A1, 0x30FA)),  # Hiragana and Katakana
    *((0x4E00, 0x9FA5), (0x20000, 0x2A6D6)),  # Han, in and outside the BMP
    (0xAC00, 0xD7A3),  # Hangul
    *((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)),  # fullwidth forms
    (0x10400, 0x10425),  # Deseret
    (0x1D400, 0x1D454),  # mathematical
)
"""Ranges of letters and digits.

They are not drawn by category, since each version of Python has another version of Unicode, and so a seed would send
other requests on each.
"""


def batch_ids() -> st.SearchStrategy[str]:
    """Draw IDs that probably no batch has: of notable lengths, in any script, and altered UUIDs."""
    letters = st.sampled_from("xZ0-批é\U0002000b")
    notable = st.builds(lambda letter, length: letter * length, letters, st.sampled_from(LENGTHS))
    ranges = (st.characters(min_codepoint=first, max_codepoint=last) for first, last in SCRIPTS)
    words = st.text(st.one_of(*ranges), min_size=1, max_size=60)
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
