// A server of one operation, "commit an asynchronous batch job", with its own HTTP/1.1 parsing.
// --behaviour none keeps the documentation; every other behaviour is none with one difference, each marked by is("…").
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http" // for http.TimeFormat and http.StatusText alone
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	maxURI  = 32 << 10
	maxHead = 128 << 10
	maxBody = 12 << 20
)

var behaviour string

func is(name string) bool { return behaviour == name }

// ---- the account ----

type tenant struct {
	Project string            `json:"project_id"`
	Token   string            `json:"token"`
	Batches map[string]string `json:"batches"`
}

var (
	mu       sync.Mutex // guards everything below
	own      tenant
	other    tenant
	expired  string
	verdicts = map[string]time.Time{} // verdict-cached-by-project
	sticky   = "en-us"                // language-sticky
	shared   *tenant                  // callers-mixed
	failures []time.Time              // lockout-by-failures
)

func load(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var file struct {
		tenant
		Expired string `json:"expired_token"`
		Other   tenant `json:"other"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	// An embedded unexported struct is filled by a second pass, to be independent of encoding/json's rules about it.
	if err := json.Unmarshal(data, &own); err != nil {
		return err
	}
	other, expired = file.Other, file.Expired
	return nil
}

func tenantOf(project string) *tenant {
	switch project {
	case own.Project:
		return &own
	case other.Project:
		return &other
	}
	return nil
}

// ---- messages: key -> English, Chinese ----

var texts = map[string][2]string{
	"syntax":      {"The request is malformed.", "请求格式错误。"},
	"missing":     {"Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误：未找到x-auth-token"},
	"malformed":   {"Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：令牌解析失败"},
	"expired":     {"The token must be updated.", "令牌需要更新。"},
	"forbidden":   {"The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"},
	"unpublished": {"The API does not exist or has not been published in the environment.", "API不存在或尚未发布到该环境。"},
	"type":        {"The Content-Type must be application/json.", "Content-Type必须为application/json。"},
	"large":       {"The request body is too large.", "请求体过大。"},
	"long":        {"The request URI is too long.", "请求URI过长。"},
	"headers":     {"The request headers are too large.", "请求头过大。"},
	"length":      {"The request has no Content-Length.", "请求缺少Content-Length。"},
	"internal":    {"Internal server error.", "服务器内部错误。"},
	"coding":      {"The transfer coding is not supported.", "不支持该传输编码。"},
	"unknown":     {"The batch does not exist.", "批量任务不存在。"},
	"validating":  {"The parameters of the batch are still being verified.", "批量任务的参数仍在校验中。"},
	"failed":      {"The verification of the batch has reported errors.", "批量任务的参数校验失败。"},
	"committed":   {"The batch has already been submitted.", "批量任务已经提交。"},
	"submitted":   {"The batch was submitted.", "批量任务已提交。"},
	"language":    {"The language is not supported.", "不支持该语言。"},
	"body":        {"The request must not have a body.", "请求不能带有请求体。"},
}

func text(key, lang string) string {
	if lang == "zh-cn" {
		return texts[key][1]
	}
	return texts[key][0]
}

// ---- requests ----

type field struct{ name, value string }

type request struct {
	method, target string
	minor          int // of HTTP/1.x
	fields         []field
	length         int64 // -1: no Content-Length
	chunked        bool
	expect         bool
	close          bool
	body           []byte

	id           string // of the request
	lang         string
	project, job string
	rawProject   string
	caller       *tenant
}

// get joins repeated lines as RFC 9110, 5.3 does.
func (r *request) get(name string) (string, bool) {
	var values []string
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return strings.Join(values, ", "), values != nil
}

type response struct {
	status int
	fields []field
	body   []byte
	close  bool
}

func (r *request) gateway(status int, code, key string) *response {
	doc := map[string]string{"error_code": code, "error_msg": text(key, r.lang), "request_id": r.id}
	// conforming: other words and further fields in the gateway's refusals
	if is("other-words") {
		doc["error_msg"] = "Sorry: " + key
		if r.lang == "zh-cn" {
			doc["error_msg"] = "抱歉：" + texts[key][1]
		}
		doc["error_details"], doc["api_id"] = key, "0f5a"
	}
	a := &response{status: status, body: encode(doc)}
	if status == 401 {
		a.fields = append(a.fields, field{"WWW-Authenticate", `Keystone uri="https://iam.myhuaweicloud.com/v3"`})
		// conforming: other challenges
		if is("other-words") {
			a.fields = []field{{"www-authenticate", `Token realm="drs", Keystone uri="https://iam"`}, {"WWW-AUTHENTICATE", "X-Auth-Token"}}
		}
	}
	return a
}

func (r *request) service(key string) *response {
	msg := text(key, r.lang)
	// broken: the Chinese catalogue has no entry for batches that are being checked
	if is("validating-zh-empty") && key == "validating" && r.lang == "zh-cn" {
		msg = ""
	}
	// broken: the answer is put together as a string, with the ID of the path in it
	if is("id-echo-unescaped") && key == "unknown" {
		id := r.job
		if len(id) > 200 {
			id = id[:200]
		}
		return &response{status: 400, body: []byte(`{"error_code":"DRS.10000001","error_msg":"` + msg + ` (` + id + `)"}`)}
	}
	return &response{status: 400, body: encode(map[string]string{"error_code": "DRS.10000001", "error_msg": msg})}
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// line reads one line without its CRLF (or bare LF); long is true if it has more than limit octets.
func line(br *bufio.Reader, limit int) (s string, long bool, err error) {
	var b []byte
	for {
		part, err := br.ReadSlice('\n')
		b = append(b, part...)
		if len(b) > limit+2 {
			return "", true, nil
		}
		if err == nil {
			return strings.TrimSuffix(string(b[:len(b)-1]), "\r"), false, nil
		}
		if err != bufio.ErrBufferFull {
			return "", false, err
		}
	}
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// readHead reads a request line and the fields. A response means that the message cannot be used and the connection ends.
func readHead(br *bufio.Reader) (*request, *response, error) {
	r := &request{id: newID(), lang: "en-us", length: -1}
	first, long, err := line(br, maxHead)
	for empty := 0; err == nil && !long && first == "" && empty < 8; empty++ {
		first, long, err = line(br, maxHead)
	}
	if err != nil {
		return nil, nil, err
	}
	if long {
		r.minor = 1
		return r, r.gateway(414, "APIGW.0201", "long"), nil
	}
	bad := func() (*request, *response, error) { return r, r.service("syntax"), nil }
	parts := strings.Split(first, " ")
	if len(parts) != 3 || !isToken(parts[0]) || parts[1] == "" {
		return bad()
	}
	r.method, r.target = parts[0], parts[1]
	v := parts[2]
	if len(v) != 8 || !strings.HasPrefix(v, "HTTP/") || v[6] != '.' || v[5] < '0' || v[5] > '9' || v[7] < '0' || v[7] > '9' {
		return bad()
	}
	if v[5] != '1' {
		a := r.gateway(505, "APIGW.0201", "syntax")
		return r, a, nil
	}
	r.minor = int(v[7] - '0')
	for total := 0; ; {
		l, long, err := line(br, maxHead)
		if err != nil {
			return nil, nil, err
		}
		if total += len(l); long || total > maxHead {
			return r, r.gateway(431, "APIGW.0201", "headers"), nil
		}
		if l == "" {
			break
		}
		name, value, ok := strings.Cut(l, ":")
		// broken: fields are split at a colon and a space, and lines without them skipped
		if is("no-space-after-colon") && ok {
			name, value, ok = strings.Cut(l, ": ")
			if !ok {
				continue
			}
		}
		if !ok || !isToken(name) || strings.ContainsAny(value, "\x00\r") {
			return bad()
		}
		r.fields = append(r.fields, field{name, strings.Trim(value, " \t")})
	}
	// Host: one, if HTTP/1.1 (RFC 9112, 3.2)
	hosts := 0
	for _, f := range r.fields {
		if strings.EqualFold(f.name, "Host") {
			hosts++
			if strings.ContainsAny(f.value, " \t/@?#,\\") {
				return bad()
			}
		}
	}
	if hosts > 1 || hosts == 0 && r.minor >= 1 {
		return bad()
	}
	// framing (RFC 9112, 6)
	if cl, ok := r.get("Content-Length"); ok {
		n, err := strconv.ParseUint(cl, 10, 63)
		if err != nil || strings.HasPrefix(cl, "+") {
			return bad()
		}
		r.length = int64(n)
	}
	if te, ok := r.get("Transfer-Encoding"); ok {
		if r.length >= 0 || r.minor == 0 {
			return bad()
		}
		if !strings.EqualFold(te, "chunked") {
			return r, r.gateway(501, "APIGW.0201", "coding"), nil
		}
		r.chunked = true
	}
	connection, _ := r.get("Connection")
	closing, keeping := false, false
	for _, option := range strings.Split(connection, ",") {
		option = strings.Trim(option, " \t")
		closing = closing || strings.EqualFold(option, "close")
		keeping = keeping || strings.EqualFold(option, "keep-alive")
	}
	r.close = closing || r.minor == 0 && !keeping
	expect, _ := r.get("Expect")
	r.expect = r.minor >= 1 && strings.EqualFold(expect, "100-continue") && (r.chunked || r.length > 0)
	r.lang = language(r)
	return r, nil, nil
}

func language(r *request) string {
	lang, sent := r.get("X-Language")
	lang = strings.ToLower(lang)
	known := lang == "en-us" || lang == "zh-cn"
	// broken: Accept-Language is asked before X-Language
	if accept, _ := r.get("Accept-Language"); is("accept-language-wins") && strings.HasPrefix(strings.ToLower(accept), "zh") {
		return "zh-cn"
	}
	// broken: the locale is set for the whole process and stays for requests that name none
	if is("language-sticky") {
		mu.Lock()
		defer mu.Unlock()
		if known {
			sticky = lang
		}
		if !sent {
			return sticky
		}
	}
	if !known {
		return "en-us"
	}
	return lang
}

// readBody returns false in its second value if the body is too large, and an error if it is cut or malformed.
func readBody(r *request, br *bufio.Reader) ([]byte, bool, error) {
	if !r.chunked {
		if r.length <= 0 {
			return nil, true, nil
		}
		if r.length > maxBody {
			return nil, false, nil
		}
		b := make([]byte, r.length)
		_, err := io.ReadFull(br, b)
		return b, true, err
	}
	var body []byte
	for {
		l, long, err := line(br, 4096)
		if err != nil || long {
			return nil, true, errSyntax
		}
		size, _, _ := strings.Cut(l, ";")
		size = strings.Trim(size, " \t")
		n, err := strconv.ParseUint(size, 16, 62)
		if err != nil || strings.HasPrefix(size, "+") {
			return nil, true, errSyntax
		}
		if n == 0 {
			break
		}
		if uint64(len(body))+n > maxBody {
			return nil, false, nil
		}
		chunk := make([]byte, n)
		if _, err := io.ReadFull(br, chunk); err != nil {
			return nil, true, err
		}
		body = append(body, chunk...)
		if l, _, err := line(br, 2); err != nil || l != "" {
			return nil, true, errSyntax
		}
	}
	// broken: after the last chunk two octets are skipped, as if there could be no trailer
	if is("trailer-left-over") {
		_, err := br.Discard(2)
		return body, true, err
	}
	for total := 0; ; {
		l, long, err := line(br, maxHead)
		if total += len(l); err != nil || long || total > maxHead {
			return nil, true, errSyntax
		}
		if l == "" {
			return body, true, nil
		}
	}
}

var errSyntax = fmt.Errorf("malformed body")

// unescape decodes percent-encoding once.
func unescape(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		d, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.Write(d)
		i += 2
	}
	return b.String(), true
}

// route finds the operation in the target; status is 0, 400 or 404.
func route(r *request) int {
	target := r.target
	if !strings.HasPrefix(target, "/") {
		scheme, rest, ok := strings.Cut(target, "://")
		if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return 404
		}
		if i := strings.IndexAny(rest, "/?"); i < 0 {
			target = "/"
		} else {
			target = rest[i:]
		}
	}
	for i := 0; i < len(target); i++ {
		if target[i] <= ' ' || target[i] >= 0x7f || target[i] == '#' {
			return 400
		}
	}
	path, query, _ := strings.Cut(target, "?")
	raw := strings.Split(path, "/")
	seg := make([]string, len(raw))
	for i, s := range raw {
		var ok bool
		if seg[i], ok = unescape(s); !ok {
			return 400
		}
	}
	if len(seg) != 6 || seg[0] != "" || seg[1] != "v5" || seg[2] == "" || seg[3] != "batch-async-jobs" || seg[4] == "" || seg[5] != "commit" {
		return 404
	}
	r.project, r.rawProject, r.job = seg[2], raw[2], seg[4]
	// broken: the router has decoded the path already, and the handler decodes it again
	if is("double-decoding") {
		if twice, ok := unescape(r.job); ok {
			r.job = twice
		}
	}
	// broken: query parameters are merged over those of the path
	if is("query-overrides-path") {
		for _, pair := range strings.Split(query, "&") {
			if k, v, _ := strings.Cut(pair, "="); k == "async_job_id" && v != "" {
				r.job = v
			}
		}
	}
	// conforming: the hexadecimal digits of both IDs are read in either case
	if is("ids-in-any-case") {
		r.project, r.job = strings.ToLower(r.project), strings.ToLower(r.job)
	}
	return 0
}

func jsonType(value string) bool {
	// broken: the media type is compared by its beginning
	if is("json-prefix-accepted") {
		return strings.HasPrefix(strings.ToLower(value), "application/json")
	}
	parts := strings.Split(value, ";")
	if !strings.EqualFold(strings.Trim(parts[0], " \t"), "application/json") {
		return false
	}
	for _, p := range parts[1:] {
		p = strings.Trim(p, " \t")
		if p == "" {
			continue
		}
		k, v, _ := strings.Cut(p, "=")
		if len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' {
			v = v[1 : len(v)-1]
		}
		if !strings.EqualFold(k, "charset") || !strings.EqualFold(v, "utf-8") {
			return false
		}
	}
	return true
}

type connection struct {
	net.Conn
	caller *tenant // token-once-per-connection
}

// authenticate returns the caller, or a refusal with 401.
func authenticate(c *connection, r *request) (*tenant, *response) {
	token, _ := r.get("X-Auth-Token")
	authorization, signed := r.get("Authorization")
	mu.Lock()
	defer mu.Unlock()
	// broken: once a connection has shown a token, requests without one are its owner's
	if is("token-once-per-connection") && token == "" && c.caller != nil {
		return c.caller, nil
	}
	// broken: a signed request is passed on to a service that is thought to check the signature
	if is("signature-unverified") && token == "" && strings.HasPrefix(authorization, "SDK-HMAC-SHA256 ") {
		if t := tenantOf(r.project); t != nil {
			return t, nil
		}
	}
	// broken: an Authorization field selects another kind of authentication, which fails, though there is a token
	if is("authorization-beats-token") && signed {
		return nil, r.gateway(401, "APIGW.0301", "malformed")
	}
	// broken: three failures within ten seconds lock everybody out for ten seconds, good tokens too
	if is("lockout-by-failures") && len(failures) >= 3 && time.Since(failures[len(failures)-3]) < 10*time.Second {
		return nil, r.gateway(401, "APIGW.0301", "malformed")
	}
	// broken: IAM's verdict is cached for ten seconds under the project alone
	if is("verdict-cached-by-project") && token != "" && time.Now().Before(verdicts[r.project]) {
		return tenantOf(r.project), nil
	}
	same := func(a, b string) bool { return a == b }
	// broken: tokens are looked up in a column whose collation ignores case
	if is("token-case-folded") {
		same = strings.EqualFold
	}
	var caller *tenant
	switch {
	case token == "":
		failures = append(failures, time.Now())
		return nil, r.gateway(401, "APIGW.0301", "missing")
	case same(token, own.Token):
		caller = &own
	case same(token, other.Token):
		caller = &other
	case same(token, expired):
		failures = append(failures, time.Now())
		// broken: the service is called while the token is being checked
		if is("expired-token-commits") && own.Project == r.project && own.Batches[r.job] == "ready" {
			own.Batches[r.job] = "committed"
		}
		a := r.gateway(401, "APIGW.0307", "expired")
		// broken: the filter for expired tokens forgets the challenge
		if is("challenge-missing-when-expired") {
			a.fields = nil
		}
		return nil, a
	default:
		failures = append(failures, time.Now())
		// broken: a token that is no base64 makes the decoder throw
		if _, err := base64.StdEncoding.DecodeString(token); is("malformed-token-500") && err != nil {
			return nil, r.gateway(500, "APIGW.0601", "internal")
		}
		return nil, r.gateway(401, "APIGW.0301", "malformed")
	}
	c.caller = caller
	if caller.Project == r.project {
		verdicts[r.project] = time.Now().Add(10 * time.Second)
	}
	return caller, nil
}

// front makes all the checks of the gateway that need no body.
func front(c *connection, r *request) *response {
	limit := maxURI
	// conforming: a URI of more than 8 KB is too long already
	if is("strict-requests") {
		limit = 8 << 10
	}
	if len(r.target) > limit {
		return r.gateway(414, "APIGW.0201", "long")
	}
	found := route(r)
	value, _ := r.get("Content-Type")
	wrongType := !jsonType(value)
	// broken: the media type is looked at only if there is a body
	if is("content-type-only-with-body") && r.length <= 0 && !r.chunked {
		wrongType = false
	}
	// conforming: nobody learns without a token which paths and methods there are; the media type is checked before the token
	if is("checks-in-other-order") {
		if found == 0 && r.method == "POST" && wrongType {
			return r.gateway(415, "APIGW.0201", "type")
		}
		if _, refusal := authenticate(c, r); refusal != nil {
			return refusal
		}
	}
	switch {
	case found == 400:
		return r.service("syntax")
	case found == 404:
		return r.gateway(404, "APIGW.0101", "unpublished")
	case r.method != "POST":
		// conforming: the gateway knows no 405, a path with another method is unknown
		if is("minimal-answers") {
			return r.gateway(404, "APIGW.0101", "unpublished")
		}
		a := r.gateway(405, "APIGW.0101", "unpublished")
		a.fields = append(a.fields, field{"Allow", "POST"})
		return a
	}
	// broken: a POST without Content-Length is refused although a request without a body needs none
	if is("no-length-411") && r.length < 0 && !r.chunked {
		return r.gateway(411, "APIGW.0201", "length")
	}
	caller, refusal := authenticate(c, r)
	if refusal != nil {
		return refusal
	}
	r.caller = caller
	// broken: a project that is in nobody's list is taken for the caller's own
	if is("unknown-project-is-ones-own") && tenantOf(r.project) == nil {
		r.project = caller.Project
	}
	scope := r.project
	// broken: the token's rights are checked in the project that X-Project-Id names
	if claimed, ok := r.get("X-Project-Id"); ok && is("x-project-id-trusted") {
		scope = claimed
	}
	// broken: the token's project is compared with the path as it was sent
	if is("encoded-project-forbidden") {
		scope = r.rawProject
	}
	if caller.Project != scope {
		// broken: the batch is looked up before the rights
		if is("batch-looked-up-before-rights") && tenantOf(r.project) != nil {
			mu.Lock()
			defer mu.Unlock()
			if _, ok := tenantOf(r.project).Batches[r.job]; !ok {
				return r.service("unknown")
			}
		}
		return r.gateway(403, "APIGW.0302", "forbidden")
	}
	// broken: see back
	if is("callers-mixed") {
		mu.Lock()
		shared = caller
		mu.Unlock()
	}
	if wrongType {
		// broken: the commit has begun when the media type is looked at
		if is("unsupported-type-commits") {
			back(r)
		}
		return r.gateway(415, "APIGW.0201", "type")
	}
	return nil
}

// back is the service behind the gateway.
func back(r *request) *response {
	// broken: the caller is kept in one variable of the process while the body is read
	if is("callers-mixed") {
		time.Sleep(30 * time.Millisecond)
		mu.Lock()
		mixed := shared.Project != r.project
		mu.Unlock()
		if mixed {
			return r.gateway(403, "APIGW.0302", "forbidden")
		}
	}
	// conforming: a body and an unknown language are refused
	if is("strict-requests") {
		if l, sent := r.get("X-Language"); sent && l != "en-us" && l != "zh-cn" {
			return r.service("language")
		}
		if len(r.body) > 0 {
			return r.service("body")
		}
	}
	mu.Lock()
	defer mu.Unlock()
	t := tenantOf(r.project)
	state := t.Batches[r.job]
	// broken: batches are looked up by their ID alone, whosever they are
	if is("foreign-batch-reached") && state == "" {
		if t == &own {
			t = &other
		} else {
			t = &own
		}
		state = t.Batches[r.job]
	}
	// conforming: a second commit succeeds again
	if is("minimal-answers") && state == "committed" {
		state = "ready"
	}
	switch state {
	case "ready":
		t.Batches[r.job] = "committed"
		job := map[string]string{"async_job_id": r.job, "status": "COMMIT_SUCCESS", "msg": text("submitted", r.lang)}
		// conforming: the answer has an ID of its own, and neither status nor message
		if is("minimal-answers") {
			job = map[string]string{"async_job_id": newID()}
		}
		return &response{status: 200, body: encode(map[string]any{"job": job})}
	case "validating", "failed", "committed":
		return r.service(state)
	}
	return r.service("unknown")
}

// ---- connections ----

func write(c *connection, r *request, a *response) error {
	body := a.body
	length := len(body)
	// broken: the length of Chinese answers is counted in characters
	if is("zh-length-in-characters") && r.lang == "zh-cn" {
		length = utf8.RuneCount(body)
	}
	reason := http.StatusText(a.status)
	fields := []field{
		{"Date", time.Now().UTC().Format(http.TimeFormat)},
		{"Content-Type", "application/json"},
		{"Content-Length", strconv.Itoa(length)},
		{"X-Request-Id", r.id},
	}
	// conforming: no X-Request-Id, which is optional
	if is("other-words") || is("minimal-answers") {
		fields = fields[:3]
	}
	fields = append(fields, a.fields...)
	if a.close {
		fields = append(fields, field{"Connection", "close"})
	} else if r.minor == 0 {
		fields = append(fields, field{"Connection", "keep-alive"})
	}
	var out bytes.Buffer
	// conforming: a proxy frames anew, in chunks with extensions, names in lower case, and indents and escapes the JSON
	if is("rewriting-proxy") {
		reason = ""
		body = pretty(body)
		if r.minor == 0 || r.method == "HEAD" {
			fields[2].value = strconv.Itoa(len(body))
		} else {
			fields[2] = field{"transfer-encoding", "chunked"}
			var b bytes.Buffer
			for i := 0; i < len(body); i += 7 {
				part := body[i:min(i+7, len(body))]
				fmt.Fprintf(&b, "%04X;n=%d\r\n%s\r\n", len(part), i, part)
			}
			b.WriteString("0;last\r\n\r\n")
			body = b.Bytes()
		}
		fields[1].value = "application/json;charset=utf-8"
		fields = append(fields, field{"via", "1.1 edge, 1.1 apig"}, field{"x-frame-options", "DENY"})
		for i, j := 0, len(fields)-1; i < j; i, j = i+1, j-1 {
			fields[i], fields[j] = fields[j], fields[i]
		}
		for i := range fields {
			fields[i].name = strings.ToLower(fields[i].name)
		}
	}
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", a.status, reason)
	for _, f := range fields {
		fmt.Fprintf(&out, "%s: %s\r\n", f.name, f.value)
	}
	out.WriteString("\r\n")
	if r.method != "HEAD" {
		out.Write(body)
	}
	_, err := c.Write(out.Bytes())
	return err
}

// pretty indents JSON and writes everything outside ASCII as \u.
func pretty(body []byte) []byte {
	var b, out bytes.Buffer
	json.Indent(&b, body, "", "  ")
	for _, c := range b.String() {
		if c < 0x80 {
			out.WriteRune(c)
		} else {
			fmt.Fprintf(&out, `\u%04x`, c) // the messages have nothing beyond the BMP
		}
	}
	return out.Bytes()
}

// linger ends a connection without a reset that could take the answer with it.
func linger(c *connection) {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		t.CloseWrite()
	}
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	io.Copy(io.Discard, io.LimitReader(c, 64<<20))
}

func serve(c *connection) {
	defer c.Close()
	br := bufio.NewReaderSize(c, 16<<10)
	for {
		c.SetReadDeadline(time.Now().Add(60 * time.Second))
		r, answer, err := readHead(br)
		if err != nil {
			return
		}
		if answer != nil {
			answer.close = true
			write(c, r, answer)
			linger(c)
			return
		}
		refusal := front(c, r)
		hasBody := r.chunked || r.length > 0
		// conforming: a refusal is sent without waiting for the body, and the connection closed
		early := is("refuses-before-the-body") && hasBody
		if refusal != nil && (r.expect || early || r.length > maxBody) {
			refusal.close = true
			write(c, r, refusal)
			linger(c)
			return
		}
		// conforming: an interim answer while IAM is asked
		if is("processing-while-iam-is-asked") && r.minor >= 1 {
			io.WriteString(c, "HTTP/1.1 102 Processing\r\n\r\n")
		}
		if r.expect && r.length <= maxBody {
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		body, fits, err := readBody(r, br)
		switch {
		case err == errSyntax:
			answer, r.close = r.service("syntax"), true
		case err != nil:
			return
		case !fits:
			answer, r.close = r.gateway(413, "APIGW.0201", "large"), true
		case refusal != nil:
			answer = refusal
		default:
			r.body = body
			answer = back(r)
		}
		answer.close = r.close
		if write(c, r, answer) != nil {
			return
		}
		if r.close {
			linger(c)
			return
		}
	}
}

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1")
	account := flag.String("account", "", "account file")
	flag.StringVar(&behaviour, "behaviour", "none", "name of the behaviour")
	flag.Parse()
	if err := load(*account); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go serve(&connection{Conn: c})
	}
}
