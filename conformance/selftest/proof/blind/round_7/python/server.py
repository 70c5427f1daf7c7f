#!/usr/bin/env python3
"""A stand-in for "commit an asynchronous batch job", with one behaviour at a time. Standard library alone."""
import argparse, base64, datetime, email.utils, hashlib, hmac, http, json, re, socket, sys, threading, time, urllib.parse, uuid

NAMES = """none
code-of-ten-for-failed long-id-long-message gbk-for-chinese failed-check-untranslated language-sticks-to-connection
id-pasted-unescaped expired-token-forbidden odd-token-internal-error problem-json-for-media-type media-type-by-prefix
request-id-of-two-layers refusal-with-status-200 refusal-unlocks-batch length-in-characters
rich-errors wrong-method-404 longest-messages media-type-first
decodes-twice absolute-form-404 retries-the-commit token-once-per-connection keeps-401-by-url outage-after-commit
throttle-page chunked-to-http10 close-in-list-ignored trailer-left-in-buffer two-request-ids type-lost-without-length
stale-node encoded-slash-routes
proxy-chunks-lowercase early-hints short-outages one-shot-connections""".split()
ap = argparse.ArgumentParser()
ap.add_argument("--port", type=int, required=True)
ap.add_argument("--account", required=True)
ap.add_argument("--behaviour", default="none", choices=NAMES)
ARGS = ap.parse_args()
with open(ARGS.account, encoding="utf-8") as f:
    ACCOUNT = json.load(f)
OTHER = ACCOUNT.get("other") or {}
BATCHES = {ACCOUNT["project_id"]: dict(ACCOUNT.get("batches", {}))}
TOKENS = {ACCOUNT["token"]: ACCOUNT["project_id"]}
if OTHER:
    BATCHES[OTHER["project_id"]] = dict(OTHER.get("batches", {}))
    TOKENS[OTHER["token"]] = OTHER["project_id"]
LOCK = threading.RLock()
COUNT = {"request": 0, "commit": 0, "routed": 0}
RECENT = []    # times of the latest calls
KEPT = {}      # answers kept by URL
MAX_BODY = 12 * 1024 * 1024
MAX_URI = 32 * 1024
MAX_HEAD = 256 * 1024

TEXT = {  # key: (code, English, Chinese)
    "malformed": ("DRS.10000001", "The request is malformed.", "请求格式错误。"),
    "unknown": ("DRS.10000010", "The batch does not exist.", "批量任务不存在。"),
    "validating": ("DRS.10000011", "The parameters of the batch are still being checked.", "批量任务的参数正在校验。"),
    "failed": ("DRS.10000012", "The check of the batch reported errors.", "批量任务的参数校验失败。"),
    "committed": ("DRS.10000013", "The batch has already been committed.", "批量任务已经提交。"),
    "token-missing": ("APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误：未找到x-auth-token"),
    "token-bad": ("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：令牌解析失败"),
    "signature": ("APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail", "IAM认证信息错误：签名校验失败"),
    "token-expired": ("APIGW.0307", "The token must be updated.", "令牌需要更新。"),
    "forbidden": ("APIGW.0302", "The IAM user is not authorized to access the API.", "该IAM用户无权访问此API。"),
    "not-published": ("APIGW.0101", "The API does not exist or has not been published in the environment.", "API不存在或未发布到环境。"),
    "too-large": ("APIGW.0201", "The request body is too large.", "请求体过大。"),
    "too-long": ("APIGW.0201", "The request URI is too long.", "请求URI过长。"),
    "head-large": ("APIGW.0201", "The request header fields are too large.", "请求头过大。"),
    "media-type": ("APIGW.0201", "The Content-Type must be application/json.", "Content-Type必须为application/json。"),
    "coding": ("APIGW.0201", "The transfer coding is not supported.", "不支持该传输编码。"),
    "version": ("APIGW.0201", "The HTTP version is not supported.", "不支持该HTTP版本。"),
    "internal": ("APIGW.0601", "Internal server error.", "内部服务器错误。"),
    "iam-down": ("APIGW.0613", "IAM is unavailable.", "IAM不可用。"),
}
TCHAR = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def on(name):
    return ARGS.behaviour == name


