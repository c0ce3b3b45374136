package graph

import (
	"testing"
	"time"
)

func TestLaneLearns(t *testing.T) {
	t.Parallel()
	now := newClock().now
	l := newLanes(false)[directory]
	step := func(what string, after, want time.Duration) {
		t.Helper()
		if got := l.wait(now.Add(after), 1); got != want {
			t.Errorf("%s: waits %s, want %s", what, got, want)
		}
	}
	step("free", 0, 0)
	l.learn(429, now, 0)
	step("told to go on at once", 0, 0)
	l.learn(429, now, 5*time.Second)
	step("held back", time.Second, 4*time.Second)
	step("its turn", 5*time.Second, 0)
	step("paced", 5*time.Second, 50*time.Millisecond)
	for range 10 {
		l.learn(429, now, time.Nanosecond)
	}
	step("never slower than a second", 5*time.Second, time.Second)
	for range 5 * calm {
		l.learn(200, now, 0)
	}
	step("calm again", 5*time.Second, 0)
}

func TestWorkloadOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]workload{
		"/identity/conditionalAccess/policies/1":     conditionalAccess,
		"/identity/conditionalaccess/namedLocations": conditionalAccess,
		"/policies/authenticationStrengthPolicies":   conditionalAccess,
		"/auditLogs/directoryAudits":                 audit,
		"/groups":                                    directory,
		"/directory/deletedItems/1":                  directory,
	} {
		if got := workloadOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// What writes counts for the quota of the directory, also where it may be repeated without harm.
func TestWhatCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    Request
		want int
	}{
		{Request{Path: "/groups"}, 0},
		{Request{Method: "POST", Path: "/directoryObjects/getByIds", Idempotent: true}, 0},
		{Request{Method: "POST", Path: "/directory/deletedItems/1/restore", Idempotent: true}, 1},
		{Request{Method: "POST", Path: "/groups/1/members/$ref", Idempotent: true}, 1},
		{Request{Method: "PATCH", Path: "/groups/1"}, 1},
		{Request{Path: "/identity/conditionalAccess/policies"}, 1},
	} {
		if got := c.r.counts(); got != c.want {
			t.Errorf("%s %s counts %d, want %d", c.r.method(), c.r.Path, got, c.want)
		}
	}
}

// From the first request on: Conditional Access one a second, the audit log five in ten,
// writes of the directory three thousand in 150, and reads as they come.
func TestDocumentedQuotasAreKept(t *testing.T) {
	t.Parallel()
	begin := newClock().now
	for work, want := range map[workload]struct {
		counts   int
		requests int
		took     time.Duration
	}{
		conditionalAccess: {1, 4, 3 * 1100 * time.Millisecond},
		audit:             {1, 11, 21 * time.Second},
		directory:         {0, 9000, 0},
	} {
		l, now := newLanes(true)[work], begin
		for range want.requests {
			for wait := l.wait(now, want.counts); wait > 0; wait = l.wait(now, want.counts) {
				now = now.Add(wait)
			}
		}
		if took := now.Sub(begin); took != want.took {
			t.Errorf("%s: %d requests took %s, want %s", work, want.requests, took, want.took)
		}
	}
	l, now := newLanes(true)[directory], begin
	for range 10_000 / 20 { // batches
		for wait := l.wait(now, 20); wait > 0; wait = l.wait(now, 20) {
			now = now.Add(wait)
		}
	}
	if took := now.Sub(begin); took != 3*151*time.Second {
		t.Errorf("10000 writes took %s", took)
	}
	if len(l.starts) > 6000 {
		t.Errorf("%d starts are remembered", len(l.starts))
	}
}

// The directory says when its quota runs out: what comes then waits, so that no 429 comes.
func TestLaneEases(t *testing.T) {
	t.Parallel()
	now := newClock().now
	l := newLanes(false)[directory]
	for _, c := range []struct {
		used string
		want time.Duration
	}{{"", 0}, {"0.79", 0}, {"0.80", 500 * time.Millisecond}, {"1.2", 2500 * time.Millisecond}, {"nonsense", 2500 * time.Millisecond}} {
		l.ease(map[string][]string{"X-Ms-Throttle-Limit-Percentage": {c.used}}, now)
		if got := l.wait(now, 1).Round(time.Millisecond); got != c.want {
			t.Errorf("%q: waits %s, want %s", c.used, got, c.want)
		}
	}
}
