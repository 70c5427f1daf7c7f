"""Tests that our templates are derived from the installed version of openapi-python-client."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files

import pytest

from scripts.client import package

# Hashes of the upstream templates that ours are derived from.
UPSTREAM_TEMPLATES = {
    "client.py.jinja": "4eac65762f21014a7fbf59e730f1be6d28c9c85ddc1c40b458b6ff5f67a64c9e",
    "int_enum.py.jinja": "cf8776855b1d826971501d5f6d5b38c3cb496aad9276684b8ece268db67918bc",
    "package_init.py.jinja": "ac15907e32dc39bd9b83ea6f2002fb87514f2182b97f88231b5a9c47321f6210",
    "pyproject_uv.toml.jinja": "fe450930297be4dc1e30cff73fbc734264a047dab984cb256edafc5aa1dc3033",
    "str_enum.py.jinja": "e4979a5e6b338351eda8bdac534017cfbeb51a809b494fd3c632db39414817fc",
}


TEMPLATES = [template.replace("pyproject_uv", "pyproject") for template in UPSTREAM_TEMPLATES]


@pytest.mark.parametrize("template", UPSTREAM_TEMPLATES)
def test_the_upstream_templates_are_unchanged(template: str) -> None:
    content = (files("openapi_python_client") / "templates" / template).read_bytes()
    assert hashlib.sha256(content).hexdigest() == UPSTREAM_TEMPLATES[template], (
        f"openapi-python-client changed {template}: apply the change to the copy in scripts/client/templates, "
        "keep the difference stated in the first line of the copy, run make generate, and update the hash here"
    )


@pytest.mark.parametrize("template", TEMPLATES)
def test_our_templates_state_the_difference_and_the_upstream_version(template: str) -> None:
    content = (package.CLIENT / "templates" / template).read_text(encoding="utf-8")
    assert content.startswith(f"{{# Differs from openapi-python-client {version('openapi-python-client')}: ")
