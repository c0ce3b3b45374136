package emulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// stats counts requests to Graph. A $batch is one request; its parts are in Parts alone,
// but each part counts in ByRoute too.
type stats struct {
	Total     int            `json:"total"`
	Throttled int            `json:"throttled"` // answers 429, of requests and of parts
	ByRoute   map[string]int `json:"byRoute"`   // "GET /v1.0/groups/{id}"
	Parts     int            `json:"parts"`
}

const maxRoutes = 5000

func (t *Tenant) count(c *call, path string, status int) {
	where := c.method + " " + path
	if c.route != nil {
		where = c.method + " /" + c.version + c.route.pattern
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.route == nil && len(t.counts.ByRoute) >= maxRoutes {
		where = "others" // lest whoever guesses addresses fills the memory
	}
	if c.part {
		t.counts.Parts++
	} else {
		t.counts.Total++
	}
	if status == http.StatusTooManyRequests {
		t.counts.Throttled++
	}
	t.counts.ByRoute[where]++
}

// fault is what POST /_emulator/faults takes: an answer that some requests get instead of
// the tenant's own, or what becomes of an answer on its way. Durations are as Go writes
// them, and are scaled by the tenant's speed.
//
//	{"status": 503, "times": 3, "match": "POST /v1.0/groups", "retryAfter": "2s"}
//	{"dropConnection": true, "every": 10}
//	{"cutBody": true, "match": "GET /beta"}
//	{"delay": "20s", "trickle": "500ms"}
//
// With a status, or where the connection is dropped, the tenant never sees the request.
// With neither, it carries the request out, and only its answer suffers: a write whose
// answer is cut has happened. match is a method ("*": any) and a path with its version; it
// matches the address itself and all below it, by the path as sent or by its template
// ("/v1.0/groups/{id}/members").
type fault struct {
	Status         int    `json:"status"`         // 400 to 599: the answer
	Code           string `json:"code"`           // error.code and error.message, else those of the service
	Message        string `json:"message"`        //
	RetryAfter     string `json:"retryAfter"`     // becomes whole seconds
	DropConnection bool   `json:"dropConnection"` // no answer at all
	CutBody        bool   `json:"cutBody"`        // half the body, then the connection is cut; without a body, no answer
	Delay          string `json:"delay"`          // before the first byte
	Trickle        string `json:"trickle"`        // between each of ten pieces of the body

	Match string `json:"match"` // method and path, or what lies below it: "POST /v1.0/groups", "* /beta"; else every request
	Times int    `json:"times"` // how often; 0 without every: once
	Every int    `json:"every"` // only each n-th request that matches, and without times for ever

	seen, left     int
	endless        bool
	retry          string
	delay, trickle time.Duration
}

// prepare checks a fault that a client sent.
func (f *fault) prepare(scaled func(time.Duration) time.Duration) error {
	spoils := f.CutBody || f.Delay != "" || f.Trickle != ""
	if !f.DropConnection && !(f.Status == 0 && spoils) && (f.Status < 400 || f.Status > 599) {
		return fmt.Errorf("status must be between 400 and 599, or one of dropConnection, cutBody, delay and trickle given")
	}
	if f.Times < 0 || f.Every < 0 {
		return fmt.Errorf("times and every must not be negative")
	}
	if f.Match != "" && len(strings.Fields(f.Match)) != 2 {
		return fmt.Errorf(`match must be a method and a path, such as "POST /v1.0/groups" or "* /beta"`)
	}
	if method, path, given := strings.Cut(f.Match, " "); given {
		path = strings.TrimSpace(path)
		if f.Match = strings.ToUpper(method) + " " + path; !below(path, "/v1.0") && !below(path, "/beta") {
			return fmt.Errorf("match %q can never be: a path begins with /v1.0 or /beta", f.Match)
		}
	}
	var retryAfter time.Duration
	for _, d := range []struct {
		name, text string
		into       *time.Duration
	}{{"retryAfter", f.RetryAfter, &retryAfter}, {"delay", f.Delay, &f.delay}, {"trickle", f.Trickle, &f.trickle}} {
		if d.text == "" {
			continue
		}
		given, err := time.ParseDuration(d.text)
		if err != nil || given < 0 {
			return fmt.Errorf("%s must be a duration such as \"2s\", not %q", d.name, d.text)
		}
		*d.into = scaled(given)
	}
	if f.RetryAfter != "" {
		f.retry = fmt.Sprint(wholeSeconds(retryAfter))
	}
	if f.left = f.Times; f.Times == 0 && f.Every == 0 {
		f.left = 1
	}
	f.endless = f.Times == 0 && f.Every > 0
	return nil
}

// hits tells whether the fault answers this request, and counts it.
func (f *fault) hits(c *call) bool {
	if method, path, given := strings.Cut(f.Match, " "); given {
		template := ""
		if c.route != nil {
			template = "/" + c.version + c.route.pattern
		}
		if method != "*" && method != c.method || !below("/"+c.version+c.path, path) && !below(template, path) {
			return false
		}
	}
	if f.seen++; f.Every > 0 && f.seen%f.Every != 0 {
		return false
	}
	if f.endless {
		return true
	}
	f.left--
	return f.left >= 0
}

// below tells whether path is prefix or lies below it.
func below(path, prefix string) bool {
	prefix = strings.TrimSuffix(strings.TrimSpace(prefix), "/")
	rest, found := strings.CutPrefix(strings.ToLower(path), strings.ToLower(prefix))
	return found && (rest == "" || rest[0] == '/' || rest[0] == '(')
}

// fault answers with the first fault that matches. A code that was not given is the
// one of the service that would have answered.
func (t *Tenant) fault(c *call) *graphError {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.faults {
		if !f.hits(c) {
			continue
		}
		c.trouble = f
		if f.DropConnection {
			return &graphError{}
		}
		if f.Status == 0 {
			return nil
		}
		e := &graphError{Status: f.Status, Code: f.Code, Message: f.Message, Header: map[string]string{}}
		code, message := faultText(f.Status, c.route != nil && c.route.ca)
		if e.Code == "" {
			e.Code = code
		}
		if e.Message == "" {
			e.Message = message
		}
		if f.retry != "" {
			e.Header["Retry-After"] = f.retry
		}
		return e
	}
	return nil
}

func faultText(status int, ca bool) (code, message string) {
	switch {
	case status == 403 && ca:
		return "AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token."
	case status == 403:
		return "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
	case status == 401:
		return "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."
	case status == 404 && ca:
		return "ResourceNotFound", "The resource does not exist in the directory."
	case status == 404:
		return "Request_ResourceNotFound", "Resource does not exist or one of its queried reference-property objects are not present."
	case status == 429:
		return "TooManyRequests", "Too Many Requests"
	case status == 503:
		return "ServiceUnavailable", "The service is temporarily unavailable."
	case status >= 500:
		return "InternalServerError", "The service met an internal error."
	}
	return "BadRequest", "The request was refused on purpose."
}

// control answers /_emulator/…, for those who run the emulator.
func (t *Tenant) control(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out any
	switch what := strings.TrimPrefix(r.URL.Path, "/_emulator/"); r.Method + " " + what {
	case "GET stats":
		out = t.Stats()
	case "POST clock":
		out, err = t.moveClock(raw)
	case "POST faults":
		out, err = t.addFault(raw)
	case "DELETE faults":
		t.mu.Lock()
		t.faults = nil
		t.mu.Unlock()
		out = body{}
	case "POST generate":
		out, err = t.generate(raw)
	case "POST permissions":
		out, err = t.setPermissions(raw)
	case "POST issuers":
		out, err = t.trustIssuer(raw)
	case "POST persons":
		out, err = t.signInPerson(raw)
	default:
		http.Error(w, "not found: GET stats, POST clock, POST or DELETE faults, POST generate, POST permissions, POST issuers, POST persons", http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

// Stats is what GET /_emulator/stats tells, as a copy.
func (t *Tenant) Stats() map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	routes := map[string]int{}
	for k, v := range t.counts.ByRoute {
		routes[k] = v
	}
	return body{"total": t.counts.Total, "throttled": t.counts.Throttled, "byRoute": routes, "parts": t.counts.Parts}
}

func strict(raw []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// moveClock moves the tenant's time ahead and runs the retention of the bins.
func (t *Tenant) moveClock(raw []byte) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := strict(raw, &in); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d < 0 {
		return nil, fmt.Errorf("advance must be a positive duration such as \"720h\"")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ahead += d
	t.purgedAt = time.Time{}
	t.purgeExpired()
	if err := t.conclude(true); err != nil {
		return nil, err
	}
	return body{"now": t.now().Format(time.RFC3339)}, nil
}

func (t *Tenant) addFault(raw []byte) (any, error) {
	f := &fault{}
	if err := strict(raw, f); err != nil {
		return nil, err
	}
	if err := f.prepare(t.scaled); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, f)
	return body{}, nil
}
