// One server for "commit an asynchronous batch job" (Huawei Cloud DRS), with its own reading and writing of HTTP/1.x.
// The behaviour "none" keeps the documentation; each other behaviour is "none" with the difference marked by is(…).
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
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	maxURI    = 32 << 10
	maxHeader = 256 << 10
	maxBody   = 12 << 20
)

var behaviour string

func is(name string) bool { return behaviour == name }

// ---------------------------------------------------------------- account

type project struct {
	ID      string            `json:"project_id"`
	Token   string            `json:"token"`
	Expired string            `json:"expired_token"`
	Batches map[string]string `json:"batches"`
}

var (
	mu       sync.Mutex // guards everything below and the states of the batches
	projects []*project
	failures = map[string]int{}  // 401 in a row by address, for five-failures-lock-caller
	granted  = map[string]bool{} // for rights-cached-by-project
	current  string              // for caller-in-a-global
)

func projectByID(id string) *project {
	for _, p := range projects {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// ---------------------------------------------------------------- messages

type text struct{ en, zh string }

var (
	tSubmitted   = text{"The batch was submitted.", "批次已提交。"}
	tUnknown     = text{"The batch does not exist.", "批次不存在。"}
	tValidating  = text{"The parameters of the batch are still being checked.", "批次参数正在校验。"}
	tFailed      = text{"The check of the batch reported errors.", "批次参数校验失败。"}
	tCommitted   = text{"The batch has already been submitted.", "批次已经提交过。"}
	tMalformed   = text{"The request is malformed.", "请求格式错误。"}
	tLanguage    = text{"The language is not supported.", "不支持该语言。"}
	tNoToken     = text{"Incorrect IAM authentication information: x-auth-token not found", "IAM认证信息错误：未找到x-auth-token"}
	tBadToken    = text{"Incorrect IAM authentication information: decrypt token fail", "IAM认证信息错误：token解密失败"}
	tExpired     = text{"The token must be updated.", "token需要更新。"}
	tForbidden   = text{"The IAM user is not authorized to access the API.", "IAM用户无权访问该API。"}
	tNoAPI       = text{"The API does not exist or has not been published in the environment.", "API不存在或未发布到该环境。"}
	tTooLarge    = text{"The request body is too large.", "请求体过大。"}
	tURITooLong  = text{"The request URI is too long.", "请求URI过长。"}
	tHeaderLarge = text{"The request header is too large.", "请求头过大。"}
	tMediaType   = text{"The Content-Type must be application/json.", "Content-Type必须为application/json。"}
	tCoding      = text{"The transfer coding is not supported.", "不支持该传输编码。"}
	tVersion     = text{"The HTTP version is not supported.", "不支持该HTTP版本。"}
	tExpect      = text{"The expectation cannot be met.", "无法满足Expect。"}
)

func (t text) in(lang string) string {
	if lang == "zh-cn" {
		return t.zh
	}
	return t.en
}

// ---------------------------------------------------------------- requests

type field struct{ name, value, raw string }

type request struct {
	method, target, path string
	minor                int
	fields               []field
	chunked              bool
	length               int64
	body                 []byte
	lang                 string
	id                   string
	project, batch       string // of the path
	caller               *project
}

func (r *request) values(name string) (out []string) {
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			out = append(out, f.value)
		}
	}
	return
}

func (r *request) list(name string) (out []string) {
	for _, v := range r.values(name) {
		for _, e := range strings.Split(v, ",") {
			if e = strings.Trim(e, " \t"); e != "" {
				out = append(out, e)
			}
		}
	}
	return
}

func (r *request) has(name, element string) bool {
	for _, e := range r.list(name) {
		if strings.EqualFold(e, element) {
			return true
		}
	}
	return false
}

type answer struct {
	status  int
	fields  [][2]string
	body    []byte
	close   bool
	chunked bool
}

func (a *answer) add(name, value string) { a.fields = append(a.fields, [2]string{name, value}) }
func (a *answer) Error() string          { return strconv.Itoa(a.status) }

func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n")
}

