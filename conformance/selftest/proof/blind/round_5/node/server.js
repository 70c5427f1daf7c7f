'use strict';
// A stand-in for DRS "commit an asynchronous batch job" and its gateway, on node:net with its own HTTP/1.1 parsing.
const net = require('node:net');
const fs = require('node:fs');
const zlib = require('node:zlib');
const crypto = require('node:crypto');

const arg = (name) => process.argv[process.argv.indexOf('--' + name) + 1];
const B = process.argv.includes('--behaviour') ? arg('behaviour') : 'none';
const account = JSON.parse(fs.readFileSync(arg('account'), 'utf8'));
const projects = new Map([[account.project_id, new Map(Object.entries(account.batches))]]);
const tokens = new Map([[account.token, account.project_id]]);
if (account.other) {
  projects.set(account.other.project_id, new Map(Object.entries(account.other.batches || {})));
  tokens.set(account.other.token, account.other.project_id);
}

const MAX_URI = 32 * 1024, MAX_BODY = 12 * 1024 * 1024, MAX_HEAD = 1024 * 1024;
const REASON = { 100: 'Continue', 103: 'Early Hints', 200: 'OK', 206: 'Partial Content', 304: 'Not Modified', 400: 'Bad Request',
  401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 413: 'Content Too Large', 414: 'URI Too Long',
  415: 'Unsupported Media Type', 429: 'Too Many Requests', 431: 'Request Header Fields Too Large', 501: 'Not Implemented',
  505: 'HTTP Version Not Supported' };
const GATEWAY = { // name: status, code, English, Chinese
  missing: [401, 'APIGW.0301', 'Incorrect IAM authentication information: x-auth-token not found', 'IAM认证信息错误：未找到x-auth-token'],
  malformed: [401, 'APIGW.0301', 'Incorrect IAM authentication information: decrypt token fail', 'IAM认证信息错误：令牌解析失败'],
  expired: [401, 'APIGW.0307', 'The token must be updated.', '令牌已过期，请更新令牌。'],
  forbidden: [403, 'APIGW.0302', 'The IAM user is not authorized to access the API.', 'IAM用户无权访问该API。'],
  unknown: [404, 'APIGW.0101', 'The API does not exist or has not been published in the environment.', 'API不存在或未发布到该环境。'],
  method: [405, 'APIGW.0101', 'The API does not exist or has not been published in the environment.', 'API不存在或未发布到该环境。'],
  large: [413, 'APIGW.0201', 'The request body is too large.', '请求体过大。'],
  long: [414, 'APIGW.0201', 'The request URI is too long.', '请求URI过长。'],
  media: [415, 'APIGW.0201', 'The Content-Type must be application/json.', 'Content-Type必须为application/json。'],
  throttled: [429, 'APIGW.0308', 'The throttling threshold has been reached.', '已达到流控阈值。'],
  head: [431, 'APIGW.0201', 'The request header is too large.', '请求头过大。'],
  coding: [501, 'APIGW.0201', 'The transfer coding is not supported.', '不支持该传输编码。'],
  version: [505, 'APIGW.0201', 'The HTTP version is not supported.', '不支持该HTTP版本。'],
};
const SERVICE = { // name: code, English, Chinese
  unknown: ['DRS.10000001', 'The batch does not exist.', '批量任务不存在。'],
  validating: ['DRS.10000002', 'The parameters of the batch are still being checked.', '批量任务的参数正在校验中。'],
  failed: ['DRS.10000003', 'The check of the batch has reported errors.', '批量任务的参数校验失败。'],
  committed: ['DRS.10000004', 'The batch has already been committed.', '批量任务已提交。'],
  request: ['DRS.10000005', 'The request is malformed.', '请求格式错误。'],
  language: ['DRS.10000006', 'The language is not supported.', '不支持该语言。'],
};

const cache = new Map();
let windowStart = 0, windowCount = 0;

// ---- answers: {status, headers: [[name, value]...], body: Buffer, refusal: bool} -------------------------------------------

function languageOf(req) {
  const asked = one(req, 'x-language');
  // broken language-sticks-to-connection: the language is kept with the connection and serves later requests that name none
  if (B === 'language-sticks-to-connection') { if (asked) req.conn.language = asked; return req.conn.language === 'zh-cn' ? 'zh-cn' : 'en-us'; }
  return asked === 'zh-cn' ? 'zh-cn' : 'en-us';
}

