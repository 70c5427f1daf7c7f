"""The access key and the project in the environment variables of the vendor's SDK."""

from __future__ import annotations

import os
from typing import TypedDict

from drs_batch_client.runtime.auth import AccessKeyAuth
from drs_batch_client.runtime.credentials import LISTABLE, VISIBLE, flaw

__all__ = ["Environment", "from_env"]

_AK, _SK = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"
_TOKEN, _PROJECT = "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID"
_FEDERATED = ("HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE")


class Environment(TypedDict):
    """Arguments of `connect`; see `from_env`."""

    project_id: str
    auth: AccessKeyAuth


def from_env(*, project_id: str | None = None) -> Environment:
    """Return the project and the credentials of the environment: `connect(region="cn-north-4", **from_env())`.

    HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are the access key, HUAWEICLOUD_SDK_SECURITY_TOKEN is the security token
    of a temporary one, and HUAWEICLOUD_SDK_PROJECT_ID is the project. They are read once.

    Args:
        project_id: The project. Default: that of the environment.

    Raises:
        ValueError: A variable is missing, empty or not valid; the message names it. Or HUAWEICLOUD_SDK_IDP_ID and
            HUAWEICLOUD_SDK_ID_TOKEN_FILE are set, which the vendor's SDK uses instead of an access key.
    """
    if all(map(os.environ.get, _FEDERATED)):
        raise ValueError(f"{' and '.join(_FEDERATED)} are set, which are not supported; unset them to use {_AK}")
    needed = (_AK, _SK, *((_PROJECT,) if project_id is None else ()))
    wrong = [
        f"{name} {what}" for name in (*needed, _TOKEN) if (what := _wrong(name, needed=name in needed)) is not None
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return {
        "project_id": os.environ[_PROJECT] if project_id is None else project_id,
        "auth": AccessKeyAuth(
            access_key=os.environ[_AK], secret_key=os.environ[_SK], security_token=os.environ.get(_TOKEN)
        ),
    }


def _wrong(name: str, *, needed: bool) -> str | None:
    """Return what is wrong with a variable; None if nothing is."""
    if name not in os.environ:
        return "is not set" if needed else None
    return flaw(os.environ[name], LISTABLE if name == _AK else VISIBLE) if os.environ[name] else "is empty"
