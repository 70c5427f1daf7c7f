'use strict';
// One operation of Huawei Cloud DRS (commit an asynchronous batch job) on node:net: a base that keeps the documentation, and one difference per behaviour.
const net = require('node:net');
const fs = require('node:fs');
const { randomUUID } = require('node:crypto');

const option = (name) => { const i = process.argv.indexOf('--' + name); return i < 0 ? undefined : process.argv[i + 1]; };
const account = JSON.parse(fs.readFileSync(option('account'), 'utf8'));
const behaviour = option('behaviour') || 'none';
const is = (name) => behaviour === name;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The account: which token belongs to which project, and the batches of each project.
const store = new Map();
const tokens = new Map();
for (const customer of [account, account.other].filter(Boolean)) {
  store.set(customer.project_id, new Map(Object.entries(customer.batches || {})));
  if (customer.token) tokens.set(customer.token, customer.project_id);
}

const MESSAGES = {
  'en-us': {
    submitted: 'The batch was submitted.', unknown: 'The batch does not exist.', validating: 'The parameters of the batch are still being checked.',
    failed: 'The check of the parameters of the batch failed.', committed: 'The batch has been submitted already.', malformed: 'The request is malformed.',
    body: 'This request has no body.', language: 'The language is not supported.', busy: 'The batch is being submitted.',
    noToken: 'Incorrect IAM authentication information: x-auth-token not found', badToken: 'Incorrect IAM authentication information: decrypt token fail',
    expired: 'The token must be updated.', forbidden: 'The IAM user is not authorized to access the API.',
    notPublished: 'The API does not exist or has not been published in the environment.', type: 'The Content-Type must be application/json.',
    tooLarge: 'The request body is too large.', uriTooLong: 'The request URI is too long.', internal: 'Internal server error.', accept: 'Not acceptable.',
  },
  'zh-cn': {
    submitted: '批量任务已提交。', unknown: '批量任务不存在。', validating: '批量任务的参数正在校验。',
    failed: '批量任务的参数校验失败。', committed: '批量任务已经提交过。', malformed: '请求格式错误。',
    body: '该请求没有消息体。', language: '不支持该语言。', busy: '批量任务正在提交。',
    noToken: 'IAM认证信息错误：未找到x-auth-token', badToken: 'IAM认证信息错误：解析token失败',
    expired: 'token需要更新。', forbidden: '该IAM用户无权访问此API。',
    notPublished: 'API不存在或尚未发布到该环境。', type: 'Content-Type必须是application/json。',
    tooLarge: '请求消息体过大。', uriTooLong: '请求URI过长。', internal: '服务器内部错误。', accept: '不可接受。',
  },
};

// ---- answers ----------------------------------------------------------------------------------------------------------
const service = (status, message, extra) => ({ status, message, kind: 'service', code: 'DRS.10000001', ...extra });
const gateway = (status, code, message, headers) => ({ status, code, message, kind: 'gateway', headers });
const CHALLENGE = { 'WWW-Authenticate': 'Keystone uri="https://iam.cn-north-4.myhuaweicloud.com/v3"' };
const REASONS = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable',
  409: 'Conflict', 413: 'Content Too Large', 414: 'URI Too Long', 415: 'Unsupported Media Type', 422: 'Unprocessable Content',
  431: 'Request Header Fields Too Large', 500: 'Internal Server Error', 501: 'Not Implemented', 505: 'HTTP Version Not Supported' };

let sharedLanguage = 'en-us'; // used by one behaviour only
const renderedPages = new Map(); // used by one behaviour only

