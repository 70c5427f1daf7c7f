"""Named faults: each makes the mock break a requirement, which proves that the suite notices that."""

from conformance.server.faults import (
    conditional,
    credentials,
    disclosure,
    effects,
    encoding,
    families,
    form,
    gateway,
    refusal,
    result,
    sporadic,
    statuses,
    transport,
    wire,
    workflow,
)
from conformance.server.faults.registry import FAULTS, Fault, Switchboard, UnknownFaultError, fault, step_fault

__all__ = [
    "FAULTS",
    "Fault",
    "Switchboard",
    "UnknownFaultError",
    "conditional",
    "credentials",
    "disclosure",
    "effects",
    "encoding",
    "families",
    "fault",
    "form",
    "gateway",
    "refusal",
    "result",
    "sporadic",
    "statuses",
    "step_fault",
    "transport",
    "wire",
    "workflow",
]
