'use strict';
// Commit of an asynchronous DRS batch, behind an API gateway: HTTP/1.1 by hand over node:net.
// node server.js --port N --account FILE --behaviour NAME
const net = require('node:net');
const fs = require('node:fs');
const zlib = require('node:zlib');
const crypto = require('node:crypto');

const arg = name => process.argv[process.argv.indexOf('--' + name) + 1];
const behaviour = arg('behaviour');
const is = name => behaviour === name;
const account = JSON.parse(fs.readFileSync(arg('account'), 'utf8'));

// ---------------------------------------------------------------- state
const projects = new Map();          // project ID -> Map(batch ID -> state)
const tokens = new Map();            // token -> {project, expired}
for (const a of [account, account.other].filter(Boolean)) {
  projects.set(a.project_id, new Map(Object.entries(a.batches)));
  tokens.set(a.token, { project: a.project_id, expired: false });
}
if (account.expired_token) tokens.set(account.expired_token, { project: account.project_id, expired: true });
const cache = new Map();             // for the behaviours with a cache
let stickyLanguage = null;           // for language-sticky
let counter = 0;                     // for iam-hiccup

// ---------------------------------------------------------------- limits, texts
const KB = 1024;
const MAX_BODY = is('body-limit-1mb') ? KB * KB : 12 * KB * KB;     // body-limit-1mb: nginx's default, the document has 12 MB
const MAX_URI = is('uri-limit-8k') ? 8 * KB : 32 * KB;              // uri-limit-8k (conforming): what the gateway accepts
const MAX_FIELDS = 64 * KB;

const REASONS = { 100: 'Continue', 103: 'Early Hints', 200: 'OK', 206: 'Partial Content', 304: 'Not Modified', 400: 'Bad Request',
  401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 412: 'Precondition Failed',
  413: 'Content Too Large', 414: 'URI Too Long', 415: 'Unsupported Media Type', 431: 'Request Header Fields Too Large',
  500: 'Internal Server Error', 501: 'Not Implemented', 503: 'Service Unavailable', 505: 'HTTP Version Not Supported' };

const TEXT = {   // [en-us, zh-cn]
  done: ['The batch was submitted.', '批量任务已提交。'],
  unknown: ['The batch does not exist.', '批量任务不存在。'],
  validating: ['The parameters of the batch are still being checked.', '批量任务的参数正在校验中。'],
  failed: ['The parameter check of the batch reported errors.', '批量任务的参数校验失败。'],
  committed: ['The batch has already been submitted.', '批量任务已经提交过。'],
  malformed: ['The request is malformed.', '请求格式错误。'],
  noToken: ['Incorrect IAM authentication information: x-auth-token not found', 'IAM认证信息错误：未找到x-auth-token'],
  badToken: ['Incorrect IAM authentication information: decrypt token fail', 'IAM认证信息错误：解析token失败'],
  expired: ['The token must be updated.', 'token需要更新。'],
  forbidden: ['The IAM user is not authorized to access the API.', 'IAM用户无权访问该API。'],
  notPublished: ['The API does not exist or has not been published in the environment.', 'API不存在或未发布到该环境。'],
  tooLarge: ['The request body is too large.', '请求体过大。'],
  uriTooLong: ['The request URI is too long.', '请求URI过长。'],
  fieldsTooLarge: ['The request header fields are too large.', '请求头过大。'],
  notJson: ['The Content-Type must be application/json.', 'Content-Type必须为application/json。'],
  coding: ['The transfer coding is not supported.', '不支持该传输编码。'],
  version: ['The HTTP version is not supported.', '不支持该HTTP版本。'],
  precondition: ['The precondition of the request is false.', '请求的前提条件不成立。'],
  internal: ['Internal server error.', '服务器内部错误。'],
  iam: ['IAM is unavailable.', 'IAM服务不可用。'],
};
const CODES = { unknown: 'DRS.10000011', validating: 'DRS.10000012', failed: 'DRS.10000013', committed: 'DRS.10000014' };

