"""A scanner that finds a secret, or a part of it, in any encoding in the output and the files of a run."""

from __future__ import annotations

import base64
import html
import re
import secrets
import zlib
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["MATCH_LENGTH", "MAX_NESTING", "contents", "leaks", "new", "traces"]

MATCH_LENGTH = 12
"""Number of consecutive characters of a secret that count as the secret."""

MAX_NESTING = 3
"""Number of nested encodings that are decoded, such as JSON escapes in base64 in gzip."""

MAX_INFLATED = 1 << 20
STEP = 64
"""Octets that are decompressed at a time, so that the part before a damaged place is kept."""

ESCAPE = re.compile(rb"\\(?:u00([0-9a-f]{2})|x([0-9a-f]{2})|([0-3][0-7]{2})|(.))", re.IGNORECASE | re.DOTALL)
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
CHUNK = re.compile(rb"(?:^|\r?\n)[0-9a-f]{1,8}(?:;[^\r\n]*)?\r?\n", re.IGNORECASE)
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % MATCH_LENGTH)
HEXADECIMAL = re.compile(rb"[0-9a-f]{%d,}" % (2 * MATCH_LENGTH), re.IGNORECASE)
PAIRS = re.compile(rb"(?:(?:0x)?[0-9a-f]{2}[^0-9a-z]{1,4}){%d,}(?:0x)?[0-9a-f]{2}" % (MATCH_LENGTH - 1), re.IGNORECASE)
PAIR = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{2}")
DECIMAL = re.compile(rb"(?<!\d)\d{1,3}(?!\d)")
INVISIBLE = re.compile("[\\s\\0-\x1f\x7f-\xa0\xad\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
STREAM = re.compile(rb"\x1f\x8b\x08|x[\x01\x5e\x9c\xda]")


def new() -> str:
    """Return a random token without white space, with characters that the encodings have to escape."""
    parts = [secrets.token_urlsafe(9) for _ in range(4)]
    return f"{parts[0]}+/{parts[1]}\"&'{parts[2]}<\\%{parts[3]}=="


def contents(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory, also hidden ones, by relative path."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def leaks(secret: str, places: Mapping[str, bytes], *others: str, nesting: int = MAX_NESTING) -> list[str]:
    """Return each place whose name or content has a secret, or one of others, with its encoding there."""
    found = []
    for name, octets in places.items():
        written = name.encode(errors="surrogateescape")
        found += [f"{name}: {encoding}" for encoding in traces(secret, octets, *others, nesting=nesting)]
        found += [f"name of {name}: {encoding}" for encoding in traces(secret, written, *others, nesting=nesting)]
    return found


def traces(secret: str, octets: bytes, *others: str, nesting: int = MAX_NESTING) -> list[str]:
    """Return the encodings in which some octets have an ASCII secret or a part of it; the least nested ones.

    Everything that can be decoded is decoded repeatedly, instead of searching for each encoding of the secret. So the
    result does not depend on where an encoding begins.
    """
    parts = [part for one in (secret, *others) for part in _parts(one.lower().encode())]
    seen, views = {octets}, [("plain", octets)]
    for _ in range(nesting + 1):
        found = [encoding for encoding, view in views if _contains(view, parts)]
        if found:
            return found
        decoded = ((encoding, name, decode(view)) for encoding, view in views for name, decode in DECODERS.items())
        views = []
        for encoding, name, view in decoded:
            if len(view) >= MATCH_LENGTH and view not in seen:
                seen.add(view)
                views.append((name if encoding == "plain" else f"{name} in {encoding}", view))
    return []


def _parts(secret: bytes) -> list[bytes]:
    return [secret[start : start + MATCH_LENGTH] for start in range(max(1, len(secret) - MATCH_LENGTH + 1))]


def _contains(octets: bytes, parts: list[bytes]) -> bool:
    lowered = octets.lower()
    return any(part in lowered for part in parts)


def _unescaped(octets: bytes) -> bytes:
    """Resolve the escapes of JSON, Python and shells."""

    def character(match: re.Match[bytes]) -> bytes:
        if match[4]:
            return NAMED.get(match[4], match[4])
        return bytes([int(match[3], 8) if match[3] else int(match[1] or match[2], 16)])

    return ESCAPE.sub(character, octets)


def _without_references(octets: bytes) -> bytes:
    return html.unescape(octets.decode("latin-1")).encode("latin-1", errors="replace")


def _joined(octets: bytes) -> bytes:
    """Join the chunks of a body."""
    return CHUNK.sub(b"", octets)


def _from_base64(octets: bytes) -> bytes:
    """Decode everything that may be base64, from each of the four positions where a group may begin."""
    decoded = []
    for match in BASE64.finditer(octets):
        run = match[0].translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            group = run[start:]
            # One character does not encode an octet; two or three do, without their padding.
            group = group[:-1] if len(group) % 4 == 1 else group
            decoded.append(base64.b64decode(group + b"=" * (-len(group) % 4)))
    return b"\n".join(decoded)


def _from_hexadecimal(octets: bytes) -> bytes:
    decoded = []
    for match in HEXADECIMAL.finditer(octets):
        for start in range(2):
            digits = match[0][start:]
            decoded.append(bytes.fromhex(digits[: len(digits) // 2 * 2].decode()))
    return b"\n".join(decoded)


def _inflated(octets: bytes) -> bytes:
    """Decompress everything that begins like gzip or zlib."""
    return b"\n".join(_stream(octets[match.start() :]) for match in STREAM.finditer(octets))


def _stream(octets: bytes) -> bytes:
    decoder, found = zlib.decompressobj(zlib.MAX_WBITS | 32), b""
    for start in range(0, len(octets), STEP):
        try:
            found += decoder.decompress(octets[start : start + STEP], MAX_INFLATED)
        except zlib.error:
            break
        if decoder.eof or len(found) > MAX_INFLATED:
            break
    return found


def _latin(octets: bytes) -> bytes:
    """Undo encoding each octet as a character."""
    return octets.decode(errors="ignore").encode("latin-1", errors="ignore")


def _backwards(octets: bytes) -> bytes:
    return octets[::-1]


def _narrow(octets: bytes) -> bytes:
    """Remove the zero octets of UTF-16 and UTF-32."""
    return octets.replace(b"\0", b"")


def _compact(octets: bytes) -> bytes:
    """Remove blanks, control characters and characters without a glyph."""
    return INVISIBLE.sub("", octets.decode(errors="ignore")).encode()


def _from_separate_digits(octets: bytes) -> bytes:
    """Decode octets in hexadecimal, with anything but letters and digits between them."""
    return b"\n".join(bytes.fromhex(b"".join(PAIR.findall(row[0])).decode()) for row in PAIRS.finditer(octets))


def _from_decimal(octets: bytes) -> bytes:
    """Decode octets as decimal numbers."""
    return bytes(number for number in map(int, DECIMAL.findall(octets)) if number < 256)


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "percent-encoding": unquote_to_bytes,
    "escapes": _unescaped,
    "character references": _without_references,
    "chunks": _joined,
    "base64": _from_base64,
    "hexadecimal": _from_hexadecimal,
    "compression": _inflated,
    "octets as characters": _latin,
    "wide characters": _narrow,
    "reversal": _backwards,
    "blanks": _compact,
    "hexadecimal octets": _from_separate_digits,
    "decimal octets": _from_decimal,
}
