"""The client reads each answer of a run of the suite correctly.

The mock runs without a fault, and with each fault.
"""

from __future__ import annotations

from typing import Any

import pytest
from drs_batch_client.models import CommittedAsyncJob, GatewayError, ServiceError
from drs_batch_client.types import UNSET

from conformance.exchange.exchange import Response
from conformance.mock.faults import FAULTS
from conformance.selftest.support.client import reading

TRIED = [None, *FAULTS]


@pytest.mark.parametrize("fault", TRIED, ids=str)
def test_the_client_reads_each_answer_of_a_run_correctly(fault: str | None) -> None:
    result = reading.read_all(fault)

    # Some faults of the wire change how each answer is sent.
    assert result.answers > (0 if fault and FAULTS[fault].wire else 10)
    assert result.differences == ()


@pytest.mark.parametrize(
    ("status", "body", "model"),
    [
        (200, b'{"job": {"async_job_id": "a", "msg": "m", "more": {"x": 1}}, "other": []}', CommittedAsyncJob),
        (400, b'{"error_code": "DRS.10000001", "error_msg": "m"}', ServiceError),
        (401, b'{"error_code": "APIGW.0301", "error_msg": "m", "request_id": "r"}', GatewayError),
    ],
)
@pytest.mark.parametrize("how", ["loses a field", "changes a field", "invents a field"])
def test_a_client_that_reads_wrongly_is_noticed(
    status: int, body: bytes, model: type[Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Response(status, (), body)
    assert (reading.by_model(answer), reading.by_door(answer)) == ([], [])
    read = model.from_dict

    def misread(document: dict[str, Any]) -> Any:  # noqa: ANN401 - any model
        made = read(document)
        field = "msg" if status == 200 else "error_msg"
        if how == "invents a field":
            made.additional_properties["new"] = 1
        else:
            setattr(made, field, "other" if how == "changes a field" else UNSET)
        return made

    monkeypatch.setattr(model, "from_dict", misread)
    assert reading.by_model(answer)
    assert bool(reading.by_door(answer)) is (status == 200)
