// A server for "commit an asynchronous batch job" on bare sockets: `none` keeps the documentation and the RFCs,
// each other behaviour is `none` with one difference. See behaviours.toml for the list.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	headLimit = 1 << 20  // octets of a request line or of all fields
	uriLimit  = 32 << 10 // "32 KB by a sister product's documentation"
	bodyLimit = 12 << 20 // "larger than 12 MB"
	imfDate   = "Mon, 02 Jan 2006 15:04:05 GMT"
)

var behaviour string

func is(name string) bool { return behaviour == name }

// ---------------------------------------------------------------- the account

type project struct {
	ProjectID string            `json:"project_id"`
	Token     string            `json:"token"`
	Batches   map[string]string `json:"batches"`
}

var (
	account struct {
		project
		ExpiredToken string  `json:"expired_token"`
		Other        project `json:"other"`
	}
	mu         sync.Mutex // guards all below, and the states of the batches
	second     int64      // the running second, and the calls in it
	calls      int
	remembered = map[string]*answer{} // refusal-remembered
	lastLang   = "en-us"              // language-sticks
)

// ---------------------------------------------------------------- requests and answers

type field struct{ name, value string }

type request struct {
	id             string // X-Request-Id
	method, target string
	minor          int // of HTTP/1.x
	fields         []field
	length         int64 // of the body; -1 is chunked
	path, query    string
	project, batch string
	lang           string
}

type answer struct {
	status int
	ctype  string
	fields []field
	body   []byte
	commit bool   // the answer to a commit that succeeded
	id     string // X-Request-Id, if not that of the request at hand
}

var reasons = map[int]string{200: "OK", 204: "No Content", 206: "Partial Content", 400: "Bad Request", 401: "Unauthorized",
	403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 411: "Length Required",
	413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 429: "Too Many Requests",
	431: "Request Header Fields Too Large", 501: "Not Implemented", 502: "Bad Gateway", 505: "HTTP Version Not Supported"}

func (r *request) all(name string) (values []string) {
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return
}

func (r *request) get(name string) string { return strings.Join(r.all(name), ", ") }

// list gives the members of a comma-separated field, in lower case and without white space.
func (r *request) list(name string) (members []string) {
	for _, m := range strings.Split(strings.ToLower(r.get(name)), ",") {
		if m = strings.Trim(m, " \t"); m != "" {
			members = append(members, m)
		}
	}
	return
}

func (r *request) lists(name, member string) bool {
	for _, m := range r.list(name) {
		if m == member {
			return true
		}
	}
	return false
}

func (r *request) say(en, zh string) string {
	if r.lang == "zh-cn" {
		return zh
	}
	return en
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return bytes.TrimSpace(b.Bytes())
}

type serviceError struct {
	Code string `json:"error_code"`
	Msg  string `json:"error_msg"`
}

type gatewayError struct {
	Code string `json:"error_code"`
	Msg  string `json:"error_msg"`
	ID   string `json:"request_id"`
}

// refusal is an answer of the gateway.
func refusal(r *request, status int, code, en, zh string, fields ...field) *answer {
	id := r.id
	// request-id-spelled-differently: the body has the hyphens of a UUID, the header has not.
	if is("request-id-spelled-differently") {
		id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	}
	if is("other-order") {
		en = "Request refused by the gateway (" + strings.TrimSuffix(en, ".") + ")"
	}
	a := &answer{status: status, ctype: "application/json", fields: fields, body: encode(gatewayError{code, r.say(en, zh), id})}
	// html-for-browsers: who prefers HTML gets an error page.
	if is("html-for-browsers") && strings.HasPrefix(r.get("Accept"), "text/html") {
		a.ctype = "text/html"
		a.body = []byte("<html><body><h1>" + reasons[status] + "</h1><p>" + code + "</p></body></html>")
	}
	return a
}

