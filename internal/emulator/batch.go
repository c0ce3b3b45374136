package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// POST /$batch; see https://learn.microsoft.com/graph/json-batching.

const maxBatch = 20

type batchPart struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// key is the id for comparing: case does not matter.
func (p batchPart) key() string { return strings.ToLower(p.ID) }

// batch answers up to 20 requests in one. They are carried out in the order in which they
// are given, a part whose predecessor failed answers 424. The answers stand in another
// order than the requests, as Microsoft reserves the right to: last first.
func (t *Tenant) batch(c *call, host string) (*reply, *graphError) {
	var in struct {
		Requests []batchPart `json:"requests"`
	}
	if err := json.Unmarshal(c.raw, &in); err != nil {
		return nil, badBatch("Invalid batch payload format.")
	}
	if gerr := t.checkBatch(in.Requests); gerr != nil {
		return nil, gerr
	}
	status := map[string]int{}
	responses := []any{}
	for _, p := range in.Requests {
		a := t.batchPart(c, p, host, status)
		if a.drop {
			return nil, &graphError{}
		}
		if a.trouble != nil {
			c.trouble = a.trouble // it cannot befall a part alone
		}
		status[p.key()] = a.status
		responses = append(responses, partAnswer(p, a))
	}
	slices.Reverse(responses)
	return ok(body{"responses": responses}), nil
}

// partAnswer writes an answer as a part: JSON as it is, text as text, bytes in base64.
func partAnswer(p batchPart, a answer) body {
	header := map[string]string{}
	for k := range a.header {
		header[k] = a.header.Get(k)
	}
	out := body{"id": p.ID, "status": a.status, "headers": header}
	switch b := a.body.(type) {
	case nil:
	case string:
		header["Content-Type"], out["body"] = "text/plain", b
	case image:
		header["Content-Type"], out["body"] = b.typ, base64.StdEncoding.EncodeToString(b.content)
	default:
		header["Content-Type"], out["body"] = "application/json", b
	}
	return out
}

func badBatch(message string) *graphError {
	return &graphError{Status: 400, Code: "BadRequest", Message: message}
}

func (t *Tenant) checkBatch(parts []batchPart) *graphError {
	if len(parts) == 0 {
		return badBatch("Invalid batch payload format.")
	}
	if len(parts) > maxBatch {
		return badBatch("Number of batch request steps exceeds the maximum value of 20.")
	}
	seen := map[string]bool{}
	for _, p := range parts {
		switch {
		case p.ID == "" || seen[p.key()]:
			return badBatch("Request Id should be unique in the batch: '" + p.ID + "'.")
		case p.Method == "" || p.URL == "":
			return badBatch("Method and url of request '" + p.ID + "' are required.")
		case !slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, strings.ToUpper(p.Method)):
			return badBatch("Invalid method '" + p.Method + "' of request '" + p.ID + "'.")
		case strings.Contains(strings.SplitN(p.URL, "?", 2)[0], "://"):
			return badBatch("The url of request '" + p.ID + "' must be relative.")
		}
		for _, d := range p.DependsOn {
			if !seen[strings.ToLower(d)] {
				return badBatch("Invalid dependency for request Id: '" + p.ID + "': '" + d + "' does not stand before it.")
			}
		}
		seen[p.key()] = true
	}
	if !t.rules.anyDependency && !inSequence(parts) {
		return badBatch("Batch should be either fully sequential or fully parallel.")
	}
	return nil
}

// inSequence tells whether no part depends on another, or each on the one before it.
func inSequence(parts []batchPart) bool {
	for i, p := range parts[1:] {
		before := parts[i].key()
		follows := slices.ContainsFunc(p.DependsOn, func(d string) bool { return strings.ToLower(d) == before })
		if follows != (len(parts[1].DependsOn) > 0) || !follows && len(p.DependsOn) > 0 {
			return false
		}
	}
	return true
}

func (t *Tenant) batchPart(c *call, p batchPart, host string, status map[string]int) answer {
	header := http.Header{}
	for k, v := range p.Headers {
		header.Set(k, v)
	}
	header.Set("Authorization", c.header.Get("Authorization")) // a part comes from whom the batch comes from
	failed := func(status int, code, message string) answer {
		e := &graphError{Status: status, Code: code, Message: message}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.counts.Parts++
		return answer{status: status, header: http.Header{}, body: e.body(t.now(), p.ID, p.ID)}
	}
	for _, d := range p.DependsOn {
		if status[strings.ToLower(d)] >= 400 {
			return failed(http.StatusFailedDependency, "FailedDependency", "The request depends on '"+d+"', which failed.")
		}
	}
	raw, problem := partBody(p, header.Get("Content-Type"))
	if problem != "" {
		return failed(http.StatusBadRequest, "BadRequest", problem)
	}
	path, query, _ := strings.Cut("/"+strings.TrimPrefix(p.URL, "/"), "?")
	if strings.EqualFold(path, "/$batch") {
		return failed(http.StatusBadRequest, "BadRequest", "A batch cannot hold a batch.")
	}
	return t.serve(strings.ToUpper(p.Method), "/"+c.version+path, query, header, raw, host, true)
}

// partBody reads what a part carries: JSON, or a text that holds the bytes in base64.
func partBody(p batchPart, contentType string) (raw []byte, problem string) {
	if len(p.Body) == 0 || string(p.Body) == "null" {
		return nil, ""
	}
	switch {
	case contentType == "":
		return nil, "Write request id : " + p.ID + " does not contain Content-Type header or body."
	case strings.HasPrefix(contentType, "application/json"):
		return p.Body, ""
	}
	var text string
	if json.Unmarshal(p.Body, &text) != nil {
		return nil, "The body of request '" + p.ID + "' must be a text: its Content-Type is " + contentType + "."
	}
	if strings.HasPrefix(contentType, "text/") {
		return []byte(text), ""
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, "The body of request '" + p.ID + "' must be base64: its Content-Type is " + contentType + "."
	}
	return raw, ""
}
