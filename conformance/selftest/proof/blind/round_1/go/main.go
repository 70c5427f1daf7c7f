// A server for the one operation of ../docs/openapi.yaml: "none" keeps the document, each other behaviour differs from
// it in one place. Every difference stands behind `is("name")` and has a comment above it.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

var behaviour string

func is(name string) bool { return behaviour == name }

const (
	maxBody  = 12 << 20
	maxDrain = 64 << 20
)

type obj map[string]any

// The messages, English and Chinese.
var messages = map[string][2]string{
	"committed":   {"The batch was submitted.", "批量任务已提交。"},
	"unknown":     {"The batch does not exist.", "批量任务不存在。"},
	"validating":  {"The parameters of the batch are still being checked.", "批量任务的参数仍在校验中。"},
	"failed":      {"The check of the batch has failed.", "批量任务的参数校验失败。"},
	"again":       {"The batch has already been submitted.", "批量任务已经提交过。"},
	"body":        {"The request body could not be read.", "无法读取请求体。"},
	"language":    {"X-Language must be en-us or zh-cn.", "X-Language必须为en-us或zh-cn。"},
	"busy":        {"Another batch of this project is being submitted.", "该项目的另一个批量任务正在提交。"},
	"conflict":    {"The batch was changed by another request.", "批量任务已被其他请求修改。"},
	"noToken":     {"Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误：未找到x-auth-token"},
	"badToken":    {"Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：令牌解析失败"},
	"expired":     {"The token must be updated.", "令牌需要更新。"},
	"forbidden":   {"The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"},
	"noApi":       {"The API does not exist or has not been published in the environment.", "API不存在或未发布到该环境。"},
	"tooLarge":    {"The request body is too large.", "请求体过大。"},
	"tooLong":     {"The request URI is too long.", "请求URI过长。"},
	"mediaType":   {"The Content-Type must be application/json.", "Content-Type必须为application/json。"},
	"throttled":   {"The throttling threshold has been reached.", "已达到流控阈值。"},
	"unavailable": {"IAM is unavailable.", "IAM服务不可用。"},
}

// One request on its way to an answer.
type call struct {
	r              *http.Request
	conn           *conn
	id             string // the request ID
	chinese        bool
	project, batch string
}

type answer struct {
	kind   string // "commit", "service" or "gateway"
	status int
	header http.Header
	body   []byte
	drop   bool // close the connection without an answer
}

func (q *call) text(key string) string {
	if q.chinese {
		return messages[key][1]
	}
	return messages[key][0]
}

func marshal(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}

func (q *call) gateway(status int, code, key string) *answer {
	o := obj{"error_code": code, "error_msg": q.text(key), "request_id": q.id}
	// The gateway has an ID of its own for the body, a proxy in front writes the header.
	if is("error-request-id-differs") {
		o["request_id"] = newID()
	}
	return &answer{kind: "gateway", status: status, header: http.Header{}, body: marshal(o)}
}