class Gone(Exception):
    """The client went away, or sent no whole request."""


class Reject(Exception):
    """The request cannot be read to its end: answer, then close."""
    def __init__(self, status, key):
        self.status, self.key = status, key


class Connection:
    def __init__(self, sock):
        self.sock, self.buf = sock, b""
        self.language = None     # used by language-sticks-to-connection alone
        self.project = None      # used by token-once-per-connection alone

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        self.buf += data

    def line(self, limit, too_long):
        while b"\n" not in self.buf:
            if len(self.buf) > limit:
                raise Reject(*too_long)
            self.more()
        line, self.buf = self.buf.split(b"\n", 1)
        return line[:-1] if line.endswith(b"\r") else line

    def exact(self, n):
        while len(self.buf) < n:
            self.more()
        data, self.buf = self.buf[:n], self.buf[n:]
        return data


class Request:
    def __init__(self):
        self.method, self.target, self.version, self.fields, self.body = "", "", (1, 0), [], b""
        self.rid, self.close, self.language = uuid.uuid4().hex, False, "en-us"

    def all(self, name):
        return [v for n, v in self.fields if n == name]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    def elements(self, name):
        return [e.strip().lower() for v in self.all(name) for e in v.split(",") if e.strip()]


def read_request(c, req):
    line = c.line(MAX_HEAD, (414, "too-long"))
    for _ in range(8):
        if line:
            break
        line = c.line(MAX_HEAD, (414, "too-long"))
    parts = line.split(b" ")
    m = re.fullmatch(rb"HTTP/(\d)\.(\d)", parts[-1])
    if len(parts) != 3 or not m or not TCHAR.match(parts[0]):
        raise Reject(400, "malformed")
    req.method, req.target = parts[0].decode("latin-1"), parts[1].decode("latin-1")
    if m[1] != b"1":
        raise Reject(505, "version")
    req.version = (int(m[1]), int(m[2]))
    size = 0
    while True:
        line = c.line(MAX_HEAD, (431, "head-large"))
        if not line:
            break
        size += len(line)
        if size > MAX_HEAD:
            raise Reject(431, "head-large")
        name, colon, value = line.partition(b":")
        if not colon or not TCHAR.match(name) or b"\0" in value or b"\r" in value:
            raise Reject(400, "malformed")     # a line fold too
        req.fields.append((name.decode("latin-1").lower(), value.strip(b" \t").decode("latin-1")))
    connection = req.elements("connection")
    # close-in-list-ignored: compares the whole value of Connection instead of its elements
    if on("close-in-list-ignored"):
        connection = [(req.get("connection") or "").lower()]
    req.close = req.version < (1, 1) or "close" in connection
    req.language = "zh-cn" if (req.get("x-language") or "").lower() == "zh-cn" else "en-us"
    # language-sticks-to-connection: the locale is kept in the connection's worker and only overwritten by the next header
    if on("language-sticks-to-connection"):
        if req.get("x-language") is None and c.language:
            req.language = c.language
        c.language = req.language
    if len(req.all("host")) > 1 or (req.version >= (1, 1) and not req.all("host")):
        raise Reject(400, "malformed")
    if len(req.target) > MAX_URI:
        raise Reject(414, "too-long")
    read_body(c, req)


