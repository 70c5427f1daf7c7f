// A server of the DRS batch commit, on bare sockets: one base behaviour ("none") and others that differ from it by one thing.
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
	"log"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	maxTarget  = 32 * 1024
	maxHead    = 64 * 1024
	maxBody    = 12 * 1024 * 1024
	slowLookup = 150 * time.Millisecond // how long a slow database takes, in the behaviours that need one
)

type account struct {
	ProjectID    string            `json:"project_id"`
	Token        string            `json:"token"`
	ExpiredToken string            `json:"expired_token"`
	Batches      map[string]string `json:"batches"`
	Other        struct {
		ProjectID string            `json:"project_id"`
		Token     string            `json:"token"`
		Batches   map[string]string `json:"batches"`
	} `json:"other"`
}

var (
	behaviour string
	acc       account

	mu       sync.Mutex
	batches  = map[string]map[string]string{} // project -> batch -> state
	inFlight = map[string]bool{}
	seen     = map[string]int{}
	cache    = map[string]cached{}
	granted  = map[string]bool{}
	pending  bool
	current  string
)

type cached struct {
	resp response
	at   time.Time
}

func is(name string) bool { return behaviour == name }

// ---- messages -------------------------------------------------------------------------------------------------------

type field struct{ name, value string }

type request struct {
	method, target string
	path           string // still percent-encoded, without query
	minor          int
	fields         []field
	id             string
}

func (r *request) all(name string) (values []string) {
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return
}

// list gives the members of a comma-separated field, in lower case.
func (r *request) list(name string) (members []string) {
	for _, v := range r.all(name) {
		for _, m := range strings.Split(v, ",") {
			if m = strings.ToLower(strings.Trim(m, " \t")); m != "" {
				members = append(members, m)
			}
		}
	}
	return
}

func (r *request) has(name, member string) bool {
	for _, m := range r.list(name) {
		if m == member {
			return true
		}
	}
	return false
}

func (r *request) chinese() bool {
	v := r.all("X-Language")
	return len(v) == 1 && strings.EqualFold(v[0], "zh-cn")
}

type response struct {
	status int
	fields []field
	body   []byte
}

var reasons = map[int]string{200: "OK", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
	404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 409: "Conflict", 412: "Precondition Failed",
	413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 431: "Request Header Fields Too Large",
	501: "Not Implemented", 505: "HTTP Version Not Supported"}

var chineseOf = map[string]string{
	"Incorrect IAM authentication information: x-auth-token not found":     "IAM认证信息错误：未找到x-auth-token",
	"Incorrect IAM authentication information: decrypt token fail":         "IAM认证信息错误：令牌解析失败",
	"The token must be updated.":                                           "令牌需要更新。",
	"The IAM user is not authorized to access the API.":                    "IAM用户无权访问该API。",
	"The API does not exist or has not been published in the environment.": "API不存在或未发布到环境。",
	"The request body is too large.":                                       "请求体过大。",
	"The request URI is too long.":                                         "请求URI过长。",
	"The request header fields are too large.":                             "请求头过大。",
	"The Content-Type must be application/json.":                           "Content-Type必须为application/json。",
	"The precondition failed.":                                             "前提条件不满足。",
	"No acceptable representation.":                                        "没有可接受的表示。",
	"The HTTP message is malformed.":                                       "HTTP消息格式错误。",
	"The transfer coding is not supported.":                                "不支持该传输编码。",
	"The HTTP version is not supported.":                                   "不支持该HTTP版本。",
	"The batch does not exist.":                                            "批量任务不存在。",
	"The parameters of the batch are still being checked.":                 "批量任务的参数仍在校验中。",
	"The check of the parameters of the batch has failed.":                 "批量任务的参数校验失败。",
	"The batch has already been committed.":                                "批量任务已提交。",
	"The batch was submitted.":                                             "批量任务已提交成功。",
	"The batch is being committed.":                                        "批量任务正在提交中。",
}

func say(r *request, english string) string {
	if r.chinese() && chineseOf[english] != "" {
		return chineseOf[english]
	}
	return english
}

type object = map[string]any

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n")
}

