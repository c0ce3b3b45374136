package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// batchSize is the most parts that Graph takes in one $batch. https://learn.microsoft.com/graph/json-batching
const batchSize = 20

// Result is the outcome of one part of a batch: Err is nil and Response set, or Err alone is set (*Error mostly).
type Result struct {
	Response *Response
	Err      error
}

// Batch sends any number of parts, twenty to a request, one request after the other, and repeats only those parts that
// Graph throttled or that failed for a moment. Results are in the order of parts. Parts of one request run at the same
// time, so none may depend on another; their Version is ignored for v. The error is not nil where sending as a whole
// ended (the context, no answer, a refused batch); parts without an outcome then have an error of their own too. A part
// that cannot be sent at all (a path without an id) is told before anything is sent.
func (c *Client) Batch(ctx context.Context, v Version, parts []Request) ([]Result, error) {
	results := make([]Result, len(parts))
	for i, part := range parts {
		if _, err := part.inBatch(i); err != nil {
			return results, err
		}
	}
	if batchWorkload(parts) != directory { // each part counts for a quota of few: no batch saves anything
		for i, part := range parts {
			part.Version = v
			response, err := c.Do(ctx, part)
			if results[i] = (Result{Response: response, Err: err}); err != nil {
				results[i].Response = nil
			}
		}
		return results, context.Cause(ctx)
	}
	for start := 0; start < len(parts); start += batchSize {
		end := min(start+batchSize, len(parts))
		if err := c.chunk(ctx, v, parts[start:end], results[start:end]); err != nil {
			if IsNotFound(err) || IsBadRequest(err) { // it says nothing of any part, such as that an object is not there
				err = errors.New("the batch as a whole was refused: " + err.Error())
			}
			for i := start; i < len(parts); i++ {
				switch {
				case i >= end: // said without wrapping: what is unknown of an earlier part is known of these
					results[i].Err = errors.New("not sent, because the batch ended before: " + err.Error()) // not wrapped: what is not known of that one is known of this
				case results[i] == Result{}:
					results[i].Err = err
				}
			}
			return results, err
		}
	}
	return results, nil
}

// chunk sends up to twenty parts until each has an outcome. A part with a verdict to try again keeps its error, in case
// time runs out.
func (c *Client) chunk(ctx context.Context, v Version, parts []Request, results []Result) error {
	open := make([]int, len(parts))
	for i := range parts {
		open[i] = i
	}
	state := newRetries()
	for {
		begin := c.clock.Now()
		answers, err := c.sendBatch(ctx, v, parts, open)
		if err != nil {
			return err
		}
		state.tries++
		state.spent += c.clock.Now().Sub(begin)
		c.heed(parts, answers)
		if open = c.settle(parts, results, open, answers, state.tries); len(open) == 0 {
			return nil
		}
		var asked *Error
		for _, i := range open {
			e, _ := as(results[i].Err, retried...)
			if asked == nil || e.RetryAfter != nil && (asked.RetryAfter == nil || *e.RetryAfter > *asked.RetryAfter) {
				asked = e
			}
		}
		wait := state.delay(asked.RetryAfter, batchWorkload(parts))
		c.lanes[batchWorkload(parts)].learn(asked.Status, c.clock.Now(), wait)
		if state.spent+wait > c.retryFor {
			for _, i := range open {
				e, _ := as(results[i].Err, retried...)
				e.Tries, e.Waited, e.Hint = state.tries, state.spent, c.gaveUp(wait)
			}
			return nil
		}
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return state.stopped(&call{method: http.MethodPost, url: c.base}, err)
		}
		state.spent += wait
	}
}

// heed slows down where an answer says that a quota is nearly used up.
func (c *Client) heed(parts []Request, answers map[int]Body) {
	for _, answer := range answers {
		c.lanes[batchWorkload(parts)].ease(partHeader(answer), c.clock.Now())
	}
}

// retried are the statuses that judge may want tried again.
var retried = []int{408, 409, 429, 500, 502, 503, 504}

// batchWorkload is that of the part with the tightest quota.
func batchWorkload(parts []Request) workload {
	for _, part := range parts {
		if work := workloadOf(part.Path); work != directory {
			return work
		}
	}
	return directory
}

