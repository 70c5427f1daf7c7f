"""Oracles of REQ: the method, path, query, headers and body of a request."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState, Language, MediaType, Place
from conformance.exchange.identifiers import UUID
from conformance.requirements.oracle_helpers import chinese, json_object, message, same_status, string_in
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated
from conformance.requirements.scenario_helpers import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

# RFC 9110, sections 9.3.7 and 9.3.8, defines what these methods answer. They change nothing.
UNJUDGED_METHODS = ("OPTIONS", "TRACE")

IDEOGRAPH = re.compile("[\u4e00-\u9fff]")


@oracle("REQ-001")
def documented_status(exchange: Exchange) -> Judgement | None:
    """A documented call is answered with status 200 or 400, no matter which batch it names.

    An ID that the service would never issue is that of an unknown batch, since openapi.yaml limits neither the length
    of an ID nor its characters. See conformance/docs/authoring.md for the IDs that count as documented.
    """
    if not exchange.situation.documented:
        return None
    if exchange.status in (200, 400):
        return passed()
    batch_id = exchange.situation.batch_id
    unusual = f" for an ID of {len(batch_id)} characters, which the document allows"
    return violated(f"status 200 or 400{'' if UUID.fullmatch(batch_id) else unusual}", f"status {exchange.status}")


@oracle("REQ-002")
def each_language(exchange: Exchange) -> Judgement | None:
    """A validated batch is committed in each language that the documentation lists."""
    situation = exchange.situation
    if situation.batch is not BatchState.READY or not situation.documented or situation.language is Language.ABSENT:
        return None
    language = situation.language.value
    return passed() if exchange.status == 200 else violated(f"status 200 in {language}", f"status {exchange.status}")


@oracle("REQ-003")
def missing_media_type(exchange: Exchange) -> Judgement | None:
    """A call without Content-Type, which is mandatory, is refused."""
    return _refused(exchange, MediaType.MISSING, "a call without Content-Type")


@oracle("REQ-004")
def other_media_type(exchange: Exchange) -> Judgement | None:
    """A call whose Content-Type is not application/json is refused."""
    return _refused(exchange, MediaType.OTHER, "a call with a media type other than application/json")


@oracle("REQ-005")
def equivalent_media_type(exchange: Exchange) -> Judgement | None:
    """Spellings of application/json that HTTP treats as equal are accepted."""
    situation = exchange.situation
    if situation.media_type is not MediaType.EQUIVALENT or not _otherwise_documented(exchange):
        return None
    if situation.batch is not BatchState.READY:
        return None
    value = exchange.request.values("Content-Type")[0]
    return passed() if exchange.status == 200 else violated(f"status 200 with {value!r}", f"status {exchange.status}")


@oracle("REQ-006")
def other_language(exchange: Exchange) -> Judgement | None:
    """Records the answer to a call with an undocumented X-Language."""
    situation = exchange.situation
    if situation.language is not Language.OTHER or situation.media_type is not MediaType.DOCUMENTED:
        return None
    if not _otherwise_documented(exchange):
        return None
    return passed(f"answered with status {exchange.status}")


@oracle("REQ-007")
def other_method(exchange: Exchange) -> Judgement | None:
    """No method other than the documented one succeeds on the path."""
    # Only a batch that can be committed shows whether the method commits.
    if not _by_other_method(exchange) or exchange.situation.batch is not BatchState.READY:
        return None
    method = exchange.request.method
    return passed() if exchange.status >= 300 else violated(f"a refusal of {method}", f"status {exchange.status}")


@oracle("REQ-008")
def with_body(exchange: Exchange) -> Judgement | None:
    """Records the answer to a call with a body, which the operation does not have."""
    situation = exchange.situation
    if not exchange.request.body or situation.operation is None or not situation.authorised:
        return None
    return passed(f"answered with status {exchange.status}")


@oracle("REQ-009")
def neighbouring_path(exchange: Exchange) -> Judgement | None:
    """No other path that names a validated batch succeeds with the documented method."""
    situation = exchange.situation
    if situation.place is not Place.NEIGHBOUR or situation.batch is not BatchState.READY or not situation.authorised:
        return None
    return passed() if exchange.status >= 300 else violated("a refusal of another path", f"status {exchange.status}")


@oracle("REQ-010")
def other_spelling(exchange: Exchange) -> Judgement | None:
    """Records the answer to a call with another spelling of the path."""
    if exchange.situation.place is not Place.SPELLING or not exchange.situation.authorised:
        return None
    return passed(f"answered with status {exchange.status}")


@oracle("REQ-011")
def with_query(exchange: Exchange) -> Judgement | None:
    """Records the answer to a call with a query, which the operation does not have."""
    situation = exchange.situation
    if "?" not in exchange.request.target or situation.operation is None or not situation.authorised:
        return None
    return passed(f"answered with status {exchange.status}")


@oracle("REQ-012")
def status_of_other_methods(exchange: Exchange) -> Judgement | None:
    """Records the status of a call with another method, on which two pages disagree."""
    if not _by_other_method(exchange) or not exchange.situation.authorised:
        return None
    return passed(f"answered with status {exchange.status}")


@sequence_oracle(
    "REQ-013",
    "one-refusal-in-each-language",
    "commits-in-each-language",
    "batches-being-checked",
    "batches-that-failed-their-check",
)
def default_language(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Without X-Language, a message is in the same language as with en-us, also after a call in Chinese."""
    texts = [(exchange.situation.language, _text(exchange)) for exchange in exchanges]
    english = next((text for language, text in texts if language is Language.EN_US), None)
    if english is None:
        return None
    for language, text in texts:
        if language is Language.ABSENT and text is not None and chinese(text) != chinese(english):
            return violated(f"a message in the language of {english!r}", repr(text))
    return passed()


