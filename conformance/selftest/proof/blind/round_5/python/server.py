#!/usr/bin/env python3
"""One origin server for "commit an asynchronous batch job", with one difference per --behaviour."""
import argparse, gzip, json, re, socket, sys, threading, time, uuid
from email.utils import formatdate, parsedate_to_datetime

ap = argparse.ArgumentParser()
ap.add_argument("--port", type=int, required=True)
ap.add_argument("--account", required=True)
ap.add_argument("--behaviour", default="none")
ARGS = ap.parse_args()
B = ARGS.behaviour
ACC = json.load(open(ARGS.account, encoding="utf-8"))
MAX_BODY, MAX_TARGET, MAX_HEAD = 12 * 1024 * 1024, 32 * 1024, 128 * 1024

LOCK = threading.Lock()
TOKENS = {ACC["token"]: ACC["project_id"]}
BATCHES = {ACC["project_id"]: dict(ACC.get("batches", {}))}
if ACC.get("other"):
    TOKENS[ACC["other"]["token"]] = ACC["other"]["project_id"]
    BATCHES[ACC["other"]["project_id"]] = dict(ACC["other"].get("batches", {}))
EXPIRED = ACC.get("expired_token")

REASONS = {200: "OK", 206: "Partial Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 411: "Length Required", 412: "Precondition Failed",
           413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
           429: "Too Many Requests", 431: "Request Header Fields Too Large", 501: "Not Implemented",
           505: "HTTP Version Not Supported"}
TEXT = {  # what a message says in either language
    "committed": ("The batch was submitted.", "批量任务已提交。"),
    "again": ("The batch has been committed before.", "该批量任务此前已提交。"),
    "unknown": ("The batch does not exist.", "批量任务不存在。"),
    "validating": ("The parameters of the batch are still being checked.", "批量任务参数正在校验中。"),
    "failed": ("The check of the batch has reported errors.", "批量任务参数校验失败。"),
    "conflict": ("The batch is being changed by another call.", "批量任务正在被其他请求修改。"),
    "message": ("The request message is malformed.", "请求报文格式错误。"),
    "no-token": ("Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误:未找到x-auth-token"),
    "bad-token": ("Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误:token解析失败"),
    "expired": ("The token must be updated.", "token需要更新。"),
    "forbidden": ("The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"),
    "no-api": ("The API does not exist or has not been published in the environment.", "API不存在或未发布到该环境。"),
    "type": ("The Content-Type must be application/json.", "Content-Type必须为application/json。"),
    "too-large": ("The request body is too large.", "请求体过大。"),
    "too-long": ("The request URI is too long.", "请求URI过长。"),
    "head": ("The request header fields are too large.", "请求头过大。"),
    "precondition": ("The precondition is not met.", "前提条件不满足。"),
    "coding": ("The transfer coding is not implemented.", "不支持该传输编码。"),
    "version": ("The HTTP version is not supported.", "不支持该HTTP版本。"),
    "length": ("Content-Length is required.", "必须提供Content-Length。"),
    "expectation": ("The expectation cannot be met.", "无法满足Expect。"),
    "busy": ("The throttling threshold has been reached.", "已达到流控阈值。"),
}
CODES = {"no-token": "APIGW.0301", "bad-token": "APIGW.0301", "expired": "APIGW.0307", "forbidden": "APIGW.0302",
         "no-api": "APIGW.0101", "busy": "APIGW.0308"}
TOKEN_RE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
HOST_RE = re.compile(r"(\[[0-9A-Fa-fvV:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(:[0-9]*)?")
TYPE_RE = re.compile(r'application/json([ \t]*;[ \t]*charset="?utf-8"?)?[ \t]*;?', re.I)

# What single behaviours remember.
PREFERENCE, ERROR_BODIES, POISONED, REPLAY, LAST_VERDICT, IN_FLIGHT = {}, {}, set(), {}, {}, {}
CONTEXT = {}


class Reply(Exception):
    def __init__(self, status, body=None, fields=(), close=False):
        self.status, self.body, self.fields, self.close = status, body, list(fields), close


class Gone(Exception):
    pass


