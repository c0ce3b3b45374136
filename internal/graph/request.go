package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// Path joins segments to "/a/b", each escaped, so that an id or name from outside stays one segment.
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// call is a request made ready: what every try of it sends.
type call struct {
	method     string
	url        *url.URL
	header     http.Header
	content    []byte
	repeatable bool
	work       workload
	counts     int    // requests for the quota of its workload: of a batch, one for each of its parts
	started    func() // nil for none
}

// preferUnknown makes Graph name enum members that are newer than the sentinel instead of answering
// "unknownFutureValue". Answers to writes become state as well, so they ask for it too.
// https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations
const preferUnknown = "include-unknown-enum-members"

func (c *Client) prepare(r Request) (*call, error) {
	relative, err := r.relative()
	if err != nil {
		return nil, err
	}
	version := r.Version
	if version == "" {
		version = V1
	}
	address, err := url.Parse(c.Endpoint() + "/" + string(version) + relative)
	if err != nil {
		return nil, fmt.Errorf("%s %s is not a usable address: %w", r.method(), r.Path, err)
	}
	content, contentType, err := r.content()
	if err != nil {
		return nil, err
	}
	header, err := r.headers()
	if err != nil {
		return nil, err
	}
	if content != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", contentType)
	}
	return &call{
		method: r.method(), url: address, header: header, content: content,
		repeatable: r.repeatable(), work: workloadOf(r.Path), counts: r.counts(), started: r.Started,
	}, nil
}

func (r Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return strings.ToUpper(r.Method)
}

// counts: the documented quota of the directory that is kept to from the start is that of writes.
func (r Request) counts() int {
	if workloadOf(r.Path) == directory && r.reads() {
		return 0
	}
	return 1
}

// reads tells whether a request changes nothing: a GET, or the question for objects that Graph takes by POST because
// there are many ids in it.
func (r Request) reads() bool {
	return r.method() == http.MethodGet || r.method() == http.MethodPost && strings.HasSuffix(r.Path, "/getByIds")
}

// repeatable: may be sent again although an earlier try may have been carried out.
func (r Request) repeatable() bool {
	switch r.method() {
	case http.MethodPost:
		return r.Idempotent
	case http.MethodPatch:
		// A second bind of the same reference is a 400 "already exist".
		body, _ := r.Body.(Body)
		for name := range body {
			if strings.HasSuffix(name, "@odata.bind") {
				return r.Idempotent
			}
		}
	}
	return true
}

// relative is path and query without the version, as a part of a $batch names it.
func (r Request) relative() (string, error) {
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#\\") {
		return "", fmt.Errorf("%s %q: a path begins with / and has no query or fragment", r.method(), r.Path)
	}
	for _, segment := range strings.Split(r.Path[1:], "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return "", fmt.Errorf("%s %q: %w", r.method(), r.Path, err)
		}
		if plain == "" || plain == "." || plain == ".." {
			return "", fmt.Errorf("%s %q: the segment %q is no id or name; an id is missing", r.method(), r.Path, plain)
		}
	}
	return r.Path + r.query(), nil
}

// readable undoes the escapes that a query does not need, so that errors and logs can be read.
var readable = strings.NewReplacer("+", "%20", "%24", "$", "%2C", ",", "%27", "'", "%28", "(", "%29", ")", "%2F", "/", "%3A", ":", "%40", "@")

func (r Request) query() string {
	names := make([]string, 0, len(r.Query))
	for name := range r.Query {
		names = append(names, name)
	}
	sort.Strings(names)
	separator, b := "?", strings.Builder{}
	for _, name := range names {
		b.WriteString(separator + readable.Replace(url.QueryEscape(name)) + "=" + readable.Replace(url.QueryEscape(r.Query[name])))
		separator = "&"
	}
	return b.String()
}

func (r Request) content() (content []byte, contentType string, err error) {
	switch body := r.Body.(type) {
	case nil:
		return nil, "", nil
	case []byte:
		return body, "application/octet-stream", nil
	}
	content, err = encode(r.Body)
	if err != nil {
		return nil, "", fmt.Errorf("%s %s: the body is not JSON: %w", r.method(), r.Path, err)
	}
	return content, "application/json", nil
}

func (r Request) headers() (http.Header, error) {
	header := http.Header{}
	for name, value := range r.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Authorization", "Host", "Content-Length", "Cookie", "Proxy-Authorization", "Client-Request-Id":
			return nil, fmt.Errorf("%s %s: the header %s is the client's own", r.method(), r.Path, name)
		}
		header.Set(name, value)
	}
	if r.method() != http.MethodDelete {
		prefer := preferUnknown
		if own := header.Get("Prefer"); own != "" {
			prefer += ", " + own
		}
		header.Set("Prefer", prefer)
	}
	return header, nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

var errNotObject = errors.New("not one JSON object")

// decode reads one JSON object, and nothing after it.
func decode(content []byte) (Body, error) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var body Body
	if err := d.Decode(&body); err != nil {
		return nil, err
	}
	if body == nil || d.More() {
		return nil, errNotObject
	}
	return body, nil
}
