"""The oracles: small functions that judge one answer, or one sequence of answers, by one requirement.

An oracle returns None where its requirement says nothing about the exchange.
It need not repeat what its requirement presupposes: it is not asked about an answer that breaks that.
"""

from conformance.oracles import authentication, gateway, lifecycle, protocol, refusal, request, result
from conformance.oracles.registry import (
    LATER,
    Judgement,
    SuiteError,
    exchange_oracles,
    explanation,
    judge,
    judge_sequence,
    judged_ids,
)

__all__ = [
    "LATER",
    "Judgement",
    "SuiteError",
    "authentication",
    "exchange_oracles",
    "explanation",
    "gateway",
    "judge",
    "judge_sequence",
    "judged_ids",
    "lifecycle",
    "protocol",
    "refusal",
    "request",
    "result",
]