// Answers are {status, key, code, headers, gateway}; `code` of a gateway refusal has 10 characters, of a service refusal 12.
const gatewayRefusal = (status, code, key, headers = []) => ({ status, code, key, headers, gateway: true });
const serviceRefusal = (key, extra = {}) =>
  ({ status: 400, code: is('distinct-codes-idempotent') && CODES[key] || 'DRS.10000001', key, headers: [], ...extra });
const malformed = () => serviceRefusal('malformed', { close: true, withId: true });

// ---------------------------------------------------------------- reading requests
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const list = value => (value || '').split(',').map(s => s.trim()).filter(Boolean);

function readHead(c) {
  // Empty lines before the request line are skipped (RFC 9112, 2.2).
  while (c.buf.length > 1 && c.buf[0] === 13 && c.buf[1] === 10) c.buf = c.buf.subarray(2);
  const req = { c, method: 'GET', target: '/', minor: 1, h: {}, lines: [], id: requestId(c), trailers: [] };
  const lineEnd = c.buf.indexOf('\r\n');
  const first = c.buf.subarray(0, lineEnd < 0 ? c.buf.length : lineEnd).toString('latin1');
  if (first.startsWith('HEAD ')) req.method = 'HEAD';
  // long-uri-400: the parser's limit is answered like any other parse error.
  const tooLong = () => refuse(req, is('long-uri-400') ? malformed() : { ...gatewayRefusal(414, 'APIGW.0201', 'uriTooLong'), close: true });
  if (first.length > 8 * MAX_URI) return tooLong();
  const end = c.buf.indexOf('\r\n\r\n');
  if (end < 0 || end > first.length + MAX_FIELDS) {
    if (c.buf.includes('\n\n')) return refuse(req, malformed());        // a client that ends its lines with LF alone
    if (c.buf.length <= first.length + MAX_FIELDS) return false;
    return refuse(req, { ...gatewayRefusal(431, 'APIGW.0201', 'fieldsTooLarge'), close: true });
  }
  req.raw = c.buf.subarray(0, end + 4);
  const lines = req.raw.subarray(0, end).toString('latin1').split('\r\n').slice(1);
  c.buf = c.buf.subarray(end + 4);

  const uriTooLong = (first.split(' ')[1] || '').length > MAX_URI;
  if (uriTooLong) for (const line of lines) addField(req, line, req.h);        // for the language of the refusal
  if (uriTooLong) return tooLong();
  const m = /^(\S+) (\S+) HTTP\/(\d)\.(\d)$/.exec(first);
  if (!m || !TOKEN.test(m[1]) || !/^[\x21\x22\x24-\x7e]+$/.test(m[2])) return refuse(req, malformed());
  [req.method, req.target] = [m[1], m[2]];
  if (m[3] !== '1') return refuse(req, { ...gatewayRefusal(505, 'APIGW.0201', 'version'), close: true });
  req.minor = Number(m[4]);
  for (const line of lines) if (!addField(req, line, req.h)) return refuse(req, malformed());
  const { h } = req;
  if (req.minor > 0 && !h.host || (h.host || []).length > 1 || h.host && !/^[A-Za-z0-9.\-_~%:\[\]]*$/.test(h.host[0])) return refuse(req, malformed());

  // connection-list-unread: compares the whole value with "close" instead of reading a list of case-insensitive options.
  const options = is('connection-list-unread') ? [get(req, 'connection')] : list(get(req, 'connection')).map(s => s.toLowerCase());
  req.close = options.includes('close') || (req.minor === 0 && !options.includes('keep-alive'));

  // Framing (RFC 9112, 6)
  let length = 0, chunked = false;
  if (h['transfer-encoding']) {
    if (h['content-length'] || req.minor === 0) return refuse(req, malformed());
    const codings = list(get(req, 'transfer-encoding')).map(s => s.toLowerCase());
    if (codings.some(s => s !== 'chunked')) return refuse(req, { ...gatewayRefusal(501, 'APIGW.0201', 'coding'), close: true });
    if (codings.length !== 1) return refuse(req, malformed());
    chunked = true;
  } else if (h['content-length']) {
    if (h['content-length'].length > 1 || !/^\d{1,15}$/.test(h['content-length'][0])) return refuse(req, malformed());
    length = Number(h['content-length'][0]);
    if (length > MAX_BODY) return refuse(req, { ...gatewayRefusal(413, 'APIGW.0201', 'tooLarge'), close: true });
  }
  c.req = req;
  if (!length && !chunked) return finish(c);

  // body-unread-on-refusal: a refusal for the token goes out at once, and its body stays in the buffer as the next request.
  if (is('body-unread-on-refusal')) { const no = front(req); if (no && no.status === 401) { answer(req, no); return true; } }
  // expect-case: the expectation is compared with case, "100-Continue" waits for ever.
  const expect = is('expect-case') ? get(req, 'expect') : get(req, 'expect').toLowerCase();
  if (expect === '100-continue' && req.minor > 0) {
    const no = front(req);
    if (no) return refuse(req, { ...no, close: true });
    if (!c.buf.length) c.sock.write('HTTP/1.1 100 Continue\r\n\r\n');
  }
  c.phase = chunked ? 'size' : 'length';
  c.left = length;
  c.total = 0;
  return true;
}

