package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// batches answers $batch part by part, in reverse order, and remembers which parts each request had.
type batches struct {
	mu     sync.Mutex
	groups [][]string // urls by request
	parts  []Body
	answer func(part Body, nth int) Body // nth time that this url is asked, from 1
}

func (b *batches) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Requests []Body }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/v1.0/$batch" || len(in.Requests) > 20 {
		w.WriteHeader(400)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var urls []string
	var out []Body
	ids := map[any]bool{}
	for _, part := range in.Requests {
		if ids[part["id"]] {
			w.WriteHeader(400)
			return
		}
		ids[part["id"]] = true
		nth := 1
		for _, group := range b.groups {
			if slices.Contains(group, part["url"].(string)) {
				nth++
			}
		}
		urls = append(urls, part["url"].(string))
		b.parts = append(b.parts, part)
		if answer := b.answer(part, nth); answer != nil {
			answer["id"] = part["id"]
			out = append(out, answer)
		}
	}
	b.groups = append(b.groups, urls)
	slices.Reverse(out)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(Body{"responses": out})
}

func groups(n int) (parts []Request) {
	for i := range n {
		parts = append(parts, Request{Path: fmt.Sprintf("/groups/%d", i)})
	}
	return parts
}

func echo(part Body, _ int) Body {
	return Body{"status": 200, "headers": Body{"Content-Type": "application/json"}, "body": Body{"url": part["url"]}}
}

func TestBatchSplitsAndKeepsOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 20, 21, 45} {
		server := &batches{answer: echo}
		c, _ := client(t, newServer(t, server.ServeHTTP).URL)
		results, err := c.Batch(t.Context(), V1, groups(n))
		if err != nil || len(results) != n {
			t.Fatalf("%d: %d results, %v", n, len(results), err)
		}
		for i, result := range results {
			if want := fmt.Sprintf("/groups/%d", i); result.Err != nil || result.Response.Body["url"] != want {
				t.Errorf("%d: got %+v, want %s", n, result, want)
			}
		}
		if want := (n + 19) / 20; len(server.groups) != want || c.Requests() != int64(want) {
			t.Errorf("%d: %d requests, want %d", n, len(server.groups), want)
		}
	}
}

