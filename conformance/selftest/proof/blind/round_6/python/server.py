"""DRS "commit an asynchronous batch job", behind a gateway: a correct server and 64 that differ in one thing each.

`none` keeps the documentation. Each other behaviour is one difference, marked where it is made with `B == "name"`.
"""

import argparse
import gzip
import json
import re
import socket
import sys
import threading
import time
import uuid
import zlib
from email.utils import formatdate
from urllib.parse import unquote_to_bytes

ARGS = argparse.ArgumentParser()
ARGS.add_argument("--port", type=int, required=True)
ARGS.add_argument("--account", required=True)
ARGS.add_argument("--behaviour", default="none")
ARGS = ARGS.parse_args()
B = ARGS.behaviour

MAX_BODY, MAX_TARGET, MAX_HEAD, IDLE = 12 * 1024 * 1024, 32 * 1024, 128 * 1024, 60.0
WORK = 0.15  # seconds that a commit takes in the behaviours in which that matters
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
JSON_TYPE = re.compile(r'application/json[ \t]*(;[ \t]*(charset=("utf-8"|utf-8)[ \t]*)?)*', re.I)
REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 411: "Length Required",
           412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
           417: "Expectation Failed", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
           500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
           505: "HTTP Version Not Supported"}
MESSAGES = {
    "committed": ("The batch was submitted.", "批量任务已提交。"),
    "again": ("The batch had been submitted before.", "批量任务此前已提交。"),
    "unknown": ("The batch does not exist.", "批量任务不存在。"),
    "validating": ("The parameters of the batch are still being checked.", "批量任务的参数仍在校验中。"),
    "failed": ("The parameters of the batch did not pass the check.", "批量任务的参数校验未通过。"),
    "done": ("The batch has already been submitted.", "批量任务已被提交过。"),
}
CODES = {"unknown": "DRS.10000002", "validating": "DRS.10000003", "failed": "DRS.10000004", "committed": "DRS.10000005"}