function addField(req, line, into) {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).toLowerCase();
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  if (colon < 1 || !TOKEN.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return false;
  (Object.hasOwn(into, name) ? into[name] : (into[name] = [])).push(value);
  return true;
}
const get = (req, name) => Object.hasOwn(req.h, name) ? req.h[name].join(', ') : '';

function readBody(c) {
  if (c.phase === 'length' || c.phase === 'data') {
    const n = Math.min(c.left, c.buf.length);
    c.buf = c.buf.subarray(n);
    c.left -= n;
    if (c.left) return false;
    if (c.phase === 'length') return finish(c);
    c.phase = 'dataEnd';
  }
  const end = c.buf.indexOf('\r\n');
  if (end < 0) return c.buf.length > MAX_FIELDS ? refuse(c.req, malformed()) : false;
  const line = c.buf.subarray(0, end).toString('latin1');
  c.buf = c.buf.subarray(end + 2);
  if (c.phase === 'dataEnd') {
    if (line) return refuse(c.req, malformed());
    c.phase = 'size';
  } else if (c.phase === 'size') {
    const m = /^([0-9A-Fa-f]{1,12})[ \t]*(;.*)?$/.exec(line);
    // chunk-extension-refused: the line with the size must be a number and nothing else.
    if (!m || (is('chunk-extension-refused') && m[2])) return refuse(c.req, malformed());
    c.left = parseInt(m[1], 16);
    if ((c.total += c.left) > MAX_BODY) return refuse(c.req, { ...gatewayRefusal(413, 'APIGW.0201', 'tooLarge'), close: true });
    c.phase = c.left ? 'data' : 'trailer';
  } else if (line === '') {
    return finish(c);
  // trailer-merged: trailer fields go where the header fields are.
  } else if (!addField(c.req, line, is('trailer-merged') ? c.req.h : {})) return refuse(c.req, malformed());
  return true;
}

function finish(c) {
  c.phase = 'head';
  answer(c.req, front(c.req) || service(c.req));
  return true;
}
function refuse(req, reply) { answer(req, reply); return true; }

// ---------------------------------------------------------------- the gateway
function requestId(c) {
  // request-id-per-connection: the ID is made when the connection is accepted.
  if (is('request-id-per-connection')) return c.id || (c.id = crypto.randomBytes(16).toString('hex'));
  return crypto.randomBytes(16).toString('hex');
}

function decode(segment) {
  try { return decodeURIComponent(segment); } catch { return segment; }
}

