"""Named faults, each of which makes the mock violate a requirement, to prove that the suite reports it.

A fault is registered in the module of the area of the first requirement that it breaks:

- AUTH: `authentication/tokens.py` (008, 013), `authentication/callers.py` (009, 011 and 012, with two valid tokens),
  `authentication/credentials.py` (the others)
- REQ: `request/statuses.py` (001), `request/languages.py` (002, 013, 016, 018), `request/forms.py` (the others)
- RES: `commit.py`
- ERR: `service_errors.py`
- LIFE: `life_cycle/ready.py` (001, 007, 008, 010), `life_cycle/refused.py` (the others)
- GATE: `gateway.py`
- CLIENT: `clients/connections.py` (001, 002, 005, 006, 016), `clients/answers.py` (007 to 009, 011, 012),
  `clients/forms.py` (the others)
- HTTP: `http/connection.py` (001, 002, 008 to 010), `http/disclosure.py` (005, 006), `http/protocol.py` (the others)
- MSG: `message.py`

The other modules are what the areas share; they register nothing when they are imported.
"""

from conformance.mock.faults import (
    authentication,
    clients,
    commit,
    gateway,
    http,
    life_cycle,
    message,
    request,
    service_errors,
)
from conformance.mock.faults.registry import FAULTS, Fault, Switchboard, UnknownFaultError, fault, step_fault

__all__ = [
    "FAULTS",
    "Fault",
    "Switchboard",
    "UnknownFaultError",
    "authentication",
    "clients",
    "commit",
    "fault",
    "gateway",
    "http",
    "life_cycle",
    "message",
    "request",
    "service_errors",
    "step_fault",
]
