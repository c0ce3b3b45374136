package emulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

// call is one request to Graph, alone or as a part of a $batch.
type call struct {
	method  string
	version string // "v1.0" or "beta"
	path    string // behind the version, as sent
	route   *route
	params  map[string]string
	query   url.Values
	header  http.Header
	raw     []byte
	base    string // https://host/v1.0
	part    bool   // of a $batch
	caller  caller
	actor   actor    // who asks, for the audit log
	journal *journal // what it did, for the audit log
	parent  string   // id of the object below which the request creates another
	id      string   // that the client chose for what it creates, where it may

	future  *future           // what the tenant has that no description knows
	meter   map[string]string // headers that tell what the request cost
	trouble *fault            // how the answer is spoiled on its way, if it is
}

func (c *call) beta() bool { return c.version == "beta" }

// prefers tells whether the Prefer header names the wish.
func (c *call) prefers(wish string) bool {
	for _, line := range c.header.Values("Prefer") {
		for _, p := range strings.Split(line, ",") {
			if strings.EqualFold(strings.TrimSpace(p), wish) {
				return true
			}
		}
	}
	return false
}

// unknownEnums tells whether the client takes enum members newer than unknownFutureValue.
func (c *call) unknownEnums() bool { return c.prefers("include-unknown-enum-members") }

func (c *call) eventual() bool {
	return strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual")
}

// newID is the id of an object that the request creates.
func (c *call) newID() string {
	if c.id != "" {
		return c.id
	}
	return uuid.NewString()
}

// context makes an @odata.context.
func (c *call) context(what string) string { return c.base + "/$metadata#" + what }

