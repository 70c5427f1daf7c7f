"""The mechanism of faults, and the place where each is defined."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec, module_from_spec
from pkgutil import walk_packages

import pytest

from conformance.mock import faults
from conformance.mock.answers import Answer
from conformance.mock.faults import FAULTS, UnknownFaultError, fault, step_fault
from conformance.mock.messages import AnswerLanguage
from conformance.mock.pipeline import Pipeline, RequestContext
from conformance.mock.settings import MockSettings
from conformance.selftest.support.mock_client import READY, running_mock

AREAS = {
    "AUTH": "authentication",
    "REQ": "request",
    "RES": "commit",
    "ERR": "service_errors",
    "LIFE": "life_cycle",
    "GATE": "gateway",
    "HTTP": "http",
    "MSG": "message",
    "CLIENT": "clients",
}
"""The module or package of each area, by the prefix of its requirements."""


def registered_by(module: str) -> set[str]:
    """Execute a module once more, and return the faults that it registers."""
    FAULTS.clear()
    spec = find_spec(module)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module_from_spec(spec))
    return set(FAULTS)


def modules() -> Iterator[tuple[str, str]]:
    """Return the name of each module of faults, and the name of its area or of what areas share."""
    package = faults.__name__
    for found in walk_packages(faults.__path__, f"{package}."):
        yield found.name, found.name.removeprefix(f"{package}.").partition(".")[0]


@pytest.mark.usefixtures("own_faults")
def test_each_fault_is_defined_in_the_area_of_its_first_requirement() -> None:
    expected = {name: AREAS[fault.breaks[0].partition("-")[0]] for name, fault in FAULTS.items()}

    assert {name: area for module, area in modules() for name in registered_by(module)} == expected


def test_a_fault_is_switched_on_and_off_while_the_mock_runs() -> None:
    with running_mock(MockSettings(faults=("error-code-11",))) as mock:
        assert mock.client.get("/_mock/faults").json()["faults"] == ["error-code-11"]
        mock.client.put("/_mock/faults", json={"faults": []})
        assert len(mock.commit("unknown").json()["error_code"]) == 12


def test_a_fault_in_errors_does_not_change_a_successful_commit() -> None:
    with running_mock(MockSettings(faults=("error-code-11",))) as mock:
        assert len(mock.commit("unknown").json()["error_code"]) == 11
        assert "job" in mock.commit(mock.make()).json()


def test_an_error_message_can_be_empty() -> None:
    with running_mock(MockSettings(faults=("error-msg-empty",))) as mock:
        assert mock.commit("unknown").json()["error_msg"] == ""


def test_authentication_can_be_omitted() -> None:
    with running_mock(MockSettings(faults=("no-authentication",))) as mock:
        assert mock.commit(mock.make(), X_Auth_Token="wrong").status_code == 200


def test_only_unknown_batches_can_be_committed_wrongly() -> None:
    with running_mock(MockSettings(faults=("commit-unknown",))) as mock:
        assert mock.commit("unknown").status_code == 200
        assert mock.commit(mock.make("ASYNC_JOB_VALIDATING")).status_code == 400


def test_only_batches_under_validation_can_be_committed_wrongly() -> None:
    with running_mock(MockSettings(faults=("commit-validating",))) as mock:
        assert mock.commit(mock.make("ASYNC_JOB_VALIDATING")).status_code == 200
        assert mock.commit(mock.make("ASYNC_JOB_VALIDATE_FAILED")).status_code == 400


def test_faults_combine() -> None:
    with running_mock(MockSettings(faults=("commit-unknown", "no-authentication", "job-missing"))) as mock:
        assert mock.commit("unknown", X_Auth_Token="wrong").json() == {}


def test_an_unknown_fault_is_refused_with_close_matches() -> None:
    with pytest.raises(UnknownFaultError, match=r"unknown fault 'error-code-14'; did you mean: .*error-code-11"):
        running_mock(MockSettings(faults=("error-code-14",))).__enter__()


def test_an_unknown_fault_without_close_matches_is_refused_with_all_names() -> None:
    with pytest.raises(UnknownFaultError, match=", ".join(sorted(FAULTS))):
        running_mock(MockSettings(faults=("#",))).__enter__()


@pytest.mark.usefixtures("own_faults")
def test_two_faults_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="job-missing"):
        step_fault("job-missing", breaks=("X-001",))(lambda pipeline: pipeline)


@pytest.mark.usefixtures("own_faults")
def test_a_rewriting_gets_the_facts_of_the_exchange() -> None:
    seen: list[RequestContext] = []

    @fault("observer", breaks=("X-001",))
    def observe(context: RequestContext, answer: Answer) -> Answer:
        """Change nothing except headers."""
        seen.append(context)
        return answer.with_header("X-Seen", str(len(seen))).with_header("X-Request-Id", None)

    with running_mock(MockSettings(faults=("observer",))) as mock:
        job = mock.make()
        mock.commit(job, X_Language="zh-cn")
        response = mock.commit(job, X_Auth_Token="wrong")
        mock.client.get("/unknown")
    assert observe.__name__ == "observe"
    assert (response.headers["X-Seen"], "X-Request-Id" in response.headers) == ("2", False)
    first, second, third = seen
    assert (first.operation_id, first.path_parameters["async_job_id"]) == ("CommitAsyncJob", job)
    assert (first.language, first.authenticated, first.earlier) == (AnswerLanguage.CHINESE, True, 0)
    assert first.status_before is not None
    assert first.status_before.value == READY
    assert (second.language, second.authenticated, second.earlier) == (AnswerLanguage.ENGLISH, False, 1)
    assert second.status_before is not None
    assert second.status_before.value == "COMMIT_SUCCESS"
    assert (third.operation_id, third.authenticated, third.status_before) == (None, False, None)


@pytest.mark.usefixtures("own_faults")
def test_a_fault_that_raises_is_an_internal_error(caplog: pytest.LogCaptureFixture) -> None:
    @step_fault("broken", breaks=("X-001",))
    def break_it(pipeline: Pipeline) -> Pipeline:
        """Raise in a step."""
        return replace(pipeline, choose_language=lambda _request: AnswerLanguage("no language"))

    with running_mock(MockSettings(faults=(break_it.__name__ and "broken",))) as mock:
        response = mock.commit(mock.make())
    assert (response.status_code, response.json()["error_code"]) == (500, "APIGW.0601")
    assert "no language" not in response.text
    assert "no language" in caplog.text


def test_an_answer_is_rewritten_without_changing_the_original() -> None:
    answer = Answer.of_json(200, {"a": 1})
    changed = answer.with_json({"b": 2}).with_header("content-type", "text/plain")
    assert answer.json() == {"a": 1}
    assert (json.loads(changed.body), changed.headers) == ({"b": 2}, (("content-type", "text/plain"),))