function route(req) {
  let target = req.target;
  // original-url: a header of the proxy in front, trusted from anybody, replaces the target.
  if (is('original-url') && get(req, 'x-original-url')) target = get(req, 'x-original-url');
  const absolute = /^https?:\/\/[^/?]*/i.exec(target);
  if (absolute) target = target.slice(absolute[0].length) || '/';
  const [path, query = ''] = target.split(/\?(.*)/s);
  let raw = path.split('/');
  // double-decoding: the proxy decodes the path, and so does the application.
  let parts = raw.map(s => is('double-decoding') ? decode(decode(s)) : decode(s));
  // prefix-match: what follows the route is not looked at.
  if (is('prefix-match') && parts.length > 6) parts = parts.slice(0, 6);
  if (parts.length !== 6 || parts[0] !== '' || parts[1] !== 'v5' || !parts[2] || parts[3] !== 'batch-async-jobs' || !parts[4] || parts[5] !== 'commit') return null;
  const params = { project_id: parts[2], async_job_id: parts[4], rawId: raw[4] };
  // id-not-decoded: the parameter is cut out of the raw path.
  if (is('id-not-decoded')) params.async_job_id = raw[4];
  // query-overrides-path: the framework merges parameters of path and query, the query last.
  if (is('query-overrides-path')) Object.assign(params, Object.fromEntries(new URLSearchParams(query)));
  return params;
}

const NOT_PUBLISHED = () => gatewayRefusal(404, 'APIGW.0101', 'notPublished');
const challenge = () => is('many-challenges')
  ? [['WWW-Authenticate', 'Token realm="drs", charset="UTF-8", Basic realm="a, b"'], ['www-authenticate', 'SDK-HMAC-SHA256']]
  : [['WWW-Authenticate', 'Token realm="drs"']];

function checkToken(req) {
  const values = req.h['x-auth-token'] || [];
  if (!values.length || !values[0]) return gatewayRefusal(401, 'APIGW.0301', 'noToken', challenge());
  const token = values.length === 1 && tokens.get(values[0]);
  if (!token) return gatewayRefusal(401, 'APIGW.0301', 'badToken', challenge());
  if (token.expired) {
    // challenge-missing: the branch of the expired token has no challenge.
    return gatewayRefusal(401, 'APIGW.0307', 'expired', is('challenge-missing') ? [] : challenge());
  }
  req.scope = token.project;
  return null;
}

function checkMethod(req) {
  let method = req.method;
  // method-override: the middleware takes the method from a header, even for a GET.
  if (is('method-override') && get(req, 'x-http-method-override')) method = get(req, 'x-http-method-override');
  if (method === 'POST') return null;
  // method-404-no-id (conforming): the gateway's own page has 404 for it.
  if (is('method-404-no-id')) return NOT_PUBLISHED();
  // trace-reflects: TRACE is left on and shows the whole request, token and all.
  if (is('trace-reflects') && method === 'TRACE') return { status: 200, headers: [], body: req.raw, type: 'message/http' };
  // allow-lies: the list of what the framework knows instead of what the resource supports.
  return gatewayRefusal(405, 'APIGW.0101', 'notPublished', [['Allow', is('allow-lies') ? 'GET, HEAD, POST, PUT, DELETE' : 'POST']]);
}

function checkType(req) {
  const values = req.h['content-type'] || [];
  const [type, ...params] = (values.length === 1 ? values[0] : '').toLowerCase().split(';').map(s => s.trim());
  const charset = params.find(p => p.startsWith('charset='));
  if (type === 'application/json' && (!charset || /^charset="?utf-8"?$/.test(charset))) return null;
  return gatewayRefusal(415, 'APIGW.0201', 'notJson', [['Accept', 'application/json']]);
}

function front(req) {
  // iam-hiccup (conforming): IAM is away for every fifteenth request.
  if (is('iam-hiccup') && !req.counted && (req.counted = ++counter) % 15 === 0) req.hiccup = true;
  if (req.hiccup) return gatewayRefusal(503, 'APIGW.0613', 'iam', [['Retry-After', '1']]);
  // auth-first (conforming): who is it, before what is it.
  if (is('auth-first')) { const no = checkToken(req); if (no) return no; }
  const params = req.params = route(req);
  if (!params) return NOT_PUBLISHED();
  let no = checkMethod(req);
  if (no) return no;
  // undecodable-id-500: decodeURIComponent throws on octets that are not UTF-8, and nobody catches it.
  if (is('undecodable-id-500')) { try { decodeURIComponent(params.rawId); } catch { return gatewayRefusal(500, 'APIGW.0601', 'internal'); } }
  // cache-before-auth: an answer 200 is kept for ten seconds by path, and found before the token is looked at.
  // negative-cache: so is a refusal for the token, whoever asks next.
  const key = req.target.split('?')[0];
  if (is('cache-before-auth') || is('negative-cache')) { const hit = cache.get(key); if (hit && hit.until > Date.now()) return hit.reply; }
  no = checkToken(req);
  if (!no && params.project_id !== req.scope) no = gatewayRefusal(403, 'APIGW.0302', 'forbidden');
  if (no && is('negative-cache')) cache.set(key, { reply: no, until: Date.now() + 10000 });
  if (no) return no;
  no = checkType(req);
  // type-checked-late: the answer is 415, but the service has done its work already.
  if (no && is('type-checked-late')) service(req);
  return no;
}