func gateway(r *request, status int, code string, t text) *answer {
	msg := t.in(r.lang)
	a := &answer{status: status}
	// conforming: members in another order, more members, white space, other wording
	if is("other-challenges-and-wording") && (status == 401 || status == 403) {
		a.body = []byte(fmt.Sprintf("{\r\n\t\"request_id\" : %s,\r\n\t\"details\": [null, {\"iam\": true}],\r\n\t\"error_msg\": %s,\r\n\t\"error_code\": %s\r\n}\r\n",
			marshal(r.id), marshal(msg+" (IAM)"), marshal(code)))
		return a
	}
	a.body = marshal(struct {
		Code string `json:"error_code"`
		Msg  string `json:"error_msg"`
		ID   string `json:"request_id"`
	}{code, msg, r.id})
	return a
}

func refused(r *request, t text) *answer {
	return &answer{status: 400, body: marshal(struct {
		Code string `json:"error_code"`
		Msg  string `json:"error_msg"`
	}{"DRS.10000001", t.in(r.lang)})}
}

func malformed(r *request) *answer {
	a := refused(r, tMalformed)
	a.close = true
	return a
}

func closing(a *answer) *answer { a.close = true; return a }

// ---------------------------------------------------------------- reading

var errLong = errors.New("line too long")

func readLine(br *bufio.Reader, limit int) (string, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return string(line), errLong
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return "", err
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
	}
}

var (
	reToken   = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	reVersion = regexp.MustCompile(`^HTTP/([0-9])\.([0-9])$`)
	reHost    = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(:[0-9]*)?$`)
	reDigits  = regexp.MustCompile(`^[0-9]{1,18}$`)
	reHex     = regexp.MustCompile(`^[0-9A-Fa-f]{1,15}$`)
	reScheme  = regexp.MustCompile(`(?i)^https?://([^/?#]+)`)
	reTriplet = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
)

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func newRequest() *request { return &request{minor: 1, lang: "en-us", id: newID()} }

