'use strict';
// Commit of asynchronous DRS batches, on node:net so that each byte of a message is ours.
// node server.js --port N --account FILE --behaviour NAME
const net = require('node:net');
const fs = require('node:fs');
const zlib = require('node:zlib');
const crypto = require('node:crypto');

const argv = process.argv.slice(2);
const option = (name, otherwise) => { const i = argv.indexOf('--' + name); return i < 0 ? otherwise : argv[i + 1]; };
const account = JSON.parse(fs.readFileSync(option('account'), 'utf8'));
const BEHAVIOUR = option('behaviour', 'none');
const is = (name) => BEHAVIOUR === name;

// ---------------------------------------------------------------- what the service knows
const projects = new Map();                                   // project ID -> Map(batch ID -> {state, busy})
const tokens = new Map();                                     // token -> project ID
for (const a of [account, account.other].filter(Boolean)) {
  projects.set(a.project_id, new Map(Object.entries(a.batches || {}).map(([id, state]) => [id, { state, busy: false }])));
  tokens.set(a.token, a.project_id);
}
const expired = new Map([[account.expired_token, account.project_id]]);
const replay = new Map();                                     // for replay-before-auth
const errorIds = new Map();                                   // for request-id-sticks

const MAX_TARGET = 32 * 1024, MAX_HEAD = 64 * 1024, MAX_BODY = 12 * 1024 * 1024;
const REASONS = { 200: 'OK', 304: 'Not Modified', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 406: 'Not Acceptable', 409: 'Conflict', 413: 'Content Too Large', 414: 'URI Too Long',
  415: 'Unsupported Media Type', 429: 'Too Many Requests', 431: 'Request Header Fields Too Large',
  500: 'Internal Server Error', 501: 'Not Implemented', 505: 'HTTP Version Not Supported' };

const MESSAGES = {                                            // key: [status, code, English, Chinese]
  malformed: [400, 'DRS.10000001', 'The request is malformed.', '请求格式错误。'],
  unknown: [400, 'DRS.10000010', 'The batch does not exist.', '批量任务不存在。'],
  validating: [400, 'DRS.10000011', 'The parameters of the batch are still being verified.', '批量任务参数正在校验中。'],
  failed: [400, 'DRS.10000012', 'The verification of the batch has reported errors.', '批量任务参数校验失败。'],
  committed: [400, 'DRS.10000013', 'The batch has already been committed.', '批量任务已经提交。'],
  noToken: [401, 'APIGW.0301', 'Incorrect IAM authentication information: x-auth-token not found', 'IAM认证信息错误：未找到x-auth-token'],
  badToken: [401, 'APIGW.0301', 'Incorrect IAM authentication information: decrypt token fail', 'IAM认证信息错误：token解析失败'],
  oldToken: [401, 'APIGW.0307', 'The token must be updated.', 'token需要更新。'],
  forbidden: [403, 'APIGW.0302', 'The IAM user is not authorized to access the API.', 'IAM用户无权访问该API。'],
  notFound: [404, 'APIGW.0101', 'The API does not exist or has not been published in the environment.', 'API不存在或未发布到环境。'],
  method: [405, 'APIGW.0101', 'The API does not exist or has not been published in the environment.', 'API不存在或未发布到环境。'],
  notAcceptable: [406, 'APIGW.0201', 'The media type is not acceptable.', '媒体类型不可接受。'],
  bodyTooLarge: [413, 'APIGW.0201', 'The request body is too large.', '请求体过大。'],
  uriTooLong: [414, 'APIGW.0201', 'The request URI is too long.', '请求URI过长。'],
  mediaType: [415, 'APIGW.0201', 'The Content-Type must be application/json.', 'Content-Type必须为application/json。'],
  throttled: [429, 'APIGW.0308', 'The throttling threshold has been reached.', '已达到流控阈值。'],
  headTooLarge: [431, 'APIGW.0201', 'The request header is too large.', '请求头过大。'],
  internal: [500, 'APIGW.0601', 'Internal server error.', '内部错误。'],
  coding: [501, 'APIGW.0201', 'The transfer coding is not implemented.', '不支持该传输编码。'],
  version: [505, 'APIGW.0201', 'The HTTP version is not supported.', '不支持该HTTP版本。'],
};

