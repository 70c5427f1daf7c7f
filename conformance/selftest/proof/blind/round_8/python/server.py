#!/usr/bin/env python3
"""Huawei Cloud DRS, "commit an asynchronous batch job": a server of the documentation, and of faults in it.

    python3 server.py --port N --account FILE --behaviour NAME

`none` keeps the documentation; each other behaviour is `none` with one difference, marked by a call of `b` with its name.
"""
import argparse
import calendar
import email.utils
import hashlib
import hmac
import json
import re
import socket
import sys
import threading
import time
import urllib.parse
import uuid

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
MAX_URI, MAX_FIELDS, MAX_BODY = 32 * 1024, 64 * 1024, 12 * 1024 * 1024
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 413: "Content Too Large", 414: "URI Too Long",
           415: "Unsupported Media Type", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
           501: "Not Implemented", 505: "HTTP Version Not Supported"}
# status, code, English, Chinese
ERRORS = {
    "malformed": (400, "DRS.10000001", "The request is malformed.", "请求格式错误。"),
    "unknown": (400, "DRS.10000004", "The batch does not exist.", "批量任务不存在。"),
    "validating": (400, "DRS.10000005", "The parameters of the batch are still being checked.", "批量任务的参数正在校验。"),
    "failed": (400, "DRS.10000006", "The parameter check of the batch failed.", "批量任务的参数校验失败。"),
    "committed": (400, "DRS.10000007", "The batch has already been submitted.", "批量任务已提交。"),
    "no-token": (401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found",
                 "IAM认证信息错误：未找到x-auth-token"),
    "bad-token": (401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：解析token失败"),
    "expired": (401, "APIGW.0307", "The token must be updated.", "token需要更新。"),
    "forbidden": (403, "APIGW.0302", "The IAM user is not authorized to access the API.", "IAM用户不允许访问该API。"),
    "not-found": (404, "APIGW.0101", "The API does not exist or has not been published in the environment.",
                  "API不存在或未发布到环境。"),
    "method": (405, "APIGW.0101", "The API does not exist or has not been published in the environment.",
               "API不存在或未发布到环境。"),
    "body": (413, "APIGW.0201", "The request body is too large.", "请求体过大。"),
    "uri": (414, "APIGW.0201", "The request URI is too long.", "请求URI过长。"),
    "type": (415, "APIGW.0201", "The Content-Type must be application/json.", "Content-Type必须为application/json。"),
    "fields": (431, "APIGW.0201", "The request header fields are too large.", "请求头过大。"),
    "coding": (501, "APIGW.0201", "The transfer coding is not supported.", "不支持该传输编码。"),
    "version": (505, "APIGW.0201", "The HTTP version is not supported.", "不支持该HTTP版本。"),
}

ARGS = None
ACCOUNT = {}
PROJECTS = {}        # project_id -> {batch: state}
TOKENS = {}          # token -> project_id
EXPIRED = {}         # the same of expired tokens
LOCK = threading.Lock()
MEMORY = {"trusted": set(), "bad": 0, "locked": 0, "language": "en-us", "tried": set()}   # of faults that remember


def b(name):
    return ARGS.behaviour == name


class Bad(Exception):
    """The request cannot be read further: answer with this error and close."""


class Closed(Exception):
    pass


class Reader:
    def __init__(self, sock):
        self.sock, self.buf = sock, b""

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise Closed
        self.buf += data

    def line(self, limit, error):
        while b"\n" not in self.buf:
            if len(self.buf) > limit:
                raise Bad(error)
            self.fill()
        line, self.buf = self.buf.split(b"\n", 1)
        if len(line) > limit:
            raise Bad(error)
        return line[:-1] if line.endswith(b"\r") else line

    def take(self, n):
        parts = []
        while n > len(self.buf):
            n -= len(self.buf)
            parts.append(self.buf)
            self.buf = b""
            self.fill()
        parts.append(self.buf[:n])
        self.buf = self.buf[n:]
        return b"".join(parts)


class Request:
    method, target, version, fields, language, close, content = "", "", (1, 1), [], "en-us", True, b""

    def all(self, name):
        return [v for k, v in self.fields if k.lower() == name]

    def get(self, name):
        values = self.all(name)
        return values[0] if len(values) == 1 else None

    def items(self, name):
        """The members of a comma separated list, in lower case."""
        return [x.strip().lower() for x in ",".join(self.all(name)).split(",") if x.strip()]


# ---------------------------------------------------------------- reading

def read_request(rq, rd, sock):
    # broken: one recv is taken for the whole head.
    if b("head-read-once") and not rd.buf:
        rd.fill()
        if b"\r\n\r\n" not in rd.buf:
            raise Bad("malformed")
    line = b""
    while not line:
        line = rd.line(MAX_URI + 1024, "uri")
    parts = line.split(b" ")
    if len(parts) != 3 or not TOKEN.fullmatch(parts[0]) or not re.fullmatch(rb"[\x21-\x7e]+", parts[1]):
        raise Bad("malformed")
    found = re.fullmatch(rb"HTTP/([0-9])\.([0-9])", parts[2])
    if not found:
        raise Bad("malformed")
    rq.version = (int(found[1]), int(found[2]))
    if rq.version[0] != 1:
        raise Bad("version")
    rq.method, rq.target = parts[0].decode(), parts[1].decode()
    # conforming: a request line may have 8000 octets and no more.
    if len(rq.target) > MAX_URI or b("strict-gateway") and len(line) > 8000:
        raise Bad("uri")
    read_fields(rd, rq)
    read_language(rq)
    hosts = rq.all("host")
    if len(hosts) > 1 or not hosts and rq.version >= (1, 1):
        raise Bad("malformed")
    connection = rq.items("connection")
    rq.close = "close" in connection or rq.version < (1, 1) and "keep-alive" not in connection
    # broken: Connection is compared as one word, not read as a list.
    if b("connection-not-a-list") and rq.version >= (1, 1):
        rq.close = rq.get("connection") == "close"
    read_body(rd, rq, sock)


def read_fields(rd, rq):
    size, fields = 0, []
    limit = 16 * 1024 if b("strict-gateway") else MAX_FIELDS
    while True:
        line = rd.line(limit, "fields")
        if not line:
            break
        size += len(line)
        if size > limit:
            raise Bad("fields")
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not TOKEN.fullmatch(name) or re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise Bad("malformed")
        # broken: fields are cut at ": ", one without the space is lost.
        if b("colon-needs-space") and b": " not in line and name.lower() != b"host":
            continue
        fields.append((name.decode(), value.decode("latin-1")))
    rq.fields = fields


def read_language(rq):
    sent = rq.get("x-language")
    rq.language = "zh-cn" if sent and sent.lower() == "zh-cn" else "en-us"
    # broken: the language is set for the whole process and stays for requests that name none.
    if b("language-sticks"):
        if sent:
            MEMORY["language"] = rq.language
        rq.language = MEMORY["language"]


def read_body(rd, rq, sock):
    codings, lengths = rq.items("transfer-encoding"), rq.all("content-length")
    if codings:
        if lengths or rq.version < (1, 1):
            raise Bad("malformed")
        if codings != ["chunked"]:
            raise Bad("coding")
        send_continue(rd, rq, sock)
        read_chunks(rd)
    elif lengths:
        if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,1000}", lengths[0]):
            raise Bad("malformed")
        if int(lengths[0]) > MAX_BODY:
            raise Bad("body")
        if int(lengths[0]):
            send_continue(rd, rq, sock)
            rq.content = rd.take(int(lengths[0]))


