"""The mock's control interface, seen from the suite: it is recognised, and creates batches in any state."""

from __future__ import annotations

import json
import random
import uuid
from typing import TYPE_CHECKING

import httpx

from conformance.server.control import CONTROL_PATH
from conformance.situation import BatchState

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["MockControl"]

STATUSES = {
    BatchState.READY: "AUTO_PARAM_VALIDATE_SUCCESS",
    BatchState.VALIDATING: "ASYNC_JOB_VALIDATING",
    BatchState.FAILED: "ASYNC_JOB_VALIDATE_FAILED",
    BatchState.COMMITTED: "COMMIT_SUCCESS",
}


class MockControl:
    """The control interface of one mock.

    Attributes:
        token: The token that it accepts.
        project_id: The project of that token.
        foreign_project_id: A project in which that token has no rights.
    """

    def __init__(self, client: httpx.Client, description: dict[str, str], *, seed: int) -> None:
        """Take the connection and what the mock says of itself."""
        self._client = client
        self._random = random.Random(f"created {seed}")  # noqa: S311 - reproducible, not secret
        self.token = description["token"]
        self.project_id = description["project_id"]
        self.foreign_project_id = description["foreign_project_id"]

    @classmethod
    def discover(cls, url: str, *, seed: int) -> Self | None:
        """Ask a server on this machine whether it is the mock; one GET, which is no part of the API."""
        client = httpx.Client(base_url=url, trust_env=False, timeout=5)
        try:
            answer = client.get(f"{CONTROL_PATH}/", headers={"Accept": "application/json"})
            description = answer.json()
            if isinstance(description, dict) and description.get("mock") == "drs":
                return cls(client, description, seed=seed)
        except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError):
            pass
        client.close()
        return None

    def create(self, state: BatchState, *, foreign: bool = False) -> str:
        """Create a batch in a state and return its ID; raises `httpx.HTTPError`."""
        project_id = self.foreign_project_id if foreign else self.project_id
        while True:
            batch_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            body = {"status": STATUSES[state], "async_job_id": batch_id, "project_id": project_id}
            answer = self._client.post(f"{CONTROL_PATH}/batches", json=body)
            # A mock that has been judged before under this seed has this batch already.
            if answer.status_code != httpx.codes.CONFLICT:
                answer.raise_for_status()
                return batch_id

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