func (q *call) refuse(key string) *answer {
	a := &answer{kind: "service", status: 400, header: http.Header{}}
	o := obj{"error_code": "DRS.10000001", "error_msg": q.text(key)}
	switch {
	// An unknown batch is answered as a missing resource.
	case is("error-unknown-404") && key == "unknown":
		a.status = 404
	// A batch that is being checked is answered as a conflict.
	case is("error-validating-409") && key == "validating":
		a.status = 409
	// The code of one refusal was typed with a zero too few.
	case is("error-code-eleven") && key == "failed":
		o["error_code"] = "DRS.1000003"
	// The message quotes the ID in full, however long it is.
	case is("error-long-echo") && key == "unknown":
		o["error_msg"] = q.text(key) + " (" + q.batch + ")"
	// The translation of one message is missing.
	case is("error-empty-chinese") && key == "failed" && q.chinese:
		o["error_msg"] = ""
	// The refusal of a failed check is a result like any other.
	case is("error-in-200") && key == "failed":
		a.status = 200
	// The second commit of a batch is answered as a conflict.
	case is("state-second-commit-409") && key == "again":
		a.status = 409
	// Conforming: a code of its own for each refusal, more fields, other words, the longest message allowed.
	case is("error-rich"):
		o["error_code"] = map[string]string{"unknown": "DRS.10010404", "validating": "DRS.1001042A", "again": "DRS.10010409"}[key]
		if o["error_code"] == "" {
			o["error_code"], o["error_msg"] = "DRS.10019999", strings.Repeat(o["error_msg"].(string), 99)
			o["error_msg"] = string([]rune(o["error_msg"].(string))[:512])
		}
		o["error_detail"], o["request_id"], o["retryable"], o["causes"] = nil, q.id, false, []string{key}
		a.body, _ = json.MarshalIndent(o, "", "\t")
		a.body = append(a.body, '\n')
		return a
	// Conforming: the second commit has a code of its own.
	case is("state-one-request-per-connection") && key == "again":
		o["error_code"] = "DRS.10000009"
	}
	a.body = marshal(o)
	// The answer is put together with a format string, and the ID is pasted in as it came.
	if is("error-unescaped-echo") && key == "unknown" {
		a.body = fmt.Appendf(nil, `{"error_code":"DRS.10000001","error_msg":"%s (%.80s)"}`, q.text(key), q.batch)
	}
	// The framework shows browsers its error page.
	if is("error-html-for-browsers") && strings.Contains(q.r.Header.Get("Accept"), "text/html") {
		a.body = fmt.Appendf(nil, "<html><body><h1>Whitelabel Error Page</h1><p>%s</p></body></html>", q.text(key))
		a.header.Set("Content-Type", "text/html;charset=UTF-8")
	}
	return a
}

func (q *call) committed() *answer {
	a := &answer{kind: "commit", status: 200, header: http.Header{}}
	job := obj{"async_job_id": q.batch, "status": "COMMIT_SUCCESS", "msg": q.text("committed")}
	body := obj{"job": job}
	switch {
	// The creation goes on in the background, hence "Accepted".
	case is("commit-202"):
		a.status = 202
	// The fields of the batch are not wrapped in "job".
	case is("commit-no-job"):
		body = job
	// The status is the ordinal of the enum in the code.
	case is("commit-status-ordinal"):
		job["status"] = 3
	// The message of the success was never translated.
	case is("commit-english-only"):
		job["msg"] = messages["committed"][0]
	// Conforming: as the published example, the mandatory field alone and another ID than the request's.
	case is("commit-minimal"):
		h := newID()
		body = obj{"job": obj{"async_job_id": h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]}}
	// Conforming: other words and status, more fields, indented, more headers.
	case is("commit-rich"):
		job["status"], job["msg"], job["tasks"], job["error"] = "SUBMITTED", job["msg"].(string)+" <1/1> \u2713", []obj{{"name": "t-1"}}, nil
		body["request_id"], body["links"] = q.id, []string{}
		a.body, _ = json.MarshalIndent(body, " ", "    ")
		a.body = append([]byte("\r\n "), append(a.body, "\r\n"...)...)
		a.header.Set("Content-Type", `Application/JSON; charset="utf-8"`)
		a.header.Set("Cache-Control", "no-store")
		a.header.Set("Content-Language", map[bool]string{true: "zh-CN", false: "en-US"}[q.chinese])
		a.header.Set("X-Frame-Options", "DENY")
		return a
	}
	a.body = marshal(body)
	switch {
	// The serializer writes a byte order mark.
	case is("commit-bom"):
		a.body = append([]byte("\xef\xbb\xbf"), a.body...)
	// Chinese answers are encoded as the platform's default.
	case is("commit-gbk") && q.chinese:
		gbk := "\xc5\xfa\xc1\xbf\xc8\xce\xce\xf1\xd2\xd1\xcc\xe1\xbd\xbb\xa1\xa3"
		a.body = bytes.Replace(a.body, []byte(messages["committed"][1]), []byte(gbk), 1)
	// The length is that of the string in characters; what is beyond it is cut off.
	case is("commit-length-in-characters"):
		a.body = a.body[:utf8.RuneCount(a.body)]
	// Whoever names XML among what he accepts gets XML.
	case is("commit-xml-by-accept") && strings.Contains(q.r.Header.Get("Accept"), "xml"):
		a.body = fmt.Appendf(nil, "<CommitResult><job><async_job_id>%s</async_job_id></job></CommitResult>", q.batch)
		a.header.Set("Content-Type", "application/xml")
	// The content type is set too late, after the first byte, so that the framework has guessed one.
	case is("commit-content-type-guessed"):
		a.header.Set("Content-Type", http.DetectContentType(a.body))
	// The date is written with time.RFC1123, which says UTC instead of GMT.
	case is("commit-date-utc"):
		a.header.Set("Date", time.Now().UTC().Format(time.RFC1123))
	// The service writes a request ID, and the gateway adds its own.
	case is("commit-two-request-ids"):
		a.header["X-Request-Id"] = []string{newID(), q.id}
	// Compresses when it reads "gzip", whatever weight comes with it.
	case is("commit-gzip-q0") && strings.Contains(q.r.Header.Get("Accept-Encoding"), "gzip"):
		a.gzip()
	// Conforming: compresses when gzip is accepted.
	case is("commit-gzip"):
		if acceptsGzip(q.r.Header) {
			a.gzip()
		}
		a.header.Set("Vary", "Accept-Encoding")
	}
	return a
}

