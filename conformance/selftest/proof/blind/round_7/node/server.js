'use strict';
// DRS "commit an asynchronous batch job", on node:net alone. `--behaviour none` keeps the documentation;
// every other behaviour is `none` with one difference, marked by is('name') and a comment above it.
const net = require('node:net');
const fs = require('node:fs');
const zlib = require('node:zlib');
const crypto = require('node:crypto');

const args = {};
for (let i = 2; i + 1 < process.argv.length; i += 2) args[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const is = (name) => args.behaviour === name;
const account = JSON.parse(fs.readFileSync(args.account, 'utf8'));

const ME = { project: account.project_id, token: account.token };
const OTHER = { project: account.other?.project_id, token: account.other?.token };
const customers = [ME, OTHER].filter((c) => c.token);
const projects = new Map([[ME.project, new Map(Object.entries(account.batches))]]);
if (OTHER.project) projects.set(OTHER.project, new Map(Object.entries(account.other.batches || {})));

const MAX_URI = 32 * 1024, MAX_HEAD = 160 * 1024, MAX_BODY = 12 * 1024 * 1024;

const REASON = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  411: 'Length Required', 413: 'Content Too Large', 414: 'URI Too Long', 415: 'Unsupported Media Type',
  431: 'Request Header Fields Too Large', 500: 'Internal Server Error', 501: 'Not Implemented', 505: 'HTTP Version Not Supported' };

const TEXT = {
  missing: ['Incorrect IAM authentication information: x-auth-token not found', 'IAM认证信息错误:未找到x-auth-token'],
  wrong: ['Incorrect IAM authentication information: decrypt token fail', 'IAM认证信息错误:解析token失败'],
  expired: ['The token must be updated.', 'Token需要更新。'],
  forbidden: ['The IAM user is not authorized to access the API.', 'IAM用户无权访问该API。'],
  nopath: ['The API does not exist or has not been published in the environment.', 'API不存在或未发布到环境。'],
  media: ['The Content-Type must be application/json.', 'Content-Type必须为application/json。'],
  toolarge: ['The request body is too large.', '请求体过大。'],
  toolong: ['The request URI is too long.', '请求URI过长。'],
  bighead: ['The request header fields are too large.', '请求头过大。'],
  length: ['Content-Length is required.', '缺少Content-Length。'],
  internal: ['Internal server error.', '内部错误。'],
  malformed: ['The request is malformed.', '请求格式错误。'],
  unknown: ['The batch does not exist.', '批量任务不存在。'],
  validating: ['The parameters of the batch are still being checked.', '批量任务的参数正在校验中。'],
  failed: ['The check of the parameters failed.', '批量任务的参数校验失败。'],
  committed: ['The batch has already been committed.', '批量任务已提交。'],
  done: ['The batch was submitted.', '批量任务已提交成功。'],
};
const CODE = { unknown: 'DRS.10000002', validating: 'DRS.10000003', failed: 'DRS.10000004', committed: 'DRS.10000005', malformed: 'DRS.10000006' };

// ---- the answers -------------------------------------------------------------------------------------------------

let lastLanguage = 'en-us';
function language(req) {
  let value = req?.get('x-language');
  // the field's name is looked up in the spelling of the documentation alone
  if (is('language-name-case')) value = req?.fields.find(([n]) => n === 'X-Language')?.[1];
  // the locale is kept in a global of the process, and a request without the field does not reset it
  if (is('language-sticks')) { if (value !== undefined) lastLanguage = value.toLowerCase(); value = lastLanguage; }
  return (value || '').toLowerCase() === 'zh-cn' ? 1 : 0;
}

function gateway(req, status, code, text, headers = []) {
  const id = crypto.randomBytes(16).toString('hex');
  // (conforming) other wording of every refusal, another form of the request ID
  if (is('wordy-challenge')) {
    const uuid = crypto.randomUUID();
    return { status, id: uuid, headers, body: { request_id: uuid, error_msg: (language(req) ? '请求被拒绝:' : 'Request refused: ') + TEXT[text][language(req)], error_code: code, details: [] } };
  }
  return { status, id, headers, body: { error_code: code, error_msg: TEXT[text][language(req)], request_id: id } };
}

