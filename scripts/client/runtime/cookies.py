"""A cookie jar that stays empty, since the service identifies its callers by their credentials."""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import Request

__all__ = ["NoCookies"]


class NoCookies(CookieJar):
    """A cookie jar that stores nothing, so that no call depends on the answer to another.

    It also saves time, since a usual jar parses the headers of each answer again.
    """

    def extract_cookies(self, response: HTTPResponse, request: Request) -> None:
        """Store no cookie."""
