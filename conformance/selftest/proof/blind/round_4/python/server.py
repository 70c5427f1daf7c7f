#!/usr/bin/env python3
"""A stand-in for "commit an asynchronous batch job", with behaviours that each differ from `none` in one thing."""
import argparse, email.utils, json, re, socket, sys, threading, time, urllib.parse, uuid

args = argparse.ArgumentParser()
args.add_argument("--port", type=int, required=True)
args.add_argument("--account", required=True)
args.add_argument("--behaviour", default="none")
ARGS = args.parse_args()
with open(ARGS.account, encoding="utf-8") as f:
    ACCOUNT = json.load(f)

MAX_BODY, MAX_URI, MAX_HEAD = 12 * 1024 * 1024, 32 * 1024, 256 * 1024
TOKEN_CHARS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LOCK = threading.Lock()
PROJECTS = {a["project_id"]: {"token": a["token"], "batches": dict(a["batches"])}
            for a in (ACCOUNT, ACCOUNT.get("other")) if a}
CACHE, CALLS = {}, [0]                       # used by single behaviours only
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 411: "Length Required", 413: "Content Too Large", 414: "URI Too Long",
           415: "Unsupported Media Type", 417: "Expectation Failed", 429: "Too Many Requests",
           431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
           505: "HTTP Version Not Supported"}
ZH = {"The batch was submitted.": "批量任务已提交。", "The batch does not exist.": "批量任务不存在。",
      "The batch is still being checked.": "批量任务正在校验。", "The check of the batch failed.": "批量任务校验失败。",
      "The batch was submitted before.": "批量任务此前已提交。", "The request is malformed.": "请求格式错误。",
      "Incorrect IAM authentication information: x-auth-token not found": "IAM认证信息错误：未找到x-auth-token",
      "Incorrect IAM authentication information: decrypt token fail": "IAM认证信息错误：令牌解析失败",
      "The token must be updated.": "令牌需要更新。", "The IAM user is not authorized to access the API.": "IAM用户无权访问该API。",
      "The API does not exist or has not been published in the environment.": "API不存在或未发布到环境。",
      "The request body is too large.": "请求体过大。", "The request URI is too long.": "请求URI过长。",
      "The Content-Type must be application/json.": "Content-Type必须为application/json。",
      "The throttling threshold has been reached.": "已达到流控阈值。", "Internal server error.": "服务内部错误。"}
NOT_PUBLISHED = ("APIGW.0101", "The API does not exist or has not been published in the environment.")
HTML = "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"


def b(*names):
    """Is this one of the named behaviours?"""
    return ARGS.behaviour in names


class Closed(Exception):
    """The peer is gone, or has been silent for too long."""


class Malformed(Exception):
    """The framing or the syntax is broken; the connection cannot go on."""
    def __init__(self, status=400):
        self.status = status


class Request:
    method, target, version, path, fields, body, lang = "", "", "HTTP/1.1", "", (), b"", "en-us"
    length, chunked, expects, absolute = 0, False, False, False

    def __init__(self, connection):
        self.id = uuid.uuid4().hex
        # The ID is that of the connection, as with nginx's $connection.
        if b("request-id-per-connection"):
            self.id = connection.id

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name]

    def one(self, name):
        """The value of a field, repeated lines joined as RFC 9110, 5.3 has it; None without the field."""
        values = self.all(name)
        # Header names are looked up in the two usual spellings only.
        if b("header-name-two-spellings") and name == "x-auth-token":
            values = [v for n, v in self.fields if n in ("X-Auth-Token", "x-auth-token")]
        return ", ".join(values) if values else None

    def list(self, name):
        return [e.strip(" \t").lower() for v in self.all(name) for e in v.split(",") if e.strip(" \t")]


class Response:
    def __init__(self, status, body, **fields):
        self.status, self.close = status, False
        self.fields = [("Content-Type", "application/json")]
        self.fields += [(n.replace("_", "-"), v) for n, v in fields.items()]
        self.body = body


