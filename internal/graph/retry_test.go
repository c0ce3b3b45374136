package graph

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestRetry(t *testing.T) {
	t.Parallel()
	after := func(status int, seconds string) reply {
		return reply{status: status, header: map[string]string{"Retry-After": seconds}}
	}
	ok, drop := reply{status: 200, body: `{}`}, reply{drop: true}
	exact := func(d time.Duration) [2]time.Duration { return [2]time.Duration{d, d} }
	about := func(d time.Duration) [2]time.Duration { return [2]time.Duration{d * 7 / 10, d * 13 / 10} }
	bind := Body{"members@odata.bind": []string{"x"}}

	for name, test := range map[string]struct {
		request Request
		replies []reply
		tries   int
		waited  [2]time.Duration
		ok      bool
		unknown bool
	}{
		"retry-after 0 is at once":              {Request{}, []reply{after(429, "0"), ok}, 2, exact(0), true, false},
		"retry-after is kept to the second":     {Request{}, []reply{after(429, "17"), ok}, 2, exact(17 * time.Second), true, false},
		"the longest that Graph sends":          {Request{}, []reply{after(503, "315"), ok}, 2, exact(315 * time.Second), true, false},
		"a fraction":                            {Request{}, []reply{after(429, "0.5"), ok}, 2, exact(500 * time.Millisecond), true, false},
		"a date":                                {Request{}, []reply{after(429, "Sun, 01 Mar 2026 12:00:30 GMT"), ok}, 2, exact(30 * time.Second), true, false},
		"a date in the past":                    {Request{}, []reply{after(429, "Sun, 01 Mar 2026 11:00:00 GMT"), ok}, 2, exact(0), true, false},
		"nonsense is no retry-after":            {Request{}, []reply{after(429, "soon"), ok}, 2, about(time.Second), true, false},
		"too long to wait":                      {Request{}, []reply{after(429, "3600"), ok}, 1, exact(0), false, false},
		"grows without retry-after":             {Request{}, []reply{{status: 503}, {status: 503}, {status: 503}, ok}, 4, about(7 * time.Second), true, false},
		"at once for ever is not believed":      {Request{}, []reply{after(429, "0"), after(429, "0"), after(429, "0"), after(429, "0"), ok}, 5, about(8 * time.Second), true, false},
		"502 and 504 of a read":                 {Request{}, []reply{{status: 502}, {status: 504}, ok}, 3, about(3 * time.Second), true, false},
		"500 of a read, not for long":           {Request{}, []reply{{status: 500}}, few, about(15 * time.Second), false, false},
		"dropped read":                          {Request{}, []reply{drop, drop, ok}, 3, about(3 * time.Second), true, false},
		"dropped for ever":                      {Request{}, []reply{drop}, few, about(15 * time.Second), false, false},
		"post on 429":                           {Request{Method: "POST", Body: Body{}}, []reply{after(429, "2"), ok}, 2, exact(2 * time.Second), true, false},
		"post on 503":                           {Request{Method: "POST", Body: Body{}}, []reply{{status: 503}, ok}, 2, about(time.Second), true, false},
		"dropped post is not repeated":          {Request{Method: "POST", Body: Body{}}, []reply{drop, ok}, 1, exact(0), false, true},
		"post on 500 is not repeated":           {Request{Method: "POST", Body: Body{}}, []reply{{status: 500}, ok}, 1, exact(0), false, true},
		"post on 502 is not repeated":           {Request{Method: "POST", Body: Body{}}, []reply{{status: 502}, ok}, 1, exact(0), false, true},
		"post on 504 is not repeated":           {Request{Method: "POST", Body: Body{}}, []reply{{status: 504}, ok}, 1, exact(0), false, true},
		"post that only reads":                  {Request{Method: "POST", Body: Body{}, Idempotent: true}, []reply{drop, {status: 504}, ok}, 3, about(3 * time.Second), true, false},
		"dropped patch is repeated":             {Request{Method: "PATCH", Body: Body{"a": 1}}, []reply{drop, ok}, 2, about(time.Second), true, false},
		"dropped patch that binds is not":       {Request{Method: "PATCH", Body: bind}, []reply{drop, ok}, 1, exact(0), false, true},
		"dropped delete, then gone: done":       {Request{Method: "DELETE"}, []reply{drop, notFound}, 2, about(time.Second), true, false},
		"throttled delete, then gone: not ours": {Request{Method: "DELETE"}, []reply{after(429, "0"), notFound}, 2, exact(0), false, false},
		"two writers at once": {Request{Method: "PATCH", Body: Body{}},
			[]reply{{status: 409, body: `{"error":{"code":"Request_ConcurrencyViolation","message":"x"}}`}, ok}, 2, about(time.Second), true, false},
		"another conflict": {Request{Method: "POST", Body: Body{}},
			[]reply{{status: 409, body: `{"error":{"code":"Request_MultipleObjectsWithSameKeyValue","message":"x"}}`}, ok}, 1, exact(0), false, false},
		"400 is final": {Request{}, []reply{{status: 400}, ok}, 1, exact(0), false, false},
		"403 is final": {Request{}, []reply{{status: 403}, ok}, 1, exact(0), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, test.replies...)
			c, clock := client(t, server.URL)
			test.request.Path = "/groups/1"
			_, err := c.Do(t.Context(), test.request)
			if (err == nil) != test.ok || OutcomeUnknown(err) != test.unknown {
				t.Errorf("got error %v, outcome unknown: %t", err, OutcomeUnknown(err))
			}
			if n := len(server.requests()); n != test.tries {
				t.Errorf("sent %d times, want %d", n, test.tries)
			}
			if got := clock.slept(); got < test.waited[0] || got > test.waited[1] {
				t.Errorf("waited %s, want between %s and %s", got, test.waited[0], test.waited[1])
			}
			if test.unknown && !strings.Contains(err.Error(), "not known whether") {
				t.Errorf("the error does not say so: %v", err)
			}
			bodies := map[string]bool{}
			for _, r := range server.requests() {
				bodies[r.Body] = true
			}
			if len(bodies) != 1 {
				t.Errorf("the tries differ: %v", bodies)
			}
		})
	}
}