class Request:
    method, target, version, path, keep_alive = "", "", (1, 1), None, True

    def __init__(self):
        self.fields, self.id, self.lang = {}, uuid.uuid4().hex, 0

    def get(self, name):
        values = self.fields.get(name)
        return None if values is None else ", ".join(values)

    def members(self, name):
        return [m.strip(" \t") for m in (self.get(name) or "").split(",") if m.strip(" \t")]


def refuse(req, status, what, fields=(), close=False):
    """A refusal in the form that the status has: ServiceError with 400, GatewayError with every other."""
    if status == 400:
        code = "DRS.10000001"
        # conforming: fresh-ids-and-codes has a code of its own for each kind of refusal.
        if B == "fresh-ids-and-codes":
            code = "DRS.M%07d" % (4000 + list(TEXT).index(what))
        return Reply(400, {"error_code": code, "error_msg": TEXT[what][req.lang]}, fields, close)
    if status == 401:
        fields = [*fields, ("WWW-Authenticate", 'Keystone uri="https://iam.cn-north-4.myhuaweicloud.com"')]
    body = {"error_code": CODES.get(what, "APIGW.0201"), "error_msg": TEXT[what][req.lang], "request_id": req.id}
    # broken: error-body-cached renders each gateway error once and sends that body, request_id and all, ever after.
    if B == "error-body-cached":
        body = ERROR_BODIES.setdefault((status, what, req.lang), body)
    return Reply(status, body, fields, close)


