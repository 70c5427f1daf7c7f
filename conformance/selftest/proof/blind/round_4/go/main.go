// A server of "commit an asynchronous batch job" with its own HTTP/1.1 reader and writer, so that every octet is ours.
// --behaviour none keeps the documentation and the RFCs; every other behaviour is none with one difference, marked by is("name").
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

var behaviour string

func is(name string) bool { return behaviour == name }

// ---- Account and state ----

type project struct {
	ID           string            `json:"project_id"`
	Token        string            `json:"token"`
	ExpiredToken string            `json:"expired_token"`
	Batches      map[string]string `json:"batches"`
}

var (
	mu       sync.Mutex                       // guards everything below
	projects = map[string]*project{}          // by project ID
	byToken  = map[string]*project{}          // by valid token
	expired  = map[string]*project{}          // by expired token
	tries    = map[string]int{}               // refused commits by batch, for some behaviours
	busy     = map[string]bool{}              // batches or projects that a call works on, for some behaviours
	cached   = map[string]cachedAnswer{}      // answers by path, for answer-cached-by-path
	replayed = map[string]func() *response{}  // results by the caller's request ID, for dedupe-by-request-id
	shared   struct{ requestID, lang string } // what belongs to a call, but is kept in one place, for some behaviours
	serial   sync.Mutex                       // one call at a time, for slow-and-serial
)

var (
	lockedUntil time.Time             // for lockout-after-bad-tokens
	firstWords  = map[string]string{} // messages by batch, for message-cached-in-first-language
)

type cachedAnswer struct {
	resp *response
	at   time.Time
}

func load(file string) {
	var a struct {
		project
		Other project `json:"other"`
	}
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "account:", err)
		os.Exit(2)
	}
	for _, p := range []*project{&a.project, &a.Other} {
		if p.ID == "" {
			continue
		}
		if p.Batches == nil {
			p.Batches = map[string]string{}
		}
		projects[p.ID] = p
		if p.Token != "" {
			byToken[p.Token] = p
		}
		if p.ExpiredToken != "" {
			expired[p.ExpiredToken] = p
		}
	}
}

// ---- Messages ----

var messages = map[string][2]string{ // English, Chinese
	"committed-now": {"The batch was submitted.", "批量任务已提交。"},
	"unknown":       {"The batch does not exist.", "批量异步任务不存在，请检查批量任务的标识是否正确后重试。"},
	"validating":    {"The parameters of the batch are still being checked.", "批量任务的参数正在校验中。"},
	"failed":        {"The check of the batch reported errors.", "批量任务的参数校验失败。"},
	"committed":     {"The batch has already been submitted.", "批量任务已经提交，不能重复提交。"},
	"busy":          {"Another commit is in progress.", "另一个提交正在进行。"},
	"malformed":     {"The request is malformed.", "请求格式错误。"},
	"no-token":      {"Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误：缺少x-auth-token"},
	"bad-token":     {"Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：令牌解密失败"},
	"old-token":     {"The token must be updated.", "令牌已过期，需要更新。"},
	"forbidden":     {"The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"},
	"no-api":        {"The API does not exist or has not been published in the environment.", "API不存在或未发布到该环境。"},
	"big-body":      {"The request body is too large.", "请求体过大。"},
	"big-uri":       {"The request URI is too long.", "请求URI过长。"},
	"big-header":    {"The request header fields are too large.", "请求头过大。"},
	"media-type":    {"The Content-Type must be application/json.", "Content-Type必须是application/json。"},
	"te":            {"The transfer coding is not implemented.", "不支持该传输编码。"},
	"version":       {"The HTTP version is not supported.", "不支持该HTTP版本。"},
	"fault":         {"Internal server error.", "内部服务器错误。"},
}

func message(key, lang string) string {
	if lang == "zh-cn" {
		return messages[key][1]
	}
	return messages[key][0]
}

// quote writes a JSON string.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s)
	out := strings.TrimSuffix(b.String(), "\n")
	if is("errors-dressed-otherwise") { // conforming: everything outside ASCII as \u escapes
		out = strconv.QuoteToASCII(s)
	}
	return out
}

// ---- Requests and responses ----

type field struct{ name, value string }

type request struct {
	method, target string
	minor          int
	fields         []field
	path           string // of the target, still percent-encoded
	project, batch string // from the path, if it is the operation's
	id             string // of the request
	conn           *conn
	chunked        bool
	length         int64
	close          bool
}

// get returns the combined value of a field, and whether it is there.
func (r *request) get(name string) (string, bool) {
	var vs []string
	for _, f := range r.fields {
		match := strings.EqualFold(f.name, name)
		if is("upper-case-name-lost") && f.name == strings.ToUpper(name) && name != "Host" { // knows X-Auth-Token and x-auth-token, not X-AUTH-TOKEN
			match = false
		}
		if match {
			vs = append(vs, f.value)
		}
	}
	return strings.Join(vs, ", "), vs != nil
}

