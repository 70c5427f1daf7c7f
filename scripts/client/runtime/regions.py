"""The endpoints of the service and of IAM in each region that openapi.yaml names."""

from __future__ import annotations

from ipaddress import ip_address

import httpx
from drs_batch_client.runtime.checks import has_address
from drs_batch_client.spec import ENDPOINTS

__all__ = ["checked_url", "endpoint", "iam_endpoint", "is_loopback"]

_DRS, _IAM = "drs.", "iam."
_EXAMPLES = {
    "base_url": "https://drs.cn-north-4.myhuaweicloud.com",
    "iam_url": "https://iam.cn-north-4.myhuaweicloud.com",
}


def endpoint(region: str) -> str:
    """Return the base URL of the service in a region.

    Raises:
        TypeError: The region is not a str.
        ValueError: The region is unknown.
    """
    if not isinstance(region, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may not check types
        raise TypeError(f"region must be a str, not {type(region).__name__}")
    if region not in ENDPOINTS:
        from difflib import get_close_matches  # noqa: PLC0415 - takes long to import

        close = get_close_matches(region, ENDPOINTS, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "give base_url instead"
        raise ValueError(f"unknown region {region!r}; {hint}")
    return ENDPOINTS[region]


def iam_endpoint(base_url: str) -> str | None:
    """Return the base URL of IAM in the region of a service; None unless the service is at a known endpoint."""
    if base_url.rstrip("/") not in ENDPOINTS.values():
        return None
    host = httpx.URL(base_url).host
    return f"https://{_IAM}{host.removeprefix(_DRS)}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    name = host.rstrip(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def checked_url(name: str, text: object) -> str:
    """Return the base URL of a service, without a slash at the end.

    Args:
        name: The name of the URL in an error message.
        text: The URL, which may have a path.

    Raises:
        TypeError: The text is not a str.
        ValueError: The text is not a URL, or has more than a path.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"{name} is not a URL: {error}") from error
    if url.scheme not in ("https", "http") or url.userinfo or url.query or url.fragment or not has_address(url):
        raise ValueError(f"{name} must be like {_EXAMPLES[name]}, and may have a port and a path but nothing else")
    return str(url).rstrip("/")
