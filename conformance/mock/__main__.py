"""The command line of the mock: `drs-mock`."""

from __future__ import annotations

import argparse
import errno
import ipaddress
import logging
import os
import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from conformance.mock.admission import is_loopback, named_host
from conformance.mock.app import create_app
from conformance.mock.faults import FAULTS, UnknownFaultError
from conformance.mock.settings import (
    ACCESS_KEY,
    CONTROL_PATH,
    IAM_DOMAIN,
    IAM_PASSWORD,
    IAM_USER,
    PROJECT_ID,
    SECRET_KEY,
    TOKEN,
    TOKEN_LIFETIME,
    MockSettings,
)
from conformance.mock.store import StoreError
from conformance.mock.transport import MockServer, bind, url_of
from conformance.mock.variants import VARIANTS, UnknownVariantError
from conformance.spec.characters import PrintableFormatter, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE_ERROR = 2
_MAX_PORT = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM, and return the exit status: 0, or 2 if the options cannot be used."""
    options = _parser().parse_args(arguments)
    if options.list:
        _print_names()
        return 0
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    try:
        app = create_app(_settings(options))
    except (ValueError, StoreError, UnknownVariantError, UnknownFaultError) as error:
        return _fail(str(error))
    try:
        listener = bind(options.host, options.port)
    except (OSError, UnicodeError) as error:
        app.close()
        return _fail(_reason(error, options.host, options.port))
    try:
        if options.control and not _is_loopback(listener):
            _print(
                "warning: anyone who can reach this address can use the control interface; --no-control disables it",
                error=True,
            )
        server = MockServer(app, lambda: _print_summary(app.settings, url_of(listener)))
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # before the server handles the signal
        pass
    finally:
        listener.close()
        app.close()
    return 0


class _Parser(argparse.ArgumentParser):
    """A parser of arguments whose errors are printable lines."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def _parser() -> _Parser:
    parser = _Parser(prog="drs-mock", description="Serve a mock of the DRS batch task API.", allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on, 0 for any free port (%(default)s)")
    parser.add_argument(
        "--database", type=Path, metavar="FILE", help="store the batches in this file instead of in memory"
    )
    parser.add_argument("--token", default=TOKEN, help="the valid X-Auth-Token (%(default)s)")
    parser.add_argument("--project-id", default=PROJECT_ID, help="the project ID of the token (%(default)s)")
    parser.add_argument("--access-key", default=ACCESS_KEY, help="AK for signed requests (%(default)s)")
    parser.add_argument("--secret-key", default=SECRET_KEY, help="SK for signed requests (%(default)s)")
    parser.add_argument("--iam-user", default=IAM_USER, help="user that IAM issues tokens to (%(default)s)")
    parser.add_argument("--iam-password", default=IAM_PASSWORD, help="password of that user (%(default)s)")
    parser.add_argument("--iam-domain", default=IAM_DOMAIN, help="account of that user (%(default)s)")
    parser.add_argument(
        "--token-lifetime",
        type=int,
        default=TOKEN_LIFETIME,
        metavar="SECONDS",
        help="lifetime of a token from IAM (%(default)s)",
    )
    parser.add_argument(
        "--variant", action="append", default=[], metavar="NAME", help="differ in a way that still conforms; repeatable"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="violate a requirement; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="print the names of all variants and faults, and exit")
    parser.add_argument(
        "--no-control", dest="control", action="store_false", help=f"do not serve the control interface {CONTROL_PATH}/"
    )
    parser.add_argument(
        "--control-host",
        action="append",
        default=[],
        metavar="HOST",
        help="serve the control interface to this name or address as well, at any port; repeatable",
    )
    return parser


def _print_names() -> None:
    for option, entries in (("variant", VARIANTS), ("fault", FAULTS)):
        for name, entry in entries.items():
            _print(f"--{option} {name}: {entry.summary}")


def _port(value: str) -> int:
    if not value.isdecimal() or int(value) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{value!r} is not a port number from 0 to {_MAX_PORT}")
    return int(value)


def _settings(options: argparse.Namespace) -> MockSettings:
    try:
        return MockSettings(
            token=options.token,
            project_id=options.project_id,
            access_key=options.access_key,
            secret_key=options.secret_key,
            iam_user=options.iam_user,
            iam_password=options.iam_password,
            iam_domain=options.iam_domain,
            token_lifetime=options.token_lifetime,
            database=options.database,
            variants=tuple(options.variant),
            faults=tuple(options.fault),
            control=options.control,
            control_hosts=(*options.control_host, *_listening(options.host)),
        )
    except ValueError as error:
        name, _, rest = str(error).partition(" ")
        raise ValueError(f"--{name.replace('_', '-')} {rest}") from None


def _listening(host: str) -> list[str]:
    """Return the host to listen on if the control interface would not be served to it otherwise."""
    named = named_host(host)
    return [] if named is None or is_loopback(named) else [host]


def _reason(error: OSError | UnicodeError, host: str, port: int) -> str:
    if isinstance(error, UnicodeError):
        return f"--host {host} is not the name of a machine: {error}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is in use: stop the program that uses it, or choose another with --port (0 for any free port)"
        )
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is not an address of this machine: {error.strerror}"
    return f"cannot listen on --host {host} --port {port}: {error.strerror}"


def _is_loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _print_summary(settings: MockSettings, url: str) -> None:
    command = ["drs-conform", "--target", url]
    _print(f"Mock server: {url}")
    _print(f"X-Auth-Token: {settings.token}")
    _print(f"Project ID: {settings.project_id}")
    _print(f"AK, SK: {settings.access_key}, {settings.secret_key}")
    _print(f"IAM user, password, domain: {settings.iam_user}, {settings.iam_password}, {settings.iam_domain}")
    if settings.control:
        _print(f"Control interface: {url}{CONTROL_PATH}/")
        _print(f"API reference: {url}{CONTROL_PATH}/reference")
    else:
        command += ["--project-id", settings.project_id, "--token", settings.token]
    if settings.variants:
        _print(f"Variants: {', '.join(settings.variants)}")
    if settings.faults:
        _print(f"Faults: {', '.join(settings.faults)}")
    _print(f"Check it: {shlex.join(command)}")


def _fail(message: str) -> int:
    _print(f"error: {message}", error=True)
    return _USAGE_ERROR


def _print(line: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    try:
        print(printable(line), file=stream, flush=True)
    except BrokenPipeError:  # nobody reads the output any more, but the server keeps serving
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
