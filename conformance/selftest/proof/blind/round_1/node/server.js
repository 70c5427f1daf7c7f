'use strict';
// A DRS gateway with one operation, "commit an asynchronous batch job", and one chosen behaviour.
// node server.js --port N --account FILE --behaviour NAME
const http = require('node:http');
const fs = require('node:fs');
const { randomUUID } = require('node:crypto');
const zlib = require('node:zlib');

const arg = (name) => process.argv[process.argv.indexOf(`--${name}`) + 1];
const account = JSON.parse(fs.readFileSync(arg('account'), 'utf8'));
const behaviour = arg('behaviour');
const is = (name) => behaviour === name;
const BEHAVIOURS = `none
  expired-token-accepted scope-unchecked foreign-batch-by-id project-prefix-match missing-token-forbidden
  token-cache-by-prefix no-challenge undecodable-token-500 connection-authenticated-once auth-cached-by-project
  effect-before-authentication token-header-case-sensitive forbidden-by-service long-token-html
  other-challenges authenticate-first media-type-before-token iam-blips
  charset-upper-case-refused content-type-prefix-match content-type-unchecked-without-body language-sticky
  accept-language-wins zh-in-gbk zh-length-in-characters body-limit-100kb empty-json-body-refused
  chunked-body-unlimited expect-continue-ignored absolute-form-not-found encoded-project-forbidden
  accept-list-not-acceptable
  reverse-proxy strict-reader escaped-chinese hasty`.split(/\s+/);
if (!BEHAVIOURS.includes(behaviour)) { console.error(`unknown behaviour ${behaviour}`); process.exit(2); }

// ---- The account ---------------------------------------------------------------------------------------------------
const projects = new Map([[account.project_id, { ...account.batches }],
                          [account.other.project_id, { ...account.other.batches }]]);
const identities = [
  { token: account.token, project: account.project_id },
  { token: account.other.token, project: account.other.project_id },
  { token: account.expired_token, project: account.project_id, expired: true },
];

// ---- Messages: code, English, Chinese ------------------------------------------------------------------------------
const MESSAGES = {
  malformed: ['DRS.10000001', 'The request is malformed.', '请求格式错误。'],
  unknown: ['DRS.10000001', 'The batch does not exist.', '批量任务不存在。'],
  validating: ['DRS.10000001', 'The parameters of the batch are still being checked.', '批量任务的参数正在校验。'],
  failed: ['DRS.10000001', 'The check of the batch has failed.', '批量任务的参数校验失败。'],
  committed: ['DRS.10000001', 'The batch has already been committed.', '批量任务已经提交。'],
  emptyBody: ['DRS.10000001', 'Body cannot be empty when content-type is application/json.', '请求体不能为空。'],
  language: ['DRS.10000001', 'The language is not supported.', '不支持该语言。'],
  tokenMissing: ['APIGW.0301', 'Incorrect IAM authentication information: x-auth-token not found',
    'IAM认证信息错误：未找到x-auth-token'],
  tokenBad: ['APIGW.0301', 'Incorrect IAM authentication information: decrypt token fail', 'IAM认证信息错误：解析token失败'],
  tokenExpired: ['APIGW.0307', 'The token must be updated.', 'token需要更新。'],
  forbidden: ['APIGW.0302', 'The IAM user is not authorized to access the API.', 'IAM用户无权访问该API。'],
  notPublished: ['APIGW.0101', 'The API does not exist or has not been published in the environment.',
    'API不存在或尚未发布到环境。'],
  mediaType: ['APIGW.0201', 'The Content-Type must be application/json.', 'Content-Type必须为application/json。'],
  notAcceptable: ['APIGW.0201', 'Not acceptable.', '无法接受。'],
  bodyTooLarge: ['APIGW.0201', 'The request body is too large.', '请求体过大。'],
  uriTooLong: ['APIGW.0201', 'The request URI is too long.', '请求URI过长。'],
  headersTooLarge: ['APIGW.0201', 'The request headers are too large.', '请求头过大。'],
  throttled: ['APIGW.0308', 'The throttling threshold has been reached.', '已达到流控阈值。'],
  internal: ['APIGW.0601', 'Internal server error.', '内部错误。'],
  iamUnavailable: ['APIGW.0613', 'IAM is unavailable.', 'IAM不可用。'],
};
const STATUS = {
  tokenMissing: 401, tokenBad: 401, tokenExpired: 401, forbidden: 403, notPublished: 404, mediaType: 415,
  notAcceptable: 406, bodyTooLarge: 413, uriTooLong: 414, headersTooLarge: 431, throttled: 429, internal: 500,
  iamUnavailable: 503, // all others are the service's 400
};

