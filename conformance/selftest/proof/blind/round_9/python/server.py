"""DRS "commit an asynchronous batch job": a server that keeps its documentation (none), or differs in one behaviour."""
import argparse, datetime, email.utils, gzip, hashlib, hmac, json, re, select, socket, sys, threading, time, uuid
from urllib.parse import parse_qsl, quote, unquote_to_bytes

args = argparse.ArgumentParser()
args.add_argument("--port", type=int, required=True)
args.add_argument("--account", required=True)
args.add_argument("--behaviour", default="none")
args = args.parse_args()
BE = args.behaviour
ACCOUNT = json.load(open(args.account, encoding="utf-8"))
OTHER = ACCOUNT.get("other") or {}
KEY = ACCOUNT.get("access_key") or {}
OWN_PROJECT, OTHER_PROJECT = ACCOUNT["project_id"], OTHER.get("project_id")
TOKENS = {ACCOUNT["token"]: OWN_PROJECT}
if OTHER.get("token"):
    TOKENS[OTHER["token"]] = OTHER_PROJECT
BATCHES = {bid: [OWN_PROJECT, state] for bid, state in ACCOUNT["batches"].items()}
BATCHES.update({bid: [OTHER_PROJECT, state] for bid, state in (OTHER.get("batches") or {}).items()})
LOCK = threading.RLock()
MAX_BODY = 12 << 20
MAX_TARGET = 32 << 10
MAX_HEAD = 128 << 10
DOCUMENTED_TYPE = re.compile(r"application/json(; ?charset=(utf-8|UTF-8))?")
JSON_TYPE = re.compile(r'application/json[ \t]*(;[ \t]*charset=("?)utf-8\2[ \t]*)?;?', re.I)
TEXTS = {
    "ok": ("DRS.00000000", "The batch was submitted.", "批次已提交，正在创建实例。"),
    "unknown": ("DRS.10000010", "The batch does not exist.", "批次不存在。"),
    "validating": ("DRS.10000304", "The batch is still being checked.", "批次仍在校验中。"),
    "failed": ("DRS.10000305", "The check of the batch reported an error.", "批次的校验未通过。"),
    "committed": ("DRS.10000306", "The batch has already been submitted.", "批次已经提交过。"),
    "locked": ("DRS.10000307", "The batch is being processed.", "批次正在处理中。"),
    "body": ("DRS.10000308", "The operation has no request body.", "该操作没有请求体。"),
    "language": ("DRS.10000309", "The language is not supported.", "不支持该语言。"),
}
# What single behaviours remember.
SESSIONS, SEEN, LOCKED, POLLED, TRACES, COMMITTED_IN, FAILURES = set(), set(), set(), {}, {}, {}, [0]


class Incomplete(Exception):
    pass


class BadRequest(Exception):
    def __init__(self, status=400):
        self.status = status


class Reader:
    def __init__(self, sock):
        self.sock, self.buf = sock, b""

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise Incomplete
        self.buf += data

    def line(self, limit):
        while b"\n" not in self.buf:
            if len(self.buf) > limit:
                raise BadRequest(431)
            self.fill()
        line, _, self.buf = self.buf.partition(b"\n")
        return line[:-1] if line.endswith(b"\r") else line

    def exact(self, size):
        while len(self.buf) < size:
            self.fill()
        data, self.buf = self.buf[:size], self.buf[size:]
        return data


