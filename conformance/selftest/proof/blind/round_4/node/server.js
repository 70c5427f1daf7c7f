'use strict';
// A DRS gateway with the service behind it. One operation: POST /v5/{project_id}/batch-async-jobs/{async_job_id}/commit
// node server.js --port N --account FILE --behaviour NAME
const net = require('node:net'), fs = require('node:fs'), zlib = require('node:zlib'), crypto = require('node:crypto');
const args = {};
for (let i = 2; i < process.argv.length; i += 2) args[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const account = JSON.parse(fs.readFileSync(args.account, 'utf8'));
const is = (...names) => names.includes(args.behaviour || 'none');

const MB = 1 << 20, MAX_BODY = 12 * MB, MAX_URI = 32 * 1024, MAX_HEAD = 256 * 1024;
const owners = [account, account.other].filter(Boolean);
const batches = new Map();                       // "project/uuid" -> state
for (const o of owners) for (const [id, state] of Object.entries(o.batches || {})) batches.set(o.project_id + '/' + id, state);
const sleep = ms => new Promise(r => setTimeout(r, ms));
const newId = () => crypto.randomBytes(16).toString('hex');

const TEXT = {
  submitted: ['The batch was submitted.', '批次已提交。'],
  unknown: ['The batch does not exist.', '批次不存在。'],
  validating: ['The parameters of the batch are still being checked.', '批次参数正在校验。'],
  failed: ['The check of the batch failed.', '批次参数校验失败。'],
  committed: ['The batch was already submitted.', '批次已经提交过。'],
  malformed: ['The request is malformed.', '请求格式错误。'],
  missing: ['Incorrect IAM authentication information: x-auth-token not found', 'IAM认证信息错误：未找到x-auth-token'],
  badToken: ['Incorrect IAM authentication information: decrypt token fail', 'IAM认证信息错误：token解析失败'],
  badSign: ['Incorrect IAM authentication information: verify aksk signature fail', 'IAM认证信息错误：签名校验失败'],
  expired: ['The token must be updated.', 'token需要更新。'],
  forbidden: ['The IAM user is not authorized to access the API.', 'IAM用户无权访问该API。'],
  unpublished: ['The API does not exist or has not been published in the environment.', 'API不存在或未发布到环境。'],
  tooLarge: ['The request body is too large.', '请求体过大。'],
  tooLong: ['The request URI is too long.', '请求URI过长。'],
  notJson: ['The Content-Type must be application/json.', 'Content-Type必须为application/json。'],
  coding: ['The transfer coding is not supported.', '不支持该传输编码。'],
  iam: ['IAM is unavailable.', 'IAM不可用。'],
};
const REASON = { 100: 'Continue', 103: 'Early Hints', 200: 'OK', 201: 'Created', 400: 'Bad Request', 401: 'Unauthorized',
  403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 413: 'Content Too Large', 414: 'URI Too Long',
  415: 'Unsupported Media Type', 501: 'Not Implemented', 503: 'Service Unavailable' };

// ---- refusals; each is thrown or returned as an answer {status, body, headers, close}
const gateway = (status, code, text, more = {}) => ({ status, code, text, ...more });
const refuse400 = (text, more = {}) => ({ status: 400, code: 'DRS.10000001', text, ...more });
const malformed = () => refuse400('malformed', { close: true });
const CHALLENGE = { 'WWW-Authenticate': 'X-Auth-Token realm="iam"' };
const unauthenticated = (code, text) => gateway(401, code, text, { headers: { ...CHALLENGE } });

// ---- reading
class Reader {                                   // octets of one connection, as a queue
  constructor(socket) {
    this.buffer = Buffer.alloc(0); this.ended = false; this.wake = null;
    const poke = () => { if (this.wake) { const w = this.wake; this.wake = null; w(); } };
    socket.on('data', d => { if (!this.drain) this.buffer = Buffer.concat([this.buffer, d]); poke(); });
    for (const e of ['end', 'close', 'error']) socket.on(e, () => { this.ended = true; poke(); });
  }
  async more() { if (this.ended) throw null; await new Promise(r => { this.wake = r; }); }
  async line(limit, tooLong) {                   // up to LF; a CR before it belongs to the end (RFC 9112, 2.2)
    for (let from = 0; ;) {
      const at = this.buffer.indexOf(10, from);
      if ((at < 0 ? this.buffer.length : at) > limit) throw tooLong;
      if (at >= 0) {
        let line = this.buffer.subarray(0, at).toString('latin1');
        this.buffer = this.buffer.subarray(at + 1);
        if (line.endsWith('\r')) line = line.slice(0, -1);
        return line;
      }
      from = this.buffer.length;
      await this.more();
    }
  }
  async take(n) {
    while (this.buffer.length < n) await this.more();
    const part = this.buffer.subarray(0, n);
    this.buffer = this.buffer.subarray(n);
    return part;
  }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
async function readHead(reader) {
  let line;
  do line = await reader.line(MAX_URI + 64, gateway(414, 'APIGW.0201', 'tooLong', { close: true })); while (line === '');
  const req = { version: 1, headers: {}, start: line };
  const m = /^(\S+) (\S+) HTTP\/1\.([0-9])$/.exec(line);
  if (!m || !TOKEN.test(m[1]) || /[^\x21-\x7e]/.test(m[2]) || m[2].includes('#')) throw malformed();
  [, req.method, req.target] = m;
  req.version = Number(m[3]) ? 1 : 0;
  let size = 0;
  for (;;) {
    line = await reader.line(MAX_HEAD, malformed());
    if (line === '') break;
    if ((size += line.length) > MAX_HEAD) throw malformed();
    const h = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!h || !TOKEN.test(h[1]) || /[\0\r]/.test(line)) throw malformed();
    // difference: a line is cut at ": ", so that a field without the optional blank is not found
    if (is('header-cut-at-colon-blank') && !line.includes(': ')) continue;
    (req.headers[h[1].toLowerCase()] ||= []).push(h[2]);
  }
  if (req.target.length > MAX_URI) throw gateway(414, 'APIGW.0201', 'tooLong', { close: true });
  const hosts = req.headers.host || [];
  if (hosts.length > 1 || (req.version === 1 && hosts.length === 0) || /[\s/?#@,\\]/.test(hosts[0] || '')) throw malformed();
  const list = name => (req.headers[name] || []).join(',').toLowerCase().split(',').map(s => s.trim()).filter(Boolean);
  const options = list('connection');
  req.keep = req.version === 1 ? !options.includes('close') : options.includes('keep-alive') && !options.includes('close');
  // difference: the field is compared as a whole and in its usual case
  if (is('close-only-in-one-spelling') && req.version === 1) req.keep = (req.headers.connection || []).join(',') !== 'close';
  req.codings = list('transfer-encoding');
  const lengths = req.headers['content-length'] || [];
  // difference: the coding of the request is not looked at, as if only Content-Length announced a body
  if (is('chunked-request-not-decoded')) req.codings = [];
  if (req.codings.length) {
    if (lengths.length || req.version === 0 || req.codings.at(-1) !== 'chunked' || req.codings.filter(c => c === 'chunked').length > 1) throw malformed();
    if (req.codings.length > 1) throw gateway(501, 'APIGW.0201', 'coding', { close: true });
  } else if (lengths.length) {
    if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0])) throw malformed();
    req.length = Number(lengths[0]);
  }
  req.expects = req.version === 1 && list('expect').includes('100-continue') && (req.codings.length > 0 || req.length > 0);
  return req;
}