def send_continue(rd, rq, sock):
    wanted = "100-continue" in rq.items("expect")
    # broken: the expectation is compared with regard to case, and the body awaited in silence.
    if b("expect-case-sensitive"):
        wanted = rq.get("expect") == "100-continue"
    if wanted and rq.version >= (1, 1) and not rd.buf:
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def read_chunks(rd):
    total = 0
    while True:
        line = rd.line(8192, "malformed")
        size = line.split(b";")[0].rstrip(b" \t")
        # broken: the whole line must be a number, extensions are not cut off.
        if b("chunk-extension-refused"):
            size = line
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,12}", size):
            raise Bad("malformed")
        size = int(size, 16)
        if size == 0:
            break
        total += size
        if total > MAX_BODY:
            raise Bad("body")
        rd.take(size)
        if rd.line(2, "malformed"):
            raise Bad("malformed")
    # broken: the body ends with the last chunk, the trailer section stays in the stream.
    if b("trailer-left-in-stream"):
        return
    total = 0
    while True:
        line = rd.line(8192, "fields")
        if not line:
            return
        total += len(line)
        if total > MAX_FIELDS:
            raise Bad("fields")


# ---------------------------------------------------------------- answering

class Answer:
    def __init__(self, status, body, headers=(), close=False):
        self.status, self.body, self.headers, self.close = status, body, list(headers), close
        self.request_id = uuid.uuid4().hex
        self.error = None
        self.raw = None          # (content type, bytes) instead of JSON