// readHead reads request line and header section; an *answer as error is to be sent.
func readHead(br *bufio.Reader) (*request, error) {
	r := newRequest()
	line, err := readLine(br, maxURI+1024)
	for n := 0; err == nil && line == "" && n < 4; n++ {
		line, err = readLine(br, maxURI+1024)
	}
	if err == errLong {
		return r, closing(gateway(r, 414, "APIGW.0201", tURITooLong))
	}
	if err != nil {
		return nil, err
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !reToken.MatchString(parts[0]) {
		return r, malformed(r)
	}
	v := reVersion.FindStringSubmatch(parts[2])
	if v == nil {
		return r, malformed(r)
	}
	if v[1] != "1" {
		return r, closing(gateway(r, 505, "APIGW.0201", tVersion))
	}
	r.method, r.target = parts[0], parts[1]
	r.minor, _ = strconv.Atoi(v[2])
	size := 0
	for {
		line, err = readLine(br, maxHeader)
		size += len(line)
		if err == errLong || size > maxHeader {
			return r, closing(gateway(r, 431, "APIGW.0201", tHeaderLarge))
		}
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !reToken.MatchString(name) || strings.ContainsAny(value, "\r\x00") {
			return r, malformed(r)
		}
		f := field{name, strings.Trim(value, " \t"), value}
		// a field without a value is taken for a broken line
		if is("empty-field-value-400") && f.value == "" {
			return r, malformed(r)
		}
		r.fields = append(r.fields, f)
	}
	return r, nil
}

// frame finds where the body ends.
func frame(r *request) *answer {
	te, cl := r.list("Transfer-Encoding"), r.list("Content-Length")
	if len(te) > 0 {
		if r.minor == 0 || len(r.values("Content-Length")) > 0 {
			return malformed(r)
		}
		if len(te) > 1 || !strings.EqualFold(te[0], "chunked") {
			if !strings.EqualFold(te[len(te)-1], "chunked") {
				return malformed(r)
			}
			return closing(gateway(r, 501, "APIGW.0201", tCoding))
		}
		r.chunked = true
		return nil
	}
	if len(r.values("Content-Length")) > 0 && len(cl) == 0 {
		return malformed(r)
	}
	for _, c := range cl {
		if c != cl[0] || !reDigits.MatchString(c) {
			return malformed(r)
		}
		r.length, _ = strconv.ParseInt(c, 10, 64)
	}
	return nil
}

func readBody(br *bufio.Reader, r *request) error {
	limit := int64(maxBody)
	// a gateway with a body limit of 64 KB
	if is("body-over-64k-413") {
		limit = 64 << 10
	}
	tooLarge := closing(gateway(r, 413, "APIGW.0201", tTooLarge))
	if !r.chunked {
		if r.length > limit {
			return tooLarge
		}
		r.body = make([]byte, r.length)
		_, err := io.ReadFull(br, r.body)
		return err
	}
	for {
		line, err := readLine(br, 16<<10)
		if err == errLong {
			return malformed(r)
		}
		if err != nil {
			return err
		}
		size, ext, extended := strings.Cut(line, ";")
		size = strings.TrimRight(size, " \t")
		// chunk extensions are not understood
		if is("chunk-extension-400") && extended {
			return malformed(r)
		}
		if strings.ContainsAny(ext, "\r\x00") || !reHex.MatchString(size) {
			return malformed(r)
		}
		n, _ := strconv.ParseInt(size, 16, 64)
		if n == 0 {
			break
		}
		if int64(len(r.body))+n > limit {
			return tooLarge
		}
		chunk := make([]byte, n)
		if _, err = io.ReadFull(br, chunk); err != nil {
			return err
		}
		r.body = append(r.body, chunk...)
		if line, err = readLine(br, 16); err != nil || line != "" {
			return malformed(r)
		}
	}
	for n := 0; ; n++ { // the trailer section is read and dropped
		line, err := readLine(br, maxHeader)
		if err == errLong || n > 100 {
			return malformed(r)
		}
		if err != nil || line == "" {
			return err
		}
	}
}

// ---------------------------------------------------------------- checks of the gateway

func decode(s string) string {
	return reTriplet.ReplaceAllStringFunc(s, func(t string) string {
		// only capital hexadecimal digits are decoded
		if is("lower-case-triplet-undecoded") && t != strings.ToUpper(t) {
			return t
		}
		b, _ := hex.DecodeString(t[1:])
		return string(b)
	})
}

// route finds the path, and project and batch in it.
func route(r *request) *answer {
	limit := maxURI
	// conforming: the limit that RFC 9112 recommends as the least
	if is("uri-over-8000-414") {
		limit = 8000
	}
	if len(r.target) > limit {
		return closing(gateway(r, 414, "APIGW.0201", tURITooLong))
	}
	for _, c := range []byte(r.target) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}#", c) >= 0 {
			return malformed(r)
		}
	}
	hosts := r.values("Host")
	if len(hosts) > 1 || len(hosts) == 0 && r.minor > 0 || len(hosts) == 1 && !reHost.MatchString(hosts[0]) {
		return malformed(r)
	}
	none := gateway(r, 404, "APIGW.0101", tNoAPI)
	rest := r.target
	if m := reScheme.FindString(rest); m != "" {
		rest = rest[len(m):]
	} else if !strings.HasPrefix(rest, "/") {
		if rest == "*" || r.method == "CONNECT" {
			return none
		}
		return malformed(r)
	}
	r.path, _, _ = strings.Cut(rest, "?")
	// the whole target is split at its slashes, and the query is cut off afterwards
	if is("query-slash-404") {
		i := strings.LastIndex(rest, "/")
		last, _, _ := strings.Cut(rest[i+1:], "?")
		r.path = rest[:i+1] + last
	}
	segments := strings.Split(r.path, "/")
	for i, s := range segments {
		if strings.Count(s, "%") != len(reTriplet.FindAllString(s, -1)) {
			return malformed(r)
		}
		segments[i] = decode(s)
		// decoded by the gateway and decoded again by the service
		if is("path-decoded-twice") {
			segments[i] = decode(segments[i])
		}
	}
	// conforming: dot segments are resolved as RFC 3986 has it
	if is("dot-segments-resolved") {
		out := []string{}
		for _, s := range segments {
			if s == ".." && len(out) > 1 && out[len(out)-1] != "" {
				out = out[:len(out)-1]
			} else if s != "." && s != ".." {
				out = append(out, s)
			}
		}
		if last := segments[len(segments)-1]; last == "." || last == ".." {
			out = append(out, "") // the path ends in a slash
		}
		segments = out
	}
	for _, s := range segments[1:] {
		if s == "" || s == "." || s == ".." {
			return none
		}
	}
	if len(segments) != 6 || segments[0] != "" || segments[1] != "v5" || segments[3] != "batch-async-jobs" || segments[5] != "commit" {
		return none
	}
	r.project, r.batch = segments[2], segments[4]
	// the column holds 36 characters; what is longer is cut
	if is("id-cut-to-36") && len(r.batch) > 36 {
		r.batch = r.batch[:36]
	}
	// the framework's filter for HTML forms lets a header replace the method
	if v := r.values("X-HTTP-Method-Override"); is("method-override-commits") && len(v) > 0 {
		r.method = strings.ToUpper(v[0])
	}
	if r.method != "POST" {
		// conforming: the gateway's page has 404 for an unknown method
		if is("method-unknown-404") {
			return none
		}
		a := gateway(r, 405, "APIGW.0101", tNoAPI)
		a.add("Allow", "POST")
		return a
	}
	return nil
}

