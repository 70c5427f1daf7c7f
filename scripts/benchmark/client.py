# ruff: noqa: T201 - prints its result
"""The benchmark of the client against plain httpx and the vendor's SDK.

Each contender is a separate process with only its own packages, restarted several times. The contenders take turns of a
few calls. Each call is timed, and the figures are medians. They call the mock, and a stub that returns a fixed response
at once, since the time of the mock hides the differences between the contenders. Both servers are separate processes.
Processor time is that of the contender only.

httpx sends the same headers as the client and parses the response as JSON. The SDK can only sign, so the client is
measured with both kinds of credentials.
"""

from __future__ import annotations

import platform
import statistics
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx

from scripts.benchmark.contenders.callers import CALLERS
from scripts.benchmark.installations import ROOT, install
from scripts.benchmark.processes import Contender, seconds_of, serving
from scripts.benchmark.table import Goal, Measurement, render
from scripts.benchmark.turns import medians, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from scripts.benchmark.installations import Installation
    from scripts.benchmark.processes import Taken

    Supply = Callable[[int], Sequence[str]]

__all__ = ["MOST_CALLS", "measure"]

MOST_CALLS = 1000
"""The number of batches that the mock creates in one request at most."""

DISTRIBUTIONS = {"httpx": "httpx", "client": "drs-batch-client", "SDK": "huaweicloudsdkdrs"}
SOURCES = {**DISTRIBUTIONS, "client": str(ROOT / "generated")}
IMPORTS = {
    "httpx": "import httpx",
    "client": "from drs_batch_client import TokenAuth, connect",
    "SDK": (
        "from huaweicloudsdkcore.auth.credentials import BasicCredentials\n"
        "from huaweicloudsdkdrs.v5 import CommitAsyncJobRequest, DrsClient"
    ),
}
ONE_CALLER = {
    "httpx": "plain.by_header",
    "httpx with an Auth": "plain.by_auth",
    "client, TokenAuth": "client.by_token",
    "client, AccessKeyAuth": "client.by_key",
    "SDK": "sdk.by_key",
}
MANY_CALLERS = {
    "httpx": "plain.concurrent",
    "client, TokenAuth": "client.concurrent_by_token",
    "client, AccessKeyAuth": "client.concurrent_by_key",
    "SDK": "sdk.in_many_threads",
    "SDK's futures": "sdk.by_futures",
}
ONE_OF_EACH = {"httpx": "plain.by_header", "client": "client.by_key", "SDK": "sdk.by_key"}
LIBRARIES = {"plain": "httpx", "client": "client", "sdk": "SDK"}
REFERENCES = ("httpx", "SDK")

CALL_GOALS = (
    Goal("client, TokenAuth", "httpx", 1.05),
    Goal("client, TokenAuth", "SDK", 0.5),
    Goal("client, AccessKeyAuth", "SDK", 0.5),
)
SIZE_GOALS = (Goal("client", "SDK", 0.1),)
IMPORT_GOALS = (Goal("client", "SDK", 0.5),)

_READY = "AUTO_PARAM_VALIDATE_SUCCESS"
_STARTS = 4
_CALLS_OF_MANY = 4 * CALLERS
_CALLS_FOR_MEMORY = 100
_KIB = 1024
_MIB = 1024 * 1024


def measure(rounds: int, calls: int) -> None:
    """Run all measurements and print the table.

    Args:
        rounds: Number of turns of each contender, at least 1; long turns are taken a sixth as often.
        calls: Number of calls in a turn of one caller, 1 to MOST_CALLS.

    Raises:
        InstallationError: A library cannot be installed.
        ProcessError: A contender or a server failed.
    """
    with TemporaryDirectory() as directory, ExitStack() as stack:
        home = Path(directory, "home")
        home.mkdir()
        _say("install")
        installed = {
            name: install(SOURCES[name], distribution, Path(directory, name))
            for name, distribution in DISTRIBUTIONS.items()
        }
        stub = stack.enter_context(serving("scripts.benchmark.contenders.stub"))
        mock = stack.enter_context(serving("conformance.mock", "--port", "0"))
        control = stack.enter_context(httpx.Client(base_url=f"{mock}/_mock", trust_env=False, timeout=60))
        versions = [f"{name} is {entry.name} {entry.version}" for name, entry in installed.items()]
        benchmark = _Benchmark(installed, home, rounds, calls)
        validated = partial(_validated_batches, control)
        measurements = [*_sizes(installed), benchmark.imports(), benchmark.memory(stub)]
        at_stub = list(benchmark.one_caller("stub", stub, _any_batches))
        at_mock = list(benchmark.one_caller("mock", mock, validated))
        measurements += [*at_stub, *at_mock]
        measurements += [
            benchmark.many_callers("stub", stub, _any_batches),
            benchmark.many_callers("mock", mock, validated),
        ]
    print(render(measurements, REFERENCES))
    more = at_mock[0].figures["httpx"] - at_stub[0].figures["httpx"]
    print(
        f"\nThe mock takes {more:.1f} ms longer per response than the stub, so only the stub shows small differences."
    )
    print(f"{'; '.join(versions)}; Python {platform.python_version()}.")