func TestBatchPartOnTheWire(t *testing.T) {
	t.Parallel()
	server := &batches{answer: echo}
	c, _ := client(t, newServer(t, server.ServeHTTP).URL)
	_, err := c.Batch(t.Context(), V1, []Request{
		{Path: "/groups", Query: map[string]string{"$filter": "a eq 'b c'"}, Header: map[string]string{"ConsistencyLevel": "eventual"}},
		{Method: "PATCH", Path: "/groups/1", Body: Body{"description": nil}},
		{Method: "DELETE", Path: "/groups/1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(server.parts)
	want := `[{"headers":{"Consistencylevel":"eventual","Prefer":"include-unknown-enum-members"},"id":"0","method":"GET","url":"/groups?$filter=a%20eq%20'b%20c'"},` +
		`{"body":{"description":null},"headers":{"Content-Type":"application/json","Prefer":"include-unknown-enum-members"},"id":"1","method":"PATCH","url":"/groups/1"},` +
		`{"id":"2","method":"DELETE","url":"/groups/1"}]`
	if string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestBatchRepeatsOnlyWhatWasThrottled(t *testing.T) {
	t.Parallel()
	throttled := func(seconds string) Body {
		return Body{"status": 429, "headers": Body{"Retry-After": seconds}, "body": Body{"error": Body{"code": "TooManyRequests", "message": "slow"}}}
	}
	server := &batches{answer: func(part Body, nth int) Body {
		switch url := part["url"].(string); {
		case url == "/groups/3" && nth <= 2:
			return throttled("7")
		case url == "/groups/5" && nth == 1:
			return throttled("2")
		case url == "/groups/6":
			return Body{"status": 404, "body": Body{"error": Body{"code": "Request_ResourceNotFound", "message": "gone", "innerError": Body{"request-id": "r"}}}}
		}
		return echo(part, nth)
	}}
	c, clock := client(t, newServer(t, server.ServeHTTP).URL)
	results, err := c.Batch(t.Context(), V1, groups(8))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(server.groups[1:]); got != "[[/groups/3 /groups/5] [/groups/3]]" {
		t.Errorf("repeated %s", got)
	}
	if clock.slept() != 14*time.Second {
		t.Errorf("waited %v", clock.sleeps)
	}
	for i, result := range results {
		if i == 6 {
			if e, ok := as(result.Err, 404); !ok || !IsNotFound(result.Err) || e.RequestID != "r" || !strings.HasSuffix(e.URL, "/groups/6") {
				t.Errorf("got %v", result.Err)
			}
		} else if result.Err != nil {
			t.Errorf("%d: %v", i, result.Err)
		}
	}
}

func TestBatchOutcomes(t *testing.T) {
	t.Parallel()
	post := Request{Method: "POST", Path: "/groups", Body: Body{}}
	fails := func(status int) func(Body, int) Body { return func(Body, int) Body { return Body{"status": status} } }
	for name, test := range map[string]struct {
		part    Request
		answer  func(Body, int) Body
		sent    int
		unknown bool
		err     string
		raw     string
	}{
		"read, 500 for ever":    {groups(1)[0], fails(500), few, false, "500", ""},
		"write, 500":            {post, fails(500), 1, true, "not known whether", ""},
		"write, 504":            {post, fails(504), 1, true, "not known whether", ""},
		"throttled for ever":    {post, func(Body, int) Body { return Body{"status": 429, "headers": Body{"Retry-After": "315"}} }, 3, false, "tried 3 times", ""},
		"no answer for a write": {post, func(Body, int) Body { return nil }, 1, true, "no answer", ""},
		"no answer for a read":  {groups(1)[0], func(Body, int) Body { return nil }, 1, false, "no answer", ""},
		"conflict":              {post, fails(409), 1, false, "409", ""},
		"nothing":               {post, fails(204), 1, false, "", ""},
		"a text, not bytes": {groups(1)[0], func(Body, int) Body {
			return Body{"status": 200, "headers": Body{"content-type": "text/plain"}, "body": "1000"}
		}, 1, false, "", "1000"},
		"a number":                {groups(1)[0], func(Body, int) Body { return Body{"status": 200, "body": 1000} }, 1, false, "", "1000"},
		"something else as bytes": {groups(1)[0], func(Body, int) Body { return Body{"status": 200, "body": "aGVsbG8="} }, 1, false, "", "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &batches{answer: test.answer}
			c, _ := client(t, newServer(t, server.ServeHTTP).URL)
			results, err := c.Batch(t.Context(), V1, []Request{test.part})
			if err != nil || len(server.groups) != test.sent {
				t.Fatalf("sent %d times, %v", len(server.groups), err)
			}
			got := results[0]
			if OutcomeUnknown(got.Err) != test.unknown || (got.Err == nil) != (test.err == "") || (got.Err == nil) == (got.Response == nil) {
				t.Errorf("got %+v", got)
			}
			if got.Err != nil && !strings.Contains(got.Err.Error(), test.err) {
				t.Errorf("%q is not in: %v", test.err, got.Err)
			}
			if got.Response != nil && string(got.Response.Raw) != test.raw {
				t.Errorf("got %q", got.Response.Raw)
			}
		})
	}
}

func TestBatchEndsEarly(t *testing.T) {
	t.Parallel()
	parts := groups(45)
	for i := range parts {
		parts[i] = Request{Method: "POST", Path: "/groups", Body: Body{"n": i}}
	}
	var requests atomic.Int64
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		(&batches{answer: echo}).ServeHTTP(w, r)
	})
	c, _ := client(t, server.URL)
	results, err := c.Batch(t.Context(), V1, parts)
	if !OutcomeUnknown(err) || requests.Load() != 2 {
		t.Fatalf("%d requests, %v", requests.Load(), err)
	}
	for i, result := range results {
		done, unknown := i < 20, i >= 20 && i < 40
		if (result.Err == nil) != done || OutcomeUnknown(result.Err) != unknown {
			t.Errorf("%d: %v", i, result.Err)
		}
	}

	parts[44].Path = "/groups/"
	if _, err := c.Batch(t.Context(), V1, parts); err == nil || requests.Load() != 2 {
		t.Errorf("a part without an id: %v after %d more requests", err, requests.Load()-2)
	}
}

// Parts of Conditional Access cost its quota as much as requests, and are sent as such.
func TestBatchOfConditionalAccess(t *testing.T) {
	t.Parallel()
	server := serve(t, reply{status: 200, body: `{"id":"1"}`}, reply{status: 404, body: notFound.body}, reply{status: 200, body: `{"id":"3"}`})
	c, _ := client(t, server.URL)
	path := func(id string) Request { return Request{Path: "/identity/conditionalAccess/policies/" + id} }
	results, err := c.Batch(t.Context(), Beta, []Request{path("1"), path("2"), path("3")})
	if err != nil || results[0].Err != nil || results[0].Response.Body["id"] != "1" || !IsNotFound(results[1].Err) || results[2].Response.Body["id"] != "3" {
		t.Errorf("%v, %v", results, err)
	}
	if n := c.Requests(); n != 3 {
		t.Errorf("%d requests", n)
	}
}
