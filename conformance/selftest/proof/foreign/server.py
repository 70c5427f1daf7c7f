"""A small server of one operation of the DRS API: POST /v5/{project_id}/batch-async-jobs/{async_job_id}/commit."""

import argparse
import collections
import dataclasses
import email.utils
import http
import json
import re
import socket
import socketserver
import threading
import time
import traceback
import urllib.parse
import uuid

READY, VALIDATING, FAILED, COMMITTED, UNKNOWN = "ready", "validating", "failed", "committed", "unknown"
EN_US, ZH_CN = "en-us", "zh-cn"
SUBMITTED_MESSAGE = {EN_US: "The batch was submitted.", ZH_CN: "批次已提交。"}
REFUSED_MESSAGE = {EN_US: "Failed.", ZH_CN: "失败。"}
COMMIT_STATUS = "COMMIT_SUCCESS"
REFUSED_CODE = "DRS.10000001"

NOT_PUBLISHED = "APIGW.0101"
BAD_REQUEST = "APIGW.0201"
BAD_CREDENTIALS = "APIGW.0301"
NOT_AUTHORIZED = "APIGW.0302"
TOKEN_EXPIRED = "APIGW.0307"
THROTTLED = "APIGW.0308"
INTERNAL_ERROR = "APIGW.0601"
URI_TOO_LONG_MESSAGE = "The request URI is too long."
BODY_TOO_LARGE_MESSAGE = "The request body is too large."
NOT_PUBLISHED_MESSAGE = "The API does not exist or has not been published in the environment."
CHALLENGE = {"WWW-Authenticate": 'Keystone uri="https://iam.myhuaweicloud.com/v3"'}

MAX_BODY = 12 * 1024 * 1024
MAX_URI = 32 * 1024
MAX_REQUEST_LINE = MAX_URI + 1024
MAX_HEADERS = 64 * 1024
MAX_CHUNK_LINE = 1024
MAX_NUMBER_DIGITS = 15
READ_SIZE = 64 * 1024
CALLS_PER_WINDOW = 200
WINDOW_SECONDS = 1.0
RETRY_AFTER_SECONDS = 1
IDLE_SECONDS = 60
LINGER_SECONDS = 5.0

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")
TARGET = re.compile(r"(?:[!\"$&-~]|%[0-9A-Fa-f]{2})+")
HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:%\[\]-]*")
HEX_DIGITS = re.compile(r"[0-9A-Fa-f]+")


@dataclasses.dataclass
class Answer:
    """An answer; a gateway's error also carries the ID of the request in its body."""
    status: int
    body: dict[str, object]
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    from_gateway: bool = False


