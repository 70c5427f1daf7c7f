#!/usr/bin/env python3
"""A server of the DRS operation "commit an asynchronous batch job", over asyncio streams.

python3 server.py --port N --account FILE --behaviour NAME
The behaviour "none" keeps the documentation; every other one differs in the place where `B == "its-name"` stands.
"""
import argparse
import asyncio
import datetime
import gzip
import json
import re
import sys
import time
import uuid
from email.utils import formatdate
from urllib.parse import unquote

B = "none"                  # the behaviour
MAX_BODY = 12 * 1024 * 1024
MAX_URI = 32 * 1024
MAX_HEAD = 64 * 1024
BACKEND_SECONDS = 0.08      # how long the service takes to submit a batch

REASONS = {100: "Continue", 103: "Early Hints", 200: "OK", 202: "Accepted", 206: "Partial Content", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
           500: "Internal Server Error", 501: "Not Implemented",
           505: "HTTP Version Not Supported"}

# Messages: key -> (en-us, zh-cn)
TEXT = {
    "done": ("The batch was submitted.", "批量任务已提交。"),
    "unknown": ("The batch does not exist.", "批量任务不存在。"),
    "validating": ("The parameters of the batch are still being verified.", "批量任务的参数仍在校验中。"),
    "failed": ("The parameter verification of the batch reported errors.", "批量任务的参数校验失败。"),
    "committed": ("The batch has already been submitted.", "批量任务已经提交过。"),
    "busy": ("Another batch is being submitted.", "正在提交其他批量任务。"),
    "http": ("The request is not well-formed.", "请求格式错误。"),
    "token-missing": ("Incorrect IAM authentication information: x-auth-token not found",
                      "IAM认证信息错误：未找到x-auth-token"),
    "token-bad": ("Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：Token解析失败"),
    "token-expired": ("The token must be updated.", "Token需要更新。"),
    "locked": ("Incorrect IAM authentication information: too many failures", "IAM认证信息错误：失败次数过多"),
    "forbidden": ("The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"),
    "no-api": ("The API does not exist or has not been published in the environment.", "API不存在或未发布到环境。"),
    "no-method": ("The API does not support this method.", "API不支持该请求方法。"),
    "body-large": ("The request body is too large.", "请求体过大。"),
    "uri-long": ("The request URI is too long.", "请求URI过长。"),
    "head-large": ("The request header is too large.", "请求头过大。"),
    "type": ("The Content-Type must be application/json.", "Content-Type必须为application/json。"),
    "coding": ("The transfer coding is not supported.", "不支持该传输编码。"),
    "version": ("The HTTP version is not supported.", "不支持该HTTP版本。"),
}
TOKEN_RE = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
TYPE_RE = re.compile(r'application/json(?:[ \t]*;[ \t]*(?:charset=(?:utf-8|"utf-8"))?)*', re.I)
PATH_RE = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")


class Refusal(Exception):
    """The answer to a request that is not served."""

    def __init__(self, status, code, text, close=False, **more):
        self.status, self.code, self.text, self.close = status, code, text, close
        self.headers = more.get("headers", [])


def bad(text="http"):
    return Refusal(400, "DRS.10000001", text, close=True)


class Input:
    """The bytes that come in on a connection."""

    def __init__(self, reader):
        self.reader, self.buf, self.frozen = reader, b"", False

    async def fill(self):
        if self.frozen:
            raise bad()
        data = await self.reader.read(65536)
        if not data:
            raise EOFError
        self.buf += data

    async def line(self, limit, too_long):
        while True:
            end = self.buf.find(b"\n")
            if end > limit or (end < 0 and len(self.buf) > limit):
                raise too_long
            if end >= 0:
                break
            await self.fill()
        line, self.buf = self.buf[:end], self.buf[end + 1:]
        line = line[:-1] if line.endswith(b"\r") else line
        if b"\r" in line or b"\0" in line:
            raise bad()
        return line.decode("latin-1")

    async def exactly(self, size):
        while len(self.buf) < size:
            await self.fill()
        data, self.buf = self.buf[:size], self.buf[size:]
        return data


class Request:
    method = target = ""
    version = (1, 1)
    body = b""
    principal = None        # the project ID of the token

    def __init__(self):
        self.id = uuid.uuid4().hex
        self.headers = {}

    def get(self, name, default=None):
        values = self.headers.get(name)
        return ", ".join(values) if values else default

    def items(self, name):
        return [item.strip().lower() for item in self.get(name, "").split(",") if item.strip()]

    @property
    def chunked(self):
        return "transfer-encoding" in self.headers

    @property
    def has_body(self):
        return self.chunked or int(self.get("content-length", "0")) > 0

    @property
    def closes(self):
        # "Connection: close, TE" is compared as a whole
        if B == "close-in-list-missed":
            return self.version < (1, 1) or self.get("connection", "").lower() == "close"
        return self.version < (1, 1) or "close" in self.items("connection")


