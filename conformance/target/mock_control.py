"""Creation of batches: by the mock's control interface, or only of their IDs in a dry run."""

from __future__ import annotations

import json
import random
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.errors import MockRefusedError
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Request, Response
from conformance.exchange.identifiers import random_uuid
from conformance.exchange.strict_json import MalformedError
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.settings import CONTROL_PATH, EXPIRED_TOKEN, FOREIGN_TOKEN

if TYPE_CHECKING:
    from typing import Self

    from conformance.exchange.transport import Transport
    from conformance.mock.app import MockApp
    from conformance.target.batches import Shape

__all__ = ["DryRunBatches", "EmbeddedBatches", "MockControl"]

STATUSES = {
    BatchState.READY: "AUTO_PARAM_VALIDATE_SUCCESS",
    BatchState.VALIDATING: "ASYNC_JOB_VALIDATING",
    BatchState.FAILED: "ASYNC_JOB_VALIDATE_FAILED",
    BatchState.COMMITTED: "COMMIT_SUCCESS",
    BatchState.FOREIGN: "AUTO_PARAM_VALIDATE_SUCCESS",
}
"""The status of batches in the mock."""
UNSERVED = (
    "--target: the mock there does not serve its control interface to this host and port, so the run cannot create "
    "batches; start the mock with --control-host and this host"
)
FIELDS = {
    "token": re.compile("[!-~]{1,4096}"),
    "project_id": re.compile("[!-~]{1,256}"),
    "foreign_project_id": re.compile("[!-~]{1,256}"),
    "foreign_token": re.compile("[!-~]{1,4096}"),
    "expired_token": re.compile("[!-~]{1,4096}"),
}
"""What a mock says about itself, and what is believed, since anything may call itself the mock."""
LONGEST_DESCRIPTION = 1 << 16
"""Octets of an answer in which a mock may describe itself."""
MOST_CONFLICTS = 1000
"""Batches that the mock has already, after which no other ID is tried."""


class MockControl:
    """The control interface of one mock.

    Attributes:
        token: The token that the mock accepts.
        project_id: The project of that token.
        foreign_project_id: A project in which that token has no rights.
        foreign_token: A valid token of the foreign project; None if the mock names none.
        expired_token: A token that was valid once; None if the mock names none.
        used_before: Whether the mock had a batch with an ID that this seed gives.
    """

    used_before = False

    def __init__(self, transport: Transport, description: dict[str, str], *, seed: int) -> None:
        """Prepare to create batches.

        Args:
            transport: Sends requests to the mock.
            description: The mock's description of itself.
            seed: The seed of the run.
        """
        self._transport = transport
        self._seed = seed
        self.begin("")
        self.token = description["token"]
        self.project_id = description["project_id"]
        self.foreign_project_id = description["foreign_project_id"]
        self.foreign_token = description.get("foreign_token")
        self.expired_token = description.get("expired_token")

    @classmethod
    def discover(cls, transport: Transport, *, seed: int) -> Self | None:
        """Send one GET to the control path; return None if the server is not the mock.

        Raises `MockRefusedError` if it is a mock that does not serve its control interface to the host of the target.
        """
        request = Request("GET", f"{CONTROL_PATH}/", (("Accept", "application/json"),))
        [answer] = transport.send([request])
        if not isinstance(answer, Response) or len(answer.body) > LONGEST_DESCRIPTION:
            return None
        try:
            description = answer.json()
        except MalformedError:
            return None
        if not isinstance(description, dict) or description.get("mock") != "drs":
            return None
        if answer.status == HTTPStatus.MISDIRECTED_REQUEST:
            raise MockRefusedError(UNSERVED)
        values = {"foreign_token": FOREIGN_TOKEN, "expired_token": EXPIRED_TOKEN, **description}
        usable = all(
            isinstance(values.get(name), str) and pattern.fullmatch(values[name]) for name, pattern in FIELDS.items()
        )
        return cls(transport, description, seed=seed) if usable else None

    def begin(self, scenario: str) -> None:
        """Make the IDs of the next batches depend only on the scenario and the seed."""
        self._random = _random(self._seed, scenario)

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Create a batch and return its ID; raises `ConnectionError` if the mock does not create it."""
        project_id = self.foreign_project_id if foreign else self.project_id
        for _ in range(MOST_CONFLICTS):
            batch_id = shape(random_uuid(self._random))
            body = json.dumps({"status": STATUSES[state], "async_job_id": batch_id, "project_id": project_id}).encode()
            headers = (("Content-Type", "application/json"),)
            [answer] = self._transport.send([Request("POST", f"{CONTROL_PATH}/batches", headers, body)])
            if isinstance(answer, Response) and answer.status == HTTPStatus.CREATED:
                return batch_id
            if not isinstance(answer, Response):
                raise ConnectionError(f"the mock did not create a batch: {answer.detail}")
            if answer.status != HTTPStatus.CONFLICT:
                raise ConnectionError(f"the mock did not create a batch: it answers with status {answer.status}")
            self.used_before = True
        raise ConnectionError(f"the mock has had {MOST_CONFLICTS} of the batches to create")


class EmbeddedBatches:
    """Creates batches in the store of a mock in this process, with the IDs that its control interface would get."""

    def __init__(self, app: MockApp, seed: int) -> None:
        """Create batches in this mock."""
        self._app = app
        self._ids = DryRunBatches(seed)

    def begin(self, scenario: str) -> None:
        """Make the IDs of the next batches depend only on the scenario and the seed."""
        self._ids.begin(scenario)

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Create a batch and return its ID."""
        batch_id = self._ids.create(state, shape=shape)
        settings = self._app.settings
        project_id = settings.foreign_project_id if foreign else settings.project_id
        self._app.store.add([Batch(batch_id, project_id, BatchStatus(STATUSES[state]))])
        return batch_id


class DryRunBatches:
    """The batches of a dry run: only IDs, the same as those of `MockControl`."""

    def __init__(self, seed: int) -> None:
        """Set the seed of the run."""
        self._seed = seed
        self.begin("")

    def begin(self, scenario: str) -> None:
        """Make the IDs of the next batches depend only on the scenario and the seed."""
        self._random = _random(self._seed, scenario)

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Return the ID of a batch, which the dry run assumes to be in the given state."""
        del state, foreign
        return shape(random_uuid(self._random))


def _random(seed: int, scenario: str) -> random.Random:
    """Return the random generator for the IDs of a scenario's batches."""
    return random.Random(f"created {seed} {scenario}")  # noqa: S311 - reproducible, not secret
