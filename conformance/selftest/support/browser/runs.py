"""Reports of runs with different results."""

from dataclasses import replace

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports.model import Traffic
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement

VIOLATES = REPORT
CONFORMS = replace(
    REPORT,
    verdict=Verdict.CONFORMS,
    reason="1 requirement met, 1 observation",
    requirements=(REPORT.requirements[0], REPORT.requirements[2]),
    deviations=(),
)
NOTHING_JUDGED = replace(
    REPORT,
    verdict=Verdict.UNREACHABLE,
    reason="http://127.0.0.1:8000: All connection attempts failed",
    requirements=tuple(
        replace(known, verdict=RequirementVerdict.INCONCLUSIVE, reason="no answer came", exercised=0, findings=())
        for known in REPORT.requirements
    ),
    deviations=(),
    traffic=Traffic(),
    latency=None,
)
WIDE = replace(
    REPORT,
    reason="r" * 300,
    target="http://" + "t" * 300,
    command="drs-conform --target http://" + "c" * 300,
    requirements=(
        replace(
            requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (replace(FAILURE, actual="a" * 300),)),
            area="A" * 100,
            title="t" * 300,
            source="s" * 300,
        ),
    ),
    traffic=Traffic(((400, 10**9),), (("s" * 100, 10**9),)),
)
THOUSAND = replace(
    REPORT,
    requirements=tuple(
        requirement(f"ERR-{number:04}", "MUST", RequirementVerdict.FAIL, (FAILURE,)) for number in range(1000)
    ),
)
"""A report with a thousand findings."""