func (r *request) lang() string {
	v, ok := r.get("X-Language")
	lang := "en-us"
	if strings.EqualFold(v, "zh-cn") {
		lang = "zh-cn"
	}
	if is("language-sticks-to-connection") { // the language of an earlier call on the connection is the default
		if ok {
			r.conn.lang = lang
		} else if r.conn.lang != "" {
			lang = r.conn.lang
		}
	}
	if is("language-mixed-when-simultaneous") { // the locale is the process's, set at the beginning of each call
		mu.Lock()
		shared.lang = lang
		mu.Unlock()
		time.Sleep(60 * time.Millisecond)
		mu.Lock()
		lang = shared.lang
		mu.Unlock()
	}
	return lang
}

type response struct {
	status int
	fields []field
	body   []byte
	close  bool
	key    string // of the message, for behaviours
}

var reasons = map[int]string{200: "OK", 206: "Partial Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
	431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented", 505: "HTTP Version Not Supported"}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] |= 0x10
	return hex.EncodeToString(b)
}

// refuse makes the gateway's refusal.
func refuse(r *request, status int, code, key string) *response {
	msg, id := message(key, r.lang()), r.id
	if is("request-id-shared") { // the ID in the body is read from a static variable after the log was written
		mu.Lock()
		shared.requestID = r.id
		mu.Unlock()
		time.Sleep(60 * time.Millisecond)
		mu.Lock()
		id = shared.requestID
		mu.Unlock()
	}
	text, quotedID := quote(msg), quote(id)
	if is("request-id-number") && status == 403 { // the ID of the authorization service is a 64-bit number
		quotedID = strconv.FormatInt(time.Now().UnixNano(), 10)
	}
	if is("null-message-404") && status == 404 { // the default route's exception has no message
		text = "null"
	}
	body := fmt.Sprintf(`{"error_code":%s,"error_msg":%s,"request_id":%s}`, quote(code), text, quotedID)
	if is("written-twice-403") && status == 403 { // a filter and the error handler both write the body
		body += body
	}
	if is("no-request-id-for-other-versions") && status == 404 && !strings.HasPrefix(r.path, "/v5/") { // the default route has a template of its own
		body = fmt.Sprintf(`{"error_code":%s,"error_msg":%s}`, quote(code), text)
	}
	if is("wrapped-415") && status == 415 { // the error object of another framework
		body = `{"error":` + body + `}`
	}
	if is("bom-in-401") && status == 401 { // the template was saved with a byte order mark
		body = "\ufeff" + body
	}
	if is("zh-in-gbk") && status == 401 && r.lang() == "zh-cn" { // the Chinese message file is GBK ("令牌错误")
		body = fmt.Sprintf("{\"error_code\":%s,\"error_msg\":\"\xc1\xee\xc5\xc6\xb4\xed\xce\xf3\",\"request_id\":%s}", quote(code), quotedID)
	}
	if is("errors-dressed-otherwise") { // conforming: other order, white space and further fields
		body = fmt.Sprintf("{\r\n\t\"request_id\" : %s ,\r\n\t\"details\" : [ ] ,\r\n\t\"error_msg\" : %s ,\r\n\t\"error_code\" : %s\r\n}\n", quotedID, text, quote(code))
	}
	resp := &response{status: status, body: []byte(body), key: key}
	media := "application/json"
	accept, _ := r.get("Accept")
	if is("html-for-browsers") && status == 404 && strings.Contains(accept, "text/html") || is("html-414") && status == 414 { // the framework's error page; the web server's
		media, resp.body = "text/html", []byte(fmt.Sprintf("<html><body><h1>%d %s</h1></body></html>\n", status, reasons[status]))
	}
	resp.fields = append(resp.fields, field{"Content-Type", media})
	if status == 401 && !(is("challenge-missing-for-old-token") && key == "old-token") { // two code paths, one forgot the challenge
		resp.fields = append(resp.fields, field{"WWW-Authenticate", `Keystone uri="https://iam.cn-north-4.myhuaweicloud.com/v3"`})
	}
	if status == 405 && !(is("allow-only-for-get") && r.method != "GET") { // Allow is set where GET is refused, not in the default case
		resp.fields = append(resp.fields, field{"Allow", "POST"})
	}
	return resp
}