async function readBody(reader, req) {
  const tooLarge = () => gateway(413, 'APIGW.0201', 'tooLarge', { close: true });
  if (!req.codings.length) {
    if (req.length > MAX_BODY) throw tooLarge();
    return Buffer.from(await reader.take(req.length || 0));
  }
  const parts = [];
  for (let total = 0; ;) {
    const m = /^([0-9A-Fa-f]{1,12})[ \t]*(;.*)?$/.exec(await reader.line(8192, malformed()));
    if (!m) throw malformed();
    const n = parseInt(m[1], 16);
    if (n === 0) break;
    if ((total += n) > MAX_BODY) throw tooLarge();
    parts.push(Buffer.from(await reader.take(n)));
    if (await reader.line(2, malformed()) !== '') throw malformed();
  }
  while (await reader.line(MAX_HEAD, malformed()) !== '');   // the trailer section is dropped
  return Buffer.concat(parts);
}

// ---- who calls
let caller;                                       // used by one-identity-for-all only
const trusted = new Set(), locked = new Set();    // used by rights-cached-by-path and lock-before-token
let lookups = 0;

function signer(req) {                            // SDK-HMAC-SHA256, for the behaviours that know it
  const value = one(req, 'authorization') || '';
  if (!/^SDK-HMAC-SHA256\s/i.test(value)) return null;
  // difference: whoever names the scheme is believed, the check of the signature was left to a filter that is not there
  if (is('signature-never-verified')) return account;
  const field = n => (new RegExp('[\\s,]' + n + '=([^\\s,]+)').exec(value) || [])[1];
  const names = (field('SignedHeaders') || '').split(';'), date = one(req, 'x-sdk-date') || '';
  const key = account.access_key;
  const when = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (key && field('Access') === key.id && Math.abs(Date.now() - when) < 15 * 60e3 && names.includes('x-sdk-date') && names.includes('host')) {
    const [path, query = ''] = req.target.split(/\?(.*)/s);
    const sha = d => crypto.createHash('sha256').update(d).digest('hex');
    const canonical = [req.method, path.replace(/\/?$/, '/'), query.split('&').sort().join('&'),
      names.map(n => n + ':' + (req.headers[n] || []).join(',') + '\n').join(''), names.join(';'), sha(req.body)].join('\n');
    const want = crypto.createHmac('sha256', key.secret).update(`SDK-HMAC-SHA256\n${date}\n${sha(canonical)}`).digest('hex');
    if (want === field('Signature')) return account;
  }
  throw unauthenticated('APIGW.0301', 'badSign');
}
const one = (req, name) => req.headers[name] && req.headers[name].join(', ');

