"""The options of the command line, in one table that `drs-conform` and plain pytest share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "OPTIONS",
    "RUN_OPTIONS",
    "TARGETS",
    "TARGET_OPTIONS",
    "Option",
    "declare",
    "given",
    "without_variables",
]

VARIABLE_PREFIX = "DRS_"


@dataclass(frozen=True)
class Option:
    """An option of the command line.

    Attributes:
        flag: Long name, with its leading dashes.
        environment: Environment variable that gives the value if the flag is not used, if any.
        metavar: Name of the value in the help.
        help: Description in one sentence.
        repeatable: Whether several values can be given, by repeating the flag or with commas in the variable.
        several: Whether one flag takes several values.
        secret: Whether the value is refused in a file of targets.
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
        """The name of the value in parsed arguments and in a file of targets."""
        return self.flag.removeprefix("--").replace("-", "_")


TARGET_OPTIONS = (
    Option("--target", "DRS_TARGET", "URL", "base URL of the server (default: a built-in mock)"),
    Option("--project-id", "DRS_PROJECT_ID", "ID", "project that the token belongs to (default: that of the mock)"),
    Option(
        "--token",
        "DRS_TOKEN",
        "TOKEN",
        "value of X-Auth-Token (default on this machine: that of the mock); prefer the environment, which process "
        "lists do not show",
        secret=True,
    ),
    Option("--token-file", "DRS_TOKEN_FILE", "FILE", "file that contains the token"),
    Option("--iam-user", "DRS_IAM_USER", "NAME", "IAM user to fetch a token for, instead of --token"),
    Option("--iam-password", "DRS_IAM_PASSWORD", "TEXT", "password of that user; prefer the environment", secret=True),
    Option("--iam-domain", "DRS_IAM_DOMAIN", "NAME", "account that the user belongs to"),
    Option(
        "--iam-endpoint",
        "DRS_IAM_ENDPOINT",
        "URL",
        "base URL of IAM (default: that of the region in the URL of the target)",
    ),
    Option(
        "--access-key",
        "DRS_ACCESS_KEY",
        "AK",
        "access key to sign requests with, instead of --token",
        secret=True,
    ),
    Option("--secret-key", "DRS_SECRET_KEY", "SK", "secret key of the access key; prefer the environment", secret=True),
    Option("--security-token", "DRS_SECURITY_TOKEN", "TEXT", "security token of a temporary access key", secret=True),
    Option(
        "--ready-job",
        "DRS_READY_JOBS",
        "ID",
        "ready (validated) batch, committed at most once",
        repeatable=True,
    ),
    Option(
        "--validating-job",
        "DRS_VALIDATING_JOBS",
        "ID",
        "batch that is being validated; it is committed if it turns out to be ready",
        repeatable=True,
    ),
    Option("--failed-job", "DRS_FAILED_JOBS", "ID", "batch whose validation failed", repeatable=True),
    Option("--committed-job", "DRS_COMMITTED_JOBS", "ID", "batch that has been committed", repeatable=True),
    Option(
        "--job-ids",
        "DRS_JOB_IDS",
        "plain|any",
        "plain: the IDs of batches have letters, digits and - . _ ~ alone, so that no server takes one for another "
        "(default); any: a mock may have others, and so may a server whose IDs you know",
    ),
    Option("--foreign-project-id", "DRS_FOREIGN_PROJECT_ID", "ID", "project that the token has no rights in"),
    Option(
        "--foreign-job",
        "DRS_FOREIGN_JOBS",
        "ID",
        "ready batch of that project; it is committed if the server lets this token do so",
        repeatable=True,
    ),
    Option(
        "--foreign-token",
        "DRS_FOREIGN_TOKEN",
        "TOKEN",
        "valid token of that project, to call as another customer; prefer the environment",
        secret=True,
    ),
    Option(
        "--expired-token",
        "DRS_EXPIRED_TOKEN",
        "TOKEN",
        "token of the same project that has expired; prefer the environment",
        secret=True,
    ),
)
"""The options that belong to one target: its address, account and batches."""

RUN_OPTIONS = (
    Option(
        "--profile",
        "DRS_PROFILE",
        "safe|full",
        "safe: sends nothing that can commit a batch (default for remote targets); "
        "full: sends everything (default for this machine)",
    ),
    Option("--rate", "DRS_RATE", "N", "maximum requests per second (default: 5 off loopback, unlimited on it)"),
    Option(
        "--max-requests",
        "DRS_MAX_REQUESTS",
        "N",
        "maximum number of requests, those to IAM included (default: 1000 off loopback, unlimited on it)",
    ),
    Option(
        "--budget", "DRS_BUDGET", "SECONDS", "send nothing, and wait for nothing, after this time (default: unlimited)"
    ),
    Option("--timeout", "DRS_TIMEOUT", "SECONDS", "time limit for one complete response (default: 10)"),
    Option("--ca-file", "DRS_CA_FILE", "FILE", "certificates (PEM) to trust instead of those of this machine"),
    Option("--proxy", "DRS_PROXY", "URL", "HTTP proxy; HTTP_PROXY and the like are ignored"),
    Option(
        "--ledger",
        "DRS_LEDGER",
        "DIR",
        "directory that records used --ready-job IDs (default: ~/.local/state/drs-conform/used)",
    ),
    Option("--seed", "DRS_SEED", "N", "seed of the generated requests (default: 1)"),
    Option("--report-dir", "DRS_REPORT_DIR", "DIR", "directory for the reports (default: reports)"),
    Option(
        "--only",
        None,
        "ID",
        "check only these requirements, and send only the requests that they need; "
        "an ID, or the prefix of an area such as ERR",
        several=True,
    ),
    Option(
        "--known-deviations",
        "DRS_KNOWN_DEVIATIONS",
        "FILE",
        "deviations to accept, each with a reason and an expiry date",
    ),
)
"""The options of a run on any target."""

OPTIONS = (*TARGET_OPTIONS, *RUN_OPTIONS)

TARGETS = Option("--targets", "DRS_TARGETS", "FILE", "check all targets in this TOML file, side by side")
"""The option of `drs-conform` that replaces those of one target."""


def declare(add: Callable[..., object], options: Sequence[Option] = OPTIONS) -> None:
    """Declare options through argparse's `add_argument` or pytest's `addoption`."""
    for option in options:
        text = option.help + (f" [{option.environment}]" if option.environment else "")
        kind: dict[str, Any] = {"action": "append"} if option.repeatable else {"nargs": "+"} if option.several else {}
        add(option.flag, dest=option.name, metavar=option.metavar, help=text, default=None, **kind)


def given(
    values: Mapping[str, Any], environment: Mapping[str, str], options: Sequence[Option] = OPTIONS
) -> dict[str, Any]:
    """Return the values of the options that the user gave, on the command line or else in the environment.

    Raises:
        ConfigurationError: An option or a variable is empty.
    """
    found: dict[str, Any] = {}
    for option in options:
        value = values.get(option.name)
        if isinstance(value, str) and not value.strip():
            raise ConfigurationError(f"{option.flag}: is empty; give it a value, or leave the option out")
        if value is None and option.environment is not None and option.environment in environment:
            value = environment[option.environment]
            if not value.strip():
                raise ConfigurationError(f"{option.environment}: is set but empty; unset it or give it a value")
            if option.repeatable:
                value = [item.strip() for item in value.split(",") if item.strip()]
        if value is not None:
            found[option.name] = value
    return found


def without_variables(environment: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """Return an environment without the variables of options, and without those that have one of the prefixes."""
    return {name: value for name, value in environment.items() if not name.startswith((VARIABLE_PREFIX, *prefixes))}
