#!/usr/bin/env python3
"""A mock of "commit an asynchronous batch job" on raw sockets.

    python3 server.py --port N --account FILE --behaviour NAME

The behaviour "none" keeps the documentation; every other one is "none" with one difference, at an `if B == "..."`.
"""
import argparse
import collections
import gzip
import json
import re
import socket
import sys
import threading
import time
import uuid
from email.utils import formatdate

B = "none"  # the behaviour
ACCOUNT = {}
STATES = {}  # project -> batch -> state
TOKENS = {}  # token -> project, or None if it has expired
LOCK = threading.Lock()
CALLS = collections.defaultdict(collections.deque)  # project -> times of its calls within the last second
CACHE = {}

MAX_BODY = 12 * 1024 * 1024
MAX_URI = 32 * 1024
MAX_LINE = 1024 * 1024
MAX_HEAD = 256 * 1024
PER_SECOND = 200
IDLE = 120

REASON = {200: "OK", 204: "No Content", 206: "Partial Content", 400: "Bad Request", 401: "Unauthorized",
          403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 412: "Precondition Failed",
          413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 429: "Too Many Requests",
          500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
          505: "HTTP Version Not Supported"}

TEXT = {  # key -> English, Chinese
    "committed": ("The batch was submitted.", "批量任务已提交。"),
    "unknown": ("The batch does not exist.", "批量任务不存在。"),
    "validating": ("The parameters of the batch are still being checked.", "批量任务的参数仍在校验中。"),
    "failed": ("The parameter check of the batch failed.", "批量任务的参数校验失败。"),
    "already": ("The batch was submitted already.", "批量任务已经提交过。"),
    "precondition": ("The precondition of the request is not met.", "请求的前提条件不满足。"),
    "malformed": ("The request is malformed.", "请求格式错误。"),
    "headers": ("The request headers are too large.", "请求头过大。"),
    "no-token": ("Incorrect IAM authentication information: x-auth-token not found",
                 "IAM认证信息错误：未找到x-auth-token"),
    "bad-token": ("Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：Token解析失败"),
    "expired": ("The token must be updated.", "Token需要更新。"),
    "forbidden": ("The IAM user is not authorized to access the API.", "IAM用户没有访问该API的权限。"),
    "no-api": ("The API does not exist or has not been published in the environment.", "API不存在或未发布到该环境。"),
    "body": ("The request body is too large.", "请求体过大。"),
    "uri": ("The request URI is too long.", "请求URI过长。"),
    "media": ("The Content-Type must be application/json.", "Content-Type必须为application/json。"),
    "throttled": ("The throttling threshold has been reached.", "已达到流控阈值。"),
    "coding": ("The transfer coding is not supported.", "不支持该传输编码。"),
    "version": ("The HTTP version is not supported.", "不支持该HTTP版本。"),
    "internal": ("Internal server error.", "内部错误。"),
}

TCHAR = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
TOKEN_RE = re.compile(TCHAR)
HOST_RE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:\d*)?")
TARGET_RE = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]|{}^\"<>\\`-]|%[0-9A-Fa-f]{2})*")
MEDIA_RE = re.compile(r'(%s)/(%s)((?:[ \t]*;[ \t]*(?:%s=(?:%s|"[^"\\]*"))?)*)' % ((TCHAR,) * 4))
CHARSET_RE = re.compile(r';[ \t]*charset="?([^";\s]+)', re.I)


class Refusal(Exception):
    """An answer other than 200. The service's codes have 12 characters, the gateway's 10."""

    def __init__(self, status, code, key, headers=(), close=False, raw=None):
        super().__init__(key)
        self.status, self.code, self.key, self.headers = status, code, key, list(headers)
        self.close = close  # the framing is lost: nothing more can be read
        self.raw = raw  # (media type, text) instead of JSON


class Gone(Exception):
    """The client has left."""


class Request:
    def __init__(self, conn):
        self.method, self.target, self.version = "", "", (1, 1)
        self.fields = {}  # lower-case name -> list of values
        self.chunked, self.length = False, 0
        self.body_read = True
        self.id = uuid.uuid4().hex
        # One ID for all requests of a connection.
        if B == "request-id-per-connection":
            self.id = conn.id
        if B == "request-id-in-body-only":
            self.id = str(uuid.uuid4())

    def get(self, name):
        return ", ".join(self.fields[name]) if name in self.fields else None

    def members(self, name):
        return [m.strip(" \t").lower() for m in (self.get(name) or "").split(",") if m.strip(" \t")]

    @property
    def lang(self):
        return 1 if (self.get("x-language") or "").lower() == "zh-cn" else 0

    @property
    def has_body(self):
        return self.chunked or self.length > 0

    @property
    def expects(self):
        """Whether the client waits for a word before it sends its content."""
        return self.version == (1, 1) and self.has_body and "100-continue" in self.members("expect")

    def wants_close(self):
        if self.version < (1, 1):
            return True
        # Compares the whole field with "close" instead of its members.
        if B == "close-in-list-ignored":
            return (self.get("connection") or "").lower() == "close"
        return B == "close-every-time" or "close" in self.members("connection")