function authenticate(req, conn) {                // gives the owner of the token, or throws 401
  let token = one(req, 'x-auth-token');
  // difference: after one refusal the connection counts as unauthenticated, whatever its later requests bring
  if (is('refusal-sticks-to-connection') && conn.refused) throw unauthenticated('APIGW.0301', 'badToken');
  try {
    // difference: a request without a token is taken for the caller before it on the connection
    if (is('connection-stays-logged-in') && token === undefined && conn.owner) return conn.owner;
    // difference: Authorization is looked at first, and a scheme that is not the vendor's is refused, token or not
    if (is('authorization-beats-token') && req.headers.authorization) throw unauthenticated('APIGW.0301', 'badSign');
    if (!token && is('signed-requests', 'signature-never-verified')) { const o = signer(req); if (o) return o; }
    // difference: the framework demands the field before the gateway sees the request
    if (is('missing-token-is-400') && token === undefined) throw refuse400('missing');
    // difference: the comparison is the wrong way round, any beginning of a token will do, and so will an empty one
    if (is('beginning-of-token-will-do') && token !== undefined) { const o = owners.find(w => w.token.startsWith(token)); if (o) return o; }
    if (!token) throw unauthenticated('APIGW.0301', 'missing');
    // variant: IAM cannot be reached now and then; nothing is done
    if (is('iam-hiccups') && ++lookups % 8 === 5) throw gateway(503, 'APIGW.0613', 'iam', { headers: { 'Retry-After': '1' } });
    // difference: the cache of tokens has keys of half the length, the rest (the signature) is not compared
    const cut = s => is('rest-of-token-not-compared') ? s.slice(0, Math.ceil(s.length / 2)) + s.length : s;
    const owner = owners.find(w => cut(w.token) === cut(token));
    if (owner) return owner;
    if (token === account.expired_token) {
      // difference: the scope is compared before the lifetime, so that a dead token is told "no rights" elsewhere
      if (is('dead-token-told-forbidden') && req.project !== undefined && req.project !== account.project_id) throw gateway(403, 'APIGW.0302', 'forbidden');
      throw unauthenticated('APIGW.0307', 'expired');
    }
    throw unauthenticated('APIGW.0301', 'badToken');
  } catch (e) { if (e && e.status === 401) conn.refused = true; throw e; }
}

