"""Tests that the declared effect of the called operation decides whether a request may be sent."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.cli import main
from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.errors import SafetyError
from conformance.exchange.classification import Classifier
from conformance.exchange.exchange import Request
from conformance.findings.fill import instantiate, is_safe_to_send
from conformance.mock.settings import PROJECT_ID, TOKEN
from conformance.reports.model import Step
from conformance.selftest.support.hostile.listening import Peer, answer, listening
from conformance.selftest.support.hostile.relay import correct, relay_request
from conformance.spec import catalogue, openapi
from conformance.target.connection import connect_dry_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.target.session import Session

BATCHES = "/v5/{project_id}/batch-async-jobs"
CREATE_TARGETS = [
    f"/v5/{PROJECT_ID}/batch-async-jobs",
    f"/v5/{PROJECT_ID}/batch-async-jobs/",
    f"/v5/{PROJECT_ID}//batch-async-jobs",
    f"/v5/{PROJECT_ID}/BATCH-async-jobs",
    f"/v5/{PROJECT_ID}/%62atch-async-jobs",
    f"/v5/{PROJECT_ID}/batch-async-jobs?x=1",
    "/v5/another/batch-async-jobs",
]


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The document that the program reads, with a list and a create operation added; `use` writes it."""
    found: dict[str, Any] = copy.deepcopy(openapi.load().document)
    [(_, commit)] = [(path, item) for path, item in found["paths"].items() if path.endswith("/commit")]
    read, created = copy.deepcopy(commit["post"]), copy.deepcopy(commit["post"])
    for operation, name, effect in ((read, "ListAsyncJobs", "none"), (created, "CreateAsyncJobs", "creates")):
        operation |= {"operationId": name, "x-effect": effect}
        operation["parameters"] = [p for p in operation["parameters"] if not p["$ref"].endswith("AsyncJobId")]
    created["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "properties": {"jobs": {"type": "array", "items": {}}}}}
        },
    }
    found["paths"][BATCHES] = {"get": read, "post": created}

    def use() -> None:
        (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(found, allow_unicode=True), encoding="utf-8")
        openapi.load.cache_clear()

    monkeypatch.setattr(openapi.load.__wrapped__, "__defaults__", (tmp_path / "openapi.yaml",))
    use()
    yield {"operations": found["paths"][BATCHES], "use": use}
    openapi.load.cache_clear()


@pytest.fixture
def safe(document: dict[str, Any]) -> Iterator[Session]:
    assert document
    with Run(Settings(profile="safe"), catalogue.load(), connect=connect_dry_run) as run:
        yield run.session


def test_a_safe_run_lists_and_never_creates(document: dict[str, Any], tmp_path: Path) -> None:
    assert document
    received: Counter[tuple[str, bool]] = Counter()

    def handle(peer: Peer) -> None:
        request = peer.request()
        if not request:
            return
        method, target, _ = request.decode("latin-1").split(" ", 2)
        path = target.partition("?")[0].rstrip("/")
        received[method, path.endswith("/batch-async-jobs")] += 1
        if path.endswith("/batch-async-jobs"):
            peer.send(answer(200, b'{"jobs": []}'))
        else:
            relay_request(peer, port, request)

    with correct(TOKEN) as port, listening(handle) as server:
        arguments = ["--target", server.url, "--project-id", PROJECT_ID, "--token", TOKEN, "--profile", "safe"]
        code = main.run([*arguments, "--report-dir", str(tmp_path / "reports")])

    assert code in (0, 1)  # no requirement is about the answer of a list
    assert received["POST", False] > 100
    assert received["GET", True] > 0
    assert {method for method, listed in received if listed} <= {"GET", "HEAD", "OPTIONS", "TRACE"}


@pytest.mark.parametrize("target", CREATE_TARGETS)
def test_the_profile_safe_sends_no_create_request(target: str, safe: Session) -> None:
    request = Request("POST", target, (), b"{}")

    assert not safe.permits(request)
    with pytest.raises(SafetyError, match="POST"):
        safe.send(request)
    assert safe.permits(Request("GET", target, ()))
    assert not safe.permits(Request("PUT", target, ()))


def test_a_create_request_of_a_finding_file_is_not_safe_to_send(document: dict[str, Any]) -> None:
    assert document
    elsewhere = Settings(target="https://drs.example.invalid", project_given=True, profile="safe")
    for profile in ("safe", "full"):
        with Run(Settings(**{**vars(elsewhere), "profile": profile}), catalogue.load(), connect=connect_dry_run) as run:
            step = Step("POST", "/v5/{project}/batch-async-jobs", (), b"{}", "", None)
            read = Step("GET", "/v5/{project}/batch-async-jobs", (), b"", "", None)

            assert not is_safe_to_send(instantiate(step, run.session), run.session)
            assert is_safe_to_send(instantiate(read, run.session), run.session)