class State:
    def __init__(self, account):
        self.tokens = {account["token"]: account["project_id"]}
        self.expired = {account["expired_token"]: account["project_id"]}
        self.batches = {account["project_id"]: dict(account["batches"])}
        if other := account.get("other"):
            self.tokens[other["token"]] = other["project_id"]
            self.batches[other["project_id"]] = dict(other["batches"])
        self.languages, self.locked, self.attempts, self.negative = {}, set(), {}, set()
        self.in_flight, self.principal, self.failures, self.locked_until = set(), None, 0, 0.0


STATE = None


# ---------------------------------------------------------------- reading

async def read_head(inp):
    req = Request()
    if B == "one-read-per-request":
        # head and body are expected in one read
        inp.frozen = False
        if not inp.buf:
            await inp.fill()
        inp.frozen = True
    too_long = Refusal(414, "APIGW.0201", "uri-long", close=True)
    line = await inp.line(MAX_URI + 200, too_long)
    for _ in range(4):
        if line:
            break
        line = await inp.line(MAX_URI + 200, too_long)
    parts = line.split(" ")
    if len(parts) != 3 or not TOKEN_RE.fullmatch(parts[0]):
        raise bad()
    req.method, req.target, version = parts
    match = re.fullmatch(r"HTTP/(\d)\.(\d)", version)
    if not match:
        raise bad()
    req.version = (int(match[1]), int(match[2]))
    if req.version[0] != 1:
        raise Refusal(505, "APIGW.0201", "version", close=True)
    size, too_large = 0, bad("head-large")
    while line := await inp.line(MAX_HEAD, too_large):
        size += len(line)
        if size > MAX_HEAD:
            raise too_large
        name, colon, value = line.partition(":")
        if not colon or not TOKEN_RE.fullmatch(name):
            raise bad()
        req.headers.setdefault(name.lower(), []).append(value.strip(" \t"))
    if len(req.target) > MAX_URI:
        raise too_long
    hosts = req.headers.get("host", [])
    if len(hosts) > 1 or (not hosts and req.version >= (1, 1)) or not re.fullmatch(r"[^\s/?#@]*", "".join(hosts)):
        raise bad()
    length = req.get("content-length")
    if length is not None and not re.fullmatch(r"[0-9]{1,18}", length):
        raise bad()
    if req.chunked:
        if length is not None or req.version < (1, 1):
            raise bad()
        codings = req.items("transfer-encoding")
        if codings != ["chunked"]:
            raise Refusal(501, "APIGW.0201", "coding", close=True) if codings and codings[-1] == "chunked" else bad()
    return req


async def read_body(inp, req):
    too_large = Refusal(413, "APIGW.0201", "body-large", close=True)
    if not req.chunked:
        return await inp.exactly(int(req.get("content-length", "0")))
    body = b""
    while True:
        line = await inp.line(4096, bad())
        match = re.fullmatch(r"([0-9A-Fa-f]{1,16})[ \t]*(;.*)?", line)
        if not match:
            raise bad()
        size = int(match[1], 16)
        if len(body) + size > MAX_BODY:
            raise too_large
        if not size:
            break
        body += await inp.exactly(size)
        if await inp.line(2, bad()):
            raise bad()
    while await inp.line(MAX_HEAD, bad()):      # trailers
        pass
    return body


# ---------------------------------------------------------------- deciding

def path_of(target):
    if match := re.match(r"https?://[^/?#]+", target, re.I):
        # only the origin form is routed
        if B == "absolute-form-unrouted":
            return None
        target = target[match.end():]
        if not target.startswith("/"):
            target = "/" + target
    if target == "*":
        return None
    path, _, query = target.partition("?")
    if not path.startswith("/") or not PATH_RE.fullmatch(path) or "#" in query:
        raise bad()
    parts = [unquote(part, errors="replace") for part in path.split("/")]
    if len(parts) == 6 and parts[1] == "v5" and parts[3] == "batch-async-jobs" and parts[5] == "commit":
        return (parts[2], parts[4]) if parts[2] and parts[4] else None
    return None


