// A server of "commit an asynchronous batch job" on node:net, which reads and writes the octets of HTTP/1.1 itself.
// Usage: node server.js --port N --account FILE --behaviour NAME
"use strict";
const net = require("node:net");
const fs = require("node:fs");
const zlib = require("node:zlib");
const crypto = require("node:crypto");

const options = {};
for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].replace(/^--/, "")] = process.argv[i + 1];
const behaviour = options.behaviour || "none";
const is = (name) => behaviour === name;
const account = JSON.parse(fs.readFileSync(options.account, "utf8"));

const projects = new Map([[account.project_id, new Map(Object.entries(account.batches))]]);
const tokens = new Map([[account.token, account.project_id]]);
if (account.other) {
  projects.set(account.other.project_id, new Map(Object.entries(account.other.batches)));
  tokens.set(account.other.token, account.other.project_id);
}

const LIMIT_TARGET = 32 * 1024, LIMIT_HEAD = 160 * 1024, LIMIT_BODY = 12 * 1024 * 1024;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const REASONS = {
  200: "OK", 206: "Partial Content", 301: "Moved Permanently", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
  404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 411: "Length Required", 413: "Content Too Large",
  414: "URI Too Long", 415: "Unsupported Media Type", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
  500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
};
const MESSAGES = {
  "en-us": {
    unknown: "The batch does not exist.", validating: "The parameters of the batch are still being verified.",
    failed: "The verification of the batch reported errors.", committed: "The batch has already been submitted.",
    ok: "The batch was submitted.",
  },
  "zh-cn": {
    unknown: "批次不存在。", validating: "批次的参数仍在校验中。", failed: "批次的参数校验未通过。",
    committed: "批次已提交。", ok: "批次提交成功。",
  },
};
const CODES = { unknown: "DRS.10000011", validating: "DRS.10000012", failed: "DRS.10000013", committed: "DRS.10000014" };
const GATEWAY_ZH = {
  401: "身份认证信息不正确。", 403: "用户没有该项目的权限。", 404: "API不存在或未发布。", 405: "API不支持该方法。",
  415: "Content-Type必须是application/json。",
};

// ---- requests ----

class Refusal extends Error {
  // A refusal by the gateway; `fatal` ends the connection, as the end of the request is not known.
  constructor(status, code, message, { fatal = false, headers = [] } = {}) {
    super(message);
    Object.assign(this, { status, code, fatal, headers });
  }
}
const malformed = (message, status = 400) => new Refusal(status, "APIGW.0201", message, { fatal: true });

class Reader {
  constructor(socket) {
    this.buffer = Buffer.alloc(0);
    this.ended = false;
    this.wake = () => {};
    socket.on("data", (octets) => { this.buffer = Buffer.concat([this.buffer, octets]); this.wake(); });
    for (const event of ["end", "close", "error"]) socket.on(event, () => { this.ended = true; this.wake(); });
  }
  async more() {
    if (this.ended) return false;
    const before = this.buffer.length;
    await new Promise((resolve) => { this.wake = resolve; });
    return this.buffer.length > before;
  }
  take(length) {
    const taken = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(length);
    return taken;
  }
  async octets(length) {
    while (this.buffer.length < length) if (!(await this.more())) return null;
    return this.take(length);
  }
  async line(limit) {
    for (;;) {
      const end = this.buffer.indexOf("\r\n");
      if (end >= 0) { const line = this.take(end).toString("latin1"); this.take(2); return line; }
      if (this.buffer.length > limit) throw malformed("A line is too long.");
      if (!(await this.more())) return null;
    }
  }
  async head() {
    for (;;) {
      while (this.buffer[0] === 13 && this.buffer[1] === 10) this.take(2); // empty lines before a request
      const end = this.buffer.indexOf("\r\n\r\n");
      if (end >= 0) { const head = this.take(end).toString("latin1"); this.take(4); return head; }
      if (this.buffer.length > LIMIT_HEAD) throw malformed("The request headers are too large.", 431);
      if (!(await this.more())) return null;
    }
  }
}