class Call:
    def __init__(self, line, fields):
        self.id = uuid.uuid4().hex
        self.raw, self.fields, self.body = line, fields, b""
        match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/(\d)\.(\d)", line)
        if not match:
            raise BadRequest
        self.method, self.target, major, minor = match.groups()
        if major != "1":
            raise BadRequest(505)
        self.old = minor == "0"
        absolute = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+", self.target)
        origin = self.target[absolute.end():] if absolute else self.target
        self.path, _, self.query = origin.partition("?")
        self.path = self.path or "/"
        if len(self.values("host")) > 1 or (not self.old and not self.values("host")):
            raise BadRequest

    def values(self, name):
        if BE == "header-names-in-three-spellings" and name in ("x-auth-token", "content-type", "x-language"):
            # It looks for the documented spelling, the one in lower case and the one in upper case.
            usual = "-".join(part.capitalize() for part in name.split("-"))
            return [v for n, v in self.fields if n in (usual, name, name.upper())]
        return [v for n, v in self.fields if n.lower() == name]

    def value(self, name, default=None):
        return (self.values(name) or [default])[0]

    def options(self, name):
        return {part.strip().lower() for v in self.values(name) for part in v.split(",")} - {""}

    @property
    def keep(self):
        options = self.options("connection")
        return "close" not in options and (not self.old or "keep-alive" in options)

    @property
    def expects(self):
        return not self.old and (self.value("expect") or "").lower() == "100-continue"

    @property
    def chinese(self):
        return self.value("x-language") == "zh-cn"

    @property
    def charset(self):
        value = self.value("content-type") or ""
        return "charset" in value and DOCUMENTED_TYPE.fullmatch(value) is not None

    def accepts(self, coding):
        for part in ",".join(self.values("accept-encoding")).split(","):
            name, _, weight = part.strip().lower().replace(" ", "").partition(";q=")
            if name == coding:
                return not re.fullmatch(r"0(\.0*)?", weight)
        return False


class Answer:
    def __init__(self, status, obj, headers=()):
        self.status, self.obj, self.headers = status, obj, list(headers)
        self.type, self.body, self.close = "application/json", None, False


def gateway(call_id, status, code, message, headers=()):
    return Answer(status, {"error_code": code, "error_msg": message, "request_id": call_id}, headers)


def unauthenticated(call, code="APIGW.0301", message="Incorrect IAM authentication information"):
    headers = [("WWW-Authenticate", 'Token realm="drs"')]
    # Several challenges in two lines, with quoted pairs and commas in one of them.
    if BE == "token-first-with-many-challenges":
        headers = [
            ("WWW-Authenticate", r'Keystone uri="https://iam.example.com/v3", Token realm="a \"b\", c=d" , charset="UTF-8"'),
            ("WWW-Authenticate", "SDK-HMAC-SHA256"),
        ]
    return gateway(call.id, 401, code, message, headers)


def forbidden(call):
    return gateway(call.id, 403, "APIGW.0302", "The IAM user is not authorized to access the API.")


def text(call, kind):
    chinese = call.chinese
    if BE == "any-language-spelling":
        chinese = (call.value("x-language") or "").lower() == "zh-cn"
    return TEXTS[kind][2 if chinese else 1]


def service(call, kind, bid=""):
    code, message = TEXTS[kind][0], text(call, kind)
    # The message of the first commit's language is stored with the batch and returned later.
    if BE == "refusal-in-the-committers-language" and kind == "committed" and bid in COMMITTED_IN:
        message = TEXTS[kind][2 if COMMITTED_IN[bid] else 1]
    # A failed check tells which file of the customer's own source database is to be corrected.
    if BE == "advice-names-my-cnf" and kind == "failed":
        message = ("源数据库的校验未通过：请在源数据库服务器的配置文件 /etc/my.cnf 中设置 binlog_format=ROW 后重试。" if call.chinese else
                   "The check of the source database failed: set binlog_format=ROW in /etc/my.cnf of the source server.")
    # The Chinese message names its many technical terms as every Chinese engineer does.
    if BE == "chinese-with-latin-terms" and kind == "failed" and call.chinese:
        message = "校验未通过项：MySQL binlog / GTID / InnoDB / SSL / Redis AOF / RDB"
    answer = Answer(400, {"error_code": code, "error_msg": message})
    # An ID that was not found a moment ago is not looked up again, which has a code of its own.
    if BE == "negative-cache-has-a-code" and kind == "unknown":
        if time.monotonic() - POLLED.get(bid, -9) < 1:
            answer.obj["error_code"] = "DRS.10000011"
        POLLED[bid] = time.monotonic()
    # A refusal names the job that it is about, and has details and the longest message.
    if BE == "refusal-names-its-job":
        note = f' [{"请求" if call.chinese else "request"} "{call.id}", "{bid[:60]}"]'
        pad = "。" if call.chinese else "."
        answer.obj["error_msg"] = (message + note + pad * 512)[:512]
        answer.obj["details"] = {"state": kind, "retry": kind == "validating"}
        answer.obj["job"] = {"async_job_id": bid}
    # The media type with a charset has a handler of its own, whose errors the framework renders.
    if BE == "charset-refusals-in-framework-form" and call.charset:
        answer.obj = {"timestamp": int(time.time() * 1000), "status": 400, "error": "Bad Request", "path": call.path}
    return answer