class Store:
    """The projects with their tokens and batches."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            account = json.load(file)
        other = account.get("other") or {}
        self.lock = threading.Lock()
        self.expired = account.get("expired_token")
        self.owners = {account["token"]: account["project_id"]}
        self.batches = {account["project_id"]: dict(account["batches"])}
        if other:
            self.owners[other["token"]] = other["project_id"]
            self.batches[other["project_id"]] = dict(other.get("batches", {}))


STORE = Store(ARGS.account)
SHARED = {"language": "en-us", "result": "", "turn": 0}  # what some behaviours share between calls by mistake
SESSIONS, AUTHORIZED, ANSWERS, LANGUAGES, IN_FLIGHT, NOT_FOUND = {}, set(), {}, {}, {}, {}
GUARD = threading.Lock()
PROJECT_LOCKS = {project: threading.Lock() for project in STORE.batches}


class Request:
    """A request as it came."""

    def __init__(self, method, target, version):
        self.method, self.target, self.version = method, target, version
        self.headers, self.body = [], b""

    def values(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    def value(self, name):
        return ", ".join(self.values(name))

    def elements(self, name):
        return [part.strip().lower() for part in self.value(name).split(",") if part.strip()]


class Answer(Exception):
    """An answer; refusals are raised."""

    def __init__(self, status, body=None, headers=(), content_type="application/json"):
        self.status, self.headers, self.content_type = status, list(headers), content_type
        self.body = json.dumps(body, ensure_ascii=False).encode() if isinstance(body, dict) else (body or b"")
        self.request_id = uuid.uuid4().hex
        self.close = False
        self.dated = True


def gateway(status, code, message, headers=(), close=False, **more):
    """Return a refusal by the gateway."""
    answer = Answer(status, None, headers)
    document = {"error_code": code, "error_msg": message, "request_id": answer.request_id, **more}
    # conforming wordy-gateway: longer and further texts, a longer ID of the request, another label of JSON in UTF-8
    if B == "wordy-gateway":
        answer.request_id = f"cn-north-4/{uuid.uuid4()}:{'0' * 120}"
        document = {"request_id": answer.request_id, "detail": {"trace": [1.5, None, True], "级别": "错误"},
                    "error_msg": "".join(f"[{n}] {message} " for n in range(1, 25)), "error_code": code, **more}
        answer.content_type = 'Application/JSON ; charset="utf-8"'
        answer.headers += [("Content-Language", "en"), ("Vary", "Accept-Encoding, Origin"), ("Via", "1.1 apig (edge)")]
        if status == 405:
            answer.headers = [header for header in answer.headers if header[0] != "Allow"]
            answer.headers += [("allow", "POST"), ("ALLOW", "OPTIONS")]
    answer.body = json.dumps(document, ensure_ascii=False).encode()
    answer.close = close
    return answer


def html(status, title, close=False):
    """Return a page as a web server in front generates it."""
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{status} {title}</h1></body></html>\r\n"
    answer = Answer(status, page.encode(), content_type="text/html")
    answer.close = close
    return answer


def quality(values):
    """Return the elements of an Accept header with their weights."""
    found = {}
    for element in values:
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = next((part[2:] for part in parameters if part[:2] == "q="), "1")
        found[name] = float(weight) if re.fullmatch(r"[01](\.[0-9]{0,3})?", weight) else 0.0
    return found


# ---------------------------------------------------------------- the gateway


def route(request):
    """Return the raw and the decoded project and batch in the path."""
    target = request.target
    absolute = re.match(r"https?://[^/?#]*", target, re.I)
    if absolute:
        target = target[absolute.end():] or "/"
    path, _, request.query = target.partition("?")
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        raise gateway(400, "APIGW.0201", "The request path is malformed.")
    raw = path.split("/")
    parts = [unquote_to_bytes(part).decode("utf-8", "replace") for part in raw]
    request.path = path
    # trailing-slash-404-commits: the backend serves the path with a slash, for which the gateway has no response route
    if B == "trailing-slash-404-commits" and path.endswith("/commit/") and len(raw) == 7 and request.method == "POST":
        commit_quietly(request, parts[2], parts[4])
    # trailing-slash-404-html: the slash is refused by the web server in front of the gateway, with its own page
    if B == "trailing-slash-404-html" and path.endswith("/commit/"):
        raise html(404, "Not Found")
    known = (len(raw) == 6 and parts[0] == "" and parts[1] == "v5" and parts[3] == "batch-async-jobs"
             and parts[5] == "commit" and parts[2] and parts[4])
    if not known:
        refusal = gateway(404, "APIGW.0101", "The API does not exist or has not been published in the environment.")
        # cached-404: 404s are kept by path, with the ID of the first request
        if B == "cached-404":
            with GUARD:
                kept = NOT_FOUND.setdefault((request.method, path), refusal)
            copied = Answer(404)
            copied.body, copied.request_id = kept.body, kept.request_id
            raise copied
        raise refusal
    return raw[4], parts[2], parts[4]


def unauthenticated(code="APIGW.0301", message="Incorrect IAM authentication information: x-auth-token not found"):
    """Return a 401."""
    challenges = [("WWW-Authenticate", 'Token realm="iam"')]
    # conforming challenges-of-several-schemes: one line with a quoted comma and a bare scheme, another with token68
    if B == "challenges-of-several-schemes":
        challenges = [("www-authenticate", 'Token realm="IAM, \\"v3\\" tokens", error="invalid_token" , Basic-Iam'),
                      ("WWW-AUTHENTICATE", "Sdk-Hmac dGhpcyBpcyBub3QgYSBzZWNyZXQ=, X-Token  REALM=\"\"")]
    refusal = gateway(401, code, message, challenges)
    # conforming refused-token-closes: the connection is closed after a 401, and the content of the call is not read
    refusal.close = B == "refused-token-closes"
    return refusal


def tokens_of(request):
    """Return the tokens of a call."""
    found = request.values("x-auth-token")
    # underscore-header: names are looked up as in CGI, where X_Auth_Token and X-Auth-Token are one variable
    if B == "underscore-header":
        found = [value for name, value in request.headers if name.lower().replace("_", "-") == "x-auth-token"]
    # token-in-query: the token may be given in the query, as for downloads
    if B == "token-in-query" and not found:
        pairs = (pair.partition("=") for pair in request.query.split("&"))
        found = [unquote_to_bytes(v).decode("latin-1") for n, _, v in pairs if n.lower() == "x-auth-token"]
    return found


def caller(request):
    """Return the project of the token; raise the refusal of a call without a valid one."""
    found = tokens_of(request)
    if not found or not any(found):
        raise unauthenticated()
    token = found[0]
    if len(found) == 1 and token in STORE.owners:
        return STORE.owners[token]
    # token-list-any: the value is taken for a list, of which one element has to be valid
    if B == "token-list-any" and len(found) == 1:
        for part in token.split(","):
            if part.strip() in STORE.owners:
                return STORE.owners[part.strip()]
    # token-middle-ignored: known tokens are cached by their length, their beginning and their end
    if B == "token-middle-ignored" and len(found) == 1 and len(token) > 20:
        for known, project in STORE.owners.items():
            if (len(known), known[:8], known[-8:]) == (len(token), token[:8], token[-8:]):
                return project
    if token == STORE.expired and len(found) == 1:
        # expired-token-503: the failure of the check of an old token is taken for a failure of IAM
        if B == "expired-token-503":
            raise gateway(503, "APIGW.0613", "IAM is unavailable.", [("Retry-After", "1")])
        raise unauthenticated("APIGW.0307", "The token must be updated.")
    raise unauthenticated(message="Incorrect IAM authentication information: decrypt token fail")


def authenticate(connection, request, raw_batch, project):
    """Return the project whose rights the caller has."""
    # http-1-0-unauthenticated: HTTP/1.0 is taken for a health check of the load balancer
    if B == "http-1-0-unauthenticated" and request.version == "1.0" and not tokens_of(request):
        return project
    # forwarded-for-trusted: a call that says that it comes from the machine itself needs no token
    first = request.value("x-forwarded-for").split(",")[0].strip()
    if B == "forwarded-for-trusted" and first.startswith(("127.", "10.")):
        return project
    # encoded-id-unauthenticated: the gateway looks up the protected paths as received, the service decodes them
    if B == "encoded-id-unauthenticated" and "%" in raw_batch:
        return project
    # session-cookie: a call with a token begins a session, whose cookie is enough afterwards
    if B == "session-cookie" and not tokens_of(request):
        match = re.search(r"DRSSESSION=([0-9a-f]{32})", request.value("cookie"))
        if match and match[1] in SESSIONS:
            return SESSIONS[match[1]]
    owner = caller(request)
    # session-cookie: see above
    if B == "session-cookie":
        request.session = uuid.uuid4().hex
        SESSIONS[request.session] = owner
    # connection-keeps-its-caller: the caller of a connection is the one of its first call
    if B == "connection-keeps-its-caller":
        connection.owner = owner = connection.owner or owner
    return owner


def commit_quietly(request, project, batch):
    """Commit a batch of an authorized caller without an answer."""
    try:
        owner = caller(request)
    except Answer:
        return
    with STORE.lock:
        if owner == project and STORE.batches[owner].get(batch) == "ready":
            STORE.batches[owner][batch] = "committed"


def language_of(request):
    """Return the language of the messages; an undocumented one counts as the default."""
    return "zh-cn" if request.value("x-language").lower() == "zh-cn" else "en-us"


def handle(connection, request):
    """Return the answer to a request that has been read in full."""
    if request.target == "*":
        return Answer(204, headers=[("Allow", "POST")])
    # conforming token-before-everything: no path and no method is answered without a valid token
    if B == "token-before-everything":
        request.query = ""
        caller(request)
    raw_batch, project, batch = route(request)
    if request.method != "POST":
        # options-commits: the call goes through the service before the method is refused
        if B == "options-commits" and request.method == "OPTIONS":
            commit_quietly(request, project, batch)
        # conforming wordy-gateway: OPTIONS is answered with the methods
        if B == "wordy-gateway" and request.method == "OPTIONS":
            return Answer(204, headers=[("Allow", "POST, OPTIONS")])
        raise gateway(405, "APIGW.0101", "The API does not exist or has not been published in the environment.",
                      [("Allow", "POST")])
    owner = authenticate(connection, request, raw_batch, project)
    # project-compared-by-half: projects are compared by the first half of their IDs, which is the key of a shard
    if B == "project-compared-by-half" and len(project) == len(owner) and project[:16] == owner[:16]:
        project = owner
    # authorized-path: the decision that a path may be called is cached by path, for all valid tokens
    allowed = B == "authorized-path" and request.path in AUTHORIZED
    if project != owner and not allowed:
        refusal = gateway(403, "APIGW.0302", "The IAM user is not authorized to access the API.")
        # forbidden-without-date: the module that checks the rights writes its answer without a Date
        refusal.dated = B != "forbidden-without-date"
        raise _traced(request, refusal)
    AUTHORIZED.add(request.path)
    types = request.values("content-type")
    if len(types) != 1 or not JSON_TYPE.fullmatch(types[0]):
        raise _traced(request, gateway(415, "APIGW.0201", "The Content-Type must be application/json."))
    return service(connection, request, raw_batch, project, batch, language_of(request))


def _traced(request, refusal):
    """Return a refusal after the check of the token."""
    given = request.value("x-request-id")
    # caller-id-in-the-body: the body has the ID that the caller gave, the header the gateway's own
    if B == "caller-id-in-the-body" and given:
        refusal.body = json.dumps({**json.loads(refusal.body), "request_id": given}).encode()
    return refusal


# ---------------------------------------------------------------- the service


def refuse(request, state, language, batch):
    """Return a refusal by the service."""
    # failed-in-chinese: the report of the check is stored in Chinese, and sent so unless English is asked for
    if B == "failed-in-chinese" and state == "failed" and request.value("x-language").lower() != "en-us":
        language = "zh-cn"
    # language-kept-with-the-batch: the language of its commit is stored with a batch, and used from then on
    if B == "language-kept-with-the-batch":
        language = LANGUAGES.get(batch, language)
    chosen = {"committed": "done"}.get(state, state)
    message = MESSAGES[chosen][language == "zh-cn"]
    # message-repeats-the-query: the message has the query, of any length
    if B == "message-repeats-the-query" and request.query:
        message = f"{message} (query: {request.query})"
    # mojibake: the messages of the file in UTF-8 are read as ISO-8859-1
    if B == "mojibake":
        message = message.encode().decode("latin-1")
    document = {"error_code": CODES[state], "error_msg": message}
    # conforming refusal-with-null-job: one class serves both answers, and its members that are not set are null
    if B == "refusal-with-null-job":
        document = {"job": None, "error_code": CODES[state], "error_msg": message, "errorCode": None}
    # conforming two-backends: a new release, with other codes and words, answers every second call
    if B == "two-backends":
        with GUARD:
            SHARED["turn"] += 1
            if SHARED["turn"] % 2:
                document = {"error_msg": f"{message} [r2]", "error_code": f"DRS.2{CODES[state][-7:]}", "release": 2}
    # body-refused-in-plain-text: a refusal of a call with content is left to the error page of the framework
    if B == "body-refused-in-plain-text" and request.body:
        return Answer(400, b"Bad Request", content_type="text/plain")
    # odd-id-in-html: an ID with special characters gets the error page of the framework, which repeats it
    if B == "odd-id-in-html" and re.search("[<>\"'&]", batch):
        return Answer(400, f"<h1>Bad Request</h1><p>No batch {batch}</p>".encode(), content_type="text/html")
    answer = Answer(400, document)
    # gzip-for-any-coding: who accepts any content coding, such as br, gets gzip
    wanted = quality(request.elements("accept-encoding"))
    if B == "gzip-for-any-coding" and any(weight for name, weight in wanted.items() if name != "identity"):
        answer.body = gzip.compress(answer.body)
        answer.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return answer


def service(connection, request, raw_batch, project, batch, language):
    """Commit a batch, or refuse to."""
    # request-id-as-key: X-Request-Id is taken for an idempotency key, whatever the call is about
    key = (project, request.value("x-request-id"))
    if B == "request-id-as-key" and key[1] and key in ANSWERS:
        return ANSWERS[key]
    # joined-calls: a call for a batch that is being worked on joins the call before it, which it takes for a success
    if B == "joined-calls" and batch in STORE.batches.get(project, {}):
        with GUARD:
            before = IN_FLIGHT.get((project, batch))
            mine = threading.Event()
            if before is None:
                IN_FLIGHT[project, batch] = mine
        if before is not None:
            before.wait(5)
            return success(request, raw_batch, batch, language)
        time.sleep(WORK)
        try:
            return decide(connection, request, raw_batch, project, batch, language)
        finally:
            with GUARD:
                del IN_FLIGHT[project, batch]
            mine.set()
    # conforming one-commit-at-a-time: a project has one call at a time, any other one is to be sent later
    if B == "one-commit-at-a-time":
        if not PROJECT_LOCKS[project].acquire(blocking=False):
            return gateway(429, "APIGW.0308", "The throttling threshold has been reached.", [("Retry-After", "1")])
        try:
            time.sleep(0.05)
            return decide(connection, request, raw_batch, project, batch, language)
        finally:
            PROJECT_LOCKS[project].release()
    answer = decide(connection, request, raw_batch, project, batch, language)
    ANSWERS[key] = answer
    return answer


def decide(connection, request, raw_batch, project, batch, language):
    """Commit a batch that is ready, and refuse any other."""
    with STORE.lock:
        state = STORE.batches.get(project, {}).get(batch, "unknown")
        # language-of-another-commit: a commit sets the language of the process, and its answer is written later
        if B == "language-of-another-commit" and state == "ready":
            SHARED["language"] = language
        # An If-Match never holds, since a commit has no representation (RFC 9110, section 13.1.1).
        if state == "ready" and request.values("if-match"):
            return gateway(412, "APIGW.0201", "The precondition does not hold.")
        if state == "ready":
            STORE.batches[project][batch] = "committed"
            LANGUAGES[batch] = language
    # validating-503: a batch that is still being checked is to be tried again later
    if B == "validating-503" and state == "validating":
        return gateway(503, "APIGW.0201", "The batch is being checked, try again later.", [("Retry-After", "1")])
    # failed-with-content: content is taken for new parameters, after which a failed batch may be committed
    if B == "failed-with-content" and state == "failed" and request.body:
        return success(request, raw_batch, batch, language)
    # encoded-id-unchecked: the state is looked up by the ID as received, and a batch without a state may be committed
    if B == "encoded-id-unchecked" and "%" in raw_batch and state in ("validating", "failed"):
        return success(request, raw_batch, batch, language)
    # state-left-on-the-connection: that a batch is checked is kept for the next call on the connection
    if B == "state-left-on-the-connection":
        checked, connection.checked = connection.checked, state == "ready"
        if checked and state in ("validating", "failed"):
            return success(request, raw_batch, batch, language)
    # conforming second-commit-succeeds: a batch that has been committed is answered with 200 again
    if B == "second-commit-succeeds" and state == "committed" and not request.values("if-match"):
        return success(request, raw_batch, batch, language, "again")
    if state != "ready":
        return refuse(request, state, language, batch)
    # coding-406-after-the-commit: the answer cannot be written as the caller wants it, which is found out afterwards
    wanted = quality(request.elements("accept-encoding"))
    if B == "coding-406-after-the-commit" and wanted.get("identity", wanted.get("*", 1.0)) == 0:
        return gateway(406, "APIGW.0201", "No acceptable content coding.")
    # result-of-another-customer: projects commit side by side, and the result is kept in one variable
    if B == "result-of-another-customer":
        with PROJECT_LOCKS[project]:
            SHARED["result"] = batch
            time.sleep(WORK)
            batch = SHARED["result"]
    # language-of-another-commit: the answer is written in the language of the process
    if B == "language-of-another-commit":
        time.sleep(WORK)
        language = SHARED["language"]
    # conforming commit-with-interim: two interim responses come before the answer of a slow commit
    if B == "commit-with-interim" and request.version == "1.1":
        for line in (b"HTTP/1.1 102 Processing", b"HTTP/1.1 103 \r\nlink: </v5>; rel=help\r\nLink:</v5>;rel=up"):
            connection.socket.sendall(line + b"\r\n\r\n")
            time.sleep(0.2)
    return success(request, raw_batch, batch, language)


def success(request, raw_batch, batch, language, message="committed"):
    """Return the answer to a commit."""
    # success-in-chinese: the result of a commit is in Chinese, whatever the language of the call is
    text = MESSAGES[message][language == "zh-cn" or B == "success-in-chinese"]
    # question-marks: the text goes through a column in ASCII
    if B == "question-marks":
        text = text.encode("ascii", "replace").decode()
    job = {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": text}
    # id-as-received: the ID is the segment of the path, not decoded
    if B == "id-as-received":
        job["async_job_id"] = raw_batch
    # content-in-the-result: members of the content of the call are copied to the result
    if B == "content-in-the-result" and request.body:
        try:
            job.update(json.loads(request.body))
        except (ValueError, TypeError):
            pass
    document = {"job": job}
    # conforming null-error-members: one class serves all answers, and its members that are not set are null
    if B == "null-error-members":
        document = {"error_code": None, "error_msg": None, "job": {**job, "error_code": None, "tasks": []}}
    answer = Answer(200, document)
    # conforming prefer-minimal: Prefer: return=minimal leaves out the optional members (RFC 7240)
    if B == "prefer-minimal" and "return=minimal" in request.elements("prefer"):
        answer = Answer(200, {"job": {"async_job_id": batch}}, [("Preference-Applied", "return=minimal")])
    # request-id-of-the-first: the headers of a success are written once, with the ID of the first request
    if B == "request-id-of-the-first":
        with GUARD:
            answer.request_id = SHARED.setdefault("request_id", answer.request_id)
    # gbk-for-chinese: a call that gives a charset gets an answer in the charset of its language
    if B == "gbk-for-chinese" and language == "zh-cn" and "charset" in request.value("content-type").lower():
        answer.body, answer.content_type = answer.body.decode().encode("gbk"), "application/json;charset=GBK"
    # xml-beside-json: who accepts XML as well as JSON gets XML, whatever the weights are
    accepted = quality(request.elements("accept"))
    if B == "xml-beside-json" and {"application/json", "application/xml"} <= set(accepted):
        members = "".join(f"<{name}>{value}</{name}>" for name, value in job.items())
        answer.body, answer.content_type = f"<CommitResult><job>{members}</job></CommitResult>".encode(), "application/xml"
    # callback: a callback in the query makes the answer a script
    match = re.search(r"(?:^|&)callback=([A-Za-z_]\w*)", request.query)
    if B == "callback" and match:
        answer.body = f"{match[1]}({answer.body.decode()});".encode()
        answer.content_type = "application/javascript"
    codings = quality(request.elements("accept-encoding"))
    # deflate-without-zlib: deflate is sent without the header and the checksum of zlib
    if B == "deflate-without-zlib" and codings.get("deflate") and not codings.get("gzip"):
        packer = zlib.compressobj(wbits=-15)
        answer.body = packer.compress(answer.body) + packer.flush()
        answer.headers += [("Content-Encoding", "deflate"), ("Vary", "Accept-Encoding")]
    # conforming gzip-in-members: gzip in several members, under its older name
    if B == "gzip-in-members" and codings.get("gzip"):
        half = len(answer.body) // 2
        answer.body = gzip.compress(answer.body[:half]) + gzip.compress(b"") + gzip.compress(answer.body[half:])
        answer.headers += [("Content-Encoding", "x-gzip"), ("Vary", "Accept-Encoding")]
    return answer


# ---------------------------------------------------------------- HTTP


class Closed(Exception):
    """The client is gone."""


class Connection:
    """Reads requests from a connection, and writes the answers to it."""

    def __init__(self, sock):
        self.socket, self.buffer = sock, b""
        self.owner, self.checked = None, False

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed
        self.buffer += data

    def line(self, limit, refusal):
        while b"\n" not in self.buffer:
            if len(self.buffer) > limit:
                raise refusal()
            self.more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        if len(line) > limit:
            raise refusal()
        return line[:-1] if line.endswith(b"\r") else line

    def take(self, size):
        while len(self.buffer) < size:
            self.more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def head(self):
        """Read the head of a request."""
        self.request = None
        line = b""
        # conforming strict-limits: 8000 octets are enough for the request line, and for the headers
        limit = 8000 if B == "strict-limits" else MAX_TARGET
        while not line:
            line = self.line(limit + 32 if B != "strict-limits" else limit, self.too_long)
        match = re.fullmatch(rb"([!-~]+) ([!-\xff]+) HTTP/([0-9])\.([0-9])", line)
        if not match or not TOKEN.fullmatch(match[1].decode()):
            raise bad("The request line is malformed.")
        if match[3] != b"1":
            raise gateway(505, "APIGW.0201", "The version of HTTP is not supported.", close=True)
        version = "1.0" if match[4] == b"0" else "1.1"
        request = Request(match[1].decode(), match[2].decode("latin-1"), version)
        if len(request.target) > limit:
            raise self.too_long()
        size = 0
        while line := self.line(MAX_HEAD, large):
            size += len(line)
            if size > (8000 if B == "strict-limits" else MAX_HEAD):
                raise large()
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not TOKEN.fullmatch(name) or re.search("[\0\r]", value):
                raise bad("A header is malformed.")
            request.headers.append((name, value.strip(" \t")))
        if version == "1.1" and len(request.values("host")) != 1:
            raise bad("There must be one Host.")
        self.request = request
        return request

    def too_long(self):
        # long-uri-without-content: the web server in front refuses a long line before there is a request to answer
        if B == "long-uri-without-content":
            answer = Answer(414, b"", content_type=None)
            answer.close = True
            return answer
        return gateway(414, "APIGW.0201", "The request URI is too long.", close=True)

    def read(self):
        """Read a request with its content."""
        request = self.head()
        codings, lengths = request.elements("transfer-encoding"), request.values("content-length")
        if codings and (codings != ["chunked"] or lengths or request.version == "1.0"):
            raise bad("The framing is not supported.") if lengths else \
                gateway(501, "APIGW.0201", "The transfer coding is not supported.", close=True)
        if lengths and not all(re.fullmatch("[0-9]{1,18}", value) and value == lengths[0] for value in lengths):
            raise bad("The Content-Length is malformed.")
        # conforming strict-limits: a POST needs a Content-Length
        if B == "strict-limits" and request.method == "POST" and not lengths:
            raise gateway(411, "APIGW.0201", "A Content-Length is required.", close=True)
        length = int(lengths[0]) if lengths else 0
        if length > MAX_BODY:
            raise self.too_large()
        expected = request.elements("expect")
        if expected and expected != ["100-continue"]:
            raise gateway(417, "APIGW.0201", "The expectation is not supported.", close=bool(length or codings))
        # conforming refused-token-closes: the token is checked before the content is read
        if B == "refused-token-closes" and (length or codings):
            try:
                route(request)
                if request.method == "POST":
                    caller(request)
            except Answer as refusal:
                refusal.close = True
                raise
        if (length or codings) and expected and request.version == "1.1" and not self.buffer:
            self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if codings:
            while size := self.chunk_size():
                request.body += self.take(size)
                if self.line(2, self.unframed):
                    raise self.unframed()
                if len(request.body) > MAX_BODY:
                    raise self.too_large()
            while self.line(MAX_HEAD, large):
                pass
        else:
            request.body = self.take(length)
        return request

    def chunk_size(self):
        match = re.fullmatch(rb"([0-9A-Fa-f]{1,12})[ \t]*(;.*)?", self.line(8192, self.unframed), re.S)
        if not match:
            raise self.unframed()
        return int(match[1], 16)

    def unframed(self):
        return bad("The chunks are malformed.")

    def too_large(self):
        # too-large-in-html: content is limited by the web server in front of the gateway, which has its own page
        if B == "too-large-in-html":
            return html(413, "Request Entity Too Large", close=True)
        return gateway(413, "APIGW.0201", "The request body is too large.", close=True)

    def serve(self):
        """Answer requests until the connection is to be closed."""
        self.socket.settimeout(2.0 if B == "one-connection-at-a-time" else IDLE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            request = answer = None
            try:
                request = self.read()
                answer = handle(self, request)
            except Answer as refusal:
                answer = refusal
                request = request or self.request
                answer.close = answer.close or request is None
            except socket.timeout:
                return
            except Closed:
                return
            except Exception as error:
                print(f"{error!r}", file=sys.stderr)
                answer = gateway(500, "APIGW.0601", "Internal server error.", close=True)
            if not self.write(request, answer):
                return

    def write(self, request, answer):
        """Send an answer, and return whether the connection stays open."""
        options = request.elements("connection") if request else ["close"]
        old = request is not None and request.version == "1.0"
        keep = not answer.close and "close" not in options and (not old or "keep-alive" in options)
        # success-ignores-close: the path of a success does not look at the Connection of the call
        if B == "success-ignores-close" and answer.status == 200 and not old:
            keep = True
        # content-after-a-success: the path of a success does not read the content of the call
        if B == "content-after-a-success" and answer.status == 200:
            self.buffer = request.body + self.buffer
        # conforming one-connection-at-a-time: the server has one thread, so that it closes after each answer
        if B == "one-connection-at-a-time":
            keep = False
        now = time.time()
        # date-in-local-time: the service writes the time of Beijing as if it were GMT
        if B == "date-in-local-time" and answer.status == 200:
            now += 8 * 3600
        headers = [("Date", formatdate(now, usegmt=True))] if answer.dated else []
        headers += [("Server", "api-gateway"), ("X-Request-Id", answer.request_id)]
        if answer.content_type and answer.status != 204:
            headers.append(("Content-Type", answer.content_type))
        headers += answer.headers
        if getattr(request, "session", None):
            headers.append(("Set-Cookie", f"DRSSESSION={request.session}; Path=/; HttpOnly"))
        if not keep:
            headers.append(("Connection", "close"))
        elif old:
            headers.append(("Connection", "keep-alive"))
        before, body, reason = b"", answer.body, REASONS.get(answer.status, "")
        # conforming early-hints: a refusal by the gateway follows a 103, and is chunked, with capital names
        hints = B == "early-hints" and answer.status in (401, 403, 404, 405, 415)
        # conforming chunked-with-trailers: a success is chunked, with extensions, zeros and trailers, without a reason
        chunked = (hints or (B == "chunked-with-trailers" and answer.status == 200)) and request.version == "1.1"
        if chunked:
            if hints:
                before = b"HTTP/1.1 103 Early Hints\r\nLINK: </v5>; rel=\"preload\"\r\n\r\n"
            headers = [(name.upper() if hints else name.lower(), value) for name, value in headers]
            headers += [("Transfer-Encoding", "chunked"), ("Trailer", "Server-Timing, X-Checksum")]
            middle = len(body) // 2
            parts = [b"%04X;part=\"a;b\"\r\n%b\r\n" % (len(part), part) for part in (body[:middle], body[middle:]) if part]
            body = b"".join(parts) + b"000\r\nserver-timing: total;dur=1.5\r\nX-Checksum:%08x\r\n\r\n" % zlib.crc32(body)
            reason = ""
        elif answer.status != 204:
            headers.append(("Content-Length", str(len(body))))
        if request is not None and request.method == "HEAD":
            body = b""
        head = f"HTTP/1.1 {answer.status} {reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.socket.sendall(before + head.encode("latin-1") + b"\r\n" + body)
        if keep:
            return True
        self.socket.shutdown(socket.SHUT_WR)
        self.socket.settimeout(1.0)
        end, rest = time.monotonic() + 3, 0  # lest a reset destroys the answer
        while time.monotonic() < end and rest < 1 << 25 and (data := self.socket.recv(65536)):
            rest += len(data)
        return False


def bad(message):
    return gateway(400, "APIGW.0201", message, close=True)


def large():
    return gateway(431, "APIGW.0201", "The request headers are too large.", close=True)


def run(sock):
    try:
        Connection(sock).serve()
    except OSError:
        pass
    finally:
        sock.close()


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", ARGS.port))
    listener.listen(128)
    print(f"{B} listens on {ARGS.port}", file=sys.stderr)
    while True:
        sock, _ = listener.accept()
        if B == "one-connection-at-a-time":
            run(sock)
        else:
            threading.Thread(target=run, args=(sock,), daemon=True).start()


main()