function parseHead(head) {
  const [line, ...lines] = head.split("\r\n");
  const request = { headers: [], version: "1.1", method: "GET" };
  const match = /^(\S+) (\S+) HTTP\/(\d)\.(\d)$/.exec(line);
  if (!match || !TOKEN.test(match[1])) throw malformed("The request line is malformed.");
  if (match[3] !== "1") throw malformed("The version of HTTP is not supported.", 505);
  Object.assign(request, { method: match[1], target: match[2], version: match[4] === "0" ? "1.0" : "1.1" });
  for (const field of lines) {
    const colon = field.indexOf(":"), name = field.slice(0, colon);
    if (colon < 1 || !TOKEN.test(name) || /[\0\r\n]/.test(field)) throw malformed("A header is malformed.");
    request.headers.push([name.toLowerCase(), field.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")]);
  }
  request.all = (name) => request.headers.filter(([own]) => own === name).map(([, value]) => value);
  request.list = (name) => request.all(name).join(",").split(",").map((one) => one.trim()).filter(Boolean);
  request.options = request.list("connection").map((option) => option.toLowerCase());
  request.close = request.version === "1.0" ? !request.options.includes("keep-alive") || request.options.includes("close")
    : request.options.includes("close");
  const hosts = request.all("host");
  if (hosts.length > 1 || (!hosts.length && request.version === "1.1")) throw malformed("One Host header is needed.");
  if (hosts.length && /[\s/@,?#]/.test(hosts[0])) throw malformed("The Host header is malformed.");
  const codings = request.list("transfer-encoding").map((coding) => coding.toLowerCase());
  const lengths = [...new Set(request.list("content-length"))];
  const unclear = lengths.length > 1 || lengths.some((length) => !/^\d+$/.test(length));
  if (unclear || (request.all("content-length").length && !lengths.length)) throw malformed("The Content-Length is invalid.");
  if (request.all("transfer-encoding").length) {
    if (request.version === "1.0" || codings.at(-1) !== "chunked") throw malformed("The framing is faulty.");
    if (codings.length > 1) throw malformed("The transfer coding is unknown.", 501);
    request.chunked = true;
    request.close = request.close || lengths.length > 0;
  }
  request.length = request.chunked ? 0 : Number(lengths[0] || 0);
  return request;
}

// Returns the content, or null if the connection ended before.
async function readContent(reader, request) {
  if (!request.chunked) return reader.octets(request.length);
  const parts = [];
  let total = 0;
  for (;;) {
    const line = await reader.line(16384);
    if (line === null) return null;
    const match = /^([0-9A-Fa-f]{1,20})[ \t]*(;.*)?$/.exec(line);
    if (!match) throw malformed("A chunk is malformed.");
    // broken chunk-size-decimal: the size of a chunk is read as a decimal number
    const size = parseInt(match[1], is("chunk-size-decimal") ? 10 : 16);
    if (size === 0) break;
    if ((total += size) > LIMIT_BODY) throw new Refusal(413, "APIGW.0201", "The request body is too large.", { fatal: true });
    // broken second-chunk-refused: after one chunk the parser expects the last one
    if (is("second-chunk-refused") && parts.length) throw malformed("The end of the chunked body was expected.");
    const octets = await reader.octets(size), end = await reader.octets(2);
    if (!octets || !end) return null;
    if (end.toString("latin1") !== "\r\n") throw malformed("A chunk is malformed.");
    parts.push(octets);
  }
  for (let line; (line = await reader.line(16384)) !== "";) if (line === null) return null; // trailers are discarded
  return Buffer.concat(parts);
}

// ---- the gateway ----

function decoded(segment) {
  // broken lower-hex-not-decoded: only percent-encodings with upper-case digits are decoded
  const pattern = is("lower-hex-not-decoded") ? /%([0-9A-F]{2})/g : /%([0-9A-Fa-f]{2})/g;
  const octets = segment.replace(pattern, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(octets, "latin1").toString("utf8");
}

function route(request) {
  let target = request.target;
  const absolute = /^https?:\/\/[^/?#]+/i.exec(target);
  if (absolute) target = target.slice(absolute[0].length) || "/";
  const mark = target.indexOf("?");
  request.path = mark < 0 ? target : target.slice(0, mark);
  request.query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
  const raw = request.path.split("/");
  // broken decodes-before-splitting: the path is decoded before it is split at slashes
  const segments = is("decodes-before-splitting") ? decoded(request.path).split("/") : raw.map(decoded);
  const [first, version, project, jobs, batch, action, ...rest] = segments;
  // broken suffix-json: a suffix for the format is cut off the last segment
  const last = is("suffix-json") && action ? action.replace(/\.json$/, "") : action;
  const found = first === "" && version === "v5" && jobs === "batch-async-jobs" && last === "commit" && project && batch
    && !rest.length;
  if (!found) throw new Refusal(404, "APIGW.0101", "The API does not exist or has not been published in the environment.");
  Object.assign(request, { project, batch, rawBatch: raw[4] });
}

function caller(request, connection) {
  let given = request.all("x-auth-token").filter(Boolean);
  // broken token-in-query: without the header, the token is taken from the query
  if (is("token-in-query") && !given.length) given = [request.query.get("X-Auth-Token")].filter(Boolean);
  // broken session-cookie: a session that an authenticated call began stands for its token
  const session = is("session-cookie") && /(?:^|;\s*)DRSSESSIONID=(\w+)/.exec(request.all("cookie").join("; "));
  if (session && !given.length && sessions.has(session[1])) return sessions.get(session[1]);
  const challenge = { headers: [["WWW-Authenticate", 'Token realm="IAM"']] };
  if (!given.length) {
    throw new Refusal(401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found", challenge);
  }
  if (given.length === 1 && given[0] === account.expired_token) {
    throw new Refusal(401, "APIGW.0307", "The token must be updated.", challenge);
  }
  if (given.length > 1 || !tokens.has(given[0])) {
    throw new Refusal(401, "APIGW.0301", "Incorrect IAM authentication information: the token is invalid", challenge);
  }
  // broken connection-bound-identity: the first valid token of a connection says whose calls it carries
  if (is("connection-bound-identity")) return (connection.owner = connection.owner || tokens.get(given[0]));
  return tokens.get(given[0]);
}

function isJson(request) {
  const values = request.all("content-type");
  if (values.length !== 1) return false;
  const match = /^([^;]*?)[ \t]*((?:;[ \t]*(?:[^=;]+=(?:"[^"]*"|[^;"]*))?[ \t]*)*)$/.exec(values[0]);
  if (!match) return false;
  const charsets = [...match[2].matchAll(/;[ \t]*charset="?([^";]*?)"?[ \t]*(?=;|$)/gi)].map((one) => one[1].toLowerCase());
  if (charsets.some((charset) => charset !== "utf-8" && charset !== "utf8")) return false;
  // broken media-type-case: the media type is compared as it was sent
  if (is("media-type-case")) return match[1] === "application/json";
  // broken accepts-plus-json: every media type with the suffix +json counts as JSON
  if (is("accepts-plus-json") && /^application\/[\w.-]+\+json$/i.test(match[1])) return true;
  return match[1].toLowerCase() === "application/json";
}

const sessions = new Map(), missing = new Map(), answers = new Map();
let recent = [], served = 0;

// Returns how many calls came within a second.
function rate() {
  const now = Date.now();
  recent = recent.filter((time) => now - time < 1000);
  return recent.push(now);
}

function handle(request, connection) {
  served += 1;
  const id = request.id, json = (status, document, headers = []) => ({
    status, headers: [["Content-Type", "application/json"], ["X-Request-Id", id], ...headers],
    body: Buffer.from(JSON.stringify(document)),
  });
  const refused = (refusal) => {
    const zh = is("gateway-translates") && language(request) === "zh-cn" && GATEWAY_ZH[refusal.status];
    return json(refusal.status, { error_code: refusal.code, error_msg: zh || refusal.message, request_id: id }, refusal.headers);
  };
  try {
    if (request.refusal) throw request.refusal;
    if (request.target.length > LIMIT_TARGET) throw new Refusal(414, "APIGW.0201", "The request URI is too long.");
    const many = rate();
    // broken throttled-in-html: above 20 calls a second, the 429 is a page of the web server
    if (is("throttled-in-html") && many > 20) {
      return { status: 429, headers: [["Content-Type", "text/html"], ["X-Request-Id", id]],
        body: Buffer.from("<html><head><title>429 Too Many Requests</title></head><body>nginx</body></html>\r\n") };
    }
    // conforming throttle-50: a limit of 50 calls a second, refused as documented
    if (is("throttle-50") && many > 50) {
      throw new Refusal(429, "APIGW.0308", "The throttling threshold has been reached.", { headers: [["Retry-After", "1"]] });
    }
    // conforming iam-hiccup-503: each fortieth call meets an IAM that is unavailable, and is not processed
    if (is("iam-hiccup-503") && served % 40 === 0) {
      throw new Refusal(503, "APIGW.0613", "IAM is unavailable.", { headers: [["Retry-After", "1"]] });
    }
    // conforming length-required: a content without Content-Length is refused
    if (is("length-required") && request.chunked) throw new Refusal(411, "APIGW.0201", "A Content-Length is required.");
    // broken origin-403: a CORS filter refuses every call with an Origin
    if (is("origin-403") && request.all("origin").length) {
      return { status: 403, headers: [["Content-Type", "text/plain"], ["X-Request-Id", id]], body: Buffer.from("Invalid CORS request") };
    }
    // broken accept-language-star-500: the parser of Accept-Language fails on the range *
    if (is("accept-language-star-500") && request.list("accept-language").some((one) => one.split(";")[0] === "*")) {
      throw new Refusal(500, "APIGW.0601", "Internal server error.");
    }
    // broken method-case-folded: the method is compared in upper case
    if (is("method-case-folded")) request.method = request.method.toUpperCase();
    route(request);
    // broken method-from-query: a parameter _method overrides the method
    if (is("method-from-query") && request.query.get("_method")) request.method = request.query.get("_method").toUpperCase();
    if (request.method !== "POST") {
      throw new Refusal(405, "APIGW.0101", "The API does not exist with this method.", { headers: [["Allow", "POST"]] });
    }
    const owner = caller(request, connection);
    if (!isJson(request)) throw new Refusal(415, "APIGW.0201", "The Content-Type must be application/json.");
    // broken project-from-query: the project that is checked is the parameter of any place, that of the query first
    const wanted = (is("project-from-query") && request.query.get("project_id")) || request.project;
    if (owner !== wanted) throw new Refusal(403, "APIGW.0302", "The IAM user is not authorized to access the API.");
    // broken accept-in-two-lines: only the first Accept line is read, and 406 sent if it has no range for JSON
    if (is("accept-in-two-lines") && request.all("accept").length) {
      const ranges = request.all("accept")[0].split(",").map((range) => range.split(";")[0].trim().toLowerCase());
      if (!ranges.some((range) => ["*/*", "application/*", "application/json"].includes(range))) {
        throw new Refusal(406, "APIGW.0201", "The answer is in application/json.");
      }
    }
    const answer = serve(request, json);
    if (is("session-cookie")) {
      const session = crypto.randomBytes(16).toString("hex");
      sessions.set(session, owner);
      answer.headers.push(["Set-Cookie", `DRSSESSIONID=${session}; Path=/; HttpOnly`]);
    }
    return answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // broken caller-request-id-404: some refusals have the ID of the caller in their header, and another in their body
    if (is("caller-request-id-404") && [404, 405, 415].includes(error.status) && request.all("x-request-id").length) {
      const answer = refused(error), own = request.all("x-request-id")[0];
      answer.headers = answer.headers.map(([name, value]) => [name, name === "X-Request-Id" && TOKEN.test(own) ? own : value]);
      return answer;
    }
    // broken cached-404: the gateway keeps a 404 with its request_id, and sends it to all who ask for the path
    if (is("cached-404") && error.status === 404) {
      if (!missing.has(request.path)) missing.set(request.path, refused(error));
      return missing.get(request.path);
    }
    return refused(error);
  }
}

// ---- the service ----

function language(request) {
  return (request.headers ? request.all("x-language")[0] || "" : "").toLowerCase() === "zh-cn" ? "zh-cn" : "en-us";
}

function serve(request, json) {
  const spoken = language(request), key = `${request.batch} ${spoken}`;
  // broken answer-cache-across-projects: a 200 is kept for 30 seconds by batch and language, for whoever asks
  const kept = is("answer-cache-across-projects") && answers.get(key);
  if (kept && Date.now() - kept.time < 30000) return json(200, kept.document);
  // broken second-tenant-unknown: batches are looked up in the table of the first project
  const batches = projects.get(is("second-tenant-unknown") ? account.project_id : request.project) || new Map();
  const state = batches.get(request.batch) || "unknown";
  if (state !== "ready") {
    // broken validating-default-chinese: this message is in Chinese unless X-Language says otherwise
    const native = is("validating-default-chinese") && state === "validating" && !request.all("x-language").length;
    return json(400, { error_code: CODES[state], error_msg: MESSAGES[native ? "zh-cn" : spoken][state] });
  }
  batches.set(request.batch, "committed");
  // broken success-msg-english-only: the message of a success is not translated
  let msg = MESSAGES[is("success-msg-english-only") ? "en-us" : spoken].ok;
  const odd = parseInt(crypto.createHash("sha256").update(request.batch).digest("hex").slice(0, 2), 16) % 2 === 1;
  // conforming named-batches: the message quotes the name that the customer gave the batch, half of which are Chinese
  if (is("named-batches")) {
    const name = odd ? "订单库同步" : "orders-sync";
    msg = spoken === "zh-cn" ? `批次“${name}”提交成功。` : `The batch "${name}" was submitted.`;
  }
  // broken id-echoed-encoded: the answer has the ID as it stands in the path, percent-encoded
  let job = { async_job_id: is("id-echoed-encoded") ? request.rawBatch : request.batch, status: "COMMIT_SUCCESS", msg };
  // conforming optional-members-vary: some batches have no status or msg, which are optional
  if (is("optional-members-vary")) job = odd ? { async_job_id: request.batch } : job;
  const headers = [];
  // conforming prefer-minimal: Prefer: return=minimal (RFC 7240) leaves the optional members out
  if (is("prefer-minimal") && request.list("prefer").some((one) => /^return=("?)minimal\1$/i.test(one))) {
    job = { async_job_id: request.batch };
    headers.push(["Preference-Applied", "return=minimal"]);
  }
  if (is("answer-cache-across-projects")) answers.set(key, { time: Date.now(), document: { job } });
  return json(200, { job }, headers);
}

// ---- answers ----

function requestId(request) {
  const named = request.headers && request.all("x-request-id")[0];
  // conforming caller-request-id-adopted: a caller's X-Request-Id, if it is a short token, is the ID of the call
  if (is("caller-request-id-adopted") && named && named.length <= 64 && TOKEN.test(named)) return named;
  const trace = request.headers && /^00-([0-9a-f]{32})-[0-9a-f]{16}-/.exec(request.all("traceparent")[0] || "");
  // broken request-id-is-trace-id: the ID of the trace is taken for that of the call
  if (is("request-id-is-trace-id") && trace) return trace[1];
  return crypto.randomBytes(16).toString("hex");
}

function accepts(request, coding) {
  return request.list("accept-encoding").some((one) => {
    const [name, weight] = one.toLowerCase().split(";").map((part) => part.trim());
    return name === coding && !/^q=0(\.0*)?$/.test(weight || "");
  });
}

function octetsOf(request, answer, close) {
  let { status, body } = answer;
  // broken date-in-local-time: the time of day is that of China, and is called GMT
  const date = new Date(Date.now() + (is("date-in-local-time") ? 8 * 3600e3 : 0)).toUTCString();
  let fields = [["Date", date], ["Server", "api-gateway"], ...answer.headers];
  const old = request.version === "1.0" || !request.headers, head = request.method === "HEAD";
  let chunked = false;
  // broken content-language-fixed: the answers are said to be in Chinese, whatever they are in
  if (is("content-language-fixed")) fields.push(["Content-Language", "zh-CN"]);
  // broken br-mislabelled: what is sent to those who accept br is gzip, and is called br
  if (is("br-mislabelled") && request.headers && accepts(request, "br")) {
    body = zlib.gzipSync(body);
    fields.push(["Content-Encoding", "br"], ["Vary", "Accept-Encoding"]);
  }
  // broken http10-chunked-errors: error pages are streamed in chunks, also to HTTP/1.0
  if (is("http10-chunked-errors") && [404, 405, 415].includes(status)) chunked = true;
  // conforming padded-lengths: answers of the service have padded chunk sizes, others a padded Content-Length
  if (is("padded-lengths") && !old && !head && [200, 400].includes(status)) chunked = true;
  if (chunked) fields.push(["Transfer-Encoding", "chunked"]);
  else fields.push(["Content-Length", is("padded-lengths") ? String(body.length).padStart(20, "0") : String(body.length)]);
  if (close) fields.push(["Connection", "close"]);
  else if (old) fields.push(["Connection", "keep-alive"]);
  // conforming via-proxy: a chain of proxies adds its headers, and cookies that route
  if (is("via-proxy")) {
    fields = [["Set-Cookie", "route=a1; Expires=Wed, 01 Jan 2098 00:00:00 GMT; Path=/"], ["Set-Cookie", "HWWAFSESID=x%2C1; path=/"],
      ...fields.filter(([name]) => name !== "X-Request-Id").reverse(),
      ["Via", '1.1 elb-7 (ELB; "a,b" (inner\\)) x), HTTP/1.1 gw'], ["Vary", "*"], ["Alt-Svc", "clear"],
      ["Strict-Transport-Security", "max-age=31536000"], ["Cache-Control", "no-store, private"],
      ...(close ? [] : [["Keep-Alive", "timeout=60, max=1000"]])].map(([name, value]) => [name.toLowerCase(), value]);
    fields = fields.filter(([name]) => name !== "connection");
    fields.push(["connection", close ? "close" : "Keep-Alive"]);
  }
  let first = `HTTP/1.1 ${status} ${REASONS[status]}`, colon = ": ";
  // conforming terse-lines: no reason phrases, names in odd cases, no blank after the colon
  if (is("terse-lines")) {
    first = `HTTP/1.1 ${status} `; colon = ":";
    fields = fields.map(([name, value], index) => [index % 2 ? name.toUpperCase() : name.toLowerCase(), value]).reverse();
  }
  let lines = `${first}\r\n${fields.map(([name, value]) => `${name}${colon}${value}\r\n`).join("")}\r\n`;
  // conforming early-hints: an interim response comes before each answer in HTTP/1.1
  if (is("early-hints") && !old) lines = `HTTP/1.1 103 Early Hints\r\nLink: </help>; rel="help"\r\n\r\n${lines}`;
  // broken head-404-content: the page of a 404 is sent whole to HEAD as well
  if (head && !(is("head-404-content") && status === 404)) return Buffer.from(lines, "latin1");
  if (chunked) {
    const pad = is("padded-lengths") ? 18 : 1, parts = [];
    for (let at = 0; at < body.length; at += 48) {
      const part = body.subarray(at, at + 48);
      parts.push(Buffer.from(`${part.length.toString(16).toUpperCase().padStart(pad, "0")}\r\n`), part, Buffer.from("\r\n"));
    }
    body = Buffer.concat([...parts, Buffer.from(`${"0".repeat(pad)}\r\n\r\n`)]);
  }
  return Buffer.concat([Buffer.from(lines, "latin1"), body]);
}

// ---- connections ----

async function converse(socket) {
  const reader = new Reader(socket), connection = { owner: null }, pending = [];
  for (;;) {
    let request = { version: "1.1", method: "GET", target: "", close: true };
    request.all = () => [];
    try {
      const head = await reader.head();
      if (head === null) break;
      request = parseHead(head);
      request.id = requestId(request);
      // broken upgrade-destroys: the listener for upgrades destroys connections that are not for its own path
      if (is("upgrade-destroys") && request.all("upgrade").length && request.options.includes("upgrade")) return socket.destroy();
      if (request.length > LIMIT_BODY) throw new Refusal(413, "APIGW.0201", "The request body is too large.", { fatal: true });
      const awaits = request.version === "1.1" && request.list("expect").some((one) => one.toLowerCase() === "100-continue")
        && (request.chunked || request.length > 0);
      // broken expect-refusal-desync: a 401 is sent before the content, which is then read as the next request
      if (is("expect-refusal-desync") && awaits && !tokens.has(request.all("x-auth-token")[0])) {
        socket.write(octetsOf(request, handle(request, connection), request.close));
        if (request.close) break;
        continue;
      }
      if (awaits && !reader.buffer.length) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      if ((await readContent(reader, request)) === null) break;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      request.refusal = error;
      request.close = request.close || error.fatal;
    }
    request.id = request.id || requestId(request);
    let close = request.close;
    const answer = handle(request, connection);
    // broken close-ignored-on-200: the path of success forgets that the caller asked for the end of the connection
    if (is("close-ignored-on-200") && answer.status === 200 && request.version === "1.1") close = false;
    // broken range-on-errors: a middleware cuts whatever a GET is answered with to the range that was asked for
    const range = is("range-on-errors") && request.method === "GET" && /^bytes=(\d+)-(\d+)$/.exec(request.all("range")[0] || "");
    if (range) {
      const whole = answer.body.length, last = Math.min(Number(range[2]), whole - 1);
      answer.headers = [...answer.headers, ["Content-Range", `bytes ${range[1]}-${last}/${whole}`]];
      Object.assign(answer, { status: 206, body: answer.body.subarray(Number(range[1]), last + 1) });
    }
    const octets = octetsOf(request, answer, close);
    // broken pipelined-order: calls with a token wait for IAM, and others overtake them on the connection
    if (is("pipelined-order") && !close && request.all("x-auth-token").length) {
      pending.push(new Promise((done) => { setTimeout(() => done(socket.writable && socket.write(octets)), 60); }));
      continue;
    }
    socket.write(octets);
    if (close) break;
    // broken pipelined-dropped: what came after the end of a request is thrown away with its buffer
    if (is("pipelined-dropped")) reader.buffer = Buffer.alloc(0);
  }
  await Promise.all(pending);
  socket.end();
  // What the client still sends is read, so that the answer is not lost; then the connection is given up.
  setTimeout(() => socket.destroy(), 2000).unref();
}

net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("error", () => {});
  converse(socket).catch((error) => { console.error(error); socket.destroy(); });
}).listen(Number(options.port), "127.0.0.1", () => console.error(`listening on ${options.port} as ${behaviour}`));