// malformed is a 400 of the gateway; its code has the 12 characters that the document demands of a 400.
func malformed(r *request, why string) *answer {
	return &answer{status: 400, ctype: "application/json", body: encode(gatewayError{"DRS.10000001", r.say(why, "请求格式错误。"), r.id})}
}

// refused is a 400 of the service.
func refused(r *request, en, zh string) *answer {
	return &answer{status: 400, ctype: "application/json", body: encode(serviceError{"DRS.10000001", r.say(en, zh)})}
}

func notPublished(r *request) *answer {
	// service-404-shows-through: below /v5/ the service's own error comes out, with its own code and without request_id.
	if is("service-404-shows-through") && strings.HasPrefix(r.path, "/v5/") {
		return &answer{status: 404, ctype: "application/json", body: encode(serviceError{"DRS.10000404", "Not found."})}
	}
	return refusal(r, 404, "APIGW.0101", "The API does not exist or has not been published in the environment.", "API不存在或未发布到环境。")
}

// ---------------------------------------------------------------- reading

var errTooLong = errors.New("line too long")

func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > headLimit {
			return "", errTooLong
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return "", err
		}
		return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
	}
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// readHead reads up to the empty line. An answer means that the message is faulty and the connection must end.
func readHead(in *bufio.Reader, id string) (*request, *answer, error) {
	r := &request{id: id, minor: 1, lang: "en-us"}
	line, err := "", error(nil)
	for i := 0; line == "" && err == nil && i < 5; i++ {
		line, err = readLine(in)
	}
	if err == errTooLong {
		return r, refusal(r, 414, "APIGW.0201", "The request URI is too long.", "请求URI过长。"), nil
	}
	if err != nil {
		return r, nil, err
	}
	part := strings.Split(line, " ")
	if len(part) != 3 || !isToken(part[0]) || len(part[2]) != 8 || !strings.HasPrefix(part[2], "HTTP/") || part[2][6] != '.' {
		return r, malformed(r, "Malformed request line."), nil
	}
	r.method, r.target = part[0], part[1]
	major, minor := part[2][5], part[2][7]
	if major != '1' || minor < '0' || minor > '9' {
		return r, refusal(r, 505, "APIGW.0201", "HTTP/1.1 only.", "仅支持HTTP/1.1。"), nil
	}
	if minor == '0' {
		r.minor = 0
	}
	for size := 0; ; {
		line, err = readLine(in)
		if size += len(line); err == errTooLong || size > headLimit {
			return r, refusal(r, 431, "APIGW.0201", "The header fields are too large.", "请求头过大。"), nil
		}
		if err != nil {
			return r, nil, err
		}
		if line == "" {
			break
		}
		// long-field-hang-up: a line does not fit into the buffer of 4 KB, and the error ends the connection.
		if is("long-field-hang-up") && len(line) > 4096 {
			return r, nil, errTooLong
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !isToken(name) || strings.ContainsAny(value, "\x00\r") {
			return r, malformed(r, "Malformed header field."), nil
		}
		white := " \t"
		// tab-not-trimmed: only spaces count as optional white space.
		if is("tab-not-trimmed") {
			white = " "
		}
		value = strings.Trim(value, white)
		// empty-field-refused: a field without a value is taken for a syntax error.
		if is("empty-field-refused") && value == "" {
			return r, malformed(r, "Malformed header field."), nil
		}
		r.fields = append(r.fields, field{name, value})
	}
	if strings.EqualFold(r.get("X-Language"), "zh-cn") {
		r.lang = "zh-cn"
	}
	return r, framing(r), nil
}

// framing finds the length of the body and checks what the syntax of a message demands.
func framing(r *request) *answer {
	hosts := r.all("Host")
	if len(hosts) > 1 || len(hosts) == 0 && r.minor > 0 || strings.ContainsAny(r.get("Host"), " \t/@?#,") {
		return malformed(r, "Exactly one valid Host is needed.")
	}
	for _, c := range []byte(r.target) {
		if c <= ' ' || c > '~' || c == '#' {
			return malformed(r, "Malformed request target.")
		}
	}
	lengths, coding := r.all("Content-Length"), r.all("Transfer-Encoding")
	if len(coding) > 0 {
		if r.minor == 0 || len(lengths) > 0 {
			return malformed(r, "Ambiguous length.")
		}
		codings := r.list("Transfer-Encoding")
		// chunked-in-capitals-unknown: the name of the coding is compared octet by octet.
		if is("chunked-in-capitals-unknown") {
			codings = coding
		} else if len(codings) == 0 || codings[len(codings)-1] != "chunked" {
			return malformed(r, "The last transfer coding must be chunked.")
		}
		if len(codings) != 1 || codings[0] != "chunked" {
			return refusal(r, 501, "APIGW.0201", "Unknown transfer coding.", "不支持的传输编码。")
		}
		r.length = -1
		return nil
	}
	for _, l := range lengths {
		if strings.Trim(l, "0123456789") != "" || l == "" || l != lengths[0] {
			return malformed(r, "Malformed Content-Length.")
		}
		n, err := strconv.ParseInt(l, 10, 64)
		if err != nil {
			n = 1 << 62
		}
		r.length = n
	}
	return nil
}

// readBody reads the body away; nobody needs it.
func readBody(in *bufio.Reader, r *request) (*answer, error) {
	if r.length >= 0 {
		_, err := io.CopyN(io.Discard, in, r.length)
		return nil, err
	}
	for total := int64(0); ; {
		line, err := readLine(in)
		if err != nil {
			return nil, err
		}
		size, extension, extended := strings.Cut(line, ";")
		_ = extension
		n, err := strconv.ParseInt(strings.TrimRight(size, " \t"), 16, 64)
		// chunk-extension-refused: the whole line must be the size.
		if err != nil || n < 0 || strings.HasPrefix(size, "+") || is("chunk-extension-refused") && extended {
			return malformed(r, "Malformed chunk."), nil
		}
		if total += n; total > bodyLimit {
			return tooLarge(r), nil
		}
		if n == 0 {
			break
		}
		if _, err = io.CopyN(io.Discard, in, n); err != nil {
			return nil, err
		}
		if line, err = readLine(in); err != nil {
			return nil, err
		} else if line != "" {
			return malformed(r, "Malformed chunk."), nil
		}
	}
	// trailers-left-in-pipe: whoever wrote this did not know of trailer fields.
	if is("trailers-left-in-pipe") {
		if next, err := in.Peek(2); err != nil || string(next) != "\r\n" {
			return nil, err
		}
	}
	for size := 0; size < headLimit; {
		line, err := readLine(in)
		if err != nil || line == "" {
			return nil, err
		}
		size += len(line)
	}
	return malformed(r, "The trailer fields are too large."), nil
}

func tooLarge(r *request) *answer {
	return refusal(r, 413, "APIGW.0201", "The request body is too large.", "请求体过大。")
}

// ---------------------------------------------------------------- the gateway

func decode(s string) (string, bool) {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+3 > len(s) {
			return "", false
		}
		b, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", false
		}
		out = append(out, b[0])
		i += 2
	}
	return string(out), true
}

