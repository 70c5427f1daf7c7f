"""A report with an example of everything."""

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports.model import (
    Finding,
    Latency,
    Mark,
    Message,
    Repeats,
    Report,
    RequirementReport,
    SpecPlace,
    Step,
    Traffic,
)

PLACE = SpecPlace("/components/schemas/ServiceError/properties/error_code/minLength", 464)
URL = "https://support.huaweicloud.com/intl/en-us/api-drs/drs_03_0165.html"

FAILURE = Finding(
    expected='"error_code" has exactly 12 characters',
    actual='"DRS.1000001" (11 characters)',
    clause="The minimum and the maximum length of error_code are 12.",
    spec=PLACE,
    stimulus="unknown-batches",
    occurrences=4,
    request=Message("POST /v5/p/batch-async-jobs/~/commit HTTP/1.1", (("X-Auth-Token", "[redacted]"),), ""),
    response=Message(
        "HTTP/1.1 400",
        (("Content-Type", "application/json"),),
        '{"error_code":"DRS.1000001","error_msg":"无此任务"}',
        Mark("body", 0, 14, 27),
    ),
    curl='curl -i -X POST "$DRS_TARGET"\'/v5/p/batch-async-jobs/~/commit\' -H "X-Auth-Token: $DRS_TOKEN"',
    repeats=Repeats(sent=1, broken=1),
    steps=(
        Step(
            "POST",
            "/v5/{project}/batch-async-jobs/{batch}/commit",
            (("Content-Type", "application/json"), ("X-Auth-Token", "{token}")),
            b"",
            batch="unknown",
            segment="~",
        ),
    ),
)
SILENCE = Finding(
    expected="an answer",
    actual="the connection was closed",
    clause="A server answers every request.",
    spec=PLACE,
    stimulus="calls-with-a-body",
    occurrences=1,
    request=Message("POST /v5/p/batch-async-jobs/1/commit HTTP/1.1", (), "{}"),
    response=None,
    curl="curl -i -X POST \"$DRS_TARGET\"'/v5/p/batch-async-jobs/1/commit' --data-binary '{}'",
    repeats=Repeats(reason="it would use up a batch"),
    steps=(Step("POST", "/v5/{project}/batch-async-jobs/{batch}/commit", (), b"{\xff}", batch="ready"),),
    alone=False,
)


def requirement(
    requirement_id: str,
    level: str,
    verdict: RequirementVerdict,
    findings: tuple[Finding, ...] = (),
    *,
    reason: str = "",
    also_affected: tuple[str, ...] = (),
) -> RequirementReport:
    return RequirementReport(
        id=requirement_id,
        area="Refusal" if requirement_id.startswith("ERR") else "Request",
        level=level,
        title=f"The title of {requirement_id}",
        clause="What the documentation says.",
        source="Committing Batch Tasks, Response Parameters",
        url=URL,
        spec=PLACE,
        verdict=verdict,
        reason=reason,
        exercised=0 if verdict in (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE) else 9,
        findings=findings,
        also_affected=also_affected,
    )


REPORT = Report(
    verdict=Verdict.VIOLATES,
    reason="1 requirement broken: ERR-003",
    profile="full",
    target="http://127.0.0.1:8000",
    seed=1,
    spec_version="1.0.0",
    spec_sha256="0123456789abcdef" * 4,
    suite_version="0.1.0",
    started="2030-01-31T08:09:10+00:00",
    requests=196,
    requests_sha256="0f" * 32,
    seconds=2.125,
    command="drs-conform --seed 1 --profile full --target http://127.0.0.1:8000",
    requirements=(
        requirement("REQ-001", "MUST", RequirementVerdict.PASS),
        requirement("REQ-002", "SHOULD", RequirementVerdict.WARN, (SILENCE,)),
        requirement("REQ-003", "OBSERVE", RequirementVerdict.PASS, reason="answered with status 400 (9 x)"),
        requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (FAILURE,), also_affected=("ERR-007", "ERR-999")),
        requirement("ERR-007", "MUST", RequirementVerdict.INCONCLUSIVE, reason="no answer came"),
        requirement("ERR-008", "MUST", RequirementVerdict.SKIPPED, reason="needs --failed-job"),
    ),
    deviations=(("REQ-002", "deviates"), ("REQ-001", "expired on 2029-12-31")),
    traffic=Traffic(
        statuses=((0, 1), (200, 35), (400, 120), (401, 40)),
        stimuli=(("preflight", 1), ("unknown-batches", 3), ("calls-with-a-body", 9), ("coverage", 183)),
    ),
    latency=Latency(3.25, 9.5, 61.125, bins=((2.0, 20), (4.0, 90), (8.0, 70), (16.0, 14), (32.0, 0), (64.0, 1))),
)
