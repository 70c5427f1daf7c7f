"""Tests that our templates are derived from the installed version of openapi-python-client."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files

import pytest

from scripts.client import package

# Hashes of the upstream templates that ours are derived from.
UPSTREAM_TEMPLATES = {
    "client.py.jinja": "491536bdfed19b97cfe4802867b706ce28686495c10eb24da0d7722a30400408",
    "package_init.py.jinja": "10c394e2aedc79aa0a248b552aee76beb4530fe07386b3418c1f156473792e06",
    "pyproject_uv.toml.jinja": "6485831bb721366e111153f76b68c3f1a31365ba1c2e4630e15d612b36445e74",
}


@pytest.mark.parametrize("template", UPSTREAM_TEMPLATES)
def test_the_upstream_templates_are_unchanged(template: str) -> None:
    content = (files("openapi_python_client") / "templates" / template).read_bytes()
    assert hashlib.sha256(content).hexdigest() == UPSTREAM_TEMPLATES[template], (
        f"openapi-python-client changed {template}: apply the change to the copy in scripts/client/templates, "
        "keep the difference stated in the first line of the copy, run make generate, and update the hash here"
    )


@pytest.mark.parametrize("template", ["client.py.jinja", "package_init.py.jinja", "pyproject.toml.jinja"])
def test_our_templates_state_the_difference_and_the_upstream_version(template: str) -> None:
    content = (package.CLIENT / "templates" / template).read_text(encoding="utf-8")
    assert content.startswith(f"{{# Differs from openapi-python-client {version('openapi-python-client')}: ")