// ---------------------------------------------------------------- the service
const unknownBatch = (req, id) => [`The batch ${id} does not exist.`, `批量任务${id}不存在。`][language(req)];

function service(req) {
  const { project_id: project, async_job_id: id } = req.params;
  let batches = projects.get(project) || new Map();
  // batch-lookup-global: the batch is looked up by its ID alone, whosever it is.
  if (is('batch-lookup-global')) batches = [...projects.values()].find(b => b.has(id)) || batches;
  const state = batches.get(id);
  // since-304: a generic filter answers every If-Modified-Since, whatever the method.
  if (is('since-304') && Date.parse(get(req, 'if-modified-since')) > 0) return { status: 304, headers: [], body: Buffer.alloc(0) };
  // distinct-codes-idempotent (conforming): the document does not say what the second commit answers.
  if (state !== 'ready' && !(is('distinct-codes-idempotent') && state === 'committed')) {
    // message-echoes-id: the ID is put into the message, however long it is.
    if (is('message-echoes-id') && !state) return serviceRefusal('unknown', { text: unknownBatch(req, id) });
    // json-by-concatenation: the body is a template, and the ID is not escaped.
    if (is('json-by-concatenation') && !state)
      return serviceRefusal('unknown', { body: Buffer.from(`{"error_code":"DRS.10000001","error_msg":"${unknownBatch(req, id.slice(0, 64))}"}`) });
    // null-message-validating: the check has no result yet, so the message is null.
    if (is('null-message-validating') && state === 'validating') return serviceRefusal('validating', { text: null });
    return serviceRefusal(state || 'unknown');
  }
  // Preconditions (RFC 9110, 13): this resource has no representation, so that If-Match is false; the others are true or to be ignored.
  if (req.h['if-match']) return gatewayRefusal(412, 'APIGW.0201', 'precondition');
  batches.set(id, 'committed');
  const reply = { status: 200, headers: [], key: 'done', job: id };
  if (is('cache-before-auth')) cache.set(req.target.split('?')[0], { reply, until: Date.now() + 10000 });
  return reply;
}

// ---------------------------------------------------------------- answers
function language(req) {
  const wanted = get(req, 'x-language').toLowerCase();
  // language-sticky: a global that each request with the header sets, and no request resets.
  if (is('language-sticky')) { if (wanted) stickyLanguage = wanted; return stickyLanguage === 'zh-cn' ? 1 : 0; }
  return wanted === 'zh-cn' ? 1 : 0;
}

let gbkTable = null;
function gbk(text) {
  if (!gbkTable) {
    gbkTable = new Map();
    for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) {
      const ch = new TextDecoder('gbk').decode(Uint8Array.of(a, b));
      if (ch.length === 1 && !gbkTable.has(ch)) gbkTable.set(ch, [a, b]);
    }
  }
  return Buffer.from([...text].flatMap(ch => gbkTable.get(ch) || [ch.charCodeAt(0)]));
}