// answer makes the service's refusal.
func answer(r *request, status int, key string) *response {
	lang := r.lang()
	msg, code := message(key, lang), "DRS.10000001"
	if is("message-cached-in-first-language") { // the words are kept with the batch, in the language of who saw them first
		mu.Lock()
		if first := firstWords[r.batch]; first != "" {
			msg = first
		}
		firstWords[r.batch] = msg
		mu.Unlock()
	}
	quoted := quote(msg)
	switch {
	case is("code-of-eleven") && key == "failed": // the number is formatted with %07d instead of %08d
		code = "DRS.1000001"
	case is("zh-message-empty") && key == "failed" && lang == "zh-cn": // a translation is missing
		quoted = `""`
	case is("message-echoes-id") && key == "unknown": // no limit on what the message quotes
		quoted = quote("The batch " + strings.ToValidUTF8(r.batch, "?") + " does not exist.")
	case is("quote-not-escaped") && key == "unknown": // JSON by concatenation, with the decoded ID
		quoted = `"The batch ` + strings.ToValidUTF8(r.batch, "?") + ` does not exist."`
	case is("zh-cut-in-octets") && lang == "zh-cn" && len(msg) > 64: // a column of 64 octets cuts a character
		quoted = `"` + msg[:64] + `"`
	case is("zh-question-marks") && lang == "zh-cn": // the database connection is Latin-1
		quoted = `"` + strings.Repeat("?", utf8.RuneCountInString(msg)) + `"`
	case is("codes-by-state"): // conforming: a code and a wording for each state
		code = map[string]string{"unknown": "DRS.M0001404", "validating": "DRS.M0001409", "failed": "DRS.M0001422", "committed": "DRS.M0001423"}[key]
		if code == "" {
			code = "DRS.M0001400"
		}
		quoted = quote(strings.TrimRight(msg, ".。") + " (" + code + ")")
	}
	body := fmt.Sprintf(`{"error_code":%s,"error_msg":%s}`, quote(code), quoted)
	if is("code-twice") && key == "failed" { // the gateway adds its member to the service's object
		body = fmt.Sprintf(`{"error_code":"APIGW.0201","error_code":%s,"error_msg":%s}`, quote(code), quoted)
	}
	if is("errors-dressed-otherwise") {
		body = fmt.Sprintf("{\r\n\t\"error_msg\" : %s ,\r\n\t\"error_code\" : %s ,\r\n\t\"request_id\" : %s\r\n}\n", quoted, quote(code), quote(r.id))
	}
	if accept, _ := r.get("Accept"); is("xml-if-first") && strings.HasPrefix(accept, "application/xml") { // the framework's content negotiation
		return &response{status: status, body: []byte("<error><error_code>" + code + "</error_code><error_msg>" + msg + "</error_msg></error>"), fields: []field{{"Content-Type", "application/xml"}}, key: key}
	}
	return &response{status: status, body: []byte(body), fields: []field{{"Content-Type", "application/json"}}, key: key}
}

func success(r *request) *response {
	id := r.batch
	body := fmt.Sprintf(`{"job":{"async_job_id":%s,"status":"COMMIT_SUCCESS","msg":%s}}`, quote(id), quote(message("committed-now", r.lang())))
	if is("new-id-in-answer") { // conforming: the answer carries an ID of its own, as in the published example, and no optional field
		n := newID()
		body = fmt.Sprintf(`{"job":{"async_job_id":"%s-%s-%s-%s-%s"}}`, n[:8], n[8:12], n[12:16], n[16:20], n[20:])
	}
	return &response{status: 200, body: []byte(body), fields: []field{{"Content-Type", "application/json"}}, key: "ok"}
}

// ---- The gateway ----

var contentType = regexp.MustCompile(`(?i)^application/json[ \t]*(;[ \t]*(charset=("utf-8"|utf-8))?[ \t]*)?$`)

// decode undoes percent-encoding.
func decode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if is("encoded-hyphen-unknown") && n == '-' { // decodes for display only
				b.WriteString(s[i : i+3])
			} else {
				b.WriteByte(byte(n))
			}
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// gate returns the gateway's refusal, or nil.
func gate(r *request) *response {
	parts := strings.Split(r.path, "/")
	if len(parts) != 6 || parts[2] == "" || parts[4] == "" ||
		decode(parts[1]) != "v5" || decode(parts[3]) != "batch-async-jobs" || decode(parts[5]) != "commit" {
		return refuse(r, 404, "APIGW.0101", "no-api")
	}
	r.project, r.batch = decode(parts[2]), decode(parts[4])
	if is("id-cut-at-36") && len(r.batch) > 36 { // the column is CHAR(36)
		r.batch = r.batch[:36]
	}
	if is("id-padded-equal") { // the database compares without trailing blanks
		r.batch = strings.TrimRight(r.batch, " ")
	}
	if is("decoded-twice") && uriChars.MatchString(r.batch) { // the proxy decodes the path and the framework decodes it again
		r.batch = decode(r.batch)
	}
	if is("uuid-in-any-case") { // conforming: UUIDs are compared as such
		r.batch = strings.ToLower(r.batch)
	}
	method := r.method
	if is("method-in-any-case") { // the router compares in upper case
		method = strings.ToUpper(method)
	}
	if method != "POST" {
		if is("get-refused-but-commits") && method == "GET" && authenticate(r) == nil { // filters run around the servlet, which maps GET to POST
			commit(r)
		}
		if is("404-for-method") { // conforming: the gateway's page has 404 for an unknown method
			return refuse(r, 404, "APIGW.0101", "no-api")
		}
		if is("unknown-method-html") && !strings.Contains(" GET HEAD PUT DELETE PATCH OPTIONS TRACE CONNECT ", " "+r.method+" ") { // the web server's own page
			return &response{status: 405, body: []byte("<html><head><title>405 Not Allowed</title></head><body><center><h1>405 Not Allowed</h1></center></body></html>\r\n"),
				fields: []field{{"Content-Type", "text/html"}, {"Allow", "POST"}}}
		}
		if is("trace-echoes-token") && r.method == "TRACE" { // the web server's default
			body := "TRACE " + r.target + " HTTP/1.1\r\n"
			for _, f := range r.fields {
				body += f.name + ": " + f.value + "\r\n"
			}
			return &response{status: 200, body: []byte(body + "\r\n"), fields: []field{{"Content-Type", "message/http"}}}
		}
		return refuse(r, 405, "APIGW.0101", "no-api")
	}
	if v, _ := r.get("Content-Type"); is("type-before-token") && !contentType.MatchString(v) { // conforming: another order of checks
		return refuse(r, 415, "APIGW.0201", "media-type")
	}
	if is("answer-cached-by-path") { // a proxy keeps refusals for five seconds, whoever asks
		mu.Lock()
		c, ok := cached[r.path]
		mu.Unlock()
		if ok && time.Since(c.at) < 5*time.Second {
			return c.resp
		}
	}
	if resp := authenticate(r); resp != nil {
		if is("answer-cached-by-path") {
			mu.Lock()
			cached[r.path] = cachedAnswer{resp, time.Now()}
			mu.Unlock()
		}
		return resp
	}
	v, _ := r.get("Content-Type")
	good := contentType.MatchString(v)
	if is("charset-in-one-spelling") { // compares with two strings
		good = v == "application/json" || v == "application/json; charset=utf-8"
	}
	if !good {
		if is("wrong-type-commits") { // the check of the header comes after the call
			commit(r)
		}
		return refuse(r, 415, "APIGW.0201", "media-type")
	}
	return nil
}