func (a *answer) gzip() {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(a.body)
	z.Close()
	a.body = b.Bytes()
	a.header.Set("Content-Encoding", "gzip")
}

func acceptsGzip(h http.Header) bool {
	for _, e := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(e), " ", ""), ";q=")
		w, err := strconv.ParseFloat(weight, 64)
		if strings.TrimSpace(name) == "gzip" && (weight == "" || err == nil && w > 0) {
			return true
		}
	}
	return false
}

type server struct {
	mu       sync.Mutex
	batches  map[string]map[string]string // by project and ID
	tokens   map[string]string            // the project of each
	expired  string
	calls    map[string][]time.Time // of the last second, by project
	count    int
	sticky   bool
	tried    map[string]int
	pending  map[string]int
	failures map[string]bool
	serial   sync.Mutex
}

// Takes the path apart without cleaning it; false if it is not the operation's.
func route(target string) (project, batch string, ok bool) {
	target, _, _ = strings.Cut(target, "?")
	if !strings.HasPrefix(target, "/") {
		_, rest, found := strings.Cut(target, "://")
		slash := strings.IndexByte(rest, '/')
		if !found || slash < 0 {
			return
		}
		target = rest[slash:]
	}
	parts := strings.Split(target[1:], "/")
	for i := range parts {
		p, err := url.PathUnescape(parts[i])
		if err != nil {
			return
		}
		parts[i] = p
	}
	if len(parts) != 5 || parts[0] != "v5" || parts[1] == "" || parts[2] != "batch-async-jobs" || parts[3] == "" || parts[4] != "commit" {
		return
	}
	return parts[1], parts[3], true
}

// Reads the body to its end and says whether it was too large.
func drain(r *http.Request) (large bool, err error) {
	if r.ContentLength > maxBody && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		return true, nil
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
	return n > maxBody, err
}

func isJSON(values []string) bool {
	for _, v := range values {
		t, p, err := mime.ParseMediaType(v)
		if err != nil || t != "application/json" || p["charset"] != "" && !strings.EqualFold(p["charset"], "utf-8") {
			return false
		}
	}
	return len(values) > 0
}

