"""The mock in a thread: fast start and stop, no output, no thread left behind."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.mock.transport import MockServer
from conformance.selftest.support.mock_client import running_mock


def test_a_server_answers_inside_the_block_and_not_after_it() -> None:
    with EmbeddedServer() as server, httpx.Client(trust_env=False) as client:
        assert client.get(f"{server.url}/_mock/").status_code == 200
        thread_names = {thread.name for thread in threading.enumerate()}
        assert f"mock at {server.url}" in thread_names
    assert f"mock at {server.url}" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/_mock/", trust_env=False)


def test_servers_start_and_stop_quickly() -> None:
    started = time.perf_counter()
    for _ in range(20):
        with EmbeddedServer():
            pass
    assert (time.perf_counter() - started) / 20 < 0.25


def test_idle_connections_do_not_delay_the_stop() -> None:
    with httpx.Client(trust_env=False) as client:
        with EmbeddedServer() as server:
            client.get(f"{server.url}/_mock/")
            started = time.perf_counter()
        assert time.perf_counter() - started < 1


def test_servers_run_side_by_side() -> None:
    with running_mock() as one, running_mock(MockSettings(token="other")) as other:
        assert one.server.url != other.server.url
        job = one.make()
        assert other.commit(job).status_code == 400
        assert one.commit(job).status_code == 200


def test_active_requests_are_finished() -> None:
    entered, leave = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool, httpx.Client(trust_env=False) as client:
        with EmbeddedServer() as server:
            find = server.app.store.find

            def wait(async_job_id: str, project_id: str | None = None) -> object:
                entered.set()
                leave.wait(10)
                return find(async_job_id, project_id)

            server.app.store.find = wait  # type: ignore[assignment] # a slow request
            path = f"/v5/{server.settings.project_id}/batch-async-jobs/a/commit"
            pending = pool.submit(client.post, f"{server.url}{path}")
            assert entered.wait(10)
            leave.set()
        assert pending.result(10).status_code == 401


def test_a_server_that_does_not_start_raises_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more sockets")

    monkeypatch.setattr(MockServer, "startup", refuse)
    with pytest.raises(RuntimeError, match="did not start") as raised, EmbeddedServer():
        pass
    assert str(raised.value.__cause__) == "no more sockets"


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with running_mock() as mock:
        mock.commit(mock.make())
        mock.client.get("/unknown")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"token": ""}, "token"),
        ({"token": "a b"}, "token"),
        ({"token": "a\r\nX: y"}, "token"),
        ({"project_id": "\N{LATIN SMALL LETTER E WITH ACUTE}"}, "project_id"),
        ({"access_key": "a,b"}, "access_key"),
        ({"secret_key": ""}, "secret_key"),
        ({"token": MockSettings().expired_token}, "token"),
        ({"token": MockSettings().foreign_token}, "token"),
        ({"foreign_token": MockSettings().expired_token}, "foreign_token"),
        ({"foreign_token": ""}, "foreign_token"),
        ({"project_id": MockSettings().foreign_project_id}, "project_id"),
    ],
)
def test_unusable_settings_are_refused(settings: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} "):
        MockSettings(**settings)  # type: ignore[arg-type] # all of these fields are strings


def test_settings_hide_their_secrets() -> None:
    settings = MockSettings()
    assert settings.token not in repr(settings)
    assert settings.foreign_token not in repr(settings)
    assert settings.secret_key not in repr(settings)