// inBatch is a request as a batch lists it.
func (r Request) inBatch(id int) (Body, error) {
	address, err := r.relative()
	if err != nil {
		return nil, err
	}
	header, err := r.headers()
	if err != nil {
		return nil, err
	}
	if _, raw := r.Body.([]byte); raw {
		return nil, fmt.Errorf("%s %s: bytes do not go into a batch", r.method(), r.Path)
	}
	headers := Body{}
	for name, values := range header {
		headers[name] = values[0]
	}
	part := Body{"id": strconv.Itoa(id), "method": r.method(), "url": address}
	if r.Body != nil {
		part["body"] = r.Body
		headers["Content-Type"] = "application/json"
	}
	if len(headers) > 0 {
		part["headers"] = headers
	}
	return part, nil
}

// sendBatch returns the answers by index of part.
func (c *Client) sendBatch(ctx context.Context, v Version, parts []Request, open []int) (map[int]Body, error) {
	outer := Request{Method: http.MethodPost, Version: v, Path: "/$batch", Idempotent: true}
	requests := make([]Body, 0, len(open))
	for _, i := range open {
		part, err := parts[i].inBatch(i)
		if err != nil {
			return nil, err
		}
		requests = append(requests, part)
		outer.Idempotent = outer.Idempotent && parts[i].repeatable()
	}
	outer.Body = Body{"requests": requests}
	call, err := c.prepare(outer)
	if err != nil {
		return nil, err
	}
	call.work, call.counts = batchWorkload(parts), 0
	for _, i := range open {
		call.counts += parts[i].counts()
	}
	response, err := c.run(ctx, call)
	if err != nil {
		return nil, err
	}
	rows, _ := response.Body["responses"].([]any)
	answers := make(map[int]Body, len(rows))
	for _, row := range rows {
		answer, _ := row.(Body)
		if i, err := strconv.Atoi(first(answer, "id")); err == nil {
			answers[i] = answer
		}
	}
	return answers, nil
}

// settle files the answers and returns the parts to send again.
func (c *Client) settle(parts []Request, results []Result, open []int, answers map[int]Body, tries int) (again []int) {
	for _, i := range open {
		answer, ok := answers[i]
		if !ok {
			results[i] = Result{Err: &Unanswered{
				Method: parts[i].method(), URL: parts[i].Path, Err: errors.New("the batch has no answer for it"),
				OutcomeUnknown: !parts[i].repeatable(),
			}}
			continue
		}
		response, err := c.partResponse(parts[i], answer)
		results[i] = Result{Response: response, Err: err}
		e, failed := as(err, retried...)
		if !failed {
			continue
		}
		verdict := judge(e.Status, e.Code, parts[i].repeatable())
		e.OutcomeUnknown = verdict.unknown
		if verdict.again && (verdict.most == 0 || tries < verdict.most) {
			again = append(again, i)
		}
	}
	return again
}

func partHeader(answer Body) http.Header {
	header := http.Header{}
	headers, _ := answer["headers"].(Body)
	for name := range headers {
		header.Set(name, first(headers, name))
	}
	return header
}

func (c *Client) partResponse(part Request, answer Body) (*Response, error) {
	status, _ := strconv.Atoi(first(answer, "status"))
	header := partHeader(answer)
	body, isObject := answer["body"].(Body)
	if status >= 200 && status < 300 {
		response := &Response{Status: status, Header: header, Body: body}
		if text := first(answer, "body"); text != "" {
			_, isText := answer["body"].(string)
			if isText && !strings.HasPrefix(header.Get("Content-Type"), "text/") { // anything but JSON and text comes as base64
				response.Raw = unbase64(text)
			}
			if response.Raw == nil {
				response.Raw = []byte(text)
			}
		}
		return response, nil
	}
	var content []byte
	if isObject {
		content, _ = encode(body)
	}
	relative, _ := part.relative()
	address, err := url.Parse(c.Endpoint() + relative)
	if err != nil {
		return nil, err
	}
	return nil, newError(part.method(), address, status, header, content, c.clock.Now())
}