def signed_by_own_key(call):
    """Verify a signature with the access key of the account."""
    match = re.fullmatch(r"SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})",
                         call.value("authorization") or "")
    if not match or not KEY or match[1] != KEY.get("id"):
        return False
    names = match[2].split(";")
    try:
        date = call.value("x-sdk-date") or ""
        sent = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return False
    if abs(time.time() - sent.timestamp()) > 900 or "x-sdk-date" not in names:
        return False
    path = "/".join(quote(unquote_to_bytes(part), safe="-_.~") for part in call.path.split("/"))
    query = "&".join(sorted(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}"
                            for k, v in parse_qsl(call.query.replace("+", "%2B"), keep_blank_values=True)))
    headers = "".join(f"{name}:{(call.value(name) or '').strip()}\n" for name in names)
    payload = (call.body and call.value("x-sdk-content-sha256")) or hashlib.sha256(call.body).hexdigest()
    canonical = f"{call.method}\n{path.rstrip('/')}/\n{query}\n{headers}\n{match[2]}\n{payload}"
    to_sign = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode('latin-1')).hexdigest()}"
    own = hmac.new(KEY["secret"].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(own, match[3])


def authenticate(call, conn, project):
    """Return the project of the caller, or an answer that refuses the call."""
    tokens = set(call.values("x-auth-token"))
    token = tokens.pop() if len(tokens) == 1 else None
    # The token is also taken from the query, as for links that are opened in a browser.
    if BE == "token-in-query" and token is None:
        token = dict(parse_qsl(call.query)).get("X-Auth-Token")
    # The filter that asks for tokens compares the path as it was sent, and the router the decoded one.
    if BE == "raw-path-skips-the-filter" and token is None and not call.path.endswith("/commit"):
        return project
    # Calls that come through a proxy are taken for those of the own gateway, which has checked them.
    if BE == "via-is-trusted" and token is None and call.values("via"):
        return project
    # The headers of the middleware behind the gateway are not stripped from calls of clients.
    if BE == "identity-headers-trusted" and token is None and call.value("x-identity-status") == "Confirmed":
        return call.value("x-project-id") or ""
    if not token:
        if signed_by_own_key(call):
            return OWN_PROJECT
        return unauthenticated(call, message="Incorrect IAM authentication information: x-auth-token not found")
    if token in TOKENS:
        return TOKENS[token]
    # The session of a commit stays bound to its connection with its user, whatever token comes later.
    if BE == "identity-per-connection" and conn["done"]:
        return BATCHES[min(conn["done"])][0]
    if token == ACCOUNT.get("expired_token"):
        # The session that a successful call began is honoured when its token has expired.
        if BE == "session-outlives-the-token" and any(s in (call.value("cookie") or "") for s in SESSIONS):
            return OWN_PROJECT
        # The listener for HTTP/1.0 verifies the signature of a token and not its end.
        if BE == "expired-token-in-http-1-0" and call.old:
            return OWN_PROJECT
        return unauthenticated(call, "APIGW.0307", "The token must be updated.")
    return unauthenticated(call)


def route(call):
    """Return the project and the batch in the path, or None if the path is unknown."""
    path = call.path
    if BE == "router-unanchored":  # The pattern of the path is searched for, not matched from the beginning.
        path = path[max(path.find("/v5/"), 0):]
    raw = path.split("/")
    parts = [unquote_to_bytes(part).decode("utf-8", "replace") for part in raw]
    if len(parts) != 6 or not parts[2] or not parts[4]:
        return None
    # The fixed segments are compared as they were sent, and only the parameters are decoded.
    fixed = raw if BE == "fixed-segments-not-decoded" else parts
    return (parts[2], parts[4]) if (fixed[0], fixed[1], fixed[3], fixed[5]) == ("", "v5", "batch-async-jobs", "commit") else None


def commit(bid):
    BATCHES[bid][1] = "committed"


def committed(call, conn, bid):
    """Commit a batch and answer with the result."""
    # The statement is prepared on its fifth use on a connection, with a plan that does not fit.
    if BE == "fifth-commit-on-a-connection" and conn["commits"] >= 4:
        return gateway(call.id, 500, "APIGW.0601", "Internal server error.")
    commit(bid)
    conn["commits"] += 1
    conn["last"] = "ready"
    conn["done"].add(bid)
    COMMITTED_IN[bid] = call.chinese
    # The update of the next batch in the table is not restricted to the project.
    if BE == "commit-spills-to-another-customer" and BATCHES[bid][0] == OWN_PROJECT:
        for other in [b for b, (p, s) in BATCHES.items() if p == OTHER_PROJECT and s == "ready"][:1]:
            commit(other)
    message = text(call, "ok")
    # The message of a success is a constant in English.
    if BE == "success-always-english":
        message = TEXTS["ok"][1]
    # The message of a success is resolved by the framework, by Accept-Language if there is no X-Language.
    if BE == "success-follows-accept-language" and not call.values("x-language"):
        message = TEXTS["ok"][2 if (call.value("accept-language") or "").lower().startswith("zh") else 1]
    # The message of a success is read from a properties file as Latin-1.
    if BE == "success-message-misread":
        message = message.encode().decode("latin-1")
    job = {"async_job_id": bid, "status": "COMMIT_SUCCESS", "msg": message}
    answer = Answer(200, {"job": job})
    # Scripts get the envelope of the console.
    if BE == "ajax-envelope" and (call.value("x-requested-with") or "").lower() == "xmlhttprequest":
        answer.obj = {"success": True, "data": job}
    # jQuery accepts text/javascript besides JSON, and gets that media type.
    if BE == "javascript-for-jquery" and "text/javascript" in (call.value("accept") or ""):
        answer.type = "text/javascript"
    # The check of the origin comes after the handler.
    if BE == "origin-refused-after-the-commit" and call.values("origin"):
        return forbidden(call)
    if BE == "session-outlives-the-token":
        SESSIONS.add(f"DRSSESSION={call.id}")
        answer.headers.append(("Set-Cookie", f"DRSSESSION={call.id}; Path=/; HttpOnly"))
    # The published example, with neither the own ID nor a status nor a message.
    if BE == "published-example-in-chunks":
        answer.obj = {"job": {"async_job_id": "ac64275d-ae2a-4597-9bb5-a021af3f33e9"}}
    # A success has a code and a text as well, as many APIs of this vendor's country have.
    if BE == "success-with-code-zero":
        answer.obj = {"error_code": "0", "error_msg": "success", **answer.obj}
    if BE == "repeated-by-trace" and trace_of(call):
        TRACES[trace_of(call)] = answer.obj
    return answer


def trace_of(call):
    match = re.fullmatch(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", call.value("traceparent") or "")
    return match and match[1]


def process(call, conn):
    with LOCK:
        return decide(call, conn)


def decide(call, conn):
    if len(call.target) > MAX_TARGET:
        return gateway(call.id, 414, "APIGW.0201", "The request URI is too long.")
    # A firewall in front takes the usual client of one language for a robot.
    if BE == "robots-refused" and (call.value("user-agent") or "").startswith("Go-http-client/"):
        return forbidden(call)
    # Whoever has no valid token learns nothing of paths and methods.
    if BE == "token-first-with-many-challenges":
        early = authenticate(call, conn, "")
        if isinstance(early, Answer):
            return early
    place = route(call)
    if place is None:
        # The slash at the end is noticed after the handler has run.
        if BE == "slash-refused-after-the-commit" and call.path.endswith("/commit/") and call.method == "POST":
            call.path = call.path[:-1]
            decide(call, conn)
        return gateway(call.id, 404, "APIGW.0101", "The API does not exist or has not been published in the environment.")
    if call.method != "POST":
        return gateway(call.id, 405, "APIGW.0101", "The method is not allowed.", [("Allow", "POST")])
    project, bid = place
    caller = authenticate(call, conn, project)
    if isinstance(caller, Answer):
        # After ten wrong tokens in a row, the next call is asked to wait.
        if BE == "wrong-tokens-slowed-down":
            FAILURES[0] += 1
            if FAILURES[0] > 10:
                FAILURES[0] = 0
                return gateway(call.id, 429, "APIGW.0308", "The throttling threshold has been reached.", [("Retry-After", "1")])
        return caller
    FAILURES[0] = 0
    batch = BATCHES.get(bid)
    # The project column is compared as MySQL compares text, without blanks at the end.
    if BE == "project-padded":
        project = project.rstrip(" ")
    # The handler for a media type with a charset was written before tokens had projects.
    if BE == "token-of-another-project-with-charset" and call.charset and project == OWN_PROJECT:
        caller = project
    # The list of admitted customers has one entry.
    if BE == "second-customer-refused" and caller != OWN_PROJECT:
        return forbidden(call)
    if caller != project:
        # The batch is committed by the service while the gateway still asks for the rights.
        if BE == "forbidden-project-committed" and batch and batch == [project, "ready"]:
            commit(bid)
        # Calls with content are queued before the rights are known.
        if BE == "queued-before-authorised" and call.body and batch and batch == [project, "ready"]:
            commit(bid)
        # The batch is looked up before the project is compared, so that it shows which ones exist.
        if BE == "existence-before-rights" and batch is None:
            return service(call, "unknown", bid)
        return forbidden(call)
    # The owner's call puts the batch into a cache whose key is the ID alone.
    if BE == "batch-cache-without-project" and batch and batch[0] == project:
        SEEN.add(bid)
    types = call.values("content-type")
    media_type = (types[0] if types else "").partition(";")[0].strip().lower()
    json_like = len(types) == 1 and JSON_TYPE.fullmatch(types[0])
    # Whatever a JSON library calls JSON is accepted.
    if BE == "any-kind-of-json-accepted" and re.fullmatch(r"application/[\w.-]+\+json|text/json", media_type):
        json_like = True
    if not json_like:
        return gateway(call.id, 415, "APIGW.0201", "The Content-Type must be application/json.")
    # The default limit of the framework is below that of the document.
    if BE == "body-limit-100-kb" and len(call.body) > 102400:
        return gateway(call.id, 413, "APIGW.0201", "The request body is too large.")
    # The operation has no body, so that any is refused.
    if BE == "bodies-refused" and call.body:
        return service(call, "body", bid)
    # An undocumented language is refused, and case does not matter.
    if BE == "any-language-spelling" and (call.value("x-language") or "en-us").lower() not in ("en-us", "zh-cn"):
        return service(call, "language", bid)
    # A trace that is known gets the answer that it got before.
    if BE == "repeated-by-trace" and trace_of(call) in TRACES:
        return Answer(200, TRACES[trace_of(call)])
    if BE == "abandoned-call-locks" and bid in LOCKED:
        return service(call, "locked", bid)
    if batch is None or batch[0] != project:
        if batch and BE == "batch-cache-without-project" and bid in SEEN and batch[1] == "ready":
            return committed(call, conn, bid)
        # The row is updated first, and its project is compared afterwards.
        if batch and BE == "batch-of-another-project-committed" and batch[1] == "ready":
            commit(bid)
        return service(call, "unknown", bid)
    state = batch[1]
    last, conn["last"] = conn["last"], None
    # A precondition is evaluated where the answer without it would be a success; no representation matches.
    if BE == "preconditions-evaluated" and state == "ready" and call.value("if-match", "*") != "*":
        return gateway(call.id, 412, "APIGW.0201", "The precondition failed.")
    if state == "ready":
        return committed(call, conn, bid)
    accepted = Answer(200, {"job": {"async_job_id": bid, "status": "COMMIT_SUCCESS", "msg": text(call, "ok")}})
    if state == "validating":
        # The fifteenth call for a batch gives up waiting for its check.
        POLLED[bid] = POLLED.get(bid, 0) + 1
        if BE == "check-skipped-when-polled" and POLLED[bid] >= 15:
            return accepted
        # A call that awaits a 100 was let through by a check that only looks whether the batch exists.
        if BE == "checked-before-100-alone" and call.expects and call.body:
            return accepted
    if state == "failed":
        # The handler for a media type with a charset knows only batches that are being checked.
        if BE == "failed-accepted-with-charset" and call.charset:
            return accepted
        # The state that was loaded on the connection before is still there.
        if BE == "state-of-the-batch-before" and last == "ready":
            return accepted
    if state == "committed":
        # The session of the connection still holds the batch, and calls the second commit a conflict.
        if BE == "conflict-on-the-same-connection" and bid in conn["done"]:
            return Answer(409, {"error_code": TEXTS["committed"][0], "error_msg": text(call, "committed")})
    return service(call, state, bid)


def send(sock, call, answer, keep):
    """Send an answer in the way of the behaviour."""
    head_only = call is not None and call.method == "HEAD"
    old = call is not None and call.old
    body = json.dumps(answer.obj, ensure_ascii=False).encode()
    headers = [("Date", email.utils.formatdate(usegmt=True)), ("Server", "api-gateway"),
               ("X-Request-Id", answer.obj.get("request_id") or (call.id if call else uuid.uuid4().hex)),
               ("Content-Type", answer.type)]
    chunked = False
    if call is not None:
        # Content is encoded as Accept-Charset asks.
        if BE == "answers-in-accept-charset" and "gbk" in (call.value("accept-charset") or "").lower():
            body = json.dumps(answer.obj, ensure_ascii=False).encode("gbk", "replace")
        if answer.status == 200 and call.accepts("gzip"):
            # The filter that compresses turns text into octets in the charset of the platform.
            if BE == "compressed-in-the-platform-charset":
                body = gzip.compress(json.dumps(answer.obj, ensure_ascii=False).encode("gbk", "replace"))
                headers.append(("Content-Encoding", "gzip"))
        # A client that knows br gets gzip, and the header is lost between two filters.
        if BE == "coding-lost-with-br" and answer.status == 200 and call.accepts("br"):
            body = gzip.compress(body)
        # A connection in HTTP/1.0 that is kept gets chunks.
        if BE == "chunks-in-a-kept-http-1-0" and old and keep and answer.status == 200:
            chunked = True
    reason = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
              409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
              429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
              501: "Not Implemented", 505: "HTTP Version Not Supported"}[answer.status]
    headers += answer.headers
    keep = keep and not answer.close
    if not keep:
        headers.append(("Connection", "close"))
    elif old:
        headers.append(("Connection", "keep-alive"))
    trailer = b""
    # Answers come in chunks with extensions, sizes with zeros in front, and a trailer that is announced.
    if BE == "published-example-in-chunks" and not old:
        chunked, trailer = True, b"X-Checksum: " + hashlib.sha256(body).hexdigest().encode() + b"\r\n"
        headers.append(("Trailer", "X-Checksum"))
    if chunked:
        headers.append(("Transfer-Encoding", "chunked"))
        parts = [body[:7], body[7:]] if trailer else [body]
        body = b"".join(b"%s;n=\"1\"\r\n%s\r\n" % (b"00%X" % len(p) if trailer else b"%x" % len(p), p) for p in parts)
        body += b"0\r\n" + trailer + b"\r\n"
    else:
        # A length may have zeros in front.
        headers.append(("Content-Length", f"{len(body):08d}" if BE == "chinese-reason-phrases" else str(len(body))))
    # A balancer in front sets a cookie that is no credential, and names headers in lower case.
    if BE == "balancer-with-a-cookie":
        headers = [(n.lower(), v) for n, v in reversed(headers)]
        headers += [("set-cookie", f"SERVERID={uuid.uuid4().hex[:8]}; path=/"), ("via", "1.1 lb (balancer)")]
    separator = ": "
    # Reason phrases in UTF-8, and tabs around the values of headers.
    if BE == "chinese-reason-phrases":
        reason, separator = "已处理", ":\t"
    octets = f"HTTP/1.1 {answer.status} {reason}\r\n".encode()
    octets += b"".join(f"{n}{separator}{v}\r\n".encode("utf-8") for n, v in headers) + b"\r\n"
    # Early hints precede each final answer.
    if BE == "early-hints" and call is not None and not old:
        octets = b"HTTP/1.1 103 Early Hints\r\nLink: </docs>; rel=help\r\n\r\n" + octets
    # The protocol is switched, and the answer is in the one before.
    if BE == "upgrade-promised" and call is not None and call.values("http2-settings") and "h2c" in call.options("upgrade"):
        octets = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + octets
    if not head_only:
        octets += body
    sock.sendall(octets)
    return keep


def read_chunks(reader):
    body = b""
    while True:
        size = reader.line(8192).split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise BadRequest
        size = int(size, 16)
        if size == 0:
            while reader.line(8192):
                pass
            return body
        # A chunk is read into a buffer of 8 KB, and what is left is taken for the next call.
        if BE == "large-chunk-loses-its-end" and size > 8192:
            return body + reader.exact(8192)
        if len(body) + size > MAX_BODY:
            raise BadRequest(413)
        body += reader.exact(size)
        if reader.line(8192):
            raise BadRequest


def read_head(reader):
    """Return the lines of a head, and whether it is complete."""
    lines, size = [], 0
    try:
        while True:
            line = reader.line(MAX_HEAD)
            size += len(line)
            if size > MAX_HEAD:
                raise BadRequest(431)
            if line:
                lines.append(line.decode("latin-1"))
            elif lines:
                return lines, True
    except Incomplete:
        return lines, False


def parse(lines):
    fields = []
    for line in lines[1:]:
        match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line)
        if not match or "\0" in match[2] or "\r" in match[2]:
            raise BadRequest
        fields.append(match.groups())
    return Call(lines[0], fields)