func authenticate(r *request) *response {
	token, _ := r.get("X-Auth-Token")
	mu.Lock()
	p, old := byToken[token], expired[token]
	mu.Unlock()
	if is("connection-authenticated") && token == "" && r.conn.caller != nil { // whoever used the connection before is the caller
		p, token = r.conn.caller, "-"
	}
	if is("old-token-after-good") && token != "" && p == nil && r.conn.caller != nil { // the token is checked once for each connection
		p, old = r.conn.caller, nil
	}
	if is("lockout-after-bad-tokens") { // five refused tokens lock everybody out for two seconds, as if the token were wrong
		mu.Lock()
		if p == nil {
			if tries["bad"]++; tries["bad"] == 5 {
				lockedUntil, tries["bad"] = time.Now().Add(2*time.Second), 0
			}
		} else if time.Now().Before(lockedUntil) {
			p = nil
		} else {
			tries["bad"] = 0
		}
		mu.Unlock()
	}
	switch {
	case token == "":
		return refuse(r, 401, "APIGW.0301", "no-token")
	case old != nil:
		if is("expired-token-commits") { // the token is checked while the service already works
			if p := projects[r.project]; p == old {
				commit(r)
			}
		}
		if is("expired-token-403") { // the token is in the store, but has no rights any more
			return refuse(r, 403, "APIGW.0307", "old-token")
		}
		return refuse(r, 401, "APIGW.0307", "old-token")
	case p == nil:
		if is("token-characters-400") && strings.ContainsAny(token, " !\"#$%&'()*,:;<>?@[\\]^`{|}~") { // validates the header's alphabet first
			return answer(r, 400, "malformed")
		}
		return refuse(r, 401, "APIGW.0301", "bad-token")
	case p.ID != r.project:
		if is("forbidden-locks-batch") { // the batch is locked before the rights are looked up, and the early return forgets it
			mu.Lock()
			if q := projects[r.project]; q != nil && q.Batches[r.batch] == "ready" {
				q.Batches[r.batch] = "validating"
			}
			mu.Unlock()
		}
		return refuse(r, 403, "APIGW.0302", "forbidden")
	}
	r.conn.caller = p
	return nil
}

// ---- The service ----

// commit does what the operation does.
func commit(r *request) *response {
	if v, ok := r.get("X-Language"); is("other-language-refused") && ok && !strings.EqualFold(v, "zh-cn") && !strings.EqualFold(v, "en-us") { // conforming: nothing says what another value does
		return answer(r, 400, "malformed")
	}
	if is("dedupe-by-request-id") { // the caller's X-Request-Id is taken as an idempotency key
		if key, ok := r.get("X-Request-Id"); ok {
			mu.Lock()
			f := replayed[key]
			mu.Unlock()
			if f != nil {
				return f()
			}
			resp := change(r)
			mu.Lock()
			replayed[key] = func() *response { c := *resp; return &c }
			mu.Unlock()
			return resp
		}
	}
	if is("slow-and-serial") { // conforming: one call after the other, each takes its time
		serial.Lock()
		defer serial.Unlock()
		time.Sleep(150 * time.Millisecond)
	}
	if is("error-sticks-to-connection") && r.conn.sticky != "" { // the error of the session is never reset
		return answer(r, 400, r.conn.sticky)
	}
	resp := change(r)
	if resp.status == 200 {
		r.conn.done = true
	} else if is("success-sticks-to-connection") && r.conn.done { // the session's result is set to success and never reset
		return success(r)
	}
	if resp.status == 400 {
		r.conn.sticky = resp.key
	}
	return resp
}