const languageOf = new Map(); // language-sticky
function language(headers) {
  let asked = (headers['x-language'] ?? '').toLowerCase();
  // accept-language-wins (broken): an i18n middleware reads Accept-Language and overrides X-Language with it.
  if (is('accept-language-wins') && headers['accept-language']) {
    if (/^\s*zh/i.test(headers['accept-language'])) asked = 'zh-cn';
    else if (/^\s*en/i.test(headers['accept-language'])) asked = 'en-us';
  }
  // language-sticky (broken): the language is kept in the token's session, and a call without X-Language uses the last.
  if (is('language-sticky')) {
    const session = headers['x-auth-token'] ?? '';
    if (asked) languageOf.set(session, asked); else asked = languageOf.get(session) ?? '';
  }
  return asked === 'zh-cn' ? 'zh-cn' : 'en-us';
}

// ---- Answers -------------------------------------------------------------------------------------------------------
const newRequestId = () => is('other-challenges') ? randomUUID().toUpperCase() : randomUUID().replaceAll('-', '');
const CHALLENGE = 'Keystone uri="https://iam.cn-north-4.myhuaweicloud.com"';

// Status, headers and object of a refusal.
function refusal(key, lang, requestId) {
  const [code, en, zh] = MESSAGES[key];
  let status = STATUS[key] ?? 400;
  const headers = { 'X-Request-Id': requestId };
  let body = { error_code: code, error_msg: lang === 'zh-cn' ? zh : en };
  if (status !== 400) body.request_id = requestId;
  if (status === 401) headers['WWW-Authenticate'] = CHALLENGE;
  if (status === 429 || status === 503) headers['Retry-After'] = '1';

  // missing-token-forbidden (broken): without credentials 403, as Spring Security does without an entry point.
  if (is('missing-token-forbidden') && key === 'tokenMissing') { status = 403; delete headers['WWW-Authenticate']; }
  // no-challenge (broken): 401 without WWW-Authenticate.
  if (is('no-challenge')) delete headers['WWW-Authenticate'];
  // forbidden-by-service (broken): the service itself answers 403, with its own kind of error and code.
  if (is('forbidden-by-service') && status === 403) body = { error_code: 'DRS.10000003', error_msg: body.error_msg };
  // other-challenges (conforming): several challenges, other words, another form of ID, another order, further fields.
  if (is('other-challenges')) {
    if (status === 401) headers['WWW-Authenticate'] = ['IAM-Token realm="drs", charset="UTF-8"', 'SDK-HMAC-SHA256'];
    if (status !== 400) body = { request_id: requestId, detail: null, error_msg: `${body.error_msg} (${status})`, error_code: code };
  }
  // escaped-chinese (conforming): longer messages.
  if (is('escaped-chinese')) body.error_msg += lang === 'zh-cn' ? '请联系技术支持。🙂' : ' Contact "technical support" \\ operator. 🙂';
  return { status, headers, body };
}