def receive_body(sock, reader, call):
    codings, lengths = call.options("transfer-encoding"), call.values("content-length")
    if codings:
        if codings != {"chunked"}:
            raise BadRequest(501)
        if lengths or call.old:
            raise BadRequest
    elif not lengths:
        return b""
    elif len(set(lengths)) > 1 or not re.fullmatch(r"[0-9]{1,15}", lengths[0]):
        raise BadRequest
    elif int(lengths[0]) > MAX_BODY:
        raise BadRequest(413)
    if call.expects and not reader.buf and (codings or int(lengths[0])):
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if codings:
        return read_chunks(reader)
    return reader.exact(int(lengths[0]))


def drain(sock):
    """Close a connection so that the answer arrives although content was not read."""
    sock.shutdown(socket.SHUT_WR)
    sock.settimeout(1)
    while sock.recv(65536):
        pass


def serve(sock):
    reader = Reader(sock)
    conn = {"commits": 0, "last": None, "done": set(), "calls": 0}
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(60)
    call = None
    try:
        while True:
            # A connection is kept for a tenth of a second.
            if BE == "kept-for-100-ms" and conn["calls"] and not reader.buf and not select.select([sock], [], [], 0.1)[0]:
                return
            call = None
            lines, complete = read_head(reader)
            if not lines:
                return
            if not complete:
                # What came of a head before its connection ended is taken for the whole.
                if BE == "head-without-end-applied" and len(lines) > 3:
                    process(parse(lines), conn)
                return
            call = parse(lines)
            conn["calls"] += 1
            # A call without a valid token is refused before its content is read, and its connection is closed.
            if BE == "refused-before-the-content" and (call.values("transfer-encoding") or call.value("content-length", "0") != "0"):
                early = process_token(call, conn)
                if early:
                    early.close = True
                    send(sock, call, early, False)
                    return drain(sock)
            try:
                call.body = receive_body(sock, reader, call)
            except Incomplete:
                # The content is applied as far as it came.
                if BE == "cut-content-applied":
                    call.body, reader.buf = reader.buf, b""
                    process(call, conn)
                # The lock of a call whose client has gone is not released.
                if BE == "abandoned-call-locks" and call.value("x-auth-token") in TOKENS and route(call):
                    LOCKED.add(route(call)[1])
                return
            answer = process(call, conn)
            # The handler runs for the head and once more for the content.
            if BE == "handled-twice-with-expect" and call.expects and call.body:
                answer = process(call, conn)
            if not send(sock, call, answer, call.keep):
                return
    except BadRequest as error:
        message = {413: "The request body is too large.", 431: "The request headers are too large."}.get(error.status, "The request is malformed.")
        try:
            send(sock, call, gateway(uuid.uuid4().hex, error.status, "APIGW.0201", message), False)
            drain(sock)
        except OSError:
            pass
    except (OSError, Incomplete):
        pass
    finally:
        sock.close()


def process_token(call, conn):
    with LOCK:
        place = route(call)
        if place is None or call.method != "POST" or len(call.target) > MAX_TARGET or call.values("authorization"):
            return None
        result = authenticate(call, conn, place[0])
        return result if isinstance(result, Answer) else None


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", args.port))
    listener.listen(128)
    print(f"listening on {args.port} as {BE}", file=sys.stderr, flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


main()
