"""No cookies: the service knows its callers by their credentials."""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import Request

__all__ = ["NoCookies"]


class NoCookies(CookieJar):
    """Keeps no cookie, so that no call depends on what another one was answered.

    It also saves time: a jar has the headers of each answer parsed again.
    """

    def extract_cookies(self, response: HTTPResponse, request: Request) -> None:
        """Take none."""
