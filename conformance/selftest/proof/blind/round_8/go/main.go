// A stand-in for the gateway and the service behind "commit an asynchronous batch job", with one fault at choice.
// Behaviour "none" keeps the documentation; every `is("…")` marks the one difference of another behaviour.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	maxBody   = 12 << 20
	maxTarget = 32 << 10
	maxHead   = 128 << 10
)

var behaviour string

func is(name string) bool { return behaviour == name }

// ---- account ----

type project struct {
	ProjectID    string            `json:"project_id"`
	Token        string            `json:"token"`
	ExpiredToken string            `json:"expired_token"`
	Batches      map[string]string `json:"batches"`
	Other        *project          `json:"other"`
}

type service struct {
	mu       sync.Mutex
	own      *project
	other    *project
	requests int                  // all requests so far
	commits  int                  // all successful commits so far
	refused  map[string]int       // refusals by batch
	cache    map[string]*response // by path
	recent   []time.Time          // calls of the last second
}

// ---- messages ----

type text struct{ en, zh string }

var (
	msgCommitted    = text{"The batch was submitted.", "批量任务已提交。"}
	msgUnknown      = text{"The batch does not exist.", "批量任务不存在。"}
	msgValidating   = text{"The parameters of the batch are still being checked.", "批量任务的参数正在校验。"}
	msgFailed       = text{"The parameter check of the batch failed.", "批量任务的参数校验失败。"}
	msgAgain        = text{"The batch has already been committed.", "批量任务已提交,请勿重复提交。"}
	msgMalformed    = text{"The request is malformed.", "请求格式错误。"}
	msgTokenMissing = text{"Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误:未找到x-auth-token"}
	msgTokenBad     = text{"Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误:令牌解密失败"}
	msgTokenOld     = text{"The token must be updated.", "令牌必须更新。"}
	msgForbidden    = text{"The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"}
	msgNotPublished = text{"The API does not exist or has not been published in the environment.", "API不存在或未发布到该环境。"}
	msgTooLarge     = text{"The request body is too large.", "请求体过大。"}
	msgTooLong      = text{"The request URI is too long.", "请求URI过长。"}
	msgMediaType    = text{"The Content-Type must be application/json.", "Content-Type必须为application/json。"}
	msgThrottled    = text{"The throttling threshold has been reached.", "已达到流控阈值。"}
	msgCoding       = text{"The transfer coding is not supported.", "不支持该传输编码。"}
	msgVersion      = text{"The HTTP version is not supported.", "不支持该HTTP版本。"}
)

func (t text) in(lang string) string {
	if lang == "zh-cn" {
		return t.zh
	}
	return t.en
}

// ---- requests and responses ----

type field struct{ name, value string }

type request struct {
	method, target  string
	minor           int // of HTTP/1.x
	fields          []field
	close, chunked  bool
	length          int64
	project, id     string
	lang, requestID string
}

func (r *request) all(name string) (values []string) {
	for _, f := range r.fields {
		// Field names are compared byte by byte, as in a plain map.
		if is("token-name-case-sensitive") && name == "X-Auth-Token" {
			if f.name == name {
				values = append(values, f.value)
			}
			continue
		}
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return
}

// one is the value of a field that must come at most once; several lines are joined, as the RFC says.
func (r *request) one(name string) string { return strings.Join(r.all(name), ", ") }

func (r *request) hasItem(name, item string) bool {
	for _, v := range strings.Split(r.one(name), ",") {
		if strings.EqualFold(strings.Trim(v, " \t"), item) {
			return true
		}
	}
	return false
}

type response struct {
	status    int
	mediaType string
	extra     []field
	body      []byte
	close     bool
	requestID string
}

var reasons = map[int]string{200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
	429: "Too Many Requests", 501: "Not Implemented", 502: "Bad Gateway", 505: "HTTP Version Not Supported"}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// object is a JSON object whose members keep their order.
func object(pairs ...any) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(pairs[i]))
		b.WriteByte(':')
		b.Write(encode(pairs[i+1]))
	}
	b.WriteByte('}')
	return b.Bytes()
}