func change(r *request) *response {
	mu.Lock()
	p := projects[r.project]
	state := p.Batches[r.batch]
	key := r.project + "/" + r.batch
	lock := ""
	switch {
	case is("one-commit-at-a-time") && state == "ready": // a lock for each project, tried but not waited for
		lock = r.project
	case is("loser-409") && state == "ready": // a lock for each batch, with a status of its own
		lock = key
	case is("pending-200") && state == "ready": // conforming: while the first commit is under way the second gets the same answer
		lock = key
	}
	if lock != "" {
		if busy[lock] {
			mu.Unlock()
			switch {
			case is("loser-409"):
				return answer(r, 409, "busy")
			case is("pending-200"):
				return success(r)
			}
			return answer(r, 400, "busy")
		}
		busy[lock] = true
		mu.Unlock()
		time.Sleep(200 * time.Millisecond)
		mu.Lock()
		delete(busy, lock)
	}
	result := state
	switch state {
	case "ready":
		p.Batches[r.batch], result = "committed", "ok"
		if is("commit-takes-project") { // UPDATE without the batch in its WHERE
			for id, s := range p.Batches {
				if s == "ready" {
					p.Batches[id] = "committed"
				}
			}
		}
	case "validating":
		if is("validating-slips-through") { // the first call marks the batch, the simultaneous second takes the mark for a checked state
			if busy[key] {
				p.Batches[r.batch], result = "committed", "ok"
			} else {
				busy[key] = true
				mu.Unlock()
				time.Sleep(150 * time.Millisecond)
				mu.Lock()
				delete(busy, key)
			}
		}
		if is("validating-queued") { // the refused commit is remembered and honoured at the next call
			if tries[key]++; tries[key] > 1 {
				p.Batches[r.batch], result = "committed", "ok"
			}
		}
		if is("validating-200") { // the service's errors travel in a 200
			result = "in-200"
		}
	case "failed":
		if is("failed-forced") { // whoever insists three times has confirmed the warnings
			if tries[key]++; tries[key] > 2 {
				p.Batches[r.batch], result = "committed", "ok"
			}
		}
	case "committed":
		if is("refused-recommit-reopens") { // the refused call is rolled back one state too far
			p.Batches[r.batch] = "ready"
		}
		if is("recommit-200") { // conforming: idempotent
			result = "ok"
		}
	default:
		result = "unknown"
		if is("unknown-leaves-stub") { // find-or-create, with the default state
			p.Batches[r.batch] = "ready"
		}
		for _, q := range projects {
			if q != p && q.Batches[r.batch] != "" {
				if is("foreign-batch-committed") && q.Batches[r.batch] == "ready" { // UPDATE by batch alone, SELECT by project and batch
					q.Batches[r.batch] = "committed"
				}
				if is("foreign-batch-403") { // finds the batch first, then compares the owner
					result = "foreign"
				}
			}
		}
	}
	mu.Unlock()
	switch result {
	case "ok":
		return success(r)
	case "in-200":
		return answer(r, 200, "validating")
	case "foreign":
		return refuse(r, 403, "APIGW.0302", "forbidden")
	}
	if is("non-utf8-id-500") && !utf8.ValidString(r.batch) { // the database driver throws
		return refuse(r, 500, "APIGW.0601", "fault")
	}
	return answer(r, 400, result)
}

// ---- HTTP: reading ----

type conn struct {
	net.Conn
	in     *bufio.Reader
	caller *project
	lang   string
	sticky string
	done   bool
	strict bool // within chunked content
	id     string
	date   time.Time
}

type httpError struct {
	status    int
	code, key string
}

func (e *httpError) Error() string { return e.key }

var malformed = &httpError{400, "", "malformed"}

const (
	maxURI    = 32 << 10
	maxHeader = 64 << 10
	maxBody   = 12 << 20
)

// line reads a line without its CRLF; a line longer than max is errLong.
var errLong = fmt.Errorf("line too long")

func (c *conn) line(max int) (string, error) {
	var b []byte
	for {
		ch, err := c.in.ReadByte()
		if err != nil {
			return string(b), err
		}
		if ch == '\n' {
			break
		}
		if len(b) > max {
			return string(b), errLong
		}
		b = append(b, ch)
	}
	if len(b) > 0 && b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
	} else if !is("lenient-reader") || c.strict { // conforming: a bare LF may end a line
		return string(b), malformed
	}
	if bytes.IndexByte(b, '\r') >= 0 {
		return string(b), malformed
	}
	return string(b), nil
}

var (
	token     = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	version   = regexp.MustCompile(`^HTTP/([0-9])\.([0-9])$`)
	uriChars  = regexp.MustCompile(`^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*$`)
	hostChars = regexp.MustCompile(`^(?:(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+|\[[0-9A-Za-z:.]+\])(?::[0-9]*)?$`)
	absolute  = regexp.MustCompile(`(?i)^https?://([^/?#]*)(.*)$`)
	digits    = regexp.MustCompile(`^[0-9]{1,18}$`)
	chunkHead = regexp.MustCompile(`^([0-9A-Fa-f]{1,15})[ \t]*(;.*)?$`)
)

// fieldLines reads field lines up to the empty line.
func (c *conn) fieldLines() ([]field, error) {
	var fs []field
	left := maxHeader
	for {
		l, err := c.line(left)
		if err == errLong {
			return fs, &httpError{431, "APIGW.0201", "big-header"}
		}
		if err != nil {
			return fs, err
		}
		if left -= len(l) + 2; left < 0 {
			return fs, &httpError{431, "APIGW.0201", "big-header"}
		}
		if l == "" {
			return fs, nil
		}
		if l[0] == ' ' || l[0] == '\t' { // obs-fold
			if len(fs) > 0 && is("lenient-reader") { // conforming: replaced by a space
				fs[len(fs)-1].value += " " + strings.Trim(l, " \t")
				continue
			}
			if len(fs) > 0 && is("fold-joined") { // the two lines are joined without the space
				fs[len(fs)-1].value += strings.Trim(l, " \t")
				continue
			}
			return fs, malformed
		}
		name, value, ok := strings.Cut(l, ":")
		if is("space-before-colon") { // trims both sides of the colon
			name = strings.TrimRight(name, " \t")
		}
		if !ok || !token.MatchString(name) {
			return fs, malformed
		}
		if is("tab-not-trimmed") { // strips blanks only
			value = strings.Trim(value, " ")
		} else {
			value = strings.Trim(value, " \t")
		}
		for i := 0; i < len(value); i++ {
			if value[i] < 0x20 && value[i] != '\t' || value[i] == 0x7f {
				return fs, malformed
			}
		}
		fs = append(fs, field{name, value})
	}
}

