"""Oracles of GATE: the refusals of the API gateway in front of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.exchange.classification import Credentials, MediaType, Place, Project
from conformance.requirements.oracle_helpers import described, error_members, json_media_type, measured, string_in
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated
from conformance.spec.openapi import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

STATUSES = (401, 403, 404, 405, 413, 414, 415)
TOO_MANY = 429
OWN_STATUSES = (413, 414)
"""Statuses that the documentation gives to the gateway alone."""
SCHEMA = "/components/schemas/GatewayError/properties/error_code"


@oracle("GATE-001", throttled=True)
def code_and_message(exchange: Exchange) -> Judgement | None:
    """A refusal by the gateway is a JSON object with the strings error_code and error_msg."""
    return error_members(exchange) if _refused(exchange) else None


@oracle("GATE-002")
def code_length(exchange: Exchange) -> Judgement | None:
    """The error_code of a refusal by the gateway has 10 characters."""
    body = _body(exchange)
    if body is None:
        return None
    code, length = body["error_code"], load().at(SCHEMA)["maxLength"]
    if len(code) == length:
        return passed()
    return violated(f'"error_code" has exactly {length} characters', measured(code))


@oracle("GATE-003", throttled=True)
def request_id(exchange: Exchange) -> Judgement | None:
    """A refusal with one of the gateway's own codes (APIGW) has the string request_id."""
    body = _body(exchange)
    if body is None or not body["error_code"].startswith("APIGW."):
        return None
    if isinstance(body.get("request_id"), str):
        return passed()
    return violated(
        'a string "request_id"', described(body["request_id"]) if "request_id" in body else "no such member"
    )


@oracle("GATE-004", throttled=True)
def media_type(exchange: Exchange) -> Judgement | None:
    """The media type is application/json."""
    return json_media_type(exchange) if _refused(exchange) else None


@oracle("GATE-005")
def status_of_neighbours(exchange: Exchange) -> Judgement | None:
    """Records the status of a path that names a batch and is not the path of an operation."""
    situation = exchange.situation
    if situation.place is not Place.NEIGHBOUR or situation.credentials is not Credentials.VALID:
        return None
    return passed(f"answered with status {exchange.status}")


@oracle("GATE-006")
def one_request_id(exchange: Exchange) -> Judgement | None:
    """The request_id in the body is the same as the header X-Request-Id, if both are present."""
    body = _body(exchange)
    ids = exchange.response.values("X-Request-Id")
    if body is None or "request_id" not in body or not ids:
        return None
    if ids[0] == body["request_id"]:
        return passed()
    return violated(f'"request_id" is {ids[0]!r}', repr(body["request_id"]))


@sequence_oracle(
    "GATE-007", "refusals-on-one-connection", "refusals-over-again", "refused-calls-have-no-effect", "media-types"
)
def different_request_ids(exchanges: Sequence[Exchange]) -> Judgement | None:
    """No two of several calls have the same request_id, on separate connections and on one."""
    refusals = (each for each in exchanges if _refused(each) and not each.request.values("X-Request-Id"))
    texts = [text for refusal in refusals if (text := string_in(refusal, "request_id")) is not None]
    if len(texts) < 2:
        return None
    twice = next((text for text in texts if texts.count(text) > 1), None)
    return passed() if twice is None else violated("another request_id for each call", f"{twice!r} for several calls")


def _refused(exchange: Exchange) -> bool:
    """Return whether the answer is a refusal by the gateway, and not by the service."""
    situation = exchange.situation
    of_another_customer = situation.credentials is Credentials.FOREIGN and situation.project is Project.FOREIGN
    passed_on = situation.documented or (
        exchange.status not in OWN_STATUSES
        and situation.operation is not None
        and (situation.authorised or of_another_customer)
        and situation.media_type in (MediaType.DOCUMENTED, MediaType.EQUIVALENT)
    )
    refused = exchange.status == TOO_MANY or (exchange.status in STATUSES and not passed_on)
    return refused and exchange.request.method != "HEAD"


def _body(exchange: Exchange) -> dict[str, Any] | None:
    # The documentation does not say whether the service or the gateway answers another spelling of a path.
    if not _refused(exchange) or exchange.situation.place is Place.SPELLING:
        return None
    body: dict[str, Any] = exchange.response.json()
    return body