func encode(v any) []byte {
	if raw, ok := v.(json.RawMessage); ok {
		return raw
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n")
}

func gatewayError(r *request, status int, code string, t text) *response {
	id := r.requestID
	// The body's ID is drawn by the authorizer, the header's by the gateway.
	if is("request-id-differs-on-403") && status == 403 {
		id = newID()
	}
	body := object("error_code", code, "error_msg", t.in(r.lang), "request_id", id)
	p := &response{status: status, mediaType: "application/json", body: body}
	if status == 401 {
		p.extra = append(p.extra, field{"WWW-Authenticate", `Keystone uri="https://iam.cn-north-4.myhuaweicloud.com/v3"`})
		// The identity service's own answer is passed through when it says that the token has expired.
		if is("iam-answer-for-expired-token") && code == "APIGW.0307" {
			p.body = object("error", object("code", 401, "message", t.in(r.lang), "title", "Unauthorized"))
		}
	}
	// http.Error and its text/plain on the one path that a middleware answers.
	if is("text-plain-415") && status == 415 {
		p.mediaType = "text/plain; charset=utf-8"
	}
	// Conforming: other wording, another order of the members, and further members.
	if is("wordy-errors") {
		p.body = object("request_id", id, "error_msg", t.in(r.lang)+" [gateway]", "error_code", code, "encoded_authorization_message", nil,
			"details", []string{"https://support.huaweicloud.com/", "\U0001F6AB \"quoted\" \\ / \u2028"})
	}
	return p
}

func serviceError(r *request, t text) *response {
	msg, code := t.in(r.lang), "DRS.10000001"
	// One entry of the Chinese catalogue was never translated.
	if is("empty-chinese-message") && t == msgValidating && r.lang == "zh-cn" {
		msg = ""
	}
	// The message repeats the ID of the path, however long it is.
	if is("message-over-512") && t == msgUnknown {
		msg = "The batch " + r.id + " does not exist."
	}
	p := &response{status: 400, mediaType: "application/json", body: object("error_code", code, "error_msg", msg)}
	// The body is put together with Sprintf, and the ID of the path goes in as it is.
	if is("id-unescaped-in-message") && t == msgUnknown {
		p.body = fmt.Appendf(nil, `{"error_code":"%s","error_msg":"The batch '%s' does not exist."}`, code, r.id)
	}
	// An "envelope": the status stays 200, and the body tells the failure.
	if is("failed-batch-200") && t == msgFailed {
		p.status = 200
	}
	// The message file is read as GBK and copied byte by byte.
	if is("chinese-in-gbk") && r.lang == "zh-cn" {
		p.body = toGBK(p.body)
	}
	// Conforming: another code of 12 characters for each cause, a message of exactly 512 characters, further members.
	if is("wordy-errors") {
		code = map[text]string{msgUnknown: "DRS.M0000123", msgValidating: "DRS.M0000124", msgFailed: "DRS.M0000125"}[t]
		if code == "" {
			code = "DRS.M0000100"
		}
		msg += strings.Repeat("。", 512-utf8.RuneCountInString(msg))
		p.body = object("error_msg", msg, "error_code", code, "request_id", r.requestID, "error_details", object("retryable", false))
	}
	return p
}

// ---- the gateway and the service ----

func (s *service) route(r *request) *response {
	target := r.target
	if len(target) > maxTarget {
		return gatewayError(r, 414, "APIGW.0201", msgTooLong)
	}
	lower := strings.ToLower(target)
	// The router knows origin-form alone; an absolute URI is looked up as a path.
	if (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")) && !is("absolute-form-404") {
		target = target[strings.Index(target, "://")+3:]
		if i := strings.IndexAny(target, "/?"); i < 0 {
			target = "/"
		} else {
			target = target[i:]
		}
	}
	path, _, _ := strings.Cut(target, "?")
	parts := strings.Split(path, "/")
	// A load balancer spreads the requests over four gateways, and one of them does not have the API yet.
	if is("one-gateway-not-published") && s.requests%4 == 0 {
		return gatewayError(r, 404, "APIGW.0101", msgNotPublished)
	}
	for i, p := range parts {
		d, err := url.PathUnescape(p)
		if err != nil {
			return serviceError(r, msgMalformed)
		}
		parts[i] = d
	}
	if len(parts) != 6 || parts[0] != "" || parts[1] != "v5" || parts[2] == "" || parts[3] != "batch-async-jobs" || parts[4] == "" || parts[5] != "commit" {
		return gatewayError(r, 404, "APIGW.0101", msgNotPublished)
	}
	r.project, r.id = parts[2], parts[4]
	method := r.method
	// The override that old frameworks know is honoured, on safe methods too.
	if v := r.one("X-HTTP-Method-Override"); is("method-override-commits") && v != "" {
		method = strings.ToUpper(v)
	}
	if method != "POST" {
		// Conforming: the gateway's page has 404 for a wrong method.
		if is("routes-last") {
			return gatewayError(r, 404, "APIGW.0101", msgNotPublished)
		}
		p := gatewayError(r, 405, "APIGW.0101", msgNotPublished)
		// The custom 405 handler replaces the router's one and forgets the field.
		if !is("405-without-allow") {
			p.extra = append(p.extra, field{"Allow", "POST"})
		}
		return p
	}
	return nil
}

// authenticate returns the project of the token, or an answer.
func (s *service) authenticate(c *conn, r *request) (string, *response) {
	tokens := r.all("X-Auth-Token")
	// The connection is authenticated once; later requests on it need no token.
	if is("authenticates-connections") && len(tokens) == 0 && c.authenticated != "" {
		return c.authenticated, nil
	}
	switch {
	case len(tokens) == 0 || len(tokens) == 1 && tokens[0] == "":
		return "", gatewayError(r, 401, "APIGW.0301", msgTokenMissing)
	case len(tokens) == 1 && tokens[0] == s.own.Token:
		c.authenticated = s.own.ProjectID
		return s.own.ProjectID, nil
	case len(tokens) == 1 && s.other != nil && tokens[0] == s.other.Token:
		c.authenticated = s.other.ProjectID
		return s.other.ProjectID, nil
	case len(tokens) == 1 && tokens[0] == s.own.ExpiredToken:
		return "", gatewayError(r, 401, "APIGW.0307", msgTokenOld)
	}
	return "", gatewayError(r, 401, "APIGW.0301", msgTokenBad)
}

func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	parts := strings.Split(values[0], ";")
	if !strings.EqualFold(strings.Trim(parts[0], " \t"), "application/json") {
		return false
	}
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(strings.Trim(p, " \t"), "=")
		if strings.EqualFold(name, "charset") && !strings.EqualFold(strings.Trim(value, `"`), "utf-8") {
			return false
		}
	}
	return true
}