@pytest.mark.parametrize("profile", ["safe", "full"])
@pytest.mark.parametrize("effect", [None, "", "perhaps", True, ["none"]])
def test_an_operation_with_a_missing_or_unknown_effect_is_never_called(
    effect: object, profile: str, document: dict[str, Any]
) -> None:
    for operation in document["operations"].values():
        operation.pop("x-effect")
        if effect is not None:
            operation["x-effect"] = effect
    document["use"]()
    with Run(Settings(profile=profile), catalogue.load(), connect=connect_dry_run) as run:  # type: ignore[arg-type]
        for method in ("GET", "POST"):
            for target in CREATE_TARGETS:
                assert not run.session.permits(Request(method, target, ()))
                with pytest.raises(SafetyError, match="effect"):
                    run.session.send(Request(method, target, ()))
        assert run.session.permits(run.session.commit(run.session.batches.unknown()))


EXISTING = "b7e40f72-09d5-4f86-ab2c-462ed69c822f"
UNKNOWN = "5b0e7c1a-1f0e-4c55-9a51-3f2b1c0d4e5f"
BILLS = {"post": {"operationId": "Commit", "x-effect": "bills"}}


def _operation(method: str, effect: str) -> dict[str, Any]:
    return {method: {"operationId": f"{method} {effect}", "x-effect": effect}}


CARELESS: dict[str, tuple[dict[str, Any], Request]] = {
    "a catch-all that hides a commit": (
        {"/v5/{p}/{action}": _operation("post", "none"), "/v5/{p}/b/{async_job_id}/commit": BILLS},
        Request("POST", f"/v5/p/b%2F{EXISTING}%2Fcommit", ()),
    ),
    "an ID that climbs to another": (
        {"/b/{async_job_id}/commit": BILLS},
        Request("POST", f"/b/{UNKNOWN}%2f..%2f{EXISTING}/commit", ()),
    ),
    "a batch that the call creates": (
        {"/b/{async_job_id}": _operation("put", "creates")},
        Request("PUT", f"/b/{UNKNOWN}", ()),
    ),
    "a template with a slash at its end": (
        {"/j": _operation("post", "none"), "/j/": _operation("post", "creates")},
        Request("POST", "/j", ()),
    ),
    "a parameter with a hyphen": ({"/j/{job-id}": _operation("get", "creates")}, Request("GET", "/j/1", ())),
    "a parameter that is there twice": ({"/j/{a}/{a}": _operation("post", "creates")}, Request("POST", "/j/1/2", ())),
    **{
        f"a method or path in {name}": ({"/j": _operation("get", "none")}, Request("GET", "/j", ((name, "POST"),)))
        for name in (
            "X-HTTP-Method-Override",
            "x-http-method",
            "X-Method-Override",
            "X-Original-Method",
            "X-Original-URL",
            "X-Rewrite-URL",
        )
    },
    "a method in the query": ({"/j": _operation("get", "none")}, Request("GET", "/j?_method=POST", ())),
    **{
        f"another spelling: {name}": (
            {"/l/{name}": _operation("post", "none"), "/l/all": _operation("post", "creates")},
            Request("POST", f"/l/{name}", ()),
        )
        for name in (
            "ALL",
            "all%20",
            "all%3Bx",
            "all%3F",
            "all.",
            "all.json",
            "x%2F..%2Fall",
            "..%5Cl%5Call",
            "%2561ll",
        )
    },
}


@pytest.mark.parametrize("case", CARELESS)
def test_a_request_is_harmful_if_a_careless_server_may_take_it_for_another_call(case: str) -> None:
    paths, request = CARELESS[case]
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1.0.0"}, "paths": paths}
    classifier = Classifier(
        openapi.Specification(yaml.safe_dump(document).encode()), token="t0ken", project_id="p", foreign=None
    )

    assert not classifier.classify(request, {}).harmless


def test_the_operations_of_a_path_item_elsewhere_are_found() -> None:
    item = {"get": {"operationId": "A", "x-effect": "creates"}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1.0.0"},
        "paths": {"/a": {"$ref": "#/x-items/a"}},
        "x-items": {"a": item},
    }

    [operation] = openapi.Specification(yaml.safe_dump(document).encode()).operations

    assert (operation.method, operation.template, operation.effect) == ("GET", "/a", openapi.Effect.CREATES)


def test_a_protected_batch_is_found_in_any_reading(safe: Session) -> None:
    safe._protected_batches = frozenset([EXISTING])  # noqa: SLF001 - no option of a dry run names a batch
    target = f"/v5/{PROJECT_ID}/batch-async-jobs/{UNKNOWN}%2f..%2f{EXISTING}/commit"

    reason = safe.unsafe_reason(Request("POST", target, ()), safe.classify(Request("POST", target, ())))

    assert reason == f"names the batch {EXISTING}"


def test_a_drawn_query_or_body_of_a_billed_operation_is_not_permitted(safe: Session) -> None:
    commit = safe.commit(safe.batches.unknown())

    assert safe.permits(commit)
    assert not safe.permits(replace(commit, body=b"{}"))
    assert not safe.permits(replace(commit, target=f"{commit.target}?x=1"))