function refusal(req, key, headers = {}) {
  let [status, code, english, chinese] = MESSAGES[key];
  const service = code.startsWith('DRS.');
  // conforming terse-refusals: one code and one message for everything that the service refuses
  if (is('terse-refusals') && service) [code, english, chinese] = ['DRS.10000001', 'Failed.', '失败。'];
  const body = { error_code: code, error_msg: req.lang === 'zh-cn' ? chinese : english };
  if (!service) body.request_id = req.id;
  // conforming rich-answers: further fields, which the open schemas allow
  if (is('rich-answers')) Object.assign(body, { request_id: req.id, error_detail: [{ retryable: false, hint: null }] });
  // broken request-id-sticks: the body of each gateway error is built once and kept with the ID of its first request
  if (is('request-id-sticks') && !service) {
    if (!errorIds.has(code)) errorIds.set(code, req.id);
    body.request_id = errorIds.get(code);
  }
  if (status === 401) headers = { 'WWW-Authenticate': 'Token realm="drs"', ...headers };
  if (status === 405) headers = { Allow: 'POST', ...headers };
  return { status, body, headers };
}

// ---------------------------------------------------------------- the gateway: all that the head alone decides
const field = (req, name) => req.fields.filter((f) => f[0] === name).map((f) => f[1]).join(', ');
const list = (value) => value.split(',').map((v) => v.trim().toLowerCase()).filter(Boolean);
const isJson = (value) => /^application\/json[ \t]*(;[ \t]*(charset=("?)utf-8\3[ \t]*|(?!charset=)[!-:<-~]+[ \t]*)?)*$/i.test(value);

function gateway(req, conn) {
  // broken replay-before-auth: remembered answers are replayed by path, before anybody looks at the token
  if (is('replay-before-auth') && req.method === 'POST' && replay.has(req.path)) return replay.get(req.path);

  const m = /^\/v5\/([^/]+)\/batch-async-jobs\/([^/]+)\/commit$/.exec(req.path);
  if (!m) return refusal(req, 'notFound');
  try { req.project = decodeURIComponent(m[1]); req.batch = decodeURIComponent(m[2]); } catch { return refusal(req, 'notFound'); }
  if (req.method !== 'POST') {
    // conforming rich-answers: the gateway's page has 404 for an unknown method, which is a possible answer too
    if (is('rich-answers')) return refusal(req, 'notFound');
    const answer = refusal(req, 'method');
    // broken allow-for-get-only: only the fallback route for GET and HEAD adds the Allow field
    if (is('allow-for-get-only') && !['GET', 'HEAD'].includes(req.method)) delete answer.headers.Allow;
    return answer;
  }

  let token = field(req, 'x-auth-token');
  // broken token-sticks-to-connection: once a connection has shown a token, it need not show one again
  if (is('token-sticks-to-connection')) { if (token === '') token = conn.token || ''; else if (tokens.has(token)) conn.token = token; }
  if (token === '') return refusal(req, 'noToken');
  if (expired.has(token)) {
    // broken expired-token-revives: the failed check writes the token into the cache of checked tokens
    if (is('expired-token-revives')) { tokens.set(token, expired.get(token)); expired.delete(token); }
    return refusal(req, 'oldToken');
  }
  if (!tokens.has(token)) return refusal(req, 'badToken');
  if (tokens.get(token) !== req.project) return refusal(req, 'forbidden');
  if (!isJson(field(req, 'content-type'))) {
    // broken wrong-type-consumes: the state is advanced before the media type is validated
    if (is('wrong-type-consumes')) { const b = projects.get(req.project).get(req.batch); if (b && b.state === 'ready') b.state = 'committed'; }
    return refusal(req, 'mediaType');
  }
  // broken accept-wildcard-406: Accept is compared with two literal values; application/* is neither
  if (is('accept-wildcard-406') && field(req, 'accept') && !/application\/json|\*\/\*/.test(field(req, 'accept'))) return refusal(req, 'notAcceptable');
  // broken if-modified-since-304: a cache in front answers each conditional request, whatever its method
  if (is('if-modified-since-304') && field(req, 'if-modified-since')) return { status: 304, body: null, headers: {} };
  return null;
}

// ---------------------------------------------------------------- the service: the commit itself
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function find(project, id) {
  const own = projects.get(project);
  if (own.has(id)) return own.get(id);
  // broken foreign-batch-committed: the batch is looked up by its ID alone, in all projects
  if (is('foreign-batch-committed')) for (const p of projects.values()) if (p.has(id)) return p.get(id);
  // broken id-truncated: the key column is CHAR(32), so the last four digits of a UUID do not count
  if (is('id-truncated') && id.length >= 32) for (const [k, b] of own) if (k.slice(0, 32) === id.slice(0, 32)) return b;
  // broken unknown-remembered: the lookup creates what it does not find (setdefault), and the new record counts as checked
  if (is('unknown-remembered')) own.set(id, { state: 'ready', busy: false });
  return null;
}

async function commit(req) {
  const batch = find(req.project, req.batch);
  // broken unknown-404: an unknown batch is answered like an unknown path
  if (!batch) return refusal(req, is('unknown-404') ? 'notFound' : 'unknown');
  if (batch.busy) {
    // broken race-loser-html-500: the row is locked by another commit; the exception reaches the container's error page
    if (is('race-loser-html-500')) return { status: 500, html: '<html><body><h1>500 Internal Server Error</h1><p>Lock wait timeout</p></body></html>', headers: {} };
    // conforming busy-429: one commit of a batch at a time, more are throttled
    if (is('busy-429')) return refusal(req, 'throttled', { 'Retry-After': '1' });
    while (batch.busy) await pause(5);
  }
  let state = batch.state;
  // broken validating-committed: only batches that failed are refused
  if (is('validating-committed') && state === 'validating') state = 'ready';
  // broken failed-on-retry: the refusal itself clears the list of errors, and a batch without errors may be committed
  if (is('failed-on-retry') && state === 'failed') batch.state = 'ready';
  // broken second-commit-409: a conflict with the state is answered as REST textbooks have it
  if (is('second-commit-409') && state === 'committed') return { ...refusal(req, 'committed'), status: 409 };
  // conforming second-commit-200: a repeated commit has nothing to do and says that it succeeded
  if (is('second-commit-200') && state === 'committed') return success(req, 'COMMIT_SUCCESS');
  // conforming terse-refusals: a committed batch is no longer in the list of batches
  if (is('terse-refusals') && state === 'committed') state = 'unknown';
  if (state !== 'ready') return refusal(req, state);
  batch.busy = true;
  await pause(is('race-loser-html-500') || is('busy-429') ? 150 : 20);
  batch.state = 'committed';
  batch.busy = false;
  const answer = success(req);
  if (is('replay-before-auth')) replay.set(req.path, answer);
  return answer;
}

function success(req, status) {
  const job = { async_job_id: req.batch };
  if (!is('terse-refusals')) Object.assign(job, { status: status || 'COMMIT_SUCCESS', msg: req.lang === 'zh-cn' ? '批量任务已提交。' : 'The batch was submitted.' });
  // conforming rich-answers: further fields and another status
  if (is('rich-answers')) return { status: 200, body: { job: { ...job, status: 'COMMITTING', jobs: [], created_at: null }, count: 1 }, headers: {} };
  return { status: 200, body: { job }, headers: {} };
}

// ---------------------------------------------------------------- the answer on the wire
function send(conn, req, answer, close) {
  let text = answer.html || (answer.body ? JSON.stringify(answer.body, null, is('proxy-in-front') ? 2 : 0) : '');
  // conforming proxy-in-front: JSON in ASCII with escapes
  if (is('proxy-in-front')) text = text.replace(/[^\x00-\x7f]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
  let payload = Buffer.from(text, 'utf8');
  let head = [['Date', new Date().toUTCString()], ['Server', 'api-gateway'], ['X-Request-Id', req.id]];
  // conforming terse-refusals: the service adds no request ID, only the gateway does
  if (is('terse-refusals') && answer.body && !answer.body.request_id) head.pop();
  if (payload.length) head.push(['Content-Type', answer.html ? 'text/html' : 'application/json']);
  head.push(...Object.entries(answer.headers));

  const accepted = field(req, 'accept-encoding');
  // broken gzip-despite-q0: the word gzip anywhere in Accept-Encoding, its weight is not read
  const zip = (is('gzip-despite-q0') && /gzip/i.test(accepted)) ||
    // conforming chunked-and-gzip: gzip for those that accept it by name
    (is('chunked-and-gzip') && list(accepted).some((v) => /^(x-)?gzip[ \t]*(;[ \t]*q=(1|1\.0{0,3}|0\.\d*[1-9]\d*))?$/.test(v)));
  if (is('gzip-despite-q0') || is('chunked-and-gzip')) head.push(['Vary', 'Accept-Encoding']);
  if (zip && payload.length) { payload = zlib.gzipSync(payload); head.push(['Content-Encoding', 'gzip']); }

  // conforming one-shot-streaming: one request a connection, which is said, and no length is known: chunks, or for HTTP/1.0 the end of the connection
  // conforming rich-answers: three requests a connection, which is said
  if (is('one-shot-streaming') || (is('rich-answers') && ++conn.served >= 3)) close = true;
  // broken chunked-to-http10: everything is streamed in chunks, without a look at the version of the request
  const chunked = is('chunked-to-http10') || ((is('chunked-and-gzip') || is('one-shot-streaming')) && req.minor >= 1);
  if (answer.status !== 304) {
    if (chunked) head.push(['Transfer-Encoding', 'chunked']);
    // broken length-in-characters: the length of the string, not of its UTF-8
    else if (is('length-in-characters')) head.push(['Content-Length', text.length]);
    else if (!is('one-shot-streaming')) head.push(['Content-Length', payload.length]);
  }
  // broken close-unannounced: each connection serves one request, and no answer says so
  const announced = !is('close-unannounced');
  if (is('close-unannounced')) close = true;
  if (close && announced) head.push(['Connection', 'close']);
  let reason = REASONS[answer.status];
  // conforming proxy-in-front: names in lower case, other order, no space after the colon, further fields, no reason phrase
  if (is('proxy-in-front')) {
    reason = '';
    head = head.filter((f) => f[0] !== 'Server').map(([n, v]) => [n, v === 'application/json' ? 'application/json;charset=UTF-8' : v]).reverse();
    head.unshift(['Via', '1.1 edge-7 (squid/6.6), 1.1 varnish'], ['Set-Cookie', 'lb=3; Path=/'], ['Set-Cookie', 'hop=a; Secure']);
    if (!close) head.push(['Keep-Alive', 'timeout=60'], ['Connection', 'keep-alive']);
    head = head.map(([n, v]) => [n.toLowerCase(), v]);
  }
  const sep = is('proxy-in-front') ? ':' : ': ';
  let out = [Buffer.from(`HTTP/1.1 ${answer.status} ${reason}\r\n` + head.map(([n, v]) => `${n}${sep}${v}\r\n`).join('') + '\r\n', 'latin1')];
  // conforming early-hints: an interim answer ahead of each final one, to those that speak HTTP/1.1
  if (is('early-hints') && req.minor >= 1) out.unshift(Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </api-drs/>; rel=help\r\n\r\n'));
  // broken head-with-body: HEAD is refused like any other method, with the error in the body
  const bodiless = (req.method === 'HEAD' && !is('head-with-body')) || answer.status === 304;
  if (!bodiless) {
    if (chunked) {
      const step = is('chunked-and-gzip') ? 17 : payload.length || 1;
      for (let i = 0; i < payload.length; i += step) {
        const piece = payload.subarray(i, i + step);
        // conforming chunked-and-gzip: small chunks, leading zeros, capital digits, extensions
        const size = is('chunked-and-gzip') ? '0' + piece.length.toString(16).toUpperCase() + ';n="a;b"' : piece.length.toString(16);
        out.push(Buffer.from(size + '\r\n'), piece, Buffer.from('\r\n'));
      }
      out.push(Buffer.from('0\r\n\r\n'));
    } else out.push(payload);
  }
  conn.write(Buffer.concat(out));
  return close;
}

// ---------------------------------------------------------------- reading requests
class Fault extends Error { constructor(key) { super(key); this.key = key; } }
class Gone extends Error {}

class Connection {
  constructor(socket) {
    this.socket = socket; this.data = Buffer.alloc(0); this.ended = false; this.wake = null; this.served = 0; this.pending = [];
    socket.setNoDelay(true);
    socket.on('data', (d) => { if (this.drain) return; this.data = Buffer.concat([this.data, d]); this.poke(); });
    socket.on('end', () => { this.ended = true; this.poke(); });
    socket.on('error', () => { this.ended = true; this.poke(); });
    socket.on('close', () => { this.ended = true; this.poke(); });
    socket.setTimeout(60000, () => socket.destroy());
  }
  poke() { if (this.wake) { const w = this.wake; this.wake = null; w(); } }
  more() { if (this.ended) throw new Gone(); return new Promise((done) => { this.wake = done; }); }
  write(bytes) { if (!this.socket.destroyed) this.socket.write(bytes); }
  close() {                                                    // close in stages, so that no reset eats the answer
    this.drain = true; this.data = Buffer.alloc(0);
    this.socket.end();
    const timer = setTimeout(() => this.socket.destroy(), 3000);
    this.socket.on('close', () => clearTimeout(timer));
    if (this.ended) this.socket.destroySoon();
  }
  async bytes(n) { while (this.data.length < n) await this.more(); const b = this.data.subarray(0, n); this.data = this.data.subarray(n); return b; }
  async line(limit) {
    for (;;) {
      const i = this.data.indexOf('\r\n');
      if (i >= 0 && i <= limit) { const l = this.data.toString('latin1', 0, i); this.data = this.data.subarray(i + 2); return l; }
      if (this.data.length > limit) throw new Fault('malformed');
      await this.more();
    }
  }
  async head() {
    for (;;) {
      while (this.data.length >= 2 && this.data[0] === 13 && this.data[1] === 10) this.data = this.data.subarray(2);
      const eol = this.data.indexOf('\r\n');
      if ((eol < 0 ? this.data.length : eol) > MAX_TARGET + 64) throw new Fault('uriTooLong');
      const i = this.data.indexOf('\r\n\r\n');
      if ((i < 0 ? this.data.length : i) - Math.max(eol, 0) > MAX_HEAD) throw new Fault('headTooLarge');
      if (i >= 0) { const h = this.data.toString('latin1', 0, i); this.data = this.data.subarray(i + 4); return h.split('\r\n'); }
      await this.more();
    }
  }
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/(\\d)\\.(\\d)$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([^\\x00\\r\\n]*?)[ \\t]*$`);

function blank() { return { id: crypto.randomBytes(16).toString('hex'), fields: [], minor: 1, method: '', lang: 'en-us', path: '' }; }

function parse(req, lines, conn) {
  const m = REQUEST_LINE.exec(lines[0]);
  if (!m) throw new Fault('malformed');
  req.method = m[1]; req.target = m[2]; req.minor = Number(m[4]);
  for (const l of lines.slice(1)) {
    const f = FIELD_LINE.exec(l);
    if (!f) throw new Fault('malformed');
    req.fields.push([f[1].toLowerCase(), f[2]]);
  }
  if (m[3] !== '1') throw new Fault('version');
  const lang = field(req, 'x-language').toLowerCase();
  req.lang = lang === 'zh-cn' ? 'zh-cn' : 'en-us';
  // broken language-sticks: the language is kept with the connection, and a request that names none gets the last one
  if (is('language-sticks')) { if (lang) conn.lang = req.lang; else req.lang = conn.lang || 'en-us'; }
  if (req.target.length > MAX_TARGET) throw new Fault('uriTooLong');
  const hosts = req.fields.filter((f) => f[0] === 'host');
  if (hosts.length > 1 || (hosts.length === 0 && req.minor >= 1)) throw new Fault('malformed');
  if (hosts.length && !/^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]*$/.test(hosts[0][1])) throw new Fault('malformed');
  let path = req.target;
  // broken absolute-form-404: the whole request target is taken for the path
  if (!is('absolute-form-404')) path = path.replace(/^https?:\/\/[^/?#]+/i, '') || '/';
  req.path = path.split('?')[0];

  // broken close-in-list-ignored: "close" is recognised only if it is all that Connection says
  req.close = req.minor < 1 || (is('close-in-list-ignored') ? field(req, 'connection').toLowerCase() === 'close' : list(field(req, 'connection')).includes('close'));
  const lengths = req.fields.filter((f) => f[0] === 'content-length').map((f) => f[1]);
  const codings = list(field(req, 'transfer-encoding'));
  if (codings.length) {
    if (lengths.length || req.minor < 1) throw new Fault('malformed');
    if (codings[codings.length - 1] !== 'chunked') throw new Fault('malformed');
    if (codings.length > 1) throw new Fault('coding');
    req.chunked = true;
  }
  if (lengths.length > 1 || (lengths.length && !/^\d{1,15}$/.test(lengths[0]))) throw new Fault('malformed');
  req.length = Number(lengths[0] || 0);
  if (req.length > MAX_BODY) throw new Fault('bodyTooLarge');
  // broken expect-in-lower-case-only: the expectation is compared as it is written; "100-Continue" is not seen
  const expect = is('expect-in-lower-case-only') ? field(req, 'expect') : field(req, 'expect').toLowerCase();
  req.expects = req.minor >= 1 && expect === '100-continue' && (req.chunked || req.length > 0);
}

async function discard(req, conn) {                            // the body means nothing, but it must be read
  if (!req.chunked) { for (let left = req.length; left > 0;) left -= (await conn.bytes(Math.min(left, 65536))).length; return; }
  for (let total = 0; ;) {
    const m = /^([0-9A-Fa-f]{1,12})[ \t]*(;.*)?$/.exec(await conn.line(8192));
    if (!m) throw new Fault('malformed');
    const size = parseInt(m[1], 16);
    if ((total += size) > MAX_BODY) throw new Fault('bodyTooLarge');
    if (size === 0) break;
    for (let left = size; left > 0;) left -= (await conn.bytes(Math.min(left, 65536))).length;
    if ((await conn.bytes(2)).toString('latin1') !== '\r\n') throw new Fault('malformed');
  }
  // broken trailers-left-behind: after the last chunk an empty line is expected; trailer fields stay in the buffer
  if (is('trailers-left-behind')) { while (conn.data.length < 2) await conn.more(); if (conn.data[0] === 13) await conn.bytes(2); return; }
  while ((await conn.line(8192)) !== '');
}

async function serve(conn) {
  for (;;) {
    const req = blank();
    try {
      parse(req, await conn.head(), conn);
      const refused = gateway(req, conn);
      if (refused && req.expects) { send(conn, req, refused, true); break; }
      if (req.expects) conn.write(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'));
      // broken body-of-refused-unread: who is refused by the gateway is answered at once; the body stays in the connection
      if (!(refused && is('body-of-refused-unread'))) await discard(req, conn);
      if (is('pipeline-out-of-order') && (!refused || req.method !== 'POST') && !req.close) {
        // broken pipeline-out-of-order: each request that reaches the router is a task of its own, answered when it is done
        conn.pending.push((refused ? pause(20).then(() => refused) : commit(req)).then((answer) => send(conn, req, answer, false)));
        continue;
      }
      if (send(conn, req, refused || await commit(req), req.close)) break;
    } catch (e) {
      if (e instanceof Gone) break;
      if (!(e instanceof Fault)) console.error(e);
      send(conn, req, refusal(req, e instanceof Fault ? e.key : 'internal'), true);
      break;
    }
  }
  await Promise.all(conn.pending);
  conn.close();
}

net.createServer({ allowHalfOpen: true }, (socket) => serve(new Connection(socket)).catch((e) => { console.error(e); socket.destroy(); }))
  .listen(Number(option('port')), '127.0.0.1', () => console.error(`behaviour ${BEHAVIOUR} on ${option('port')}`));