def read_body(c, req):
    codings, lengths = req.elements("transfer-encoding"), set(req.elements("content-length"))
    if codings:
        if req.version < (1, 1) or (codings.count("chunked") and codings[-1] != "chunked") or codings.count("chunked") > 1:
            raise Reject(400, "malformed")
        if codings != ["chunked"]:
            raise Reject(501, "coding")
        if lengths:
            req.close = True
    elif lengths:
        if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,30}", next(iter(lengths))):
            raise Reject(400, "malformed")
        if int(next(iter(lengths))) > MAX_BODY:
            raise Reject(413, "too-large")
    length = int(next(iter(lengths))) if lengths and not codings else 0
    # type-lost-without-length: a hop drops the fields about the content if no field says that there is content
    if on("type-lost-without-length") and not codings and not lengths:
        req.fields = [f for f in req.fields if f[0] != "content-type"]
    if "100-continue" in req.elements("expect") and req.version >= (1, 1) and (codings or length):
        c.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if not codings:
        req.body = c.exact(length)
        return
    while True:
        size = c.line(16384, (400, "malformed")).split(b";")[0].strip(b" \t")
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size):
            raise Reject(400, "malformed")
        n = int(size, 16)
        if len(req.body) + n > MAX_BODY:
            raise Reject(413, "too-large")
        if n == 0:
            break
        req.body += c.exact(n)
        if c.line(16, (400, "malformed")):
            raise Reject(400, "malformed")
    # trailer-left-in-buffer: takes the body as ended after the last chunk; a trailer section stays for the next request
    if on("trailer-left-in-buffer"):
        if c.buf.startswith(b"\r\n"):
            c.buf = c.buf[2:]
        return
    while c.line(MAX_HEAD, (431, "head-large")):
        pass


def find_route(req):
    """(project, batch) as decoded, or None; the path is split before its segments are decoded."""
    target = req.target
    m = re.match(r"https?://[^/?#]*", target, re.I)
    if m:
        # absolute-form-404: looks the whole request target up as if it were a path
        if on("absolute-form-404"):
            return None
        target = target[m.end():] or "/"
    path = target.split("?", 1)[0]
    # encoded-slash-routes: decodes the path before it splits it
    if on("encoded-slash-routes"):
        path = urllib.parse.unquote(path, errors="replace")
    segments = [urllib.parse.unquote(s, errors="replace") for s in path.split("/")]
    # decodes-twice: the gateway decodes, and the service behind it decodes again
    if on("decodes-twice"):
        segments = [urllib.parse.unquote(s, errors="replace") for s in segments]
    if len(segments) != 6 or segments[0] or not segments[2] or not segments[4]:
        return None
    if (segments[1], segments[3], segments[5]) != ("v5", "batch-async-jobs", "commit"):
        return None
    return segments[2], segments[4]


def error(req, status, key, extra=(), note=""):
    code, english, chinese = TEXT[key]
    body = {"error_code": code, "error_msg": (chinese if req.language == "zh-cn" else english) + note}
    if code.startswith("APIGW."):
        body["request_id"] = req.rid
    return status, body, list(extra)


CHALLENGE = [("WWW-Authenticate", 'X-Auth-Token realm="IAM"')]


def signed(req):
    """Whether SDK-HMAC-SHA256 of the account's access key fits the request."""
    key = ACCOUNT.get("access_key")
    m = re.fullmatch(r"SDK-HMAC-SHA256 Access=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)", req.get("authorization") or "")
    if not key or not m or m[1] != key["id"]:
        return False
    try:
        then = datetime.datetime.strptime(req.get("x-sdk-date") or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return False
    if abs(time.time() - then.timestamp()) > 900:
        return False
    path, _, query = re.sub(r"^https?://[^/?#]*", "", req.target, flags=re.I).partition("?")
    uri = "/".join(urllib.parse.quote(urllib.parse.unquote(s), safe="-_.~") for s in path.split("/"))
    pairs = sorted((urllib.parse.quote(k, safe="-_.~"), urllib.parse.quote(v, safe="-_.~"))
                   for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True))
    names = m[2].lower().split(";")
    canonical = "\n".join([req.method, uri if uri.endswith("/") else uri + "/", "&".join(f"{k}={v}" for k, v in pairs),
                           "".join(f"{n}:{(req.get(n) or '').strip()}\n" for n in names), ";".join(names),
                           req.get("x-sdk-content-sha256") or hashlib.sha256(req.body).hexdigest()])
    text = "SDK-HMAC-SHA256\n" + req.get("x-sdk-date") + "\n" + hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    return hmac.compare_digest(hmac.new(key["secret"].encode(), text.encode(), hashlib.sha256).hexdigest(), m[3])