func (s *server) answer(q *call) *answer {
	r := q.r
	limit := 32 << 10
	// Conforming: a stricter limit for the URI.
	if is("error-strict") {
		limit = 8 << 10
	}
	if len(r.RequestURI) > limit {
		return q.gateway(414, "APIGW.0201", "tooLong")
	}
	large, err := drain(r)
	if err != nil {
		return q.refuse("body")
	}
	if large {
		a := q.gateway(413, "APIGW.0201", "tooLarge")
		a.header.Set("Connection", "close")
		return a
	}
	var ok bool
	if q.project, q.batch, ok = route(r.RequestURI); !ok {
		return q.gateway(404, "APIGW.0101", "noApi")
	}
	if r.Method != "POST" {
		// The filter for methods runs after the handler, which has no look at the method: GET and HEAD commit.
		if is("state-get-commits") && (r.Method == "GET" || r.Method == "HEAD") && s.tokens[r.Header.Get("X-Auth-Token")] == q.project {
			s.submit(q.project, q.batch)
		}
		// Conforming: an unknown method is an unknown operation.
		if is("error-404-for-methods") {
			return q.gateway(404, "APIGW.0101", "noApi")
		}
		a := q.gateway(405, "APIGW.0101", "noApi")
		// The header that 405 must have is missing.
		if !is("error-405-no-allow") {
			a.header.Set("Allow", "POST")
		}
		return a
	}
	if a := s.authenticate(q); a != nil {
		return a
	}
	if s.throttled(q.project) {
		a := q.gateway(429, "APIGW.0308", "throttled")
		a.header.Set("Retry-After", "1")
		switch {
		// A duration of the language's library instead of seconds.
		case is("error-retry-after-unit"):
			a.header.Set("Retry-After", time.Second.String())
		// Conforming: a date.
		case is("error-proxied"):
			a.header.Set("Retry-After", time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat))
		}
		return a
	}
	// Conforming: IAM is away once, and nothing is processed.
	if is("state-503-once") {
		s.mu.Lock()
		s.count++
		away := s.count == 5
		s.mu.Unlock()
		if away {
			a := q.gateway(503, "APIGW.0613", "unavailable")
			a.header.Set("Retry-After", "1")
			return a
		}
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		// The media type is checked by a filter on the way back, when the service has done its work.
		if is("state-415-yet-committed") {
			s.submit(q.project, q.batch)
		}
		return q.gateway(415, "APIGW.0201", "mediaType")
	}
	return s.service(q)
}

// Returns nil if the token is good for the project.
func (s *server) authenticate(q *call) *answer {
	values := q.r.Header.Values("X-Auth-Token")
	unauthenticated := func(code, key string) *answer {
		a := q.gateway(401, code, key)
		a.header.Set("WWW-Authenticate", `Keystone uri="https://iam.myhuaweicloud.com/v3"`)
		// The refusal is remembered for the URL, and the token is no part of the key.
		if is("state-cached-401") {
			s.mu.Lock()
			s.failures[q.r.RequestURI] = true
			s.mu.Unlock()
		}
		return a
	}
	if is("state-cached-401") {
		s.mu.Lock()
		cached := s.failures[q.r.RequestURI]
		s.mu.Unlock()
		if cached {
			return unauthenticated("APIGW.0301", "noToken")
		}
	}
	// The connection counts as logged in once a request on it had a good token.
	if is("state-login-per-connection") && len(values) == 0 && q.conn.login != "" {
		values = []string{q.conn.login}
	}
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return unauthenticated("APIGW.0301", "noToken")
	}
	if values[0] == s.expired && len(values) == 1 {
		// The token is only looked up when the service has answered; its answer is thrown away.
		if is("state-expired-yet-committed") {
			s.submit(q.project, q.batch)
		}
		return unauthenticated("APIGW.0307", "expired")
	}
	project, known := s.tokens[values[0]]
	if !known || len(values) > 1 {
		return unauthenticated("APIGW.0301", "badToken")
	}
	if project != q.project {
		return q.gateway(403, "APIGW.0302", "forbidden")
	}
	q.conn.login = values[0]
	return nil
}

// More than 200 calls in a second to a project.
func (s *server) throttled(project string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Conforming: the threshold was lifted for this customer.
	if is("state-one-request-per-connection") {
		return false
	}
	now := time.Now()
	old := s.calls[project]
	for len(old) > 0 && now.Sub(old[0]) >= time.Second {
		old = old[1:]
	}
	full := len(old) >= 200
	if !full {
		old = append(old, now)
	}
	s.calls[project] = old
	return full
}

