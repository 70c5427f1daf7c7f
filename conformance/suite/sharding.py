"""One run in several processes (pytest-xdist): each plays its share of the stimuli, and one judges them all."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from conformance.evidence import Evidence
from conformance.reports.model import Verdict
from conformance.stops import Stop

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from conformance.campaign import Campaign
    from conformance.progress import Progress

__all__ = ["GROUP", "Controller", "Worker", "distribute", "is_worker", "processes", "share"]

EVIDENCE = "evidence"
GROUP = "validated-batches"
"""The stimuli that one process plays alone, lest two of them commit the same batch of those that the user named."""


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process plays a share of the stimuli for another one."""
    return hasattr(config, "workerinput")


def processes(config: pytest.Config) -> int:
    """Return in how many processes the stimuli are to be played; 0 for this one."""
    if getattr(config.option, "dist", "no") == "no":
        return 0
    return int(config.option.numprocesses or len(config.option.tx))


def share(config: pytest.Config) -> tuple[int, int]:
    """Return which of the workers this one is, from 0, and how many there are."""
    given: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
    return int(given["workerid"].removeprefix("gw")), int(given["workercount"])


def distribute(config: pytest.Config, *, on: bool) -> None:
    """Have pytest-xdist keep a group together and replace no process that is lost; or switch it off."""
    config.option.dist = "loadgroup" if on else "no"
    config.option.maxworkerrestart = "0"


class Worker:
    """Hands over the evidence of each stimulus as it ends, and what is left at the end."""

    def __init__(self, config: pytest.Config, campaign: Campaign) -> None:
        self._config = config
        self._campaign = campaign
        self._name: str = config.workerinput["workerid"]  # type: ignore[attr-defined]
        config.option.loadgroup = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the evidence to the last report on a stimulus."""
        report = yield
        mark = item.get_closest_marker("stimulus")
        if mark is not None and call.when == "teardown":
            report.user_properties.append((EVIDENCE, (mark.args[0], self._packed())))
        return report

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """Leave to the controller what a stimulus had exchanged that did not end."""
        self._config.workeroutput[EVIDENCE] = self._packed()  # type: ignore[attr-defined]

    def _packed(self) -> bytes:
        return self._campaign.hand_over(self._name).packed()


class Controller:
    """Takes over the evidence of all workers."""

    def __init__(self, campaign: Campaign, progress: Progress) -> None:
        self._campaign = campaign
        self._progress = progress
        self._expected: set[str] = set()
        self._running: dict[str, int] = {}

    def interrupt(self) -> bool:
        """Pass a Ctrl-C on to the workers; returns whether there are any, whose end is to be waited for."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGINT)
        return bool(self._running)

    def pytest_xdist_newgateway(self, gateway: Any) -> None:  # noqa: ANN401 - pytest-xdist is no dependency
        """Ask a worker for the number of its process."""
        number = gateway.remote_exec("import os; channel.send(os.getpid())").receive()
        self._running[gateway.id] = int(number)

    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """See what is to be played, which is the same for each worker."""
        self._expected = set(ids)
        self._progress.stimuli = ids

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence off a report."""
        properties: dict[str, Any] = dict(report.user_properties)
        if EVIDENCE not in properties:
            return
        report.user_properties = [item for item in report.user_properties if item[0] != EVIDENCE]
        name, packed = properties[EVIDENCE]
        evidence = Evidence.unpacked(packed)
        self._expected.discard(report.nodeid)
        self._campaign.take_over(evidence)
        self._progress.done(name, self._campaign, len(evidence.exchanges))

    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401 - likewise
        """Take over what is left, and see to it that no verdict is drawn where a worker was lost."""
        self._running.pop(node.gateway.id, None)
        output = getattr(node, "workeroutput", {})
        if EVIDENCE in output:
            self._campaign.take_over(Evidence.unpacked(output[EVIDENCE]))
        if error is not None:
            self._blame(f"the process {node.gateway.id} was lost ({error})")

    def complete(self, stimuli: Sequence[str]) -> None:
        """Put all evidence in order; what is missing is the fault of the suite unless the run was ended."""
        if self._expected and self._campaign.stop is None:
            self._blame(f"nothing came of {', '.join(sorted(self._expected))}")
        self._campaign.put_in_order(stimuli)

    def _blame(self, what: str) -> None:
        if not self._campaign.interrupted:
            self._campaign.stop = Stop(Verdict.ERROR, f"{what}; please report it")
