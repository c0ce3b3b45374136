package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ten readers at a time take two requests: the first goes alone, and those that come while
// it is under way go together, each with its own answer or refusal.
func TestGather(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		sent = append(sent, r.Method+" "+r.URL.Path)
		first := len(sent) == 1
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if first {
			close(begun)
			<-release
			fmt.Fprint(w, `{"id":"0"}`)
			return
		}
		var in struct{ Requests []Body }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		var out []Body
		for _, part := range in.Requests {
			id := strings.TrimPrefix(part["url"].(string), "/groups/")
			if body, asked := part["body"].(Body); asked {
				id = body["ids"].([]any)[0].(string)
			}
			answer := Body{"id": part["id"], "status": 200, "body": Body{"id": id}}
			if id == "5" {
				answer["status"], answer["body"] = 404, Body{"error": Body{"code": "Request_ResourceNotFound", "message": "Resource '5' does not exist."}}
			}
			out = append(out, answer)
		}
		_ = json.NewEncoder(w).Encode(Body{"responses": out})
	}))
	t.Cleanup(server.Close)
	c, _ := client(t, server.URL)
	var all sync.WaitGroup
	ask := func(i int) {
		defer all.Done()
		r := Request{Path: fmt.Sprintf("/groups/%d", i)}
		if i == 7 { // a question that only reads goes with them
			r = Request{Method: "POST", Path: "/directoryObjects/getByIds", Body: Body{"ids": []any{"7"}}, Idempotent: true}
		}
		answer, err := c.Gather(t.Context(), r)
		switch {
		case i == 5 && !IsNotFound(err):
			t.Errorf("the lost one: %v", err)
		case i != 5 && (err != nil || answer.Body["id"] != fmt.Sprint(i)):
			t.Errorf("%d: %v %v", i, answer, err)
		}
	}
	all.Add(10)
	go ask(0)
	<-begun
	for i := 1; i < 10; i++ {
		go ask(i)
	}
	waitUntil(t, func() bool {
		c.gatherer.mu.Lock()
		defer c.gatherer.mu.Unlock()
		return len(c.gatherer.waiting[V1]) == 9
	})
	close(release)
	all.Wait()
	if got := strings.Join(sent, ", "); got != "GET /v1.0/groups/0, POST /v1.0/$batch" {
		t.Errorf("sent %s", got)
	}
	waitUntil(t, func() bool { c.gatherer.mu.Lock(); defer c.gatherer.mu.Unlock(); return c.gatherer.flights[V1] == 0 })
}

// Who gives up does not hold up the others, and a request that nobody waits for ends.
func TestGatherGivenUp(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(ended)
	}))
	t.Cleanup(server.Close)
	c, _ := client(t, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if _, err := c.Gather(ctx, Request{Path: "/groups/1"}); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("%v", err)
	}
	<-ended
}

// waitUntil waits for what another goroutine is about to do.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for range 10_000 {
		if done() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it never came to that")
}

// One that Graph cannot answer for a while holds up no other.
func TestGatherWithOneThatFails(t *testing.T) {
	t.Parallel()
	hold, begun, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/v1.0/$batch" {
			if r.URL.Path == "/v1.0/groups/0" {
				once.Do(func() { close(begun) })
				<-release
				fmt.Fprint(w, `{"id":"0"}`)
				return
			}
			<-hold
			w.WriteHeader(504)
			return
		}
		var in struct{ Requests []Body }
		_ = json.NewDecoder(r.Body).Decode(&in)
		var out []Body
		for _, part := range in.Requests {
			answer := Body{"id": part["id"], "status": 200, "body": Body{}}
			if part["url"] == "/groups/5" {
				answer["status"] = 504
			}
			out = append(out, answer)
		}
		_ = json.NewEncoder(w).Encode(Body{"responses": out})
	}))
	t.Cleanup(server.Close)
	c, _ := client(t, server.URL)
	var healthy, failing sync.WaitGroup
	healthy.Go(func() { _, _ = c.Gather(t.Context(), Request{Path: "/groups/0"}) })
	<-begun
	for i := 1; i < 10; i++ {
		group := &healthy
		if i == 5 {
			group = &failing
		}
		group.Go(func() {
			if _, err := c.Gather(t.Context(), Request{Path: fmt.Sprintf("/groups/%d", i)}); (err != nil) != (i == 5) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	waitUntil(t, func() bool {
		c.gatherer.mu.Lock()
		defer c.gatherer.mu.Unlock()
		return len(c.gatherer.waiting[V1]) == 9
	})
	close(release)
	healthy.Wait() // while the one is still being asked for
	close(hold)
	failing.Wait()
}
