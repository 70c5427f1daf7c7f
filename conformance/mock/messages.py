"""The messages of the mock, in the two languages of the API."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from conformance.mock.answers import ServiceError

if TYPE_CHECKING:
    from conformance.mock.request import ReceivedRequest

__all__ = ["AnswerLanguage", "ServiceMessage", "choose_language", "text"]

_ECHO_LENGTH = 64
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class AnswerLanguage(Enum):
    """A documented value of X-Language."""

    ENGLISH = "en-us"
    CHINESE = "zh-cn"


class ServiceMessage(Enum):
    """A message in English and Chinese; `{id}` stands for the ID of the batch."""

    COMMITTED = ("The batch was submitted.", "批次已提交。")
    UNKNOWN = (
        "No batch task with the ID {id} exists in this project. Check the ID.",
        "此项目中不存在ID为{id}的批量任务，请检查ID。",  # noqa: RUF001 - Chinese punctuation
    )
    VALIDATING = (
        "The parameters of the batch task {id} are still being checked. Try again when the check is over.",
        "批量任务{id}的参数仍在校验中，请在校验完成后重试。",  # noqa: RUF001 - likewise
    )
    VALIDATE_FAILED = (
        "The parameters of the batch task {id} failed the check. Update the batch task first.",
        "批量任务{id}的参数校验失败，请先修改该批量任务。",  # noqa: RUF001 - likewise
    )
    ALREADY_COMMITTED = (
        "The batch task {id} has been committed before.",
        "批量任务{id}此前已提交。",
    )
    CONFLICT = (
        "The state of the batch task {id} changed while it was being committed. Try again.",
        "批量任务{id}的状态在提交过程中发生变化，请重试。",  # noqa: RUF001 - likewise
    )
    LANGUAGE = ("Parameter error: X-Language must be en-us or zh-cn.", "参数错误：X-Language只能是en-us或zh-cn。")  # noqa: RUF001 - likewise


def text(message: ServiceMessage, language: AnswerLanguage, async_job_id: str = "") -> str:
    """Return a message; a long ID is cut to 64 characters, so that no message exceeds the limit of 512."""
    template = message.value[0 if language is AnswerLanguage.ENGLISH else 1]
    shown = async_job_id if len(async_job_id) <= _ECHO_LENGTH else async_job_id[: _ECHO_LENGTH - 1] + _ELLIPSIS
    return template.replace("{id}", shown)


def choose_language(request: ReceivedRequest) -> AnswerLanguage:
    """Return the requested language, English by default.

    Raises `ServiceError` for any other value. The documentation leaves this open. The mock enforces the enum, since an
    error helps a caller who requests an unknown language more than an answer in another one.
    """
    requested = request.distinct("X-Language") or (b"en-us",)
    for language in AnswerLanguage:
        if requested == (language.value.encode(),):
            return language
    raise ServiceError("DRS.10000009", text(ServiceMessage.LANGUAGE, AnswerLanguage.ENGLISH))