// route finds out whether the path is that of the operation.
func route(r *request) (known bool, bad *answer) {
	target := r.target
	for _, scheme := range []string{"http://", "https://"} {
		if len(target) >= len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
			target = target[len(scheme):]
			end := strings.IndexAny(target, "/?")
			if end < 0 {
				end = len(target)
			}
			if target = target[end:]; !strings.HasPrefix(target, "/") {
				target = "/" + target
			}
			break
		}
	}
	r.path, r.query, _ = strings.Cut(target, "?")
	if r.path != "*" && r.method != "CONNECT" && !strings.HasPrefix(r.path, "/") {
		return false, malformed(r, "Malformed request target.")
	}
	raw := strings.Split(r.path, "/")
	segments := make([]string, len(raw))
	for i, s := range raw {
		var ok bool
		if segments[i], ok = decode(s); !ok {
			return false, malformed(r, "Malformed request target.")
		}
		// decodes-twice: the front decodes the path, and so does the router behind it.
		if is("decodes-twice") {
			if again, ok := decode(segments[i]); ok {
				segments[i] = again
			}
		}
	}
	// prefix-route: the route is the beginning of a path, as with `location` or Handle("/").
	if is("prefix-route") && len(segments) >= 6 && strings.HasPrefix(segments[5], "commit") {
		segments = append(segments[:5:5], "commit")
	}
	if len(segments) != 6 || segments[1] != "v5" || segments[3] != "batch-async-jobs" || segments[5] != "commit" ||
		segments[2] == "" || segments[4] == "" {
		return false, nil
	}
	r.project, r.batch = segments[2], segments[4]
	// id-not-decoded: the ID of the batch is cut out of the raw path.
	if is("id-not-decoded") {
		r.batch = raw[4]
	}
	return true, nil
}