func (s *service) handle(c *conn, r *request) *response {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if len(r.all("X-Language")) > 0 {
		c.lang = r.lang
	} else if is("language-sticks-to-connection") && c.lang != "" {
		// The language lies in a thread-local that nobody clears.
		r.lang = c.lang
	}
	// Conforming: more than 200 calls in a second are throttled, with Retry-After as a date.
	if is("documented-throttle") && r.method == "POST" {
		now := time.Now()
		for len(s.recent) > 0 && now.Sub(s.recent[0]) > time.Second {
			s.recent = s.recent[1:]
		}
		if len(s.recent) >= 200 {
			p := gatewayError(r, 429, "APIGW.0308", msgThrottled)
			p.extra = []field{{"Retry-After", httpDate(now.Add(2 * time.Second))}}
			return p
		}
		s.recent = append(s.recent, now)
	}
	key := r.method + " " + r.target
	// A cache that has the URI alone for a key stands in front of the authentication.
	if p := s.cache[key]; is("cache-ignores-token") && p != nil {
		return p
	}
	p := s.answer(c, r)
	if p.status == 200 {
		s.cache[key] = p
	}
	return p
}

func (s *service) answer(c *conn, r *request) *response {
	mediaType := func() *response {
		if !isJSON(r.all("Content-Type")) {
			return gatewayError(r, 415, "APIGW.0201", msgMediaType)
		}
		return nil
	}
	// Conforming: the media type is checked first, then the token, and the route last.
	if is("routes-last") {
		if p := mediaType(); p != nil && r.method == "POST" {
			return p
		}
		if _, p := s.authenticate(c, r); p != nil {
			return p
		}
	}
	if p := s.route(r); p != nil {
		return p
	}
	owner, p := s.authenticate(c, r)
	if p != nil {
		return p
	}
	if owner != r.project {
		return gatewayError(r, 403, "APIGW.0302", msgForbidden)
	}
	p = mediaType()
	// A `return` is missing after the 415: the handler goes on and commits.
	if is("unsupported-type-still-commits") && p != nil {
		s.commit(r)
	}
	if p != nil {
		return p
	}
	// The service falls over an ID that is longer than its column, and the proxy in front shows its own page.
	if is("long-id-502-html") && len(r.id) > 255 {
		return &response{status: 502, mediaType: "text/html", body: []byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
			"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")}
	}
	p = s.commit(r)
	// The gateway loses the answer of every third commit and sends the POST once more by itself.
	if is("retries-commits") && p.status == 200 && s.commits%3 == 0 {
		p = s.commit(r)
	}
	return p
}

