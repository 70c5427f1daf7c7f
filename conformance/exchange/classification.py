"""What a request amounts to: which of the documented conditions it meets, read off the bytes that are sent.

No stimulus is believed about what it meant to send; a generator that breaks a header by accident causes no false alarm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from conformance.exchange.tokens import is_placeholder_token, near_misses
from conformance.spec.openapi import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange.exchange import Request
    from conformance.spec.openapi import Operation, Specification

__all__ = ["BatchState", "Classifier", "Credentials", "Language", "MediaType", "Place", "Project", "Situation"]


ORDINARY_HEADERS = ("Content-Type", "X-Auth-Token", "X-Language", "User-Agent", "Accept", "Accept-Encoding")
"""The documented headers, and those that every client sends.

That their names may be written otherwise is HTTP's, and no page says it; others may be refused for what they say.
"""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
"""Methods that change nothing by their definition (RFC 9110, section 9.2.1)."""

LONGEST_TARGET = 4000
"""Octets of a target that whatever stands in front of a service takes, beside a long token and a path prefix.

RFC 9112 (section 3) recommends 8000 for the request line; many servers have 8192 for all headers.
"""


class BatchState(Enum):
    """What is known of the batch that a request names, before it is sent."""

    READY = "ready"
    VALIDATING = "validating"
    FAILED = "failed"
    COMMITTED = "committed"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    UNCERTAIN = "uncertain"


class Credentials(Enum):
    """The X-Auth-Token of a request."""

    VALID = "valid"
    MISSING = "missing"
    EMPTY = "empty"
    SIMILAR = "similar"
    WRONG = "wrong"


class Place(Enum):
    """The path of a request, with whatever method."""

    OPERATION = "an operation's"
    SPELLING = "another spelling of an operation's"
    NEIGHBOUR = "one that names a batch, but is no operation's"
    ELSEWHERE = "any other"


class Project(Enum):
    """The project_id of a request."""

    OWN = "own"
    FOREIGN = "foreign"
    OTHER = "other"


class MediaType(Enum):
    """The Content-Type of a request."""

    DOCUMENTED = "application/json"
    EQUIVALENT = "equivalent"
    MISSING = "missing"
    OTHER = "other"


class Language(Enum):
    """The X-Language of a request."""

    ABSENT = "absent"
    EN_US = "en-us"
    ZH_CN = "zh-cn"
    OTHER = "other"


@dataclass(frozen=True)
class Situation:
    """The conditions that a request meets.

    Attributes:
        method: HTTP method.
        operation: The operation whose path and method the request has, if any.
        path_of: The operation whose path it has; the first one of that path if none has its method.
        reaches: The operations with its method that a server may take it for, by another spelling of their path, too.
        place: What its path is.
        credentials: Its token.
        project: Its project.
        project_id: The ID of that, decoded; off the operations' paths, a known one that stands in the path, or empty.
        batch_id: The batch it names, decoded; off the operations' paths, a known one that stands in the path, or empty.
        batch: What is known of that batch.
        media_type: Its Content-Type.
        language: Its X-Language.
        canonical: Whether it has nothing undocumented: no body, query, Authorization or repeated header, no long path,
            but ordinary headers in ASCII, and no wish for another media type than JSON.
    """

    method: str
    operation: Operation | None
    path_of: Operation | None
    reaches: tuple[Operation, ...]
    place: Place
    credentials: Credentials
    project: Project
    project_id: str
    batch_id: str
    batch: BatchState
    media_type: MediaType
    language: Language
    canonical: bool

    @property
    def harmless(self) -> bool:
        """Whether the request does nothing unless it names a batch that exists; a path without an operation is read.

        An operation whose effect the document does not declare may do anything.
        """
        if self.reaches:
            return all(operation.effect is Effect.NONE or _needs_batch(operation) for operation in self.reaches)
        return self.method in SAFE_METHODS

    @property
    def documented(self) -> bool:
        """Whether the request is one that the documentation describes in full, whatever batch it names."""
        return self.matches_document and self.authorised

    @property
    def authorised(self) -> bool:
        """Whether the caller has the right credentials for the project."""
        return self.credentials is Credentials.VALID and self.project is Project.OWN

    @property
    def matches_document(self) -> bool:
        """Whether it is documented but for the token and the project.

        What is wrong in two ways may be refused for either.
        """
        return (
            self.operation is not None
            and self.media_type is MediaType.DOCUMENTED
            and self.language is not Language.OTHER
            and self.canonical
            and self.ordinary_id
        )

    @property
    def ordinary_id(self) -> bool:
        """Whether the ID is made of letters, of any script, digits, and the other unreserved characters of RFC 3986.

        What stands in front of a service may refuse the rest, such as an encoded slash.
        """
        return re.fullmatch(r"(?=.*[^.])[\w.~-]+", self.batch_id) is not None


class Classifier:
    """Reads requests against one specification and one account."""

    def __init__(self, specification: Specification, *, token: str, project_id: str, foreign: str | None) -> None:
        """Take what the account is: its token, its project, and a project that it has no rights in."""
        self.set_token(token)
        self._projects = {project_id: Project.OWN}
        if foreign is not None:
            self._projects[foreign] = Project.FOREIGN
        self._templates = [(_pattern(operation.template), operation) for operation in specification.operations]

    def set_token(self, token: str) -> None:
        """Take this token for the right one from now on."""
        self._token = token
        self._similar = frozenset(() if is_placeholder_token(token) else near_misses(token))

    def read(self, request: Request, states: dict[str, BatchState]) -> Situation:
        """Say what the request amounts to, given what is known of some batches; any other batch is unknown."""
        path, _, query = request.target.partition("?")
        found = [(operation, match) for pattern, operation in self._templates if (match := pattern.fullmatch(path))]
        # Of the operations of a path, the one with this method comes first.
        found.sort(key=lambda pair: pair[0].method != request.method)
        path_of, values = None, {}
        if found:
            path_of = found[0][0]
            values = {key: unquote(text) for key, text in found[0][1].groupdict().items()}
        batch_id = values.get("async_job_id", "")
        project_id = values.get("project_id", "")
        place = Place.OPERATION
        if path_of is None:
            place, project_id, batch_id = self._elsewhere(path, states)
        project = self._projects.get(project_id, Project.OTHER)
        batch = states.get(batch_id, BatchState.UNKNOWN)
        if batch is BatchState.FOREIGN and project is Project.FOREIGN:
            batch = BatchState.READY
        repeated = any(len(request.values(name)) > 1 for name in ("Content-Type", "X-Language", "X-Auth-Token"))
        return Situation(
            method=request.method,
            operation=path_of if path_of and path_of.method == request.method else None,
            path_of=path_of,
            reaches=tuple(operation for operation, _ in self._spelled(path) if operation.method == request.method),
            place=place,
            credentials=self._credentials(request),
            project=project,
            project_id=project_id,
            batch_id=batch_id,
            batch=batch,
            media_type=_media_type(request.values("Content-Type")),
            language=_language(request.values("X-Language")),
            # Which one counts if a token and a signature come together is not documented.
            canonical=not (request.body or query or repeated or request.values("Authorization"))
            and len(request.target) <= LONGEST_TARGET
            and all(name in ORDINARY_HEADERS and value.isascii() for name, value in request.headers)
            and all(value in ("*/*", "application/json") for value in request.values("Accept")),
        )

    def _credentials(self, request: Request) -> Credentials:
        tokens = request.values("X-Auth-Token")
        if not tokens:
            return Credentials.MISSING
        if not any(tokens):
            return Credentials.EMPTY
        if self._token in tokens:
            return Credentials.VALID
        return Credentials.SIMILAR if self._similar.issuperset(tokens) else Credentials.WRONG

    def _elsewhere(self, path: str, states: dict[str, BatchState]) -> tuple[Place, str, str]:
        """Tell what a path is that no operation has, and the project and the batch that stand in it."""
        for _, match in self._spelled(path):
            values = match.groupdict()
            return Place.SPELLING, values.get("project_id", ""), values.get("async_job_id", "")
        segments = _plain(path).split("/")
        project_id = next((segment for segment in segments if segment in self._projects), "")
        batch_id = next((segment for segment in segments if segment in states), "")
        return (Place.NEIGHBOUR if batch_id else Place.ELSEWHERE), project_id, batch_id

    def _spelled(self, path: str) -> Iterator[tuple[Operation, re.Match[str]]]:
        """Find the operations of which a path is a spelling, with whatever method."""
        for pattern, operation in self._templates:
            match = pattern.fullmatch(path) or re.fullmatch(pattern.pattern, _plain(path), re.IGNORECASE)
            if match:
                yield operation, match


def _needs_batch(operation: Operation) -> bool:
    return operation.effect is not None and operation.names_batch


def _plain(path: str) -> str:
    """Return a path as careless servers read it: decoded, and without empty segments."""
    return re.sub("/+", "/", unquote(path)).rstrip("/")


def path(operation: Operation, **values: str) -> str:
    """Fill an operation's path template, percent-encoding each value as one segment (RFC 3986, section 3.3)."""
    return re.sub(r"\{(\w+)\}", lambda match: quote(values[match[1]], safe=""), operation.template)


def renamed(target: str, old: str, new: str) -> str:
    """Return a target with another batch ID in each segment of its path that is the old one, decoded."""
    path, mark, query = target.partition("?")
    segments = (quote(new, safe="") if unquote(segment) == old else segment for segment in path.split("/"))
    return "/".join(segments) + mark + query


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def _media_type(values: tuple[str, ...]) -> MediaType:
    if not values:
        return MediaType.MISSING
    if values[0] == "application/json":
        return MediaType.DOCUMENTED
    # The documentation names one value; that other spellings mean the same is RFC 9110, section 8.3.1.
    equivalent = re.fullmatch(r'application/json[ \t]*(;[ \t]*charset="?utf-8"?)?', values[0], re.IGNORECASE)
    return MediaType.EQUIVALENT if equivalent else MediaType.OTHER


def _language(values: tuple[str, ...]) -> Language:
    if not values:
        return Language.ABSENT
    return {"en-us": Language.EN_US, "zh-cn": Language.ZH_CN}.get(values[0], Language.OTHER)
