"""The credentials that the options give: a token, an IAM user or an access key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.auth.access_key import SigningKey
from conformance.auth.authentication import Token
from conformance.auth.iam_user import IamUser
from conformance.config import option_values
from conformance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.auth.authentication import Login

__all__ = ["GROUPS", "other_tokens", "read"]

GROUPS = {
    "--token": ("token", "token_file"),
    "--iam-user": ("iam_user", "iam_password", "iam_domain", "iam_endpoint"),
    "--access-key": ("access_key", "secret_key", "security_token"),
}
"""The ways to authenticate: the options of each, under its main option."""

REQUIRED = {
    "--iam-user": ("iam_user", "iam_password", "iam_domain"),
    "--access-key": ("access_key", "secret_key"),
}
"""The options that each way requires."""


def read(options: Mapping[str, Any], *, target: str | None, project_id: str, proxy: str | None) -> Login | None:
    """Return the credentials that the user gave, if any.

    Raises:
        ConfigurationError: An option is not valid or missing, or there are two ways to authenticate.
    """
    ways = [flag for flag, names in GROUPS.items() if any(name in options for name in names)]
    if len(ways) > 1:
        raise ConfigurationError(
            f"{ways[0]}, {ways[1]}: are two ways to authenticate; give only one and unset the options of the other"
        )
    if not ways:
        return None
    if ways == ["--token"]:
        return Token(_token(options))
    _check_complete(options, REQUIRED[ways[0]])
    if ways == ["--iam-user"]:
        endpoint = option_values.url("--iam-endpoint", options.get("iam_endpoint"), "https://iam.myhuaweicloud.com")
        user, domain, password = options["iam_user"], options["iam_domain"], options["iam_password"]
        if endpoint and endpoint.startswith("http:") and not option_values.is_local(endpoint, proxy):
            raise ConfigurationError(f"--iam-endpoint: {endpoint!r} would send the password unencrypted; use https")
        return IamUser(endpoint or (_endpoint(target) if target else ""), user, domain, password, project_id, None)
    given = {name: option_values.header_text(_flag(name), options[name]) for name in GROUPS[ways[0]] if name in options}
    return SigningKey(given["access_key"], given["secret_key"], given.get("security_token"))


def _token(options: Mapping[str, Any]) -> str:
    token = options.get("token")
    if token is None:
        token = option_values.secret_file("--token-file", Path(options["token_file"]))
    return option_values.header_text("--token", token)


def other_tokens(options: Mapping[str, Any], login: Login | None) -> tuple[str | None, str | None]:
    """Return the token of the foreign project and the expired one that the user gave, if any.

    Raises:
        ConfigurationError: One of them is not a token, or is the same as another one.
    """
    own = login.value if isinstance(login, Token) else None
    foreign = _other_token("--foreign-token", options, {"--token": own}, "give one of the other project")
    known = {"--token": own, "--foreign-token": foreign}
    return foreign, _other_token("--expired-token", options, known, "give one that has expired")


def _other_token(flag: str, options: Mapping[str, Any], known: Mapping[str, str | None], advice: str) -> str | None:
    name = flag.removeprefix("--").replace("-", "_")
    if name not in options:
        return None
    text = option_values.header_text(flag, options[name])
    for other, value in known.items():
        if text == value:
            raise ConfigurationError(f"{flag}: is the same as {other}; {advice}, or leave it out")
    return text


def _check_complete(options: Mapping[str, Any], names: Sequence[str]) -> None:
    missing = [name for name in names if not str(options.get(name, "")).strip()]
    if missing:
        given = next(name for names in GROUPS.values() for name in names if name in options)
        raise ConfigurationError(f"{_flag(missing[0])}: missing; {_flag(given)} requires it")


def _endpoint(target: str) -> str:
    """Return IAM's base URL in the region of the target; raises `ConfigurationError`."""
    match = re.fullmatch(r"https://drs\.([a-z0-9-]+\.myhuaweicloud\.(?:com|eu))(/.*)?", target)
    if match is None:
        raise ConfigurationError(
            "--iam-endpoint: missing; give the base URL of IAM, such as https://iam.myhuaweicloud.com"
        )
    return f"https://iam.{match[1]}"


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