func (s *service) commit(r *request) *response {
	p := s.own
	if r.project != s.own.ProjectID {
		p = s.other
	}
	// The batch is looked up in all projects, and its owner is compared afterwards.
	if is("foreign-batch-403") && p.Batches[r.id] == "" && (s.own.Batches[r.id] != "" || s.other != nil && s.other.Batches[r.id] != "") {
		return gatewayError(r, 403, "APIGW.0302", msgForbidden)
	}
	switch p.Batches[r.id] {
	case "ready":
	case "validating":
		return serviceError(r, msgValidating)
	case "failed":
		s.refused[r.id]++
		// The first refusal drops the report of the check, and no report counts as no errors.
		if !is("failed-batch-passes-second-time") || s.refused[r.id] < 2 {
			return serviceError(r, msgFailed)
		}
	case "committed":
		// Conforming: the document does not say what the second commit answers.
		if is("second-commit-200") {
			return &response{status: 200, mediaType: "application/json", body: object("job", object("async_job_id", r.id))}
		}
		return serviceError(r, msgAgain)
	default:
		return serviceError(r, msgUnknown)
	}
	p.Batches[r.id] = "committed"
	s.commits++
	job := object("async_job_id", r.id, "status", "COMMIT_SUCCESS", "msg", msgCommitted.in(r.lang))
	return &response{status: 200, mediaType: "application/json", body: object("job", job)}
}

// ---- HTTP/1.1 ----

type conn struct {
	net.Conn
	br            *bufio.Reader
	lang          string // of the last X-Language here
	authenticated string // project of the last good token here
}

var errGone = errors.New("connection is gone")

