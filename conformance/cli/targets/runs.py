"""The runs of a file of targets, all validated before the first begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from conformance.config import credentials, option_values
from conformance.config.option_values import is_local
from conformance.config.options import OPTIONS, TARGET_OPTIONS, without_variables
from conformance.config.settings import Settings
from conformance.config.targets_file import location
from conformance.errors import CatalogueError, ConfigurationError, LedgerError
from conformance.exchange.identifiers import batch_key
from conformance.spec import deviations
from conformance.target.ledger import check_ledger

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from conformance.config.targets_file import Target
    from conformance.spec.catalogue import Catalogue

__all__ = ["TargetRun", "check_no_target_options", "prepare"]

LOGIN_OPTIONS = frozenset(name for names in credentials.GROUPS.values() for name in names)
FLAG = re.compile("--[a-z-]+")


@dataclass(frozen=True)
class TargetRun:
    """A run on one target.

    Attributes:
        name: Name of the target.
        settings: Settings, complete and validated.
        options: Values of the given options; they include credentials.
        notices: Warnings to print.
    """

    name: str
    settings: Settings
    options: Mapping[str, str | list[str]] = field(repr=False)
    notices: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the run: the options without a variable, and nothing secret."""
        return ("--only", *self.settings.only) if self.settings.only else ()

    def environment(self, outer: Mapping[str, str], hidden: frozenset[str]) -> dict[str, str]:
        """Return the environment of the run, with its own options and without those of other runs.

        Args:
            outer: The environment of this process.
            hidden: Variables that targets take values from, which may be secrets.
        """
        inner = {key: value for key, value in without_variables(outer).items() if key not in hidden}
        for option in OPTIONS:
            if option.environment is not None and option.name in self.options:
                value = self.options[option.name]
                inner[option.environment] = value if isinstance(value, str) else ",".join(value)
        return inner


def check_no_target_options(
    values: Mapping[str, Any], environment: Mapping[str, str], targets: Sequence[Target]
) -> None:
    """Refuse options of one target that are given together with a file of targets.

    Credentials in the environment are ignored, since they may be there for other runs. A variable that a target takes
    a value from is allowed.

    Raises:
        ConfigurationError: Such an option was given.
    """
    referenced = frozenset[str]().union(*(target.variables for target in targets))
    for option in TARGET_OPTIONS:
        if values.get(option.name) is not None:
            raise ConfigurationError(f"{option.flag}, --targets: cannot be combined; write {option.name} into the file")
        stray = option.environment in environment and option.environment not in referenced
        if stray and option.name not in LOGIN_OPTIONS:
            raise ConfigurationError(f"{option.environment}, --targets: cannot be combined; unset {option.environment}")


def prepare(
    targets: Sequence[Target], given: Mapping[str, Any], path: Path, catalogue: Catalogue
) -> tuple[TargetRun, ...]:
    """Validate each target, and all targets together.

    Args:
        targets: The targets of the file.
        given: The options of all runs, from the command line or the environment, which override those of the file.
        path: The file, for messages.
        catalogue: All requirements.

    Raises:
        ConfigurationError: A target is not valid; the message names the file and the target.
    """
    with location(path):
        runs = [_run(target, given, catalogue) for target in targets]
        _check_distinct(runs)
    return tuple(runs)


def _run(target: Target, given: Mapping[str, Any], catalogue: Catalogue) -> TargetRun:
    try:
        return _validated(target, given, catalogue)
    except (ConfigurationError, LedgerError) as error:
        raise ConfigurationError(f"{target.name}: {_as_keys(str(error), given)}") from None


def _validated(target: Target, given: Mapping[str, Any], catalogue: Catalogue) -> TargetRun:
    directory = Path(given.get("report_dir", "reports")) / target.name
    if directory.is_symlink():
        raise ConfigurationError(f"--report-dir: {directory} is a symbolic link; remove it, or name another directory")
    options = {**target.options, **given, "report_dir": str(directory)}
    url = option_values.url("--target", options.get("target"))
    if url is not None and not is_local(url, options.get("proxy")) and not LOGIN_OPTIONS & options.keys():
        raise ConfigurationError(
            'token_env: missing; give the name of the variable that has the token, such as token_env = "TOKEN_NORTH"'
        )
    settings = Settings.read(options)
    try:
        catalogue.select(settings.only)
    except CatalogueError as error:
        raise ConfigurationError(f"--only: {error}") from None
    if settings.known_deviations is not None:
        deviations.read(settings.known_deviations, catalogue)
    return TargetRun(target.name, settings, options, tuple(filter(None, (check_ledger(settings), settings.warning))))


def _as_keys(message: str, given: Container[str]) -> str:
    """Replace the flags in a message by the keys of the file, except those given on the command line."""
    names = {option.flag: option.name for option in OPTIONS if option.name not in given}
    return FLAG.sub(lambda match: names.get(match[0], match[0]), message)


def _check_distinct(runs: Sequence[TargetRun]) -> None:
    """Refuse two targets with the same URL, and a batch of two targets if one of them may commit it."""
    by_url: dict[str, str] = {}
    by_batch: dict[str, str] = {}
    committable = {batch_key(batch_id) for run in runs for batch_id in _committable(run.settings)}
    for run in runs:
        if run.settings.target is not None:
            other = by_url.setdefault(str(httpx.URL(run.settings.target)), run.name)
            if other != run.name:
                raise ConfigurationError(f"{other}, {run.name}: have the same target; remove one of them")
        for batch_id in {batch_id for ids in run.settings.jobs.values() for batch_id in ids}:
            key = batch_key(batch_id)
            other = by_batch.setdefault(key, run.name)
            if key in committable and other != run.name:
                raise ConfigurationError(
                    f"{other}, {run.name}: both name batch {batch_id}, which one may commit; give each its own batch"
                )


def _committable(settings: Settings) -> tuple[str, ...]:
    return (*settings.ready_jobs, *settings.validating_jobs)