function content(req, reply) {
  const lang = language(req);
  if (reply.body) return reply.body;
  let text = reply.text !== undefined ? reply.text : TEXT[reply.key][lang];
  // bare-refusals (conforming): the published example, whatever the reason.
  if (is('bare-refusals') && reply.status === 400) text = ['Failed.', '失败。'][lang];
  // many-challenges (conforming): messages as long as they may be.
  if (is('many-challenges') && reply.status === 400) text = text.padEnd(512, ['!', '！'][lang]);
  let body;
  if (reply.status === 200) body = { job: { async_job_id: reply.job, status: 'COMMIT_SUCCESS', msg: text } };
  else body = { error_code: reply.code, error_msg: text, ...(reply.gateway || reply.withId ? { request_id: req.id } : {}) };
  // iam-error-body: what IAM says about the rights is passed on as it is.
  if (is('iam-error-body') && reply.status === 403) body = { error: { code: 403, message: text, title: 'Forbidden' } };
  // verbose-json (conforming): more members in another order, white space, escapes.
  if (is('verbose-json')) {
    if (reply.status !== 200) body = { timestamp: Date.now(), details: [{ code: null, nested: { error_code: 'x' } }], ...Object.fromEntries(Object.entries(body).reverse()), encoded_authorization_message: null };
    return Buffer.from('\r\n' + JSON.stringify(body, null, '\t').replace(/[^\x00-\x7e]|[aM]/g, ch => '\\u' + ch.charCodeAt(0).toString(16).padStart(4, '0')) + '\n');
  }
  let json = JSON.stringify(body);
  // duplicate-member: the logging filter adds the ID of the request a second time.
  if (is('duplicate-member') && reply.gateway) json = json.slice(0, -1) + `,"request_id":"${req.id}"}`;
  // gbk-refusals: Chinese refusals of the service in the encoding of the machine that it was written on.
  if (is('gbk-refusals') && lang && reply.status === 400) return gbk(json);
  return Buffer.from(json);
}

function acceptsGzip(req) {
  const q = {};
  for (const item of list(get(req, 'accept-encoding'))) {
    const [name, ...ps] = item.toLowerCase().split(';').map(s => s.trim());
    const w = ps.find(p => p.startsWith('q='));
    q[name] = w ? Number(w.slice(2)) : 1;
  }
  return (q.gzip ?? q['*'] ?? 0) > 0;
}

