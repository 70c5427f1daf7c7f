"""The user's own certificate is trusted where the user says so, and nowhere else."""

from __future__ import annotations

import os
import ssl
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from drs_batch_client import OutcomeUnknownError, Retries, TransportError

from conformance.proof.servers import QuietHandler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.client.doors import Door

CERTIFICATE = Path(__file__).with_name("localhost.pem")
BODY = b'{"job": {"async_job_id": "over TLS"}}'


class Handler(QuietHandler):
    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        self.close_connection = True
        if self.parse_request():
            if "broken" in self.path:
                os.write(self.connection.fileno(), BROKEN_RECORD)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)


BROKEN_RECORD = b"\x17\x03\x03\x00\x28" + b"A" * 40
"""A record of TLS that cannot be decrypted."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Do not print an error if a client hangs up."""


@contextmanager
def secure() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_context_that_trusts_the_certificate_reaches_the_server(commit: Door) -> None:
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    with secure() as url:
        assert commit(base_url=url, verify=trusting).async_job_id == "over TLS"


def test_without_one_nothing_is_sent_or_retried(commit: Door) -> None:
    # An hour between attempts, if there were any.
    patient = Retries(attempts=4, wait=3600, longest=3600)
    with (
        secure() as url,
        pytest.raises(TransportError, match=r"was not sent: ConnectError: .*certificate verify failed"),
    ):
        commit(base_url=url, retries=patient)


def test_after_a_broken_record_the_outcome_is_unknown(commit: Door) -> None:
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    with secure() as url, pytest.raises(OutcomeUnknownError):
        commit("broken", base_url=url, verify=trusting)
