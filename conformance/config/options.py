"""The command line's options, in one table that the console script and plain pytest share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["OF_A_RUN", "OF_A_TARGET", "OPTIONS", "TARGETS", "Option", "declare", "given"]


@dataclass(frozen=True)
class Option:
    """An option of the command line.

    Attributes:
        flag: Long name, with its dashes.
        environment: Environment variable that stands in for it, if any.
        metavar: What the help calls the value.
        help: One sentence.
        repeatable: Whether several values may be given: by repetition, or separated by commas in the environment.
        several: Whether one flag takes several values.
        secret: Whether its value must not stand in a file of options.
    """

    flag: str
    environment: str | None
    metavar: str
    help: str
    repeatable: bool = False
    several: bool = False
    secret: bool = False

    @property
    def name(self) -> str:
        """The name under which parsers keep the value."""
        return self.flag.removeprefix("--").replace("-", "_")


OF_A_TARGET = (
    Option("--target", "DRS_TARGET", "URL", "base URL to judge; without one, the built-in mock is started"),
    Option("--project-id", "DRS_PROJECT_ID", "ID", "project that the token belongs to"),
    Option(
        "--token",
        "DRS_TOKEN",
        "TOKEN",
        "value of X-Auth-Token; prefer the environment, which no process list shows",
        secret=True,
    ),
    Option("--token-file", "DRS_TOKEN_FILE", "FILE", "file that holds the token"),
    Option("--iam-user", "DRS_IAM_USER", "NAME", "IAM user whom a token is fetched for, instead of --token"),
    Option("--iam-password", "DRS_IAM_PASSWORD", "TEXT", "password of that user; prefer the environment", secret=True),
    Option("--iam-domain", "DRS_IAM_DOMAIN", "NAME", "account that the user belongs to"),
    Option(
        "--iam-endpoint", "DRS_IAM_ENDPOINT", "URL", "IAM's base URL (that of the target's region, if it names one)"
    ),
    Option(
        "--access-key",
        "DRS_ACCESS_KEY",
        "AK",
        "access key that requests are signed with, instead of --token",
        secret=True,
    ),
    Option(
        "--secret-key", "DRS_SECRET_KEY", "SK", "secret key of that access key; prefer the environment", secret=True
    ),
    Option("--security-token", "DRS_SECURITY_TOKEN", "TEXT", "security token of a temporary access key", secret=True),
    Option("--ready-job", "DRS_READY_JOBS", "ID", "validated batch that may be committed, once", repeatable=True),
    Option(
        "--validating-job",
        "DRS_VALIDATING_JOBS",
        "ID",
        "batch that is still being checked; it is committed if that has ended meanwhile",
        repeatable=True,
    ),
    Option("--failed-job", "DRS_FAILED_JOBS", "ID", "batch whose check failed", repeatable=True),
    Option("--committed-job", "DRS_COMMITTED_JOBS", "ID", "batch that has been committed", repeatable=True),
    Option("--foreign-project-id", "DRS_FOREIGN_PROJECT_ID", "ID", "project that the token has no rights in"),
)
"""Options that say what is judged, and with which account; they make no sense for several targets at once."""

OF_A_RUN = (
    Option(
        "--profile", "DRS_PROFILE", "safe|full", "safe creates nothing (default off loopback); full does everything"
    ),
    Option("--rate", "DRS_RATE", "N", "requests a second (unlimited on loopback, 5 elsewhere)"),
    Option("--max-requests", "DRS_MAX_REQUESTS", "N", "send no more requests than this (1000 off loopback)"),
    Option("--budget", "DRS_BUDGET", "SECONDS", "start no request after this time"),
    Option("--timeout", "DRS_TIMEOUT", "SECONDS", "time for one whole answer (10)"),
    Option("--ca-file", "DRS_CA_FILE", "FILE", "certificates (PEM) to trust instead of this machine's"),
    Option("--proxy", "DRS_PROXY", "URL", "HTTP proxy to pass through; no other variable names one"),
    Option(
        "--ledger", "DRS_LEDGER", "DIR", "where used --ready-job IDs are remembered (~/.local/state/drs-conform/used)"
    ),
    Option("--seed", "DRS_SEED", "N", "the same seed sends the same requests (1)"),
    Option("--report-dir", "DRS_REPORT_DIR", "DIR", "where the reports go (reports)"),
    Option(
        "--only", None, "ID", "requirements or areas to judge, with only the requests that these need", several=True
    ),
    Option("--known-deviations", "DRS_KNOWN_DEVIATIONS", "FILE", "deviations to accept, each with reason and expiry"),
)
"""Options that say how that is done."""

OPTIONS = (*OF_A_TARGET, *OF_A_RUN)

TARGETS = Option("--targets", "DRS_TARGETS", "FILE", "judge all targets of this TOML file, side by side")
"""The option of the console script that stands in for all that belong to one target."""


def declare(add: Callable[..., object], options: Sequence[Option] = OPTIONS) -> None:
    """Declare options through argparse's `add_argument` or pytest's `addoption`."""
    for option in options:
        text = option.help + (f" [{option.environment}]" if option.environment else "")
        kind: dict[str, Any] = {"action": "append"} if option.repeatable else {"nargs": "+"} if option.several else {}
        add(option.flag, dest=option.name, metavar=option.metavar, help=text, default=None, **kind)


def given(
    values: Mapping[str, Any], environment: Mapping[str, str], options: Sequence[Option] = OPTIONS
) -> dict[str, Any]:
    """Return what the user gave for each of these options, on the command line or else in the environment.

    Raises:
        ConfigurationError: A variable is set to nothing.
    """
    found: dict[str, Any] = {}
    for option in options:
        value = values.get(option.name)
        if value is None and option.environment is not None and option.environment in environment:
            value = environment[option.environment]
            if not value.strip():
                raise ConfigurationError(f"{option.environment}: is set, but empty; unset it, or give it a value")
            if option.repeatable:
                value = [item.strip() for item in value.split(",") if item.strip()]
        if value is not None:
            found[option.name] = value
    return found