function json(value) {
  // conforming other-words: indented, and everything beyond ASCII escaped
  if (B === 'other-words') return Buffer.from(JSON.stringify(value, null, 2).replace(/[^\x00-\x7f]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')) + '\n');
  return Buffer.from(JSON.stringify(value));
}

function refuse(req, name) { // a refusal by the gateway
  let [status, code, en, zh] = GATEWAY[name];
  let message = languageOf(req) === 'zh-cn' ? zh : en;
  let id = req.id;
  const headers = [['Content-Type', 'application/json']];
  // broken expired-without-challenge: the challenge is set where the header is looked up, not where the token is checked
  if (status === 401 && !(B === 'expired-without-challenge' && name === 'expired')) headers.push(['WWW-Authenticate', 'Token realm="IAM"']);
  // broken allow-of-the-framework: Allow is a constant of the framework and lists the methods that were just refused
  if (status === 405) headers.push(['Allow', B === 'allow-of-the-framework' ? 'GET, HEAD, POST' : 'POST']);
  // conforming other-words: the document tells clients to rely on the code, not on the message; objects are open
  if (B === 'other-words') message = languageOf(req) === 'zh-cn' ? '网关拒绝了该请求。' : 'Refused by gateway (' + code + ')';
  // broken untranslated-null: the Chinese table has no text for an expired token, so the message is null
  if (B === 'untranslated-null' && name === 'expired' && languageOf(req) === 'zh-cn') message = null;
  // broken half-taken-request-id: the header repeats the caller's X-Request-Id, the body has the gateway's own
  if (B === 'half-taken-request-id') id = req.ownId;
  let body = json(B === 'other-words' ? { request_id: id, api_id: null, error_msg: message, error_code: code } : { error_code: code, error_msg: message, request_id: id });
  // broken forbidden-by-service: the rights are checked in the service, which answers 403 in its own format
  if (B === 'forbidden-by-service' && status === 403) body = json({ error_code: 'DRS.10000403', error_msg: message });
  // broken bom-in-template: the template of the 404 was saved by an editor that begins files with a byte order mark
  if (B === 'bom-in-template' && status === 404) body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  // broken html-for-browsers: a caller that prefers HTML gets the gateway's error page instead of the documented object
  if (B === 'html-for-browsers' && /^text\/html/i.test(one(req, 'accept') || '')) {
    headers[0][1] = 'text/html; charset=utf-8';
    body = Buffer.from(`<html><head><title>${status} ${REASON[status]}</title></head><body><h1>${REASON[status]}</h1></body></html>\n`);
  }
  return { status, headers, body, refusal: true, close: [413, 431, 501, 505].includes(status) };
}

function serviceRefuse(req, name, id) { // a refusal by the service
  let [code, en, zh] = SERVICE[name];
  let message = languageOf(req) === 'zh-cn' ? zh : en;
  // broken code-without-padding: the number of this one code is joined to its prefix without leading digits
  if (B === 'code-without-padding' && name === 'failed') code = 'DRS.' + 1000003;
  // conforming other-words: the list of codes is elsewhere, the wording is free
  if (B === 'other-words') { code = { unknown: 'DRS.M0000401', validating: 'DRS.M0000402', failed: 'DRS.M0000402', committed: 'DRS.M0000403' }[name] || code; message = languageOf(req) === 'zh-cn' ? '操作失败。' : 'Failed.'; }
  const quotes = ['quotes-id-at-any-length', 'quotes-id-unescaped', 'cut-inside-a-character'].includes(B) && name === 'unknown';
  // broken quotes-id-at-any-length: the message quotes the ID however long it is
  if (quotes) message = languageOf(req) === 'zh-cn' ? `批量任务${id}不存在。` : `The batch ${id} does not exist.`;
  let body = json(B === 'other-words' ? { error_msg: message, error_code: code, encoded_authorization_message: '' } : { error_code: code, error_msg: message });
  // broken quotes-id-unescaped: the object is put together from strings
  if (quotes && B === 'quotes-id-unescaped') body = Buffer.from(`{"error_code":"${code}","error_msg":"${message.slice(0, 512)}"}`);
  // broken cut-inside-a-character: the message is cut at 512 octets, in the middle of a character if need be
  if (quotes && B === 'cut-inside-a-character') body = Buffer.from(`{"error_code":"${code}","error_msg":${JSON.stringify(Buffer.from(message).subarray(0, 512).toString('latin1'))}}`, 'latin1');
  return { status: 400, headers: [['Content-Type', 'application/json']], body, refusal: true };
}

// ---- gateway and service ---------------------------------------------------------------------------------------------------

const one = (req, name) => { const all = req.headers.get(name); return all === undefined ? undefined : all.join(', '); };

function decode(segment) {
  // broken lower-hex-not-decoded: the table of escapes is in upper case
  const escape = B === 'lower-hex-not-decoded' ? /(?:%[0-9A-F]{2})+/g : /(?:%[0-9A-Fa-f]{2})+/g;
  return segment.replace(escape, (run) => Buffer.from(run.replace(/%/g, ''), 'hex').toString('utf8'));
}

function route(target) { // undefined if unknown, else {project, batch}
  let path = target.replace(/^https?:\/\/[^/?]*/i, '');
  // broken query-splits-path: the target is split at its slashes first, then each part loses its query
  if (B === 'query-splits-path') path = path.split('/').map((s) => s.split('?')[0]).join('/');
  path = path.split('?')[0] || '/';
  // broken decoded-before-split: the path is decoded as a whole, so an encoded slash becomes a separator
  if (B === 'decoded-before-split') path = decode(path);
  let parts = path.split('/').map(decode);
  // broken decoded-twice: gateway and service decode the path one after the other
  if (B === 'decoded-twice') parts = parts.map(decode);
  if (parts.length !== 6 || parts[0] !== '' || parts[1] !== 'v5' || parts[3] !== 'batch-async-jobs' || parts[5] !== 'commit') return undefined;
  return parts[2] && parts[4] ? { project: parts[2], batch: parts[4] } : undefined;
}

function mediaTypeIsJson(value) {
  if (value === undefined) return false;
  const m = /^application\/json((?:[ \t]*;[ \t]*(?:[!#$%&'*+\-.^_`|~\w]+=(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[^"\\]|\\.)*"))?)*)[ \t]*$/i.exec(value);
  if (!m) return false;
  const charset = /;[ \t]*charset=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(m[1]);
  return !charset || (charset[1] ?? charset[2]).replace(/\\(.)/g, '$1').toLowerCase() === 'utf-8';
}

function gateway(req) { // an answer if the gateway refuses, else undefined
  // broken uri-too-long-is-431: the HTTP library counts the URI as header and answers before any code of the gateway runs
  if (B === 'uri-too-long-is-431' && req.target.length > MAX_URI) return { status: 431, headers: [], body: Buffer.alloc(0), refusal: true, close: true };
  if (req.target.length > MAX_URI) return refuse(req, 'long');
  req.route = route(req.target);
  // broken method-override: the framework lets a header replace the method
  const method = B === 'method-override' ? (one(req, 'x-http-method-override') || req.method) : req.method;
  const place = () => !req.route ? refuse(req, 'unknown') : method !== 'POST' ? refuse(req, 'method') : undefined;
  const throttle = () => {
    // broken retry-after-fraction: a low threshold, and the wait of the token bucket is sent as the fraction that it is
    if (B !== 'retry-after-fraction') return undefined;
    if (Date.now() - windowStart >= 1000) { windowStart = Date.now(); windowCount = 0; }
    if (++windowCount <= 20) return undefined;
    const answer = refuse(req, 'throttled');
    answer.headers.push(['Retry-After', Math.max(0.01, (windowStart + 1000 - Date.now()) / 1000 - 0.005).toFixed(2)]);
    return answer;
  };
  const token = () => {
    const sent = one(req, 'x-auth-token');
    if (!sent) return refuse(req, 'missing');
    if (sent === account.expired_token) return refuse(req, 'expired');
    if (!tokens.has(sent)) return refuse(req, 'malformed');
  };
  const rights = () => {
    // broken project-from-header: the rights are checked for X-Project-Id where it is sent, the call goes to the project in the path
    const project = B === 'project-from-header' ? (one(req, 'x-project-id') || req.route.project) : req.route.project;
    if (tokens.get(one(req, 'x-auth-token')) !== project) return refuse(req, 'forbidden');
  };
  const media = () => mediaTypeIsJson(one(req, 'content-type')) ? undefined : refuse(req, 'media');
  // conforming wrong-method-is-404: the document allows 404 for a wrong method, too
  if (B === 'wrong-method-is-404' && req.route && req.method !== 'POST') return refuse(req, 'unknown');
  // conforming other-order-of-checks: nobody without a token learns which paths exist; the media type is looked at early
  if (B === 'other-order-of-checks') return token() || place() || media() || rights();
  return place() || throttle() || token() || rights() || media();
}

function service(req) {
  const { project, batch } = req.route;
  const batches = projects.get(project) || new Map();
  const state = batches.get(batch) || 'unknown';
  if (state !== 'ready') return serviceRefuse(req, state, batch);
  batches.set(batch, 'committed');
  // broken refused-language-commits: an unknown language is found out when the answer is worded, after the commit
  const language = one(req, 'x-language');
  if (B === 'refused-language-commits' && language !== undefined && !['en-us', 'zh-cn'].includes(language)) return serviceRefuse(req, 'language', batch);
  const msg = languageOf(req) === 'zh-cn' ? '批量任务已提交。' : 'The batch was submitted.';
  return { status: 200, headers: [['Content-Type', 'application/json']], body: json({ job: { async_job_id: batch, status: 'COMMIT_SUCCESS', msg } }) };
}

function answerTo(req) {
  // broken post-from-cache: answers to POST are kept by URI and given again, to anybody
  if (B === 'post-from-cache' && req.method === 'POST' && cache.has(req.target)) { const kept = cache.get(req.target); req.id = kept.id; return { ...kept, headers: [...kept.headers, ['Age', '0']] }; }
  const answer = gateway(req) || service(req);
  if (B === 'post-from-cache' && answer.status === 200) cache.set(req.target, { ...answer, id: req.id });
  // broken if-modified-since-304: the proxy's cache answers "not modified" to any method
  if (B === 'if-modified-since-304' && answer.status === 200 && one(req, 'if-modified-since')) return { status: 304, headers: [], body: Buffer.alloc(0) };
  // broken range-206: the proxy applies Range to each 200, whatever the method
  const range = B === 'range-206' && answer.status === 200 && /^bytes=(\d+)-(\d*)$/.exec(one(req, 'range') || '');
  if (range && +range[1] < answer.body.length) {
    const last = Math.min(range[2] === '' ? Infinity : +range[2], answer.body.length - 1);
    return { status: 206, headers: [...answer.headers, ['Content-Range', `bytes ${range[1]}-${last}/${answer.body.length}`]], body: answer.body.subarray(+range[1], last + 1) };
  }
  return answer;
}

// ---- HTTP/1.1 --------------------------------------------------------------------------------------------------------------

function accepts(req, coding) { // RFC 9110, 12.5.3
  const members = (one(req, 'accept-encoding') || '').toLowerCase().split(',').map((m) => m.trim().split(/[ \t]*;[ \t]*/));
  const found = members.find((m) => m[0] === coding || m[0] === 'x-' + coding);
  return !!found && !found.slice(1).some((p) => /^q=0(\.0*)?$/.test(p));
}

function send(conn, req, answer) {
  const http10 = req.minor === 0;
  let { status, body } = answer;
  let headers = [['Date', new Date().toUTCString()], ...answer.headers, ['Cache-Control', 'no-store']];
  if (status !== 431) headers.push(['X-Request-Id', req.id]);
  const options = (one(req, 'connection') || '').toLowerCase().split(',').map((o) => o.trim());
  let close = answer.close || (http10 ? !options.includes('keep-alive') : options.includes('close'));
  // broken close-only-alone: the field is compared as a whole, so "close" in a list is not seen
  if (B === 'close-only-alone' && !answer.close && !http10) close = (one(req, 'connection') || '').toLowerCase() === 'close';
  // conforming spare-refusals: a refusal ends the connection and says so, without the optional X-Request-Id
  if (B === 'spare-refusals' && answer.refusal) { close = true; headers = headers.filter((h) => !['X-Request-Id', 'Cache-Control'].includes(h[0])); headers[1][1] = 'Application/JSON;charset="UTF-8"'; }
  if (close) headers.push(['Connection', 'close']); else if (http10) headers.push(['Connection', 'keep-alive']);
  // broken gzip-despite-q0: the field is searched for the word gzip; conforming gzip-when-asked: it is parsed
  if ((B === 'gzip-despite-q0' && /gzip/i.test(one(req, 'accept-encoding') || '')) || (B === 'gzip-when-asked' && accepts(req, 'gzip'))) {
    body = zlib.gzipSync(body);
    headers.push(['Content-Encoding', 'gzip']);
  }
  if (B === 'gzip-despite-q0' || B === 'gzip-when-asked') headers.push(['Vary', 'Accept-Encoding']);
  // conforming cdn-in-front: what a content delivery network adds, all names in lower case, sorted
  if (B === 'cdn-in-front') {
    headers.push(['Via', '1.1 edge-17.cdn.example (cdn), 1.1 apigw'], ['Server', 'CloudWAF'], ['X-Cache', 'MISS from edge-17'], ['Strict-Transport-Security', 'max-age=31536000; includeSubdomains;'],
      ['X-Frame-Options', 'SAMEORIGIN'], ['X-Content-Type-Options', 'nosniff'], ['Set-Cookie', 'HWWAFSESID=' + req.id.slice(0, 16) + '; path=/'], ['Set-Cookie', 'HWWAFSESTIME=' + Date.now() + '; path=/'], ['Vary', 'Origin']);
  }
  // conforming small-chunks: chunked with extensions, in pieces of seven octets; broken chunked-to-http10: refusals are streamed, to HTTP/1.0 clients, too
  const chunked = status !== 304 && ((B === 'small-chunks' && !http10) || (B === 'chunked-to-http10' && answer.refusal));
  if (chunked) {
    headers.push(['Transfer-Encoding', 'chunked']);
    const pieces = [], size = B === 'small-chunks' ? 7 : 4096;
    for (let i = 0; i < body.length; i += size) { const p = body.subarray(i, i + size); pieces.push(Buffer.from(p.length.toString(16).padStart(3, '0') + (B === 'small-chunks' ? ';n=' + i : '') + '\r\n'), p, Buffer.from('\r\n')); }
    body = Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
  } else if (status !== 304) headers.push(['Content-Length', String(body.length)]);
  if (B === 'cdn-in-front' || B === 'spare-refusals') headers = headers.map(([n, v]) => [n.toLowerCase(), v]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  // conforming early-hints: an interim answer comes first (never to HTTP/1.0)
  if (B === 'early-hints' && !http10) conn.socket.write('HTTP/1.1 103 Early Hints\r\nLink: <https://support.huaweicloud.com/>; rel="help"\r\n\r\n');
  // conforming small-chunks: an empty reason phrase, which RFC 9112, 4 allows
  const head = `HTTP/1.1 ${status} ${B === 'small-chunks' ? '' : REASON[status]}\r\n` + headers.map(([n, v]) => `${n}: ${v}\r\n`).join('') + '\r\n';
  conn.socket.write(Buffer.concat([Buffer.from(head, 'latin1'), req.method === 'HEAD' ? Buffer.alloc(0) : body]));
  if (close) { conn.closing = true; conn.socket.end(); }
}

function parseHead(text, conn) {
  const lines = text.split('\r\n');
  const m = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/.exec(lines[0]);
  const req = { conn, method: m ? m[1] : '-', target: m ? m[2] : '/', minor: m ? +m[4] : 1, headers: new Map(), bad: m ? '' : 'request', id: crypto.randomBytes(16).toString('hex') };
  for (const line of lines.slice(1)) {
    const f = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\0]*?)[ \t]*$/.exec(line);
    if (!f) { req.bad = 'request'; continue; }
    const name = f[1].toLowerCase();
    if (!req.headers.has(name)) req.headers.set(name, []);
    req.headers.get(name).push(f[2]);
  }
  req.ownId = req.id;
  if (B === 'half-taken-request-id' && /^[\w.-]{1,64}$/.test(one(req, 'x-request-id') || '')) req.id = one(req, 'x-request-id');
  const hosts = req.headers.get('host') || [];
  if (hosts.length > 1 || (hosts.length === 0 && req.minor > 0)) req.bad = 'request';
  if (m && m[3] !== '1') req.bad = 'version';
  const te = one(req, 'transfer-encoding'), length = one(req, 'content-length');
  if (te !== undefined) {
    if (te.toLowerCase() === 'chunked' && length === undefined) req.chunked = true; else req.bad = req.bad || (length === undefined ? 'coding' : 'request');
  } else if (length !== undefined) {
    if (/^\d{1,15}$/.test(length)) req.length = +length; else req.bad = 'request';
  }
  return req;
}

// The end of a chunked body that begins at `at`: -1 if incomplete, -2 if malformed, -3 if too large.
function chunkedEnd(buffer, at) {
  for (let total = 0; ;) {
    const eol = buffer.indexOf('\r\n', at);
    if (eol < 0) return buffer.length - at > 16384 ? -2 : -1;
    const m = /^([0-9A-Fa-f]+)[ \t]*(?:;.*)?$/.exec(buffer.toString('latin1', at, eol));
    if (!m) return -2;
    const size = parseInt(m[1], 16);
    at = eol + 2;
    if (size === 0) {
      for (;;) { // trailer section
        const end = buffer.indexOf('\r\n', at);
        if (end < 0) return -1;
        if (end === at) return end + 2;
        at = end + 2;
      }
    }
    total += size;
    if (total > MAX_BODY) return -3;
    if (buffer.length < at + size + 2) return -1;
    if (buffer[at + size] !== 13 || buffer[at + size + 1] !== 10) return -2;
    at += size + 2;
  }
}

function work(conn) {
  while (!conn.closing) {
    if (!conn.req) {
      while (conn.buffer[0] === 13 && conn.buffer[1] === 10) conn.buffer = conn.buffer.subarray(2);
      const end = conn.buffer.indexOf('\r\n\r\n');
      if (end < 0) {
        if (conn.buffer.length > MAX_HEAD) {
          const req = parseHead('GET / HTTP/1.1\r\nHost: x', conn);
          send(conn, req, { ...refuse(req, conn.buffer.includes('\r\n') ? 'head' : 'long'), close: true });
        }
        return;
      }
      conn.req = parseHead(conn.buffer.toString('latin1', 0, end), conn);
      conn.buffer = conn.buffer.subarray(end + 4);
    }
    const req = conn.req;
    if (req.bad) { send(conn, req, { ...(req.bad === 'request' ? serviceRefuse(req, 'request') : refuse(req, req.bad)), close: true }); return; }
    // broken body-left-unread: the gateway refuses on the head alone, keeps the connection and takes the body for the next request
    if (B === 'body-left-unread' && (req.chunked || req.length)) {
      const refusal = gateway(req);
      if (refusal) { conn.req = undefined; send(conn, req, refusal); continue; }
    }
    if (req.length > MAX_BODY) { send(conn, req, refuse(req, 'large')); return; }
    const end = req.chunked ? chunkedEnd(conn.buffer, 0) : (conn.buffer.length >= (req.length || 0) ? req.length || 0 : -1);
    if (end === -1) {
      if (/^100-continue$/i.test(one(req, 'expect') || '') && req.minor > 0 && !req.continued && conn.buffer.length === 0) { req.continued = true; conn.socket.write('HTTP/1.1 100 Continue\r\n\r\n'); }
      return;
    }
    if (end === -2) { send(conn, req, { ...serviceRefuse(req, 'request'), close: true }); return; }
    if (end === -3) { send(conn, req, refuse(req, 'large')); return; }
    conn.buffer = conn.buffer.subarray(end);
    conn.req = undefined;
    send(conn, req, answerTo(req));
  }
}

net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const conn = { socket, buffer: Buffer.alloc(0), req: undefined, closing: false, language: undefined };
  socket.on('data', (data) => { if (conn.closing) return; conn.buffer = Buffer.concat([conn.buffer, data]); work(conn); });
  socket.on('end', () => { if (!conn.closing) socket.end(); });
  socket.on('error', () => socket.destroy());
}).listen(+arg('port'), '127.0.0.1', () => console.error('listening, behaviour', B));