var notFound = reply{status: 404, body: `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist."}}`}

func TestConditionalAccessIsGivenASecond(t *testing.T) {
	t.Parallel()
	server := serve(t, reply{status: 429}, reply{status: 429}, reply{status: 200, body: `{}`})
	c, clock := client(t, server.URL)
	if _, err := c.Get(t.Context(), V1, "/identity/conditionalAccess/policies", nil); err != nil {
		t.Fatal(err)
	}
	for _, d := range clock.sleeps {
		if d < time.Second {
			t.Errorf("waited %s, but the quota renews each second", d)
		}
	}
	before := clock.Now()
	for range 3 {
		if _, err := c.Get(t.Context(), V1, "/identity/conditionalAccess/namedLocations", nil); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(before); took < 3*time.Second {
		t.Errorf("three more requests took %s, want one a second", took)
	}
	before = clock.Now()
	if _, err := c.Get(t.Context(), V1, "/groups/1", nil); err != nil || clock.Now() != before {
		t.Errorf("another workload was held back too: %s, %v", clock.Now().Sub(before), err)
	}
}

func TestAMinuteOf503IsSurvived(t *testing.T) {
	t.Parallel()
	clock := newClock()
	start := clock.Now()
	server := &tenant{}
	server.Server = newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if clock.Now().Sub(start) < time.Minute {
			w.WriteHeader(503)
			return
		}
		w.WriteHeader(204)
	})
	c, _ := client(t, server.URL, func(c *Config) { c.Clock = clock })
	if _, err := c.Post(t.Context(), V1, "/groups", Body{}); err != nil {
		t.Fatal(err)
	}
	if c.Requests() > 12 {
		t.Errorf("took %d requests", c.Requests())
	}
}

