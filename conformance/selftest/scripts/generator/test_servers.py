"""Tests of the endpoints that the client knows, by the servers of the document."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.client.specification import Spec

REGION = {"default": "a", "enum": ["b", "a"]}
DOMAIN = {"default": "x.example"}
BOTH = {"a": "https://drs.a.x.example", "b": "https://drs.b.x.example"}

SERVERS: dict[str, tuple[str, dict[str, Any], dict[str, str], str]] = {
    "region": ("https://drs.{region}.x.example", {"region": REGION}, BOTH, "https://drs.{region}.x.example"),
    "another": (
        "https://drs.{region}.{domain}",
        {"region": REGION, "domain": DOMAIN},
        BOTH,
        "https://drs.{region}.x.example",
    ),
    "number": (
        "https://drs.{region}.x.example:{port}",
        {"region": REGION, "port": {"default": 8443}},
        {region: f"{url}:8443" for region, url in BOTH.items()},
        "https://drs.{region}.x.example:8443",
    ),
    "without enum": (
        "https://drs.{region}.x.example",
        {"region": {"default": "a"}},
        {"a": BOTH["a"]},
        "https://drs.{region}.x.example",
    ),
    "no region": ("https://drs.a.{domain}", {"domain": DOMAIN}, {"a": BOTH["a"]}, BOTH["a"]),
    "none": ("https://drs.a.x.example", {}, {"a": BOTH["a"]}, BOTH["a"]),
    "a private cloud": ("https://drs/{base}", {"base": {"default": "v5"}}, {}, "https://drs/v5"),
}


@pytest.mark.parametrize("case", SERVERS)
def test_variables_other_than_the_region_have_their_default(case: str) -> None:
    url, variables, endpoints, shown = SERVERS[case]
    spec = Spec(b"", {"servers": [{"url": url, "variables": variables}]}, "")
    assert spec.endpoints == endpoints
    assert spec.servers == [(shown, "")]
