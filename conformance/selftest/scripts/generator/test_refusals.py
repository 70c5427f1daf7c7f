"""Tests that unusable documents are refused and that the existing client is kept."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support.checkouts import ROOT, change_spec, read_tree, run_generate
from scripts.client import specification

if TYPE_CHECKING:
    from pathlib import Path


def test_a_document_that_the_generator_cannot_express_fails_and_keeps_the_client(checkout: Path) -> None:
    change_spec(checkout, "components", "parameters", "Language", schema={"type": "object"})
    before = read_tree(checkout)

    run = run_generate(checkout)

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(
        "generate: openapi-python-client cannot express openapi.yaml: "
        "POST /v5/{project_id}/batch-async-jobs/{async_job_id}/commit: "
    )
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr
    assert read_tree(checkout) == before
    assert not list(checkout.glob(".generated-*"))


def test_a_missing_spec_is_wrong_usage_and_keeps_the_client(checkout: Path) -> None:
    (checkout / "openapi.yaml").unlink()
    before = read_tree(checkout)
    for options in ([], ["--check"]):
        run = run_generate(checkout, *options)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == (
            "generate: openapi.yaml cannot be read: No such file or directory; restore it from version control\n"
        )
    assert read_tree(checkout) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("a: [", "not YAML: while parsing a flow node", id="broken YAML"),
        pytest.param("\x00", "not YAML", id="binary"),
        pytest.param("- 1", "not a valid OpenAPI document", id="a list"),
        pytest.param("openapi: 3.0.3", "not a valid OpenAPI document: at $:", id="no info"),
        pytest.param("swagger: '9'", "'openapi' is not a known version", id="unknown version"),
    ],
)
def test_an_unusable_spec_is_refused_in_one_line(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "openapi.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(specification.SpecError, match=r"openapi\.yaml") as refusal:
        specification.read_spec(tmp_path / "openapi.yaml")
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "scheme",
    [
        pytest.param({"type": "http", "scheme": "bearer"}, id="bearer"),
        pytest.param({"type": "apiKey", "in": "query", "name": "token"}, id="query"),
        pytest.param({"type": "apiKey", "in": "header", "name": 'X"\nToken'}, id="invalid field name"),
    ],
)
def test_a_token_outside_of_a_header_is_refused(tmp_path: Path, scheme: dict[str, str]) -> None:
    shutil.copyfile(ROOT / "openapi.yaml", tmp_path / "openapi.yaml")
    change_spec(tmp_path, "components", "securitySchemes", AuthToken=scheme)
    with pytest.raises(specification.SpecError, match="exactly one security scheme, of type apiKey, in a header"):
        specification.read_spec(tmp_path / "openapi.yaml")


def test_two_security_schemes_are_refused(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "openapi.yaml", tmp_path / "openapi.yaml")
    change_spec(tmp_path, "components", "securitySchemes", Other={"type": "apiKey", "in": "header", "name": "X-Other"})
    with pytest.raises(specification.SpecError, match="exactly one security scheme"):
        specification.read_spec(tmp_path / "openapi.yaml")
