"""Finds a secret in whatever a run leaves behind, in any form and cut into pieces."""

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

__all__ = ["RUN", "contents", "leaks", "new", "traces"]

RUN = 12
"""Consecutive characters of a secret that count as the secret."""

DEPTH = 3
"""Forms that may lie one upon the other, such as JSON escapes in base64 in gzip."""

INFLATED_AT_MOST = 1 << 20
STEP = 64
"""Octets that are inflated at a time: what comes before a damaged place is seen."""

ESCAPE = re.compile(rb"\\(?:u00([0-9a-f]{2})|x([0-9a-f]{2})|(.))", re.IGNORECASE | re.DOTALL)
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
CHUNK = re.compile(rb"(?:^|\r?\n)[0-9a-f]{1,8}(?:;[^\r\n]*)?\r?\n", re.IGNORECASE)
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % RUN)
HEXADECIMAL = re.compile(rb"[0-9a-f]{%d,}" % (2 * RUN), re.IGNORECASE)
STREAM = re.compile(rb"\x1f\x8b\x08|x[\x01\x5e\x9c\xda]")


def new() -> str:
    """Return a random token that holds whatever some form has to escape; none of its characters is a blank."""
    parts = [secrets.token_urlsafe(9) for _ in range(4)]
    return f"{parts[0]}+/{parts[1]}\"&'{parts[2]}<\\%{parts[3]}=="


def contents(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory by their paths there, hidden ones as well."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def leaks(secret: str, places: Mapping[str, bytes]) -> list[str]:
    """Say in which places, by their names or by what they hold, a secret stands, and in which form."""
    found = []
    for name, octets in places.items():
        found += [f"{name}: {form}" for form in traces(secret, octets)]
        found += [f"name of {name}: {form}" for form in traces(secret, name.encode(errors="surrogateescape"))]
    return found


def traces(secret: str, octets: bytes) -> list[str]:
    """Say in which forms a secret of ASCII stands in some octets, the whole or a run of its characters.

    Everything that can be decoded is decoded, over and over again, rather than each form of the secret looked for: so
    nothing depends on where an encoding began. Of forms that lie upon one another, the simplest are named.
    """
    octet_runs = _runs(secret.lower().encode())
    seen, views = {octets}, [("plain", octets)]
    for _ in range(DEPTH + 1):
        found = [form for form, view in views if _holds(view, octet_runs)]
        if found:
            return found
        decoded = ((form, name, decode(view)) for form, view in views for name, decode in DECODERS.items())
        views = []
        for form, name, view in decoded:
            if len(view) >= RUN and view not in seen:
                seen.add(view)
                views.append((name if form == "plain" else f"{name} in {form}", view))
    return []


def _runs(secret: bytes) -> list[bytes]:
    return [secret[start : start + RUN] for start in range(max(1, len(secret) - RUN + 1))]


def _holds(octets: bytes, runs: list[bytes]) -> bool:
    lowered = octets.lower()
    return any(run in lowered for run in runs)


def _unescaped(octets: bytes) -> bytes:
    """Resolve the escapes of JSON, Python and shells."""

    def character(match: re.Match[bytes]) -> bytes:
        digits = match[1] or match[2]
        return bytes([int(digits, 16)]) if digits else NAMED.get(match[3], match[3])

    return ESCAPE.sub(character, octets)


def _without_references(octets: bytes) -> bytes:
    return html.unescape(octets.decode("latin-1")).encode("latin-1", errors="replace")


def _joined(octets: bytes) -> bytes:
    """Put the chunks of a body together."""
    return CHUNK.sub(b"", octets)


def _from_base64(octets: bytes) -> bytes:
    """Decode whatever may be base64, from each of the four places where a group may begin."""
    decoded = []
    for match in BASE64.finditer(octets):
        run = match[0].translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            group = run[start:]
            # One character alone is no octet; the octets of two or three are there without their padding.
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
    """Inflate whatever begins like gzip or zlib."""
    return b"\n".join(_stream(octets[match.start() :]) for match in STREAM.finditer(octets))


def _stream(octets: bytes) -> bytes:
    decoder, found = zlib.decompressobj(zlib.MAX_WBITS | 32), b""
    for start in range(0, len(octets), STEP):
        try:
            found += decoder.decompress(octets[start : start + STEP], INFLATED_AT_MOST)
        except zlib.error:
            break
        if decoder.eof or len(found) > INFLATED_AT_MOST:
            break
    return found


def _latin(octets: bytes) -> bytes:
    """Undo the writing of octets as if each were a character."""
    return octets.decode(errors="ignore").encode("latin-1", errors="ignore")


def _backwards(octets: bytes) -> bytes:
    return octets[::-1]


def _narrow(octets: bytes) -> bytes:
    """Leave out what UTF-16 and UTF-32 fill up with."""
    return octets.replace(b"\0", b"")


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
}