def error(name, rq):
    status, code, english, chinese = ERRORS[name]
    body = {"error_code": code, "error_msg": chinese if rq.language == "zh-cn" else english}
    answer = Answer(status, body)
    answer.error = name
    if status != 400:
        body["request_id"] = answer.request_id
    if status == 401:
        answer.headers.append(("WWW-Authenticate", 'IAM realm="drs", header="X-Auth-Token"'))
        # broken: the handler of expired tokens is another one and sends no challenge.
        if b("expired-without-challenge") and name == "expired":
            answer.headers.clear()
    if status == 405:
        answer.headers.append(("Allow", "POST"))
    # broken: the Chinese catalogue lacks a text.
    if b("chinese-message-empty") and name == "validating" and rq.language == "zh-cn":
        body["error_msg"] = ""
    # broken: the failure of each task is listed without regard to the limit.
    if b("message-over-512") and name == "failed":
        body["error_msg"] += "".join(f" Task {n}: the source database cannot be connected to." for n in range(1, 13))
    # conforming: messages of just 512 characters, other codes of 12, more fields.
    if b("refusals-at-the-limit") and status == 400:
        body["error_code"] = "DRS.M0000" + str(100 + list(ERRORS).index(name))
        body["error_msg"] = (body["error_msg"] + " " + "…" * 512)[:512]
        body["details"] = None
    # conforming: refusals of the token with more fields, two challenges, and the end of the connection.
    if b("refusals-close") and status in (401, 403):
        body["error_msg"] = "IAM: " + body["error_msg"]
        body["encoded_authorization_message"] = None
        body["details"] = [{"error_code": code}]
        answer.close = True
        if status == 401:
            answer.headers = [("www-authenticate", 'Bearer realm="a, \\"b\\"", IAM'), ("Cache-Control", "no-store")]
    return answer


