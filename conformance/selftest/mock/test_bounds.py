"""Bounds of what the mock keeps and answers in bytes, so that no client can use up its memory."""

import contextlib
import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from conformance.mock import store as store_module
from conformance.mock.app import create_app
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.faults import FAULTS, stateful
from conformance.mock.record import RequestRecord
from conformance.mock.request import ReceivedRequest
from conformance.mock.store import BatchStore, FullStoreError
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

MEGABYTE = 1024 * 1024
LONGEST_ID = 512


@pytest.mark.parametrize("name", ["async_job_id", "project_id"])
@pytest.mark.parametrize("letter", ["x", "\N{CJK UNIFIED IDEOGRAPH-4E00}", "\N{GRINNING FACE}"])
def test_an_id_has_at_most_512_bytes(mock: MockClient, name: str, letter: str) -> None:
    size = len(letter.encode())
    longest, above = letter * (LONGEST_ID // size), letter * (LONGEST_ID // size + 1)
    mock.make(**{name: longest})
    response = mock.client.post("/_mock/batches", json={"status": READY, name: above})
    assert (response.status_code, name in response.json()["error"]) == (400, True)
    assert len(mock.server.app.store.listed()) == 1


def test_a_full_store_refuses_more_batches_until_it_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_BYTES", 256 * 1024)
    many = {"status": READY, "count": 1000, "project_id": "x" * LONGEST_ID}
    with running_mock() as mock:
        refused = mock.client.post("/_mock/batches", json=many)
        assert (refused.status_code, "DELETE" in refused.json()["error"]) == (507, True)
        assert mock.client.get("/_mock/batches").json() == {"batches": []}
        for _ in range(3):
            while mock.client.post("/_mock/batches", json={"status": READY, "count": 100}).status_code == 201:
                pass
            assert mock.client.delete("/_mock/batches").status_code == 204
        assert mock.commit(mock.make()).status_code == 200


def test_a_commit_in_a_full_store_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_BYTES", 64 * 1024)
    with running_mock() as mock:
        ids: list[str] = []
        while (made := mock.client.post("/_mock/batches", json={"status": READY, "count": 50})).status_code == 201:
            ids += [batch["async_job_id"] for batch in made.json()["batches"]]
        assert ids
        assert [mock.commit(async_job_id).status_code for async_job_id in ids] == [200] * len(ids)


def test_a_larger_file_of_before_is_still_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.sqlite"
    batches = [Batch(f"b{number}", "p" * 100, BatchStatus.READY) for number in range(1000)]
    with contextlib.closing(BatchStore(file)) as larger:
        larger.add(batches)
    monkeypatch.setattr(store_module, "MAX_BYTES", 16 * 1024)
    with contextlib.closing(BatchStore(file)) as full:
        assert len(full.listed()) == 1000
        assert full.transition("p" * 100, "b1", BatchStatus.READY, BatchStatus.COMMITTED)
        with pytest.raises(FullStoreError):
            full.add([Batch(f"c{number}", "p" * 100, BatchStatus.READY) for number in range(1000)])
        assert len(full.listed()) == 1000
    assert sqlite3.connect(file).execute("SELECT COUNT(*) FROM batches").fetchone() == (1000,)


def test_the_last_10000_batches_are_listed(mock: MockClient) -> None:
    made = [Batch(f"b{number}", "p", BatchStatus.READY) for number in range(10_001)]
    mock.server.app.store.add(made)
    listed = mock.client.get("/_mock/batches").json()["batches"]
    assert [batch["async_job_id"] for batch in listed] == [batch.async_job_id for batch in made[1:]]
    assert len(mock.client.get("/_mock/batches", params={"project_id": "q"}).json()["batches"]) == 0


@pytest.mark.parametrize("status", ["x" * 100_000, "\x00"])
def test_a_long_value_is_not_repeated(shared_mock: MockClient, status: str) -> None:
    for body in ({"status": status}, {"status": READY, status: 1}, {"faults": [status]}):
        for method, path in (("POST", "/_mock/batches"), ("PUT", "/_mock/faults")):
            response = shared_mock.client.request(method, path, json=body)
            assert response.status_code >= 400
            assert len(response.content) < 20_000


def received(headers: list[tuple[bytes, bytes]], path: bytes = b"/") -> ReceivedRequest:
    return ReceivedRequest("GET", path, b"", tuple(headers), b"", oversized=False, id="0" * 32)


@pytest.mark.parametrize(
    ("request_", "number"),
    [
        (received([(b"a%d" % number, b"b") for number in range(100_000)]), 1500),
        (received([(b"x%d" % number, b"b" * 30_000) for number in range(30)]), 1500),
        (received([(b"\xe9" * MEGABYTE, b"\xe9" * MEGABYTE)], b"/" + b"x" * MEGABYTE), 4000),
        (received([], b"/" + b"x" * 30_000), 4000),
        (received([]), 12_000),
    ],
    ids=["many headers", "large headers", "long everything", "long path", "nothing"],
)
def test_the_record_is_bounded_as_a_whole(request_: ReceivedRequest, number: int) -> None:
    record = RequestRecord()
    tracemalloc.start()
    try:
        for index in range(number):
            parameters = {"async_job_id": f"{index}" + "\N{GRINNING FACE}" * min(len(request_.path) - 1, 2000)}
            record.add(request_, 404, "CommitAsyncJob", parameters)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 48 * MEGABYTE
    assert 500 < len(record.listed()) <= min(number - 1, 10_000)
    assert record.count("CommitAsyncJob", record.listed()[-1].path_parameters) == 1
    assert record.count("CommitAsyncJob", {"async_job_id": "0"}) == 0


def test_lists_that_are_not_read_take_little_memory(mock: MockClient) -> None:
    app, large = mock.server.app, received([(b"x%d" % number, b"b" * 4096) for number in range(6)])
    app.store.add([Batch(f"{number:0>500}", "p" * 500, BatchStatus.READY) for number in range(10_000)])
    tracemalloc.start()
    try:
        with contextlib.ExitStack() as unread:
            for _ in range(8):
                for _ in range(1500):
                    app.record.add(large, 404, None, {})
                unread.enter_context(mock.client.stream("GET", "/_mock/batches"))
                unread.enter_context(mock.client.stream("GET", "/_mock/requests"))
            kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 48 * MEGABYTE


def test_a_list_has_what_is_kept_when_it_is_read(mock: MockClient) -> None:
    app = mock.server.app
    app.store.add([Batch(f"b{number}", "p", BatchStatus.READY) for number in range(300)])
    for number in range(10_000):
        app.record.add(received([], b"/%d" % number), 404, None, {})
    batches, requests = app.store.blocks(), app.record.blocks()
    first_batches, first_requests = next(batches), next(requests)
    app.store.add([Batch("later", "p", BatchStatus.READY)])
    app.store.transition("p", "b299", BatchStatus.READY, BatchStatus.COMMITTED)
    for _ in range(5000):
        app.record.add(received([], b"/later"), 404, None, {})
    listed = [*first_batches, *(batch for block in batches for batch in block)]
    assert [batch.async_job_id for batch in listed] == [f"b{number}" for number in range(300)]
    assert listed[-1].status is BatchStatus.COMMITTED
    targets = [entry.target for entry in (*first_requests, *(entry for block in requests for entry in block))]
    assert targets == [f"/{number}" for number in (*range(len(first_requests)), *range(5000, 10_000))]


def test_a_list_whose_rest_was_removed_ends(mock: MockClient) -> None:
    app = mock.server.app
    app.store.add([Batch(f"b{number}", "p", BatchStatus.READY) for number in range(300)])
    for _ in range(300):
        app.record.add(received([]), 404, None, {})
    batches, requests = app.store.blocks(), app.record.blocks()
    assert (len(next(batches)), len(next(requests))) < (300, 300)
    app.store.clear()
    app.record.clear()
    app.record.add(received([]), 404, None, {})
    assert ([batch for block in batches for batch in block], [entry for block in requests for entry in block]) == (
        [],
        [],
    )


def test_a_request_that_was_cut_says_so(mock: MockClient) -> None:
    headers = [(f"X-{number}", "a" * 5000) for number in range(20)]
    mock.client.get("/unknown", headers=headers)
    (entry,) = mock.client.get("/_mock/requests").json()["requests"]
    kept = [value for name, value in entry["headers"] if name.startswith("x-")]
    assert kept == ["a" * 4096] * len(kept)
    assert 0 < len(kept) < 20


def test_what_a_fault_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stateful, "MAX_KEYS", 5)
    app = create_app()
    headers = ((b"x-auth-token", app.settings.token.encode()), (b"content-type", b"application/json"))
    path = f"/v5/{app.settings.project_id}/batch-async-jobs/{'x' * 30_000}{{}}/commit"
    kept: dict[str, int] = {}
    with contextlib.closing(app):
        tracemalloc.start()
        try:
            for name in FAULTS:
                app.switchboard.switch(dict.fromkeys(("commit-unknown", name)))
                before, _ = tracemalloc.get_traced_memory()
                for number in range(20):
                    target = path.format(number).encode()
                    app.answer(ReceivedRequest("POST", target, b"", headers, b"", oversized=False, id="0" * 32))
                app.record.clear()
                kept[name] = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()

    assert {name: size for name, size in kept.items() if size > 300_000} == {}


def test_a_fault_forgets_the_oldest_of_many_keys() -> None:
    memory, numbers = stateful.Memory[int](), range(stateful.MAX_KEYS)
    assert [memory.setdefault(f"{number}", number) for number in numbers] == list(numbers)
    assert memory.setdefault("0", -1) == memory.get("0") == 0
    assert memory.setdefault("new", 1) == 1
    assert memory.get("0") is None
    assert memory.get("1") == 1