class Connection:
    def __init__(self, sock):
        self.sock, self.buf, self.served = sock, b"", 0
        self.token = None        # for token-sticks-to-connection
        self.denied = False      # for denial-sticks-to-connection

    # ---- octets in
    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone()
        self.buf += data

    def line(self, limit, req, too_long):
        while True:
            end = self.buf.find(b"\n")
            if end > limit or (end < 0 and len(self.buf) > limit):
                raise refuse(req, *too_long, close=True)
            if end >= 0:
                break
            self.fill()
        raw, self.buf = self.buf[:end], self.buf[end + 1:]
        raw = raw[:-1] if raw.endswith(b"\r") else raw
        if b"\r" in raw or b"\0" in raw:
            raise refuse(req, 400, "message", close=True)
        return raw

    def skip(self, count):
        while count > 0:
            if not self.buf:
                self.fill()
            taken = min(count, len(self.buf))
            self.buf, count = self.buf[taken:], count - taken

    def take(self, count):
        while len(self.buf) < count:
            self.fill()
        raw, self.buf = self.buf[:count], self.buf[count:]
        return raw

    # ---- message syntax, RFC 9112
    def fields(self, req):
        found, size = {}, 0
        while True:
            raw = self.line(MAX_HEAD, req, (431, "head"))
            if not raw:
                return found
            size += len(raw)
            name, colon, value = raw.partition(b":")
            if size > MAX_HEAD:
                raise refuse(req, 431, "head", close=True)
            if not colon or not TOKEN_RE.fullmatch(name):
                raise refuse(req, 400, "message", close=True)
            # broken: tab-is-not-whitespace trims spaces only around a field value.
            value = value.strip(b" ") if B == "tab-is-not-whitespace" else value.strip(b" \t")
            found.setdefault(name.decode("ascii").lower(), []).append(value.decode("latin-1"))

    def head(self, req):
        raw = self.line(MAX_TARGET + 300, req, (414, "too-long"))
        for _ in range(4):
            if raw:
                break
            raw = self.line(MAX_TARGET + 300, req, (414, "too-long"))
        parts = raw.split(b" ")
        if len(parts) != 3 or not TOKEN_RE.fullmatch(parts[0]) or not re.fullmatch(rb"HTTP/[0-9]\.[0-9]", parts[2]):
            raise refuse(req, 400, "message", close=True)
        req.method, req.target = parts[0].decode(), parts[1].decode("latin-1")
        req.version = (int(parts[2][5:6]), int(parts[2][7:8]))
        # broken: method-any-case folds the method to upper case, so `post` commits.
        if B == "method-any-case":
            req.method = req.method.upper()
        if req.version[0] != 1:
            raise refuse(req, 505, "version", close=True)
        req.fields = self.fields(req)
        req.lang = language(req)
        options = [m.lower() for m in req.members("connection")]
        # broken: connection-last-line-wins keeps header fields in a dict, and of two Connection lines the last.
        if B == "connection-last-line-wins":
            options = [m.strip(" \t").lower() for m in req.fields.get("connection", [""])[-1].split(",")]
        req.keep_alive = req.version >= (1, 1) and "close" not in options
        if len(req.target) > MAX_TARGET:
            raise refuse(req, 414, "too-long", close=True)
        hosts = req.fields.get("host", [])
        if len(hosts) > 1 or (not hosts and req.version >= (1, 1)) or not all(HOST_RE.fullmatch(h) for h in hosts):
            raise refuse(req, 400, "message", close=True)
        req.path = path_of(req)

    def length(self, req):
        """The octets of the body, or None for chunked."""
        lengths = req.members("content-length")
        if "content-length" in req.fields and not lengths:
            raise refuse(req, 400, "message", close=True)
        if "transfer-encoding" in req.fields:
            codings = req.members("transfer-encoding")
            # broken: transfer-coding-exact-case compares with "chunked" octet by octet and sees no body in "Chunked".
            if B == "transfer-coding-exact-case" and codings != ["chunked"]:
                return 0
            codings = [c.lower() for c in codings]
            if lengths or req.version < (1, 1) or codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
                raise refuse(req, 400, "message", close=True)
            if len(codings) > 1:
                raise refuse(req, 501, "coding", close=True)
            # conforming: length-required insists on Content-Length, as RFC 9112, 6.3 lets it.
            if B == "length-required":
                raise refuse(req, 411, "length", close=True)
            return None
        if any(not re.fullmatch(r"[0-9]{1,18}", n) or int(n) != int(lengths[0]) for n in lengths):
            raise refuse(req, 400, "message", close=True)
        return int(lengths[0]) if lengths else 0

    def body(self, req, length):
        if length is not None:
            return self.skip(length)
        total = 0
        while True:
            raw = self.line(8192, req, (400, "message"))
            size = re.match(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?$", raw)
            if not size:
                raise refuse(req, 400, "message", close=True)
            size = int(size[1], 16)
            if size == 0:
                break
            total += size
            if total > MAX_BODY:
                raise refuse(req, 413, "too-large", close=True)
            self.skip(size)
            if self.take(2) != b"\r\n":
                raise refuse(req, 400, "message", close=True)
        # broken: trailer-section-left-unread expects CRLF right after the last chunk and knows no trailer fields.
        if B == "trailer-section-left-unread":
            self.take(2)
            return
        self.fields(req)

    # ---- one request
    def serve(self):
        req = Request()
        while not self.buf:
            self.fill()
        try:
            self.head(req)
            length = self.length(req)
            if length is not None and length > MAX_BODY:
                # broken: too-large-commits refuses for the size only after the call has gone to the service.
                if B == "too-large-commits":
                    try:
                        service(req, check(req, self))
                    except Reply:
                        pass
                raise refuse(req, 413, "too-large", close=True)
            expect = req.get("expect")
            # broken: expect-exact-case knows the expectation in lower case only and waits for the body of any other.
            known = expect == "100-continue" if B == "expect-exact-case" else (expect or "").lower() == "100-continue"
            # conforming: length-required also answers expectations that it does not know with 417.
            if B == "length-required" and expect and not known:
                raise refuse(req, 417, "expectation", close=True)
            if known and req.version >= (1, 1) and length != 0 and not self.buf:
                try:
                    project = check(req, self)
                except Reply as reply:
                    reply.close = True
                    raise
                self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.body(req, length)
            else:
                self.body(req, length)
                project = check(req, self)
            reply = service(req, project)
        except Reply as refusal:
            reply = refusal
        if B == "denial-sticks-to-connection" and reply.status == 401:
            self.denied = True
        if B == "success-replayed-to-anyone" and reply.status == 200 and req.path:
            REPLAY.setdefault(tuple(req.path), reply)
        return self.answer(req, reply)

    # ---- octets out
    def answer(self, req, reply):
        self.served += 1
        close = reply.close or not req.keep_alive
        # conforming: closes-every-time has no persistent connections and says so.
        close = close or B == "closes-every-time"
        fields = [("Date", formatdate(usegmt=True)), ("Server", "api-gateway"), ("X-Request-Id", req.id),
                  ("Cache-Control", "no-store")]
        status, data = reply.status, b""
        if reply.body is not None:
            data = json.dumps(reply.body, ensure_ascii=False).encode()
            fields += [("Content-Type", "application/json"), ("Content-Language", ("en-US", "zh-CN")[req.lang])]
        fields += reply.fields

        # conforming: behind-a-proxy adds the header fields of a proxy, spaces in the JSON, and no Content-Language.
        if B == "behind-a-proxy":
            fields = [f for f in fields if f[0] not in ("Content-Language", "Cache-Control")]
            fields = [("Via", "1.1 elb-7, 1.0 squid (cache)"), ("X-Frame-Options", "SAMEORIGIN"), ("Cache-Control", "private, no-store"),
                      ("Strict-Transport-Security", "max-age=31536000")] + fields[::-1] + [("Set-Cookie", "HWWAFSESID=1; path=/")]
            if reply.body is not None:
                data = ("\r\n" + json.dumps(reply.body, indent=3) + "\n").encode()
                fields = [(n, "Application/JSON;Charset=UTF-8" if n == "Content-Type" else v) for n, v in fields]

        # broken: range-on-post serves the part of a 200 that Range asks for, whatever the method.
        if B == "range-on-post" and status == 200 and data:
            part = re.fullmatch(r"bytes=(\d+)-(\d*)", req.get("range") or "")
            if part and int(part[1]) < len(data):
                first, last = int(part[1]), min(int(part[2] or len(data) - 1), len(data) - 1)
                fields.append(("Content-Range", "bytes %d-%d/%d" % (first, last, len(data))))
                status, data = 206, data[first:last + 1]

        # broken: gzip-despite-q-zero compresses wherever the word gzip is found in Accept-Encoding.
        # conforming: chunked-gzip-lower-case compresses for clients that accept gzip.
        zipped = B == "gzip-despite-q-zero" and "gzip" in (req.get("accept-encoding") or "")
        zipped = zipped or B == "chunked-gzip-lower-case" and accepts_gzip(req)
        if zipped and data:
            data = gzip.compress(data)
            fields.append(("Content-Encoding", "gzip"))
        if B in ("gzip-despite-q-zero", "chunked-gzip-lower-case"):
            fields.append(("Vary", "Accept-Encoding"))

        # broken: chunked-to-http10 streams every answer in chunks, to HTTP/1.0 clients too.
        # conforming: chunked-gzip-lower-case does so to HTTP/1.1 clients only.
        chunked = B == "chunked-to-http10" or B == "chunked-gzip-lower-case" and req.version >= (1, 1)
        if status == 304:
            pass
        elif chunked and data:
            fields.append(("Transfer-Encoding", "chunked"))
        # broken: head-length-zero takes the length of what it sends, which is nothing after HEAD.
        elif B == "head-length-zero" and req.method == "HEAD":
            fields.append(("Content-Length", "0"))
        else:
            fields.append(("Content-Length", str(len(data))))
        # broken: closes-silently-after-four ends a connection at its fourth request, without the close option.
        silent = B == "closes-silently-after-four" and self.served >= 4 and not close
        if close:
            fields.append(("Connection", "close"))
        reason = REASONS[status]
        # conforming: chunked-gzip-lower-case writes field names in lower case and no reason phrase.
        if B == "chunked-gzip-lower-case":
            fields, reason = [(n.lower(), v) for n, v in fields], ""
        out = "HTTP/1.1 %d %s\r\n" % (status, reason) + "".join("%s: %s\r\n" % f for f in fields) + "\r\n"
        out = out.encode("latin-1")
        if req.method != "HEAD" and status != 304:
            if chunked and data:
                third = len(data) // 3 + 1
                for piece in (data[:third], data[third:2 * third], data[2 * third:]):
                    out += (b"%X;part\r\n%s\r\n" % (len(piece), piece)) if piece else b""
                out += b"0\r\n\r\n"
            else:
                out += data
        # conforming: behind-a-proxy sends an interim response ahead of each final one to HTTP/1.1 clients.
        if B == "behind-a-proxy" and req.version >= (1, 1) and req.path:
            self.sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </help>; rel=help\r\n\r\n")
        self.sock.sendall(out)
        return not (close or silent)

    def run(self):
        try:
            self.sock.settimeout(60)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.serve():
                pass
            # Lingering close, RFC 9112, 9.6: the client shall get the answer before a reset.
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(1)
            for _ in range(400):
                if not self.sock.recv(65536):
                    break
        except (Gone, OSError):
            pass
        finally:
            self.sock.close()


def accepts_gzip(req):
    weights = {}
    for member in req.members("accept-encoding"):
        coding, _, rest = member.partition(";")
        weight = re.fullmatch(r"\s*q=([0-9.]{1,5})\s*", rest, re.I)
        weights[coding.strip().lower()] = float(weight[1]) if weight else 1.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0))) > 0