def dump(value, req):
    # JSON with indents, and with all beyond ASCII escaped.
    if b("pretty-escaped-json"):
        return json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"
    text = json.dumps(value, ensure_ascii=False)
    # The Chinese texts leave in the code page of the machine.
    if b("zh-cn-in-gbk"):
        return text.encode("gbk")
    return text.encode("utf-8")


def words(text, req):
    return ZH[text] if req.lang == "zh-cn" else text


def gateway(req, status, code, text, **fields):
    return Response(status, dump({"error_code": code, "error_msg": words(text, req), "request_id": req.id}, req), **fields)


def service_refusal(req, text, code="DRS.10000001"):
    message = words(text, req)
    # One text was never translated, and the empty string is what the bundle holds.
    if b("zh-cn-text-missing") and req.lang == "zh-cn" and text == "The batch is still being checked.":
        message = ""
    return Response(400, dump({"error_code": code, "error_msg": message}, req))


class Connection:
    def __init__(self, sock):
        self.sock, self.buffer, self.id, self.language = sock, b"", uuid.uuid4().hex, "en-us"

    def fill(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            raise Closed from None
        if not data:
            raise Closed
        self.buffer += data

    def line(self, limit, status):
        while b"\n" not in self.buffer:
            if len(self.buffer) > limit:
                raise Malformed(status)
            self.fill()
        line, _, self.buffer = self.buffer.partition(b"\n")
        # Lines must end in CR LF, and URIs may have 8 KB (see before_service).
        if b("strict-limits") and not line.endswith(b"\r"):
            raise Malformed
        if len(line) > limit:
            raise Malformed(status)
        return line[:-1] if line.endswith(b"\r") else line

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    # ---- reading a request

    def read_head(self, req):
        # One recv must bring the whole head.
        if b("head-in-one-recv") and b"\r\n\r\n" not in self.buffer:
            self.fill()
            if b"\r\n\r\n" not in self.buffer:
                raise Malformed
        line = self.line(MAX_HEAD, 414)
        for _ in range(4):
            # An empty line before the request line is taken for a request line.
            if line or b("leading-crlf-400"):
                break
            line = self.line(MAX_HEAD, 414)
        parts = line.decode("latin-1").split(" ")
        if len(parts) != 3 or not TOKEN_CHARS.fullmatch(parts[0]) or not re.fullmatch(r"HTTP/\d\.\d", parts[2]):
            raise Malformed
        req.method, req.target, version = parts
        if version[5] != "1":
            raise Malformed(505)
        req.version = "HTTP/1.0" if version == "HTTP/1.0" else "HTTP/1.1"
        fields, size = [], 0
        while True:
            line = self.line(MAX_HEAD, 431)
            size += len(line)
            if size > MAX_HEAD:
                raise Malformed(431)
            if not line:
                break
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not TOKEN_CHARS.fullmatch(name) or re.search(r"[\0\r]", value):
                raise Malformed
            # Only blanks are trimmed, tabs stay.
            fields.append((name, value.strip(" ") if b("tab-after-value-kept") else value.strip(" \t")))
        req.fields = fields
        req.lang = self.choose_language(req)
        hosts = req.all("host")
        if len(hosts) > 1 or (not hosts and req.version == "HTTP/1.1"):
            raise Malformed
        if hosts and not re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*", hosts[0]):
            raise Malformed
        self.frame(req)
        self.locate(req)

    def choose_language(self, req):
        asked = (req.one("x-language") or "").lower()
        # The browser's Accept-Language decides when X-Language is absent.
        if b("accept-language-decides") and not asked:
            asked = (req.one("accept-language") or "").lower()[:5]
        language = "zh-cn" if asked == "zh-cn" else "en-us"
        # The language is kept in the worker of the connection, and only a request that names one sets it.
        if b("language-sticks-to-connection"):
            if asked:
                self.language = language
            language = self.language
        return language

    def frame(self, req):
        """Finds out how the body is delimited (RFC 9112, 6.3)."""
        lengths, codings = req.all("content-length"), req.all("transfer-encoding")
        if codings:
            # The name of the coding is compared as it was written.
            if b("transfer-coding-case") and codings != ["chunked"]:
                raise Malformed(501)
            if lengths or req.version == "HTTP/1.0":
                raise Malformed
            codings = req.list("transfer-encoding")
            if not codings or codings[-1] != "chunked":
                raise Malformed
            if codings != ["chunked"]:
                raise Malformed(501)
            req.chunked = True
        elif lengths:
            if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,19}", lengths[0]):
                raise Malformed
            req.length = int(lengths[0])
        expectation = req.one("expect")
        # The expectation is compared as it was written, and any other is refused.
        if b("expect-case-417") and expectation not in (None, "100-continue"):
            raise Malformed(417)
        req.expects = (expectation or "").lower() == "100-continue" and req.version == "HTTP/1.1" \
            and (req.chunked or req.length > 0) and not self.buffer

    def locate(self, req):
        """Takes the path out of the request target (RFC 9112, 3.2)."""
        target = req.target
        if not re.fullmatch(r"[!-~]+", target) or "#" in target:
            raise Malformed
        absolute = re.fullmatch(r"(?i:https?)://([^/?]+)([^?]*)(\?.*)?", target)
        # The router knows no target but a path.
        if absolute and not b("absolute-form-404"):
            req.absolute, target = True, (absolute[2] or "/") + (absolute[3] or "")
        elif not target.startswith("/") and not absolute and req.method != "CONNECT" and target != "*":
            raise Malformed
        req.path, _, req.query = target.partition("?")
        # The router splits at slashes first and cuts the query from the last piece.
        if b("slash-in-query-404") and "/" in req.query:
            req.path = target

    def read_body(self, req):
        if not req.chunked:
            req.body = self.take(req.length)
            return
        body = []
        while True:
            size = self.line(4096, 400).decode("latin-1")
            # A chunk line is the size and nothing else.
            if b("chunk-extension-400") and ";" in size:
                raise Malformed
            size = size.partition(";")[0].rstrip(" \t")
            if not re.fullmatch(r"[0-9A-Fa-f]{1,15}", size):
                raise Malformed
            if not int(size, 16):
                break
            if sum(map(len, body)) + int(size, 16) > MAX_BODY:
                raise Malformed(413)
            body.append(self.take(int(size, 16)))
            if self.line(2, 400):
                raise Malformed
        # After the last chunk the two bytes of an empty line are taken; trailer fields are not thought of.
        if b("trailers-left-in-buffer"):
            self.take(2)
        else:
            while self.line(8192, 400):
                pass
        req.body = b"".join(body)

    # ---- writing a response

    def send(self, req, res):
        body, fields = res.body, list(res.fields)
        if not any(n == "Date" for n, _ in fields):
            fields.append(("Date", email.utils.formatdate(usegmt=True)))
        # The service's own Date goes through beside the gateway's.
        if b("date-twice") and res.status in (200, 400):
            fields.insert(0, ("Date", email.utils.formatdate(time.time() - 1, usegmt=True)))
        request_id = req.id
        # The client's X-Request-Id is taken over, in the header alone; the body has the gateway's own.
        if b("client-id-in-header-only"):
            request_id = req.one("x-request-id") or req.id
        fields.append(("X-Request-Id", request_id))
        # The service's answers have no ID.
        if b("pretty-escaped-json") and res.status in (200, 400):
            fields = [(n, v) for n, v in fields if n != "X-Request-Id"]
        # Proxies in front add their fields.
        if b("proxy-in-front"):
            fields = [("Server", "CloudWAF"), ("Via", "1.1 elb-7, 1.1 apig"), ("X-Frame-Options", "SAMEORIGIN"),
                      ("Strict-Transport-Security", "max-age=31536000"), ("Set-Cookie", "HWWAFSESID=%s; path=/" % req.id[:12])] + fields[::-1]
            res.close = True
        # The language is told, and answers leave in chunks (below).
        if b("content-language-chunked"):
            fields += [("Content-Language", "zh-CN" if req.lang == "zh-cn" else "en-US"), ("Vary", "X-Language")]
            fields[0] = ("Content-Type", "application/json; charset=UTF-8")
        length = len(body)
        # The length is that of the text, not of its bytes.
        if b("zh-cn-length-in-characters"):
            length = len(body.decode("utf-8"))
        chunked = b("content-language-chunked") and req.version == "HTTP/1.1"
        if chunked:
            fields.append(("Transfer-Encoding", "chunked"))
            half = len(body) // 2
            body = b"%x;part=1\r\n%b\r\n%X\r\n%b\r\n0\r\n\r\n" % (half, body[:half], len(body) - half, body[half:])
        else:
            fields.append(("Content-Length", str(length)))
        if res.close:
            fields.append(("Connection", "close"))
        if req.method == "HEAD":
            body = b""
        # Names in small letters.
        if b("gateway-404-for-methods"):
            fields = [(n.lower(), v) for n, v in fields]
        head = "HTTP/1.1 %d %s\r\n" % (res.status, REASONS[res.status])
        head += "".join("%s: %s\r\n" % f for f in fields) + "\r\n"
        try:
            self.sock.sendall(head.encode("latin-1") + body)
        except OSError:
            raise Closed from None

    # ---- one connection

    def serve(self):
        self.sock.settimeout(60)
        try:
            while self.exchange():
                pass
            # Let the peer read the answer before a reset can destroy it.
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(2)
            for _ in range(200):
                if not self.sock.recv(65536):
                    break
        except (Closed, OSError):
            pass
        finally:
            self.sock.close()

    def exchange(self):
        req = Request(self)
        try:
            self.read_head(req)
            given = req.one("x-request-id")
            # The client's X-Request-Id is taken over, in the header and in the body.
            if b("adopts-request-id") and given and re.fullmatch(r"[0-9A-Za-z-]{8,64}", given):
                req.id = given
            res = before_service(req)
            if res is None:
                # The body is of no use: the answer comes instead of 100.
                if b("final-instead-of-continue") and req.expects:
                    res = service(req)
                    res.close = True
                else:
                    # The expectation is not looked at, and the body waited for.
                    if req.expects and not b("expect-never-continued"):
                        self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    self.read_body(req)
                    res = service(req)
            elif req.expects or req.length > MAX_BODY:
                res.close = True
            # A request that was refused for its token is answered at once, its body never read.
            elif not (b("body-left-after-401") and res.status == 401):
                self.read_body(req)
        except Malformed as e:
            res = malformed(req, e.status)
            res.close = True
        connection = req.list("connection")
        # "Connection" is compared as one word, not as a list.
        if b("connection-not-a-list"):
            connection = [(req.one("connection") or "").lower()]
        if "close" in connection or req.version == "HTTP/1.0":
            res.close = True
        self.send(req, res)
        return not res.close


