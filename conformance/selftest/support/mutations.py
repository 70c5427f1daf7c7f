"""Hypothesis strategies for files of others: any octets, and valid files with something changed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["changed_bytes", "changed_values"]

PIECES = (
    *(
        b"",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\x1b[31m",
        "\u202e\u3164".encode(),
        b"\n",
        b"\r",
        b"\t",
    ),
    *(b"\\ud800", b'"\\udfff"', b"\\u0000", b'"', b"'", b"[", b"]", b"{", b"}", b",", b":", b"[" * 40, b'{"a":' * 40),
    *(b"9" * 30, b"-", b"1e999", b"NaN", b"Infinity", b"true", b"null", b"0x" + b"f" * 5000, b"1:1:1", b"2030-02-31"),
    *(b"&a ", b"*a", b"<<: ", b"!!python/name:os.system ", b"!!binary ", b"? ", b"- ", b"--- ", b"%TAG ! x\n", b"|\n"),
    *(b"a." * 99 + b"a=1\n", b"[[x]]\n", b"[x]\n", b'"""', b"{token}", b"{{", b"}", b"%", b"/../"),
)
"""Octets that one of the formats reads in a way of its own."""

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**19, -(10**20), 2**63, 0, 1, 99])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        ["", "\ud800", "\x1b[31m", "\u202e", "{token}", "{batch}", "{", "/", "ERR-003", "pass", "null", "~"]
    )
)
VALUES = st.recursive(
    ATOMS, lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
)


@st.composite
def changed_bytes(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """Draw any octets, or a sample with up to four parts cut out, repeated or replaced by something odd."""
    content = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 40)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8) | st.just(content[start:end] * 2))
        content = content[:start] + piece + content[end:]
    return draw(st.binary() | st.just(content))


@st.composite
def changed_values(draw: st.DrawFn, sample: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Draw a sample with up to three of its values replaced, removed or repeated."""
    document = copy.deepcopy(sample)
    for _ in range(draw(st.integers(1, 3))):
        place = document
        keys: list[Any] = []
        while isinstance(place, dict | list) and place and (not keys or draw(st.booleans())):
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            parent, place = place, place[key]
        if not keys:
            continue
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "replace":
            parent[key] = draw(VALUES)
        elif action == "remove":
            del parent[key]
        elif isinstance(parent, list):
            parent.insert(key, copy.deepcopy(place))
        else:
            parent[draw(st.text(max_size=3))] = place
    return document
