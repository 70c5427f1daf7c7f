"""The settings of a run, checked before anything is sent."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from conformance.auth.access_key import SigningKey
from conformance.auth.authentication import Token
from conformance.auth.iam_user import IamUser
from conformance.config import credentials, option_values
from conformance.config.option_values import is_local
from conformance.errors import ConfigurationError
from conformance.exchange.classification import BatchState
from conformance.exchange.identifiers import UNRESERVED, batch_key
from conformance.exchange.redaction import SHORTEST, is_long_enough
from conformance.spec.openapi import EXAMPLE_PROJECT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.auth.authentication import Login

__all__ = ["Settings"]

Profile = Literal["safe", "full"]
JobIds = Literal["plain", "any"]

DEFAULT_TIMEOUT = 10.0
SECRET_OPTIONS = {
    Token: ("--token",),
    IamUser: ("--iam-password",),
    SigningKey: ("--secret-key", "--security-token"),
}
"""The options of the secrets of each kind of credentials, in order."""

REMOTE_RATE = 5.0
REMOTE_MAX_REQUESTS = 1000
"""More than twice the requests of a run; limits the damage that a fault of the suite could do to a real account."""


@dataclass(frozen=True)
class Settings:
    """The options of one run, complete and checked.

    Attributes:
        target: Base URL without a trailing slash; None for the built-in mock.
        project_id: Project that the token belongs to; that of the mock unless given.
        project_given: Whether the user named the project.
        login: The credentials; None for the token of the mock.
        ready_jobs: IDs of validated batches; each is committed at most once.
        validating_jobs: IDs of batches that are being validated.
        failed_jobs: IDs of batches whose validation failed.
        committed_jobs: IDs of committed batches.
        foreign_jobs: IDs of validated batches of the foreign project.
        job_ids: "plain" allows no IDs but those that are the same in every spelling of a URL, except for a mock.
        foreign_project_id: Project that the token has no rights in.
        foreign_token: A valid token of the foreign project.
        expired_token: A token of the project that has expired.
        profile: "safe" sends no request that could create anything; "full" sends all.
        rate: Maximum number of requests per second; None for no limit.
        max_requests: Maximum number of requests; None for no limit.
        budget: Seconds after which nothing is sent or waited for; None for no limit.
        timeout: Seconds for one complete response.
        seed: Seed of all generated requests.
        report_dir: Directory for the reports.
        only: IDs of requirements and areas to check; empty for all.
        known_deviations: File of accepted deviations.
        ca_file: Certificates to trust instead of those of this machine.
        proxy: URL of an HTTP proxy, which may contain credentials.
        ledger: Directory that records the used batches; None for the default of the user.
    """

    target: str | None = None
    project_id: str = EXAMPLE_PROJECT_ID
    project_given: bool = False
    login: Login | None = None
    ready_jobs: tuple[str, ...] = ()
    validating_jobs: tuple[str, ...] = ()
    failed_jobs: tuple[str, ...] = ()
    committed_jobs: tuple[str, ...] = ()
    foreign_jobs: tuple[str, ...] = ()
    job_ids: JobIds = "plain"
    foreign_project_id: str | None = None
    foreign_token: str | None = field(default=None, repr=False)
    expired_token: str | None = field(default=None, repr=False)
    profile: Profile = "full"
    rate: float | None = None
    max_requests: int | None = None
    budget: float | None = None
    timeout: float = DEFAULT_TIMEOUT
    seed: int = 1
    report_dir: Path = Path("reports")
    only: tuple[str, ...] = ()
    known_deviations: Path | None = None
    ca_file: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    ledger: Path | None = None

    @property
    def jobs(self) -> dict[BatchState, tuple[str, ...]]:
        """The IDs of the given batches, by state."""
        return {
            BatchState.READY: self.ready_jobs,
            BatchState.VALIDATING: self.validating_jobs,
            BatchState.FAILED: self.failed_jobs,
            BatchState.COMMITTED: self.committed_jobs,
            BatchState.FOREIGN: self.foreign_jobs,
        }

    @property
    def committable_jobs(self) -> tuple[str, ...]:
        """The given batches that the target could commit, could commit by mistake, or has committed."""
        return tuple(batch_id for ids in self.jobs.values() for batch_id in ids)

    @property
    def is_local(self) -> bool:
        """Whether all requests stay on this machine."""
        return self.target is None or is_local(self.target, self.proxy)

    @property
    def odd_job(self) -> str:
        """An error about an ID that could be sent and is not allowed unless the target is a mock; empty without one."""
        if self.profile == "safe" or self.job_ids == "any":
            return ""
        odd = [batch_id for ids in self.jobs.values() for batch_id in ids if not UNRESERVED.fullmatch(batch_id)]
        return (
            f"--job-ids: {odd[0]!r} has characters besides letters, digits and - . _ ~, so the server may take it for "
            "another batch; correct it, or give --job-ids any"
            if odd
            else ""
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The given values that must not be written anywhere."""
        proxy = urlsplit(self.proxy or "").password or ""
        login = self.login.secrets if self.login is not None else ()
        others = (self.foreign_token or "", self.expired_token or "", proxy, unquote(proxy))
        return tuple(filter(None, dict.fromkeys((*login, *others))))

    @property
    def warning(self) -> str:
        """Warnings about the settings, a line for each; empty if there is none."""
        return "\n".join(filter(None, (self._unencrypted, self._unmasked)))

    @property
    def _unmasked(self) -> str:
        """A warning of secrets that are too short to be removed from the reports."""
        secrets = [*zip(SECRET_OPTIONS[type(self.login)], self.login.secrets, strict=False)] if self.login else []
        proxy = unquote(urlsplit(self.proxy or "").password or "")
        secrets += [("--foreign-token", self.foreign_token or ""), ("--expired-token", self.expired_token or "")]
        secrets.append(("--proxy", proxy))
        short = [flag for flag, secret in secrets if secret and not is_long_enough(secret)]
        if not short:
            return ""
        flags = ", ".join(short)
        return f"{flags}: has fewer than {SHORTEST} visible characters, so reports may show it; use a longer one"

    @property
    def _unencrypted(self) -> str:
        """A warning of a token that others on the network can read."""
        unencrypted = self.target is not None and self.target.startswith("http:") and not self.is_local
        if unencrypted and not (isinstance(self.login, SigningKey) and self.login.security_token is None):
            return f"--target: {self.target} receives the token unencrypted; prefer https"
        return ""

    def command(self) -> str:
        """Return the command that repeats the run; secrets, and where they come from, are left to the environment."""
        words = ["drs-conform", "--profile", self.profile, "--seed", str(self.seed)]
        given: dict[str, Sequence[object]] = {
            "--target": [self.target],
            "--project-id": [self.project_id if self.project_given else None],
            "--foreign-project-id": [self.foreign_project_id],
            "--ready-job": self.ready_jobs,
            "--validating-job": self.validating_jobs,
            "--failed-job": self.failed_jobs,
            "--committed-job": self.committed_jobs,
            "--foreign-job": self.foreign_jobs,
            "--job-ids": [None if self.job_ids == "plain" else self.job_ids],
            "--rate": [self.rate],
            "--max-requests": [self.max_requests],
            "--budget": [self.budget],
            "--timeout": [None if self.timeout == DEFAULT_TIMEOUT else self.timeout],
            "--known-deviations": [self.known_deviations],
            "--ca-file": [self.ca_file],
            "--proxy": [None if self.proxy is None or "@" in self.proxy else self.proxy],
        }
        for flag, texts in given.items():
            for value in texts:
                words += [] if value is None else [flag, f"{value:g}" if isinstance(value, float) else str(value)]
        return shlex.join([*words, "--only", *self.only] if self.only else words)

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Settings:
        """Check the given options and complete them with defaults.

        Raises:
            ConfigurationError: An option is not valid or missing; the message names it.
        """
        target = option_values.url("--target", options.get("target"))
        proxy = option_values.proxy(options.get("proxy"))
        local = target is None or is_local(target, proxy)
        project_id = options.get("project_id", EXAMPLE_PROJECT_ID)
        login = credentials.read(options, target=target, project_id=project_id, proxy=proxy)
        if not local:
            if login is None:
                raise ConfigurationError(
                    f"--token: missing for {target}; set DRS_TOKEN, or use --token-file, --iam-user or --access-key"
                )
            if "project_id" not in options:
                raise ConfigurationError("--project-id: missing; give the project that the token belongs to")
        _check_projects(project_id, options)
        foreign_token, expired_token = credentials.other_tokens(options, login)
        profile = options.get("profile", "full" if local else "safe")
        if profile not in ("safe", "full"):
            raise ConfigurationError(f"--profile: {profile!r} is not a profile; give 'safe' or 'full'")
        job_ids = options.get("job_ids", "plain")
        if job_ids not in ("plain", "any"):
            raise ConfigurationError(f"--job-ids: {job_ids!r} is not one of them; give 'plain' or 'any'")
        jobs: dict[str, Any] = {name: tuple(options.get(name[:-1], ())) for name in JOBS}
        _check_jobs(jobs)
        if profile == "full" and not local and not jobs["ready_jobs"]:
            raise ConfigurationError(
                "--profile full: commits batches, which costs money; give their IDs with --ready-job ID"
            )
        settings = cls(
            target=target,
            project_id=project_id,
            project_given="project_id" in options,
            login=login,
            job_ids=job_ids,
            foreign_project_id=options.get("foreign_project_id"),
            foreign_token=foreign_token,
            expired_token=expired_token,
            profile=profile,
            rate=option_values.positive_number("--rate", options.get("rate"), None if local else REMOTE_RATE),
            max_requests=option_values.integer(
                "--max-requests", options.get("max_requests"), None if local else REMOTE_MAX_REQUESTS, 1
            ),
            budget=option_values.positive_number("--budget", options.get("budget"), None),
            timeout=option_values.positive_number("--timeout", options.get("timeout"), DEFAULT_TIMEOUT),
            seed=option_values.integer("--seed", options.get("seed"), 1, 0),
            report_dir=Path(options.get("report_dir", "reports")),
            only=tuple(options.get("only", ())),
            known_deviations=Path(options["known_deviations"]) if "known_deviations" in options else None,
            ca_file=option_values.ca_file(options.get("ca_file")),
            proxy=proxy,
            ledger=Path(options["ledger"]) if "ledger" in options else None,
            **jobs,
        )
        if not local and settings.odd_job:
            raise ConfigurationError(settings.odd_job)
        return settings