def language(req):
    wanted = req.get("x-language")
    # broken: language-sticks-to-token keeps the language of a token's last call for its calls without X-Language.
    if B == "language-sticks-to-token":
        token = req.get("x-auth-token")
        if token in TOKENS and wanted is not None:
            PREFERENCE[token] = wanted
        wanted = PREFERENCE.get(token) if wanted is None else wanted
    return 1 if (wanted or "").lower() == "zh-cn" else 0


def path_of(req):
    """The decoded segments of the target's path; None for `*` and for CONNECT."""
    target = req.target
    if not re.fullmatch(r"[!-~]+", target) or "#" in target:
        raise refuse(req, 400, "message", close=True)
    if req.method == "CONNECT" or (target == "*" and req.method == "OPTIONS"):
        return None
    # broken: absolute-form-scheme-case knows the scheme of an absolute-form target in lower case only.
    flags = 0 if B == "absolute-form-scheme-case" else re.I
    absolute = re.match(r"https?://([^/?]+)(?=[/?]|$)", target, flags)
    if absolute:
        if not HOST_RE.fullmatch(absolute[1]):
            raise refuse(req, 400, "message", close=True)
        target = target[absolute.end():]
        target = target if target.startswith("/") else "/" + target
    if not target.startswith("/") or re.search(r"%(?![0-9A-Fa-f]{2})", target):
        raise refuse(req, 400, "message", close=True)
    decode = lambda s: re.sub(r"%(..)", lambda m: chr(int(m[1], 16)), s)
    return [decode(s) for s in target.split("?")[0].split("/")[1:]]