let gbk; // character -> two bytes, made from the decoder that Node has
function toGbk(text) {
  if (!gbk) {
    gbk = new Map();
    const decoder = new TextDecoder('gbk');
    for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) gbk.set(decoder.decode(Buffer.of(a, b)), [a, b]);
  }
  return Buffer.from([...text].flatMap((c) => c < '\x80' ? [c.charCodeAt(0)] : gbk.get(c) ?? [0x3f]));
}

const acceptsGzip = (value = '') => value.split(',').some((part) =>
  /^\s*gzip\s*(;\s*q=(1|0\.\d*[1-9]).*)?$/i.test(part));

function send(req, res, { status, headers, body }, lang) {
  let text = JSON.stringify(body);
  // escaped-chinese (conforming): JSON in ASCII alone, a Content-Language.
  if (is('escaped-chinese')) {
    text = text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    headers = { 'Content-Language': lang === 'zh-cn' ? 'zh-CN' : 'en-US', Vary: 'X-Language', ...headers };
  }
  let bytes = Buffer.from(text, 'utf8');
  // zh-in-gbk (broken): the Chinese messages leave the server in GBK.
  if (is('zh-in-gbk') && lang === 'zh-cn') bytes = toGbk(text);
  let out = { 'Content-Type': 'application/json', 'Content-Length': String(bytes.length), ...headers };
  // zh-length-in-characters (broken): Content-Length is the length of the string, not of its UTF-8 bytes.
  if (is('zh-length-in-characters')) out['Content-Length'] = String(text.length);
  // reverse-proxy (conforming): other order and case of the headers, chunks, gzip if asked for, closed connections, white space.
  if (is('reverse-proxy')) {
    bytes = Buffer.from(`\n${JSON.stringify(body, null, '\t')}\r\n`);
    out = { via: '1.1 edge-7 (cache)', server: 'api-gateway', 'strict-transport-security': 'max-age=31536000',
      connection: 'close', vary: 'Accept-Encoding',
      ...Object.fromEntries(Object.entries(headers).reverse().map(([k, v]) => [k.toLowerCase(), v])) };
    if (acceptsGzip(req.headers['accept-encoding'])) { bytes = zlib.gzipSync(bytes); out['content-encoding'] = 'gzip'; }
    out['content-type'] = 'Application/JSON;charset=UTF-8';
  }
  // hasty (conforming): the optional X-Request-Id is left out where no body names it.
  if (is('hasty') && !body.request_id) delete out['X-Request-Id'];
  if (req.expects && !req.continued) out[is('reverse-proxy') ? 'connection' : 'Connection'] = 'close';
  res.writeHead(status, out);
  if (is('reverse-proxy') && req.method !== 'HEAD') {
    res.write(bytes.subarray(0, 7));
    res.end(bytes.subarray(7));
  } else res.end(bytes);
}

