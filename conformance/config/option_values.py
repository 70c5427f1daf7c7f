"""Parsers of option values; each error names the option and the remedy."""

from __future__ import annotations

import ipaddress
import os
import ssl
import tempfile
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from conformance.errors import ConfigurationError
from conformance.reports import files
from conformance.spec import untrusted_files
from conformance.spec.untrusted_files import LONGEST_INTEGER, brief

__all__ = [
    "ca_file",
    "directory",
    "header_text",
    "integer",
    "is_local",
    "positive_number",
    "proxy",
    "reason",
    "secret_file",
    "set_hypothesis_directory",
    "state_directory",
    "url",
]

Default = TypeVar("Default")

LARGEST_SECRET = 64 * 1024
"""Maximum size in bytes of a file with a token."""

EXAMPLE = "https://drs.cn-north-4.myhuaweicloud.com"


def is_local(url: str, proxy: str | None) -> bool:
    """Return whether requests to a URL stay on this machine.

    The URL must name `localhost`, 127.0.0.0/8 or [::1], and no proxy may be in use: a proxy may run on another machine,
    to which these names refer then.
    """
    if proxy is not None:
        return False
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url(flag: str, text: str | None, example: str = EXAMPLE) -> str | None:
    """Return a base URL without a trailing slash; raises `ConfigurationError`."""
    if text is None:
        return None
    if "@" in text:
        raise ConfigurationError(
            f"{flag}: contains credentials; give them with --token, --iam-user or --access-key instead"
        )
    _check_url(flag, text, example)
    parts = urlsplit(text)
    if parts.query or parts.fragment:
        raise ConfigurationError(f"{flag}: has a query or a fragment; give only the base URL")
    scheme, _, rest = text.partition(":")
    return f"{scheme.lower()}:{rest}".rstrip("/")


def proxy(text: str | None) -> str | None:
    """Return the URL of a proxy, which may contain credentials; raises `ConfigurationError`."""
    if text is not None:
        _check_url("--proxy", text, "http://proxy.example.com:3128")
    return text


def _check_url(flag: str, text: str, example: str) -> None:
    # If the text may contain a password, neither it nor the error that quotes it is shown.
    shown, remedy = "***" if "@" in text else repr(text), f"give one such as {example}"
    try:
        parts = urlsplit(text)
        _ = parts.port, httpx.URL(text)
    except (ValueError, httpx.InvalidURL) as error:
        why = "" if "@" in text else f" ({error})"
        raise ConfigurationError(f"{flag}: {shown} is not a URL{why}; {remedy}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in text):
        raise ConfigurationError(f"{flag}: {shown} is not an http(s) URL; {remedy}")


def header_text(flag: str, text: str) -> str:
    """Return a text if it can be the value of a header field; raises `ConfigurationError`."""
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            f"{flag}: is empty or contains a character that is not allowed in an HTTP header; copy it again"
        )
    return text


def secret_file(flag: str, path: Path) -> str:
    """Return the content of a file or pipe without surrounding white space; raises `ConfigurationError`."""
    return untrusted_files.read_text(path, f"{flag}: {path}", LARGEST_SECRET, regular=False).strip()


def ca_file(text: str | None) -> Path | None:
    """Return the path of a file of certificates, which is loaded to check it; raises `ConfigurationError`."""
    if text is None:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(text)
    except ssl.SSLError:
        raise ConfigurationError(
            f"--ca-file: {text} contains no certificate in PEM format; export it in that format"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"--ca-file: cannot read {text}: {reason(error)}") from None
    return Path(text)


def positive_number(flag: str, text: str | None, default: Default) -> float | Default:
    """Return a number from 0.001 to 1000000, or the default without a text; raises `ConfigurationError`.

    Beyond these limits, timers of the operating system overflow.
    """
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 1_000_000:
        raise ConfigurationError(f"{flag}: {text!r} is not a number from 0.001 to 1000000")
    return value


def integer(flag: str, text: str | None, default: Default, minimum: int) -> int | Default:
    """Return an integer of at least the minimum and 20 digits at most, or the default without a text.

    Raises:
        ConfigurationError: The text is not an integer of this range.
    """
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = minimum - 1
    # Reports with longer integers would not be read again.
    if not minimum <= value < 10**LONGEST_INTEGER:
        raise ConfigurationError(
            f"{flag}: {brief(text)} is not an integer of {minimum} or more with {LONGEST_INTEGER} digits at most"
        )
    return value


def directory(flag: str, path: Path) -> Path:
    """Create a directory for reports and check that files can be written there; raises `ConfigurationError`."""
    try:
        files.check_links(path)
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            # On a full disk, it may be possible to create a file but not to write to it.
            file.write(bytes(4096))
    except OSError as error:
        raise ConfigurationError(f"{flag}: cannot write to {path}: {reason(error)}; choose another directory") from None
    return path


def state_directory() -> Path:
    """Return the directory for data that must outlive a run (XDG Base Directory Specification).

    Raises:
        RuntimeError: The user has no home directory.
    """
    return _base_directory("XDG_STATE_HOME", "~/.local/state")


def set_hypothesis_directory() -> None:
    """Make Hypothesis keep its Unicode tables in the user's cache, and not in the current directory."""
    try:
        cache = _base_directory("XDG_CACHE_HOME", "~/.cache")
    except RuntimeError:
        cache = Path(tempfile.gettempdir()) / "drs-conform"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache / "hypothesis"))


def _base_directory(variable: str, default: str) -> Path:
    configured = Path(os.environ.get(variable, ""))
    return (configured if configured.is_absolute() else Path(default).expanduser()) / "drs-conform"


def reason(error: Exception) -> str:
    """Return the reason of an error with a file, in a few words."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)
