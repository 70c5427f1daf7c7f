"""Classification of requests: the documented conditions that a request meets.

They are read from the request itself, not from the intention of the scenario that sends it. So a generator that breaks
a header by accident does not cause a false positive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from conformance.exchange.identifiers import UUID_LENGTH
from conformance.exchange.paths import PathTable, normalised
from conformance.exchange.tokens import is_placeholder_token, near_misses
from conformance.spec.openapi import Effect

if TYPE_CHECKING:
    from conformance.exchange.exchange import Request
    from conformance.exchange.paths import Reached
    from conformance.spec.openapi import Operation, Specification

__all__ = [
    "BatchState",
    "Classifier",
    "Credentials",
    "Language",
    "MediaType",
    "Place",
    "Project",
    "Situation",
]


ORDINARY_HEADERS = ("Content-Type", "X-Auth-Token", "X-Language", "User-Agent", "Accept", "Accept-Encoding")
"""The documented headers, and those that every client sends, in their usual case.

HTTP allows any case, but the documentation does not mention it. Any other header may be a reason to reject a request.
"""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
"""Methods that are safe by definition (RFC 9110, section 9.2.1)."""

OVERRIDES = frozenset(
    (
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-method",
        "x-original-url",
        "x-rewrite-url",
    )
)
"""Headers by which some servers take another method or path than those of the request line."""

LONGEST_TARGET = 4000
"""Octets of a target that a proxy or gateway accepts even with a long token and a path prefix.

RFC 9112 (section 3) recommends 8000 for the request line; many servers have 8192 for all headers.
"""


NEEDLESS = re.compile("%(?:3[0-9]|[46][1-9A-F]|[57][0-9A]|2D|2E|5F|7E)", re.IGNORECASE)
"""A percent-encoded unreserved character, which a proxy or gateway may decode (RFC 3986, section 6.2.2.2)."""


class BatchState(Enum):
    """The known state of the batch that a request names, before the request is sent."""

    READY = "ready"
    VALIDATING = "validating"
    FAILED = "failed"
    COMMITTED = "committed"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    UNCERTAIN = "uncertain"


class Credentials(Enum):
    """The X-Auth-Token of a request. VALID is that of the account, FOREIGN that of the foreign project."""

    VALID = "valid"
    FOREIGN = "foreign"
    MISSING = "missing"
    EMPTY = "empty"
    SIMILAR = "similar"
    WRONG = "wrong"


class Place(Enum):
    """The kind of a request's path, with any method."""

    OPERATION = "the path of an operation"
    SPELLING = "another spelling of the path of an operation"
    NEIGHBOUR = "another path that names a batch"
    ELSEWHERE = "any other path"


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
        reaches: The operations with its method that a server may call, also by another spelling of their path.
        overrides: Whether a header or the query may give it another method or path.
        place: The kind of its path.
        credentials: Its token.
        project: Its project.
        project_id: The ID of its project, decoded. If the path is not that of an operation, a known project in the
            path, or empty.
        batch_id: The ID of the batch that it names, decoded. If the path is not that of an operation, a known batch in
            the path, or empty.
        batch: The known state of that batch.
        media_type: Its Content-Type.
        language: Its X-Language.
        canonical: Whether it has nothing undocumented: no body, query, Authorization or repeated header, no path that
            is long or has needless percent-encoding, only ordinary headers in ASCII, an Accept that allows JSON, and
            the usual form.
    """

    method: str
    operation: Operation | None
    path_of: Operation | None
    reaches: tuple[Reached, ...]
    overrides: bool
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
        """Return whether the request has no effect unless it names a batch that exists.

        This is part of the rule of the profile safe, see `Session.unsafe_reason`. A request to an operation is
        harmless if the operation has no effect, or bills for the batch that the request names. An operation that
        creates may create what its path names, and one without a declared effect may do anything. A request to any
        other path is harmless if its method is safe.
        """
        if self.overrides:
            return False
        if self.reaches:
            return all(map(self._is_harmless, self.reaches))
        return self.method in SAFE_METHODS

    def _is_harmless(self, reached: Reached) -> bool:
        operation = reached.operation
        if operation.effect is Effect.NONE:
            # Other characters may lead to another operation: a server may decode a slash before it splits the path.
            return self.method in SAFE_METHODS or reached.plain
        same = reached.batch_id == self.batch_id or (
            len(reached.batch_id) >= UUID_LENGTH and reached.batch_id[:UUID_LENGTH] == self.batch_id[:UUID_LENGTH]
        )
        return operation.effect is Effect.BILLS and operation.names_batch and bool(reached.batch_id) and same

    @property
    def documented(self) -> bool:
        """Return whether the documentation fully describes the request, in any state of the batch that it names."""
        return self.matches_document and self.authorised

    @property
    def authorised(self) -> bool:
        """Return whether the caller, that is the account, has the right credentials for the project."""
        return self.credentials is Credentials.VALID and self.project is Project.OWN

    @property
    def matches_document(self) -> bool:
        """Return whether it is documented apart from the token and the project.

        A request that is wrong in two ways may be rejected for either.
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
        """Return whether the batch ID has only letters, digits and the other unreserved characters of RFC 3986.

        Letters and digits may be of any script. A proxy or gateway may reject other characters, such as a slash.
        """
        return re.fullmatch(r"(?=.*[^.])[\w.~-]+", self.batch_id) is not None