def _sizes(installed: Mapping[str, Installation]) -> Iterator[Measurement]:
    own = {name: installation.own_size / _MIB for name, installation in installed.items()}
    yield Measurement("installed size of the package, MiB", own, 2, SIZE_GOALS)
    whole = {name: installation.size / _MIB for name, installation in installed.items()}
    yield Measurement("installed size with dependencies, MiB", whole, 2, SIZE_GOALS)


class _Benchmark:
    """The measurements of all contenders."""

    def __init__(self, installed: Mapping[str, Installation], home: Path, rounds: int, calls: int) -> None:
        self._installed = installed
        self._home = home
        self._rounds = rounds
        self._calls = calls

    def imports(self) -> Measurement:
        _say("import")
        nothing = partial(seconds_of, "", self._installed["client"], self._home)
        turns = {
            name: partial(seconds_of, program, self._installed[name], self._home) for name, program in IMPORTS.items()
        }
        seconds = medians(take_turns({**turns, "": nothing}, self._fewer), float)
        empty = seconds.pop("")
        figures = {name: (taken - empty) * 1000 for name, taken in seconds.items()}
        return Measurement("import, ms", figures, 0, IMPORT_GOALS)

    def memory(self, url: str) -> Measurement:
        _say("memory")

        def turn(function: str) -> Taken:
            with self._contender(function, url) as contender:
                return contender.commit([_any_batches(_CALLS_FOR_MEMORY)])

        taken = take_turns({name: partial(turn, function) for name, function in ONE_OF_EACH.items()}, self._fewer)
        title = f"peak memory of a process after {_CALLS_FOR_MEMORY} calls, MiB"
        return Measurement(title, medians(taken, lambda turn: turn.peak / _KIB), 1)

    def one_caller(self, server: str, url: str, supply: Supply) -> Iterator[Measurement]:
        _say(f"calls to the {server}")
        taken = self._commits(ONE_CALLER, url, lambda: [[batch] for batch in supply(self._calls)], self._rounds)
        seconds = medians(taken, lambda turn: statistics.median(turn.seconds) * 1000)
        yield Measurement(f"a call to the {server}, ms", seconds, 3, CALL_GOALS)
        work = medians(taken, lambda turn: statistics.median(turn.work) * 1000)
        yield Measurement(f"processor time of a call to the {server}, ms", work, 3)

    def many_callers(self, server: str, url: str, supply: Supply) -> Measurement:
        _say(f"calls to the {server} from {CALLERS} callers")
        taken = self._commits(MANY_CALLERS, url, lambda: [supply(_CALLS_OF_MANY)], self._fewer)
        rates = medians(taken, lambda turn: _CALLS_OF_MANY / sum(turn.seconds))
        return Measurement(f"calls per second to the {server} from {CALLERS} callers; higher is better", rates, 0)

    @property
    def _fewer(self) -> int:
        return -(-self._rounds // 6)

    def _commits(
        self,
        functions: Mapping[str, str],
        url: str,
        groups: Callable[[], list[Sequence[str]]],
        rounds: int,
    ) -> dict[str, list[Taken]]:
        def turn(contender: Contender) -> Taken:
            return contender.commit(groups())

        taken: dict[str, list[Taken]] = {name: [] for name in functions}
        # Processes of one contender can differ by a few per cent for their whole life, so several are measured.
        for _ in range(_STARTS):
            with ExitStack() as stack:
                turns = {}
                for name, function in functions.items():
                    contender = stack.enter_context(self._contender(function, url))
                    contender.commit(groups())  # opens its connections
                    turns[name] = partial(turn, contender)
                for name, results in take_turns(turns, -(-rounds // _STARTS)).items():
                    taken[name] += results
        return taken

    def _contender(self, function: str, url: str) -> Contender:
        library = LIBRARIES[function.partition(".")[0]]
        return Contender(function, self._installed[library], url, self._home)


def _any_batches(number: int) -> list[str]:
    return ["bd4193aa-072d-4ce6-beec-adffc7252341"] * number


def _validated_batches(control: httpx.Client, number: int) -> list[str]:
    control.delete("/batches").raise_for_status()
    made = control.post("/batches", json={"status": _READY, "count": number}).raise_for_status()
    return [batch["async_job_id"] for batch in made.json()["batches"]]


def _say(text: str) -> None:
    print(f"client: {text}", file=sys.stderr)