def _text(exchange: Exchange) -> str | None:
    """Return the message of a refusal by the service or of a success, or None if it cannot be read."""
    job = json_object(exchange).get("job") if exchange.status == HTTPStatus.OK else None
    text = job.get("msg") if isinstance(job, dict) else message(exchange)
    return text if isinstance(text, str) else None


@sequence_oracle("REQ-018", "one-refusal-in-each-language", "batches-being-checked")
def language_meant(exchanges: Sequence[Exchange]) -> Judgement | None:
    """If any message of a refusal is in Chinese, all those for zh-cn are.

    What is said of a failed check may be the words of a database.
    """
    found = [(exchange.situation.language, text) for exchange in exchanges if (text := message(exchange)) is not None]
    if not any(chinese(text) for _, text in found):
        return passed() if found else None
    # A message in Chinese may consist of names in Latin letters for the most part.
    wrong = [text for language, text in found if language is Language.ZH_CN and not IDEOGRAPH.search(text)]
    return violated("a message in Chinese for zh-cn, as there is one", repr(wrong[0])) if wrong else passed()


@sequence_oracle("REQ-016", "simultaneous-calls-in-each-language")
def own_language(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Calls at the same time are answered each in its own language, as they are one after another."""
    usual: dict[Language, str] = {}
    for number, exchange in enumerate(exchanges):
        text, language = message(exchange), exchange.situation.language
        if text is None:
            return None
        if number < len(LANGUAGES):
            usual[language] = text
        # Another text altogether says nothing, since messages may differ each time.
        elif chinese(text) != chinese(usual[language]) and text in usual.values():
            return violated(f"the message {usual[language]!r}, as for a single call", repr(text))
    return passed()


@sequence_oracle("REQ-017", "needless-percent-encoding")
def needless_encoding(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call whose project or batch has a letter or digit percent-encoded has the usual status."""
    return same_status(exchanges)


@sequence_oracle("REQ-015", "header-names-in-other-cases")
def header_names(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A documented call has the same status and language if the names of its headers are in lower or upper case."""
    judgement = same_status(exchanges)
    usual, *others = (string_in(exchange, "error_msg") for exchange in exchanges)
    for text in others:
        if judgement and judgement.passed and usual and text and chinese(text) != chinese(usual):
            return violated(f"a message in the language of {usual!r}", repr(text))
    return judgement


@oracle("REQ-014")
def status_of_other_media_types(exchange: Exchange) -> Judgement | None:
    """Records the status of a call with another media type, which the page of the operation does not give."""
    if exchange.situation.media_type is not MediaType.OTHER or not _otherwise_documented(exchange):
        return None
    return passed(f"answered with status {exchange.status}")


def _otherwise_documented(exchange: Exchange) -> bool:
    situation = exchange.situation
    return situation.operation is not None and situation.canonical and exchange.situation.authorised


def _by_other_method(exchange: Exchange) -> bool:
    situation = exchange.situation
    return (
        situation.path_of is not None
        and situation.operation is None
        and exchange.request.method not in UNJUDGED_METHODS
    )


def _refused(exchange: Exchange, media_type: MediaType, what: str) -> Judgement | None:
    situation = exchange.situation
    # Only a batch that can be committed shows whether the call is accepted.
    if situation.media_type is not media_type or situation.batch is not BatchState.READY:
        return None
    if not _otherwise_documented(exchange) or situation.language is Language.OTHER:
        return None
    return passed() if exchange.status >= 300 else violated(f"a refusal of {what}", f"status {exchange.status}")
