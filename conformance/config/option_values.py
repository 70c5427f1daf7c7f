"""The texts that options are given, read and checked; each error names the option and the remedy."""

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

__all__ = [
    "ca_file",
    "cache_directory",
    "directory",
    "header_text",
    "is_local",
    "number",
    "proxy",
    "reason",
    "secret_file",
    "state_directory",
    "url",
    "whole",
]

Default = TypeVar("Default")

EXAMPLE = "https://drs.cn-north-4.myhuaweicloud.com"


def is_local(url: str, proxy: str | None) -> bool:
    """Return whether requests to a URL stay on this machine.

    The URL must name `localhost`, 127.0.0.0/8 or [::1], and no proxy may be in use: to a proxy, which may be anywhere,
    these are names of the machine that it runs on.
    """
    if proxy is not None:
        return False
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url(flag: str, text: str | None, example: str = EXAMPLE) -> str | None:
    """Return a base URL without a slash at its end; raises `ConfigurationError`."""
    if text is None:
        return None
    if "@" in text:
        raise ConfigurationError(f"{flag}: must not hold credentials; there are options of their own for them")
    _check_url(flag, text, example)
    parts = urlsplit(text)
    if parts.query or parts.fragment:
        raise ConfigurationError(f"{flag}: must not hold a query or a fragment; give the base URL alone")
    return text.rstrip("/")


def proxy(text: str | None) -> str | None:
    """Return the URL of a proxy, which may hold credentials; raises `ConfigurationError`."""
    if text is not None:
        _check_url("--proxy", text, "http://proxy.example.com:3128")
    return text


def _check_url(flag: str, text: str, example: str) -> None:
    # Neither the text nor what is said of it, if it may hold a password.
    shown, remedy = "***" if "@" in text else repr(text), f"give one like {example}"
    try:
        parts = urlsplit(text)
        _ = parts.port, httpx.URL(text)
    except (ValueError, httpx.InvalidURL) as error:
        why = "" if "@" in text else f" ({error})"
        raise ConfigurationError(f"{flag}: {shown} is no URL{why}; {remedy}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in text):
        raise ConfigurationError(f"{flag}: {shown} is no http(s) URL; {remedy}")


def header_text(flag: str, text: str) -> str:
    """Return a text that goes into a header field as it is; raises `ConfigurationError`."""
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(f"{flag}: is empty or holds characters that no HTTP header may; copy it again")
    return text


def secret_file(flag: str, path: Path) -> str:
    """Return what a file holds, without blanks around it; raises `ConfigurationError`."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{flag}: cannot read {path}: {reason(error)}") from None


def ca_file(text: str | None) -> Path | None:
    """Return a file of certificates that can be trusted; raises `ConfigurationError`."""
    if text is None:
        return None
    try:
        ssl.create_default_context(cafile=text)
    except ssl.SSLError:
        raise ConfigurationError(f"--ca-file: {text} holds no certificates in PEM; export them as such") from None
    except OSError as error:
        raise ConfigurationError(f"--ca-file: cannot read {text}: {reason(error)}") from None
    return Path(text)


def number(flag: str, text: str | None, default: Default) -> float | Default:
    """Return a number above 0, or the default without a text; raises `ConfigurationError`."""
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ConfigurationError(f"{flag}: {text!r} is no number above 0")
    return value


def whole(flag: str, text: str | None, default: Default, least: int) -> int | Default:
    """Return a whole number from the least on, or the default without a text; raises `ConfigurationError`."""
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise ConfigurationError(f"{flag}: {text!r} is no whole number from {least}")
    return value


def directory(flag: str, path: Path) -> Path:
    """Create the directory and prove that files can be written there, before minutes are spent on a run."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            # A disk may be so full that a file can be made and nothing be written to it.
            file.write(bytes(4096))
    except OSError as error:
        raise ConfigurationError(f"{flag}: cannot write to {path}: {reason(error)}; choose another") from None
    return path


def state_directory() -> Path:
    """Return where programs keep what must outlive a run and is no document (XDG Base Directory Specification).

    Raises:
        RuntimeError: The user has no home.
    """
    return _base_directory("XDG_STATE_HOME", "~/.local/state")


def cache_directory() -> Path:
    """Return where programs keep what they can make again, and had better not."""
    try:
        return _base_directory("XDG_CACHE_HOME", "~/.cache")
    except RuntimeError:
        return Path(tempfile.gettempdir()) / "drs-conform"


def _base_directory(variable: str, default: str) -> Path:
    configured = Path(os.environ.get(variable, ""))
    return (configured if configured.is_absolute() else Path(default).expanduser()) / "drs-conform"


def reason(error: Exception) -> str:
    """Say what went wrong with a file."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)