func gatewayError(r *request, status int, code, english string, extra ...field) response {
	id := r.id
	// The ID of the request is kept in one variable for all requests and read back after a slow look-up.
	if is("request-id-shared") {
		time.Sleep(slowLookup)
		mu.Lock()
		id = current
		mu.Unlock()
	}
	return response{status, extra, encode(object{"error_code": code, "error_msg": say(r, english), "request_id": id})}
}

func serviceError(r *request, code, english string) response {
	return response{400, nil, encode(object{"error_code": code, "error_msg": say(r, english)})}
}

// ---- reading --------------------------------------------------------------------------------------------------------

type refusal struct {
	status        int
	code, english string
}

func (refusal) Error() string { return "refused" }

var malformed = refusal{400, "DRS.10000002", "The HTTP message is malformed."}

func readLine(br *bufio.Reader) (string, error) {
	line, err := br.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	} else if is("closing-and-strict") {
		// A line that ends in LF alone is refused.
		return "", malformed
	}
	if bytes.ContainsAny(line, "\r\x00") {
		return "", malformed
	}
	return string(line), nil
}

var (
	token      = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	version    = regexp.MustCompile(`^HTTP/([0-9])\.([0-9])$`)
	targetRule = regexp.MustCompile(`^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})+$`)
	hostRule   = regexp.MustCompile(`^(?:\[[0-9A-Fa-f:.v]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?$`)
	absolute   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*`)
	digits     = regexp.MustCompile(`^[0-9]{1,18}$`)
	uuid       = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	mediaType  = regexp.MustCompile(`(?i)^application/json(?:[ \t]*;[ \t]*(?:charset=(?:utf-8|"utf-8"))?)*$`)
)

// readHead reads up to the empty line; an error of type refusal is to be answered, any other ends the connection.
func readHead(br *bufio.Reader, r *request) error {
	line, err := "", error(nil)
	for empty := 0; line == "" && err == nil; empty++ {
		if empty == 5 {
			return malformed
		}
		line, err = readLine(br)
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return refusal{414, "APIGW.0201", "The request URI is too long."}
	}
	if err != nil {
		return err
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !token.MatchString(parts[0]) {
		return malformed
	}
	v := version.FindStringSubmatch(parts[2])
	if v == nil {
		return malformed
	}
	r.method, r.target = parts[0], parts[1]
	r.minor, _ = strconv.Atoi(v[2])
	if len(r.target) > maxTarget {
		return refusal{414, "APIGW.0201", "The request URI is too long."}
	}
	if v[1] != "1" {
		return refusal{505, "APIGW.0201", "The HTTP version is not supported."}
	}
	for size := 0; ; {
		line, err := readLine(br)
		if size += len(line); size > maxHead || errors.Is(err, bufio.ErrBufferFull) {
			return refusal{431, "APIGW.0201", "The request header fields are too large."}
		}
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !token.MatchString(name) {
			return malformed
		}
		r.fields = append(r.fields, field{name, strings.Trim(value, " \t")})
	}
	hosts := r.all("Host")
	if len(hosts) > 1 || len(hosts) == 0 && r.minor > 0 || len(hosts) == 1 && !hostRule.MatchString(hosts[0]) {
		return malformed
	}
	if !targetRule.MatchString(r.target) {
		return malformed
	}
	r.path, _, _ = strings.Cut(r.target, "?")
	// The absolute form of the request target is routed as if it were a path.
	if !is("absolute-form-404") {
		r.path = strings.TrimPrefix(r.path, absolute.FindString(r.path))
	}
	return nil
}

// framing gives the length of the body, -1 for chunked.
func framing(r *request) (int64, error) {
	lengths, codings := r.all("Content-Length"), r.list("Transfer-Encoding")
	if len(codings) > 0 {
		if len(lengths) > 0 || r.minor == 0 || codings[len(codings)-1] != "chunked" {
			return 0, malformed
		}
		if len(codings) > 1 {
			return 0, refusal{501, "APIGW.0201", "The transfer coding is not supported."}
		}
		return -1, nil
	}
	if len(lengths) == 0 {
		return 0, nil
	}
	if len(lengths) > 1 || !digits.MatchString(lengths[0]) {
		return 0, malformed
	}
	n, _ := strconv.ParseInt(lengths[0], 10, 64)
	if n > maxBody {
		return 0, refusal{413, "APIGW.0201", "The request body is too large."}
	}
	return n, nil
}

func skipBody(br *bufio.Reader, n int64) error {
	if n >= 0 {
		_, err := io.CopyN(io.Discard, br, n)
		return err
	}
	for total := int64(0); ; {
		line, err := readLine(br)
		if err != nil {
			return err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimRight(size, " \t"), 16, 31)
		if err != nil || strings.HasPrefix(size, "+") {
			return malformed
		}
		if n == 0 {
			break
		}
		if total += int64(n); total > maxBody {
			return refusal{413, "APIGW.0201", "The request body is too large."}
		}
		if _, err = io.CopyN(io.Discard, br, int64(n)); err != nil {
			return err
		}
		if line, err = readLine(br); err != nil || line != "" {
			return malformed
		}
	}
	// The trailer section is left in the buffer, unless it is empty.
	if is("trailers-left-behind") {
		if next, err := br.Peek(2); err != nil || string(next) != "\r\n" {
			return err
		}
	}
	for {
		if line, err := readLine(br); err != nil || line == "" {
			return err
		}
	}
}

// ---- the gateway ----------------------------------------------------------------------------------------------------

type connection struct {
	net.Conn
	br    *bufio.Reader
	token string // of the last request that was let in
	state string // of the last batch that was looked up
}

func notPublished(r *request, status int, extra ...field) *response {
	resp := gatewayError(r, status, "APIGW.0101", "The API does not exist or has not been published in the environment.", extra...)
	return &resp
}

// gateway answers what does not reach the service.
func gateway(c *connection, r *request) (project, batch string, refused *response) {
	refuse := func(status int, code, english string, extra ...field) (string, string, *response) {
		resp := gatewayError(r, status, code, english, extra...)
		return "", "", &resp
	}
	segments := strings.Split(r.path, "/")
	for i, s := range segments {
		segments[i], _ = url.PathUnescape(s)
	}
	if len(segments) != 6 || segments[0] != "" || segments[1] != "v5" || segments[2] == "" ||
		segments[3] != "batch-async-jobs" || segments[4] == "" || segments[5] != "commit" {
		return "", "", notPublished(r, 404)
	}
	project, batch = segments[2], segments[4]
	// The route has the pattern of a UUID, and what does not match it is no route.
	if is("id-pattern-404") && !uuid.MatchString(batch) {
		return "", "", notPublished(r, 404)
	}
	method := r.method
	// The name of the method is compared without regard to case.
	if is("lower-case-post") {
		method = strings.ToUpper(method)
	}
	if method != "POST" {
		// An operation is a path and a method, so another method is unknown.
		if is("closing-and-strict") {
			return "", "", notPublished(r, 404)
		}
		return "", "", notPublished(r, 405, field{"Allow", "POST"})
	}
	// Preconditions are evaluated by a filter in front of everything.
	if is("precondition-before-auth") && len(r.all("If-Match")) > 0 {
		return refuse(412, "APIGW.0201", "The precondition failed.")
	}
	// Refusals of the media type are cached, by method and path alone.
	if is("refusal-cached") {
		mu.Lock()
		hit := cache[r.path]
		mu.Unlock()
		if time.Since(hit.at) < time.Minute {
			return "", "", &hit.resp
		}
	}

	challenge := field{"WWW-Authenticate", `Token realm="drs"`}
	tokens := r.all("X-Auth-Token")
	// Who was let in once stays let in on that connection.
	if is("token-sticks") && len(tokens) == 0 && c.token != "" {
		tokens = []string{c.token}
	}
	scope := ""
	switch {
	case len(tokens) == 0 || tokens[0] == "":
		return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found", challenge)
	case len(tokens) > 1:
		return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", challenge)
	case tokens[0] == acc.Token:
		scope = acc.ProjectID
	case acc.Other.Token != "" && tokens[0] == acc.Other.Token:
		scope = acc.Other.ProjectID
	case acc.ExpiredToken != "" && tokens[0] == acc.ExpiredToken:
		// The challenge is forgotten where the expired token is found out.
		if is("expired-unchallenged") {
			return refuse(401, "APIGW.0307", "The token must be updated.")
		}
		return refuse(401, "APIGW.0307", "The token must be updated.", challenge)
	default:
		return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", challenge)
	}
	mu.Lock()
	allowed := scope == project
	// The decision is cached by project, without the token that it was made for.
	if is("grant-cached-by-project") {
		allowed = allowed || granted[project]
		granted[project] = allowed
	}
	mu.Unlock()
	if !allowed {
		return refuse(403, "APIGW.0302", "The IAM user is not authorized to access the API.")
	}
	c.token = tokens[0]

	types := r.all("Content-Type")
	if len(types) != 1 || !mediaType.MatchString(types[0]) {
		// The service is called before the media type is looked at.
		if is("commit-before-media-type") {
			commit(c, r, project, batch)
		}
		_, _, resp := refuse(415, "APIGW.0201", "The Content-Type must be application/json.", field{"Accept", "application/json"})
		if is("refusal-cached") {
			mu.Lock()
			cache[r.path] = cached{*resp, time.Now()}
			mu.Unlock()
		}
		return "", "", resp
	}
	// Only the exact name of the type and the full wildcard are known as acceptable.
	if is("accept-range-406") && len(r.all("Accept")) > 0 {
		accept := strings.Join(r.list("Accept"), ",")
		if !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
			return refuse(406, "APIGW.0201", "No acceptable representation.")
		}
	}
	// The static-file middleware answers a conditional request, whatever its method.
	if is("not-modified-post") {
		if since := r.all("If-Modified-Since"); len(since) == 1 {
			if _, err := time.Parse(time.RFC1123, since[0]); err == nil {
				return "", "", &response{304, nil, nil}
			}
		}
	}
	return project, batch, nil
}

// ---- the service ----------------------------------------------------------------------------------------------------

func committed(r *request, batch string) response {
	// The bare answer of the published example, which has an ID of its own.
	if is("another-id-bare") {
		b := make([]byte, 16)
		rand.Read(b)
		return response{200, nil, []byte(fmt.Sprintf("{ \"job\": { \"async_job_id\": \"%x-%x-%x-%x-%x\" } }\n", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))}
	}
	return response{200, nil, encode(object{"job": object{"async_job_id": batch, "status": "COMMIT_SUCCESS",
		"msg": say(r, "The batch was submitted.")}})}
}

func commit(c *connection, r *request, project, batch string) response {
	mu.Lock()
	defer mu.Unlock()
	owner := batches[project]
	// Batches are looked up by their ID alone.
	if is("foreign-batch") {
		for _, all := range batches {
			if all[batch] != "" {
				owner = all
			}
		}
	}
	state := owner[batch]
	// The record of the last look-up is reused, and not cleared if nothing is found.
	if is("record-not-cleared") {
		if state == "" {
			state = c.state
		}
		c.state = state
	}
	// An error of the call before is still there and is taken for this call's.
	if is("error-left-over") && pending {
		pending = false
		return serviceError(r, "DRS.10000001", "The parameters of the batch are still being checked.")
	}
	// The condition is evaluated only now that the call would succeed: there is no representation that could match.
	if state == "ready" && len(r.all("If-Match")) > 0 {
		return gatewayError(r, 412, "APIGW.0201", "The precondition failed.")
	}
	if inFlight[batch] {
		// The loser of a race is told of a conflict.
		if is("race-409") {
			return gatewayError(r, 409, "APIGW.0201", "The batch is being committed.")
		}
		// All that come in during the commit share in it.
		if is("racers-all-succeed") {
			return committed(r, batch)
		}
	}
	if state == "ready" {
		if is("race-409") || is("racers-all-succeed") {
			inFlight[batch] = true
			mu.Unlock()
			time.Sleep(slowLookup)
			mu.Lock()
			delete(inFlight, batch)
		}
		if owner[batch] != "" {
			owner[batch] = "committed"
		}
		return committed(r, batch)
	}
	if state == "committed" {
		// The second commit is a success like the first one.
		if is("repeat-succeeds") {
			return committed(r, batch)
		}
		// The second commit is a success as well, but its answer has no ID.
		if is("repeat-without-id") {
			return response{200, nil, encode(object{"job": object{"status": "COMMIT_SUCCESS", "msg": say(r, "The batch has already been committed.")}})}
		}
	}
	// The look-up of an unknown batch creates it.
	if is("unknown-upserted") && state == "" {
		owner[batch] = "ready"
	}
	// The refusal takes the mark of failure off the batch.
	if is("failure-cleared") && state == "failed" {
		owner[batch] = "ready"
	}
	if is("error-left-over") && state == "validating" {
		pending = true
	}
	english := map[string]string{
		"":           "The batch does not exist.",
		"validating": "The parameters of the batch are still being checked.",
		"failed":     "The check of the parameters of the batch has failed.",
		"committed":  "The batch has already been committed."}[state]
	// The message of each refusal is put before the one of the last refusal of the same batch.
	if is("message-grows") {
		seen[batch]++
		message := say(r, english)
		return response{400, nil, encode(object{"error_code": "DRS.10000001",
			"error_msg": strings.TrimSuffix(strings.Repeat(message+" caused by: ", seen[batch]), " caused by: ")})}
	}
	// Each state has a code and a long message of its own, in ASCII, and there are further fields.
	if is("codes-of-their-own") {
		code := map[string]string{"": "DRS.M0000404", "validating": "DRS.M0000409", "failed": "DRS.M0000422", "committed": "DRS.M0000208"}[state]
		message := []rune(strings.Repeat(say(r, english)+" ", 100))[:512]
		quoted := strings.ReplaceAll(strconv.QuoteToASCII(string(message)), "\\U", "\\u")
		return response{400, nil, []byte(`{"error_details":[],"error_msg":` + quoted + `,"error_code":"` + code + `","request_id":null}`)}
	}
	return serviceError(r, "DRS.10000001", english)
}

// ---- writing --------------------------------------------------------------------------------------------------------

func acceptsGzip(r *request) bool {
	for _, m := range r.list("Accept-Encoding") {
		coding, q, _ := strings.Cut(m, ";")
		q = strings.TrimPrefix(strings.TrimLeft(q, " \t"), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		if strings.TrimRight(coding, " \t") == "gzip" {
			return err != nil || weight > 0
		}
	}
	return false
}

func chunk(body []byte, size int, extension string) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		n := min(size, len(body))
		fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n, extension, body[:n])
		body = body[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

func write(c *connection, r *request, resp response, closing bool) {
	body := resp.body
	fields := []field{{"Date", time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}, {"Server", "api-gateway"},
		{"X-Request-Id", requestID(r, resp)}, {"Cache-Control", "no-store"}}
	fields = append(fields, resp.fields...)
	length := len(body)
	// The length is counted in characters.
	if is("length-in-characters") {
		length = utf8.RuneCount(body)
	}
	chunked, extension, size := false, "", 1000
	if resp.status != 304 {
		contentType := "application/json"
		if is("closing-and-strict") {
			contentType = "application/json; charset=utf-8"
		}
		fields = append(fields, field{"Content-Type", contentType})
		zip := acceptsGzip(r) && r.minor > 0
		// The filter that compresses leaves the length of what it got beside its own framing.
		if is("gzip-keeps-length") && zip {
			fields = append(fields, field{"Content-Length", strconv.Itoa(length)})
		}
		// Answers are compressed for those who ask for it.
		if is("gzip-negotiated") {
			fields = append(fields, field{"Vary", "Accept-Encoding"})
			chunked, extension, size = r.minor > 0, ";n=1", 7
		}
		if zip && (is("gzip-keeps-length") || is("gzip-negotiated")) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write(body)
			z.Close()
			body, chunked = b.Bytes(), true
			fields = append(fields, field{"Content-Encoding", "gzip"})
		}
		if is("terse-proxy") && r.minor > 0 {
			chunked = true
		}
		// Answers are chunked for clients of HTTP/1.0 as well.
		if is("chunked-to-http10") && r.minor == 0 {
			chunked = true
		}
		if chunked {
			body = chunk(body, size, extension)
			fields = append(fields, field{"Transfer-Encoding", "chunked"})
		} else {
			fields = append(fields, field{"Content-Length", strconv.Itoa(length)})
		}
	}
	if closing {
		fields = append(fields, field{"Connection", "close"})
	} else if r.minor == 0 {
		fields = append(fields, field{"Connection", "keep-alive"})
	}
	var b bytes.Buffer
	// A hint comes before each answer.
	if is("early-hints") && r.minor > 0 {
		b.WriteString("HTTP/1.1 103 Early Hints\r\nX-Queue: 0\r\n\r\n")
	}
	if is("terse-proxy") {
		// A proxy that writes lower-case names in its own order and no reason phrases, and chunks everything.
		fields = append(fields, field{"Via", "1.1 edge-7, 1.1 edge-9"}, field{"X-Forwarded-Server", "edge-7"})
		fmt.Fprintf(&b, "HTTP/1.1 %d \r\n", resp.status)
		for i := len(fields) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "%s: %s\r\n", strings.ToLower(fields[i].name), fields[i].value)
		}
	} else {
		fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", resp.status, reasons[resp.status])
		for _, f := range fields {
			fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
		}
	}
	b.WriteString("\r\n")
	if r.method != "HEAD" && resp.status != 304 {
		b.Write(body)
	}
	c.Write(b.Bytes())
}

// requestID is the request's own, except that a cached answer keeps the ID that its body has.
func requestID(r *request, resp response) string {
	if is("refusal-cached") {
		var o struct {
			ID string `json:"request_id"`
		}
		if json.Unmarshal(resp.body, &o) == nil && o.ID != "" {
			return o.ID
		}
	}
	return r.id
}

// ---- connections ----------------------------------------------------------------------------------------------------

func serve(c *connection) {
	defer func() {
		// Close in two steps, so that the last answer is not lost to a reset.
		if t, ok := c.Conn.(*net.TCPConn); ok {
			t.CloseWrite()
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		io.CopyN(io.Discard, c.br, 64*1024*1024)
		c.Close()
	}()
	for {
		c.SetReadDeadline(time.Now().Add(2 * time.Minute))
		r := &request{minor: 1}
		b := make([]byte, 16)
		rand.Read(b)
		r.id = hex.EncodeToString(b)
		fail := func(err error) {
			var f refusal
			if errors.As(err, &f) {
				if f.status == 400 {
					write(c, r, serviceError(r, f.code, f.english), true)
				} else {
					write(c, r, gatewayError(r, f.status, f.code, f.english), true)
				}
			}
		}
		err := readHead(c.br, r)
		if err == nil || errors.As(err, new(refusal)) {
			mu.Lock()
			current = r.id
			mu.Unlock()
		}
		if err != nil {
			fail(err)
			return
		}
		length, err := framing(r)
		if err != nil {
			fail(err)
			return
		}
		closing := r.has("Connection", "close") || r.minor == 0 && !r.has("Connection", "keep-alive")
		// The option is looked for as the whole value of the field.
		if is("close-in-list") && r.minor > 0 {
			closing = strings.EqualFold(strings.Join(r.all("Connection"), ", "), "close")
		}
		// Each connection serves one request.
		if is("closing-and-strict") {
			closing = true
		}
		project, batch, refused := gateway(c, r)
		expects := r.has("Expect", "100-continue") && r.minor > 0
		// The expectation of an HTTP/1.0 client is met as well.
		if is("continue-to-http10") {
			expects = r.has("Expect", "100-continue")
		}
		if expects && length != 0 && c.br.Buffered() == 0 {
			if refused != nil {
				write(c, r, *refused, true)
				return
			}
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		// The body of a request without a valid token is not read, and the connection goes on.
		if !(is("body-left-on-401") && refused != nil && refused.status == 401) {
			if err := skipBody(c.br, length); err != nil {
				fail(err)
				return
			}
		}
		if refused == nil {
			resp := commit(c, r, project, batch)
			refused = &resp
		}
		write(c, r, *refused, closing)
		if closing {
			return
		}
		// What came in together with the request is thrown away with its buffer.
		if is("pipeline-lost") {
			c.br.Discard(c.br.Buffered())
		}
	}
}

func main() {
	port := flag.Int("port", 0, "")
	file := flag.String("account", "", "")
	flag.StringVar(&behaviour, "behaviour", "none", "")
	flag.Parse()
	text, err := os.ReadFile(*file)
	if err == nil {
		err = json.Unmarshal(text, &acc)
	}
	if err != nil {
		log.Fatal(err)
	}
	batches[acc.ProjectID] = map[string]string{}
	for id, state := range acc.Batches {
		batches[acc.ProjectID][id] = state
	}
	if acc.Other.ProjectID != "" {
		batches[acc.Other.ProjectID] = map[string]string{}
		for id, state := range acc.Other.Batches {
			batches[acc.Other.ProjectID][id] = state
		}
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go serve(&connection{Conn: conn, br: bufio.NewReaderSize(conn, 80*1024)})
	}
}
