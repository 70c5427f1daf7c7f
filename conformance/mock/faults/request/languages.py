"""Faults in the languages of answers, and in the name of X-Language: REQ-002, 013, 015, 016 and 018."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import ServiceError
from conformance.mock.faults.conditions import (
    OfRequest,
    requests_chinese,
    requests_english,
    requests_no_language,
    while_validating,
)
from conformance.mock.faults.documents import edited, replaced
from conformance.mock.faults.effects import language_fault, ready_refused_fault
from conformance.mock.faults.registry import answer_fault, pipeline_fault, step_fault
from conformance.mock.faults.stateful import Memory
from conformance.mock.messages import AnswerLanguage

if TYPE_CHECKING:
    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest

FAILURES, LOCKED = 3, 0.7
"""Refusals of a token in a row that lock out its owner, and for how many seconds."""
SIMULTANEOUS = 0.4
"""Seconds within which calls count as simultaneous."""
NEEDLESS = re.compile(rb"%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
"""A percent-encoded letter or digit."""


# REQ-002: a ready batch is committed in each documented language.
def _english_only(_request: ReceivedRequest, own: AnswerLanguage) -> AnswerLanguage:
    if own is AnswerLanguage.CHINESE:
        raise ServiceError("DRS.10000010", "Language not supported.")
    return own


language_fault("commit-in-english-alone", "REQ-002", "Refuse every call whose X-Language is zh-cn.", _english_only)
ready_refused_fault(
    "validated-refused-in-english", "REQ-002", "Refuse a ready batch if X-Language is en-us.", requests_english
)
ready_refused_fault(
    "validated-refused-in-chinese", "REQ-002", "Refuse a ready batch if X-Language is zh-cn.", requests_chinese
)


# REQ-013: no X-Language means en-us.
language_fault(
    "default-chinese",
    "REQ-013",
    "Answer in Chinese if there is no X-Language.",
    lambda request, own: AnswerLanguage.CHINESE if requests_no_language(request) else own,
)
language_fault(
    "languages-swapped",
    "REQ-013",
    "Answer in Chinese if X-Language is en-us, and in English if there is no X-Language.",
    lambda request, own: AnswerLanguage.CHINESE if requests_english(request) else own,
)


@step_fault("language-remembered", breaks=("REQ-013",))
def _remembered(pipeline: Pipeline) -> Pipeline:
    """Answer a call without X-Language in the language of the call before."""
    latest = [AnswerLanguage.ENGLISH]

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        if not requests_no_language(request):
            latest[0] = pipeline.choose_language(request)
        return latest[0]

    return replace(pipeline, choose_language=choose)


def _mixed(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that answers some calls in Chinese while a call in Chinese is answered.

    Only calls of a path that was called in Chinese before are kept under way, as long as a busy machine needs to start
    all simultaneous ones. To keep the others as well would take minutes in a run.
    """

    def rebuild(pipeline: Pipeline) -> Pipeline:
        under_way, asked_in_chinese = list[AnswerLanguage](), Memory[object]()

        def choose(request: ReceivedRequest) -> AnswerLanguage:
            own = pipeline.choose_language(request)
            under_way.append(own)
            others = {*under_way}
            if asked_in_chinese.get(request.path):
                time.sleep(SIMULTANEOUS)
            others.update(under_way)
            under_way.remove(own)
            if own is AnswerLanguage.CHINESE:
                asked_in_chinese.setdefault(request.path, own)
            return AnswerLanguage.CHINESE if when(request) and AnswerLanguage.CHINESE in others else own

        return replace(pipeline, choose_language=choose)

    pipeline_fault(name, "REQ-016", summary, rebuild)


# REQ-016: simultaneous calls are answered each in its own language.
_mixed("languages-mixed-up", "Answer calls in Chinese if a simultaneous call asks for it.", lambda _request: True)
_mixed(
    "languages-mixed-up-by-default",
    "Answer calls without X-Language in Chinese if a simultaneous call asks for it.",
    requests_no_language,
)

# REQ-018: zh-cn is Chinese.
language_fault(
    "languages-exchanged",
    "REQ-018",
    "Answer in Chinese unless X-Language is zh-cn.",
    lambda _request, own: AnswerLanguage.ENGLISH if own is AnswerLanguage.CHINESE else AnswerLanguage.CHINESE,
)
answer_fault(
    "validating-untranslated",
    "REQ-018",
    "Refuse a batch that is being validated in English, also if X-Language is zh-cn.",
    while_validating,
    edited(replaced("error_msg", text=lambda _text: "The batch is being checked.")),
)

# REQ-015: the names of headers are accepted in any case.
language_fault(
    "language-in-capitals-overlooked",
    "REQ-015",
    "Ignore X-Language if its name is in upper case.",
    lambda request, own: AnswerLanguage.ENGLISH if b"X-LANGUAGE" in request.names else own,
)