func unauthenticated(r *request, code string, t text) *answer {
	a := gateway(r, 401, code, t)
	switch {
	// the handler of expired tokens forgets the challenge
	case is("expired-401-without-challenge") && code == "APIGW.0307":
	// conforming: other challenges, two of them
	case is("other-challenges-and-wording"):
		a.add("WWW-Authenticate", `Keystone uri="https://iam.cn-north-4.myhuaweicloud.com", Bearer realm="drs"`)
	default:
		a.add("WWW-Authenticate", `Token realm="IAM"`)
	}
	return a
}

func token(r *request) (string, bool) {
	var found []string
	for _, f := range r.fields {
		if !strings.EqualFold(f.name, "X-Auth-Token") {
			continue
		}
		// the name is looked up in the two spellings that the developer knew
		if is("token-name-in-capitals") && f.name != "X-Auth-Token" && f.name != "x-auth-token" {
			continue
		}
		// only the white space before the value is taken off
		if is("token-keeps-trailing-space") {
			found = append(found, strings.TrimLeft(f.raw, " \t"))
			continue
		}
		found = append(found, f.value)
	}
	// an Authorization header, of whatever kind, hides the token
	if is("authorization-hides-token") && len(r.values("Authorization")) > 0 {
		return "", false
	}
	// a bearer token is as good as the documented header
	if a := r.values("Authorization"); is("bearer-accepted") && len(found) == 0 && len(a) == 1 && strings.HasPrefix(a[0], "Bearer ") {
		return a[0][7:], true
	}
	if len(found) == 0 || found[0] == "" {
		return "", false
	}
	if len(found) > 1 {
		return "", true
	}
	return found[0], true
}

type connection struct {
	net.Conn
	address string
	caller  *project // for connection-stays-authenticated
	lang    string   // for language-sticks-to-connection
}

func authenticate(c *connection, r *request, sent string, found bool) *answer {
	for _, p := range projects {
		valid := sent == p.Token
		// what follows the token is not compared
		if is("token-suffix-ignored") && strings.HasPrefix(sent, p.Token) {
			valid = true
		}
		if found && p.Token != "" && valid {
			r.caller = p
		}
	}
	// who has once shown a token on this connection need not show another
	if is("connection-stays-authenticated") {
		if r.caller == nil {
			r.caller = c.caller
		}
		c.caller = r.caller
	}
	if r.caller == nil {
		for _, p := range projects {
			if found && p.Expired != "" && sent == p.Expired {
				// rights are checked before the date of the token
				if is("expired-and-foreign-is-403") && p.ID != r.project && r.project != "" {
					return gateway(r, 403, "APIGW.0302", tForbidden)
				}
				return unauthenticated(r, "APIGW.0307", tExpired)
			}
		}
		if !found {
			return unauthenticated(r, "APIGW.0301", tNoToken)
		}
		return unauthenticated(r, "APIGW.0301", tBadToken)
	}
	return nil
}

