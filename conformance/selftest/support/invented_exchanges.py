"""Invented exchanges, for tests of what judges and counts them."""

from __future__ import annotations

from conformance.exchange.classification import BatchState, Classifier
from conformance.exchange.exchange import Exchange, Request, Response, TransportFailure
from conformance.exchange.paths import path
from conformance.spec.openapi import load

TOKEN = "t0ken-of-mine"
PROJECT, FOREIGN, BATCH = "project-of-mine", "project-of-theirs", "bd4193aa-072d-4ce6-beec-adffc7252341"
OPERATION = load().operation("CommitAsyncJob")
DOCUMENTED = (("Accept-Encoding", "identity"), ("Content-Type", "application/json"), ("X-Auth-Token", TOKEN))
CLASSIFIER = Classifier(load(), token=TOKEN, project_id=PROJECT, foreign=FOREIGN)


def exchange(
    outcome: Response | TransportFailure,
    *,
    state: BatchState = BatchState.UNKNOWN,
    batch: str = BATCH,
    headers: tuple[tuple[str, str], ...] = DOCUMENTED,
) -> Exchange:
    request = Request("POST", path(OPERATION, project_id=PROJECT, async_job_id=batch), headers)
    return Exchange(1, "invented", request, CLASSIFIER.classify(request, {batch: state}), outcome)