// decode reads the body as one JSON object.
func (c *call) decode() (body, *graphError) {
	if len(bytes.TrimSpace(c.raw)) == 0 {
		return nil, badRequest("Empty Payload. JSON content expected.")
	}
	d := json.NewDecoder(bytes.NewReader(c.raw))
	d.UseNumber()
	var b body
	if err := d.Decode(&b); err != nil || b == nil {
		return nil, &graphError{Status: 400, Code: "BadRequest", Message: "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &graphError{Status: 400, Code: "BadRequest", Message: "Unable to read JSON request payload. There is text behind the object."}
	}
	return b, nil
}

// reply is a success; body nil means no content.
type reply struct {
	status int
	body   any
	header map[string]string
}

func ok(b any) *reply { return &reply{status: http.StatusOK, body: b} }

var noContent = &reply{status: http.StatusNoContent}

// answer is what goes over the wire, of a success or of an error.
type answer struct {
	status int
	header http.Header
	body   any
	drop   bool // close the connection instead

	trouble *fault // how the answer is spoiled on its way, if it is
}

// ServeHTTP answers one request.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_emulator/") {
		t.control(w, r)
		return
	}
	if t.login(w, r) {
		return
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	a := t.serve(r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header, raw, scheme+"://"+r.Host, false)
	if a.trouble != nil {
		w = a.trouble.hold(w, r, a.body == nil)
	}
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	if slow, is := w.(*spoiled); is {
		defer slow.finish()
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	if img, is := a.body.(image); is {
		w.Header().Set("Content-Type", img.typ)
		w.WriteHeader(a.status)
		_, _ = w.Write(img.content)
		return
	}
	if text, plain := a.body.(string); plain {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, text)
		return
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(a.status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(a.body)
}

// serve answers a request or a part of a $batch.
func (t *Tenant) serve(method, path, query string, header http.Header, raw []byte, host string, part bool) answer {
	requestID := uuid.NewString()
	clientID := header.Get("client-request-id")
	if clientID == "" {
		clientID = requestID
	}
	a := answer{header: http.Header{}}
	a.header.Set("Request-Id", requestID)
	a.header.Set("Client-Request-Id", clientID)
	a.header.Set("Cache-Control", "no-cache")
	a.header.Set("Odata-Version", "4.0")
	a.header.Set("Strict-Transport-Security", "max-age=31536000")

	c := &call{method: method, header: header, raw: raw, part: part, future: t.rules.future}
	rep, gerr := t.handle(c, path, query, host)
	switch {
	case gerr != nil && gerr.Status == 0:
		a.drop, a.trouble = true, c.trouble
		t.count(c, path, 0)
		return a
	case gerr != nil:
		gerr = gerr.shaped(t.rules.numbers)
		a.status = gerr.Status
		t.mu.Lock()
		a.body = gerr.body(t.now(), requestID, clientID)
		t.mu.Unlock()
		for k, v := range gerr.Header {
			a.header.Set(k, v)
		}
	default:
		a.status, a.body = rep.status, rep.body
		for k, v := range rep.header {
			a.header.Set(k, v)
		}
	}
	for k, v := range c.meter {
		a.header.Set(k, v)
	}
	a.trouble = c.trouble
	t.count(c, path, a.status)
	if t.log != nil {
		t.log(method, path, a.status)
	}
	return a
}

// handle finds the route and runs it.
func (t *Tenant) handle(c *call, path, query, host string) (*reply, *graphError) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if version != "v1.0" && version != "beta" {
		return nil, &graphError{Status: 400, Code: "BadRequest", Message: "Invalid version: " + version}
	}
	c.version, c.path, c.base = version, "/"+rest, host+"/"+version
	segments, gerr := split(rest)
	if gerr != nil {
		return nil, gerr
	}
	byMethod, found := t.find(segments)
	if found != nil {
		c.route, c.params = byMethod[c.method], found
	}
	if gerr := t.authorize(c); gerr != nil {
		return nil, gerr
	}
	if gerr := t.fault(c); gerr != nil {
		return nil, gerr
	}
	if found == nil {
		return nil, noSegment(unescaped(segments))
	}
	if c.route == nil {
		return nil, methodNotAllowed()
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, &graphError{Status: 400, Code: "BadRequest", Message: "The query string is malformed."}
	}
	c.query = values
	if gerr := t.throttle(c); gerr != nil {
		return nil, gerr
	}
	if c.route.batch {
		return t.batch(c, host)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.purgeExpired()
	if err := t.conclude(false); err != nil {
		return nil, notKept(c, err)
	}
	if gerr := t.admit(c); gerr != nil {
		return nil, gerr
	}
	return t.run(c)
}

// route is one address and method.
type route struct {
	method  string
	pattern string // "/groups/{id}/members"
	parts   []string
	run     func(*Tenant, *call) (*reply, *graphError)
	batch   bool
	ca      bool // answered by the Conditional Access service
}

// find returns the routes of an address by method, and the values of its placeholders.
func (t *Tenant) find(segments []string) (map[string]*route, map[string]string) {
	var byMethod map[string]*route
	var params map[string]string
	pattern := ""
	for _, r := range t.routes[routeKey(len(segments))] {
		if pattern != "" && r.pattern != pattern {
			continue
		}
		if params != nil {
			byMethod[r.method] = r
			continue
		}
		if p, match := r.match(segments); match {
			params, pattern, byMethod = p, r.pattern, map[string]*route{r.method: r}
		}
	}
	return byMethod, params
}

func routeKey(n int) string { return strings.Repeat("/", n) }

func (r *route) match(segments []string) (map[string]string, bool) {
	params := map[string]string{}
	for i, want := range r.parts {
		got := segments[i]
		cast, isCast := castName(got)
		switch {
		case want == "{cast}":
			if !isCast {
				return nil, false
			}
			params["cast"] = cast
		case strings.HasPrefix(want, "{"):
			if isCast || strings.HasPrefix(got, "$") || got == "" {
				return nil, false
			}
			params[strings.Trim(want, "{}")] = got
		case !strings.EqualFold(want, got):
			return nil, false
		}
	}
	return params, true
}

// castName returns the type that a segment casts to: "microsoft.graph.user", or
// "graph.user" by the alias that the metadata declares and Microsoft's SDKs write.
func castName(segment string) (string, bool) {
	for _, prefix := range []string{castPrefix, "graph."} {
		if len(segment) > len(prefix) && strings.EqualFold(segment[:len(prefix)], prefix) {
			return segment[len(prefix):], true
		}
	}
	return "", false
}

const (
	castPrefix = "microsoft.graph."
	keyMark    = "\x00" // stands before "property=value" of an alternate key
)

// split cuts a path into segments. `users('x')` becomes users and x, and
// `applications(appId='x')` applications and a marked key.
func split(path string) ([]string, *graphError) {
	var out []string
	for _, escaped := range strings.Split(strings.Trim(path, "/"), "/") {
		s, err := url.PathUnescape(escaped)
		if err != nil || strings.Contains(s, keyMark) {
			return nil, noSegment(escaped)
		}
		open := strings.IndexByte(s, '(')
		if open <= 0 || !strings.HasSuffix(s, ")") {
			out = append(out, s)
			continue
		}
		key := s[open+1 : len(s)-1]
		if key == "" {
			out = append(out, s[:open])
			continue
		}
		property, value, named := strings.Cut(key, "=")
		if !named || strings.HasPrefix(key, "'") {
			property, value = "", key
		}
		value, quoted := unquote(value)
		if named && !quoted {
			return nil, noSegment(s)
		}
		if property != "" {
			value = keyMark + property + "=" + value
		}
		out = append(out, s[:open], value)
	}
	return out, nil
}

// unquote takes the quotes off an OData string, in which a quote is doubled.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return s, false
	}
	return strings.ReplaceAll(s[1:len(s)-1], "''", "'"), true
}

// unescaped names the segment that an unknown address fails at: the last one, as far as
// this emulator can tell.
func unescaped(segments []string) string {
	return strings.TrimPrefix(segments[len(segments)-1], keyMark)
}
