"""What a run is asked to do, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import shlex
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from conformance.server.settings import PROJECT_ID, TOKEN
from conformance.situation import BatchState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ConfigurationError", "Settings", "is_loopback"]

Profile = Literal["safe", "full"]

TIMEOUT = 10.0


class ConfigurationError(Exception):
    """An option cannot be used as given; the message names it and the remedy."""


@dataclass(frozen=True)
class Settings:
    """The options of one run, complete and checked.

    Attributes:
        target: Base URL without a trailing slash; None for the built-in mock.
        project_id: Project that the token belongs to; the mock's unless given.
        token: Value of X-Auth-Token; the mock's unless given.
        project_given: Whether the user named the project.
        token_given: Whether the user gave the token.
        ready_jobs: IDs of validated batches; each is committed at most once.
        validating_jobs: IDs of batches that are being checked.
        failed_jobs: IDs of batches whose check failed.
        committed_jobs: IDs of committed batches.
        foreign_project_id: Project that the token has no rights in.
        profile: "safe" sends nothing that could create anything.
        rate: Requests a second; None for no limit.
        max_requests: Cap on requests; None for none.
        budget: Seconds after which no request is started; None for no limit.
        timeout: Seconds for one whole answer.
        seed: Seed of all generated requests.
        report_dir: Directory for the reports.
        only: Requirement ids and areas to judge; empty for all.
        known_deviations: File of accepted deviations.
        processes: Processes that share the run.
    """

    target: str | None = None
    project_id: str = PROJECT_ID
    token: str = field(default=TOKEN, repr=False)
    project_given: bool = False
    token_given: bool = False
    ready_jobs: tuple[str, ...] = ()
    validating_jobs: tuple[str, ...] = ()
    failed_jobs: tuple[str, ...] = ()
    committed_jobs: tuple[str, ...] = ()
    foreign_project_id: str | None = None
    profile: Profile = "full"
    rate: float | None = None
    max_requests: int | None = None
    budget: float | None = None
    timeout: float = TIMEOUT
    seed: int = 1
    report_dir: Path = Path("reports")
    only: tuple[str, ...] = ()
    known_deviations: Path | None = None
    processes: int = 1

    @property
    def jobs(self) -> dict[BatchState, tuple[str, ...]]:
        """The batches that the user named, by their state."""
        return {
            BatchState.READY: self.ready_jobs,
            BatchState.VALIDATING: self.validating_jobs,
            BatchState.FAILED: self.failed_jobs,
            BatchState.COMMITTED: self.committed_jobs,
        }

    def share(self, index: int, processes: int) -> Settings:
        """Return the settings of one of several processes, numbered from 0, that keep to the limits as a whole.

        Raises:
            ConfigurationError: There are not enough requests to share.
        """
        rate, most = self.rate, self.max_requests
        if most is not None and most < processes:
            raise ConfigurationError(f"--max-requests: {most} are too few for {processes} processes; lower -n")
        return replace(
            self,
            rate=None if rate is None else rate / processes,
            max_requests=None if most is None else most // processes + (index < most % processes),
            processes=processes,
        )

    def command(self) -> str:
        """Return the command that repeats the run; the token, and where it comes from, are left to the environment."""
        words = ["drs-conform", "--profile", self.profile, "--seed", str(self.seed)]
        given: dict[str, Sequence[object]] = {
            "--target": [self.target],
            "--project-id": [self.project_id if self.project_given else None],
            "--foreign-project-id": [self.foreign_project_id],
            "--ready-job": self.ready_jobs,
            "--validating-job": self.validating_jobs,
            "--failed-job": self.failed_jobs,
            "--committed-job": self.committed_jobs,
            "--rate": [self.rate],
            "--max-requests": [self.max_requests],
            "--budget": [self.budget],
            "--timeout": [None if self.timeout == TIMEOUT else self.timeout],
            "--known-deviations": [self.known_deviations],
        }
        for flag, values in given.items():
            for value in values:
                words += [] if value is None else [flag, f"{value:g}" if isinstance(value, float) else str(value)]
        return shlex.join([*words, "--only", *self.only] if self.only else words)

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Settings:
        """Check the options that the user gave and complete them.

        Raises:
            ConfigurationError: One of them cannot be used.
        """
        target = _target(options.get("target"))
        local = target is None or is_loopback(target)
        token = _token(options)
        if not local:
            if token is None:
                raise ConfigurationError(
                    f"--token: {target} needs one; set DRS_TOKEN, or name a file with --token-file"
                )
            if "project_id" not in options:
                raise ConfigurationError("--project-id: missing; name the project that the token belongs to")
        profile = options.get("profile", "full" if local else "safe")
        if profile not in ("safe", "full"):
            raise ConfigurationError(f"--profile: {profile!r} is neither 'safe' nor 'full'")
        jobs = {name: tuple(options.get(name[:-1], ())) for name in JOBS}
        if profile == "full" and not local and not jobs["ready_jobs"]:
            raise ConfigurationError("--profile full: commits batches, and costs money; name them with --ready-job ID")
        return cls(
            target=target,
            project_id=options.get("project_id", PROJECT_ID),
            token=token or TOKEN,
            project_given="project_id" in options,
            token_given=token is not None,
            foreign_project_id=options.get("foreign_project_id"),
            profile=profile,
            rate=_number("--rate", options.get("rate"), None if local else 5.0),
            max_requests=_whole("--max-requests", options.get("max_requests"), 1),
            budget=_number("--budget", options.get("budget"), None),
            timeout=_number("--timeout", options.get("timeout"), TIMEOUT) or TIMEOUT,
            seed=_whole("--seed", options.get("seed", "1"), 0) or 0,
            report_dir=_directory(Path(options.get("report_dir", "reports"))),
            only=tuple(options.get("only", ())),
            known_deviations=Path(options["known_deviations"]) if "known_deviations" in options else None,
            processes=1,
            **jobs,
        )


JOBS = ("ready_jobs", "validating_jobs", "failed_jobs", "committed_jobs")


def is_loopback(url: str) -> bool:
    """Say whether a URL names this very machine: `localhost`, 127.0.0.0/8 or [::1]."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _target(url: str | None) -> str | None:
    if url is None:
        return None
    remedy = "give one like https://drs.cn-north-4.myhuaweicloud.com"
    if "@" in url:
        raise ConfigurationError("--target: must not hold credentials; use --token for the token")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ConfigurationError(f"--target: {url!r} is no URL ({error}); {remedy}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in url):
        raise ConfigurationError(f"--target: {url!r} is no http(s) URL; {remedy}")
    if parts.query or parts.fragment:
        raise ConfigurationError("--target: must not hold a query or a fragment; give the base URL alone")
    return url.rstrip("/")


def _token(options: Mapping[str, Any]) -> str | None:
    token = options.get("token")
    if token is None and "token_file" in options:
        path = Path(options["token_file"])
        try:
            token = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"--token-file: cannot read {path}: {_reason(error)}") from None
    if token is None:
        return None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError("--token: is empty or holds characters that no HTTP header may; copy it again")
    return str(token)


def _number(flag: str, text: str | None, default: float | None) -> float | None:
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ConfigurationError(f"{flag}: {text!r} is no number above 0")
    return value


def _whole(flag: str, text: str | None, least: int) -> int | None:
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise ConfigurationError(f"{flag}: {text!r} is no whole number from {least}")
    return value


def _directory(path: Path) -> Path:
    """Create the directory and prove that files can be written there, before minutes are spent on a run."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ConfigurationError(f"--report-dir: cannot write to {path}: {_reason(error)}; choose another") from None
    return path


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)
