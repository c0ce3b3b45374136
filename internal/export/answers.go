package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Answers writes down what Graph answers to an export, so that one that breaks off can be
// resumed: what is written down is then not asked again. It sits between the client and
// the wire, and knows nothing of what is asked and why; so an answer serves whatever
// options the next run has. The parts of a batch are questions of their own.
//
// Questions are kept as their hash alone, and answers of success, or that something is not
// there or cannot be asked for; never a refusal, which the next run may not meet. Nothing
// of a request's header is kept, and nothing of signing in.
type Answers struct {
	next http.RoundTripper
	host string // of Graph; "" until begin
	mu   sync.Mutex
	log  *answerLog
	sent int // requests that went to Graph since begin
}

// Through makes a transport of which the answers are written down once an export runs.
func (a *Answers) Through(next http.RoundTripper) http.RoundTripper {
	a.next = next
	return a
}

// question is the hash of a method, an address with its query, and a body.
type question [16]byte

func questionOf(method, address string, content []byte) question {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", method, address)
	h.Write(content)
	return question(h.Sum(nil)[:16])
}

// answered is one answer.
type answered struct {
	Question question
	Path     uint64 // hash of the path that was asked, by which pages are forgotten
	Status   int
	Type     string `json:",omitempty"` // of the content
	Body     json.RawMessage
}

func pathOf(path string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, strings.ToLower(path))
	return h.Sum64()
}

// lasting are the statuses of answers that would be the same if asked again.
var lasting = []int{http.StatusOK, http.StatusNoContent, http.StatusBadRequest, http.StatusNotFound}

// RoundTrip answers from what is written down, and asks Graph for the rest.
func (a *Answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.host == "" || r.URL.Host != a.host || !keeps(r.Method, r.URL.Path) && !strings.HasSuffix(r.URL.Path, "/$batch") {
		return a.next.RoundTrip(r)
	}
	var content []byte
	if r.Body != nil {
		var err error
		content, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(r.URL.Path, "/$batch") {
		return a.batch(r, content)
	}
	q := questionOf(r.Method, r.URL.RequestURI(), content)
	if known, ok := a.known(q); ok {
		return respond(r, known.Status, known.Type, known.Body), nil
	}
	response, body, err := a.ask(r, content)
	if err != nil || response.StatusCode != http.StatusOK || !json.Valid(body) {
		return response, err
	}
	a.keep([]answered{{q, pathOf(r.URL.Path), response.StatusCode, response.Header.Get("Content-Type"), body}})
	return response, nil
}

// keeps tells which questions are written down with their answer: those that read from
// Graph. A sign-in may be on the same host.
func keeps(method, path string) bool {
	return (strings.HasPrefix(path, "/v1.0/") || strings.HasPrefix(path, "/beta/")) &&
		(method == http.MethodGet || method == http.MethodPost && strings.HasSuffix(path, "/getByIds"))
}

// ask sends a request and reads its answer to the end.
func (a *Answers) ask(r *http.Request, content []byte) (*http.Response, []byte, error) {
	sent := r.Clone(r.Context())
	if content != nil {
		sent.ContentLength = int64(len(content))
		sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
		sent.Body, _ = sent.GetBody()
	}
	a.mu.Lock()
	a.sent++
	a.mu.Unlock()
	response, err := a.next.RoundTrip(sent)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.Request = r
	return response, body, nil
}

// part is a request in a batch, or the answer to one.
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method,omitempty"`
	URL     string            `json:"url,omitempty"`
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batch asks for those parts that are not known.
func (a *Answers) batch(r *http.Request, content []byte) (*http.Response, error) {
	var in struct {
		Requests []part `json:"requests"`
	}
	if err := json.Unmarshal(content, &in); err != nil {
		return nil, err
	}
	var out struct {
		Responses []part `json:"responses"`
	}
	var open []part
	asked := map[string]answered{} // without the answer, by id
	version := strings.TrimSuffix(r.URL.Path, "/$batch")
	for _, p := range in.Requests {
		address, err := url.Parse(version + p.URL)
		if err != nil {
			return nil, err
		}
		q := questionOf(p.Method, address.RequestURI(), p.Body)
		if known, ok := a.known(q); ok {
			out.Responses = append(out.Responses, part{ID: p.ID, Status: known.Status, Headers: map[string]string{"Content-Type": known.Type}, Body: known.Body})
			continue
		}
		if open = append(open, p); keeps(p.Method, address.Path) {
			asked[p.ID] = answered{Question: q, Path: pathOf(address.Path)}
		}
	}
	if len(open) == 0 {
		whole, err := json.Marshal(out)
		return respond(r, http.StatusOK, "application/json", whole), err
	}
	if len(open) < len(in.Requests) {
		in.Requests = open
		var err error
		if content, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	response, body, err := a.ask(r, content)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	var got struct {
		Responses []part `json:"responses"`
	}
	if !json.Valid(body) {
		return response, nil // the client tells what is wrong with it
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return nil, fmt.Errorf("the answer to a batch is none: %w", err)
	}
	var fresh []answered
	for _, p := range got.Responses {
		if x, kept := asked[p.ID]; kept && slices.Contains(lasting, p.Status) {
			x.Status, x.Type, x.Body = p.Status, p.Headers["Content-Type"], p.Body
			fresh = append(fresh, x)
		}
	}
	a.keep(fresh)
	if len(out.Responses) == 0 {
		return response, nil
	}
	out.Responses = append(out.Responses, got.Responses...)
	whole, err := json.Marshal(out)
	return respond(r, http.StatusOK, "application/json", whole), err
}

func respond(r *http.Request, status int, contentType string, body []byte) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func (a *Answers) known(q question) (answered, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.find(q)
}

func (a *Answers) keep(all []answered) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log.add(all)
}

// forget drops the pages of a collection, since the place where they broke off is no more;
// false where none of them was known.
func (a *Answers) forget(version, path string) bool {
	if a == nil || a.host == "" {
		return false
	}
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.forget(pathOf("/" + version + path))
}

// Sent counts the requests that went to Graph, as opposed to those that were known.
func (a *Answers) Sent() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent
}