func readLine(br *bufio.Reader, budget *int) (string, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		if *budget -= len(part); *budget < 0 {
			return "", errors.New("head too large")
		}
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			return "", errGone
		}
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// readHead returns a request, or an answer to one that cannot be read (after which the connection is closed).
func readHead(br *bufio.Reader) (*request, *response, error) {
	r := &request{requestID: newID(), lang: "en-us", minor: 1}
	budget := maxHead
	malformed := func() (*request, *response, error) { return r, serviceError(r, msgMalformed), nil }
	line, err := readLine(br, &budget)
	if err == nil && line == "" {
		line, err = readLine(br, &budget)
	}
	if err == errGone {
		return nil, nil, err
	}
	if err != nil {
		return r, gatewayError(r, 414, "APIGW.0201", msgTooLong), nil
	}
	words := strings.Split(line, " ")
	if len(words) != 3 || !isToken(words[0]) || words[1] == "" || len(words[2]) != 8 || !strings.HasPrefix(words[2], "HTTP/") || words[2][6] != '.' {
		return malformed()
	}
	r.method, r.target = words[0], words[1]
	if words[2][5] != '1' {
		return r, gatewayError(r, 505, "APIGW.0201", msgVersion), nil
	}
	if words[2][7] == '0' {
		r.minor = 0
	}
	bad := false
	for i := 0; i < len(r.target); i++ {
		if c := r.target[i]; c <= ' ' || c >= 127 || c == '#' {
			bad = true
		}
	}
	for {
		line, err := readLine(br, &budget)
		if err == errGone {
			return nil, nil, err
		}
		if err != nil {
			return malformed()
		}
		if line == "" {
			break
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !isToken(name) || strings.ContainsAny(value, "\x00\r\n") {
			bad = true
		}
		r.fields = append(r.fields, field{name, strings.Trim(value, " \t")})
	}
	if v := r.all("X-Language"); len(v) == 1 && strings.EqualFold(v[0], "zh-cn") {
		r.lang = "zh-cn"
	}
	hosts := r.all("Host")
	if len(hosts) > 1 || len(hosts) == 0 && r.minor == 1 || len(hosts) == 1 && strings.ContainsAny(hosts[0], " ,/@?#") {
		bad = true
	}
	lengths, codings := r.all("Content-Length"), r.all("Transfer-Encoding")
	for _, v := range lengths {
		n, err := strconv.ParseUint(v, 10, 62)
		if err != nil || v[0] == '+' || v != lengths[0] {
			bad = true
		}
		r.length = int64(n)
	}
	if len(codings) > 0 {
		if len(lengths) > 0 || r.minor == 0 {
			bad = true
		} else if !strings.EqualFold(strings.Join(codings, ","), "chunked") {
			return r, gatewayError(r, 501, "APIGW.0201", msgCoding), nil
		}
		r.chunked = true
	}
	if bad {
		return malformed()
	}
	r.close = r.minor == 0 || r.hasItem("Connection", "close")
	return r, nil, nil
}

// readBody reads the body and throws it away; the answer that it may return is followed by the end of the connection.
func readBody(c *conn, r *request) (*response, error) {
	if r.length > maxBody {
		return gatewayError(r, 413, "APIGW.0201", msgTooLarge), nil
	}
	if r.minor == 1 && (r.chunked || r.length > 0) && r.hasItem("Expect", "100-continue") && c.br.Buffered() == 0 {
		io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	if !r.chunked {
		_, err := io.CopyN(io.Discard, c.br, r.length)
		return nil, err
	}
	total := int64(0)
	budget := maxHead
	for {
		line, err := readLine(c.br, &budget)
		if err == errGone {
			return nil, err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.Trim(size, " \t"), 16, 62)
		if err != nil {
			return serviceError(r, msgMalformed), nil
		}
		if total += int64(n); total > maxBody {
			return gatewayError(r, 413, "APIGW.0201", msgTooLarge), nil
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(io.Discard, c.br, int64(n)); err != nil {
			return nil, err
		}
		budget = maxHead
		if line, err := readLine(c.br, &budget); err != nil || line != "" {
			return serviceError(r, msgMalformed), nil
		}
	}
	for { // trailers
		line, err := readLine(c.br, &budget)
		if err != nil || line == "" {
			return nil, err
		}
	}
}

func httpDate(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }

func (c *conn) write(r *request, p *response) bool {
	var b bytes.Buffer
	body, mediaType := p.body, p.mediaType
	closing := r.close || p.close
	requestID := r.requestID
	head := []field{{"Date", httpDate(time.Now())}, {"Server", "api-gateway"}, {"X-Request-Id", requestID}}
	// The service and the gateway each add their own ID to what the service answers.
	if is("two-request-ids") && (p.status == 200 || p.status == 400) {
		head = append(head, field{"X-Request-Id", newID()})
	}
	// Conforming: the field is optional.
	if is("documented-throttle") && (p.status == 200 || p.status == 400) {
		head = head[:2]
	}
	// Conforming: pretty printed, in ASCII alone, with another spelling of the media type and the language told.
	if is("pretty-ascii-answers") {
		var pretty bytes.Buffer
		json.Indent(&pretty, body, "", "\t")
		body = nil
		for _, x := range pretty.String() + "\r\n" {
			if x < 128 {
				body = append(body, byte(x))
			} else {
				body = fmt.Appendf(body, "\\u%04x", x) // no message leaves the BMP
			}
		}
		mediaType = `Application/JSON;charset="UTF-8"`
		head = append(head, field{"Content-Language", r.lang}, field{"Vary", "X-Language"}, field{"Cache-Control", "no-store"})
	}
	// The proxy compresses for whoever accepts gzip, and the next hop drops Content-Encoding.
	if is("gzip-unlabelled") && r.hasItem("Accept-Encoding", "gzip") && len(body) > 100 {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(body)
		w.Close()
		body = z.Bytes()
	}
	head = append(head, field{"Content-Type", mediaType})
	head = append(head, p.extra...)
	chunked := false
	switch {
	// HTTP/1.0 requests are proxied as 1.1, and the backend's chunks reach the client as they are.
	case is("chunks-to-http10") && r.minor == 0:
		chunked = true
	// Conforming: every body to HTTP/1.1 is chunked.
	case is("chunked-lowercase") && r.minor == 1:
		chunked = true
	// Conforming: no length at all, the end of the connection ends the body.
	case is("closes-every-connection"):
		closing = true
	// The length is counted in characters instead of bytes.
	case is("content-length-in-characters"):
		head = append(head, field{"Content-Length", strconv.Itoa(utf8.RuneCount(body))})
	default:
		head = append(head, field{"Content-Length", strconv.Itoa(len(body))})
	}
	if chunked {
		head = append(head, field{"Transfer-Encoding", "chunked"})
	}
	// The keep-alive pool does not look at the client's Connection field.
	if is("ignores-connection-close") && r.minor == 1 && !p.close {
		closing = false
	}
	if closing {
		head = append(head, field{"Connection", "close"})
	}
	reason := reasons[p.status]
	if is("closes-every-connection") {
		reason = ""
	}
	// Conforming: interim answers come before the final one.
	if is("interim-answers") && r.minor == 1 {
		b.WriteString("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <https://support.huaweicloud.com/>; rel=\"help\"\r\n\r\n")
		head = append([]field{{"Via", "1.1 elb-7 (ELB), 1.1 apig"}}, head...)
	}
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", p.status, reason)
	if is("chunked-lowercase") {
		for i, j := 0, len(head)-1; i < j; i, j = i+1, j-1 {
			head[i], head[j] = head[j], head[i]
		}
		if chunked {
			head = append(head, field{"Trailer", "X-Checksum"})
		}
	}
	for _, f := range head {
		if is("chunked-lowercase") {
			b.WriteString(strings.ToLower(f.name) + ":" + f.value + "\r\n")
			continue
		}
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	b.WriteString("\r\n")
	switch {
	case r.method == "HEAD":
	case chunked && is("chunked-lowercase"):
		for i := 0; i < len(body); i += 7 { // small chunks that cut through characters, an extension, a trailer
			part := body[i:min(i+7, len(body))]
			fmt.Fprintf(&b, "%03X;part=\"%d\"\r\n%s\r\n", len(part), i, part)
		}
		b.WriteString("0\r\nX-Checksum: none\r\n\r\n")
	case chunked:
		fmt.Fprintf(&b, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	default:
		b.Write(body)
	}
	_, err := c.Conn.Write(b.Bytes())
	return err == nil && !closing
}

func (s *service) serve(c *conn) {
	defer func() {
		// Whatever the client still sends is read for a moment, lest a reset destroys the answer.
		if t, ok := c.Conn.(*net.TCPConn); ok {
			t.CloseWrite()
			t.SetReadDeadline(time.Now().Add(2 * time.Second))
			io.CopyN(io.Discard, t, 2*maxBody)
		}
		c.Close()
	}()
	next := func() (*request, *response) {
		c.SetReadDeadline(time.Now().Add(60 * time.Second))
		r, p, err := readHead(c.br)
		if err != nil {
			return nil, nil
		}
		skip := false
		// A request without a good token is refused before its body is read, and the connection lives on.
		if is("unread-body-stays") && p == nil {
			_, no := s.authenticate(c, r)
			skip = no != nil
		}
		if p == nil && !skip {
			if p, err = readBody(c, r); err != nil {
				return nil, nil
			}
		}
		if p != nil {
			p.close = true
			return r, p
		}
		return r, s.handle(c, r)
	}
	for {
		r, p := next()
		if r == nil {
			return
		}
		// Pipelined requests go to two workers, and the second one is quicker.
		if is("pipelined-answers-swapped") && !r.close && !p.close && c.br.Buffered() > 0 {
			if r2, p2 := next(); r2 != nil && !r2.close && !p2.close {
				c.write(r2, p2)
			} else if r2 != nil {
				c.write(r, p)
				r, p = r2, p2
			}
		}
		if !c.write(r, p) {
			return
		}
	}
}

func main() {
	port := flag.Int("port", 8080, "")
	file := flag.String("account", "", "")
	flag.StringVar(&behaviour, "behaviour", "none", "")
	flag.Parse()
	data, err := os.ReadFile(*file)
	s := &service{own: &project{}, refused: map[string]int{}, cache: map[string]*response{}}
	if err == nil {
		err = json.Unmarshal(data, s.own)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	s.other = s.own.Other
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			continue
		}
		go s.serve(&conn{Conn: c, br: bufio.NewReader(c)})
	}
}

// The characters of the messages above, and what GBK makes of them (two bytes each, in hexadecimal).
const (
	hanzi = "。不为交令任传体信值到务勿参发在境复大失存密已布式必息或户批找持控提支数新无更未本权校格正求流版牌环用的码编解认访证该误请败输达过重量错长问阈须验"
	gbk   = "a1a3b2bbceaabdbbc1eec8ceb4abcce5d0c5d6b5b5bdcef1cef0b2ceb7a2d4dabeb3b8b4b4f3caa7b4e6c3dcd2d1b2bccabdb1d8cfa2bbf2bba7c5fad5d2b3d6bfd8cce1d6a7cafdd0c2cedeb8fcceb4b1bec8a8d0a3b8f1d5fdc7f3c1f7b0e6c5c6bbb7d3c3b5c4c2ebb1e0bde2c8cfb7c3d6a4b8c3cef3c7ebb0dccae4b4efb9fdd6d8c1bfb4edb3a4cecae3d0d0ebd1e9"
)

func toGBK(b []byte) (out []byte) {
	codes, _ := hex.DecodeString(gbk)
	for _, x := range string(b) {
		if x < 128 {
			out = append(out, byte(x))
			continue
		}
		i := utf8.RuneCountInString(hanzi[:strings.IndexRune(hanzi, x)])
		out = append(out, codes[2*i:2*i+2]...)
	}
	return
}