// An answer to what Node's parser refused or hands over as a bare socket.
function sendRaw(socket, key, extra = {}) {
  if (socket.answered || !socket.writable) return;
  socket.answered = true;
  const { status, headers, body } = refusal(key, 'en-us', newRequestId());
  if (extra.Allow) return finish(405);
  return finish(status);
  function finish(code) {
    const text = Buffer.from(JSON.stringify(body));
    const lines = Object.entries({ Date: new Date().toUTCString(), 'Content-Type': 'application/json',
      'Content-Length': text.length, Connection: 'close', ...headers, ...extra }).map(([k, v]) => `${k}: ${v}\r\n`);
    socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${code} ${http.STATUS_CODES[code]}\r\n${lines.join('')}\r\n`), text]));
    setTimeout(() => socket.destroy(), 2000).unref();
  }
}

// ---- The path ------------------------------------------------------------------------------------------------------
// The IDs in the path of the operation, undefined if it is another path.
function route(target) {
  let path = target;
  // absolute-form-not-found (broken): only the origin-form of a target is understood.
  if (!is('absolute-form-not-found')) path = path.replace(/^https?:\/\/[^/?#]+/i, '');
  const raw = path.split('?')[0].split('/');
  let parts;
  try { parts = raw.map(decodeURIComponent); } catch { return undefined; }
  const [root, version, project, batches, batch, commit] = parts;
  if (parts.length !== 6 || root !== '' || version !== 'v5' || batches !== 'batch-async-jobs' || commit !== 'commit'
    || !project || !batch) return undefined;
  return { project, batch, rawProject: raw[2] };
}

// ---- Authentication ------------------------------------------------------------------------------------------------
const authenticated = new Map(); // auth-cached-by-project: project -> identity
// The identity behind a request, or the key of a refusal.
function authenticate(req, ids) {
  let token = req.headers['x-auth-token'];
  // token-header-case-sensitive (broken): the raw headers are searched for "X-Auth-Token" in this very spelling.
  if (is('token-header-case-sensitive')) {
    const at = req.rawHeaders.findIndex((name, i) => i % 2 === 0 && name === 'X-Auth-Token');
    token = at < 0 ? undefined : req.rawHeaders[at + 1];
  }
  // connection-authenticated-once (broken): a request without a token inherits the identity of its connection.
  if (is('connection-authenticated-once') && !token && req.socket.identity) return req.socket.identity;
  if (!token) return 'tokenMissing';
  // auth-cached-by-project (broken): the cache of IAM's answers has the project as its key, not the token.
  if (is('auth-cached-by-project') && ids && authenticated.has(ids.project)) return authenticated.get(ids.project);
  let found = identities.find((identity) => identity.token === token);
  // token-cache-by-prefix (broken): tokens are looked up by their first 32 characters, "they are so long".
  if (is('token-cache-by-prefix')) found ??= identities.find((i) => token.startsWith(i.token.slice(0, 32)));
  // undecodable-token-500 (broken): an unknown token is decoded, and the decoder's exception is not caught.
  if (is('undecodable-token-500') && !found && !/^([\w+/-]{4})*([\w+/-]{2}==|[\w+/-]{3}=)?$/.test(token)) return 'internal';
  if (!found) return 'tokenBad';
  // expired-token-accepted (broken): the signature of the token is checked, its expiry is not.
  if (found.expired && !is('expired-token-accepted')) return 'tokenExpired';
  return found;
}

function inScope(identity, ids) {
  // scope-unchecked (broken): any valid token will do for any project.
  if (is('scope-unchecked')) return true;
  // project-prefix-match (broken): the path need only begin with /v5/<project of the token>.
  if (is('project-prefix-match')) return ids.project.startsWith(identity.project);
  // encoded-project-forbidden (broken): the route is matched decoded, the scope is compared with the raw segment.
  if (is('encoded-project-forbidden')) return ids.rawProject === identity.project;
  return ids.project === identity.project;
}

// ---- Content-Type and body -----------------------------------------------------------------------------------------
const hasBody = (req) => req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

function mediaTypeOk(req) {
  const value = req.headers['content-type'] ?? '';
  // content-type-unchecked-without-body (broken): the framework looks at Content-Type only if there is a body.
  if (is('content-type-unchecked-without-body') && !hasBody(req)) return true;
  // content-type-prefix-match (broken): startsWith.
  if (is('content-type-prefix-match')) return value.toLowerCase().startsWith('application/json');
  // charset-upper-case-refused (broken): charset is compared with "utf-8" and case matters.
  if (is('charset-upper-case-refused') && /charset="?[^;"]*[A-Z]/.test(value)) return false;
  if (req.headersDistinct['content-type']?.length > 1) return false;
  const [type, ...parameters] = value.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((p) => p.startsWith('charset='));
  return type === 'application/json' && (!charset || /^charset="?utf-8"?$/.test(charset));
}

const MAX_BODY = is('body-limit-100kb') ? 100 * 1024 // body-limit-100kb (broken): Express's default limit.
  : 12 * 1024 * 1024;
const tooLargeByLength = (req) => Number(req.headers['content-length'] ?? 0) > MAX_BODY;

// Reads the body; false as soon as it is too large (the rest is discarded).
function readBody(req) {
  return new Promise((resolve) => {
    const chunks = [];
    let size = 0;
    req.on('data', (chunk) => {
      size += chunk.length;
      // chunked-body-unlimited (broken): only Content-Length is compared with the limit.
      if (size <= MAX_BODY) chunks.push(chunk);
      else if (!is('chunked-body-unlimited')) { chunks.length = 0; resolve(false); }
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

// ---- The operation -------------------------------------------------------------------------------------------------
function commit(project, batch) {
  let batches = projects.get(project) ?? {};
  // foreign-batch-by-id (broken): SELECT ... WHERE id = ?, without the project.
  if (is('foreign-batch-by-id')) batches = [...projects.values()].find((b) => Object.hasOwn(b, batch)) ?? {};
  const state = Object.hasOwn(batches, batch) ? batches[batch] : 'unknown';
  // hasty (conforming): the second commit of a batch succeeds again; the document leaves that open.
  if (is('hasty') && state === 'committed') return 'ready';
  if (state === 'ready') batches[batch] = 'committed';
  return state;
}

const recent = new Map(); // project -> times of its calls in the last second
function throttled(project) {
  const now = Date.now();
  const times = (recent.get(project) ?? []).filter((t) => t > now - 1000);
  recent.set(project, times);
  return times.push(now) > 200;
}

let calls = 0;
const HTML = '<html>\r\n<head><title>400 Request Header Or Cookie Too Large</title></head>\r\n<body>\r\n<center>'
  + '<h1>400 Bad Request</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n';

async function handle(req, res) {
  const requestId = newRequestId();
  const lang = language(req.headers);
  const refuse = (key, extra = {}, status) => {
    const answer = refusal(key, lang, requestId);
    send(req, res, { ...answer, status: status ?? answer.status, headers: { ...answer.headers, ...extra } }, lang);
  };

  const hosts = req.headersDistinct.host ?? [];
  if (hosts.length > 1 || (hosts.length === 0 && req.httpVersion === '1.1') || /[\s/?#@,]/.test(hosts[0] ?? '')) return refuse('malformed');
  // long-token-html (broken): a header line over 8 KB gets nginx's own page.
  if (is('long-token-html') && req.rawHeaders.some((h) => h.length > 8000)) {
    res.writeHead(400, { 'Content-Type': 'text/html', 'Content-Length': HTML.length, Connection: 'close' });
    return res.end(HTML);
  }
  // strict-reader (conforming): URIs up to the 8000 octets of RFC 9110, 4.1, not 32 KB.
  if (req.url.length > (is('strict-reader') ? 8000 : 32 * 1024)) return refuse('uriTooLong');
  if (req.rawHeaders.reduce((sum, text) => sum + text.length, 0) > 1024 * 1024) return refuse('headersTooLarge');
  // iam-blips (conforming): IAM is unavailable for every 25th call.
  if (is('iam-blips') && ++calls % 25 === 0) return refuse('iamUnavailable');

  const ids = route(req.url);
  // authenticate-first (conforming): the token is checked before path and method; the wrong method is 404, as the gateway has it.
  if (is('authenticate-first')) {
    const who = authenticate(req, ids);
    if (typeof who === 'string') return refuse(who);
    if (req.method !== 'POST') return refuse('notPublished');
  }
  if (!ids) return refuse('notPublished');
  if (req.method !== 'POST') return refuse('notPublished', { Allow: 'POST' }, 405);
  // accept-list-not-acceptable (broken): Accept is compared as one string; lists and ranges are 406.
  if (is('accept-list-not-acceptable') && !['application/json', '*/*', undefined].includes(req.headers.accept)) return refuse('notAcceptable');
  // media-type-before-token (conforming): Content-Type and Content-Length are checked before the token.
  if (is('media-type-before-token')) {
    if (tooLargeByLength(req)) return refuse('bodyTooLarge');
    if (!mediaTypeOk(req)) return refuse('mediaType');
  }

  // effect-before-authentication (broken): the service is called at once, the token is checked meanwhile.
  const early = is('effect-before-authentication') && mediaTypeOk(req) ? commit(ids.project, ids.batch) : undefined;
  const identity = authenticate(req, ids);
  if (typeof identity === 'string') return refuse(identity);
  if (!inScope(identity, ids)) return refuse('forbidden');
  req.socket.identity = identity;
  authenticated.set(ids.project, identity);
  if (throttled(identity.project)) return refuse('throttled');
  if (!mediaTypeOk(req)) return refuse('mediaType');
  if (tooLargeByLength(req)) return refuse('bodyTooLarge');
  // empty-json-body-refused (broken): Fastify's parser refuses an empty JSON body, which Content-Length: 0 announces.
  if (is('empty-json-body-refused') && req.headers['content-length'] === '0') return refuse('emptyBody');
  // strict-reader (conforming): a language that is not in the list is refused.
  if (is('strict-reader') && !/^(en-us|zh-cn)?$/i.test(req.headers['x-language'] ?? '')) return refuse('language');

  // hasty (conforming): a body that is still to come after Expect is not waited for, the final answer comes at once.
  if (!(is('hasty') && req.expects)) {
    // expect-continue-ignored (broken): no 100 (Continue), the body is simply awaited.
    if (req.expects && hasBody(req) && !is('expect-continue-ignored')) { res.writeContinue(); req.continued = true; }
    const body = await readBody(req);
    if (body === false) return refuse('bodyTooLarge');
    // strict-reader (conforming): a body that is there must be JSON.
    if (is('strict-reader') && body.length) { try { JSON.parse(body); } catch { return refuse('malformed'); } }
  }

  const project = is('project-prefix-match') ? identity.project : ids.project;
  const state = early ?? commit(project, ids.batch);
  if (state !== 'ready') return refuse(state);
  const job = { async_job_id: ids.batch, status: 'COMMIT_SUCCESS',
    msg: lang === 'zh-cn' ? '批量任务已提交。' : 'The batch was submitted.' };
  // hasty (conforming): the answer is as short as the published one, with an ID of its own.
  send(req, res, { status: 200, headers: { 'X-Request-Id': requestId },
    body: { job: is('hasty') ? { async_job_id: randomUUID() } : job } }, lang);
}

// ---- The server ----------------------------------------------------------------------------------------------------
const onRequest = (req, res) => handle(req, res).catch((error) => { console.error(error); res.destroy(); });
const server = http.createServer({ maxHeaderSize: 8 * 1024 * 1024, requireHostHeader: false, keepAliveTimeout: 60000 }, onRequest);
server.on('checkContinue', (req, res) => { req.expects = true; onRequest(req, res); });
server.on('checkExpectation', onRequest); // other expectations are ignored
server.on('connect', (req, socket) => sendRaw(socket, 'notPublished', route(req.url) ? { Allow: 'POST' } : {}));
server.on('clientError', (error, socket) => {
  if (error.code === 'HPE_HEADER_OVERFLOW') return sendRaw(socket, 'headersTooLarge');
  // A method that Node does not know is a method all the same.
  const line = /^[\w!#$%&'*+.^`|~-]+ (\S+) HTTP\/1\.\d\r?\n/.exec(error.rawPacket?.toString('latin1') ?? '');
  if (error.code === 'HPE_INVALID_METHOD' && line) return sendRaw(socket, 'notPublished', route(line[1]) ? { Allow: 'POST' } : {});
  if (error.code?.startsWith('HPE_')) return sendRaw(socket, 'malformed');
  socket.destroy();
});
server.listen(Number(arg('port')), '127.0.0.1', () => console.error(`listening on ${arg('port')} as ${behaviour}`));
