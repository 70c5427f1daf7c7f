# ruff: noqa: T201 - prints its result
"""The benchmark of the client against plain httpx and the vendor's SDK.

Each library is installed alone in an environment, and each turn is a new process there. The contenders call the mock,
and a stub that returns a fixed response at once, since the time of the mock hides the differences between them.

httpx sends the same headers as the client and parses the response as JSON. The SDK can only sign, so the client is
measured with both kinds of credentials.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import ACCESS_KEY, PROJECT_ID, SECRET_KEY, TOKEN
from scripts.benchmark.contenders.callers import CALLERS
from scripts.benchmark.stub import serving
from scripts.benchmark.turns import mebibytes, milliseconds, print_table, take_turns, turn, turn_of_command
from scripts.dist import ROOT
from scripts.environment import LOCKS, OPTIONS_OF_CLIENT, Environment, create

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import Distribution

    import pyperf

__all__ = ["measure"]

DISTRIBUTIONS = {"httpx": "httpx", "client": "drs-batch-client", "SDK": "huaweicloudsdkdrs"}
IMPORTS = {
    "httpx": "import httpx",
    "client": "from drs_batch_client import TokenAuth, connect",
    "SDK": (
        "from huaweicloudsdkcore.auth.credentials import BasicCredentials; "
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

CALL_GOALS = {
    ("client, TokenAuth", "httpx"): 1.05,
    ("client, TokenAuth", "SDK"): 0.5,
    ("client, AccessKeyAuth", "SDK"): 0.5,
}
SIZE_GOALS = {("client", "SDK"): 0.1}
IMPORT_GOALS = {("client", "SDK"): 0.5}

COMMITS = (
    "from scripts.benchmark.contenders.callers import start; states = start({function!r}, *{target!r})(['b1'] * 100); "
    "assert states == ['COMMIT_SUCCESS'] * 100"
)
"""A program that makes 100 calls; pyperf refuses line breaks."""


@dataclass(frozen=True)
class _Library:
    """A library, alone in an environment.

    Attributes:
        environment: The environment.
        version: Name and version of the library.
        own_size: Size of the library in bytes, without bytecode.
        size: The same with dependencies.
    """

    environment: Environment
    version: str
    own_size: int
    size: int

    def turn_of_program(self, program: str, *options: str) -> pyperf.Benchmark:
        """Measure a Python program with `pyperf command`."""
        command = [str(self.environment.python), "-c", program]
        return turn_of_command(*options, *command, directory=ROOT, HOME=str(self.environment.directory))

    def turn_of_calls(self, function: str, url: str, *, number: int, validated: bool) -> pyperf.Benchmark:
        """Time calls in a process that has its connections open.

        Args:
            function: Module and function of the contender.
            url: URL of the server.
            number: Number of calls that the contender gets at once.
            validated: Whether the server is the mock, which needs a validated batch for each call.
        """
        job = {"function": function, "target": _target(url), "number": number, "validated": validated}
        program = [str(self.environment.python), "-m", "scripts.benchmark.contenders"]
        options = [f"--values={50 if number == 1 else 3}", "--warmups=1", "--loops=1", json.dumps(job)]
        # The SDK writes files to the home directory.
        return turn(program, *options, directory=ROOT, HOME=str(self.environment.directory))


def measure(rounds: int) -> None:
    """Run all measurements and print their tables.

    Args:
        rounds: Number of turns of each contender, at least 1.

    Raises:
        CommandError: A library cannot be installed, or a contender failed.
    """
    with TemporaryDirectory() as directory, serving() as stub, EmbeddedServer() as mock:
        libraries = {name: _install(name, Path(directory, name)) for name in DISTRIBUTIONS}
        own = {name: library.own_size for name, library in libraries.items()}
        print_table("installed size of the package", own, mebibytes, REFERENCES, SIZE_GOALS)
        sizes = {name: library.size for name, library in libraries.items()}
        print_table("installed size with dependencies", sizes, mebibytes, REFERENCES, SIZE_GOALS)
        _measure_imports(libraries, rounds)
        _measure_memory(libraries, rounds, stub)
        for server, url in (("stub", stub), ("mock", mock.url)):
            title = f"a call to the {server}"
            seconds = take_turns(title, _turns(libraries, ONE_CALLER, url, server), rounds)
            print_table(title, seconds, milliseconds, REFERENCES, CALL_GOALS)
        for server, url in (("stub", stub), ("mock", mock.url)):
            title = f"calls per second to the {server} from {CALLERS} callers, where more is better"
            seconds = take_turns(title, _turns(libraries, MANY_CALLERS, url, server, 4 * CALLERS), rounds)
            rates = {name: 1 / each for name, each in seconds.items()}
            print_table(title, rates, "{:,.0f}".format, REFERENCES)
    print("; ".join(f"{name} is {library.version}" for name, library in libraries.items()))


def _install(name: str, directory: Path) -> _Library:
    environment = create(directory)
    source = str(ROOT / "generated") if name == "client" else DISTRIBUTIONS[name]
    locked = ("--constraint", str(LOCKS / "peers.txt"))
    environment.install("--compile-bytecode", *locked, *OPTIONS_OF_CLIENT, source)
    packages = [str(path) for path in directory.glob("lib/python*/site-packages")]
    sizes = {found.name: _size(found) for found in distributions(path=packages)}
    (version,) = (found.version for found in distributions(path=packages) if found.name == DISTRIBUTIONS[name])
    environment.install(*locked, "pyperf")
    return _Library(environment, f"{DISTRIBUTIONS[name]} {version}", sizes[DISTRIBUTIONS[name]], sum(sizes.values()))


def _size(distribution: Distribution) -> int:
    files = (Path(str(path.locate())) for path in distribution.files or () if path.suffix != ".pyc")
    return sum(file.stat().st_size for file in files)


def _measure_imports(libraries: Mapping[str, _Library], rounds: int) -> None:
    turns = {name: partial(libraries[name].turn_of_program, program) for name, program in IMPORTS.items()}
    nothing = partial(libraries["client"].turn_of_program, "")
    seconds = take_turns("import", {**turns, "nothing": nothing}, rounds)
    start = seconds.pop("nothing")
    figures = {name: taken - start for name, taken in seconds.items()}
    print_table("import, without the start of Python", figures, milliseconds, REFERENCES, IMPORT_GOALS)


def _measure_memory(libraries: Mapping[str, _Library], rounds: int, url: str) -> None:
    turns = {
        name: partial(libraries[name].turn_of_program, _program(function, url), "--track-memory")
        for name, function in ONE_OF_EACH.items()
    }
    title = "peak memory of a process after 100 calls"
    print_table(title, take_turns(title, turns, rounds), mebibytes, REFERENCES)


def _program(function: str, url: str) -> str:
    return COMMITS.format(function=function, target=_target(url))


def _turns(
    libraries: Mapping[str, _Library], functions: Mapping[str, str], url: str, server: str, number: int = 1
) -> dict[str, Callable[[], pyperf.Benchmark]]:
    def turn(function: str) -> pyperf.Benchmark:
        library = libraries[LIBRARIES[function.partition(".")[0]]]
        return library.turn_of_calls(function, url, number=number, validated=server == "mock")

    return {name: partial(turn, function) for name, function in functions.items()}


def _target(url: str) -> list[str]:
    return [url, PROJECT_ID, TOKEN, ACCESS_KEY, SECRET_KEY]