// head reads a request's line and header; an httpError is to be answered, after which the connection closes.
func (c *conn) head() (*request, error) {
	r := &request{conn: c, id: newID(), minor: 1}
	if is("request-id-per-connection") { // the ID is made when the connection is accepted
		r.id = c.id
	}
	l, err := c.line(maxURI + 64)
	for n := 0; err == nil && l == "" && n < 4; n++ {
		if is("empty-line-first") { // no empty line is expected
			return r, malformed
		}
		l, err = c.line(maxURI + 64)
	}
	if err == errLong {
		return r, &httpError{414, "APIGW.0201", "big-uri"}
	}
	if err != nil {
		return r, err
	}
	words := strings.Split(l, " ")
	if len(words) != 3 || !token.MatchString(words[0]) {
		return r, malformed
	}
	r.method, r.target = words[0], words[1]
	v := version.FindStringSubmatch(words[2])
	if v == nil {
		return r, malformed
	}
	if v[1] != "1" {
		return r, &httpError{505, "APIGW.0201", "version"}
	}
	if v[2] == "0" {
		r.minor = 0
	}
	limit := maxURI
	if is("strict-limits") { // conforming: shorter URIs, yet longer than the 8000 octets that RFC 9110, 4.1 recommends
		limit = 12 << 10
	}
	if len(r.target) > limit {
		return r, &httpError{414, "APIGW.0201", "big-uri"}
	}
	if r.fields, err = c.fieldLines(); err != nil {
		return r, err
	}
	if is("strict-limits") && len(r.fields) > 50 {
		return r, &httpError{431, "APIGW.0201", "big-header"}
	}
	return r, c.check(r)
}

// check looks at the target, the host, the framing and the connection.
func (c *conn) check(r *request) error {
	r.close = r.minor == 0 && !is("open-after-1.0") // persistent whatever the version
	for _, f := range r.fields {
		if strings.EqualFold(f.name, "Connection") {
			if is("close-in-list-ignored") { // compares the whole value
				r.close = r.close || f.value == "close"
				continue
			}
			for _, o := range strings.Split(f.value, ",") {
				if strings.EqualFold(strings.Trim(o, " \t"), "close") {
					r.close = true
				}
			}
		}
	}
	hosts := 0
	for _, f := range r.fields {
		if strings.EqualFold(f.name, "Host") {
			hosts++
			if !hostChars.MatchString(f.value) {
				return malformed
			}
		}
	}
	m := absolute.FindStringSubmatch(r.target)
	if is("host-from-absolute-form") && m != nil && hosts == 0 { // the target has the host already
		hosts = 1
	}
	if is("second-host-same") && hosts == 2 { // a proxy adds its Host, equal ones are taken for one
		var hs []string
		for _, f := range r.fields {
			if strings.EqualFold(f.name, "Host") {
				hs = append(hs, f.value)
			}
		}
		if hs[0] == hs[1] {
			hosts = 1
		}
	}
	if hosts > 1 || hosts == 0 && r.minor > 0 {
		return malformed
	}
	switch {
	case m != nil:
		if !hostChars.MatchString(m[1]) {
			return malformed
		}
		r.path = m[2]
		if is("absolute-form-unknown") { // the router gets the target as it came
			r.path = "/" + r.target
		}
		if !strings.HasPrefix(r.path, "/") {
			r.path = "/" + r.path
		}
	case strings.HasPrefix(r.target, "/"):
		r.path = r.target
	case r.target == "*" && r.method == "OPTIONS", r.method == "CONNECT" && hostChars.MatchString(r.target):
		r.path = "/"
	default:
		return malformed
	}
	if !uriChars.MatchString(r.path) {
		return malformed
	}
	r.path, _, _ = strings.Cut(r.path, "?")
	if v, ok := r.get("Accept"); ok && is("empty-element-refused") { // a strict parser of lists
		for _, e := range strings.Split(v, ",") {
			if strings.Trim(e, " \t") == "" {
				return malformed
			}
		}
	}

	te, hasTE := r.get("Transfer-Encoding")
	cl, hasCL := r.get("Content-Length")
	if hasTE {
		if r.minor == 0 || hasCL && !is("both-lengths-keep-open") { // TE wins, and the connection stays open
			return malformed
		}
		if is("chunked-in-lower-case-only") && te != "chunked" { // compares the string
			return &httpError{501, "APIGW.0201", "te"}
		}
		codings := strings.Split(strings.ToLower(te), ",")
		if strings.Trim(codings[len(codings)-1], " \t") != "chunked" {
			return malformed
		}
		if len(codings) > 1 {
			return &httpError{501, "APIGW.0201", "te"}
		}
		r.chunked = true
	} else if hasCL {
		if is("lenient-reader") || is("last-length-counts") { // conforming: equal values are one. Broken: of different values the last is taken
			vs := strings.Split(cl, ",")
			last := strings.Trim(vs[len(vs)-1], " \t")
			same := true
			for _, v := range vs {
				same = same && strings.Trim(v, " \t") == last
			}
			if same || is("last-length-counts") {
				cl = last
			}
		}
		if !digits.MatchString(cl) {
			return malformed
		}
		r.length, _ = strconv.ParseInt(cl, 10, 64)
		if r.length > maxBody {
			return &httpError{413, "APIGW.0201", "big-body"}
		}
	}
	return nil
}

