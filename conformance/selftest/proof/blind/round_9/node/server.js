// A server of the DRS commit API, with one difference for each behaviour: see behaviours.toml.
// node server.js --port N --account FILE --behaviour NAME
'use strict';
const net = require('node:net');
const fs = require('node:fs');
const zlib = require('node:zlib');
const crypto = require('node:crypto');

const options = {};
for (let i = 2; i + 1 < process.argv.length; i += 2) options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const behaviour = options.behaviour || 'none';
const is = (name) => behaviour === name;
const account = JSON.parse(fs.readFileSync(options.account, 'utf8'));

const PROJECTS = new Map([[account.project_id, new Map(Object.entries(account.batches || {}))]]);
const TOKENS = new Map([[account.token, account.project_id]]);
if (account.other) {
  PROJECTS.set(account.other.project_id, new Map(Object.entries(account.other.batches || {})));
  if (account.other.token) TOKENS.set(account.other.token, account.other.project_id);
}

const MOST_CONTENT = is('content-limit-100kb') ? 100 * 1024 : 12 * 1024 * 1024; // content-limit-100kb: the default of a body parser
const LONGEST_TARGET = 32 * 1024;
const LARGEST_HEAD = 64 * 1024;
const REASONS = {
  100: 'Continue', 103: 'Early Hints', 200: 'OK', 204: 'No Content', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden',
  404: 'Not Found', 405: 'Method Not Allowed', 413: 'Content Too Large', 414: 'URI Too Long', 415: 'Unsupported Media Type',
  429: 'Too Many Requests', 431: 'Request Header Fields Too Large', 500: 'Internal Server Error', 501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---------------------------------------------------------------- messages

const TEXTS = {
  unknown: ['DRS.10000003', (id) => `The batch "${id}" does not exist.`, (id) => `批量任务“${id}”不存在。`],
  validating: ['DRS.10000004', (id) => `The tasks of the batch "${id}" are still being checked.`, (id) => `批量任务“${id}”正在校验中。`],
  failed: ['DRS.10000005', (id) => `The check of the batch "${id}" has failed.`, (id) => `批量任务“${id}”校验未通过。`],
  committed: ['DRS.10000006', (id) => `The batch "${id}" has been committed already.`, (id) => `批量任务“${id}”已经提交。`],
  content: ['DRS.10000002', () => 'The content of the request is not JSON.', () => '请求内容不是有效的格式。'],
  request: ['DRS.10000001', () => 'The request is malformed.', () => '请求格式错误。'],
};
const GATEWAY = {
  'APIGW.0101': ['The API does not exist or has not been published in the environment.', '接口不存在或未在该环境中发布。'],
  'APIGW.0201': ['The request is not acceptable.', '请求不被接受。'],
  'APIGW.0301': ['Incorrect IAM authentication information: x-auth-token not found', '认证信息错误：未找到令牌。'],
  'APIGW.0302': ['The IAM user is not authorized to access the API.', '该用户无权访问此接口。'],
  'APIGW.0307': ['The token must be updated.', '令牌已过期，需要更新。'],
  'APIGW.0308': ['The throttling threshold has been reached.', '已达到流控阈值。'],
  media: ['The Content-Type must be application/json.', '请求的内容类型必须是指定的类型。'],
};

let gbkTable = null;
/** Encodes a text in GBK. */
function gbk(text) {
  if (!gbkTable) {
    gbkTable = new Map();
    const decoder = new TextDecoder('gbk');
    for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) gbkTable.set(decoder.decode(Uint8Array.of(a, b)), [a, b]);
  }
  return Buffer.from([...text].flatMap((c) => (c.codePointAt(0) < 0x80 ? [c.codePointAt(0)] : gbkTable.get(c) || [0x3f])));
}

const idPool = Array.from({ length: 16 }, () => crypto.randomBytes(16).toString('hex'));
let idsGiven = 0;
// request-id-pool: IDs are taken in turn from a pool of sixteen
const newId = () => (is('request-id-pool') ? idPool[idsGiven++ % 16] : crypto.randomBytes(16).toString('hex'));

