"""A turn of one contender: `python -m scripts.benchmark.contenders`, with options of pyperf and a job as JSON.

A job has the name of the contender's `function`, the fields of the `target`, the `number` of calls in one value, and
whether these need `validated` batches, which the mock makes.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from typing import Any

import pyperf

from scripts.benchmark.contenders.callers import start


def main() -> None:
    """Time the calls, in a worker process of pyperf."""
    runner = pyperf.Runner(
        program_args=("-m", __package__), add_cmdline_args=lambda command, options: command.append(options.job)
    )
    runner.argparser.add_argument("job")
    job = json.loads(runner.parse_args().job)
    runner.bench_time_func(job["function"], _seconds, job, inner_loops=job["number"])


def _seconds(loops: int, job: dict[str, Any]) -> float:
    """Return the seconds that a number of values takes; called in a worker, which alone imports the library."""
    commit = start(job["function"], *job["target"])
    number = loops * job["number"]
    batches = _validated(number, job["target"][0]) if job["validated"] else ["b1"] * number
    started = time.perf_counter()
    states = commit(batches)
    seconds = time.perf_counter() - started
    if states != ["COMMIT_SUCCESS"] * number:
        sys.exit(f"{job['function']} did not commit: {states}")
    return seconds


def _validated(number: int, url: str) -> list[str]:
    """Replace the batches of the mock by new ones, and return their IDs."""
    content = json.dumps({"status": "AUTO_PARAM_VALIDATE_SUCCESS", "count": number}).encode()
    for method, body in (("DELETE", None), ("POST", content)):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/_mock/batches", body, headers, method=method)  # noqa: S310 - the mock
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - likewise
            made = answer.read()
    return [batch["async_job_id"] for batch in json.loads(made)["batches"]]


if __name__ == "__main__":
    main()