// body reads the request's content and drops it.
func (c *conn) body(r *request) error {
	if v, ok := r.get("Expect"); ok && strings.EqualFold(v, "100-continue") && (r.chunked || r.length > 0) {
		if (r.minor > 0 && !is("expect-unanswered")) || is("continue-to-1.0") && r.minor == 0 { // waits for the content in silence; or: looks at Expect alone
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
	}
	if !r.chunked {
		_, err := io.CopyN(io.Discard, c.in, r.length)
		return err
	}
	total := int64(0)
	c.strict = true
	defer func() { c.strict = false }()
	for {
		l, err := c.line(4096)
		if err != nil {
			if err == errLong {
				return malformed
			}
			return err
		}
		m := chunkHead.FindStringSubmatch(l)
		if m == nil || is("chunk-extension-refused") && m[2] != "" { // the whole line must be a number
			return malformed
		}
		base := 16
		if is("chunk-size-decimal") && digits.MatchString(m[1]) { // atoi
			base = 10
		}
		n, _ := strconv.ParseInt(m[1], base, 64)
		if total += n; total > maxBody {
			return &httpError{413, "APIGW.0201", "big-body"}
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(io.Discard, c.in, n); err != nil {
			return err
		}
		if l, err = c.line(2); err != nil || l != "" {
			if err == nil || err == errLong {
				err = malformed
			}
			return err
		}
	}
	c.strict = false
	trailer, err := c.fieldLines()
	if is("trailer-as-header") { // trailers are added to the header
		r.fields = append(r.fields, trailer...)
	}
	return err
}

// ---- HTTP: writing ----

func accepts(r *request, coding string) bool {
	v, _ := r.get("Accept-Encoding")
	for _, e := range strings.Split(strings.ToLower(v), ",") {
		name, params, _ := strings.Cut(e, ";")
		if strings.Trim(name, " \t") != coding {
			continue
		}
		if is("gzip-despite-q0") { // looks for the word
			return true
		}
		_, q, _ := strings.Cut(strings.ReplaceAll(params, " ", ""), "q=")
		f, err := strconv.ParseFloat(q, 64)
		return params == "" || err == nil && f > 0
	}
	return false
}

func (c *conn) write(r *request, resp *response) error {
	fields, body := append([]field{}, resp.fields...), resp.body
	closing := resp.close || r.close
	if _, ok := r.get("Range"); ok && is("range-of-post") && resp.status == 200 { // a filter cuts whatever is asked for
		resp.status = 206
		fields = append(fields, field{"Content-Range", fmt.Sprintf("bytes 0-9/%d", len(body))})
		body = body[:10]
	}
	if _, ok := r.get("If-Modified-Since"); ok && is("modified-since-of-post") && resp.status == 200 { // a filter compares with the time of deployment
		resp.status, body, fields = 304, nil, nil
	}
	if is("gzip-when-asked") || is("gzip-despite-q0") || is("gzip-unlabelled") { // conforming the first: coded if asked for
		if is("gzip-when-asked") || is("gzip-despite-q0") {
			fields = append(fields, field{"Vary", "Accept-Encoding"})
		}
		if accepts(r, "gzip") {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write(body)
			z.Close()
			body = b.Bytes()
			if !is("gzip-unlabelled") { // the header is lost on the way
				fields = append(fields, field{"Content-Encoding", "gzip"})
			}
		}
	}
	now := time.Now().UTC()
	if is("date-of-connection") { // formatted once, with the connection's other constants
		now = c.date.UTC()
	}
	date := now.Format("Mon, 02 Jan 2006 15:04:05 GMT")
	if is("date-with-zone") { // RFC 1123 with the server's zone
		date = now.Add(8*time.Hour).Format("Mon, 02 Jan 2006 15:04:05") + " +0800"
	}
	var out []field
	out = append(out, field{"Server", "api-gateway"})
	if !(is("date-missing-in-refusals") && resp.status >= 400) { // Date is set where the service answers
		out = append(out, field{"Date", date})
	}
	if is("date-twice") && resp.status == 200 { // the gateway's Date and the service's
		out = append(out, field{"Date", date})
	}
	out = append(out, fields...)
	headerID := r.id
	if is("request-id-with-hyphens") && resp.status == 405 { // the same ID in two spellings
		headerID = headerID[:8] + "-" + headerID[8:12] + "-" + headerID[12:16] + "-" + headerID[16:20] + "-" + headerID[20:]
	}
	if resp.key != "" && is("answer-cached-by-path") { // the cached answer comes with the ID it was made with
		var b struct {
			ID string `json:"request_id"`
		}
		if json.Unmarshal(body, &b); b.ID != "" {
			headerID = b.ID
		}
	}
	if !is("no-request-id-header") { // conforming: the header is optional
		out = append(out, field{"X-Request-Id", headerID})
	}
	if is("behind-proxies") { // conforming: what a chain of proxies adds
		out = append(out, field{"Via", "1.1 lb-3, 1.1 waf"}, field{"Cache-Control", "no-store"}, field{"X-Content-Type-Options", "nosniff"},
			field{"Set-Cookie", "HWWAFSESID=abc123; path=/"}, field{"Set-Cookie", "HWWAFSESTIME=1700000000; path=/"}, field{"X-Empty", ""}, field{"Content-Security-Policy", "default-src 'none'"})
		language := "en"
		if strings.ContainsAny(string(body), "。：批请令") {
			language = "zh-CN"
		}
		out = append(out, field{"Content-Language", language})
	}
	chunked := false
	switch {
	case resp.status == 304:
	case is("chunked-lower-case") && r.minor > 0, is("length-and-chunked") && r.minor > 0 && resp.status != 200, is("chunked-to-1.0"):
		chunked = true // conforming the first: other framing; a proxy adds one without taking the other; the version is not looked at
	}
	if chunked {
		out = append(out, field{"Transfer-Encoding", "chunked"})
	}
	if !chunked && resp.status != 304 || is("length-and-chunked") && chunked {
		n := len(body)
		if is("head-length-zero") && r.method == "HEAD" { // the body is dropped before its length is taken
			n = 0
		}
		if is("zh-length-in-characters") { // String.length()
			n = utf8.RuneCount(body)
		}
		out = append(out, field{"Content-Length", strconv.Itoa(n)})
	}
	silent := false
	if is("closes-without-saying") && resp.status >= 400 && !closing { // the worker ends after an error
		closing, silent = true, true
	}
	if is("closes-every-connection") { // conforming: no persistent connections
		closing = true
	}
	if closing && !silent {
		out = append(out, field{"Connection", "close"})
	}
	resp.close = closing
	reason := " " + reasons[resp.status]
	if is("no-space-after-status") { // no reason, and no space either
		reason = ""
	}
	if is("behind-proxies") { // conforming: the reason phrase may be absent
		reason = " "
	}
	var b bytes.Buffer
	if is("interim-responses") && r.minor > 0 { // conforming: 1xx before the final response
		b.WriteString("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
	}
	fmt.Fprintf(&b, "HTTP/1.1 %d%s\r\n", resp.status, reason)
	if is("chunked-lower-case") { // conforming: other order and case, white space around values
		for i := len(out) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "%s:\t%s \r\n", strings.ToLower(out[i].name), out[i].value)
		}
	} else {
		for _, f := range out {
			end := "\r\n"
			if is("bare-lf-after-request-id") && f.name == "X-Request-Id" { // the ID comes from a file with its newline
				end = "\n"
			}
			fmt.Fprintf(&b, "%s: %s%s", f.name, f.value, end)
		}
	}
	b.WriteString("\r\n")
	if is("newline-after-body") && r.method != "HEAD" { // println writes more than the length that was taken before
		defer io.WriteString(c, "\r\n")
	}
	if r.method != "HEAD" || is("head-with-body") { // the error handler does not know the method
		switch {
		case chunked && len(body) > 0:
			fmt.Fprintf(&b, "%x;n=1\r\n%s\r\n%X\r\n%s\r\n0\r\n\r\n", 5, body[:5], len(body)-5, body[5:])
		default:
			b.Write(body)
		}
	}
	_, err := c.Write(b.Bytes())
	return err
}

func (c *conn) serve() {
	defer c.Close()
	for {
		c.SetDeadline(time.Now().Add(60 * time.Second))
		r, err := c.head()
		var resp *response
		if err == nil {
			// the content of a refused request is left where it is
			if is("body-left-in-stream") && !r.chunked {
				resp = gate(r)
			}
			if resp == nil {
				err = c.body(r)
			}
		}
		if e, ok := err.(*httpError); ok {
			if e.status == 400 {
				resp = answer(r, 400, e.key)
			} else {
				resp = refuse(r, e.status, e.code, e.key)
			}
			resp.close = true
		} else if err != nil {
			return
		} else if resp == nil {
			if resp = gate(r); resp == nil {
				resp = commit(r)
			}
		}
		copied := *resp
		if c.write(r, &copied) != nil {
			return
		}
		if copied.close {
			c.linger()
			return
		}
		if is("pipelined-lost") { // a new buffer for each request
			c.in.Discard(c.in.Buffered())
		}
	}
}

// linger closes our half, and reads what the client still sends, lest a reset destroys the answer.
func (c *conn) linger() {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		t.CloseWrite()
		t.SetReadDeadline(time.Now().Add(2 * time.Second))
		io.CopyN(io.Discard, t, 32<<20)
	}
}

func main() {
	port := flag.Int("port", 8080, "")
	file := flag.String("account", "account.json", "")
	flag.StringVar(&behaviour, "behaviour", "none", "")
	flag.Parse()
	load(*file)
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
		go (&conn{Conn: c, in: bufio.NewReader(c), id: newID(), date: time.Now()}).serve()
	}
}