function service(req, status, body) {
  return { status, id: crypto.randomBytes(16).toString('hex'), headers: [], body };
}

function refuse(req, why) {
  const zh = language(req);
  const body = { error_code: CODE[why], error_msg: TEXT[why][zh] };
  // the code of the older API, which has 10 characters
  if (is('short-code-for-failed') && why === 'failed') body.error_code = 'DRS.M00289';
  // the Chinese bundle lacks the newest message, and a missing key yields the empty string
  if (is('untranslated-empty-message') && why === 'validating' && zh) body.error_msg = '';
  // the message quotes the ID, however long it is
  if (is('message-quotes-long-id') && why === 'unknown') body.error_msg = `The batch ${req.batch} does not exist.`;
  // (conforming) one code for all, the longest message, escapes in the JSON
  if (is('longest-messages')) { body.error_code = 'DRS.10000001'; body.error_msg = (body.error_msg + ' ').repeat(99).slice(0, 512); body.detail = null; }
  const answer = service(req, 400, body);
  // the JSON is put together by a template, with the ID in the message
  if (is('id-pasted-into-json') && why === 'unknown') answer.raw = `{"error_code": "${CODE.unknown}", "error_msg": "The batch ${req.batch.slice(0, 200)} does not exist."}`;
  return answer;
}

function unauthorized(req, code, text) {
  const challenge = 'Keystone uri="https://iam.myhuaweicloud.com"';
  // (conforming) two challenges in one field
  return gateway(req, 401, code, text, [['WWW-Authenticate', is('wordy-challenge') ? `SDK-HMAC-SHA256 realm="drs", ${challenge}` : challenge]]);
}

// ---- what is refused before the service sees it: path, method, token, project, media type -------------------------------