def authenticate(req, conn):
    token = req.get("x-auth-token")
    # broken: token-sticks-to-connection takes the last valid token of the connection where a request brings none.
    if B == "token-sticks-to-connection":
        token = token or conn.token
        conn.token = token if token in TOKENS else conn.token
    # broken: denial-sticks-to-connection answers 401 to all that follows a 401 on a connection.
    if B == "denial-sticks-to-connection" and conn.denied:
        raise refuse(req, 401, "bad-token")
    if not token:
        raise refuse(req, 401, "no-token")
    if token == EXPIRED:
        raise refuse(req, 401, "expired")
    if token not in TOKENS:
        raise refuse(req, 401, "bad-token")
    return TOKENS[token]


def media_type(req):
    if not TYPE_RE.fullmatch(req.get("content-type") or ""):
        raise refuse(req, 415, "type", [("Accept", "application/json")])


def check(req, conn):
    """All that the gateway checks before the call goes to the service; the project of the token."""
    path = req.path
    # conforming: checks-in-another-order asks for the media type and the token before it looks at path and method.
    if B == "checks-in-another-order" and path is not None:
        media_type(req)
        authenticate(req, conn)
    if path is None and req.method == "OPTIONS":
        raise Reply(200)
    # broken: if-match-before-auth evaluates If-Match ahead of the token.
    if B == "if-match-before-auth" and "if-match" in req.fields:
        raise refuse(req, 412, "precondition")
    if not (path and len(path) == 5 and path[0] == "v5" and path[2] == "batch-async-jobs" and path[4] == "commit"
            and path[1] and path[3]):
        raise refuse(req, 404, "no-api")
    # broken: get-poisons-path keeps a 405 under the URL alone and serves it to POST.
    if req.method != "POST" or tuple(path) in POISONED:
        if B == "get-poisons-path":
            POISONED.add(tuple(path))
        # conforming: closes-every-time routes by path and method together and answers 404.
        if B == "closes-every-time":
            raise refuse(req, 404, "no-api")
        raise refuse(req, 405, "no-api", [("Allow", "POST")])
    # broken: success-replayed-to-anyone serves a stored 200 of the URL ahead of the token.
    if B == "success-replayed-to-anyone" and tuple(path) in REPLAY:
        raise Reply(200, REPLAY[tuple(path)].body)
    project = authenticate(req, conn)
    if project != path[1]:
        # broken: stranger-locks-batch marks the batch as taken before it looks whose it is.
        if B == "stranger-locks-batch" and BATCHES.get(path[1], {}).get(path[3]) == "ready":
            BATCHES[path[1]][path[3]] = "committed"
        raise refuse(req, 403, "forbidden")
    media_type(req)
    # broken: if-modified-since-on-post answers 304 to POST where the date is not in the past.
    if B == "if-modified-since-on-post" and "if-modified-since" in req.fields:
        try:
            if parsedate_to_datetime(req.get("if-modified-since")).timestamp() >= STARTED:
                raise Reply(304)
        except (TypeError, ValueError):
            pass
    return project