JOBS = ("ready_jobs", "validating_jobs", "failed_jobs", "committed_jobs", "foreign_jobs")


def _check_projects(project_id: str, options: Mapping[str, Any]) -> None:
    """Refuse a value that is not an ID, and a batch or a token without its project."""
    for flag, value in (("--project-id", project_id), ("--foreign-project-id", options.get("foreign_project_id"))):
        if value is not None and not (value.strip() and value.isprintable()):
            raise ConfigurationError(f"{flag}: {value!r} is not an ID; give the ID of a project")
    if "foreign_job" in options and "foreign_project_id" not in options:
        raise ConfigurationError("--foreign-job: needs --foreign-project-id, the project that the batch belongs to")
    if "foreign_token" in options and "foreign_project_id" not in options:
        raise ConfigurationError("--foreign-token: needs --foreign-project-id, the project that the token belongs to")


def _check_jobs(jobs: Mapping[str, Sequence[str]]) -> None:
    """Refuse a value that is not an ID, and a batch that is given in two states."""
    flags: dict[str, str] = {}
    for name, ids in jobs.items():
        flag = "--" + name[:-1].replace("_", "-")
        for batch_id in ids:
            if not batch_id.strip() or not batch_id.isprintable() or "," in batch_id:
                raise ConfigurationError(
                    f"{flag}: {batch_id!r} is not an ID; give one ID and repeat the option for others"
                )
            other = flags.setdefault(batch_key(batch_id), flag)
            if other != flag:
                raise ConfigurationError(
                    f"{other}, {flag}: both name batch {batch_id}; give it only with the option of its current state"
                )