function route(req) {
  let path = req.target;
  const absolute = /^https?:\/\/[^/?#]+([^?#]*)/i.exec(path);
  // the target is matched as it stands, so that the form with scheme and host is an unknown path
  if (absolute && !is('absolute-form-404')) path = absolute[1] || '/';
  const parts = path.split('?')[0].split('/');
  try {
    // escapes are looked up in a table of upper-case digits
    if (is('lowercase-escapes-unknown')) for (const i in parts) parts[i] = parts[i].replace(/(%[0-9A-F]{2})+/g, (e) => decodeURIComponent(e));
    else for (const i in parts) parts[i] = decodeURIComponent(parts[i]);
  } catch { return false; }
  if (parts.length !== 6 || parts[0] !== '' || parts[1] !== 'v5' || parts[3] !== 'batch-async-jobs' || parts[5] !== 'commit') return false;
  if (!parts[2] || !parts[4]) return false;
  [req.project, req.batch] = [parts[2], parts[4]];
  // the route asks for a UUID
  if (is('not-a-uuid-404') && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(req.batch)) return false;
  return true;
}

let strikes = 0;
function authenticate(req) {
  const token = req.get('x-auth-token');
  // a connection that was authenticated once stays so
  if (is('token-remembered-by-connection') && token === undefined && req.conn.customer) { req.customer = req.conn.customer; return; }
  // whoever signs is let through: the signature is left to the service, which does not look at it
  if (is('any-signature-passes') && token === undefined && /^SDK-HMAC-SHA256 /.test(req.get('authorization') || '')) {
    req.customer = customers.find((c) => c.project === req.project); if (req.customer) return;
  }
  if (token === undefined) return unauthorized(req, 'APIGW.0301', 'missing');
  // the decoder is not made for nothing
  if (is('empty-token-500') && token === '') return gateway(req, 500, 'APIGW.0601', 'internal');
  if (token === '') return unauthorized(req, 'APIGW.0301', 'missing');
  if (token === account.expired_token) {
    // the filter that asks for the expiry does not run for requests with a body
    if (is('expired-passes-with-body') && req.hasBody) { req.customer = ME; return; }
    return unauthorized(req, 'APIGW.0307', 'expired');
  }
  req.customer = customers.find((c) => c.token === token);
  // the token is looked up by LIKE 'token%'
  if (is('truncated-token-passes')) req.customer ??= customers.find((c) => c.token.startsWith(token));
  // the token is looked up in a column whose collation does not know case
  if (is('token-case-folded')) req.customer ??= customers.find((c) => c.token.toLowerCase() === token.toLowerCase());
  // a token that does not fit into the column of the cache is an internal error
  if (is('long-token-500') && !req.customer && token.length > 4096) return gateway(req, 500, 'APIGW.0601', 'internal');
  if (!req.customer) return unauthorized(req, 'APIGW.0301', 'wrong');
  req.conn.customer = req.customer;
}

function countStrikes(req, refusal) {
  // after three refusals in a row the next caller is refused too, whatever the token
  if (is('three-strikes')) {
    if (refusal?.status === 401) strikes++;
    else if (!refusal && strikes >= 3) { strikes = 0; return unauthorized(req, 'APIGW.0301', 'wrong'); }
    else strikes = 0;
  }
  return refusal;
}

function authorize(req) {
  // the project of the token counts, the one in the path is decoration
  if (is('project-from-token')) { req.project = req.customer.project; return; }
  if (req.customer.project === req.project) return;
  // rights are checked when something is written, so that batches that cannot be committed answer first
  if (is('rights-checked-on-write') && projects.get(req.project)?.get(req.batch) !== 'ready') return;
  // the refusal is sent, but the pipeline runs on
  if (is('forbidden-yet-committed') && projects.get(req.project)?.get(req.batch) === 'ready') projects.get(req.project).set(req.batch, 'committed');
  return gateway(req, 403, 'APIGW.0302', 'forbidden');
}

function mediaType(req) {
  const type = req.get('content-type') || '';
  let good = /^application\/json[ \t]*(;.*)?$/i.test(type);
  // the values are compared as text, with the space that the framework itself writes
  if (is('charset-without-space-415')) good = /^application\/json(; charset=(utf-8|UTF-8))?$/.test(type);
  if (good) return;
  // the batch is taken before the request is checked to the end
  if (is('wrong-type-uses-batch-up') && projects.get(req.project)?.get(req.batch) === 'ready') projects.get(req.project).set(req.batch, 'committed');
  return gateway(req, 415, 'APIGW.0201', 'media');
}

const refusals = new Map();
// The answer of the gateway, or undefined if the service has to answer.
function gate(req) {
  const known = route(req);
  const noPath = () => gateway(req, 404, 'APIGW.0101', 'nopath');
  // (conforming) tokens are checked before paths and methods, and a wrong method is an unknown API
  if (is('token-before-routing')) {
    return authenticate(req) || (!known || req.method !== 'POST' ? noPath() : authorize(req) || mediaType(req));
  }
  if (!known) return noPath();
  // PUT is mapped to the same handler as POST
  const put = is('put-commits') && req.method === 'PUT';
  if (req.method !== 'POST' && !put) return gateway(req, 405, 'APIGW.0101', 'nopath', [['Allow', 'POST']]);
  // a cache of refusals in front of the authentication, keyed by the target
  if (is('refusals-cached-before-token') && refusals.has(req.target)) return refusals.get(req.target);
  // committed batches are answered from a table of finished work, before anything is checked
  if (is('committed-before-token') && projects.get(req.project)?.get(req.batch) === 'committed') return refuse(req, 'committed');
  // (conforming) the media type is checked before the token
  if (is('media-type-first')) return mediaType(req) || authenticate(req) || authorize(req);
  return countStrikes(req, authenticate(req)) || authorize(req) || mediaType(req);
}

// ---- the service ---------------------------------------------------------------------------------------------------

const tried = new Set();
function commit(req) {
  let batches = projects.get(req.project) || new Map();
  // the batch is looked up by its ID alone
  if (is('batch-of-any-project')) batches = [...projects.values()].find((m) => m.has(req.batch)) || batches;
  let state = batches.get(req.batch);
  // the second attempt is taken for the retry of an accepted one
  if (is('second-try-skips-check') && state === 'validating') { if (tried.has(req.batch)) state = 'ready'; tried.add(req.batch); }
  // the check reads the English text of the result
  if (is('chinese-skips-failed-check') && state === 'failed' && language(req)) state = 'ready';
  // the failure is told in the body of a 200
  if (is('failed-told-in-200') && state === 'failed') return service(req, 200, { job: { async_job_id: req.batch, status: 'COMMIT_FAILED', msg: TEXT.failed[language(req)] } });
  // (conforming) the second commit of a batch is answered like the first
  if (is('idempotent-second-commit') && state === 'committed') state = 'ready';
  if (state !== 'ready') {
    const answer = refuse(req, state === undefined ? 'unknown' : state);
    if (is('refusals-cached-before-token')) refusals.set(req.target, answer);
    return answer;
  }
  // the range of rows to be committed is one too long
  if (is('next-batch-committed-too')) {
    const ids = [...batches.keys()], next = ids.slice(ids.indexOf(req.batch) + 1).find((id) => batches.get(id) === 'ready');
    if (next) batches.set(next, 'committed');
  }
  if (batches.get(req.batch) === 'ready') batches.set(req.batch, 'committed');
  const job = { async_job_id: req.batch };
  // the status is written by the background job, until then it is null
  if (is('status-null')) job.status = null;
  // (conforming) all the optional parts, and more
  if (is('talkative-job')) return service(req, 200, { count: 1, job: { msg: TEXT.done[language(req)], status: 'COMMIT_SUCCESS', create_time: new Date().toISOString(), tasks: [], ...job }, links: null });
  // (conforming) the answer has an ID of its own, as in the published example
  if (is('new-id-in-answer')) job.async_job_id = crypto.randomUUID();
  return service(req, 200, { job });
}

// ---- writing -------------------------------------------------------------------------------------------------------

function write(conn, req, answer, close) {
  const { status, id } = answer;
  let text = answer.raw ?? JSON.stringify(answer.body, null, is('new-id-in-answer') ? 4 : 0);
  if (is('longest-messages')) text = text.replace(/[^ -~]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
  let body = Buffer.from(text, 'utf8');
  let chunked = false;
  let headers = [['Date', new Date().toUTCString()], ['Server', 'api-gateway'], ['Content-Type', 'application/json'], ['X-Request-Id', id], ...answer.headers];

  // (conforming) no kept connection after a refusal
  if (is('closes-after-refusal') && status >= 400) close = true;
  // (conforming) no kept connection at all
  if (is('closes-every-connection')) close = true;
  // gzip wherever the word occurs, without a look at its weight
  if (is('gzip-despite-q0') && (req?.get('accept-encoding') || '').includes('gzip')) {
    body = zlib.gzipSync(body); headers.push(['Content-Encoding', 'gzip'], ['Vary', 'Accept-Encoding']);
  }
  // all answers are chunked, those to HTTP/1.0 too
  if (is('chunked-to-http10')) chunked = true;
  // (conforming) all answers to HTTP/1.1 are chunked, in small chunks with extensions
  if (is('small-chunks') && req?.minor === 1) chunked = true;
  if (chunked) headers.push(['Transfer-Encoding', 'chunked']);
  // the length of the text is taken for that of the bytes
  else if (is('length-in-characters')) headers.push(['Content-Length', text.length]);
  else headers.push(['Content-Length', body.length]);
  if (close) headers.push(['Connection', 'close']);
  else if (req?.minor === 0) headers.push(['Connection', 'keep-alive']);

  // (conforming) names in lower case, no space after the colon, no reason
  const bare = is('bare-status-line');
  if (bare) headers = headers.map(([n, v]) => [n.toLowerCase(), v]).reverse();
  let head = `HTTP/1.1 ${status} ${bare ? '' : REASON[status]}\r\n` + headers.map(([n, v]) => `${n}:${bare ? '' : ' '}${v}\r\n`).join('') + '\r\n';
  // (conforming) an interim answer before the final one
  if (is('interim-answers') && req?.minor === 1) head = 'HTTP/1.1 103 Early Hints\r\nLink: </v5>; rel=preconnect\r\n\r\n' + head;
  const pieces = [Buffer.from(head, 'latin1')];
  if (req?.method !== 'HEAD') {
    if (!chunked) pieces.push(is('length-in-characters') ? body.subarray(0, text.length) : body);
    else {
      const step = is('small-chunks') ? 7 : body.length;
      for (let i = 0; i < body.length; i += step) {
        const piece = body.subarray(i, i + step);
        pieces.push(Buffer.from(piece.length.toString(16) + (step === 7 ? ';n=' + i : '') + '\r\n'), piece, Buffer.from('\r\n'));
      }
      pieces.push(Buffer.from('0\r\n\r\n'));
    }
  }
  conn.sock.write(Buffer.concat(pieces));
  return close;
}

// ---- reading -------------------------------------------------------------------------------------------------------

// A connection's bytes, to be awaited: until a separator, or a number of them.
class Reader {
  constructor(sock) {
    this.buf = Buffer.alloc(0); this.ended = false; this.reads = 0;
    const wake = () => { const w = this.waiting; this.waiting = null; if (w) w(); };
    sock.on('data', (d) => { if (this.drop) return; this.buf = this.buf.length ? Buffer.concat([this.buf, d]) : d; this.reads++; wake(); });
    sock.on('end', () => { this.ended = true; wake(); });
    sock.on('close', () => { this.ended = true; wake(); });
    sock.on('error', () => { this.ended = true; wake(); });
  }
  async more() {
    if (this.ended) throw new Error('ended');
    await new Promise((r) => { this.waiting = r; });
    if (this.ended && !this.buf.length) throw new Error('ended');
  }
  async until(sep, max) {
    for (let from = 0; ;) {
      const at = this.buf.indexOf(sep, from);
      if (at >= 0 && at <= max) { const part = this.buf.subarray(0, at); this.buf = this.buf.subarray(at + sep.length); return part.toString('latin1'); }
      if (this.buf.length > max) return null;
      from = Math.max(0, this.buf.length - sep.length + 1);
      await this.more();
    }
  }
  async take(n) {
    while (this.buf.length < n) await this.more();
    const part = this.buf.subarray(0, n); this.buf = this.buf.subarray(n); return part;
  }
}

class Refused extends Error { constructor(answer) { super('refused'); this.answer = answer; } }
const bad = (req) => new Refused(service(req, 400, { error_code: CODE.malformed, error_msg: TEXT.malformed[language(req)] }));
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

async function readHead(conn) {
  const r = conn.reader;
  while (r.buf.length < 2) await r.more();
  r.reads = r.buf.length ? 1 : 0;
  while (r.buf[0] === 13 && r.buf[1] === 10) {
    // an empty line before the request is a malformed request
    if (is('empty-line-first-400')) throw bad();
    r.buf = r.buf.subarray(2);
    while (r.buf.length < 2) await r.more();
  }
  const line = await r.until('\r\n', MAX_URI + 64);
  if (line === null) throw new Refused(gateway(null, 414, 'APIGW.0201', 'toolong'));
  const m = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e\\x80-\\xff]+) HTTP/(\\d)\\.(\\d)$`).exec(line);
  if (!m) throw bad();
  const req = { conn, method: m[1], target: m[2], major: +m[3], minor: Math.min(1, +m[4]), fields: [] };
  req.get = (name) => {
    const all = req.fields.filter(([n]) => n.toLowerCase() === name);
    return all.length ? all.map(([, v]) => v).join(', ') : undefined;
  };
  conn.req = req;
  if (req.major !== 1) throw new Refused(gateway(req, 505, 'APIGW.0201', 'malformed'));
  if (req.target.length > MAX_URI) throw new Refused(gateway(req, 414, 'APIGW.0201', 'toolong'));
  // The fields: read up to the empty line.
  for (let size = 0; ;) {
    const field = await r.until('\r\n', MAX_HEAD);
    size += field === null ? MAX_HEAD : field.length;
    if (size >= MAX_HEAD) throw new Refused(gateway(req, 431, 'APIGW.0201', 'bighead'));
    if (field === '') break;
    const f = new RegExp(`^(${TOKEN}):[ \\t]*(.*?)[ \\t]*$`).exec(field);
    if (!f || /[\x00-\x08\x0a-\x1f\x7f]/.test(f[2])) throw bad(req);
    // a field is split at a colon and a space
    if (is('colon-needs-space') && !field.includes(': ') && f[1].toLowerCase() !== 'host') continue;
    req.fields.push([f[1], f[2]]);
  }
  // the head is parsed in what one read returned
  if (is('head-in-one-read') && r.reads > 1) throw bad(req);
  const hosts = req.fields.filter(([n]) => n.toLowerCase() === 'host');
  if (hosts.length > 1 || (hosts.length === 0 && req.minor === 1) || (hosts[0] && /[\s/?#@,]/.test(hosts[0][1]))) throw bad(req);
  return req;
}

async function readBody(conn, req) {
  const r = conn.reader;
  if (req.length !== undefined) { await r.take(req.length); return; }
  if (!req.chunked) return;
  for (let total = 0; ;) {
    const line = await r.until('\r\n', 4096);
    // the whole line is taken for the number
    const m = (is('chunk-extension-400') ? /^([0-9a-f]{1,8})$/i : /^([0-9a-f]{1,8})[ \t]*(;.*)?$/i).exec(line || '');
    if (!m) throw bad(req);
    const size = parseInt(m[1], 16);
    if ((total += size) > MAX_BODY) throw new Refused(gateway(req, 413, 'APIGW.0201', 'toolarge'));
    if (size === 0) break;
    await r.take(size);
    if ((await r.take(2)).toString('latin1') !== '\r\n') throw bad(req);
  }
  for (let lines = 0; ; lines++) {
    const trailer = await r.until('\r\n', 16384);
    if (trailer === '') return;
    if (trailer === null || lines > 100) throw bad(req);
  }
}

function framing(req) {
  const te = req.get('transfer-encoding'), length = req.get('content-length');
  if (te !== undefined) {
    if (length !== undefined || req.minor === 0) throw bad(req);
    const codings = te.toLowerCase().split(',').map((s) => s.trim()).filter(Boolean);
    if (codings.length === 0 || codings[codings.length - 1] !== 'chunked') throw bad(req);
    if (codings.length > 1) throw new Refused(gateway(req, 501, 'APIGW.0201', 'malformed'));
    req.chunked = req.hasBody = true;
  } else if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) throw bad(req);
    req.length = +length; req.hasBody = req.length > 0;
    if (req.length > MAX_BODY) throw new Refused(gateway(req, 413, 'APIGW.0201', 'toolarge'));
  // every POST has to tell its length
  } else if (is('no-length-411') && req.method === 'POST') throw new Refused(gateway(req, 411, 'APIGW.0201', 'length'));
}

function wantsClose(req) {
  const value = req.get('connection') || '';
  // the field is compared as a whole
  if (is('close-in-list-missed')) return value === 'close' || (req.minor === 0 && value.toLowerCase() !== 'keep-alive');
  const options = value.toLowerCase().split(',').map((s) => s.trim());
  return options.includes('close') || (req.minor === 0 && !options.includes('keep-alive'));
}

async function serve(conn) {
  for (;;) {
    conn.req = null;
    const req = await readHead(conn);
    framing(req);
    let close = wantsClose(req);
    if (req.hasBody) {
      // a refusal is sent at once, and the body stays in the buffer, where the next request is looked for
      if (is('refused-body-left')) {
        const refusal = gate(req);
        if (refusal) { if (write(conn, req, refusal, close)) return; continue; }
      }
      const expects = req.minor === 1 && (req.get('expect') || '').toLowerCase() === '100-continue';
      // nobody answers the question of the client
      if (expects && conn.reader.buf.length === 0 && !is('continue-never-comes')) {
        const refusal = gate(req);
        if (refusal) { write(conn, req, refusal, true); return; }
        conn.sock.write('HTTP/1.1 100 Continue\r\n\r\n');
        await readBody(conn, req);
        if (write(conn, req, commit(req), close)) return;
        continue;
      }
      await readBody(conn, req);
    }
    if (write(conn, req, gate(req) || commit(req), close)) return;
  }
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, async (sock) => {
  const conn = { sock, reader: new Reader(sock), customer: null };
  sock.setTimeout(75000, () => sock.destroy());
  try { await serve(conn); } catch (e) {
    if (e instanceof Refused) write(conn, conn.req, e.answer, true);
    else if (e.message !== 'ended') console.error(e);
  }
  // Close with patience: what the client still sends is read and dropped for two seconds.
  conn.reader.drop = true; conn.reader.buf = Buffer.alloc(0);
  sock.end();
  if (conn.reader.ended) sock.destroySoon();
  else { sock.on('end', () => sock.destroySoon()); setTimeout(() => sock.destroy(), 2000).unref(); }
});
server.listen(+args.port, '127.0.0.1', () => console.error(`listening on 127.0.0.1:${args.port}, behaviour ${args.behaviour}`));
