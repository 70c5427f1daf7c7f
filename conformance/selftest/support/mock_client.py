"""A running mock with a client, for the tests of the mock."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.spec import openapi

SPEC = openapi.load()
COMMIT = SPEC.operation("CommitAsyncJob")
READY = "AUTO_PARAM_VALIDATE_SUCCESS"


@dataclass(frozen=True)
class MockClient:
    """A running mock and a client, with the requests that most tests send."""

    server: EmbeddedServer
    client: httpx.Client
    headers: Mapping[str, str] = field(default_factory=dict)

    def make(self, status: str = READY, **fields: str) -> str:
        """Create one batch, and return its ID."""
        response = self.client.post("/_mock/batches", json={"status": status, **fields})
        assert response.status_code == 201, response.text
        async_job_id: str = response.json()["batches"][0]["async_job_id"]
        return async_job_id

    def status(self, async_job_id: str) -> str:
        """Return the state of a batch."""
        status: str = self.client.get(f"/_mock/batches/{async_job_id}").json()["status"]
        return status

    def path(self, async_job_id: str, project_id: str | None = None) -> str:
        """Return the path of a commit; both IDs are used unchanged."""
        return f"/v5/{project_id or self.server.settings.project_id}/batch-async-jobs/{async_job_id}/commit"

    def commit(self, async_job_id: str, project_id: str | None = None, **headers: str) -> httpx.Response:
        """Commit a batch with valid credentials; `X_Language` sets the header X-Language, and so on."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(self.path(async_job_id, project_id), headers={**self.headers, **changed})


@contextmanager
def running_mock(settings: MockSettings | None = None) -> Iterator[MockClient]:
    """Run a mock and a client."""
    with (
        EmbeddedServer(settings) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client,
    ):
        yield MockClient(server, client, {"X-Auth-Token": server.settings.token, "Content-Type": "application/json"})


def assert_documented(response: httpx.Response) -> None:
    """Assert that the status is documented, and that the body matches the schema of this status."""
    assert response.status_code in SPEC.statuses(COMMIT), response.text
    schema = SPEC.response_schema(COMMIT, response.status_code)
    assert SPEC.errors(schema, response.json()) == []
    assert response.headers["Content-Type"] == "application/json"
    assert len(response.headers.get_list("X-Request-Id")) == 1


def exchange(server: EmbeddedServer, message: bytes) -> httpx.Response:
    """Send raw bytes after which the server closes the connection, and return its answer."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(message)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)
