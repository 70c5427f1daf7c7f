#!/usr/bin/env python3
"""A stand-in for the DRS commit operation and the gateway in front of it, with one chosen difference."""
import argparse
import json
import re
import socket
import socketserver
import sys
import threading
import time
import uuid
from email.utils import formatdate
from urllib.parse import unquote_to_bytes

MAX_BODY = 12 * 1024 * 1024
MAX_URI = 32 * 1024
MAX_HEAD = 64 * 1024
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HOST = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.v]+\])(:[0-9]*)?")
TARGET = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]|{}^\\-]|%[0-9A-Fa-f]{2})+")
JSON_TYPE = re.compile(r"application/json[ \t]*((?:;[ \t]*[^;]*)*)", re.I)
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large", 414: "URI Too Long",
           415: "Unsupported Media Type", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
           501: "Not Implemented", 503: "Service Unavailable", 505: "HTTP Version Not Supported"}
CHALLENGE = 'IAM realm="drs"'
# name: (status, code, English, Chinese)
ERRORS = {
    "unknown": (400, "DRS.10000010", "The batch does not exist.", "批量任务不存在。"),
    "validating": (400, "DRS.10000011", "The batch is still being checked.", "批量任务参数正在校验中。"),
    "failed": (400, "DRS.10000012", "The check of the batch has failed.", "批量任务参数校验失败。"),
    "committed": (400, "DRS.10000013", "The batch has already been committed.", "批量任务已经提交。"),
    "malformed": (400, "DRS.10000001", "Bad request.", "请求错误。"),
    "no_token": (401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误：缺少x-auth-token"),
    "bad_token": (401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：token解析失败"),
    "expired": (401, "APIGW.0307", "The token must be updated.", "token需要更新。"),
    "forbidden": (403, "APIGW.0302", "The IAM user is not authorized to access the API.", "IAM用户没有访问该API的权限。"),
    "not_found": (404, "APIGW.0101", "The API does not exist or has not been published in the environment.", "API不存在或未发布到环境。"),
    "method": (405, "APIGW.0101", "The API does not exist or has not been published in the environment.", "API不存在或未发布到环境。"),
    "too_large": (413, "APIGW.0201", "The request body is too large.", "请求体过大。"),
    "uri": (414, "APIGW.0201", "The request URI is too long.", "请求URI过长。"),
    "media": (415, "APIGW.0201", "The Content-Type must be application/json.", "Content-Type必须为application/json。"),
    "head": (431, "APIGW.0201", "The request headers are too large.", "请求头过大。"),
    "internal": (500, "APIGW.0601", "Internal server error.", "内部错误。"),
    "coding": (501, "APIGW.0201", "The transfer coding is not supported.", "不支持的传输编码。"),
    "iam": (503, "APIGW.0613", "IAM is unavailable.", "IAM不可用。"),
    "version": (505, "APIGW.0201", "The HTTP version is not supported.", "不支持的HTTP版本。"),
}

B = "none"                # the chosen behaviour
TOKENS, EXPIRED = {}, {}  # token -> project
STATE = {}                # project -> batch -> state
LOCK = threading.Lock()
MEMORY = {}               # what some behaviours remember between requests


class Refusal(Exception):
    def __init__(self, name, close=False):
        super().__init__(name)
        self.name, self.close = name, close


class Request:
    method, target, path, version = "GET", "/", "/", (1, 1)
    project = batch = None
    length, chunked, expect, close, keep = 0, False, False, False, False

    def __init__(self):
        self.fields = []
        self.id = uuid.uuid4().hex

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name]

    def get(self, name):
        values = self.all(name)
        return ", ".join(values) if values else None

    @property
    def has_body(self):
        return self.chunked or self.length > 0

    @property
    def chinese(self):
        return (self.get("x-language") or "").lower() == "zh-cn"


class Handler(socketserver.StreamRequestHandler):
    timeout = 30
    wbufsize = 0
    disable_nagle_algorithm = True

    def handle(self):
        self.trusted = False          # used by connection-remembers-login
        self.language = None          # used by language-sticks
        try:
            while self.one():
                pass
            self.linger()
        except (OSError, EOFError):
            pass
        finally:
            if B == "one-connection-per-token":
                with LOCK:
                    for token in [t for t, c in MEMORY.items() if c is self]:
                        del MEMORY[token]

    def linger(self):
        # Close in two steps, so that a client that still sends gets to read the answer.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        end = time.monotonic() + 3
        while time.monotonic() < end and self.rfile.read1(65536):
            pass

    # ---- one request -------------------------------------------------------------------------------------------
    def one(self):
        r = Request()
        try:
            if not self.read_head(r):
                return False
            self.read_framing(r)
        except Refusal as refusal:
            self.refuse(r, refusal, True)
            return False
        close = r.close
        try:
            # DIFFERENCE principal-in-a-global: the caller is kept in a global that is read after the body has come.
            if B == "principal-in-a-global":
                MEMORY["caller"] = r.get("x-auth-token")
                self.continue_if_wanted(r)
                self.read_body(r)
                r.fields = [f for f in r.fields if f[0].lower() != "x-auth-token"]
                if MEMORY["caller"] is not None:
                    r.fields.append(("X-Auth-Token", MEMORY["caller"]))
                r.length, r.chunked = 0, False
            try:
                self.gateway(r)
            except Refusal as refusal:
                # DIFFERENCE body-left-unread: a refusal is sent without reading the body, and the connection goes on.
                if B == "body-left-unread":
                    pass
                elif r.has_body and (r.expect or r.length > MAX_BODY):
                    refusal.close = True
                else:
                    self.read_body(r)
                raise
            self.continue_if_wanted(r)
            self.read_body(r)
            self.answer(r, 200, self.service(r), close)
        except Refusal as refusal:
            close = close or refusal.close
            # Conforming: the proxy ends the connection after every refusal.
            close = close or B == "proxy-in-front"
            self.refuse(r, refusal, close)
        return not (close or B == "close-delimited")

    def line(self, limit, name):
        line = self.rfile.readline(limit + 2)
        if line and not line.endswith(b"\n"):
            if len(line) > limit:
                raise Refusal(name, close=True)
            raise EOFError
        return line[:-2] if line.endswith(b"\r\n") else line[:-1] if line else None

    def read_head(self, r):
        line = self.line(8 * MAX_URI, "uri")
        if line == b"":
            line = self.line(8 * MAX_URI, "uri")
        if line is None:
            return False
        match = re.fullmatch(r"(\S+) (\S+) HTTP/([0-9])\.([0-9])", line.decode("latin-1"), re.A)
        if not match or not TOKEN.fullmatch(match[1]):
            raise Refusal("malformed")
        r.method, r.target, r.version = match[1], match[2], (int(match[3]), int(match[4]))
        if r.version[0] != 1:
            raise Refusal("version")
        size = 0
        while True:
            line = self.line(MAX_HEAD, "head")
            if line is None:
                raise EOFError
            if not line:
                break
            size += len(line) + 2
            if size > MAX_HEAD:
                raise Refusal("head")
            name, colon, value = line.decode("latin-1").partition(":")
            value = value.strip(" \t")
            if not colon or not TOKEN.fullmatch(name) or re.search("[\0\r\n]", value):
                raise Refusal("malformed")
            r.fields.append((name, value))
        options = [o.strip().lower() for o in (r.get("connection") or "").split(",")]
        r.keep = r.version == (1, 0) and "keep-alive" in options
        r.close = "close" in options or (r.version == (1, 0) and not r.keep)
        if len(r.target) > MAX_URI:
            raise Refusal("uri")
        hosts = r.all("host")
        if len(hosts) > 1 or (not hosts and r.version >= (1, 1)) or (hosts and not HOST.fullmatch(hosts[0])):
            raise Refusal("malformed")
        self.read_target(r)
        return True

    def read_target(self, r):
        target = r.target
        if r.method == "CONNECT" or (target == "*" and r.method == "OPTIONS"):
            r.path = ""
            return
        match = re.match(r"https?://([^/?#]+)", target, re.I)
        if match:
            if not HOST.fullmatch(match[1]):
                raise Refusal("malformed")
            target = target[match.end():]
            target = target if target.startswith("/") else "/" + target
        if not target.startswith("/") or not TARGET.fullmatch(target):
            raise Refusal("malformed")
        r.path = target.partition("?")[0]

    def read_framing(self, r):
        lengths, codings = r.all("content-length"), r.get("transfer-encoding")
        if codings is not None:
            if lengths or r.version == (1, 0):
                raise Refusal("malformed")
            codings = [c.strip().lower() for c in codings.split(",") if c.strip()]
            if not codings or codings[-1] != "chunked" or codings.count("chunked") > 1:
                raise Refusal("malformed")
            if len(codings) > 1:
                raise Refusal("coding")
            r.chunked = True
        elif lengths:
            if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
                raise Refusal("malformed")
            r.length = int(lengths[0])
        r.expect = r.version >= (1, 1) and (r.get("expect") or "").lower() == "100-continue"

    def continue_if_wanted(self, r):
        if r.expect and r.has_body:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def read_body(self, r):
        if r.chunked:
            total = 0
            while True:
                line = self.line(4096, "malformed")
                match = re.fullmatch(rb"([0-9A-Fa-f]{1,12})[ \t]*(;.*)?", line) if line is not None else None
                if not match:
                    raise Refusal("malformed", close=True)
                size = int(match[1], 16)
                total += size
                if total > MAX_BODY:
                    raise Refusal("too_large", close=True)
                if not size:
                    break
                self.exactly(size)
                if self.line(2, "malformed") != b"":
                    raise Refusal("malformed", close=True)
            while self.line(MAX_HEAD, "head"):
                pass
        else:
            self.exactly(r.length)

    def exactly(self, size):
        while size:
            got = len(self.rfile.read1(min(size, 65536)))
            if not got:
                raise EOFError
            size -= got

    # ---- the gateway ---------------------------------------------------------------------------------------------
    def gateway(self, r):
        # DIFFERENCE refusal-cached-by-url: a cache in front keeps a 401 five seconds for its URL, whoever asks next.
        if B == "refusal-cached-by-url":
            kept = MEMORY.get(r.target)
            if kept and time.monotonic() < kept[0]:
                r.id = kept[2]
                raise Refusal(kept[1])
        checks = [self.check_path, self.check_method, self.check_size, self.check_token, self.check_rights, self.check_media]
        # Conforming: who has no token learns nothing of paths and methods, and the media type comes before the rights.
        if B == "checks-in-another-order":
            checks = [self.check_size, self.check_token, self.check_path, self.check_method, self.check_media, self.check_rights]
        try:
            for check in checks:
                check(r)
        except Refusal as refusal:
            if B == "refusal-cached-by-url" and ERRORS[refusal.name][0] == 401:
                MEMORY[r.target] = (time.monotonic() + 5, refusal.name, r.id)
            raise

    def check_path(self, r):
        parts = [unquote_to_bytes(p) for p in r.path.split("/")]
        if (len(parts) != 6 or parts[:2] != [b"", b"v5"] or parts[3] != b"batch-async-jobs" or parts[5] != b"commit"
                or not parts[2] or not parts[4]):
            raise Refusal("not_found")
        # DIFFERENCE bad-octets-500: the ID is decoded strictly, and nobody catches the UnicodeDecodeError.
        if B == "bad-octets-500":
            try:
                parts[4].decode("utf-8")
            except UnicodeDecodeError:
                raise Refusal("internal")
        r.project, r.batch = parts[2].decode("utf-8", "replace"), parts[4].decode("utf-8", "replace")

    def check_method(self, r):
        if r.method != "POST":
            # Conforming: the gateway's page answers 404 for a method that is not published.
            raise Refusal("not_found" if B == "method-is-not-found" else "method")

    def check_size(self, r):
        if r.length > MAX_BODY:
            raise Refusal("too_large")

    def check_token(self, r):
        token = r.get("x-auth-token")
        # DIFFERENCE token-name-spelling: looks the field up in two spellings of its name, not in any case.
        if B == "token-name-spelling" and not any(n in ("X-Auth-Token", "x-auth-token") for n, _ in r.fields):
            token = None
        # DIFFERENCE connection-remembers-login: once a connection has shown a good token, nothing is asked on it any more.
        if B == "connection-remembers-login" and self.trusted:
            r.token_project = self.trusted
            return
        # DIFFERENCE signature-unverified: the gateway leaves signed requests to a signature filter that is not installed.
        if B == "signature-unverified" and not token and (r.get("authorization") or "").startswith("SDK-HMAC-SHA256 "):
            r.token_project = r.project
            return
        # Conforming: IAM is not always there; the first check and every twenty-fifth after it answer 503.
        if B == "iam-warming-up":
            with LOCK:
                MEMORY["count"] = MEMORY.get("count", -1) + 1
                if MEMORY["count"] % 25 == 0:
                    raise Refusal("iam")
        if not token:
            raise Refusal("no_token")
        # DIFFERENCE auth-cache-by-project: after a good token, any token passes for the same project for ten seconds.
        if B == "auth-cache-by-project" and time.monotonic() < MEMORY.get(r.project, 0):
            r.token_project = r.project
            return
        # DIFFERENCE token-case-folded: tokens are looked up in a table with a case-insensitive collation.
        if B == "token-case-folded":
            token = next((t for t in (*TOKENS, *EXPIRED) if t.lower() == token.lower()), token)
        if token in EXPIRED:
            # DIFFERENCE scope-before-expiry: the scope of a token is compared before its expiry.
            if B == "scope-before-expiry" and r.project != EXPIRED[token]:
                raise Refusal("forbidden")
            raise Refusal("expired")
        if token not in TOKENS:
            raise Refusal("bad_token")
        # DIFFERENCE one-connection-per-token: a session store lets a token be used on one open connection at a time.
        if B == "one-connection-per-token":
            with LOCK:
                if MEMORY.setdefault(token, self) is not self:
                    raise Refusal("bad_token")
        r.token_project = self.trusted = TOKENS[token]
        if B == "auth-cache-by-project" and r.token_project == r.project:
            MEMORY[r.project] = time.monotonic() + 10

    def check_rights(self, r):
        # DIFFERENCE project-from-token: the project in the path is not looked at; the token's is taken.
        if B == "project-from-token":
            r.project = r.token_project
        if r.project == r.token_project:
            return
        # DIFFERENCE unknown-project-passes: only projects that exist have an access list; the others fall through.
        if B == "unknown-project-passes" and r.project not in STATE:
            return
        # DIFFERENCE lookup-before-rights: the batch is loaded first, and the rights are compared with what was loaded.
        if B == "lookup-before-rights" and r.batch not in STATE.get(r.project, {}):
            raise Refusal("unknown")
        # DIFFERENCE forbidden-but-done: the commit is sent on while the rights are asked, and its effect stays.
        if B == "forbidden-but-done" and STATE.get(r.project, {}).get(r.batch) == "ready":
            STATE[r.project][r.batch] = "committed"
        raise Refusal("forbidden")

    def check_media(self, r):
        match = JSON_TYPE.fullmatch(r.get("content-type") or "")
        if not match:
            raise Refusal("media")
        for parameter in match[1].split(";"):
            name, _, value = parameter.strip(" \t").partition("=")
            # DIFFERENCE charset-in-capitals: the spellings of utf-8 are a list, and the one in capitals is not on it.
            if B == "charset-in-capitals" and value == "UTF-8":
                raise Refusal("media")
            if name.lower() == "charset" and value.strip('"').lower() != "utf-8":
                raise Refusal("media")

    # ---- the service ---------------------------------------------------------------------------------------------
    def service(self, r):
        with LOCK:
            batches = STATE.get(r.project, {})
            # DIFFERENCE batch-of-any-project: batches are found by their ID alone.
            if B == "batch-of-any-project":
                batches = next((b for b in STATE.values() if r.batch in b), batches)
            state = batches.get(r.batch, "unknown")
            # DIFFERENCE second-try-passes: a refused commit leaves the batch marked as checked, so the next one succeeds.
            if B == "second-try-passes" and state == "validating":
                batches[r.batch] = "ready"
            # Conforming: a second commit is answered like the first.
            if state == "committed" and B == "method-is-not-found":
                state = "ready"
            if state != "ready":
                raise Refusal(state)
            batches[r.batch] = "committed"
        job = {"async_job_id": r.batch, "status": "COMMIT_SUCCESS",
               "msg": "批量任务已提交。" if r.chinese else "The batch was submitted."}
        # Conforming: the optional fields are left out.
        if B == "terse-errors":
            job = {"async_job_id": r.batch}
        return {"job": job}

    # ---- answers -------------------------------------------------------------------------------------------------
    def refuse(self, r, refusal, close):
        status, code, english, chinese = ERRORS[refusal.name]
        in_chinese = r.chinese
        # DIFFERENCE language-sticks: the language of a connection is the last one that was asked for on it.
        if B == "language-sticks":
            self.language = r.get("x-language") or self.language
            in_chinese = (self.language or "").lower() == "zh-cn"
        message = chinese if in_chinese else english
        # DIFFERENCE empty-chinese-message: nobody translated the message of a failed check.
        if B == "empty-chinese-message" and in_chinese and refusal.name == "failed":
            message = ""
        # DIFFERENCE message-over-512: the message repeats the ID, however long it is.
        if B == "message-over-512" and refusal.name == "unknown":
            message = f"{message} ({r.batch})"
        # DIFFERENCE code-of-eleven: the code of a batch under check lost a zero.
        if B == "code-of-eleven" and refusal.name == "validating":
            code = "DRS.1000011"
        # Conforming: other words and no details.
        if B in ("terse-errors", "many-challenges"):
            message = "失败。" if in_chinese else "Failed."
        body = {"error_code": code, "error_msg": message}
        if status != 400 or refusal.name == "malformed":
            body["request_id"] = r.id
        # DIFFERENCE request-id-differs: the page for a wrong method draws an ID of its own.
        if B == "request-id-differs" and status == 405:
            body["request_id"] = uuid.uuid4().hex
        # DIFFERENCE keystone-shape: the error of IAM about an expired token is passed on as it came.
        if B == "keystone-shape" and refusal.name == "expired":
            body = {"error": {"code": 401, "title": "Unauthorized", "message": message}}
        # Conforming: further fields.
        if B == "rich-errors":
            body = {"details": [{"reason": refusal.name, "retry": False}], "help": None, "error_status": status, **body}
            body.setdefault("request_id", r.id)
        extra = []
        if status == 401:
            extra.append(("WWW-Authenticate", CHALLENGE))
            # Conforming: several challenges, in two field lines, with commas and escapes in a quoted string.
            if B == "many-challenges":
                extra[:] = [("www-authenticate", 'Negotiate, IAM realm="DRS, \\"batch\\" tasks" , charset="UTF-8"'),
                            ("www-authenticate", 'SDK-HMAC-SHA256')]
        if status == 405:
            # DIFFERENCE allow-echo: Allow repeats the method of the request instead of listing those of the resource.
            extra.append(("Allow", r.method if B == "allow-echo" else "POST"))
        if status == 503:
            extra.append(("Retry-After", "1"))
        # DIFFERENCE html-not-found: paths outside of /v5/ end at the web server, with its own page.
        if B == "html-not-found" and status == 404 and not r.path.startswith("/v5/"):
            body = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body><center><h1>404 Not Found</h1></center></body>\r\n</html>\r\n"
        # DIFFERENCE unescaped-echo: the message repeats the ID, and the JSON is written with a format string.
        if B == "unescaped-echo" and refusal.name == "unknown":
            body = '{"error_code":"%s","error_msg":"No such batch: %s."}' % (code, r.batch[:200])
        self.answer(r, status, body, close, extra)

    def answer(self, r, status, body, close, extra=()):
        ascii_only = B == "terse-errors"
        if isinstance(body, str):
            text = body
        elif B == "rich-errors":
            text = "\r\n" + json.dumps(body, ensure_ascii=False, indent="\t") + "\r\n"
        else:
            text = json.dumps(body, ensure_ascii=ascii_only)
        data = text.encode("utf-8", "replace")
        kind = "text/html" if text.startswith("<html") else "application/json"
        if B == "rich-errors":
            kind = 'Application/JSON; Charset="UTF-8"'
        head = [("Date", formatdate(usegmt=True)), ("Content-Type", kind), ("X-Request-Id", r.id), *extra]
        # Conforming: X-Request-Id is optional.
        if B == "terse-errors":
            head = [h for h in reversed(head) if h[0] != "X-Request-Id"]
        length, chunked = len(data), False
        # DIFFERENCE length-in-characters: Content-Length of a refusal counts characters, not octets.
        if B == "length-in-characters" and status >= 400:
            length = len(text)
        # Conforming: a proxy in front chunks what it passes on and writes names in lower case.
        if B in ("proxy-in-front", "rich-errors") and r.version >= (1, 1):
            chunked = True
            head.append(("Transfer-Encoding", "chunked"))
        # Conforming: the end of the connection is the end of the body.
        elif B == "close-delimited":
            close = True
        else:
            head.append(("Content-Length", str(length)))
        if B == "proxy-in-front":
            head = [("Via", "1.1 elb"), ("Server", "elb"), ("Cache-Control", "no-store"),
                    ("Set-Cookie", "HWWAFSESID=0; path=/"), *reversed(head)]
        if close:
            head.append(("Connection", "close"))
        elif r.keep:
            head.append(("Connection", "keep-alive"))
        reason = "" if B in ("proxy-in-front", "terse-errors") else REASONS[status]
        if B in ("proxy-in-front", "many-challenges", "close-delimited"):
            head = [(n.lower(), v) for n, v in head]
        out = f"HTTP/1.1 {status} {reason}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head) + "\r\n"
        if B == "close-delimited" and r.version >= (1, 1):
            # Conforming: an interim answer comes first.
            out = "HTTP/1.1 103 Early Hints\r\nlink: </help>; rel=help\r\n\r\n" + out
        out = out.encode("latin-1")
        if r.method != "HEAD":
            if chunked:
                half = len(data) // 2
                ext = b";part=1" if B == "rich-errors" else b""
                data = b"".join(b"%x%s\r\n%s\r\n" % (len(p), ext, p) for p in (data[:half], data[half:])) + b"0\r\n\r\n"
            out += data
        self.wfile.write(out)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        print("error:", sys.exc_info()[1], file=sys.stderr)


def main():
    global B
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--behaviour", default="none")
    options = parser.parse_args()
    B = options.behaviour
    with open(options.account, encoding="utf-8") as file:
        account = json.load(file)
    for side in (account, account.get("other")):
        if side:
            STATE[side["project_id"]] = dict(side.get("batches", {}))
            TOKENS[side["token"]] = side["project_id"]
            if side.get("expired_token"):
                EXPIRED[side["expired_token"]] = side["project_id"]
    with Server(("127.0.0.1", options.port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