func TestGivesUpAndSaysSo(t *testing.T) {
	t.Parallel()
	server := serve(t, reply{status: 503, body: `{"error":{"code":"ServiceUnavailable","message":"Try later."}}`})
	c, clock := client(t, server.URL)
	_, err := c.Get(t.Context(), V1, "/groups/1", nil)
	var e *Error
	if !errors.As(err, &e) || e.Status != 503 || e.Tries != len(server.requests()) {
		t.Fatalf("got %v", err)
	}
	if waited := clock.slept(); waited < 14*time.Minute || waited > 15*time.Minute {
		t.Errorf("gave up after %s", waited)
	}
	for _, part := range []string{"503 ServiceUnavailable: Try later", "tried ", " times in 14m", "run it again later"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func TestCancelStopsAtOnce(t *testing.T) {
	t.Parallel()
	stop := errors.New("interrupted by the user")

	t.Run("while waiting", func(t *testing.T) {
		t.Parallel()
		server := serve(t, reply{status: 429, header: map[string]string{"Retry-After": "300"}})
		ctx, cancel := context.WithCancelCause(t.Context())
		c, clock := client(t, server.URL)
		clock.onTick = func() { cancel(stop) }
		_, err := c.Get(ctx, V1, "/groups/1", nil)
		if !errors.Is(err, stop) || len(server.requests()) != 1 || len(clock.sleeps) != 1 {
			t.Errorf("got %v after %d requests", err, len(server.requests()))
		}
		var e *Error
		if !errors.As(err, &e) || e.Status != 429 {
			t.Errorf("the reason for waiting is lost: %v", err)
		}
	})
	t.Run("under way", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		server := newServer(t, func(_ http.ResponseWriter, r *http.Request) { cancel(stop); <-r.Context().Done() })
		c, _ := client(t, server.URL)
		if _, err := c.Post(ctx, V1, "/groups", nil); !errors.Is(err, stop) || !OutcomeUnknown(err) || c.Requests() != 1 {
			t.Errorf("got %v after %d requests", err, c.Requests())
		}
	})
	t.Run("a read under way, where writes are to be finished", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		server := newServer(t, func(_ http.ResponseWriter, r *http.Request) { cancel(stop); <-r.Context().Done() })
		c, _ := client(t, server.URL, func(c *Config) { c.FinishWrites = true })
		if _, err := c.Get(ctx, V1, "/groups/1", nil); !errors.Is(err, stop) || c.Requests() != 1 {
			t.Errorf("got %v after %d requests", err, c.Requests())
		}
	})
	t.Run("a write under way that is to be finished", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		wire := sending(func(r *http.Request) (*http.Response, error) {
			cancel(stop)
			if err := r.Context().Err(); err != nil {
				return nil, err
			}
			return &http.Response{StatusCode: 201, Request: r, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"id":"1"}`))}, nil
		})
		c, _ := client(t, "http://127.0.0.1", func(c *Config) { c.Transport, c.FinishWrites = wire, true })
		if made, err := c.Post(ctx, V1, "/groups", nil); err != nil || made["id"] != "1" {
			t.Errorf("got %v, %v", made, err)
		}
	})
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		server := serve(t, reply{status: 204})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		c, _ := client(t, server.URL)
		if _, err := c.Post(ctx, V1, "/groups", nil); !errors.Is(err, stop) || OutcomeUnknown(err) || len(server.requests()) != 0 {
			t.Errorf("got %v", err)
		}
	})
}

// sending is a wire of the test's own.
type sending func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (s sending) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

// A POST that never reached anybody may be sent again.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	c, clock := client(t, "http://"+address)
	_, err = c.Post(t.Context(), V1, "/groups", Body{})
	var u *Unanswered
	if !errors.As(err, &u) || u.Tries != few || u.OutcomeUnknown || len(clock.sleeps) != few-1 {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), "POST http://"+address+"/v1.0/groups got no answer") {
		t.Errorf("got %v", err)
	}
}

func TestLaneBoundsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int64
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(2 * time.Millisecond)
		running.Add(-1)
		w.WriteHeader(204)
	})
	c, _ := client(t, server.URL)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := c.Get(t.Context(), V1, "/identity/conditionalAccess/policies", nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most.Load() > 2 || most.Load() < 1 {
		t.Errorf("%d at once, want at most 2", most.Load())
	}
}
