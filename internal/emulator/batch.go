package emulator

import (
	"encoding/json"
	"net/http"
	"strings"
)

const maxBatch = 20

type batchPart struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch answers up to 20 requests in one, in the order in which they are given; a part
// whose predecessor failed answers 424.
func (t *Tenant) batch(c *call, host string) (*reply, *graphError) {
	var in struct {
		Requests []batchPart `json:"requests"`
	}
	if err := json.Unmarshal(c.raw, &in); err != nil {
		return nil, &graphError{Status: 400, Code: "BadRequest", Message: "Invalid batch payload format."}
	}
	if gerr := checkBatch(in.Requests); gerr != nil {
		return nil, gerr
	}
	status := map[string]int{}
	responses := []any{}
	for _, p := range in.Requests {
		a := t.batchPart(c, p, host, status)
		if a.drop {
			return nil, &graphError{}
		}
		status[p.ID] = a.status
		header := map[string]string{}
		for k := range a.header {
			header[k] = a.header.Get(k)
		}
		out := body{"id": p.ID, "status": a.status, "headers": header}
		if a.body != nil {
			header["Content-Type"] = "application/json"
			out["body"] = a.body
			if img, is := a.body.(image); is {
				header["Content-Type"], out["body"] = img.typ, img.content
			}
		}
		responses = append(responses, out)
	}
	return ok(body{"responses": responses}), nil
}

func checkBatch(parts []batchPart) *graphError {
	bad := func(message string) *graphError {
		return &graphError{Status: 400, Code: "BadRequest", Message: message}
	}
	if len(parts) == 0 {
		return bad("Invalid batch payload format.")
	}
	if len(parts) > maxBatch {
		return bad("Number of batch request steps exceeds the maximum value of 20.")
	}
	seen := map[string]bool{}
	for _, p := range parts {
		switch {
		case p.ID == "" || seen[p.ID]:
			return bad("Request Id should be unique in the batch: '" + p.ID + "'.")
		case p.Method == "" || p.URL == "":
			return bad("Method and url of request '" + p.ID + "' are required.")
		case strings.Contains(p.URL, "://"):
			return bad("The url of request '" + p.ID + "' must be relative.")
		}
		for _, d := range p.DependsOn {
			if !seen[d] {
				return bad("Request '" + p.ID + "' depends on '" + d + "', which does not stand before it.")
			}
		}
		seen[p.ID] = true
	}
	return nil
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
		if status[d] >= 400 {
			return failed(http.StatusFailedDependency, "FailedDependency", "The request depends on '"+d+"', which failed.")
		}
	}
	hasBody := len(p.Body) > 0 && string(p.Body) != "null"
	if hasBody && !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		return failed(http.StatusBadRequest, "BadRequest", "Write request id : "+p.ID+" does not contain Content-Type header or body.")
	}
	if !hasBody {
		p.Body = nil
	}
	path, query, _ := strings.Cut("/"+strings.TrimPrefix(p.URL, "/"), "?")
	if path == "/$batch" {
		return failed(http.StatusBadRequest, "BadRequest", "A batch cannot hold a batch.")
	}
	return t.serve(strings.ToUpper(p.Method), "/"+c.version+path, query, header, p.Body, host, true)
}
