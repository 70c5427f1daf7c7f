"""Where the service and its IAM are in each region that openapi.yaml names."""

from __future__ import annotations

from difflib import get_close_matches

import httpx
from drs_batch_client.spec import ENDPOINTS

__all__ = ["checked_url", "endpoint", "iam_endpoint"]

_DRS, _IAM = "drs.", "iam."
_EXAMPLES = {
    "base_url": "https://drs.cn-north-4.myhuaweicloud.com",
    "iam_url": "https://iam.cn-north-4.myhuaweicloud.com",
}


def endpoint(region: str) -> str:
    """Return the base URL of the service in a region.

    Raises:
        ValueError: No such region is known.
    """
    if region not in ENDPOINTS:
        close = get_close_matches(region, ENDPOINTS, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "give base_url for a region that is not known here"
        raise ValueError(f"no region is known as {region!r}; {hint}")
    return ENDPOINTS[region]


def iam_endpoint(base_url: str) -> str | None:
    """Return the base URL of the IAM beside a service; None if the service is at no known endpoint."""
    if base_url.rstrip("/") not in ENDPOINTS.values():
        return None
    host = httpx.URL(base_url).host
    return f"https://{_IAM}{host.removeprefix(_DRS)}"


def checked_url(name: str, text: str) -> str:
    """Return where a service is, without a slash at the end.

    Args:
        name: What the URL is called in the message of an error.
        text: The URL, with a path or without.

    Raises:
        ValueError: It is no URL, or has more to it.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"{name} is no URL: {error}") from error
    if url.scheme not in ("https", "http") or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError(f"{name} must be like {_EXAMPLES[name]}, with a path at most")
    return str(url).rstrip("/")