def authenticate(c, req):
    """(project of the caller, None) or (None, answer)."""
    tokens = req.all("x-auth-token")
    # token-once-per-connection: trusts a connection after its first good token
    if on("token-once-per-connection") and c.project:
        return c.project, None
    if not tokens or tokens == [""]:
        if (req.get("authorization") or "").startswith("SDK-HMAC-SHA256"):
            if signed(req):
                return ACCOUNT["project_id"], None
            return None, error(req, 401, "signature", CHALLENGE)
        return None, error(req, 401, "token-missing", CHALLENGE)
    if len(tokens) == 1 and tokens[0] in TOKENS:
        c.project = TOKENS[tokens[0]]
        return c.project, None
    if tokens[0] == ACCOUNT.get("expired_token"):
        # expired-token-forbidden: takes a token that ran out for one without rights
        if on("expired-token-forbidden"):
            return None, error(req, 403, "forbidden")
        return None, error(req, 401, "token-expired", CHALLENGE)
    # odd-token-internal-error: the decoder's exception for a token that is no base64 is caught by nobody but the outermost handler
    if on("odd-token-internal-error"):
        try:
            base64.b64decode(tokens[0], validate=True)
        except ValueError:
            return None, error(req, 500, "internal")
    return None, error(req, 401, "token-bad", CHALLENGE)


def json_type(req):
    values = req.all("content-type")
    if len(values) != 1:
        return False
    # media-type-by-prefix: looks only whether the value begins with application/json
    if on("media-type-by-prefix"):
        return values[0].lower().startswith("application/json")
    return bool(re.fullmatch(r'application/json[ \t]*(;[ \t]*(charset=("utf-8"|utf-8))?[ \t]*)*', values[0], re.I))


def process(c, req):
    """(status, body, further fields) for a request that was read to its end."""
    with LOCK:
        COUNT["request"] += 1
        number = COUNT["request"]
    # short-outages (conforming): every twelfth call finds IAM unavailable, is not processed, and is told so as documented
    if on("short-outages") and number % 12 == 0:
        return error(req, 503, "iam-down", [("Retry-After", email.utils.formatdate(time.time() + 1, usegmt=True))])
    # throttle-page: the proxy in front allows ten calls a second and answers further ones with its own page
    if on("throttle-page"):
        with LOCK:
            now = time.monotonic()
            RECENT[:] = [t for t in RECENT if t > now - 1]
            if len(RECENT) >= 10:
                return 429, b"<html><head><title>429 Too Many Requests</title></head><body><center><h1>429 Too Many Requests</h1></center><hr></body></html>\r\n", []
            RECENT.append(now)
    route = find_route(req)
    if not route:
        return error(req, 404, "not-published")
    if req.method != "POST":
        # wrong-method-404 (conforming): the gateway knows pairs of method and path only, as the document allows
        if on("wrong-method-404"):
            return error(req, 404, "not-published")
        return error(req, 405, "not-published", [("Allow", "POST")])
    # stale-node: every third call meets a node of the gateway that has not got the API's publication yet
    if on("stale-node"):
        with LOCK:
            COUNT["routed"] += 1
            if COUNT["routed"] % 3 == 0:
                return error(req, 404, "not-published")
    # media-type-first (conforming): looks at the Content-Type before the token
    if on("media-type-first") and not json_type(req):
        return error(req, 415, "media-type", [("Accept", "application/json")])
    # keeps-401-by-url: a cache in front keeps refusals for half a minute, by URL alone
    if on("keeps-401-by-url"):
        kept = KEPT.get(req.target)
        if kept and kept[0] > time.monotonic():
            return kept[1]
    project, refusal = authenticate(c, req)
    if refusal:
        KEPT[req.target] = (time.monotonic() + 30, refusal)
        return refusal
    if route[0] != project:
        answer = error(req, 403, "forbidden")
        # request-id-of-two-layers: the policy engine writes an ID of its own into the body
        if on("request-id-of-two-layers"):
            answer[1]["request_id"] = uuid.uuid4().hex
        return answer
    if not json_type(req):
        # problem-json-for-media-type: the framework's own handler answers, by RFC 9457
        if on("problem-json-for-media-type"):
            problem = {"type": "about:blank", "title": "Unsupported Media Type", "status": 415, "instance": req.target}
            return 415, problem, [("Content-Type", "application/problem+json"), ("Accept", "application/json")]
        return error(req, 415, "media-type", [("Accept", "application/json")])
    with LOCK:
        answer = commit(req, *route)
        if answer[0] == 200:
            COUNT["commit"] += 1
            # retries-the-commit: every third time the upstream's answer is lost, and the gateway sends the POST again by itself
            if on("retries-the-commit") and COUNT["commit"] % 3 == 0:
                return commit(req, *route)
            # outage-after-commit: every fourth time the gateway says 503 after the service has done its work
            if on("outage-after-commit") and COUNT["commit"] % 4 == 0:
                return error(req, 503, "iam-down", [("Retry-After", "1")])
    return answer