// Commits a batch if it is ready.
func (s *server) submit(project, batch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.batches[project][batch] == "ready" {
		s.batches[project][batch] = "committed"
	}
}

func (s *server) service(q *call) *answer {
	r := q.r
	language := r.Header.Get("X-Language")
	switch {
	// The browser's language beats X-Language.
	case is("error-accept-language-wins") && r.Header.Get("Accept-Language") != "":
		q.chinese = strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh")
	// The last language that anybody asked for stays, until somebody asks for another.
	case is("error-language-sticky"):
		s.mu.Lock()
		if language != "" {
			s.sticky = q.chinese
		}
		q.chinese = s.sticky
		s.mu.Unlock()
	// The language lies in a global variable, and the request waits for the database before it is read.
	case is("state-language-race"):
		s.mu.Lock()
		s.sticky = q.chinese
		s.mu.Unlock()
		time.Sleep(60 * time.Millisecond)
		s.mu.Lock()
		q.chinese = s.sticky
		s.mu.Unlock()
	// Conforming: other languages than the two are refused.
	case is("error-strict") && language != "" && language != "en-us" && language != "zh-cn":
		return q.refuse("language")
	// An ID is shortened for the log, which fails for IDs that are shorter than a UUID.
	case is("error-short-id-dropped") && len(q.batch) < 36:
		return &answer{drop: true}
	// One lock for all commits of a project, and nobody waits for it.
	case is("state-one-at-a-time"):
		if !s.serial.TryLock() {
			return q.refuse("busy")
		}
		defer s.serial.Unlock()
		time.Sleep(100 * time.Millisecond)
	// Conforming: commits take their time, one after another.
	case is("state-slow-and-serial"):
		s.serial.Lock()
		defer s.serial.Unlock()
		time.Sleep(100 * time.Millisecond)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	project, batch := q.project, q.batch
	// The database compares strings without the blanks at their ends.
	if is("state-id-trailing-space") {
		batch = strings.TrimRight(batch, " ")
	}
	// Batches are looked up by their ID alone, whosever they are.
	if is("state-foreign-batch") && s.batches[project][batch] == "" {
		for p := range s.batches {
			if s.batches[p][batch] != "" {
				project = p
			}
		}
	}
	key := project + " " + batch
	state := s.batches[project][batch]
	s.tried[key]++
	switch {
	// Only the state "being checked" is refused, a failed check is over too.
	case is("state-failed-commits") && state == "failed":
		state = "ready"
	// A refused commit leaves the mark "checked" behind, so that the next one passes.
	case is("state-validating-second-try") && state == "validating" && s.tried[key] > 1:
		state = "ready"
	// The look-up of an unknown ID inserts an empty batch, which has no errors.
	case is("state-unknown-upsert") && state == "" && s.tried[key] > 1:
		state = "ready"
	// Simultaneous commits of one batch all fail in the end, yet what they have written stays.
	case is("state-race-nobody-wins") && state == "ready":
		s.pending[key]++
		s.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
		s.mu.Lock()
		if s.pending[key] > 1 {
			s.batches[project][batch] = "committed"
			return q.refuse("conflict")
		}
		s.pending[key] = 0
	}
	switch state {
	case "ready":
		// Batches that this server made up have no place to be kept in.
		if s.batches[project][batch] != "" {
			s.batches[project][batch] = "committed"
		}
		return q.committed()
	case "committed":
		// Conforming: the commit is idempotent.
		if is("state-idempotent") {
			return q.committed()
		}
		return q.refuse("again")
	case "validating", "failed":
		return q.refuse(state)
	}
	return q.refuse("unknown")
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &call{r: r, conn: r.Context().Value(connKey{}).(*conn), id: newID()}
	q.chinese = strings.EqualFold(r.Header.Get("X-Language"), "zh-cn")
	a := s.answer(q)
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Request-Id", q.id)
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	switch {
	// Conforming: an interim response, lower-case names, no blanks, no reason, small chunks with extensions.
	case is("commit-odd-framing") && a.kind == "commit" && r.ProtoAtLeast(1, 1):
		var b strings.Builder
		b.WriteString("HTTP/1.1 103 \r\nlink:</v5>;rel=up\r\n\r\nHTTP/1.1 200 \r\nx-request-id:" + q.id + "\r\ntransfer-encoding:Chunked\r\n")
		b.WriteString("connection:close\r\ncontent-type:application/json \t\r\ndate:" + time.Now().UTC().Format(http.TimeFormat) + "\r\n\r\n")
		for i := 0; i < len(a.body); i += 7 {
			part := a.body[i:min(i+7, len(a.body))]
			fmt.Fprintf(&b, "00%X;n=%d\r\n%s\r\n", len(part), i, part)
		}
		raw(w, b.String()+"0\r\n\r\n")
		return
	// Chunks for everybody, even for HTTP/1.0, which does not know them.
	case is("commit-chunked-to-http10") && a.kind == "commit" && !r.ProtoAtLeast(1, 1):
		raw(w, fmt.Sprintf("HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\nX-Request-Id: %s\r\nConnection: close\r\n"+
			"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", time.Now().UTC().Format(http.TimeFormat), q.id, len(a.body), a.body))
		return
	// The body is written with a line break at its end that the length does not count.
	case is("commit-stray-newline") && a.kind == "commit":
		defer func() {
			http.NewResponseController(w).Flush()
			q.conn.Write([]byte("\r\n"))
		}()
	// Conforming: what a proxy in front makes of refusals.
	case is("error-proxied") && a.kind != "commit":
		h.Set("Via", "1.1 waf, 1.1 elb")
		h.Set("Server", "CloudWAF")
		h.Set("Connection", "close")
		h.Set("Content-Type", "application/json;charset=UTF-8")
		h.Set("Set-Cookie", "HWWAFSESID="+newID()[:12]+"; path=/")
		if a.kind == "service" {
			h.Del("X-Request-Id")
		}
		// Without a length the library uses chunks, or the end of the connection for HTTP/1.0.
		h.Del("Content-Length")
		defer http.NewResponseController(w).Flush()
	// Conforming: no connection is kept.
	case is("state-one-request-per-connection"):
		h.Set("Connection", "close")
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// Writes an answer past the library and closes the connection.
func raw(w http.ResponseWriter, text string) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		io.WriteString(c, text)
		c.Close()
	}
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// A connection that the handler can find again.
type conn struct {
	net.Conn
	login string
}
type connKey struct{}
type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

func main() {
	port := flag.Int("port", 0, "")
	file := flag.String("account", "", "")
	flag.StringVar(&behaviour, "behaviour", "none", "")
	flag.Parse()
	type customer struct {
		Project string            `json:"project_id"`
		Token   string            `json:"token"`
		Batches map[string]string `json:"batches"`
	}
	var account struct {
		customer
		Expired string    `json:"expired_token"`
		Other   *customer `json:"other"`
	}
	text, err := os.ReadFile(*file)
	if err == nil {
		err = json.Unmarshal(text, &account)
	}
	if err != nil {
		log.Fatal(err)
	}
	s := &server{batches: map[string]map[string]string{}, tokens: map[string]string{}, expired: account.Expired, calls: map[string][]time.Time{},
		tried: map[string]int{}, pending: map[string]int{}, failures: map[string]bool{}}
	for _, c := range []*customer{&account.customer, account.Other} {
		if c != nil {
			s.batches[c.Project], s.tokens[c.Token] = c.Batches, c.Project
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(*port))
	if err != nil {
		log.Fatal(err)
	}
	h := &http.Server{Handler: s, DisableGeneralOptionsHandler: true,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }}
	log.Println("listening on", l.Addr(), "as", behaviour)
	log.Fatal(h.Serve(listener{l}))
}