function render(answer, request) {
  // One module-level variable holds "the" language of "the" request, so a call that arrives meanwhile changes it.
  const language = is('language-in-global') ? sharedLanguage : request.language;
  const messages = MESSAGES[language];
  const requestId = randomUUID().replaceAll('-', '');
  let value;
  if (answer.value) value = answer.value;
  else if (answer.kind === 'job') value = { job: { async_job_id: answer.id, status: 'COMMIT_SUCCESS', msg: messages[answer.message] } };
  else value = { error_code: answer.code, error_msg: answer.text || messages[answer.message] };
  if (answer.kind === 'gateway') value.request_id = requestId;
  let text = JSON.stringify(value);
  // Gateway's error pages are rendered once and kept, the ID of the first request within them.
  if (is('error-page-cached') && answer.kind === 'gateway') {
    const key = answer.message + language;
    if (!renderedPages.has(key)) renderedPages.set(key, text);
    text = renderedPages.get(key);
  }
  // (conforming) All that is not ASCII is escaped, and the JSON is indented.
  if (is('proxy-rewrites')) text = JSON.stringify(JSON.parse(text), null, 2).replace(/[^\x00-\x7f]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')) + '\n';
  const body = Buffer.from(text, 'utf8');
  const headers = { Date: new Date().toUTCString(), 'Content-Type': 'application/json', 'Content-Length': body.length, 'X-Request-Id': requestId, ...answer.headers };
  // The length is that of the string (UTF-16 units) instead of its octets.
  if (is('length-in-characters')) headers['Content-Length'] = text.length;
  // (conforming) Answers of the service lack the optional X-Request-Id.
  if (is('bare-answers') && answer.kind !== 'gateway') delete headers['X-Request-Id'];
  return { headers, body };
}

function send(connection, request, answer) {
  let { headers, body } = render(answer, request);
  let close = request.close || answer.close;
  // (conforming) No connection lives longer than one answer.
  if (is('one-call-per-connection')) close = true;
  if (close) headers.Connection = 'close';
  else if (request.minor === 0) headers.Connection = 'keep-alive';
  // (conforming) A proxy writes names in lower case, adds its own, and chunks (for HTTP/1.1 only) in two pieces.
  if (is('proxy-rewrites')) {
    const lower = { server: 'api-gateway', via: '1.1 edge' };
    for (const [name, value] of Object.entries(headers).reverse()) lower[name.toLowerCase()] = value;
    headers = lower;
    if (request.minor > 0) {
      delete headers['content-length'];
      headers['transfer-encoding'] = 'chunked';
      const part = (b) => Buffer.concat([Buffer.from(b.length.toString(16) + '\r\n'), b, Buffer.from('\r\n')]);
      body = Buffer.concat([part(body.subarray(0, 7)), part(body.subarray(7)), Buffer.from('0\r\n\r\n')]);
    }
  }
  const head = `HTTP/1.1 ${answer.status} ${REASONS[answer.status]}\r\n` + Object.entries(headers).map(([n, v]) => `${n}: ${v}\r\n`).join('') + '\r\n';
  const parts = [Buffer.from(head, 'latin1')];
  if (request.method !== 'HEAD') parts.push(body);
  if (!connection.socket.destroyed && connection.socket.writable) connection.socket.write(Buffer.concat(parts));
  return close;
}

// ---- the gateway ------------------------------------------------------------------------------------------------------
// Splits first and decodes each segment afterwards (RFC 3986, 2.4); dot segments are removed (6.2.2.3). undefined: no valid path.
function segments(path) {
  // The whole path is decoded before it is split, so %2F separates segments.
  if (is('slash-decoded')) path = path.replace(/%2f/gi, '/');
  const result = [];
  for (const raw of path.split('/').slice(1)) {
    if (/%(?![0-9a-fA-F]{2})/.test(raw)) return undefined;
    const octets = raw.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    const text = Buffer.from(octets, 'latin1').toString('utf8');
    if (text === '..') result.pop();
    else if (text !== '.') result.push({ raw, text });
  }
  return result;
}

function route(request) {
  if (request.target.length > 32768) return gateway(414, 'APIGW.0201', 'uriTooLong');
  const list = segments(request.path);
  if (!list) return service(400, 'malformed');
  const [v5, project, jobs, id, commit] = list;
  const known = list.length === 5 && v5.text === 'v5' && project.text && jobs.text === 'batch-async-jobs' && id.text && commit.text === 'commit';
  if (!known) return gateway(404, 'APIGW.0101', 'notPublished');
  request.project = project.text;
  request.rawProject = project.raw;
  request.id = id.text;
  // (conforming) UUIDs are compared without regard to case.
  if (is('uuid-any-case')) request.id = [...(store.get(request.project) || new Map()).keys()].find((known) => known.toLowerCase() === request.id.toLowerCase()) || request.id;
  // Parameters of path and query are merged into one map, the query's last.
  if (is('parameters-merged')) request.id = new URLSearchParams(request.query).get('async_job_id') || request.id;
  if (request.method !== 'POST') {
    // The handler runs for every method, and the method is looked at when the answer is written.
    if (is('get-commits-behind-405') && /^(GET|HEAD)$/.test(request.method) && !authenticate(request)) commitNow(request.project, request.id);
    // (conforming) The gateway knows paths and methods together: 404.
    if (is('proxy-rewrites')) return gateway(404, 'APIGW.0101', 'notPublished');
    return gateway(405, 'APIGW.0101', 'notPublished', { Allow: 'POST' });
  }
  return undefined;
}

const refreshed = new Set(); // used by one behaviour only
const refusedPaths = new Map(); // used by one behaviour only

function authenticate(request) {
  let token = request.headers.get('x-auth-token');
  // The connection remembers the token that was good once, and uses it for calls without one.
  if (is('connection-keeps-token')) {
    if (!token) token = request.connection.token;
    else if (tokens.has(token)) request.connection.token = token;
  }
  if (!token) return gateway(401, 'APIGW.0301', 'noToken', CHALLENGE);
  if (token === account.expired_token) {
    // The refused token is put into the cache of sessions with a new lease, and is good from the second call on.
    if (is('expired-token-revives') && refreshed.has(token)) return request.project === account.project_id ? undefined : gateway(403, 'APIGW.0302', 'forbidden');
    refreshed.add(token);
    return gateway(401, 'APIGW.0307', 'expired', CHALLENGE);
  }
  if (!tokens.has(token)) return gateway(401, 'APIGW.0301', 'badToken', CHALLENGE);
  // The project of the token is compared with the undecoded segment of the path.
  const project = is('project-compared-raw') ? request.rawProject : request.project;
  if (tokens.get(token) !== project) {
    // The call to the service starts alongside the look-up of rights, whose refusal comes too late to stop it.
    if (is('commit-before-403')) commitNow(request.project, request.id);
    return gateway(403, 'APIGW.0302', 'forbidden');
  }
  return undefined;
}

// Everything the gateway decides from the head alone; undefined: on to the service.
function admit(request) {
  // Refusals of callers are kept by path, without the caller.
  if (is('refusal-cached-by-path') && refusedPaths.has(request.path)) return refusedPaths.get(request.path);
  let refusal = route(request) || authenticate(request);
  if (refusal) {
    if (refusal.status === 401 || refusal.status === 403) refusedPaths.set(request.path, refusal);
    return refusal;
  }
  const type = request.headers.get('content-type') || '';
  let json = /^application\/json[ \t]*(;.*)?$/i.test(type);
  // The value is looked up in a list of four spellings.
  if (is('charset-spelling-listed')) json = ['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8', 'application/json; charset=UTF-8'].includes(type);
  // The type is examined only if content follows, as body parsers do.
  if (is('type-only-with-body') && !request.hasBody) json = true;
  if (!json) return gateway(415, 'APIGW.0201', 'type', { Accept: 'application/json' });
  const accept = request.headers.get('accept');
  // Accept is compared as one string instead of as a list.
  if (is('accept-as-one-string') && accept && !/^(application\/json|\*\/\*)$/.test(accept)) return gateway(406, 'APIGW.0201', 'accept');
  if (request.length > 12 * 1024 * 1024) return { ...gateway(413, 'APIGW.0201', 'tooLarge'), close: true };
  return undefined;
}

// ---- the service ------------------------------------------------------------------------------------------------------
function commitNow(project, id) {
  const batches = store.get(project);
  if (!batches || batches.get(id) !== 'ready') return false;
  batches.set(id, 'committed');
  return true;
}

const firstAnswers = new Map(); // used by one behaviour only
const running = new Map(); // used by two behaviours only
let current; // used by one behaviour only

async function commit(request) {
  let { project, id } = request;
  // The parser of JSON runs whenever Content-Length is there, and does not like the empty text.
  if (is('empty-json-refused') && request.headers.has('content-length') && request.length === 0) return service(400, 'malformed');
  // (conforming) The call has no body, so one that comes with content is refused.
  if (is('bodies-refused') && request.length > 0) return service(400, 'body');
  // (conforming) A language outside the list is refused.
  if (is('strict-language') && request.headers.has('x-language') && !/^(en-us|zh-cn)$/.test(request.headers.get('x-language'))) return service(400, 'language');
  // The framework validates the path parameter as a UUID before the handler is called.
  if (is('uuid-validated-422') && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    return { status: 422, kind: 'other', value: { detail: [{ loc: ['path', 'async_job_id'], msg: 'value is not a valid uuid', type: 'type_error.uuid' }] } };
  }
  // The batch is kept in one variable for all calls while the store is asked.
  if (is('batch-in-global')) { current = { project, id }; await sleep(60); ({ project, id } = current); }
  else await sleep(is('language-in-global') || is('pipeline-overtaken') ? 60 : 3);

  const key = project + '/' + id;
  // A lock on the batch answers 409 to whoever comes while it is held.
  if (is('locked-409')) {
    if (running.has(key)) return service(409, 'busy');
    running.set(key, true);
    await sleep(60);
    running.delete(key);
  }
  // (conforming) Calls for one batch that overlap get the one answer; later ones are refused as in the base.
  if (is('overlapping-coalesced')) {
    if (running.has(key)) return running.get(key);
    const promise = sleep(60).then(() => decide(project, id, request));
    running.set(key, promise);
    promise.then(() => running.delete(key));
    return promise;
  }
  return decide(project, id, request);
}

function decide(project, id, request) {
  const batches = store.get(project) || new Map();
  const state = batches.get(id);
  if (state === 'ready') {
    batches.set(id, 'committed');
    const answer = { status: 200, kind: 'job', id, message: 'submitted' };
    // (conforming) The answer is the published example: one ID, a new one.
    if (is('bare-answers')) answer.value = { job: { async_job_id: randomUUID() } };
    firstAnswers.set(project + '/' + id, answer);
    return answer;
  }
  if (state === 'committed') {
    // (conforming) A repeated commit is answered as the first.
    if (is('repeat-answered-alike')) return firstAnswers.get(project + '/' + id) || { status: 200, kind: 'job', id, message: 'committed' };
    // A repeated commit finds nothing to do, and the answer is the empty result of that.
    if (is('repeat-answers-empty')) return { status: 200, kind: 'job', value: {} };
    return service(400, 'committed');
  }
  if (state === undefined) {
    // UPDATE by the ID alone comes first, and the project is looked at afterwards.
    if (is('foreign-batch-spent')) for (const [other, list] of store) if (list.has(id)) commitNow(other, id);
    // The look-up creates what it does not find (get_or_create), with the defaults of a new row.
    if (is('unknown-batch-created')) batches.set(id, 'ready');
    // The message repeats the ID at whatever length it has.
    if (is('message-repeats-id')) return service(400, 'unknown', { text: MESSAGES[request.language].unknown + ' (' + id + ')' });
    return service(400, 'unknown');
  }
  return service(400, state);
}

// ---- HTTP -------------------------------------------------------------------------------------------------------------
class Reader {
  constructor(socket) {
    this.buffer = Buffer.alloc(0); this.ended = false; this.wake = () => {};
    socket.on('data', (data) => { if (!this.discard) this.buffer = Buffer.concat([this.buffer, data]); this.wake(); });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => { this.ended = true; this.wake(); });
  }
  async more() { if (this.ended) return false; await new Promise((done) => { this.wake = done; }); return true; }
  // What comes before the separator; undefined at the end of the stream, null if it does not come within the limit.
  async until(separator, limit) {
    for (;;) {
      const at = this.buffer.indexOf(separator);
      if (at >= 0 && at <= limit) { const text = this.buffer.toString('latin1', 0, at); this.buffer = this.buffer.subarray(at + separator.length); return text; }
      if (at > limit || this.buffer.length > limit) return null;
      if (!await this.more()) return undefined;
    }
  }
  async skip(count) {
    while (count > 0) {
      const n = Math.min(count, this.buffer.length);
      this.buffer = this.buffer.subarray(n);
      count -= n;
      if (count > 0 && !await this.more()) return false;
    }
    return true;
  }
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const remembered = new Map(); // used by one behaviour only

function chooseLanguage(request) {
  let value = request.headers.get('x-language');
  const token = request.headers.get('x-auth-token');
  // The language is a preference of the token, and lasts until the next one is sent.
  if (is('token-keeps-language') && token) {
    if (value) remembered.set(token, value);
    else value = remembered.get(token);
  }
  // Accept-Language, if it is there, is what counts.
  if (is('accept-language-wins') && request.headers.has('accept-language')) value = /^zh\b/i.test(request.headers.get('accept-language')) ? 'zh-cn' : 'en-us';
  return (value || '').toLowerCase() === 'zh-cn' ? 'zh-cn' : 'en-us';
}

// Reads the head of a request. A request with .bad is answered with that and the connection closed.
async function readHead(connection) {
  const { reader } = connection;
  for (;;) { // RFC 9112, 2.2: empty lines before the request line are ignored
    while (reader.buffer.length < 2) if (!await reader.more()) return undefined;
    if (reader.buffer[0] !== 13 || reader.buffer[1] !== 10) break;
    reader.buffer = reader.buffer.subarray(2);
  }
  const request = { connection, method: '', minor: 1, headers: new Map(), language: 'en-us', close: true, length: 0, path: '', target: '' };
  const text = await reader.until('\r\n\r\n', 131072);
  if (text === undefined) return undefined;
  const bad = (answer) => { request.bad = answer; request.close = true; return request; };
  if (text === null) {
    const line = reader.buffer.indexOf('\r\n');
    return bad(line < 0 || line > 32768 ? gateway(414, 'APIGW.0201', 'uriTooLong') : gateway(431, 'APIGW.0201', 'malformed'));
  }
  const lines = text.split('\r\n');
  const first = /^([^ ]+) ([^ ]+) HTTP\/(\d)\.(\d)$/.exec(lines[0]);
  if (!first || !TOKEN.test(first[1]) || /[^\x21-\x7e]|[#"<>\\^`{|}]/.test(first[2])) return bad(service(400, 'malformed'));
  request.method = first[1];
  request.target = first[2];
  if (first[3] !== '1') return bad(gateway(505, 'APIGW.0201', 'malformed'));
  request.minor = first[4] === '0' ? 0 : 1;
  const spellings = new Map();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    let name = line.slice(0, Math.max(colon, 0));
    let value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (!TOKEN.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return bad(service(400, 'malformed'));
    // Lines are split at colon and space; a line without the space is no header (Host and framing are the server's own).
    if (is('colon-space-needed') && !line.includes(': ') && !/^(host|content-length|transfer-encoding|connection|expect)$/i.test(name)) continue;
    // X-Language is looked up as documented or in lower case, in no other spelling.
    if (is('language-name-spelled') && /^x-language$/i.test(name) && !/^(X-Language|x-language)$/.test(name)) continue;
    name = name.toLowerCase();
    spellings.set(name, (spellings.get(name) || 0) + 1);
    request.headers.set(name, request.headers.has(name) ? request.headers.get(name) + ', ' + value : value);
  }
  const { headers } = request;
  request.language = chooseLanguage(request);
  sharedLanguage = request.language;
  const hosts = spellings.get('host') || 0;
  if (hosts > 1 || (hosts === 0 && request.minor > 0) || /[\s,\/?#@]/.test(headers.get('host') || '')) return bad(service(400, 'malformed'));

  let target = request.target;
  const absolute = /^https?:\/\/[^\/?#]+([\/?].*)?$/i.exec(target);
  if (absolute) target = absolute[1] || '/';
  if (target[0] === '?') target = '/' + target;
  const mark = target.indexOf('?');
  request.path = mark < 0 ? target : target.slice(0, mark);
  request.query = mark < 0 ? '' : target.slice(mark + 1);

  const coding = headers.get('transfer-encoding');
  if (coding !== undefined) {
    if (headers.has('content-length') || request.minor === 0) return bad(service(400, 'malformed'));
    if (coding.toLowerCase() !== 'chunked') return bad(/(^|,)\s*chunked$/i.test(coding) ? gateway(501, 'APIGW.0201', 'malformed') : service(400, 'malformed'));
    request.chunked = true;
  } else if (headers.has('content-length')) {
    if (!/^\d{1,15}$/.test(headers.get('content-length'))) return bad(service(400, 'malformed'));
    request.length = Number(headers.get('content-length'));
  }
  request.hasBody = request.chunked || request.length > 0;
  const options = (headers.get('connection') || '').toLowerCase().split(',').map((s) => s.trim());
  request.close = options.includes('close') || (request.minor === 0 && !options.includes('keep-alive'));
  request.expects = request.minor > 0 && /^100-continue$/i.test(headers.get('expect') || '') && request.hasBody;
  return request;
}

// Reads and counts the content. true: read; false: the stream ended; otherwise the answer to what is wrong with it.
async function readBody(request, reader) {
  if (!request.chunked) return reader.skip(request.length);
  for (;;) {
    const line = await reader.until('\r\n', 4096);
    if (line === undefined) return false;
    const size = /^([0-9a-fA-F]{1,8})[ \t]*(;.*)?$/.exec(line || '');
    if (!size) return { ...service(400, 'malformed'), close: true };
    const length = parseInt(size[1], 16);
    if (length === 0) break;
    request.length += length;
    if (request.length > 12 * 1024 * 1024) return { ...gateway(413, 'APIGW.0201', 'tooLarge'), close: true };
    if (!await reader.skip(length)) return false;
    const end = await reader.until('\r\n', 2);
    if (end === undefined) return false;
    if (end !== '') return { ...service(400, 'malformed'), close: true };
  }
  // After the last chunk two octets are skipped as its CRLF; a trailer section is not thought of.
  if (is('trailers-left-over')) return reader.skip(2);
  for (;;) {
    const line = await reader.until('\r\n', 16384);
    if (line === undefined) return false;
    if (line === null) return { ...service(400, 'malformed'), close: true };
    if (line === '') return true;
  }
}

async function serve(connection) {
  const { reader, socket } = connection;
  for (;;) {
    const request = await readHead(connection);
    if (!request) break;
    if (request.bad) { send(connection, request, request.bad); break; }
    let answer = admit(request);
    if (request.expects) {
      if (answer) { send(connection, request, { ...answer, close: true }); break; }
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    if (answer && answer.close) { send(connection, request, answer); break; }
    const body = await readBody(request, reader);
    if (body === false) break;
    if (body !== true) answer = answer || body;
    if (body !== true) { send(connection, request, { ...answer, close: true }); break; }
    // Pipelined calls are served side by side, and whichever is ready first is answered first.
    if (is('pipeline-overtaken') && !answer && !request.close) { commit(request).then((a) => send(connection, request, a)); continue; }
    if (send(connection, request, answer || await commit(request))) break;
  }
  reader.discard = true;
  if (is('pipeline-overtaken')) await sleep(100);
  socket.end();
  setTimeout(() => socket.destroy(), 2000).unref();
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const connection = { socket, reader: new Reader(socket) };
  socket.setTimeout(60000, () => socket.destroy());
  serve(connection).catch((error) => { console.error(error); socket.destroy(); });
});
server.listen(Number(option('port')), '127.0.0.1', () => console.error(`${behaviour} on 127.0.0.1:${option('port')}`));
