"""Variants in the statuses, codes and messages of errors."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.authentication import CHALLENGE
from conformance.mock.batches import BatchStatus
from conformance.mock.variants.registry import step_variant, variant

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.authentication import Identity
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

_OLDER_CODES = {401: "DRS.M00103", 403: "DRS.M00261"}
_OTHER_CODES = {"DRS.10000001": "DBS-2.000.17", "DRS.10000009": '\U0001f4be {}"\\/\n\t\N{CJK UNIFIED IDEOGRAPH-6279} x'}
_DATABASE_MESSAGE = (
    "DRS.10010047: Service error (code 0x7f, line 3). The check of the task from MySQL 5.7 to GaussDB found "
    "an SQL_MODE that is null; see https://support.huaweicloud.com/intl/en-us/api-drs/drs_05_0004.html#error. "
    "program exception: no file or table was selected from host 10.0.0.5."
)


def _message(answer: Answer, message: str) -> Answer:
    return answer.with_json({**answer.json(), "error_msg": message}) if answer.status == 400 else answer


@variant("longest-messages")
def _longest_messages(_context: RequestContext, answer: Answer) -> Answer:
    """Send the service's error_msg with 512 characters, each of two units in UTF-16 and four in UTF-8."""
    return _message(answer, "\U0001f4be" * 512)


@variant("shortest-messages")
def _shortest_messages(_context: RequestContext, answer: Answer) -> Answer:
    """Send a single blank as the service's error_msg."""
    return _message(answer, " ")


@variant("database-messages")
def _database_messages(_context: RequestContext, answer: Answer) -> Answer:
    """Send the service's error_msg with words on databases and errors, as a migration service may."""
    return _message(answer, _DATABASE_MESSAGE)


@variant("source-errors")
def _source_errors(context: RequestContext, answer: Answer) -> Answer:
    """Send the error of the source database as error_msg if validation of the batch failed."""
    failed = context.status_before is BatchStatus.VALIDATE_FAILED
    return _message(answer, "Source database: ORA-12541: TNS: no listener. Check its port.") if failed else answer


@variant("messages-of-the-moment")
def _messages_of_the_moment(context: RequestContext, answer: Answer) -> Answer:
    """Add the ID of the request to each error_msg, so that no two are the same."""
    if answer.status < 400:
        return answer
    document = answer.json()
    return answer.with_json({**document, "error_msg": f"{document['error_msg'][:400]} ({context.request.id})"})


@variant("other-codes")
def _other_codes(_context: RequestContext, answer: Answer) -> Answer:
    """Send service codes with 12 characters of any kind: another prefix, blanks, quotes, Chinese."""
    if answer.status != 400:
        return answer
    document = answer.json()
    return answer.with_json({**document, "error_code": _OTHER_CODES.get(document["error_code"], "0" * 12)})


def _codes_in_turn(pipeline: Pipeline, every: int) -> Pipeline:
    numbers = itertools.count(1)

    def rewrite(_context: RequestContext, answer: Answer) -> Answer:
        if answer.status != 400 or next(numbers) % every:
            return answer
        document = answer.json()
        code = f"DRS.2{document['error_code'][5:]}"
        return answer.with_json({"error_msg": document["error_msg"], "error_code": code})

    return pipeline.rewritten(rewrite)


@step_variant("codes-of-two-releases")
def _codes_of_two_releases(pipeline: Pipeline) -> Pipeline:
    """Give every second refusal of the service another code and order of members, as during a rolling update."""
    return _codes_in_turn(pipeline, 2)


@step_variant("codes-of-one-node")
def _codes_of_one_node(pipeline: Pipeline) -> Pipeline:
    """Give every third refusal of the service another code and order of members, as one node of three may."""
    return _codes_in_turn(pipeline, 3)


@variant("one-code")
def _one_code(_context: RequestContext, answer: Answer) -> Answer:
    """Send all service errors with the code and the message of the published example."""
    return answer.with_json({"error_code": "DRS.10000001", "error_msg": "Failed."}) if answer.status == 400 else answer


@variant("older-codes")
def _older_codes(_context: RequestContext, answer: Answer) -> Answer:
    """Refuse a token or a project with the older codes of DRS, without a request_id."""
    if answer.status not in _OLDER_CODES:
        return answer
    message = answer.json()["error_msg"]
    return answer.with_json({"error_code": _OLDER_CODES[answer.status], "error_msg": message})


@variant("method-404")
def _method_404(_context: RequestContext, answer: Answer) -> Answer:
    """Answer another method with 404, as the gateway's list of codes has it."""
    return replace(answer, status=404).with_header("Allow", None) if answer.status == 405 else answer


@variant("token-403")
def _token_403(_context: RequestContext, answer: Answer) -> Answer:
    """Answer a missing or wrong token with 403, as in the older table."""
    return replace(answer, status=403) if answer.status == 401 else answer


@variant("foreign-401")
def _foreign_401(_context: RequestContext, answer: Answer) -> Answer:
    """Answer a forbidden project with 401."""
    if answer.status != 403:
        return answer
    return replace(answer, status=401, headers=(*answer.headers, *CHALLENGE.items()))


@variant("media-type-400")
def _media_type_400(_context: RequestContext, answer: Answer) -> Answer:
    """Answer another media type with 400 and the gateway's code for a bad request."""
    return replace(answer, status=400) if answer.status == 415 else answer


@step_variant("token-before-path")
def _token_before_path(pipeline: Pipeline) -> Pipeline:
    """Refuse a missing or wrong token on every path and for every method."""

    def route(request: ReceivedRequest) -> Route:
        pipeline.authenticate(request)
        return pipeline.route(request)

    return replace(pipeline, route=route)


@step_variant("form-before-token")
def _form_before_token(pipeline: Pipeline) -> Pipeline:
    """Check the media type and the language before the token and the project."""

    def authenticate(request: ReceivedRequest) -> Identity:
        pipeline.check_content_type(request)
        pipeline.choose_language(request)
        return pipeline.authenticate(request)

    return replace(pipeline, authenticate=authenticate)


@step_variant("odd-ids-refused")
def _odd_ids_refused(pipeline: Pipeline) -> Pipeline:
    """Refuse encoded slashes and control characters in the path, before the token is checked."""

    def route(request: ReceivedRequest) -> Route:
        route = pipeline.route(request)
        if any("/" in value or not value.isprintable() for value in route.path_parameters.values()):
            raise GatewayError(400, "APIGW.0201", "The request path is malformed.")
        return route

    return replace(pipeline, route=route)
