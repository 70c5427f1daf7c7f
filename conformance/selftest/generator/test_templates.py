"""The templates that replace some of openapi-python-client's are of the version in use."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files

import pytest

from scripts.client import package

# The templates of openapi-python-client that ours were made from.
UPSTREAM_TEMPLATES = {
    "client.py.jinja": "491536bdfed19b97cfe4802867b706ce28686495c10eb24da0d7722a30400408",
    "package_init.py.jinja": "10c394e2aedc79aa0a248b552aee76beb4530fe07386b3418c1f156473792e06",
    "pyproject_uv.toml.jinja": "6485831bb721366e111153f76b68c3f1a31365ba1c2e4630e15d612b36445e74",
}


@pytest.mark.parametrize("template", UPSTREAM_TEMPLATES)
def test_the_templates_that_ours_replace_are_the_ones_they_were_made_from(template: str) -> None:
    content = (files("openapi_python_client") / "templates" / template).read_bytes()
    assert hashlib.sha256(content).hexdigest() == UPSTREAM_TEMPLATES[template], (
        f"openapi-python-client changed its {template}: carry the change over to the copy in scripts/client/templates, "
        "keep the difference that the first line of the copy states, run make generate, and put the new hash here"
    )


@pytest.mark.parametrize("template", ["client.py.jinja", "package_init.py.jinja", "pyproject.toml.jinja"])
def test_the_templates_that_replace_others_say_what_differs_and_from_which_version(template: str) -> None:
    content = (package.CLIENT / "templates" / template).read_text(encoding="utf-8")
    assert content.startswith(f"{{# Differs from openapi-python-client {version('openapi-python-client')}: ")