class Refusal(Exception):
    """The gateway refuses the request."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.answer = Answer(status, {"error_code": code, "error_msg": message}, headers or {}, True)


def malformed(what: str) -> Refusal:
    return Refusal(400, BAD_REQUEST, f"Bad request: {what}.")


@dataclasses.dataclass
class Request:
    method: str
    target: str
    is_http_1_0: bool
    headers: dict[str, list[str]]
    is_chunked: bool = False
    length: int = 0
    expects_continue: bool = False
    keep_alive: bool = True

    def header(self, name: str) -> str:
        """The value of a header, "" if absent; several lines of one name are one list, as HTTP has it."""
        return ", ".join(self.headers.get(name, []))

    def header_list(self, name: str) -> list[str]:
        elements = [element.strip(" \t").lower() for element in self.header(name).split(",")]
        return [element for element in elements if element != ""]


class Account:
    """The projects, their tokens and batches, and the calls of the last second."""

    def __init__(self, file: str) -> None:
        with open(file, encoding="utf-8") as stream:
            account = json.load(stream)
        self.expired_token: str = account["expired_token"]
        self.project_of_token: dict[str, str] = {}
        self.batches: dict[tuple[str, str], str] = {}
        for project in (account, account["other"]):
            self.project_of_token[project["token"]] = project["project_id"]
            for async_job_id, state in project["batches"].items():
                if state not in (READY, VALIDATING, FAILED, COMMITTED):
                    raise SystemExit(f"{file}: batch {async_job_id} has the unknown state {state}")
                self.batches[project["project_id"], async_job_id] = state
        self.calls: collections.deque[float] = collections.deque()
        self.lock = threading.Lock()

    def may_call(self) -> bool:
        """Counts a call, unless there were too many within the last second."""
        with self.lock:
            now = time.monotonic()
            while self.calls and now - self.calls[0] >= WINDOW_SECONDS:
                self.calls.popleft()
            if len(self.calls) >= CALLS_PER_WINDOW:
                return False
            self.calls.append(now)
            return True

    def commit(self, project_id: str, async_job_id: str) -> bool:
        """Commits a batch whose check has passed; any other batch stays what it is."""
        with self.lock:
            state = self.batches.get((project_id, async_job_id), UNKNOWN)
            if state == UNKNOWN or state == VALIDATING or state == FAILED or state == COMMITTED:
                return False
            self.batches[project_id, async_job_id] = COMMITTED
            return True


def path_of(target: str) -> str:
    """The path of a request target in origin form, absolute form or asterisk form; the query is of no account."""
    path = target.split("?")[0]
    scheme, separator, rest = path.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        authority, slash, path = rest.partition("/")
        if authority == "":
            raise malformed("the request target has no host")
        return "/" + path
    if path != "*" and not path.startswith("/"):
        raise malformed("the request target is not a path")
    return path


def find_operation(path: str) -> tuple[str, str] | None:
    """The project and the batch that the path of the operation names; None for any other path."""
    parts = [urllib.parse.unquote(part) for part in path.split("/")]
    if len(parts) != 6:
        return None
    root, version, project_id, collection, async_job_id, action = parts
    if root != "" or version != "v5" or collection != "batch-async-jobs" or action != "commit":
        return None
    if project_id == "" or async_job_id == "":
        return None
    return project_id, async_job_id


def is_json(content_type: str) -> bool:
    """application/json, alone or with the charset utf-8."""
    parts = [part.strip(" \t") for part in content_type.lower().split(";")]
    if parts[0] != "application/json":
        return False
    if len(parts) > 2:
        return False
    if len(parts) == 2 and parts[1] not in ("charset=utf-8", 'charset="utf-8"'):
        return False
    return True


def pass_gateway(account: Account, request: Request) -> tuple[str, str]:
    """The checks of the gateway, in their order; they need the head of the request only."""
    if len(request.target) > MAX_URI:
        raise Refusal(414, BAD_REQUEST, URI_TOO_LONG_MESSAGE)
    operation = find_operation(path_of(request.target))
    if operation is None:
        raise Refusal(404, NOT_PUBLISHED, NOT_PUBLISHED_MESSAGE)
    if request.method != "POST":
        raise Refusal(405, NOT_PUBLISHED, NOT_PUBLISHED_MESSAGE, {"Allow": "POST"})
    token = request.header("x-auth-token")
    if token == "":
        raise Refusal(401, BAD_CREDENTIALS, "Incorrect IAM authentication information: x-auth-token not found", CHALLENGE)
    if token == account.expired_token:
        raise Refusal(401, TOKEN_EXPIRED, "The token must be updated.", CHALLENGE)
    if token not in account.project_of_token:
        raise Refusal(401, BAD_CREDENTIALS, "Incorrect IAM authentication information: decrypt token fail", CHALLENGE)
    if account.project_of_token[token] != operation[0]:
        raise Refusal(403, NOT_AUTHORIZED, "The IAM user is not authorized to access the API.")
    if not account.may_call():
        retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise Refusal(429, THROTTLED, "The throttling threshold has been reached.", retry)
    if not is_json(request.header("content-type")):
        raise Refusal(415, BAD_REQUEST, "The Content-Type must be application/json.")
    if request.length > MAX_BODY:
        raise Refusal(413, BAD_REQUEST, BODY_TOO_LARGE_MESSAGE)
    return operation


def commit_batch(account: Account, request: Request, project_id: str, async_job_id: str) -> Answer:
    """The service behind the gateway."""
    language = request.header("x-language").lower()
    if language != ZH_CN:
        language = EN_US
    if not account.commit(project_id, async_job_id):
        return Answer(400, {"error_code": REFUSED_CODE, "error_msg": REFUSED_MESSAGE[language]})
    job = {"async_job_id": async_job_id, "status": COMMIT_STATUS, "msg": SUBMITTED_MESSAGE[language]}
    return Answer(200, {"job": job})


def check_framing(request: Request) -> None:
    """How long the body is, whether the client waits for a word before it sends it, and what comes after."""
    hosts = request.headers.get("host", [])
    if len(hosts) > 1 or (len(hosts) == 0 and not request.is_http_1_0):
        raise malformed("there must be one Host")
    if not HOST.fullmatch(request.header("host")):
        raise malformed("the Host is not valid")
    if "transfer-encoding" in request.headers:
        if request.is_http_1_0 or "content-length" in request.headers:
            raise malformed("Transfer-Encoding is not possible here")
        codings = request.header_list("transfer-encoding")
        if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
            raise malformed("the last transfer coding must be chunked")
        if len(codings) > 1:
            raise Refusal(501, BAD_REQUEST, "The transfer coding is not supported.")
        request.is_chunked = True
    elif "content-length" in request.headers:
        digits = request.header("content-length")
        if not (digits.isascii() and digits.isdigit()):
            raise malformed("the Content-Length is not a number")
        digits = digits.lstrip("0").rjust(1, "0")
        request.length = int(digits) if len(digits) <= MAX_NUMBER_DIGITS else MAX_BODY + 1
    options = request.header_list("connection")
    request.keep_alive = "close" not in options and (not request.is_http_1_0 or "keep-alive" in options)
    if not request.is_http_1_0 and "expect" in request.headers:
        if request.header("expect").lower() != "100-continue":
            raise Refusal(417, BAD_REQUEST, "The expectation cannot be met.")
        request.expects_continue = request.is_chunked or request.length > 0


class Handler(socketserver.StreamRequestHandler):
    """One connection."""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: "Server"

    def handle(self) -> None:
        try:
            while self.serve_one():
                pass
            self.linger()
        except OSError:
            return  # the client is gone or idle

    def serve_one(self) -> bool:
        """Serves one request; whether another one may follow."""
        self.is_head = self.is_http_1_0 = False
        try:
            request = self.read_head()
        except Refusal as refusal:
            self.send(refusal.answer, keep_alive=False)
            return False
        if request is None:
            return False
        try:
            project_id, async_job_id = pass_gateway(self.server.account, request)
        except Refusal as refusal:
            # The body is still to come, unless the client waits for leave to send it: then it may come or not.
            keep_alive = request.keep_alive and not request.expects_continue and request.length <= MAX_BODY
            self.send(refusal.answer, keep_alive)
            return keep_alive and self.read_body(request) is None
        if request.expects_continue:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        failure = self.read_body(request)
        if failure is not None:
            self.send(failure.answer, keep_alive=False)
            return False
        try:
            answer = commit_batch(self.server.account, request, project_id, async_job_id)
        except Exception:
            traceback.print_exc()
            answer = Refusal(500, INTERNAL_ERROR, "Internal server error.").answer
        self.send(answer, request.keep_alive)
        return request.keep_alive

    def read_line(self, limit: int, too_long: Refusal) -> str:
        """A line without its end; a longer one is refused."""
        return self.text_of(self.rfile.readline(limit + 1), limit, too_long)

    def text_of(self, line: bytes, limit: int, too_long: Refusal) -> str:
        if len(line) > limit:
            raise too_long
        if not line.endswith(b"\n"):
            raise malformed("the request is incomplete")
        text = line[:-1].removesuffix(b"\r").decode("latin-1")
        if "\r" in text or "\0" in text:
            raise malformed("a line has a character that must not be there")
        return text

    def read_head(self) -> Request | None:
        """The request line and the headers; None if the client has closed the connection."""
        line = self.rfile.readline(MAX_REQUEST_LINE + 1)
        while line in (b"\r\n", b"\n"):
            line = self.rfile.readline(MAX_REQUEST_LINE + 1)
        if line == b"":
            return None
        self.is_head = line.startswith(b"HEAD ")
        parts = self.text_of(line, MAX_REQUEST_LINE, Refusal(414, BAD_REQUEST, URI_TOO_LONG_MESSAGE)).split(" ")
        if len(parts) != 3:
            raise malformed("the request line has not three parts")
        method, target, version = parts
        if not TOKEN.fullmatch(method) or not TARGET.fullmatch(target) or not VERSION.fullmatch(version):
            raise malformed("the request line is not valid")
        if not version.startswith("HTTP/1."):
            raise Refusal(505, BAD_REQUEST, "The HTTP version is not supported.")
        self.is_http_1_0 = version == "HTTP/1.0"
        request = Request(method, target, self.is_http_1_0, self.read_headers())
        check_framing(request)
        return request

    def read_headers(self) -> dict[str, list[str]]:
        headers: dict[str, list[str]] = {}
        room = MAX_HEADERS
        while True:
            line = self.read_line(room, Refusal(431, BAD_REQUEST, "The request headers are too large."))
            if line == "":
                return headers
            room -= len(line)
            name, colon, value = line.partition(":")
            if colon == "" or not TOKEN.fullmatch(name):
                raise malformed("a header is not valid")
            headers.setdefault(name.lower(), []).append(value.strip(" \t"))

    def read_body(self, request: Request) -> Refusal | None:
        """Reads the body, which means nothing; what is wrong with it, if its end was not found."""
        try:
            if request.is_chunked:
                self.skip_chunks()
            else:
                self.skip(request.length)
        except Refusal as refusal:
            return refusal
        return None

    def skip_chunks(self) -> None:
        bad_chunk = malformed("a chunk is not valid")
        total = 0
        while True:
            size = self.read_line(MAX_CHUNK_LINE, bad_chunk).split(";")[0].rstrip(" \t")
            if not HEX_DIGITS.fullmatch(size):
                raise bad_chunk
            length = int(size, 16)
            total += length
            if total > MAX_BODY:
                raise Refusal(413, BAD_REQUEST, BODY_TOO_LARGE_MESSAGE)
            if length == 0:
                break
            self.skip(length)
            if self.read_line(2, bad_chunk) != "":
                raise bad_chunk
        self.read_headers()  # the trailer

    def skip(self, length: int) -> None:
        while length > 0:
            data = self.rfile.read(min(length, READ_SIZE))
            if data == b"":
                raise malformed("the request is incomplete")
            length -= len(data)

    def send(self, answer: Answer, keep_alive: bool) -> None:
        request_id = uuid.uuid4().hex
        content = answer.body
        if answer.from_gateway:
            content = {**answer.body, "request_id": request_id}
        body = json.dumps(content, ensure_ascii=False).encode("utf-8")
        lines = [
            f"HTTP/1.1 {answer.status} {http.HTTPStatus(answer.status).phrase}",
            f"Date: {email.utils.formatdate(usegmt=True)}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"X-Request-Id: {request_id}",
        ]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if not keep_alive:
            lines.append("Connection: close")
        elif self.is_http_1_0:
            lines.append("Connection: keep-alive")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.is_head else head + body)

    def linger(self) -> None:
        """Closes in a way that lets the client read the answer even while it still sends."""
        self.connection.shutdown(socket.SHUT_WR)
        end = time.monotonic() + LINGER_SECONDS
        while (left := end - time.monotonic()) > 0:
            self.connection.settimeout(left)
            if self.connection.recv(READ_SIZE) == b"":
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, account: Account) -> None:
        self.account = account
        super().__init__(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, metavar="N")
    parser.add_argument("--account", required=True, metavar="FILE")
    arguments = parser.parse_args()
    try:
        Server(arguments.port, Account(arguments.account)).serve_forever()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