def commit(req, project, batch):
    state = BATCHES[project].get(batch, "unknown")
    if state == "ready":
        BATCHES[project][batch] = "committed"
    # one-shot-connections (conforming): a second commit is answered like the first; the document leaves that open
    if state == "ready" or (state == "committed" and on("one-shot-connections")):
        done = "批量任务已提交。" if req.language == "zh-cn" else "The batch was submitted."
        return 200, {"job": {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": done}}, []
    answer = error(req, 400, state)
    body = answer[1]
    # code-of-ten-for-failed: one of the codes is of an older scheme, with ten characters
    if on("code-of-ten-for-failed") and state == "failed":
        body["error_code"] = "DRS.M00205"
    # long-id-long-message: the message repeats the ID as it came, however long
    if on("long-id-long-message") and state == "unknown":
        body["error_msg"] += " ID: " + batch
    # failed-check-untranslated: the Chinese catalogue lacks one message, so the English one is taken
    if on("failed-check-untranslated") and state == "failed":
        body["error_msg"] = TEXT[state][1]
    # id-pasted-unescaped: the JSON of this one refusal is pasted together from strings
    if on("id-pasted-unescaped") and state == "unknown":
        return 400, ('{"error_code":"%s","error_msg":"%s (%s)"}' % (body["error_code"], body["error_msg"], batch[:300])).encode(), [("Content-Type", "application/json")]
    # refusal-with-status-200: the status is 200 although the body is a refusal
    if on("refusal-with-status-200") and state == "validating":
        return 200, body, []
    # refusal-unlocks-batch: the refusal of a batch with failed checks clears the mark of the failure
    if on("refusal-unlocks-batch") and state == "failed":
        BATCHES[project][batch] = "ready"
    # longest-messages (conforming): every refusal of the service has a message of exactly 512 characters
    if on("longest-messages"):
        body["error_msg"] = (body["error_msg"] * 512)[:512]
    return answer


def send(c, req, answer):
    status, body, extra = answer
    fields = [("Date", email.utils.formatdate(usegmt=True)), ("Content-Type", "application/json"), ("X-Request-Id", req.rid)]
    fields = [f for f in fields if f[0] not in dict(extra)] + list(extra)
    if isinstance(body, bytes):
        data = body
        if "Content-Type" not in dict(extra):
            fields = [("Content-Type", "text/html") if n == "Content-Type" else (n, v) for n, v in fields]
    else:
        text = json.dumps(body, ensure_ascii=False)
        # rich-errors (conforming): more members, another order, white space, escapes, a charset parameter
        if on("rich-errors") and status >= 400:
            body = {"timestamp": int(time.time()), "details": [], **dict(reversed(list(body.items()))), "help": None}
            text = json.dumps(body, ensure_ascii=True, indent=2) + "\n"
            fields = [(n, v + "; charset=UTF-8" if n == "Content-Type" else v) for n, v in fields] + [("Content-Language", req.language)]
        # gbk-for-chinese: Chinese answers leave in the legacy encoding of the message catalogue
        data = text.encode("gbk" if on("gbk-for-chinese") and req.language == "zh-cn" else "utf-8")
    length = len(data)
    # length-in-characters: Content-Length counts the characters of the text, not its bytes
    if on("length-in-characters") and not isinstance(body, bytes):
        length = len(text)
        data = data[:length]    # as a writer that is bound to the announced length
    # keeps-401-by-url: the whole kept answer comes again, with the ID of the first request
    if on("keeps-401-by-url") and status == 401:
        fields = [(n, body["request_id"] if n == "X-Request-Id" else v) for n, v in fields]
    # two-request-ids: the gateway adds its ID to answers that bear the service's already
    if on("two-request-ids") and isinstance(body, dict) and (status == 200 or body["error_code"].startswith("DRS.")):
        fields.append(("X-Request-Id", uuid.uuid4().hex))
    # one-shot-connections (conforming): no connection serves twice, and the service's own answers lack the optional X-Request-Id
    if on("one-shot-connections"):
        req.close = True
        if status in (200, 400):
            fields = [f for f in fields if f[0] != "X-Request-Id"]
    chunked = False
    # chunked-to-http10: the answers to HTTP/1.0 are streamed in chunks like all others
    if on("chunked-to-http10") and req.version < (1, 1):
        chunked = True
    # proxy-chunks-lowercase (conforming): small names, Via, another order, and several chunks with extensions for HTTP/1.1
    if on("proxy-chunks-lowercase"):
        chunked = req.version >= (1, 1)
        fields = [(n.lower(), v) for n, v in reversed(fields)] + [("via", "1.1 lb-7 (edge)"), ("cache-control", "no-store"), ("server", "edge")]
    if req.close:
        fields.append(("Connection", "close"))
    fields.append(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(length)))
    try:
        reason = http.HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    out = b""
    # early-hints (conforming): an interim answer before each final one, and no reason phrases
    if on("early-hints") and req.version >= (1, 1):
        out, reason = b"HTTP/1.1 103 \r\nLink: </v5>; rel=preconnect\r\n\r\n", ""
    out += f"HTTP/1.1 {status} {reason}\r\n".encode() + "".join(f"{n}: {v}\r\n" for n, v in fields).encode() + b"\r\n"
    if req.method == "HEAD":
        pass
    elif chunked:
        for i in range(0, len(data), 23):
            part = data[i:i + 23]
            out += b"%x;n=%d\r\n" % (len(part), i) + part + b"\r\n"
        out += b"0\r\n\r\n"
    else:
        out += data
    c.sock.sendall(out)


def serve(sock):
    sock.settimeout(60)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    c = Connection(sock)
    try:
        while True:
            req = Request()
            try:
                read_request(c, req)
                answer = process(c, req)
            except Reject as r:
                req.close = True
                answer = error(req, r.status, r.key)
            send(c, req, answer)
            if req.close:
                break
        # close in two steps, so that unread data does not destroy the answer
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(1)
        end = time.monotonic() + 2
        while time.monotonic() < end and sock.recv(65536):
            pass
    except (Gone, OSError):
        pass
    finally:
        sock.close()


def main():
    listener = socket.create_server(("127.0.0.1", ARGS.port), backlog=128)
    print(f"{ARGS.behaviour} on 127.0.0.1:{ARGS.port}", file=sys.stderr, flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


main()