// ---- what is called
function route(req) {
  const target = /^https?:\/\//i.test(req.target) ? req.target.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/') : req.target;
  const path = target.split('?')[0];
  if (/%(?![0-9A-Fa-f]{2})/.test(path) || !/^[/*]/.test(path) && req.method !== 'CONNECT') throw malformed();
  const seg = path.split('/').map(s => { try { return decodeURIComponent(s); } catch { return s; } });
  const known = seg.length === 6 && seg[0] === '' && seg[1] === 'v5' && seg[3] === 'batch-async-jobs' && seg[5] === 'commit' && seg[2] && seg[4];
  if (known) { req.project = seg[2]; req.batch = seg[4]; req.path = seg.join('/'); }
  return () => {
    if (!known) throw gateway(404, 'APIGW.0101', 'unpublished');
    if (req.method !== 'POST') throw gateway(405, 'APIGW.0101', 'unpublished', { headers: { Allow: 'POST' } });
  };
}
function checkMediaType(req) {
  const values = req.headers['content-type'] || [];
  let pattern = /^application\/json([ \t]*;[ \t]*(charset=("utf-8"|utf-8))?)*$/i;
  // difference: the value is compared with two texts, the one with a parameter has a blank after the semicolon
  if (is('charset-needs-a-blank')) pattern = /^application\/json(; charset=utf-8)?$/i;
  if (values.length !== 1 || !pattern.test(values[0])) throw gateway(415, 'APIGW.0201', 'notJson');
}

let lastLanguage;                                 // used by language-sticks only
function language(req) {
  const value = (one(req, 'x-language') || '').toLowerCase();
  // difference: the language is a setting of the process, a request without the field gets that of the one before it
  if (is('language-sticks')) { lastLanguage = value || lastLanguage; return lastLanguage === 'zh-cn' ? 1 : 0; }
  return value === 'zh-cn' ? 1 : 0;
}

async function handle(req, conn) {
  const check = route(req);
  // variant: the token is looked at before the path, and the media type before the rights
  if (is('token-before-path')) authenticate(req, conn);
  check();
  // difference: the caller is kept in a variable of the module while IAM is asked
  if (is('one-identity-for-all')) { caller = req.headers['x-auth-token']; await sleep(40); req.headers['x-auth-token'] = caller; if (!caller) delete req.headers['x-auth-token']; }
  // difference: the batch is locked before the token is looked at, and a refusal forgets the lock
  if (is('lock-before-token')) {
    const held = locked.has(req.batch);
    locked.add(req.batch);
    const o = authenticate(req, conn);
    if (o.project_id !== req.project) throw gateway(403, 'APIGW.0302', 'forbidden');
    if (held) throw refuse400('validating');
    locked.delete(req.batch);
  }
  // difference: who was let in once at a path, opens it for everybody
  const open = is('rights-cached-by-path') && trusted.has(req.path);
  const owner = open ? owners.find(o => o.project_id === req.project) : authenticate(req, conn);
  let key = req.project + '/' + req.batch, state = batches.get(key);
  if (is('token-before-path')) checkMediaType(req);
  // difference: the batch is looked up before the rights
  if (is('lookup-before-rights') && state === undefined) throw refuse400('unknown');
  let scope = owner.project_id;
  // difference: a field that the gateway sets for its services is taken from the client too
  if (is('x-project-id-believed') && req.headers['x-project-id']) scope = one(req, 'x-project-id');
  // difference: the commit is queued first, the rights are only checked for the answer
  if (is('forbidden-but-done') && scope !== req.project && state === 'ready') batches.set(key, 'committed');
  if (scope !== req.project) throw gateway(403, 'APIGW.0302', 'forbidden');
  conn.owner = owner;
  trusted.add(req.path);
  checkMediaType(req);
  // difference: the batch is found by its ID alone, in whatever project
  if (is('batch-of-any-project') && state === undefined) for (const o of owners) if (batches.has(o.project_id + '/' + req.batch)) { key = o.project_id + '/' + req.batch; state = batches.get(key); }
  // variant: a second commit is answered like the first
  if (!(is('second-commit-alike') && state === 'committed') && state !== 'ready') throw refuse400(state || 'unknown');
  batches.set(key, 'committed');
  return committed(req);
}

// ---- the answer to a commit that succeeds
function committed(req) {
  const lang = language(req);
  const job = { async_job_id: req.batch, status: 'COMMIT_SUCCESS', msg: TEXT.submitted[lang] };
  const answer = { status: 200, headers: {}, type: 'application/json' };
  // difference: the default language has no entry in the table of messages
  if (is('msg-null-without-language') && !req.headers['x-language']) job.msg = null;
  let text = JSON.stringify({ job });
  // difference: the service's answer is put into the gateway's as a text
  if (is('job-encoded-twice')) text = JSON.stringify({ job: JSON.stringify(job) });
  // difference: quotes are escaped as PHP or SQL does it
  if (is('apostrophe-escaped')) text = text.replace('The batch was submitted.', "The batch\\'s tasks were submitted.");
  // variant: the answer as published, with another ID and with blanks
  if (is('published-answer')) text = `{\n  "job" : {\n    "async_job_id" : "${crypto.randomUUID()}"\n  }\n}\n`;
  // variant: everything that JSON and media types allow: escapes, blanks, members nobody knows, another case, a quoted parameter
  if (is('exotic-json')) {
    const esc = s => [...s].map(c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')).join('');
    text = `\r\n\t{"${esc('$schema')}": null, "warnings": [], "job": {"count": -1.5E+2, "":{}, "${esc('async_job_id')}" : "${esc(job.async_job_id)}",`
      + ` "status":"Submitted \\/ \\ud83d\\ude80", "msg": "${esc(job.msg)}", "tasks": [{"id": 12345678901234567890, "job": {"async_job_id": 7}}, true]} }\n\n`;
    answer.type = 'Application/JSON ;Charset="UTF-8"';
  }
  answer.body = Buffer.from(text);
  // difference: Chinese text goes out in the coding of the data base
  if (is('gb18030-for-chinese') && lang) answer.body = Buffer.concat([Buffer.from(text.split(TEXT.submitted[1])[0]), Buffer.from('c5fab4ced2d1cce1bdbba1a3', 'hex'), Buffer.from('"}}')]);
  // difference: a length of characters is sent as one of octets
  if (is('length-in-characters')) answer.length = text.length;
  // difference: something was created
  if (is('created-201')) answer.status = 201;
  // difference: a browser gets a page, although it would take anything
  if (is('browser-gets-page') && /text\/html/i.test(one(req, 'accept') || '')) { answer.type = 'text/html; charset=utf-8'; answer.body = Buffer.from(`<!DOCTYPE html><title>Commit</title><pre>${text}</pre>`); }
  const codings = (one(req, 'accept-encoding') || '').toLowerCase();
  const weight = name => { const m = new RegExp('(?:^|,)\\s*' + name + '\\s*(?:;\\s*q=([0-9.]+))?\\s*(?:,|$)').exec(codings); return m ? Number(m[1] ?? 1) : undefined; };
  // difference: the word is searched, its weight is not read
  // difference: a filter behind the one that writes the header fields compresses
  // variant: gzip is used when it is asked for
  if (is('gzip-refused-but-sent') && codings.includes('gzip') || is('gzip-not-labelled') && weight('gzip') > 0
    || is('gzip-when-asked') && (weight('gzip') ?? weight('\\*') ?? 0) > 0) {
    answer.body = zlib.gzipSync(answer.body);
    if (!is('gzip-not-labelled')) answer.headers['Content-Encoding'] = 'gzip';
  }
  if (is('gzip-when-asked')) Object.assign(answer.headers, { Vary: 'Accept-Encoding, X-Language', Via: '1.1 edge-7 (proxy), 1.0 inner', 'Cache-Control': 'no-store', 'Set-Cookie': 'lb=7; Path=/' });
  // difference: the date is that of the time zone of the service
  if (is('date-of-local-zone')) answer.date = new Date(Date.now() + 8 * 36e5).toUTCString().replace('GMT', '+0800');
  // difference: a long field is folded as in mail
  if (is('field-folded')) answer.type = 'application/json;\r\n charset=utf-8';
  // difference: the answer is chunked whatever version asks for it
  if (is('chunked-for-http-1-0')) answer.chunks = 64;
  // difference: a proxy adds chunks and leaves the length in place
  if (is('length-beside-chunks') && req.version === 1) { answer.chunks = 64; answer.headers['Content-Length'] = answer.body.length; }
  // difference: the line feed of a println comes after the counted octets
  if (is('line-feed-after-body')) answer.rest = '\n';
  // variant: chunks of three octets with extensions, lower case, no reason, another order
  if (is('small-chunks')) Object.assign(answer, { chunks: req.version === 1 ? 3 : 0, lower: true, bare: true });
  // variant: interim answers, then a body that ends with the connection
  if (is('interim-and-until-close')) { answer.close = true; answer.unframed = true; answer.interim = req.version === 1; }
  return answer;
}

// ---- writing
function send(socket, req, answer) {
  const id = newId(), lang = answer.code && req ? language(req) : 0;
  let { status, body } = answer;
  if (answer.code) {                              // a refusal
    const e = { error_code: answer.code, error_msg: TEXT[answer.text][lang] };
    if (answer.code.length === 10) e.request_id = id;
    // difference: the service that checks rights numbers requests itself
    if (is('forbidden-with-other-id') && status === 403) e.request_id = newId();
    body = Buffer.from(JSON.stringify(e));
    // variant: refusals in other words and fields, chunked, and the connection ends with them
    if (is('curt-gateway')) {
      if (status === 401 || status === 403) e.error_msg = lang ? '拒绝访问。' : 'No entry.';
      body = Buffer.from(JSON.stringify({ details: [{ hint: null }], ...e, retriable: false }, null, 2) + '\n');
      Object.assign(answer, { close: true, lower: true, bare: true, chunks: req && req.version === 1 ? 1000 : 0 });
      if (status === 401) answer.headers = { 'WWW-Authenticate': 'Token realm="a, \\"b\\"", SDK-HMAC-SHA256, X-Auth-Token' };
    }
  }
  const close = answer.close || !req || !req.keep;
  let fields = [['Date', answer.date || new Date().toUTCString()], ['Server', 'api-gateway'], ['Content-Type', answer.type || 'application/json'],
    ['X-Request-Id', id], ...Object.entries(answer.headers || {})];
  if (is('curt-gateway')) fields = fields.filter(f => f[0] !== 'X-Request-Id' && f[0] !== 'Server');
  if (answer.chunks) fields.push(['Transfer-Encoding', 'chunked']);
  else if (!answer.unframed) fields.push(['Content-Length', answer.length ?? body.length]);
  if (close) fields.push(['Connection', 'close']); else if (req.version === 0) fields.push(['Connection', 'keep-alive']);
  if (answer.lower) fields = fields.reverse().map(([n, v]) => [n.toLowerCase(), v]);
  let head = `HTTP/1.1 ${status} ${answer.bare ? '' : REASON[status]}\r\n` + fields.map(([n, v]) => `${n}${answer.lower ? ':' : ': '}${v}\r\n`).join('') + '\r\n';
  if (answer.interim) head = 'HTTP/1.1 103 Early Hints\r\nLink: <https://support.huaweicloud.com/>; rel=help\r\n\r\nHTTP/1.1 103\u0020\r\n\r\n' + head;
  const out = [Buffer.from(head, 'latin1')];
  if (req && req.method === 'HEAD') body = Buffer.alloc(0);
  else if (answer.chunks) {
    for (let i = 0; i < body.length; i += answer.chunks) {
      const part = body.subarray(i, i + answer.chunks);
      out.push(Buffer.from('0'.repeat(i % 2) + part.length.toString(16).toUpperCase() + (answer.lower ? `;n=${i};q="a;b"` : '') + '\r\n'), part, Buffer.from('\r\n'));
    }
    out.push(Buffer.from('0\r\n\r\n'));
  } else out.push(body);
  if (answer.rest) out.push(Buffer.from(answer.rest));
  socket.write(Buffer.concat(out));
  return close;
}

async function serve(socket) {
  const reader = new Reader(socket), conn = {};
  socket.setNoDelay(true);
  socket.setTimeout(75e3, () => socket.destroy());
  for (;;) {
    let req, answer;
    try {
      req = await readHead(reader);
      // difference: a request without a good token is answered at once, its body is left for the next request
      if (is('body-left-after-401') && req.method === 'POST') {
        req.body = Buffer.alloc(0);
        try { route(req)(); authenticate(req, conn); } catch (e) { if (e.status === 401 && !send(socket, req, e)) continue; if (e.status === 401) break; }
      }
      if (req.expects && !(req.length > MAX_BODY)) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      req.body = await readBody(reader, req);
      answer = await handle(req, conn);
    } catch (e) {
      if (e === null) break;                      // the client went away
      if (!e.status) console.error(e);
      answer = e.status ? e : gateway(500, 'APIGW.0601', 'malformed');
    }
    if (send(socket, req, answer)) break;
  }
  reader.drain = true;                            // lingering close, so that the answer is not lost (RFC 9112, 9.6)
  socket.end();
  setTimeout(() => socket.destroy(), 2000).unref();
}

net.createServer({ allowHalfOpen: true }, socket => { serve(socket).catch(e => { if (e) console.error(e); socket.destroy(); }); })
  .listen(Number(args.port), '127.0.0.1', () => console.error('listening', args.port, args.behaviour || 'none'));