def authenticate(req, conn):
    token = req.get("x-auth-token")
    if not token:
        # a connection that once was authenticated stays so
        if B == "auth-sticks-to-connection" and conn.get("principal"):
            return conn["principal"]
        raise Refusal(401, "APIGW.0301", "token-missing")
    if token in STATE.expired:
        raise Refusal(401, "APIGW.0307", "token-expired")
    if token not in STATE.tokens:
        raise Refusal(401, "APIGW.0301", "token-bad")
    conn["principal"] = STATE.tokens[token]
    return STATE.tokens[token]


def check_head(req, conn):
    """All that the gateway decides from the head of a request; returns project and batch."""
    ids = path_of(req.target)
    if not ids:
        raise Refusal(404, "APIGW.0101", "no-api")
    # a HEAD goes through the handler of the path before its method is refused
    if B == "head-commits" and req.method == "HEAD" and STATE.batches.get(ids[0], {}).get(ids[1]) == "ready" \
            and STATE.tokens.get(req.get("x-auth-token")) == ids[0]:
        STATE.batches[ids[0]][ids[1]] = "committed"
    if req.method != "POST":
        if B == "words-of-its-own":
            raise Refusal(404, "APIGW.0101", "no-api")
        raise Refusal(405, "APIGW.0101", "no-method", headers=[("Allow", "POST")])
    # five failures in a row, of whomever, lock everybody out for three seconds
    if B == "lockout-for-everyone" and time.monotonic() < STATE.locked_until:
        raise Refusal(401, "APIGW.0301", "locked")
    try:
        req.principal = authenticate(req, conn)
        STATE.failures = 0
    except Refusal:
        STATE.failures += 1
        if STATE.failures >= 5:
            STATE.failures, STATE.locked_until = 0, time.monotonic() + 3
        # the commit is under way before the age of the token is looked at
        if B == "expired-token-commits" and STATE.expired.get(req.get("x-auth-token")) == ids[0] \
                and STATE.batches[ids[0]].get(ids[1]) == "ready":
            STATE.batches[ids[0]][ids[1]] = "committed"
        raise
    # the caller is kept in one variable for all requests, and read again after the body has come
    if B == "caller-in-a-global":
        STATE.principal = req.principal
    elif req.principal != ids[0]:
        # the lock on the batch is taken before the rights are checked, and never given back
        if B == "forbidden-call-locks-batch":
            STATE.locked.add(ids[1])
        raise Refusal(403, "APIGW.0302", "forbidden")
    if not TYPE_RE.fullmatch(req.get("content-type", "")):
        raise Refusal(415, "APIGW.0201", "type")
    return ids


def refused(state):
    if B == "words-of-its-own":
        code = {"unknown": "DRS.M0502001", "validating": "DRS.M0502002", "failed": "DRS.M0502003"}
        return Refusal(400, code.get(state, "DRS.M0502004"), state)
    return Refusal(400, "DRS.10000001", state)