def malformed(req, status):
    if status == 414:
        return too_long(req)
    if status == 413:
        return gateway(req, 413, "APIGW.0201", "The request body is too large.")
    if status == 400:
        return service_refusal(req, "The request is malformed.")
    return gateway(req, status, "APIGW.0201", "The request is malformed.")


def too_long(req):
    # The web server before the gateway refuses long URIs with its own page.
    if b("uri-too-long-html"):
        res = Response(414, (HTML % (("414 Request-URI Too Large",) * 2)).encode())
        res.fields[0] = ("Content-Type", "text/html")
        return res
    return gateway(req, 414, "APIGW.0201", "The request URI is too long.")


def decode(segment):
    """Decodes one segment of the path; None if it is no valid text."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", segment):
        return None
    # Percent-encodings are known in capital digits only.
    if b("percent-lower-case-digits"):
        return re.sub(r"%([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), segment)
    text = urllib.parse.unquote(segment, errors="replace")
    # The proxy decodes, and the gateway once more.
    return urllib.parse.unquote(text, errors="replace") if b("decodes-twice") else text


def remove_dots(path):
    out = []
    for s in path.split("/")[1:]:
        if s == "..":
            out = out[:-1]
        elif s != ".":
            out.append(s)
    return "/" + "/".join(out) + ("/" if path.endswith(("/.", "/..")) else "")


def route(req):
    """(project, batch) if the path is that of the operation, else None."""
    path = req.path
    # Dot segments are removed.
    if b("normalising-gateway"):
        path = remove_dots(path)
    s = [decode(x) for x in path.split("/")]
    # The whole path is decoded before it is split.
    if b("decodes-before-splitting"):
        s = urllib.parse.unquote(path, errors="replace").split("/")
    # The route is a prefix: what follows "commit" does not matter.
    if b("route-is-a-prefix") and len(s) > 6 and s[5] == "commit":
        s = s[:6]
    if len(s) != 6 or s[0] != "" or s[1] != "v5" or s[3] != "batch-async-jobs" or s[5] != "commit" or not s[2] or not s[4]:
        return None
    # The route demands a UUID in the place of the batch's ID.
    if b("route-demands-uuid") and not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", s[4]):
        return None
    return s[2], s[4]


def not_published(req):
    res = gateway(req, 404, *NOT_PUBLISHED)
    # Answers for unknown paths are kept, with the request ID of whoever asked first.
    if b("unknown-path-cached-with-id"):
        res.body = CACHE.setdefault((req.path, req.lang), res.body)
    # What does not begin with /v5/ goes to the default host of the web server.
    if b("outside-v5-html") and not req.path.startswith("/v5/"):
        res.body = (HTML % (("404 Not Found",) * 2)).encode()
        res.fields[0] = ("Content-Type", "text/html")
    return res


def before_service(req):
    """What the gateway refuses by the head alone; None if the request may go to the service."""
    if len(req.target) > (8192 if b("strict-limits") else MAX_URI):
        return too_long(req)
    # The buffer for the request line has 4 KB.
    if b("request-line-4k") and len(req.method) + len(req.target) + 10 > 4096:
        return too_long(req)
    # Authentication comes before routing.
    if b("gateway-404-for-methods"):
        refusal = authenticate(req)
        if refusal:
            return refusal
    found = route(req)
    if not found:
        return not_published(req)
    req.project, req.batch = found
    method = req.method
    # A header may name the method that is meant.
    if b("method-override") and method == "GET":
        method = req.one("x-http-method-override") or method
    if method != "POST":
        if b("gateway-404-for-methods"):
            return gateway(req, 404, *NOT_PUBLISHED)
        # Allow lists what the framework can do.
        allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" if b("allow-lists-everything") else "POST"
        return gateway(req, 405, *NOT_PUBLISHED, Allow=allow)
    # The limit of calls is counted but never counted down.
    if b("throttle-never-refills"):
        CALLS[0] += 1
        if CALLS[0] > 100:
            return gateway(req, 429, "APIGW.0308", "The throttling threshold has been reached.", Retry_After="1")
    if req.length > MAX_BODY:
        return gateway(req, 413, "APIGW.0201", "The request body is too large.")
    # No length, no service; not even for the call without a body.
    if b("no-length-411") and not req.chunked and not req.all("content-length"):
        return gateway(req, 411, "APIGW.0201", "The request is malformed.")
    # A refusal for the token is cached by the path for some seconds.
    if b("cached-401"):
        kept = CACHE.get(req.path)
        if kept and kept[0] > time.time() - 5:
            req.id = kept[2]
            return Response(401, kept[1], WWW_Authenticate="Token", Age=str(int(time.time() - kept[0])))
    refusal = authenticate(req) or authorise(req)
    if refusal:
        if b("cached-401") and refusal.status == 401:
            CACHE[req.path] = (time.time(), refusal.body, req.id)
        return refusal
    if not is_json(req):
        return gateway(req, 415, "APIGW.0201", "The Content-Type must be application/json.")
    # The query is parsed strictly, and a name without "=" throws.
    if b("query-name-alone-500") and req.query:
        try:
            urllib.parse.parse_qs(req.query, strict_parsing=True)
        except ValueError:
            return gateway(req, 500, "APIGW.0601", "Internal server error.")
    return None


def authenticate(req):
    token = req.one("x-auth-token")
    if not token:
        return gateway(req, 401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found", WWW_Authenticate="Token")
    if token == ACCOUNT["expired_token"]:
        return gateway(req, 401, "APIGW.0307", "The token must be updated.", WWW_Authenticate="Token")
    if token not in [p["token"] for p in PROJECTS.values()]:
        return gateway(req, 401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", WWW_Authenticate="Token")
    return None


def authorise(req):
    project = PROJECTS.get(req.project)
    # The authoriser takes the project from the raw target, does not find it in the absolute form and lets the call through.
    if b("absolute-form-unauthorised") and req.absolute and project:
        return None
    # The service is asked for the batch before the project is compared with the token.
    if b("other-project-unknown-batch") and project and req.batch not in project["batches"]:
        return service_refusal(req, "The batch does not exist.")
    if not project or req.one("x-auth-token") != project["token"]:
        return gateway(req, 403, "APIGW.0302", "The IAM user is not authorized to access the API.")
    return None


def is_json(req):
    value = req.one("content-type") or ""
    # Without a body the type of the body is not looked at.
    if b("media-type-only-with-body") and not req.length and not req.chunked:
        return True
    # Whatever begins with application/json will do.
    if b("media-type-by-prefix"):
        return value.lower().startswith("application/json")
    # The charset must follow a blank.
    if b("charset-without-blank-415") and ";" in value and "; " not in value:
        return False
    m = re.fullmatch(r'(?i)application/json((?:[ \t]*;[ \t]*(?:[!#$%&\'*+.^_`|~0-9a-z-]+=(?:[!#$%&\'*+.^_`|~0-9a-z-]+|"(?:[^"\\]|\\.)*"))?)*)[ \t]*', value)
    if not m:
        return False
    charset = re.search(r'(?i);[ \t]*charset=("?)([^";\s]*)\1', m[1])
    return not charset or charset[2].lower() == "utf-8"


def service(req):
    """The service behind the gateway."""
    project, name = PROJECTS[req.project], req.batch
    # Query parameters are merged over those of the path.
    if b("query-overrides-path"):
        name = urllib.parse.parse_qs(req.query).get("async_job_id", [name])[0]
    # Identifiers are trimmed.
    if b("batch-id-trimmed"):
        name = name.strip()
    # UUIDs are compared without regard to case.
    if b("normalising-gateway", "lenient-service"):
        name = name.lower()
    # Bodies that are no JSON and languages that are not listed are refused.
    if b("strict-requests"):
        if req.body:
            try:
                json.loads(req.body)
            except ValueError:
                return service_refusal(req, "The request is malformed.", "DRS.10000002")
        if (req.one("x-language") or "en-us") not in ("en-us", "zh-cn"):
            return service_refusal(req, "The request is malformed.", "DRS.10000002")
    with LOCK:
        batches = project["batches"]
        # Batches are looked up by their ID alone, whosever they are.
        if b("batch-of-any-project"):
            for p in PROJECTS.values():
                if name in p["batches"]:
                    batches = p["batches"]
        state = batches.get(name)
        if state == "ready":
            batches[name] = "committed"
    refusals = {None: "The batch does not exist.", "validating": "The batch is still being checked.",
                "failed": "The check of the batch failed.", "committed": "The batch was submitted before."}
    if state == "ready" or state == "committed" and b("lenient-service", "content-language-chunked"):
        job = {"async_job_id": name, "status": "COMMIT_SUCCESS", "msg": words("The batch was submitted.", req)}
        # The optional fields are left out.
        if b("pretty-escaped-json"):
            job = {"async_job_id": name}
        # Further fields.
        if b("lenient-service"):
            return Response(200, dump({"job": dict(job, name="batch", job_count=1), "count": 1}, req))
        return Response(200, dump({"job": job}, req))
    return service_refusal(req, refusals[state])


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", ARGS.port))
    listener.listen(64)
    print("listening on", ARGS.port, "as", ARGS.behaviour, file=sys.stderr, flush=True)
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=Connection(sock).serve, daemon=True).start()


main()