def send(sock, rq, answer):
    if answer.raw:
        kind, data = answer.raw
    else:
        text = json.dumps(answer.body, ensure_ascii=False)
        kind = "application/json"
        # conforming: indented, escaped to ASCII, sorted, with white space around and a charset.
        if b("indented-and-escaped"):
            text = "\r\n\t " + json.dumps(answer.body, indent=4, sort_keys=True).replace("/", "\\/") + "\r\n"
            kind = "Application/JSON;charset=UTF-8"
        data = text.encode()
        # broken: a byte order mark in front.
        if b("byte-order-mark") and answer.status == 200:
            data = b"\xef\xbb\xbf" + data
    length = len(data)
    # broken: the length is that of the text in characters.
    if b("length-in-characters") and not answer.raw:
        length = len(text)
    close = rq.close or answer.close
    # conforming: one request for each connection.
    if b("one-request-per-connection"):
        close = True
    rq.close = close
    headers = [("Date", email.utils.formatdate(usegmt=True)), ("Server", "api-gateway"), ("Content-Type", kind),
               ("X-Request-Id", answer.request_id)]
    headers += answer.headers
    chunked = rq.version >= (1, 1) and (b("proxy-in-front") or b("refusals-at-the-limit") and answer.status == 400)
    headers += [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")] if chunked else [("Content-Length", str(length))]
    if close:
        headers.append(("Connection", "close"))
    elif rq.version < (1, 1):
        headers.append(("Connection", "keep-alive"))
    reason = REASONS.get(answer.status, "")
    # conforming: no X-Request-Id, which is optional.
    if b("answer-of-the-example"):
        headers = [h for h in headers if h[0] != "X-Request-Id"]
    head = "".join(f"{k}: {v}\r\n" for k, v in headers)
    # conforming: a proxy that writes names in lower case, in another order, without spaces, with a Via and no reason.
    if b("proxy-in-front"):
        headers = [("Via", "1.1 elb-7, 1.1 cse")] + headers[::-1]
        head = "".join(f"{k.lower()}:{v}\r\n" for k, v in headers)
        reason = ""
    if chunked:
        half = len(data) // 2
        pieces = [p for p in (data[:half], data[half:]) if p]
        data = b"".join(b"%04X;n=\"1;2\"\r\n%s\r\n" % (len(p), p) for p in pieces) + b"000\r\nX-Sum: 1\r\n\r\n"
    first = b""
    # conforming: an interim answer in front of the final one.
    if b("interim-answer-first") and rq.version >= (1, 1):
        first = b"HTTP/1.1 103 Early Hints\r\nLink: <https://support.huaweicloud.com/>; rel=help\r\n\r\n"
    sock.sendall(first + f"HTTP/1.1 {answer.status} {reason}\r\n{head}\r\n".encode("latin-1")
                 + (b"" if rq.method == "HEAD" else data))


# ---------------------------------------------------------------- the gateway

def route(rq):
    """(project, batch, query) of a commit path, or None."""
    target = rq.target
    # broken: only the origin form of the target is understood.
    if not b("absolute-form-unknown"):
        absolute = re.match(r"https?://[^/?#]+", target, re.I)
        if absolute:
            target = target[absolute.end():]
            target = target if target.startswith("/") else "/" + target
    path, _, query = target.partition("?")
    if "#" in target or re.search(r"%(?![0-9A-Fa-f]{2})", path):
        return None
    segments = path.split("/")
    # broken: IDs are taken from the path as they are, percent-encoded.
    if not b("path-not-decoded"):
        segments = [urllib.parse.unquote(s) for s in segments]
    # broken: the framework decodes what the gateway has decoded.
    if b("path-decoded-twice"):
        segments = [urllib.parse.unquote(s) for s in segments]
    if len(segments) != 6 or segments[:2] != ["", "v5"] or segments[3] != "batch-async-jobs" or segments[5] != "commit":
        return None
    return (segments[2], segments[4], query) if segments[2] and segments[4] else None


def is_json(rq):
    values = rq.all("content-type")
    # broken: the two common spellings of the field name are looked up, others are not found.
    if b("field-name-spelling"):
        values = [v for k, v in rq.fields if k in ("Content-Type", "content-type")]
    # broken: a list of known values, which lacks charset=UTF-8 in capitals.
    if b("charset-in-capitals-refused"):
        return len(values) == 1 and values[0] in ("application/json", "application/json;charset=utf-8",
                                                   "application/json; charset=utf-8")
    return len(values) == 1 and "," not in values[0] and values[0].split(";")[0].strip().lower() == "application/json"


def signed(rq):
    """Whether the request carries a right signature SDK-HMAC-SHA256 (for requests without body)."""
    key = ACCOUNT.get("access_key") or {}
    found = re.fullmatch(r"SDK-HMAC-SHA256 Access=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})",
                         rq.get("authorization") or "")
    date = rq.get("x-sdk-date")
    if not found or not date or found[1] != key.get("id"):
        return False
    try:
        if abs(calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - time.time()) > 900:
            return False
    except ValueError:
        return False
    target = re.sub(r"^https?://[^/?#]+", "", rq.target)
    path, _, query = target.partition("?")
    path = urllib.parse.quote(urllib.parse.unquote(path), safe="/-_.~").rstrip("/") + "/"
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    query = "&".join(urllib.parse.quote(k, safe="-_.~") + "=" + urllib.parse.quote(v, safe="-_.~") for k, v in pairs)
    lines = "".join(f"{n}:{(rq.get(n) or '').strip()}\n" for n in found[2].split(";"))
    whole = "\n".join([rq.method, path, query, lines, found[2], hashlib.sha256(b"").hexdigest()])
    text = "\n".join(["SDK-HMAC-SHA256", date, hashlib.sha256(whole.encode()).hexdigest()])
    right = hmac.new(key["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, found[3])


def find(tokens, token):
    """The project of a token, or None."""
    for known, project in tokens.items():
        if token == known:
            return project
        # broken: as many characters are compared as the stored token has.
        if b("token-tail-ignored") and token.startswith(known):
            return project
        # broken: tokens are compared by a collation that knows no case.
        if b("token-case-ignored") and token.lower() == known.lower():
            return project
    return None


def authenticate(rq, project, query, session):
    """(None, the project the caller may use) or (the name of an error, None)."""
    sent = rq.all("x-auth-token")
    # broken: a token in the query will do as well.
    if b("token-from-query") and not sent:
        sent = dict(urllib.parse.parse_qsl(query)).get("X-Auth-Token")
        sent = [sent] if sent else []
    # broken: who has an Authorization has been let in by another plugin already.
    if b("authorization-replaces-token") and rq.get("authorization") and not sent:
        return None, project
    # broken: the connection remembers who came first.
    if b("connection-remembers-token") and not sent and session.get("token"):
        sent = [session["token"]]
    # broken: an empty token is not checked.
    if b("empty-token-passes") and sent == [""]:
        return None, project
    # conforming: the access key is accepted besides the token.
    if b("access-key-accepted") and not sent and signed(rq):
        own = ACCOUNT["project_id"]
        return (None, own) if project == own else ("forbidden", None)
    if not sent or sent == [""]:
        return "no-token", None
    if len(sent) > 1:
        return "bad-token", None
    token = sent[0]
    # broken: the verdict is cached by the project instead of the token.
    if b("verdict-cached-by-project") and project in MEMORY["trusted"]:
        return None, project
    # broken: after two bad tokens the next five requests are refused, good tokens or not.
    if b("bad-tokens-lock-good-ones") and MEMORY["locked"]:
        MEMORY["locked"] -= 1
        return "bad-token", None
    if find(EXPIRED, token):
        # broken: the scope is checked before the age.
        if b("expired-token-forbidden") and find(EXPIRED, token) != project:
            return "forbidden", None
        return "expired", None
    scope = find(TOKENS, token)
    if scope is None:
        MEMORY["bad"] += 1
        if MEMORY["bad"] % 2 == 0:
            MEMORY["locked"] = 5
        return "bad-token", None
    # broken: the project is the token's, whatever the path says.
    if b("path-project-ignored"):
        return None, scope
    # broken: any good token opens any project that exists.
    if b("foreign-project-open") and project in PROJECTS:
        return None, project
    if scope != project:
        return "forbidden", None
    MEMORY["trusted"].add(project)
    session["token"] = token
    return None, project


def handle(rq, session):
    # broken: methods are turned to capitals.
    method = rq.method.upper() if b("method-in-small-letters") else rq.method
    # broken: HEAD goes to the handler of POST.
    if b("head-commits") and method == "HEAD":
        method = "POST"
    found = route(rq)
    # conforming: nothing is told without a token, not even that a path is unknown.
    if b("token-before-path"):
        refused, _ = authenticate(rq, found[0] if found else None, found[2] if found else "", session)
        if refused and refused != "forbidden":
            return error(refused, rq)
    if not found:
        return error("not-found", rq)
    project, batch, query = found
    if method != "POST":
        # conforming: a wrong method is an unknown API, as the gateway's page says.
        return error("not-found" if b("strict-gateway") else "method", rq)
    # conforming: the form of the request is checked before the token.
    if b("type-before-token") and not is_json(rq):
        return error("type", rq)
    refused, scope = authenticate(rq, project, query, session)
    if refused:
        # broken: an expired token is noticed after the work is done.
        if b("expired-token-commits") and refused == "expired":
            commit(rq, project, batch)
        return error(refused, rq)
    if not is_json(rq):
        # broken: the type is looked at after the work is done.
        if b("wrong-type-commits"):
            commit(rq, scope, batch)
        return error("type", rq)
    return commit(rq, scope, batch)


# ---------------------------------------------------------------- the service

def commit(rq, project, batch):
    with LOCK:
        batches = PROJECTS.get(project, {})
        # broken: batches are looked up by their ID alone.
        if b("foreign-batch-in-own-project"):
            batches = next((p for p in PROJECTS.values() if batch in p), {})
        state = batches.get(batch, "unknown")
        # broken: only "failed" is refused, a check under way counts as passed.
        if b("validating-committed") and state == "validating":
            state = "ready"
        # broken: the first refusal clears the errors of the check, so that the second try succeeds.
        if b("failed-passes-when-repeated") and state == "failed":
            if batch in MEMORY["tried"]:
                state = "ready"
            MEMORY["tried"].add(batch)
        # broken: an unknown batch is 404, as is usual elsewhere.
        if b("unknown-batch-404") and state == "unknown":
            return error("not-found", rq)
        # broken: an exception of the second commit goes out as the framework's page.
        if b("second-commit-crashes") and state == "committed":
            answer = Answer(500, None)
            answer.raw = ("text/html; charset=utf-8", b"<h1>Internal Server Error</h1><pre>IllegalStateException</pre>")
            return answer
        # conforming: the second commit is answered as the first.
        if b("second-commit-200") and state == "committed":
            state = "ready"
        if state != "ready":
            answer = error(state, rq)
            # broken: the refusal goes out with status 200.
            if b("failed-answered-200") and state == "failed":
                answer.status = 200
            return answer
        batches[batch] = "committed"
        # broken: the batch that follows is committed with it.
        if b("next-batch-committed-too"):
            names = list(batches)
            after = names[names.index(batch) + 1:][:1]
            if after and batches[after[0]] == "ready":
                batches[after[0]] = "committed"
    job = {"async_job_id": batch, "status": "COMMIT_SUCCESS",
           "msg": "批量任务已提交。" if rq.language == "zh-cn" else "The batch was submitted."}
    # broken: nothing to say is null.
    if b("msg-null"):
        job["msg"] = None
    # conforming: the published answer, with another ID than the request's.
    if b("answer-of-the-example"):
        job = {"async_job_id": str(uuid.uuid4())}
    answer = Answer(200, {"job": job})
    # conforming: more fields.
    if b("indented-and-escaped"):
        answer.body["jobs"] = [dict(job, id=1)]
        job["create_time"] = 1764300000.5
    return answer


# ---------------------------------------------------------------- connections

def serve(sock):
    rd, session = Reader(sock), {}
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(30)
        while True:
            rq = Request()
            try:
                read_request(rq, rd, sock)
                answer = handle(rq, session)
            except Bad as bad:
                answer = error(str(bad), rq)
                answer.close = True
            send(sock, rq, answer)
            if rq.close:
                break
            # broken: the buffer is emptied before each request.
            if b("pipelined-request-lost"):
                rd.buf = b""
            # broken: who is refused by the gateway is answered before the body is read, which then stays in the stream.
            if b("refused-body-left-in-stream") and answer.status in (401, 403):
                rd.buf = rq.content + rd.buf
        # Let the client read the answer before the connection is reset by what it still sends.
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(2)
        end = time.time() + 5
        while time.time() < end and sock.recv(65536):
            pass
    except (Closed, OSError):
        pass
    finally:
        sock.close()


def main():
    global ARGS
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--behaviour", default="none")
    ARGS = parser.parse_args()
    with open(__file__, encoding="utf-8") as own:
        known = set(re.findall(r'\bb\("([a-z0-9-]+)"\)', own.read()))
    if ARGS.behaviour != "none" and ARGS.behaviour not in known:
        sys.exit(f"unknown behaviour {ARGS.behaviour}")
    with open(ARGS.account, encoding="utf-8") as file:
        ACCOUNT.update(json.load(file))
    for owner in [ACCOUNT] + ([ACCOUNT["other"]] if ACCOUNT.get("other") else []):
        PROJECTS[owner["project_id"]] = dict(owner["batches"])
        TOKENS[owner["token"]] = owner["project_id"]
    if ACCOUNT.get("expired_token"):
        EXPIRED[ACCOUNT["expired_token"]] = ACCOUNT["project_id"]
    listener = socket.create_server(("127.0.0.1", ARGS.port), backlog=128)
    print(f"listening on 127.0.0.1:{ARGS.port} as {ARGS.behaviour}", file=sys.stderr, flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    main()