function answer(req, reply) {
  const { c } = req;
  let body = content(req, reply);
  let type = reply.type || 'application/json';
  let status = reply.status;
  let headers = [['Date', new Date().toUTCString()], ['Content-Type', type], ['X-Request-Id', req.id], ['Cache-Control', 'no-store'], ...reply.headers];
  const set = (name, value) => {
    headers = headers.filter(([n]) => n.toLowerCase() !== name.toLowerCase());
    if (value !== null) headers.push([name, value]);
  };

  // client-id-in-header: the header repeats the client's ID, the body has the gateway's.
  if (is('client-id-in-header') && get(req, 'x-request-id')) set('X-Request-Id', get(req, 'x-request-id'));
  // html-by-substring: the error page asks whether Accept contains "text/html", and reads no weights.
  if (is('html-by-substring') && status === 404 && get(req, 'accept').includes('text/html')) {
    body = Buffer.from('<!DOCTYPE html><title>404</title><h1>Not Found</h1>\n');
    set('Content-Type', 'text/html');
  }
  // range-206: the static-file layer cuts every answer 200 to the Range, whatever the method.
  const range = is('range-206') && status === 200 && /^bytes=(\d+)-(\d+)$/.exec(get(req, 'range'));
  if (range && Number(range[1]) <= Number(range[2]) && Number(range[1]) < body.length) {
    const last = Math.min(Number(range[2]), body.length - 1);
    set('Content-Range', `bytes ${range[1]}-${last}/${body.length}`);
    body = body.subarray(Number(range[1]), last + 1);
    status = 206;
  }
  if (status === 304) set('Content-Type', null);
  // gzip-q-zero: asks whether Accept-Encoding contains "gzip"; gzip-negotiated (conforming) reads it.
  if (status !== 304 && (is('gzip-q-zero') ? /gzip/i.test(get(req, 'accept-encoding')) : is('gzip-negotiated') && acceptsGzip(req))) {
    body = zlib.gzipSync(body);
    set('Content-Encoding', 'gzip');
  }
  if (is('gzip-negotiated')) set('Vary', 'accept-encoding, X-LANGUAGE');
  if (is('method-404-no-id')) set('X-Request-Id', null);
  if (is('bare-refusals') && status === 400) set('X-Request-Id', null);
  if (is('verbose-json')) set('Content-Type', 'Application/JSON;charset="utf-8"');
  if (is('many-challenges')) set('Content-Language', language(req) ? 'zh-CN' : 'en-US');
  // uri-limit-8k (conforming) is a proxy, and shows it.
  if (is('uri-limit-8k')) headers.push(['Via', '1.1 edge-7 (x, y), HTTP/1.1 apigw'], ['Server', 'apigw/4.2 (edge)'], ['X-Cache', 'MISS'],
    ['Set-Cookie', 'lb=7; Path=/; HttpOnly'], ['Set-Cookie', 'zone=b; Path=/'], ['Strict-Transport-Security', 'max-age=31536000'], ['X-Frame-Options', '']);

  // close-each (conforming): no persistent connections.
  const close = req.close || reply.close || is('close-each');
  if (close) set('Connection', 'close');
  else if (req.minor === 0) set('Connection', 'keep-alive');

  // chunked-lowercase (conforming), and chunked-to-http10: does so for clients that cannot read it.
  const chunked = status !== 304 && (is('chunked-lowercase') ? req.minor > 0 : is('chunked-to-http10') && req.minor === 0 && status === 200);
  if (chunked) {
    set('Transfer-Encoding', 'chunked');
    const parts = [];
    for (let i = 0, n = 7; i < body.length; i += n)
      parts.push(Buffer.from(`0${Math.min(n, body.length - i).toString(16).toUpperCase()}${i ? '' : ';first="y;\\"z"'}\r\n`), body.subarray(i, i + n), Buffer.from('\r\n'));
    body = Buffer.concat([...parts, Buffer.from('000\r\n\r\n')]);
  // length-in-characters: counts UTF-16 units instead of octets.
  } else if (status !== 304) set('Content-Length', is('length-in-characters') ? body.toString().length : body.length);

  if (is('chunked-lowercase')) headers = headers.reverse().map(([n, v]) => [n.toLowerCase(), v]);
  let head = `HTTP/1.1 ${status} ${is('early-hints-no-reason') ? '' : REASONS[status]}\r\n` +
    headers.map(([n, v]) => is('close-each') ? `${n.toUpperCase()}:${v} \t\r\n` : `${n}: ${v}\r\n`).join('') + '\r\n';
  // early-hints-no-reason (conforming): an interim response before the final one, and no reason phrases.
  if (is('early-hints-no-reason') && req.minor > 0) head = 'HTTP/1.1 103 \r\nLink: </help>; rel=help\r\n\r\n' + head;
  // head-with-body: the answer to HEAD has content.
  if (req.method === 'HEAD' && !is('head-with-body')) body = Buffer.alloc(0);

  const write = () => {
    if (c.sock.destroyed || c.sock.writableEnded) return;
    c.sock.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
    if (close) {
      c.sock.end();
      setTimeout(() => c.sock.destroy(), 2000).unref();
    }
  };
  if (close) c.closing = true;
  // pipeline-overtake: what the service answers takes its time, and the gateway's refusals do not wait for it.
  if (is('pipeline-overtake') && !reply.gateway) setTimeout(write, 80);
  else write();
}

// ---------------------------------------------------------------- connections
const server = net.createServer({ allowHalfOpen: true }, sock => {
  const c = { sock, buf: Buffer.alloc(0), phase: 'head', closing: false };
  sock.setNoDelay(true);
  sock.setTimeout(60000, () => sock.destroy());
  sock.on('error', () => sock.destroy());
  sock.on('end', () => { if (!sock.writableEnded) setTimeout(() => sock.end(), is('pipeline-overtake') ? 200 : 0); });
  sock.on('data', data => {
    if (c.closing) return;                       // what comes after the last answer is read and dropped
    c.buf = c.buf.length ? Buffer.concat([c.buf, data]) : data;
    while (!c.closing && c.buf.length && (c.phase === 'head' ? readHead(c) : readBody(c)));
  });
});
server.listen(Number(arg('port')), '127.0.0.1', () => console.error('listening', arg('port'), behaviour));