class Classifier:
    """Classifies requests by one specification and one account."""

    def __init__(
        self,
        specification: Specification,
        *,
        token: str,
        project_id: str,
        foreign: str | None,
        foreign_token: str | None = None,
    ) -> None:
        """Prepare the classification.

        Args:
            specification: The specification.
            token: The token of the account.
            project_id: The project of the account.
            foreign: A project in which the account has no rights; None if none is known.
            foreign_token: The token of that project; None if it is not known.
        """
        self.set_token(token)
        self._projects = {project_id: Project.OWN}
        if foreign is not None:
            self._projects[foreign] = Project.FOREIGN
        self._foreign_token = foreign_token
        self._paths = PathTable(specification.operations)

    def set_token(self, token: str) -> None:
        """Set the token that is valid from now on."""
        self._token = token
        self._similar = frozenset(() if is_placeholder_token(token) else near_misses(token))

    def classify(self, request: Request, states: dict[str, BatchState]) -> Situation:
        """Return the situation of a request, given the known states of batches; any other batch is unknown."""
        if request.form is not None and request.form.trailing:
            request = replace(request, headers=request.headers[: -request.form.trailing])
        path, _, query = request.target.partition("?")
        path_of, values = self._paths.match(path, request.method)
        batch_id = values.get("async_job_id", "")
        project_id = values.get("project_id", "")
        place = Place.OPERATION
        if path_of is None:
            place, project_id, batch_id = self._classify_path(path, states)
        project = self._projects.get(project_id, Project.OTHER)
        batch = states.get(batch_id, BatchState.UNKNOWN)
        if batch is BatchState.FOREIGN and project is Project.FOREIGN:
            batch = BatchState.READY
        repeated = any(len(request.values(name)) > 1 for name in ("Content-Type", "X-Language", "X-Auth-Token"))
        return Situation(
            method=request.method,
            operation=path_of if path_of and path_of.method == request.method else None,
            path_of=path_of,
            reaches=self._paths.reached(path, request.method),
            overrides="_method=" in query or any(name.lower() in OVERRIDES for name, _ in request.headers),
            place=place,
            credentials=self._credentials(request),
            project=project,
            project_id=project_id,
            batch_id=batch_id,
            batch=batch,
            media_type=_media_type(request.values("Content-Type")),
            language=_language(request.values("X-Language")),
            # The documentation does not say which one counts if a request has both a token and a signature.
            canonical=not (request.body or query or repeated or request.values("Authorization") or request.form)
            and len(request.target) <= LONGEST_TARGET
            and not NEEDLESS.search(request.target)
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
        if self._foreign_token in tokens:
            return Credentials.FOREIGN
        return Credentials.SIMILAR if self._similar.issuperset(tokens) else Credentials.WRONG

    def _classify_path(self, path: str, states: dict[str, BatchState]) -> tuple[Place, str, str]:
        """Return the kind of a path that no operation has, and the project and the batch in it."""
        values = self._paths.match_spelling(path)
        if values is not None:
            return Place.SPELLING, values.get("project_id", ""), values.get("async_job_id", "")
        segments = normalised(path).split("/")
        project_id = next((segment for segment in segments if segment in self._projects), "")
        batch_id = next((segment for segment in segments if segment in states), "")
        return (Place.NEIGHBOUR if batch_id else Place.ELSEWHERE), project_id, batch_id


def _media_type(values: tuple[str, ...]) -> MediaType:
    if not values:
        return MediaType.MISSING
    if values[0] == "application/json":
        return MediaType.DOCUMENTED
    # The documentation names one value. Other spellings mean the same by RFC 9110, section 8.3.1.
    equivalent = re.fullmatch(r'application/json[ \t]*(;[ \t]*charset="?utf-8"?)?', values[0], re.IGNORECASE)
    return MediaType.EQUIVALENT if equivalent else MediaType.OTHER


def _language(values: tuple[str, ...]) -> Language:
    if not values:
        return Language.ABSENT
    return {"en-us": Language.EN_US, "zh-cn": Language.ZH_CN}.get(values[0], Language.OTHER)