def success(req, batch, what):
    job = {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": TEXT[what][req.lang]}
    # conforming: fresh-ids-and-codes answers with the ID of the submission, as the published example does, and no more.
    if B == "fresh-ids-and-codes":
        job = {"async_job_id": str(uuid.uuid4())}
    return Reply(200, {"job": job})


def service(req, project):
    batch = req.path[3]
    # broken: tenant-context-shared keeps the project of the call in a global while it asks the database.
    if B == "tenant-context-shared":
        CONTEXT["project"] = project
        time.sleep(0.15)
        project = CONTEXT["project"]
    # broken: simultaneous-both-refused lets each of two calls for a batch give way to the other.
    if B == "simultaneous-both-refused":
        with LOCK:
            mine = IN_FLIGHT.setdefault(batch, [])
            mine.append(req.id)
        time.sleep(0.2)
        with LOCK:
            clash = len(mine) > 1
            IN_FLIGHT.pop(batch, None)
        if clash:
            return refuse(req, 400, "conflict")
    # conforming: in-flight-429 takes one call at a time for a batch and throttles the others.
    if B == "in-flight-429":
        with LOCK:
            if batch in IN_FLIGHT:
                return refuse(req, 429, "busy", [("Retry-After", "1")])
            IN_FLIGHT[batch] = True
        time.sleep(0.2)
        with LOCK:
            del IN_FLIGHT[batch]
            return decide(req, project, batch)
    with LOCK:
        return decide(req, project, batch)


def decide(req, project, batch):
    table = BATCHES[project]
    # broken: one-table-for-all looks a batch up by its ID alone.
    if B == "one-table-for-all":
        table = next((t for t in BATCHES.values() if batch in t), table)
    state = table.get(batch, "unknown")
    # broken: check-result-per-project has one check result per project, which validating batches take for theirs.
    if B == "check-result-per-project":
        if state == "validating" and LAST_VERDICT.get(project) == "ready":
            state = "ready"
        elif state in ("ready", "failed"):
            LAST_VERDICT[project] = state
    # The resource has no representation: If-Match is false (RFC 9110, 13.1.1), the others are true or ignored.
    # A call that is refused anyway is refused for its own reason (13.2.1).
    if "if-match" in req.fields and (state == "ready" or state == "committed" and B.startswith("second-commit")):
        return refuse(req, 412, "precondition")
    if state == "ready":
        table[batch] = "committed"
        return success(req, batch, "committed")
    if state == "committed":
        # conforming: second-commit-succeeds is idempotent.
        if B == "second-commit-succeeds":
            return success(req, batch, "again")
        # broken: second-commit-null-job finds nothing left to submit and says 200 without a job.
        if B == "second-commit-null-job":
            return Reply(200, {"job": None})
        return refuse(req, 400, "again")
    # broken: failed-retry-commits clears the errors of a failed batch as it reports them.
    if B == "failed-retry-commits" and state == "failed":
        table[batch] = "ready"
    return refuse(req, 400, state)


STARTED = int(time.time())
listener = socket.create_server(("127.0.0.1", ARGS.port), backlog=64)
print("listening on", ARGS.port, "as", B, file=sys.stderr, flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=Connection(accepted).run, daemon=True).start()