class Connection:
    def __init__(self, sock):
        self.sock, self.buffer = sock, b""
        self.id = uuid.uuid4().hex
        self.project = None  # whom a token on this connection has named before

    # -- bytes

    def more(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            raise Gone
        if not data:
            raise Gone
        self.buffer += data

    def line(self, limit, refusal):
        start = 0
        while True:
            at = self.buffer.find(b"\n", start)
            if at > limit or at < 0 and len(self.buffer) > limit:
                raise refusal
            if at >= 0:
                line, self.buffer = self.buffer[:at], self.buffer[at + 1:]
                return line[:-1] if line.endswith(b"\r") else line
            start = len(self.buffer)
            self.more()

    def skip(self, count):
        while count > len(self.buffer):
            count -= len(self.buffer)
            self.buffer = b""
            self.more()
        self.buffer = self.buffer[count:]

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            raise Gone

    # -- requests

    def read_head(self, request):
        malformed = Refusal(400, "DRS.10000001", "malformed", close=True)
        too_long = Refusal(414, "APIGW.0201", "uri", close=True)
        line = b""
        while not line:  # empty lines in front of a request are skipped
            line = self.line(MAX_LINE, too_long)
        parts = line.decode("latin-1").split(" ")
        version = re.fullmatch(r"HTTP/(\d)\.(\d)", parts[-1])
        if len(parts) != 3 or not TOKEN_RE.fullmatch(parts[0]) or not version:
            raise malformed
        request.method, request.target = parts[0], parts[1]
        request.version = min((int(version[1]), int(version[2])), (1, 1))
        if version[1] != "1":
            raise Refusal(505, "APIGW.0201", "version", close=True)
        too_large = Refusal(400, "DRS.10000001", "headers", close=True)
        size = 0
        while True:
            line = self.line(MAX_HEAD, too_large)
            size += len(line)
            # Hangs up on large headers.
            if B == "big-headers-dropped" and size > 16384:
                raise Gone
            if size > MAX_HEAD:
                raise too_large
            if not line:
                break
            name, colon, value = line.decode("latin-1").partition(":")
            value = value.strip(" \t")
            if not colon or not TOKEN_RE.fullmatch(name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise malformed
            request.fields.setdefault(name.lower(), []).append(value)
        hosts = request.fields.get("host", [])
        if len(hosts) > 1 or not hosts and request.version == (1, 1) or hosts and not HOST_RE.fullmatch(hosts[0]):
            raise malformed
        self.read_framing(request, malformed)
        limit = {"uri-limit-4k": 4096, "other-order-of-checks": 16384}.get(B, MAX_URI)
        if len(request.target) > limit:
            # The parser's limit is answered by its only error.
            if B == "long-uri-as-400":
                raise Refusal(400, "DRS.10000001", "malformed")
            raise Refusal(414, "APIGW.0201", "uri")

    def read_framing(self, request, malformed):
        codings, lengths = request.members("transfer-encoding"), request.members("content-length")
        if codings:
            if lengths or request.version < (1, 1) or codings[-1] != "chunked" or "chunked" in codings[:-1]:
                raise malformed
            if len(codings) > 1:
                raise Refusal(501, "APIGW.0201", "coding", close=True)
            request.chunked = True
        elif "content-length" in request.fields:
            if not lengths or len(set(lengths)) > 1 or not re.fullmatch(r"[0-9]{1,18}", lengths[0]):
                raise malformed
            request.length = int(lengths[0])
        request.body_read = not request.has_body

    def read_body(self, request):
        """Reads the content and forgets it: the operation has none."""
        too_large = Refusal(413, "APIGW.0201", "body", close=True)
        malformed = Refusal(400, "DRS.10000001", "malformed", close=True)
        if not request.chunked:
            self.skip(request.length)
            request.body_read = True
            return
        total = 0
        while True:
            size = self.line(16384, malformed).split(b";")[0].strip(b" \t")
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size):
                raise malformed
            size = int(size, 16)
            if size == 0:
                break
            total += size
            # The limit looks at Content-Length only.
            if total > MAX_BODY and B != "chunked-body-unlimited":
                raise too_large
            self.skip(size)
            if self.line(2, malformed):
                raise malformed
        # Stops at the last chunk; without trailers, the empty line behind it is skipped in front of the next request.
        if B == "trailers-left-behind":
            request.body_read = True
            return
        while self.line(65536, malformed):
            pass
        request.body_read = True

    # -- responses

    def respond(self, request, status, body, headers=(), close=False, raw=None):
        close = close or request.wants_close()
        # Every connection serves one request and nobody says so.
        silent = B == "silent-close"
        media, text = raw or ("application/json", json.dumps(body, ensure_ascii=False, separators=(",", ":")))
        if B == "gzip-when-asked" and not raw:
            media, text = "application/json;charset=UTF-8", json.dumps(body, indent=2)
        content = text.encode("utf-8")
        fields = [("Date", formatdate(usegmt=True)), ("Server", "api-gateway"), ("Content-Type", media)]
        request_id = request.id
        # A client's ID goes into the header, the gateway's own into the body.
        if B == "request-id-split-by-client-id" and request.get("x-request-id"):
            request_id = request.get("x-request-id")
        if B != "request-id-in-body-only":
            fields.append(("X-Request-Id", request_id))
        fields += headers

        # A range of an answer to a POST.
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", request.get("range") or "")
        if B == "range-on-post" and status == 200 and found:
            first, last = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
            fields.append(("Content-Range", "bytes %d-%d/%d" % (first, last, len(content))))
            status, content = 206, content[first:last + 1]

        # Looks for the word gzip and overlooks its weight.
        if B == "gzip-despite-q0" and "gzip" in (request.get("accept-encoding") or "") and content:
            content = gzip.compress(content)
            fields += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        if B == "gzip-when-asked" and content:
            fields.append(("Vary", "Accept-Encoding"))
            if accepts_gzip(request):
                content = gzip.compress(content)
                fields.append(("Content-Encoding", "gzip"))

        framing = ("Content-Length", str(len(content)))
        # Counts characters, sends bytes.
        if B == "length-counts-characters":
            framing = ("Content-Length", str(len(text)))
        chunked = B == "tiny-chunks" and request.version == (1, 1)
        # Streams its answers whatever the version of the request.
        if B == "chunked-to-http10":
            chunked = True
        if chunked:
            framing = ("Transfer-Encoding", "chunked")
            step = 7 if B == "tiny-chunks" else 4096
            extension = b";part=%d" if B == "tiny-chunks" else b""
            content = b"".join(b"%X%s\r\n%s\r\n" % (len(part), extension and extension % (i // step), part)
                               for i in range(0, len(content), step) for part in [content[i:i + step]]) + b"0\r\n\r\n"
        fields.append(framing)
        if status == 204:
            fields = [f for f in fields if f[0] not in ("Content-Type", "Content-Length")]
            content = b""
            # The helper that answers preflights sets a length on everything.
            if B == "options-204-with-length":
                fields.append(("Content-Length", "0"))
        if close and not silent:
            fields.append(("Connection", "close"))

        if B == "proxies-in-front":
            fields = [("via", "1.1 edge-7 (waf), 1.0 lb-2"), ("x-cache", "MISS"), ("cache-control", "no-store"),
                      ("set-cookie", "HWWAFSESID=%s; path=/; HttpOnly" % request.id[:16]),
                      ("set-cookie", "HWWAFSESTIME=1; path=/"), ("x-frame-options", "SAMEORIGIN"),
                      ("access-control-allow-origin", "*"), ("x-ratelimit-limit", "200")] + \
                     [(name.lower(), value) for name, value in reversed(fields)]
        reason = REASON[status]
        if B in ("tiny-chunks", "proxies-in-front"):
            reason = "" if B == "tiny-chunks" else "Whatever"
        start = "HTTP/1.1 %d %s" % (status, reason)
        # A status line out of HTTP/2, which has no reasons, and the space is trimmed with them.
        if B == "status-line-without-space":
            start = "HTTP/1.1 %d" % status
        colon = ":" if B == "tiny-chunks" else ": "
        head = start + "\r\n" + "".join(n + colon + v + "\r\n" for n, v in fields) + "\r\n"
        if request.method == "HEAD" and B != "head-with-content":  # the error page is written whatever the method
            content = b""
        if B == "interim-responses" and request.version == (1, 1) and request.method:
            head = "HTTP/1.1 102 Processing\r\n\r\n" \
                   "HTTP/1.1 103 Early Hints\r\nLink: </v5>; rel=preconnect\r\n\r\n" + head
        self.send(head.encode("latin-1") + content)
        return not (close or silent)

    def refuse(self, request, refusal, close=False):
        message = TEXT[refusal.key][request.lang]
        body = {"error_code": refusal.code, "error_msg": message}
        if refusal.code.startswith("APIGW."):
            body["request_id"] = request.id
        return self.respond(request, refusal.status, body, refusal.headers, close or refusal.close, refusal.raw)

    # -- one request after the other

    def one(self):
        request = Request(self)
        invited = False
        try:
            self.read_head(request)
            project, batch = gateway(self, request)
            # The content is awaited without a word.
            if request.expects and B != "expect-never-answered":
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            invited = True
            self.read_body(request)
            body = service(request, project, batch)
        except Refusal as refusal:
            # Refuses without reading the content, and reads it as the next request.
            if B == "refused-content-left-behind" and not refusal.close:
                return self.refuse(request, refusal)
            if not refusal.close and not request.body_read and (invited or not request.expects):
                try:
                    self.read_body(request)
                except Refusal as later:  # the content is too large or broken besides
                    refusal.close = later.close
            return self.refuse(request, refusal, close=not request.body_read)
        except Gone:
            raise
        except Exception as error:
            print("fault:", repr(error), file=sys.stderr)
            return self.refuse(request, Refusal(500, "APIGW.0601", "internal", close=True))
        if body is None:
            return self.respond(request, 204, "", [("Allow", "POST, OPTIONS")])
        return self.respond(request, 200, body)

    def run(self):
        try:
            self.sock.settimeout(IDLE)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.one():
                pass
            # Close in two steps, so that the client gets to read the answer while it is still sending.
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(2)
            until = time.monotonic() + 10
            while time.monotonic() < until and self.sock.recv(65536):
                pass
        except (Gone, OSError):
            pass
        finally:
            self.sock.close()


def accepts_gzip(request):
    weights = {}
    for member in request.members("accept-encoding"):
        name, _, parameter = member.partition(";")
        found = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)", parameter)
        weights[name.strip()] = float(found[1]) if found else 1.0
    return weights.get("gzip", weights.get("x-gzip", 0)) > 0


def unescape(text):
    return re.sub("%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), text)


def route(request):
    """The path's project and batch; None if the path is unknown."""
    target = request.target
    # Routes by the target as it came, absolute or not.
    if B != "absolute-form-unknown":
        target = re.sub(r"^https?://[^/?]+/?", "/", target, flags=re.I)
    path = target.partition("?")[0]
    if not path.startswith("/") and target != "*" and not (request.method == "CONNECT" or "://" in path):
        raise Refusal(400, "DRS.10000001", "malformed")
    if not TARGET_RE.fullmatch(target):
        raise Refusal(400, "DRS.10000001", "malformed")
    segments = [unescape(segment) for segment in path.split("/")[1:]]
    # The proxy decodes, and so does the router behind it.
    if B == "double-decode":
        segments = [unescape(segment) for segment in segments]
    # The path is registered in the match mode "prefix".
    if B == "prefix-route" and len(segments) >= 5 and segments[4].startswith("commit"):
        segments = segments[:4] + ["commit"]
    # What no rule of the proxy takes gets the proxy's own page.
    if B == "unknown-path-html" and segments[:1] != ["v5"]:
        page = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1>" \
               "</center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"
        raise Refusal(404, "APIGW.0101", "no-api", raw=("text/html", page))
    if len(segments) == 5 and segments[0] == "v5" and segments[1] and segments[2] == "batch-async-jobs" \
            and segments[3] and segments[4] == "commit":
        return segments[1], segments[3]
    return None


def check_route(request):
    known = route(request)
    if known is None:
        raise Refusal(404, "APIGW.0101", "no-api")
    method = request.method
    # Lets a header field choose the method.
    if B == "method-override" and method == "GET":
        method = (request.get("x-http-method-override") or method).upper()
    if B == "options-204-with-length" and method == "OPTIONS":
        return known
    if method != "POST":
        if B == "method-as-404":
            raise Refusal(404, "APIGW.0101", "no-api")
        raise Refusal(405, "APIGW.0101", "no-api", [("Allow", "POST")])
    return known


def check_token(conn, request):
    """The project of the token."""
    challenge = [("WWW-Authenticate", 'Keystone uri="https://iam.cn-north-4.myhuaweicloud.com"')]
    # Once a connection has shown a token, it need not do so again.
    if B == "auth-sticks-to-connection" and conn.project and not request.get("x-auth-token"):
        return conn.project
    token = request.get("x-auth-token")
    if not token:
        raise Refusal(401, "APIGW.0301", "no-token", challenge)
    if token not in TOKENS:
        raise Refusal(401, "APIGW.0301", "bad-token", challenge)
    if TOKENS[token] is None:
        raise Refusal(401, "APIGW.0307", "expired", challenge)
    conn.project = TOKENS[token]
    return TOKENS[token]


def check_media(request):
    # A framework looks at the media type of what there is, and here is nothing.
    if B == "media-type-only-with-content" and not request.has_body:
        return
    media = MEDIA_RE.fullmatch(request.get("content-type") or "")
    charset = CHARSET_RE.search(media[3]) if media else None
    if not media or (media[1] + "/" + media[2]).lower() != "application/json" \
            or charset and charset[1].lower() != "utf-8":
        raise Refusal(415, "APIGW.0201", "media")


def check_rate(project):
    now = time.monotonic()
    with LOCK:
        calls = CALLS[project]
        # A counter that nobody sets back.
        while calls and now - calls[0] >= 1 and B != "quota-never-resets":
            calls.popleft()
        if len(calls) < PER_SECOND:
            calls.append(now)
            return
    after = formatdate(time.time() + 2, usegmt=True) if B == "other-order-of-checks" else "1"
    # The throttle's default status is 503.
    status = 503 if B == "throttle-as-503" else 429
    raise Refusal(status, "APIGW.0308", "throttled", [("Retry-After", after)])


def gateway(conn, request):
    """Whatever stands in front of the service; what it lets through is a project and a batch of it."""
    # Preconditions are looked at first of all.
    if B == "precondition-before-auth" and "if-match" in request.fields:
        raise Refusal(412, "APIGW.0201", "precondition")
    if B == "other-order-of-checks":
        owner = check_token(conn, request)
        project, batch = check_route(request)
        check_media(request)
    else:
        project, batch = check_route(request)
        # Answers are cached by their path alone.
        if B == "cache-by-path" and request.method == "POST" and (project, batch) in CACHE:
            return project, batch
        if request.method == "OPTIONS":
            return None, None
        owner = check_token(conn, request)
        check_media(request)
    if owner != project:
        raise Refusal(403, "APIGW.0302", "forbidden")
    check_rate(project)
    if request.length > MAX_BODY:
        raise Refusal(413, "APIGW.0201", "body", close=True)
    return project, batch


def service(request, project, batch):
    """Commits the batch."""
    if project is None:  # OPTIONS, where a behaviour knows it
        return None
    if (project, batch) in CACHE:
        return CACHE[project, batch]
    refuse = lambda key: Refusal(400, "DRS.10000001", key)
    with LOCK:
        state = STATES.get(project, {}).get(batch, "unknown")
        if state != "ready":
            raise refuse("already" if state == "committed" else state)
        # No resource here has an entity tag or a date: If-Match is false, and no other precondition is.
        if "if-match" in request.fields:
            raise refuse("precondition")
        STATES[project][batch] = "committed"
    body = {"job": {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": TEXT["committed"][request.lang]}}
    if B == "cache-by-path":
        CACHE[project, batch] = body
    return body


def main():
    global B
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--behaviour", default="none")
    arguments = parser.parse_args()
    B = arguments.behaviour
    known = set(re.findall(r'B [!=]= "([a-z0-9-]+)"', open(__file__, encoding="utf-8").read()))
    known |= {"none", "uri-limit-4k", "tiny-chunks", "proxies-in-front"}
    if B not in known:
        sys.exit("no such behaviour: " + B)
    with open(arguments.account, encoding="utf-8") as file:
        ACCOUNT.update(json.load(file))
    STATES[ACCOUNT["project_id"]] = dict(ACCOUNT["batches"])
    TOKENS[ACCOUNT["token"]] = ACCOUNT["project_id"]
    TOKENS[ACCOUNT["expired_token"]] = None
    other = ACCOUNT.get("other")
    if other:
        STATES[other["project_id"]] = dict(other["batches"])
        TOKENS[other["token"]] = other["project_id"]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", arguments.port))
    listener.listen(128)
    print("listening on", arguments.port, "as", B, file=sys.stderr)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=Connection(sock).run, daemon=True).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