func unauthenticated(r *request, code, en, zh string) *answer {
	a := refusal(r, 401, code, en, zh, field{"WWW-Authenticate", `Token realm="IAM"`})
	a.id = r.id
	mu.Lock()
	remembered[r.path] = a
	mu.Unlock()
	return a
}

// rightsOf gives the project of the request's token, or the answer to a bad one.
func rightsOf(c *connection, r *request) (string, *answer) {
	tokens := r.all("X-Auth-Token")
	if len(tokens) == 0 || tokens[0] == "" {
		// auth-sticks-to-connection: who has shown a token once on a connection need not do so again.
		if is("auth-sticks-to-connection") && c.project != "" {
			return c.project, nil
		}
		return "", unauthenticated(r, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息不正确：未找到x-auth-token")
	}
	switch {
	case len(tokens) > 1:
	case tokens[0] == account.Token:
		c.project = account.ProjectID
		return c.project, nil
	case tokens[0] == account.Other.Token:
		c.project = account.Other.ProjectID
		return c.project, nil
	case tokens[0] == account.ExpiredToken:
		return "", unauthenticated(r, "APIGW.0307", "The token must be updated.", "Token需要更新。")
	}
	return "", unauthenticated(r, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", "IAM认证信息不正确：Token解析失败")
}

// front is everything before the service: nil lets the request pass.
func front(c *connection, r *request) *answer {
	limit := uriLimit
	// uri-limit-2k: the limit of an old browser.
	if is("uri-limit-2k") {
		limit = 2 << 10
	}
	// uri-limit-8k (conforming): the least that RFC 9112 recommends.
	if is("uri-limit-8k") {
		limit = 8000
	}
	if len(r.target) > limit {
		return refusal(r, 414, "APIGW.0201", "The request URI is too long.", "请求URI过长。")
	}
	known, bad := route(r)
	if bad != nil {
		return bad
	}
	owner, late := "", (*answer)(nil)
	// other-order (conforming): the token comes first, then the path.
	if is("other-order") {
		if owner, late = rightsOf(c, r); late != nil {
			return late
		}
	}
	if !known {
		return notPublished(r)
	}
	if r.method != "POST" {
		// other-order (conforming): a route is a method and a path, and any other pair is unknown.
		if is("other-order") {
			return notPublished(r)
		}
		// options-204-with-length: a preflight handler that sets the length of nothing.
		if is("options-204-with-length") && r.method == "OPTIONS" {
			return &answer{status: 204, fields: []field{{"Allow", "POST"}, {"Content-Length", "0"}}}
		}
		return refusal(r, 405, "APIGW.0101", "The API does not exist with this method.", "API不支持该方法。", field{"Allow", "POST"})
	}
	mu.Lock()
	if now := time.Now().Unix(); now != second {
		second, calls = now, 0
	}
	calls++
	throttled := calls > 200 || is("throttles-at-20") && calls > 20 // throttles-at-20 (conforming): another setting.
	seen := remembered[r.path]
	delete(remembered, r.path)
	mu.Unlock()
	if throttled {
		return refusal(r, 429, "APIGW.0308", "The throttling threshold has been reached.", "已达到流控阈值。", field{"Retry-After", "1"})
	}
	// refusal-remembered: a cache before the gateway keeps a 401 for the next request to the path.
	if is("refusal-remembered") && seen != nil {
		return seen
	}
	if !is("other-order") {
		if owner, late = rightsOf(c, r); late != nil {
			return late
		}
	}
	// unknown-project-404: the project is looked up before the rights in it.
	if is("unknown-project-404") && r.project != account.ProjectID && r.project != account.Other.ProjectID {
		return notPublished(r)
	}
	media, _, _ := strings.Cut(r.get("Content-Type"), ";")
	wrong := len(r.all("Content-Type")) != 1 || !strings.EqualFold(strings.TrimRight(media, " \t"), "application/json")
	if owner != r.project && !(wrong && is("other-order")) {
		return refusal(r, 403, "APIGW.0302", "The IAM user is not authorized to access the API.", "IAM用户无权访问该API。")
	}
	if wrong {
		return refusal(r, 415, "APIGW.0201", "The Content-Type must be application/json.", "Content-Type必须为application/json。")
	}
	// length-required: a POST must say its length, even that of no body.
	if is("length-required") && len(r.all("Content-Length")) == 0 && r.length == 0 {
		return refusal(r, 411, "APIGW.0201", "The length is required.", "缺少Content-Length。")
	}
	// accept-wildcard-406: looks for the full name or the star of all, and not for application/*.
	if accept := r.get("Accept"); is("accept-wildcard-406") && accept != "" &&
		!strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
		return refusal(r, 406, "APIGW.0201", "Only application/json can be delivered.", "仅支持application/json。")
	}
	return nil
}

// ---------------------------------------------------------------- the service

type job struct {
	ID     string `json:"async_job_id"`
	Status string `json:"status,omitempty"`
	Msg    string `json:"msg,omitempty"`
}

func service(r *request) *answer {
	mu.Lock()
	defer mu.Unlock()
	batches := account.Batches
	if r.project == account.Other.ProjectID {
		batches = account.Other.Batches
	}
	// batches-of-all-projects: the ID is the key, and nobody asks whose batch it is.
	if _, ok := batches[r.batch]; is("batches-of-all-projects") && !ok {
		batches = account.Other.Batches
	}
	switch state := batches[r.batch]; {
	case state == "ready":
		batches[r.batch] = "committed"
	case state == "validating":
		return refused(r, "The parameters of the batch are still being checked.", "批次参数正在校验中。")
	case state == "failed":
		return refused(r, "The check of the batch failed.", "批次参数校验失败。")
	case state == "committed" && is("second-commit-200"): // second-commit-200 (conforming): the document does not say.
	case state == "committed":
		return refused(r, "The batch was already submitted.", "批次已经提交过。")
	default:
		return refused(r, "The batch does not exist.", "批次不存在。")
	}
	lang := r.lang
	// language-sticks: the language is a variable of the process, set when a request names one.
	if len(r.all("X-Language")) > 0 {
		lastLang = lang
	} else if is("language-sticks") {
		lang = lastLang
	}
	msg := "The batch was submitted."
	if lang == "zh-cn" {
		msg = "批次已提交。"
	}
	a := &answer{status: 200, ctype: "application/json", commit: true}
	a.body = encode(map[string]job{"job": {r.batch, "COMMIT_SUCCESS", msg}})
	switch behaviour {
	case "bom-for-charset": // a client that names a charset gets a byte order mark.
		if strings.Contains(strings.ToLower(r.get("Content-Type")), "charset") {
			a.body = append([]byte("\xef\xbb\xbf"), a.body...)
		}
	case "gbk-in-chinese": // the Chinese texts come from a file in GBK.
		a.body = bytes.ReplaceAll(a.body, []byte("批次已提交。"), []byte("\xc5\xfa\xb4\xce\xd2\xd1\xcc\xe1\xbd\xbb\xa1\xa3"))
	case "status-twice": // the wrapper adds a status, and the object has one already.
		a.body = bytes.Replace(a.body, []byte(`"msg"`), []byte(`"status":"COMMIT_SUCCESS","msg"`), 1)
	case "nan-progress": // a share of 0 of 0 tasks, written by a lenient serializer.
		a.body = bytes.Replace(a.body, []byte(`"msg"`), []byte(`"progress":NaN,"msg"`), 1)
	case "accept-echoed": // the type that the client asked for is put on whatever is sent.
		first, _, _ := strings.Cut(strings.Split(r.get("Accept"), ",")[0], ";")
		if first = strings.Trim(first, " \t"); first != "" && !strings.Contains(first, "*") {
			a.ctype = first
		}
	case "last-modified-ahead": // the clock of Beijing, labelled GMT.
		a.fields = append(a.fields, field{"Last-Modified", time.Now().UTC().Add(8 * time.Hour).Format(imfDate)})
	case "prefer-minimal-204": // who prefers little gets nothing.
		if r.lists("Prefer", "return=minimal") {
			return &answer{status: 204, commit: true, fields: []field{{"Preference-Applied", "return=minimal"}}}
		}
	case "range-on-post": // a filter that serves ranges of every 200.
		var from, to int
		if n, _ := fmt.Sscanf(r.get("Range"), "bytes=%d-%d", &from, &to); n == 2 && from <= to && from < len(a.body) {
			to = min(to, len(a.body)-1)
			a.status, a.fields = 206, append(a.fields, field{"Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(a.body))})
			a.body = a.body[from : to+1]
		}
	case "published-answer": // conforming: the answer of the page, laid out as a human would.
		a.ctype = "application/json;charset=UTF-8"
		a.body = []byte("{\r\n  \"job\" : {\r\n    \"async_job_id\" : \"ac64275d-ae2a-4597-9bb5-a021af3f33e9\"\r\n  }\r\n}\r\n")
	case "escaped-json": // conforming: every character escaped, other order, further members.
		esc := func(s string) (out string) {
			for _, c := range s {
				out += fmt.Sprintf("\\u%04X", c)
			}
			return `"` + out + `"`
		}
		a.body = []byte(fmt.Sprintf("\t{%s:[],\"job\":{\"tasks\":null,%s:%s,\"\":{\"\\/\":-0.0e-1},%s:%s,%s:%s},\"job_\":1E3}\n\n", esc("jobs"),
			esc("msg"), esc(msg), esc("status"), esc("COMMIT_SUCCESS"), esc("async_job_id"), esc(r.batch)))
	}
	if is("gzip-despite-q0") || is("gzip-when-asked") {
		a.fields = append(a.fields, field{"Vary", "Accept-Encoding"})
	}
	// gzip-despite-q0: looks for the word alone; gzip-when-asked (conforming): reads the weights.
	if is("gzip-despite-q0") && strings.Contains(r.get("Accept-Encoding"), "gzip") || is("gzip-when-asked") && wantsGzip(r) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(a.body)
		_ = z.Close()
		a.body = b.Bytes()
		a.fields = append(a.fields, field{"Content-Encoding", "gzip"})
	}
	return a
}

func wantsGzip(r *request) bool {
	weight := map[string]float64{}
	for _, m := range r.list("Accept-Encoding") {
		name, rest, _ := strings.Cut(m, ";")
		q := 1.0
		if _, v, ok := strings.Cut(rest, "q="); ok {
			q, _ = strconv.ParseFloat(strings.TrimSpace(v), 64)
		}
		weight[strings.TrimSpace(name)] = q
	}
	if q, ok := weight["gzip"]; ok {
		return q > 0
	}
	return weight["x-gzip"] > 0 || weight["*"] > 0
}

// ---------------------------------------------------------------- connections

type connection struct {
	net.Conn
	project string // of the last good token, for auth-sticks-to-connection
	last    []byte // the body sent last, for stale-tail
	id      string // for request-id-per-connection
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// closing says whether the client wants this answer to be the last.
func closing(r *request) bool {
	// close-in-a-list-missed: the field is taken for a word, not for a list.
	if is("close-in-a-list-missed") && r.minor > 0 {
		return strings.EqualFold(r.get("Connection"), "close")
	}
	return r.lists("Connection", "close") || r.minor == 0 && !r.lists("Connection", "keep-alive")
}

func serve(c *connection) {
	defer c.Close()
	in := bufio.NewReaderSize(c, 64<<10)
	for n := 1; ; n++ {
		// hangs-up-after-five: the connection has served its number of requests, and the fifth answer did not say so.
		if is("hangs-up-after-five") && n > 5 {
			return
		}
		id := newID()
		// request-id-per-connection: the ID is made where the connection is.
		if is("request-id-per-connection") {
			id = c.id
		}
		r, a, err := readHead(in, id)
		if err != nil {
			return
		}
		last := true
		if a == nil {
			last = closing(r) || is("closes-always")
			a = front(c, r)
			limit := int64(bodyLimit)
			// body-limit-1m: the default of a well-known proxy.
			if is("body-limit-1m") {
				limit = 1 << 20
			}
			expects := r.minor > 0 && r.lists("Expect", "100-continue")
			// expect-in-capitals-ignored: the expectation is compared octet by octet.
			if is("expect-in-capitals-ignored") {
				expects = expects && r.get("Expect") == "100-continue"
			}
			switch {
			case r.length > limit:
				a, last = tooLarge(r), true
			case r.length == 0:
			case a != nil && expects:
				last = true // the answer comes instead of the body
			case a != nil && is("refused-body-left"): // refused-body-left: nobody reads the body of a refused request.
			default:
				if expects {
					_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
				}
				bad, err := readBody(in, r)
				if err != nil {
					return
				}
				if bad != nil {
					a, last = bad, true
				}
			}
		}
		if a == nil {
			a = service(r)
		}
		if send(c, r, a, last) != nil {
			return
		}
		if last {
			// Read on for a moment, so that a reset does not destroy the answer.
			if t, ok := c.Conn.(*net.TCPConn); ok {
				_ = t.CloseWrite()
			}
			_ = c.SetReadDeadline(time.Now().Add(time.Second))
			_, _ = io.CopyN(io.Discard, in, 1<<24)
			return
		}
		// pipelined-request-lost: a new reader for each request; what was read too much is gone.
		if is("pipelined-request-lost") {
			in.Reset(c)
		}
	}
}

func send(c *connection, r *request, a *answer, last bool) error {
	body := a.body
	// stale-tail: the buffer of the connection is overwritten, and not cut to the new length.
	if is("stale-tail") && a.commit && len(c.last) > len(body) {
		body = append(append([]byte{}, body...), c.last[len(body):]...)
	}
	c.last = body
	framed, length := "length", len(body)
	// length-in-characters: the length of the string, not of its octets.
	if is("length-in-characters") && a.commit {
		length = utf8.RuneCount(body)
	}
	// chunked-to-http10: a successful answer is streamed, whoever asked.
	if is("chunked-to-http10") && a.commit || is("tiny-chunks") && r.minor > 0 {
		framed = "chunked"
	}
	if is("closes-always") {
		framed = "close"
	}
	date := time.Now().UTC().Format(imfDate)
	h := []field{{"Date", date}, {"Server", "api-gateway"}}
	// date-twice: the service says the date, and so does the proxy.
	if is("date-twice") {
		h = append(h, field{"Date", date})
	}
	if a.ctype != "" {
		h = append(h, field{"Content-Type", a.ctype})
	}
	if !(is("published-answer") && a.commit) {
		h = append(h, field{"X-Request-Id", cmp.Or(a.id, r.id)})
	}
	h = append(h, a.fields...)
	if a.status == 204 {
		framed = "nothing"
	}
	switch framed {
	case "length":
		h = append(h, field{"Content-Length", strconv.Itoa(length)})
	case "chunked":
		h = append(h, field{"Transfer-Encoding", "chunked"})
	}
	if last {
		h = append(h, field{"Connection", "close"})
	} else if r.minor == 0 || is("adds-much") {
		h = append(h, field{"Connection", "keep-alive"})
	}
	// adds-much (conforming): what a chain of proxies may add.
	if is("adds-much") {
		if !last {
			h = append(h, field{"Keep-Alive", "timeout=60, max=1000"})
		}
		h = append(h, field{"Via", "1.1 gw-7 (api), 1.1 edge"}, field{"Cache-Control", "no-store, private"}, field{"Set-Cookie", "lb=7; Path=/; HttpOnly"},
			field{"Set-Cookie", "zone=b; Expires=Wed, 09 Jun 2032 10:18:14 GMT"}, field{"Vary", "X-Language"}, field{"Vary", "Origin"},
			field{"Content-Language", r.say("en-US", "zh-CN")}, field{"X-Empty", ""},
			field{"Server-Timing", `app;dur=3.2;desc="a, b"`}, field{"Access-Control-Allow-Origin", "*"}, field{"X-Content-Type-Options", "nosniff"})
	}
	space, reason, colon := " ", reasons[a.status], ": "
	// status-line-without-space: no reason phrase, and no space before it either.
	if is("status-line-without-space") {
		space, reason = "", ""
	}
	// odd-spelling (conforming): small names in reverse order, other white space, no reason phrase.
	if is("odd-spelling") {
		reason, colon = "", ":"
		for i, j := 0, len(h)-1; i < j; i, j = i+1, j-1 {
			h[i], h[j] = h[j], h[i]
		}
		for i := range h {
			h[i].name = strings.ToLower(h[i].name)
			h[i].value = []string{"", "\t ", " "}[i%3] + h[i].value + []string{" ", "", "\t"}[i%3]
		}
	}
	var out bytes.Buffer
	// early-hints (conforming): interim answers before each final one.
	if is("early-hints") && r.minor > 0 {
		out.WriteString("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </doc>; rel=preload\r\n\r\n")
	}
	fmt.Fprintf(&out, "HTTP/1.1 %d%s%s\r\n", a.status, space, reason)
	for _, f := range h {
		out.WriteString(f.name + colon + f.value + "\r\n")
	}
	out.WriteString("\r\n")
	if r.method == "HEAD" || framed == "nothing" {
		body = nil
	} else if framed == "chunked" {
		step, size := len(body), "%x\r\n"
		if is("tiny-chunks") {
			step, size = 7, "%04X;part=\"a;b\"\r\n"
		}
		for ; len(body) > 0; body = body[min(step, len(body)):] {
			part := body[:min(step, len(body))]
			fmt.Fprintf(&out, size, len(part))
			out.Write(part)
			out.WriteString("\r\n")
		}
		out.WriteString("0\r\n\r\n")
	}
	out.Write(body)
	_, err := c.Write(out.Bytes())
	return err
}

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1")
	file := flag.String("account", "", "account file")
	flag.StringVar(&behaviour, "behaviour", "none", "see behaviours.toml")
	flag.Parse()
	text, err := os.ReadFile(*file)
	if err == nil {
		err = json.Unmarshal(text, &account)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		go serve(&connection{Conn: conn, id: newID()})
	}
}