async def commit(project, batch, req):
    """The service behind the gateway; returns the job, or None if there is none to show."""
    if B == "caller-in-a-global":
        await asyncio.sleep(BACKEND_SECONDS)
        if STATE.principal != project:
            raise Refusal(403, "APIGW.0302", "forbidden")
    batches = STATE.batches[project]
    # batches are looked up by their ID alone, in all projects
    if B == "lookup-ignores-project" and batch not in batches:
        batches = next((some for some in STATE.batches.values() if batch in some), batches)
    state = batches.get(batch, "unknown")
    # "there is no such batch" is cached by the ID of the batch alone
    if B == "absence-cached-across-projects":
        if state == "unknown":
            STATE.negative.add(batch)
        elif batch in STATE.negative:
            state = "unknown"
    # the third try of a batch that is still being checked is let through
    if B == "third-try-goes-through" and state == "validating":
        STATE.attempts[batch] = STATE.attempts.get(batch, 0) + 1
        if STATE.attempts[batch] >= 3:
            state = "ready"
    if batch in STATE.locked:
        raise refused("busy")
    # one commit at a time: a second one, of whichever batch, is refused
    if B == "in-flight-commit-blocks-others" and STATE.in_flight:
        raise refused("busy")
    # who loses the race for a batch sees the row that the winner has not filled yet
    if B == "race-loser-gets-empty-job" and batch in STATE.in_flight:
        return {}
    if state == "committed" and B == "recommit-repeats-200":
        state = "ready"
    # the second row for a batch breaks the unique key
    if B == "recommit-html-500" and state == "committed":
        raise RuntimeError("duplicate key")
    if state != "ready":
        raise refused(state)
    batches[batch] = "committed"
    STATE.in_flight.add(batch)
    try:
        await asyncio.sleep(BACKEND_SECONDS)
    finally:
        STATE.in_flight.discard(batch)
    return {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": TEXT["done"][language(req)]}


def language(req):
    value = req.get("x-language", "").lower()
    # the language of the browser beats the header that the document names
    if B == "accept-language-wins" and req.get("accept-language"):
        value = "zh-cn" if req.get("accept-language").lower().startswith("zh") else "en-us"
    # the language once chosen is remembered with the token
    if B == "language-sticks-to-token":
        token = req.get("x-auth-token", "")
        value = STATE.languages.setdefault(token, value) if not value else value
        STATE.languages[token] = value
    return 1 if value == "zh-cn" else 0


# ---------------------------------------------------------------- answering

def accepts_gzip(req):
    weights = {}
    for item in req.items("accept-encoding"):
        coding, _, q = item.partition(";")
        match = re.fullmatch(r"\s*q=(\d(?:\.\d*)?)\s*", q)
        weights[coding.strip()] = float(match[1]) if match else 1.0
    return weights.get("gzip", weights.get("*", 0)) > 0


class Answer:
    def __init__(self, req, status, data, kind="application/json", headers=()):
        self.req, self.status = req, status
        self.raw = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
        self.length = len(self.raw)
        self.chunks = None          # a list of pieces, if the body is sent chunked
        self.interim = b""
        self.kind, self.date, self.more = kind, formatdate(usegmt=True), list(headers)
        self.close = False
        self.show_id = True

    def head(self):
        fields = [("Date", self.date), ("Server", "api-gateway"), ("Content-Type", self.kind)]
        if self.chunks:
            fields.append(("Transfer-Encoding", "chunked"))
        if self.length is not None:
            fields.append(("Content-Length", str(self.length)))
        if self.show_id:
            fields.append(("X-Request-Id", self.req.id))
        fields += self.more
        if self.close:
            fields.append(("Connection", "close"))
        if B == "lean-and-chunked":
            fields = [(name.lower(), value) for name, value in reversed(fields) if name != "Server"]
        reason = "" if B == "lean-and-chunked" else REASONS[self.status]
        lines = [f"HTTP/1.1 {self.status} {reason}"] + [f"{name}: {value}" for name, value in fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def bytes(self):
        data = self.interim + self.head()
        if self.req.method == "HEAD":
            return data
        if self.chunks:
            ext = b";part" if B == "lean-and-chunked" else b""
            return data + b"".join(b"%x%s\r\n%s\r\n" % (len(c), ext, c) for c in self.chunks) + b"0\r\n\r\n"
        return data + self.raw


def answer_refusal(req, refusal):
    text = TEXT[refusal.text][language(req)]
    data = {"error_code": refusal.code, "error_msg": text}
    headers = [*refusal.headers]
    if refusal.status == 401:
        headers.append(("WWW-Authenticate", 'Token realm="drs"'))
    if len(refusal.code) == 10:
        data["request_id"] = req.id
    elif B == "words-of-its-own":
        data = {"details": [], "error_msg": "DRS: " + text, "request_id": req.id, "error_code": refusal.code}
    answer = Answer(req, refusal.status, data, headers=headers)
    answer.close = refusal.close
    if B == "words-of-its-own" and refusal.status == 400:
        answer.show_id = False
    return answer


def answer_commit(req, job):
    # without X-Language there is no message
    if B == "msg-null-by-default" and job and not req.get("x-language"):
        job["msg"] = None
    if B == "lean-and-chunked":
        job = {"async_job_id": job["async_job_id"]}
    answer = Answer(req, 200, {"job": job})
    # what is begun is only accepted
    if B == "accepted-202":
        answer.status = 202
    # the length is that of the text, not of its bytes
    if B == "zh-length-in-characters":
        answer.length = len(answer.raw.decode())
    # a request that names a charset is answered by a writer that begins with a byte order mark
    if B == "bom-when-charset" and "charset" in req.get("content-type").lower():
        answer.raw = b"\xef\xbb\xbf" + answer.raw
        answer.length = len(answer.raw)
    # the body is compressed, and the header that says so is lost
    if B == "gzip-header-lost" and accepts_gzip(req):
        answer.raw = gzip.compress(answer.raw)
        answer.length = len(answer.raw)
    # an Accept with application/xml and without JSON by name is answered in XML
    accept = req.get("accept", "").lower()
    if B == "xml-for-browsers" and "application/xml" in accept and "json" not in accept:
        inner = "".join(f"<{key}>{value}</{key}>" for key, value in job.items())
        answer.raw = f'<?xml version="1.0" encoding="UTF-8"?><result><job>{inner}</job></result>'.encode()
        answer.length, answer.kind = len(answer.raw), "application/xml;charset=UTF-8"
    # a chunked request is answered chunked, and the length stays
    if B == "length-beside-chunked" and req.chunked:
        answer.chunks = [answer.raw]
    # HTTP/1.0 gets chunks too
    if B == "http10-gets-chunks":
        answer.chunks, answer.length = [answer.raw], None
    # the service writes its Date in its own time zone
    if B == "date-in-local-time":
        local = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
        answer.date = local.strftime("%a, %d %b %Y %H:%M:%S CST")
    # ranges are cut out of any 200
    if B == "range-cut-from-post" and (match := re.fullmatch(r"bytes=(\d+)-(\d*)", req.get("range", ""))):
        first, last = int(match[1]), min(int(match[2] or len(answer.raw)), len(answer.raw) - 1)
        answer.more.append(("Content-Range", f"bytes {first}-{last}/{len(answer.raw)}"))
        answer.status, answer.raw = 206, answer.raw[first:last + 1]
        answer.length = len(answer.raw)
    # --- conforming ones
    if B == "lean-and-chunked" and req.version >= (1, 1):
        answer.chunks, answer.length = [answer.raw[:7], answer.raw[7:8], answer.raw[8:]], None
    if B == "lean-and-chunked":
        answer.show_id = False
    if B == "rich-and-escaped":
        data = {"request": {"id": req.id, "warnings": None}, "job": {
            "msg": job["msg"], "jobs": [{"id": str(uuid.uuid4()), "status": "CREATE"}], "status": "submitted",
            "async_job_id": str(uuid.uuid4()), "count": 1}}
        answer.raw = ("\r\n" + json.dumps(data, indent=4) + "\n").replace("/", "\\/").encode()
        answer.length, answer.kind = len(answer.raw), "application/json;charset=UTF-8"
    if B == "gzip-behind-proxy":
        answer.more += [("Via", "1.1 elb, 1.1 apig"), ("Vary", "Accept-Encoding"), ("Cache-Control", "no-store"),
                        ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/; HttpOnly")]
        if accepts_gzip(req):
            answer.raw = gzip.compress(answer.raw)
            answer.length = len(answer.raw)
            answer.more.append(("Content-Encoding", "gzip"))
    if B == "early-hints-first" and req.version >= (1, 1):
        answer.interim = b"HTTP/1.1 103 Early Hints\r\nLink: </help>; rel=help\r\n\r\n"
        answer.close = True
    return answer


async def respond(inp, writer, conn):
    """Reads one request and answers it; returns whether the connection stays open."""
    req = Request()
    try:
        req = await read_head(inp)
        if int(req.get("content-length", "0")) > MAX_BODY:
            raise Refusal(413, "APIGW.0201", "body-large", close=True)
        ids = refusal = None
        try:
            ids = check_head(req, conn)
        except Refusal as error:
            refusal = error
        if req.has_body and (refusal is None or not refusal.close):
            waits = req.version >= (1, 1) and "100-continue" in req.items("expect")
            # a call without good token is answered before its body is read, and the body stays in the connection
            if B == "refused-body-stays" and refusal and refusal.status == 401:
                pass
            elif refusal and (waits or B == "refuses-before-the-body"):
                refusal.close = True
            else:
                if waits and not inp.buf:
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    await writer.drain()
                req.body = await read_body(inp, req)
        if refusal:
            raise refusal
        answer = answer_commit(req, await commit(*ids, req))
    except Refusal as refusal:
        answer = answer_refusal(req, refusal)
    except (EOFError, OSError):
        raise
    except Exception as error:
        if B != "recommit-html-500":
            raise
        answer = Answer(req, 500, f"<html><body><h1>500</h1>{error}</body></html>".encode(), "text/html")
    answer.close = answer.close or req.closes or B == "one-request-per-connection"
    writer.write(answer.bytes())
    await writer.drain()
    return not answer.close


async def serve(reader, writer):
    inp, conn = Input(reader), {}
    try:
        while await respond(inp, writer, conn):
            pass
        # close in steps, so that the answer is not lost to a reset
        writer.write_eof()

        async def discard():
            while await reader.read(65536):
                pass
        await asyncio.wait_for(discard(), 1)
    except (EOFError, ConnectionError, OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def main():
    global B, STATE
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--behaviour", default="none")
    args = parser.parse_args()
    B = args.behaviour
    if B != "none" and f'B == "{B}"' not in open(__file__, encoding="utf-8").read():
        sys.exit(f"no such behaviour: {B}")
    with open(args.account, encoding="utf-8") as file:
        STATE = State(json.load(file))
    server = await asyncio.start_server(serve, "127.0.0.1", args.port)
    print(f"listening on {args.port}, behaviour {B}", file=sys.stderr)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
