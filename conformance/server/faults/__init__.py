"""Named faults: each makes the mock break a requirement, which proves that the suite notices that."""

from conformance.server.faults import gateway, refusal, result, transport, workflow
from conformance.server.faults.registry import FAULTS, Fault, Switchboard, UnknownFaultError, fault, step_fault

__all__ = [
    "FAULTS",
    "Fault",
    "Switchboard",
    "UnknownFaultError",
    "fault",
    "gateway",
    "refusal",
    "result",
    "step_fault",
    "transport",
    "workflow",
]