function json(req, status, document, headers = []) {
  return { status, headers: [...headers], type: 'application/json', body: Buffer.from(JSON.stringify(document)), document };
}

/** A refusal by the gateway. */
function gateway(req, status, code, headers = [], texts = GATEWAY[code]) {
  const document = { error_code: code, error_msg: texts[req.chinese ? 1 : 0], request_id: req.id };
  const res = json(req, status, document, headers);
  res.gateway = true;
  return res;
}

/** A refusal by the service. */
function service(req, reason, id = '') {
  let [code, english, chinese] = TEXTS[reason];
  let inChinese = req.chinese;
  // validating-code-localised: the Chinese catalogue of messages has another code for batches that are being checked
  if (is('validating-code-localised') && reason === 'validating' && inChinese) code = 'DRS.20000004';
  // other-customer-older-codes: the other customer's shard still runs a release with codes of ten characters
  if (is('other-customer-older-codes') && account.other && req.project === account.other.project_id) code = 'DRS.M00204';
  // failed-follows-accept-language: the report of the check is localised by Accept-Language, whatever X-Language says
  if (is('failed-follows-accept-language') && reason === 'failed' && req.get('accept-language')) {
    inChinese = /^zh\b/i.test(req.get('accept-language'));
  }
  const letters = [...id];
  const shown = letters.length > 64 ? letters.slice(0, 64).join('') + '...' : id;
  let text = inChinese ? chinese(shown) : english(shown);
  // message-names-my-cnf (conforming): the message tells the customer which file of his own database to change
  if (is('message-names-my-cnf') && reason === 'failed') {
    text = inChinese ? '校验未通过，请在源数据库的 /etc/my.cnf 中开启日志后重新校验。'
      : 'The check has failed: set log_bin in /etc/my.cnf on your source database server, restart it, and check again.';
  }
  // technical-chinese (conforming): the Chinese message lists the items of the check by their technical names
  if (is('technical-chinese') && reason === 'failed' && inChinese) {
    text = '校验失败，请检查：MySQL Binlog、GTID、Definer、Event、Trigger、Charset、Collation、Timezone';
  }
  let document = { error_code: code, error_msg: text };
  // chunked-call-null-message: a filter that cannot replay chunked content loses the message
  if (is('chunked-call-null-message') && req.chunked) document.error_msg = null;
  // full-length-and-more-members (conforming): 512 characters, many of them outside the BMP, and further members
  if (is('full-length-and-more-members')) {
    document = {
      details: [{ error_code: '1', error_msg: '' }], error_msg: text + ' ' + '\u{1F4BE}'.repeat(512 - [...text].length - 1),
      request_id: req.id, error_code: code, help: null,
    };
  }
  // numbered-and-escaped-messages (conforming): an incident number in each message, all in ASCII, indented, in any order
  if (is('numbered-and-escaped-messages')) {
    const number = crypto.randomInt(1e9);
    text = inChinese ? `${text}（事件编号：${number}）` : `${text} (incident ${number})`;
    document = number % 2 ? { error_msg: text, error_code: code } : { error_code: code, error_msg: text };
    const res = json(req, 400, document);
    const ascii = JSON.stringify(document, null, 4).replace(/[\u0080-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
    res.body = Buffer.from('\r\n\t ' + ascii.replace(/D/, '\\u0044') + '\n');
    return res;
  }
  const res = json(req, 400, document);
  res.reason = reason;
  // backslash-not-escaped: JSON from a template, in which quotes and control characters are escaped, but no backslashes
  if (is('backslash-not-escaped')) {
    const by = (s) => s.replace(/["\u0000-\u001f]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
    res.body = Buffer.from(`{"error_code":"${code}","error_msg":"${by(text)}"}`);
  }
  // older-version-page: the virtual host for HTTP/1.0 replaces refusals with a page
  if (is('older-version-page') && req.minor === 0) {
    res.type = 'text/html';
    res.body = Buffer.from('<html><head><title>400 Bad Request</title></head><body><h1>400 Bad Request</h1></body></html>');
  }
  // expect-empty-refusal: after a 100, the proxy sends the status of a refusal without its content
  if (is('expect-empty-refusal') && req.continued) res.body = Buffer.alloc(0);
  // accept-charset-gbk: a servlet filter encodes answers in the charset of Accept-Charset
  if (is('accept-charset-gbk') && /\b(gbk|gb2312)\b/i.test(req.get('accept-charset') || '')) {
    res.type = 'application/json;charset=GBK';
    res.body = gbk(JSON.stringify(document));
  }
  return res;
}

// ---------------------------------------------------------------- the gateway

const isJson = /^application\/json[ \t]*(;[ \t]*(charset="?utf-8"?)?[ \t]*)*$/i;

function mediaTypeAllowed(req) {
  const values = req.all('content-type');
  if (values.length !== 1) return false;
  // java-charset-refused: a list of spellings that grew by complaints, and lacks the one that Java's clients send
  if (is('java-charset-refused') && values[0] === 'application/json;charset=UTF-8') return false;
  // json-suffix-accepted: any type with the suffix +json counts as JSON
  if (is('json-suffix-accepted') && /^application\/[\w.-]+\+json\b/i.test(values[0])) return true;
  return isJson.test(values[0]);
}

function wrongMediaType(req, headers = []) {
  // two-challenges (conforming): a 415 says which types are accepted
  if (is('two-challenges')) headers = [...headers, ['Accept-Post', 'application/json'], ['Accept', 'application/json']];
  const res = gateway(req, 415, 'APIGW.0201', headers, GATEWAY.media);
  // chinese-415-without-message: the Chinese catalogue lacks this message
  if (is('chinese-415-without-message') && req.chinese) {
    res.document.error_msg = null;
    res.body = Buffer.from(JSON.stringify(res.document));
  }
  return res;
}

const refusedTokens = new Map();

/** Returns a 401, or null if the token is valid. */
function authenticate(req) {
  const tokens = req.all('x-auth-token');
  const token = tokens.length === 1 ? tokens[0] : '';
  if (token && TOKENS.has(token) && token !== account.expired_token) {
    req.tokenProject = TOKENS.get(token);
    return null;
  }
  let challenges = [['WWW-Authenticate', 'Token realm="iam"']];
  // two-challenges (conforming): several schemes, in two lines, with other parameters before the realm
  if (is('two-challenges')) {
    challenges = [
      ['WWW-Authenticate', 'SDK-HMAC-SHA256 algorithm=SHA256, realm="apig, \\"drs\\"", Negotiate'],
      ['WWW-Authenticate', 'Token realm="iam", uri="/v3/auth/tokens"'],
    ];
  }
  const key = `${token} ${req.chinese}`;
  // refused-tokens-cached: the whole answer to a refused token is cached, with the ID of the first request
  if (is('refused-tokens-cached') && refusedTokens.has(key)) {
    const cached = refusedTokens.get(key);
    req.id = cached.document.request_id;
    return { ...cached, headers: [...cached.headers] };
  }
  const expired = token && token === account.expired_token;
  const texts = token && !expired ? ['Incorrect IAM authentication information: decrypt token fail', '认证信息错误：令牌无效。'] : undefined;
  const res = gateway(req, 401, expired ? 'APIGW.0307' : 'APIGW.0301', challenges, texts);
  // expired-token-old-form: expired tokens are refused by an older plugin, which knows no request_id
  if (is('expired-token-old-form') && expired) {
    res.document = { error_code: 'IAM.000307', error_msg: res.document.error_msg };
    res.body = Buffer.from(JSON.stringify(res.document));
  }
  if (is('refused-tokens-cached') && token) refusedTokens.set(key, res);
  return res;
}

function forbidden(req) {
  const res = gateway(req, 403, 'APIGW.0302');
  // forbidden-page-for-browsers: the firewall in front shows its own page to whoever accepts HTML
  if (is('forbidden-page-for-browsers') && /text\/html/.test(req.get('accept') || '')) {
    res.type = 'text/html; charset=utf-8';
    res.body = Buffer.from('<!DOCTYPE html><title>403</title><h1>Access denied</h1>');
  }
  // forbidden-id-of-the-caller: the header repeats the caller's ID, the content has the gateway's
  if (is('forbidden-id-of-the-caller') && /^[\w-]{1,64}$/.test(req.get('x-request-id') || '')) req.shownId = req.get('x-request-id');
  return res;
}

function notFound(req) {
  const res = gateway(req, 404, 'APIGW.0101');
  // slash-404-old-form: a path that ends with a slash is refused by the router of the service, in another form
  if (is('slash-404-old-form') && req.path.endsWith('/')) {
    res.body = Buffer.from(JSON.stringify({ error_code: 'NOT_FOUND', error_msg: 'No route.' }));
  }
  // chinese-404-in-gbk: the Chinese text of this error is read from a file in GBK, and sent as it is
  if (is('chinese-404-in-gbk') && req.chinese) res.body = gbk(JSON.stringify(res.document));
  return res;
}

const PATH = /^\/v5\/([^/]+)\/batch-async-jobs\/([^/]+)\/commit$/;
const UNRESERVED = /%(2d|2e|5f|7e|3[0-9]|[46][1-9a-f]|[57][0-9a])/gi;

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let running = 0;

async function handle(req) {
  const res = await route(req);
  // folded-cookies: the proxy joins repeated headers, Set-Cookie among them, with commas
  if (is('folded-cookies')) res.headers.push(['Set-Cookie', `HWWAFSESID=${req.id.slice(0, 18)}; path=/; HttpOnly, route=${req.id.slice(18)}; path=/`]);
  return res;
}

async function route(req) {
  if (req.target === '*' && req.method === 'OPTIONS') return { status: 204, headers: [['Allow', 'POST']], body: null };
  const normal = req.path.replace(UNRESERVED, (escape) => decodeURIComponent(escape));
  const match = PATH.exec(normal);
  if (!match) return notFound(req);
  // trace-answered (conforming): TRACE returns the request without what is secret
  if (is('trace-answered') && req.method === 'TRACE') {
    const secret = /token|auth|cookie|secret|key/i;
    const lines = [`TRACE ${req.target} HTTP/1.${req.minor}`, ...req.headers.filter(([n]) => !secret.test(n)).map(([n, v]) => `${n}: ${v}`)];
    return { status: 200, headers: [], type: 'message/http', body: Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1') };
  }
  // preflight-answered (conforming): OPTIONS is answered before authentication, as browsers need it
  if (is('preflight-answered') && req.method === 'OPTIONS') {
    return {
      status: 204, body: null,
      headers: [['Allow', 'OPTIONS, POST'], ['Access-Control-Allow-Origin', '*'], ['Access-Control-Allow-Methods', 'POST'],
        ['Access-Control-Allow-Headers', 'Content-Type, X-Auth-Token, X-Language'], ['Access-Control-Max-Age', '600']],
    };
  }
  if (req.method !== 'POST') {
    // media-type-first (conforming): an unknown pair of path and method is a 404
    return is('media-type-first') ? notFound(req) : gateway(req, 405, 'APIGW.0101', [['Allow', is('preflight-answered') ? 'OPTIONS, POST' : 'POST']]);
  }
  // media-type-first (conforming): the media type is checked before the token
  if (is('media-type-first') && !mediaTypeAllowed(req)) return wrongMediaType(req);
  const refused = authenticate(req);
  if (refused) return refused;
  req.project = decoded(match[1]);
  if (req.tokenProject !== req.project) return forbidden(req);
  if (!mediaTypeAllowed(req)) return wrongMediaType(req);
  if (req.body.length && (req.get('content-encoding') || 'identity').toLowerCase() !== 'identity') {
    return gateway(req, 415, 'APIGW.0201', [['Accept-Encoding', 'identity']], GATEWAY.media);
  }
  // throttled-without-request-id: at most three calls at a time; the limiter's own answer has no request_id
  if (is('throttled-without-request-id')) {
    if (running >= 3) {
      const res = gateway(req, 429, 'APIGW.0308', [['Retry-After', '1']]);
      delete res.document.request_id;
      res.body = Buffer.from(JSON.stringify(res.document));
      return res;
    }
    running += 1;
    try {
      await sleep(30);
      return await commit(req, decoded(match[2]));
    } finally {
      running -= 1;
    }
  }
  return commit(req, decoded(match[2]));
}

// ---------------------------------------------------------------- the service

let lastReason = '';

function malformed(content) {
  if (!content.length) return false;
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
    return false;
  } catch {
    return true;
  }
}

async function commit(req, id) {
  const batches = PROJECTS.get(req.project);
  // malformed-content-commits: the content is parsed after the batch was committed
  if (!is('malformed-content-commits') && malformed(req.body)) return service(req, 'content');
  await sleep(2); // the database
  const state = batches.get(id);
  if (state === 'ready') {
    batches.set(id, 'committed');
    if (malformed(req.body)) return service(req, 'content');
    const msg = req.chinese ? '批量任务已提交。' : 'The batch was submitted.';
    return json(req, 200, { job: { async_job_id: id, status: 'COMMIT_SUCCESS', msg } });
  }
  if (malformed(req.body)) return service(req, 'content');
  let reason = state || 'unknown';
  // validating-becomes-failed: an attempt to commit a batch that is being checked aborts its check
  if (is('validating-becomes-failed') && state === 'validating') batches.set(id, 'failed');
  // concurrent-refusals-swap: the reason is kept in a field of a shared object while the message is made
  if (is('concurrent-refusals-swap')) {
    lastReason = reason;
    await sleep(25);
    reason = lastReason;
  }
  return service(req, reason, id);
}

// ---------------------------------------------------------------- HTTP

/** Returns the weight that Accept-Encoding gives to a coding; 0 if it is not acceptable. */
function weight(req, coding) {
  let any = 0;
  for (const element of req.all('accept-encoding').join(',').split(',')) {
    const [name, ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.map((p) => /^q=([01](?:\.\d{0,3})?)$/.exec(p)).find(Boolean);
    const value = q ? Number(q[1]) : 1;
    if (name === coding) return value;
    if (name === '*') any = value;
  }
  return any;
}

function compress(req, res) {
  if (!res.body || !res.body.length) return;
  // brotli-by-name: br is chosen if it is accepted, but the module behind the name compresses with gzip
  if (is('brotli-by-name') && weight(req, 'br') > 0) {
    res.headers.push(['Content-Encoding', 'br']);
    res.body = zlib.gzipSync(res.body);
    return;
  }
  if (!(weight(req, 'gzip') > 0)) return;
  // failed-gzip-unlabelled: the report of a failed check is stored compressed, and sent so, without a label
  if (is('failed-gzip-unlabelled') && res.reason === 'failed') {
    res.body = zlib.gzipSync(res.body);
    return;
  }
  // stacked-codings (conforming): two codings if both are accepted, and gzip with the name of a file and stored blocks
  if (is('stacked-codings')) {
    const both = weight(req, 'deflate') > 0;
    const zipped = zlib.gzipSync(both ? zlib.deflateSync(res.body) : res.body, { level: 0 });
    res.body = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8]), zipped.subarray(4, 10), Buffer.from('answer.json\0'), zipped.subarray(10)]);
    res.headers.push(['Content-Encoding', both ? 'deflate, gzip' : 'gzip']);
    return;
  }
  res.headers.push(['Content-Encoding', 'gzip']);
  res.body = zlib.gzipSync(res.body);
}

/** Returns the octets of an answer, and whether the connection ends after it. */
function written(req, res, close) {
  compress(req, res);
  const { status } = res;
  let date = new Date();
  // forbidden-in-local-time: the module that refuses with 403 writes the local time of China as GMT
  if (is('forbidden-in-local-time') && status === 403) date = new Date(date.getTime() + 8 * 3600 * 1000);
  // close-ignored-by-404: the early exit of the router forgets to look at Connection: close
  if (is('close-ignored-by-404') && status === 404 && req.minor === 1) close = false;
  const headers = [['Date', date.toUTCString()], ['Server', 'api-gateway']];
  if (!is('media-type-first')) headers.push(['X-Request-Id', req.shownId || req.id]);
  headers.push(...res.headers);
  if (res.body !== null) headers.push(['Vary', 'Accept-Encoding, X-Language']);
  if (res.body && res.body.length) headers.push(['Content-Type', res.type]);
  let body = res.body || Buffer.alloc(0);
  // chunked-404-to-older: the page of this error is streamed, whatever the version of the client
  const older = is('chunked-404-to-older') && status === 404 && req.minor === 0;
  // chunk-grammar (conforming): chunks of a few octets, with extensions, zeros, capitals, and a trailer that is announced
  if (res.body !== null && (older || (is('chunk-grammar') && req.minor === 1))) {
    headers.push(['Transfer-Encoding', 'chunked']);
    if (older) {
      body = Buffer.concat([Buffer.from(body.length.toString(16) + '\r\n'), body, Buffer.from('\r\n0\r\n\r\n')]);
    } else {
      headers.push(['Trailer', 'X-Checksum, Server-Timing']);
      const parts = [];
      for (let i = 0; i < body.length; i += 29) {
        const piece = body.subarray(i, i + 29);
        parts.push(Buffer.from(`00${piece.length.toString(16).toUpperCase()};n="a;b";last\r\n`), piece, Buffer.from('\r\n'));
      }
      parts.push(Buffer.from('000;end\r\nX-Checksum: none\r\nServer-Timing: db;dur=2\r\n\r\n'));
      body = Buffer.concat(parts);
    }
  } else if (res.body !== null) {
    // head-404-length: the router answers HEAD on a path it does not know with nothing, and counts that
    const length = is('head-404-length') && status === 404 && req.method === 'HEAD' ? 0 : body.length;
    headers.push(['Content-Length', is('terse-heads') ? String(length).padStart(7, '0') : String(length)]);
  }
  if (close) headers.push(['Connection', 'close']);
  else if (req.minor === 0) headers.push(['Connection', 'keep-alive']);
  let head;
  if (is('terse-heads')) {
    // terse-heads (conforming): no reason phrase, names in lower case, no blanks after colons, other order, obs-text
    const lines = [...headers, ['x-note', 'caf\u00e9 \t!'], ['x-empty', '']].reverse().map(([n, v]) => `${n.toLowerCase()}:${v}\r\n`);
    head = `HTTP/1.1 ${status} \r\n${lines.join('')}\r\n`;
  } else {
    head = `HTTP/1.1 ${status} ${REASONS[status] || 'Unknown'}\r\n${headers.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`;
  }
  // interim-responses (conforming): early hints before each answer
  if (is('interim-responses') && req.minor === 1) {
    head = 'HTTP/1.1 103 Early Hints\r\nLink: </v5>; rel="preload"; as=fetch\r\n\r\nHTTP/1.1 103 \r\n\r\n' + head;
  }
  const octets = Buffer.concat([Buffer.from(head, 'latin1'), req.method === 'HEAD' ? Buffer.alloc(0) : body]);
  return { octets, close };
}

class Refusal extends Error {
  constructor(make, req) {
    super('refused');
    this.make = make;
    this.req = req;
  }
}

const bad = (req) => service(req, 'request');

function emptyRequest() {
  const req = { method: 'GET', target: '/', path: '/', minor: 1, headers: [], body: Buffer.alloc(0), id: newId(), chinese: false };
  req.all = (name) => req.headers.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v);
  req.get = (name) => req.all(name)[0];
  return req;
}