func authorize(c *connection, r *request) *answer {
	mu.Lock()
	defer mu.Unlock()
	sent, found := token(r)
	// the token of the request that came last, from whichever caller
	if is("caller-in-a-global") {
		sent, found = current, current != ""
	}
	a := authenticate(c, r, sent, found)
	// after five refusals in a row nobody from this address gets in for a minute
	if is("five-failures-lock-caller") {
		if failures[c.address] >= 5 {
			return unauthenticated(r, "APIGW.0301", tBadToken)
		}
		failures[c.address]++
		if a == nil {
			failures[c.address] = 0
		} else if failures[c.address] == 5 {
			time.AfterFunc(time.Minute, func() { mu.Lock(); failures[c.address] = 0; mu.Unlock() })
		}
	}
	if a != nil || r.project == "" {
		return a
	}
	if r.caller.ID != r.project {
		// the project in the path is not compared; the token's project is used
		if is("token-project-decides") {
			return nil
		}
		// rights are remembered by project alone
		if is("rights-cached-by-project") && granted[r.project] {
			r.caller = projectByID(r.project)
			return nil
		}
		// the call goes to the service first, and the refusal comes too late
		if p := projectByID(r.project); is("forbidden-but-committed") && p != nil && p.Batches[r.batch] == "ready" {
			p.Batches[r.batch] = "committed"
		}
		return gateway(r, 403, "APIGW.0302", tForbidden)
	}
	granted[r.project] = true
	return nil
}

var reParameter = regexp.MustCompile("^[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([!#$%&'*+.^_`|~0-9A-Za-z-]+|\"(?:[^\"\\\\]|\\\\.)*\"))?")