function parseHead(text) {
  const req = emptyRequest();
  const fail = (make) => { throw new Refusal(make, req); };
  const [line, ...fields] = text.split('\r\n');
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+) HTTP\/(\d)\.(\d)$/.exec(line);
  if (!match) fail(bad);
  [, req.method, req.target] = match;
  if (match[3] !== '1') fail((r) => gateway(r, 505, 'APIGW.0201'));
  req.minor = match[4] === '0' ? 0 : 1;
  if (req.target.length > LONGEST_TARGET) fail((r) => gateway(r, 414, 'APIGW.0201', [], ['The request URI is too long.', '请求地址过长。']));
  // long-uri-431: the head buffer of the second hop has 16 KB, and its overflow has one status
  if (is('long-uri-431') && req.target.length > 16384) fail(() => ({ status: 431, headers: [], body: Buffer.alloc(0) }));
  for (const field of fields) {
    const m = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(field);
    if (!m || /[\0\r\n]/.test(m[2])) fail(bad);
    req.headers.push([m[1], m[2]]);
  }
  const hosts = req.all('host');
  if (hosts.length > 1 || (hosts.length === 0 && req.minor === 1) || (hosts[0] && !/^[\w.~:[\]%!$&'()*+,;=-]*$/.test(hosts[0]))) fail(bad);
  req.chinese = (req.get('x-language') || '').toLowerCase() === 'zh-cn';
  const absolute = /^https?:\/\/[^/?#]+([^#]*)$/i.exec(req.target);
  const origin = absolute ? absolute[1] || '/' : req.target;
  req.path = (origin.startsWith('?') ? '/' + origin : origin).split('?')[0];
  const codings = req.all('transfer-encoding');
  const lengths = req.all('content-length');
  if (codings.length) {
    if (lengths.length || req.minor === 0) fail(bad);
    if (codings.join(',').trim().toLowerCase() !== 'chunked') fail((r) => gateway(r, 501, 'APIGW.0201'));
    req.chunked = true;
    req.length = 0;
  } else {
    if (lengths.length > 1 || (lengths.length && !/^\d{1,15}$/.test(lengths[0]))) fail(bad);
    req.length = Number(lengths[0] || 0);
  }
  const connection = req.all('connection').join(',').toLowerCase().split(',').map((option) => option.trim());
  req.close = connection.includes('close') || (req.minor === 0 && !connection.includes('keep-alive'));
  return req;
}

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.buffer = Buffer.alloc(0);
    this.wake = null;
    this.over = false; // no further request is read
    this.ended = false; // the client sends no more
    this.answers = 0;
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      if (this.over) return; // discarded until the client closes
      this.buffer = this.buffer.length ? Buffer.concat([this.buffer, data]) : data;
      this.notify();
    });
    socket.on('end', () => { this.ended = true; this.notify(); });
    socket.on('error', () => { this.ended = true; this.notify(); });
    socket.on('close', () => { this.ended = true; this.notify(); });
    this.run().catch((error) => {
      if (error !== this) console.error(error);
      socket.end();
    });
  }

  notify() {
    if (this.wake) this.wake();
    this.wake = null;
  }

  /** Waits for more octets; throws if there are none. */
  async more() {
    if (this.ended) throw this;
    const before = this.buffer.length;
    await new Promise((resolve) => { this.wake = resolve; });
    if (this.ended && this.buffer.length === before) throw this;
  }

  take(size) {
    const taken = this.buffer.subarray(0, size);
    this.buffer = this.buffer.subarray(size);
    return taken;
  }

  async head() {
    for (;;) {
      while (this.buffer[0] === 13 && this.buffer[1] === 10) this.take(2);
      const end = this.buffer.indexOf('\r\n\r\n');
      if (end >= 0 && end <= LARGEST_HEAD + LONGEST_TARGET) {
        const text = this.take(end + 4).subarray(0, end).toString('latin1');
        return parseHead(text);
      }
      const line = this.buffer.indexOf('\r\n');
      const first = line < 0 ? this.buffer.length : line;
      const long = first > LONGEST_TARGET + 8000;
      if (long || this.buffer.length > LARGEST_HEAD + LONGEST_TARGET) {
        const req = emptyRequest();
        if (this.buffer.subarray(0, 5).toString('latin1') === 'HEAD ') req.method = 'HEAD';
        const texts = long ? ['The request URI is too long.', '请求地址过长。'] : GATEWAY['APIGW.0201'];
        throw new Refusal((r) => gateway(r, long ? 414 : 431, 'APIGW.0201', [], texts), req);
      }
      await this.more();
    }
  }

  async line(req) {
    for (;;) {
      const end = this.buffer.indexOf('\r\n');
      if (end >= 0) return this.take(end + 2).subarray(0, end).toString('latin1');
      if (this.buffer.length > 8192) throw new Refusal(bad, req);
      await this.more();
    }
  }

  async content(req) {
    const tooLarge = (r) => gateway(r, 413, 'APIGW.0201', [], ['The request body is too large.', '请求内容过大。']);
    if (req.length > MOST_CONTENT) throw new Refusal(tooLarge, req);
    const expects = (req.get('expect') || '').toLowerCase() === '100-continue' && req.minor === 1 && (req.chunked || req.length);
    if (expects) req.continued = true;
    if (expects && !this.buffer.length) this.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    if (!req.chunked) {
      while (this.buffer.length < req.length) await this.more();
      return Buffer.from(this.take(req.length));
    }
    const parts = [];
    let total = 0;
    for (;;) {
      const size = /^([0-9A-Fa-f]{1,12})[ \t]*(;.*)?$/.exec(await this.line(req));
      // upper-case-chunk-sizes: the digits of a size are looked up in "0123456789abcdef"
      if (!size || (is('upper-case-chunk-sizes') && /[A-F]/.test(size[1]))) throw new Refusal(bad, req);
      const length = parseInt(size[1], 16);
      if (!length) break;
      total += length;
      if (total > MOST_CONTENT) throw new Refusal(tooLarge, req);
      // chunk-across-segments: each chunk is expected to come in one piece
      if (is('chunk-across-segments') && this.buffer.length < length + 2) throw new Refusal(bad, req);
      while (this.buffer.length < length + 2) await this.more();
      parts.push(Buffer.from(this.take(length)));
      if (this.take(2).toString('latin1') !== '\r\n') throw new Refusal(bad, req);
    }
    while (await this.line(req)); // trailers are discarded
    return Buffer.concat(parts);
  }

  send(req, res, close) {
    this.answers += 1;
    const answer = written(req, res, close);
    this.socket.write(answer.octets);
    // kept-twenty-times: the connection is closed after twenty answers, and the last one does not say so
    const silently = is('kept-twenty-times') && this.answers >= 20;
    if (answer.close || silently) {
      this.over = true;
      this.buffer = Buffer.alloc(0);
      this.socket.end();
      setTimeout(() => this.socket.destroy(), 2000).unref();
    }
  }

  async run() {
    while (!this.over) {
      let req;
      try {
        req = await this.head();
        // unread-content-of-415: a wrong media type is refused as soon as the head is read, and its content stays where it is
        if (is('unread-content-of-415') && req.method === 'POST' && PATH.test(req.path) && req.length && !mediaTypeAllowed(req)) {
          this.send(req, await handle(req), req.close);
          continue;
        }
        req.body = await this.content(req);
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        this.send(refusal.req, refusal.make(refusal.req), true);
        return;
      }
      const answered = handle(req).then((res) => this.send(req, res, req.close));
      // pipelined-404-overtakes: answers are written as they are ready, so that a quick 404 comes before a slow refusal
      if (is('pipelined-404-overtakes') && !req.close) answered.catch(console.error);
      else await answered;
    }
  }
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => new Connection(socket));
server.listen(Number(options.port), '127.0.0.1', () => console.error(`listening on ${options.port}, behaviour ${behaviour}`));