func mediaType(r *request) *answer {
	bad := gateway(r, 415, "APIGW.0201", tMediaType)
	values := r.values("Content-Type")
	// without content there is nothing whose type could be wrong
	if is("type-checked-only-with-body") && !r.chunked && r.length == 0 {
		return nil
	}
	if len(values) != 1 {
		return bad
	}
	v := values[0]
	// everything that begins with application/json will do
	if is("type-by-prefix") && strings.HasPrefix(v, "application/json") {
		return nil
	}
	// compared with the strings that the developer knew
	if is("charset-without-space-415") && strings.HasPrefix(v, "application/json;c") {
		return bad
	}
	const json = "application/json"
	if len(v) < len(json) || !strings.EqualFold(v[:len(json)], json) {
		return bad
	}
	for rest := v[len(json):]; rest != ""; {
		m := reParameter.FindStringSubmatch(rest)
		if m == nil {
			return bad
		}
		value := strings.ReplaceAll(strings.Trim(m[2], `"`), `\`, "")
		if strings.EqualFold(m[1], "charset") && !strings.EqualFold(value, "utf-8") {
			return bad
		}
		rest = rest[len(m[0]):]
	}
	return nil
}

func language(c *connection, r *request) {
	values := r.values("X-Language")
	// the browser's header decides where X-Language is missing
	if a := r.values("Accept-Language"); is("language-from-accept-language") && len(values) == 0 && len(a) > 0 && strings.HasPrefix(strings.ToLower(a[0]), "zh") {
		r.lang = "zh-cn"
	}
	if len(values) > 0 && strings.EqualFold(values[0], "zh-cn") {
		r.lang = "zh-cn"
	}
	// the language is a property of the session
	if is("language-sticks-to-connection") {
		if len(values) == 0 && c.lang != "" {
			r.lang = c.lang
		}
		c.lang = r.lang
	}
}

// ---------------------------------------------------------------- the service

func commit(r *request) *answer {
	mu.Lock()
	defer mu.Unlock()
	// conforming: the document does not say what another language does
	if v := r.values("X-Language"); is("unknown-language-400") && len(v) > 0 && v[0] != "zh-cn" && v[0] != "en-us" {
		return refused(r, tLanguage)
	}
	p := r.caller
	state := p.Batches[r.batch]
	// batches are found by their ID in the table of all projects
	if is("foreign-batch-by-id") && state == "" {
		for _, o := range projects {
			if o.Batches[r.batch] != "" {
				p, state = o, o.Batches[r.batch]
			}
		}
	}
	// conforming: the document does not say what the second commit answers
	if is("other-id-and-more-members") && state == "committed" {
		state = "ready"
	}
	switch state {
	case "ready":
		p.Batches[r.batch] = "committed"
		return committed(r)
	case "validating":
		return refused(r, tValidating)
	case "failed":
		return refused(r, tFailed)
	case "committed":
		return refused(r, tCommitted)
	}
	return refused(r, tUnknown)
}

func gzipped(b []byte, level int) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, level)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func acceptsGzip(r *request) bool {
	for _, e := range r.list("Accept-Encoding") {
		coding, q, weighted := strings.Cut(strings.ReplaceAll(strings.ToLower(e), " ", ""), ";q=")
		weight, err := strconv.ParseFloat(q, 64)
		if (coding == "gzip" || coding == "x-gzip") && (!weighted || err == nil && weight > 0) {
			return true
		}
	}
	return false
}

func committed(r *request) *answer {
	msg := tSubmitted.in(r.lang)
	a := &answer{status: 200}
	a.body = []byte(fmt.Sprintf(`{"job":{"async_job_id":%s,"status":"COMMIT_SUCCESS","msg":%s}}`, marshal(r.batch), marshal(msg)))
	// no preference of language, no message: null
	if is("msg-null-without-language") && len(r.values("X-Language")) == 0 {
		a.body = []byte(fmt.Sprintf(`{"job":{"async_job_id":%s,"status":"COMMIT_SUCCESS","msg":null}}`, marshal(r.batch)))
	}
	// the message of a logger, with its newline, pasted between quotes
	if is("raw-newline-in-msg") {
		a.body = bytes.Replace(a.body, []byte(msg), []byte(msg+"\n"), 1)
	}
	// Chinese messages come from a table in GBK
	if is("chinese-in-gbk") {
		a.body = bytes.Replace(a.body, []byte(tSubmitted.zh), []byte("\xc5\xfa\xb4\xce\xd2\xd1\xcc\xe1\xbd\xbb\xa1\xa3"), 1)
	}
	// the client prefers a minimal answer, and the framework knows one
	if is("prefer-minimal-204") && r.has("Prefer", "return=minimal") {
		return &answer{status: 204}
	}
	// the framework negotiates XML
	if is("accept-xml-gets-xml") && strings.Contains(strings.Join(r.values("Accept"), ","), "xml") {
		a.body = []byte("<CommitResult><job><async_job_id>" + r.batch + "</async_job_id><status>COMMIT_SUCCESS</status><msg>" + msg + "</msg></job></CommitResult>")
		a.add("Content-Type", "application/xml")
	}
	// "gzip" is searched for in the header, whatever weight it has
	if is("gzip-despite-q-0") && strings.Contains(strings.Join(r.values("Accept-Encoding"), ","), "gzip") {
		a.body = gzipped(a.body, gzip.BestCompression)
		a.add("Content-Encoding", "gzip")
		a.add("Vary", "Accept-Encoding")
	}
	// the length is set before the compressing filter runs
	if is("gzip-with-plain-length") && acceptsGzip(r) {
		a.add("Content-Length", strconv.Itoa(len(a.body)))
		a.body = gzipped(a.body, gzip.NoCompression)
		a.add("Content-Encoding", "gzip")
		a.add("Vary", "Accept-Encoding")
	}
	// conforming: compressed for those who accept it
	if is("gzip-when-accepted") {
		a.add("Vary", "Accept-Encoding, X-Language")
		if acceptsGzip(r) {
			a.body = gzipped(a.body, gzip.BestCompression)
			a.add("Content-Encoding", "gzip")
		}
	}
	// the length of the string is counted in characters
	if is("length-in-characters") {
		a.add("Content-Length", strconv.Itoa(utf8.RuneCount(a.body)))
	}
	// conforming: the one member that is required
	if is("bare-answer") {
		a.body = []byte(`{"job":{"async_job_id":"` + r.batch + `"}}`)
	}
	// conforming: small chunks with extensions (not to HTTP/1.0)
	if is("small-chunks") && r.minor > 0 {
		a.chunked = true
	}
	// chunked to everybody, HTTP/1.0 too
	if is("chunked-to-http10") {
		a.chunked = true
	}
	// conforming: another ID, as in the published example, more members, escapes, white space
	if is("other-id-and-more-members") {
		escaped := strings.Trim(strconv.QuoteToASCII(msg), `"`)
		a.body = []byte("\n{ \"job\" :\t{ \"tasks\": [1, 2.5e3, null, true, {}], \"msg\": \"" + escaped + "\\u002e\\/\",\n  \"async_job_id\" : \"ac64275d-ae2a-4597-9bb5-a021af3f33e9\", \"status\": \"COMMITTING\" },\n  \"jobs\": [], \"links\": { \"self\": null } }\n")
		a.add("Content-Type", "application/json;charset=UTF-8")
		a.close = true
	}
	return a
}

// ---------------------------------------------------------------- writing

func write(c *connection, r *request, a *answer) error {
	set := map[string]bool{}
	for _, f := range a.fields {
		set[f[0]] = true
	}
	date := time.Now().UTC().Format(http.TimeFormat)
	// Go's own format of RFC 1123, which names the zone
	if is("date-says-utc") && a.status == 200 {
		date = time.Now().UTC().Format(time.RFC1123)
	}
	head := [][2]string{{"Date", date}}
	if !(is("bare-answer") && a.status == 200) {
		head = append(head, [2]string{"Server", "api-gateway"}, [2]string{"X-Request-Id", r.id}, [2]string{"Cache-Control", "no-store"})
	}
	if len(a.body) > 0 {
		if !set["Content-Type"] {
			head = append(head, [2]string{"Content-Type", "application/json"})
		}
		if !is("bare-answer") {
			head = append(head, [2]string{"Content-Language", map[string]string{"en-us": "en-US", "zh-cn": "zh-CN"}[r.lang]})
		}
	}
	head = append(head, a.fields...)
	// conforming: headers that security scanners ask for, and a cookie
	if is("security-headers") {
		for _, f := range []string{"Strict-Transport-Security: max-age=31536000; includeSubDomains", "X-Frame-Options: SAMEORIGIN",
			"X-Content-Type-Options: nosniff", "X-XSS-Protection: 1; mode=block", "Content-Security-Policy: default-src 'none'",
			"Set-Cookie: HWWAFSESID=" + r.id + "; path=/; HttpOnly", "Set-Cookie: HWWAFSESTIME=1; path=/",
			"Access-Control-Allow-Origin: *", "Vary: Origin", "Vary: X-Auth-Token", "X-Empty:", "Via: 1.1 waf (WAF/1.0)"} {
			n, v, _ := strings.Cut(f, ":")
			head = append(head, [2]string{n, strings.TrimSpace(v)})
		}
	}
	// conforming: refusals of the caller are chunked, and the connection ends with them
	if is("refuses-caller-at-once") && (a.status == 401 || a.status == 403) {
		a.close, a.chunked = true, r.minor > 0
	}
	body := a.body
	if a.chunked {
		head = append(head, [2]string{"Transfer-Encoding", "chunked"})
		var b bytes.Buffer
		for i := 0; i < len(body); i += 7 {
			part := body[i:min(i+7, len(body))]
			ext := ""
			if is("small-chunks") {
				ext = fmt.Sprintf(";n=%d;q=\"a;b\"", i)
			}
			fmt.Fprintf(&b, "%02X%s\r\n%s\r\n", len(part), ext, part)
		}
		b.WriteString("0\r\n\r\n")
		body = b.Bytes()
	} else if !set["Content-Length"] && a.status != 204 {
		head = append(head, [2]string{"Content-Length", strconv.Itoa(len(body))})
	}
	if a.close {
		head = append(head, [2]string{"Connection", "close"})
	}
	var out bytes.Buffer
	// conforming: an interim answer to those who know them
	if is("small-chunks") && a.status == 200 && r.minor > 0 {
		out.WriteString("HTTP/1.1 103 Early Hints\r\nX-Trace: drs\r\n\r\n")
	}
	reason := " " + http.StatusText(a.status)
	// no reason phrase, and no space before it either
	if is("no-space-after-status") && a.status == 200 {
		reason = ""
	}
	// conforming: no reason phrase, small letters
	if is("bare-answer") {
		reason = " "
	}
	fmt.Fprintf(&out, "HTTP/1.1 %d%s\r\n", a.status, reason)
	for _, f := range head {
		if is("bare-answer") {
			fmt.Fprintf(&out, "%s:%s\r\n", strings.ToLower(f[0]), f[1])
		} else {
			fmt.Fprintf(&out, "%s: %s\r\n", f[0], f[1])
		}
	}
	out.WriteString("\r\n")
	if r.method != "HEAD" {
		out.Write(body)
	}
	_, err := c.Write(out.Bytes())
	return err
}

// ---------------------------------------------------------------- connections

func decide(c *connection, r *request) *answer {
	language(c, r)
	// conforming: who is not known learns nothing, not even which paths there are
	if is("caller-before-path") {
		missing := route(r)
		if missing != nil && missing.status != 404 && missing.status != 405 {
			return missing
		}
		if a := authorize(c, r); a != nil {
			return a
		}
		if missing != nil {
			return missing
		}
		return mediaType(r)
	}
	if a := route(r); a != nil {
		return a
	}
	if a := authorize(c, r); a != nil {
		return a
	}
	return mediaType(r)
}

func exchange(c *connection, br *bufio.Reader) (*request, *answer) {
	r, err := readHead(br)
	var a *answer
	if errors.As(err, &a) {
		return r, a
	}
	if err != nil {
		return nil, nil
	}
	// the caller is kept where the next request overwrites it
	if is("caller-in-a-global") {
		mu.Lock()
		current, _ = token(r)
		mu.Unlock()
	}
	if a = frame(r); a != nil {
		return r, a
	}
	last := r.minor == 0 || r.has("Connection", "close")
	// the header is compared as a whole, not as a list
	if is("close-in-list-ignored") {
		v := r.values("Connection")
		last = r.minor == 0 || len(v) == 1 && strings.EqualFold(v[0], "close")
	}
	if !is("caller-in-a-global") {
		a = decide(c, r)
	}
	expects := r.minor > 0 && r.has("Expect", "100-continue") && (r.chunked || r.length > 0)
	// the expectation is compared with its case
	if v := r.values("Expect"); is("expect-capitals-417") && len(v) > 0 && v[0] != "100-continue" && a == nil {
		a, expects = closing(gateway(r, 417, "APIGW.0201", tExpect)), false
		return r, a
	}
	if a != nil && (a.close || expects || !r.chunked && r.length > maxBody || is("refuses-caller-at-once") && (a.status == 401 || a.status == 403)) {
		a.close = true // the body is not waited for
		return r, a
	}
	if expects && r.length <= maxBody {
		interim := "HTTP/1.1 100 Continue\r\n\r\n"
		// the interim answer is written like all others
		if is("continue-with-content-length") {
			interim = "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n"
		}
		if _, err = io.WriteString(c, interim); err != nil {
			return nil, nil
		}
	}
	// "the request has no body": what is chunked stays on the connection
	if !(is("chunked-body-left-unread") && a == nil && r.chunked) {
		err = readBody(br, r)
		if errors.As(err, &a) {
			return r, a
		}
		if err != nil {
			return nil, nil
		}
	}
	if is("caller-in-a-global") {
		a = decide(c, r)
	}
	if a == nil {
		a = commit(r)
	}
	a.close = a.close || last
	return r, a
}

func serve(c *connection) {
	defer c.Close()
	br := bufio.NewReaderSize(c, 16<<10)
	for {
		_ = c.SetReadDeadline(time.Now().Add(60 * time.Second))
		r, a := exchange(c, br)
		if a == nil {
			return
		}
		if write(c, r, a) != nil {
			return
		}
		if a.close {
			if t, ok := c.Conn.(*net.TCPConn); ok { // so that the answer is not lost to a reset
				_ = t.CloseWrite()
				_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
				_, _ = io.CopyN(io.Discard, br, 32<<20)
			}
			return
		}
	}
}

func main() {
	port := flag.Int("port", 0, "port")
	account := flag.String("account", "", "file of the account")
	flag.StringVar(&behaviour, "behaviour", "none", "name of the behaviour")
	flag.Parse()
	data, err := os.ReadFile(*account)
	var file struct {
		project
		Other project `json:"other"`
	}
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	projects = []*project{&file.project, &file.Other}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "listening on", l.Addr(), behaviour)
	for {
		conn, err := l.Accept()
		if err != nil {
			continue
		}
		address, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
		go serve(&connection{Conn: conn, address: address})
	}
}
