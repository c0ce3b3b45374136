package graph

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// workload is a part of Graph with a quota of its own; each has one lane, which bounds how many requests are on their
// way at once, keeps to the documented quota from the first request on, and is slowed by what the answers say beyond that.
// https://learn.microsoft.com/graph/throttling-limits
type workload string

const (
	directory         workload = "directory"
	conditionalAccess workload = "conditional access" // one request a second per tenant, and no Retry-After
	audit             workload = "audit"              // five requests in ten seconds
)

func workloadOf(path string) workload {
	head := strings.ToLower(path)
	switch {
	case strings.HasPrefix(head, "/identity/conditionalaccess"), strings.HasPrefix(head, "/policies/authenticationstrength"),
		strings.HasPrefix(head, "/identityprotection/"):
		return conditionalAccess
	case strings.HasPrefix(head, "/auditlogs/"):
		return audit
	}
	return directory
}

// quota is how many requests Graph takes in any span of that length. The spans are longer than Microsoft's by what
// requests may be delayed on their way.
type quota struct {
	most int
	span time.Duration
}

// quota is the documented one; of the directory that of writes, because what its reads may cost depends on the tenant.
func (w workload) quota() quota {
	switch w {
	case conditionalAccess:
		return quota{1, 1100 * time.Millisecond}
	case audit:
		return quota{5, 10500 * time.Millisecond}
	}
	return quota{2950, 151 * time.Second}
}

// pace is the least time between two starts once a workload has said 429.
func (w workload) pace() time.Duration {
	switch w {
	case conditionalAccess:
		return time.Second
	case audit:
		return 2 * time.Second
	}
	return 50 * time.Millisecond
}

// calm is how many successes in a row halve the pacing: quotas are shared with others, who come and go.
const calm = 30

type lane struct {
	work  workload
	slots chan struct{}
	next  chan struct{} // held by the one of those that count for the quota whose turn it is: a batch must not be overtaken for ever
	paced bool          // keeps to the documented quota without being told

	mu        sync.Mutex
	starts    []time.Time   // of the requests that count for the quota, as far back as it looks
	last      time.Time     // when the latest request started
	notBefore time.Time     // what the latest Retry-After says, or an answer that the quota is nearly used up
	gap       time.Duration // 0 until a 429
	successes int
}

func newLanes(paced bool) map[workload]*lane {
	lanes := map[workload]*lane{}
	for work, width := range map[workload]int{directory: 10, conditionalAccess: 2, audit: 1} {
		lanes[work] = &lane{work: work, slots: make(chan struct{}, width), next: make(chan struct{}, 1), paced: paced}
	}
	return lanes
}

// enter waits for a turn; call leave after the answer.
func (l *lane) enter(ctx context.Context, clock Clock, counts int) error {
	if counts > 0 {
		select {
		case l.next <- struct{}{}:
			defer func() { <-l.next }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		wait := l.wait(clock.Now(), counts)
		if wait <= 0 {
			return nil
		}
		if err := clock.Sleep(ctx, wait); err != nil {
			l.leave()
			return err
		}
	}
}

func (l *lane) leave() { <-l.slots }

// wait tells how long a request must still wait; 0 takes the turn. counts is how many it counts for the quota.
func (l *lane) wait(now time.Time, counts int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.notBefore
	if l.gap > 0 && l.last.Add(l.gap).After(at) {
		at = l.last.Add(l.gap)
	}
	q := l.work.quota()
	if counts = min(counts, q.most); !l.paced {
		counts = 0
	}
	// The one that must be out of the span, so that there is room for counts more.
	if first := len(l.starts) - q.most + counts - 1; counts > 0 && first >= 0 && l.starts[first].Add(q.span).After(at) {
		at = l.starts[first].Add(q.span)
	}
	if wait := at.Sub(now); wait > 0 {
		return wait
	}
	l.last = now
	if len(l.starts) >= 2*q.most {
		l.starts = append(l.starts[:0], l.starts[q.most:]...)
	}
	for range counts {
		l.starts = append(l.starts, now)
	}
	return 0
}

// learn takes an answer into account: a 429 holds the whole lane back for delay and
// paces it afterwards.
func (l *lane) learn(status int, now time.Time, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status != http.StatusTooManyRequests {
		if l.successes++; l.successes >= calm {
			if l.successes, l.gap = 0, l.gap/2; l.gap < l.work.pace() {
				l.gap = 0
			}
		}
		return
	}
	l.successes = 0
	if delay == 0 { // Graph said "at once": there is room again
		return
	}
	if l.gap = max(2*l.gap, l.work.pace()); l.gap > time.Second {
		l.gap = max(time.Second, l.work.pace())
	}
	l.hold(now.Add(delay))
}

// hold lets nothing start before a time. The lock is held.
func (l *lane) hold(until time.Time) {
	if until.After(l.notBefore) {
		l.notBefore = until
	}
}

// usage is the header in which the directory tells, from 0.8 on, how much of its quota is used.
const usage = "x-ms-throttle-limit-percentage"

// ease slows down before the quota is used up: it fills again within ten seconds.
func (l *lane) ease(header http.Header, now time.Time) {
	used, err := strconv.ParseFloat(header.Get(usage), 64)
	if err != nil || used < 0.8 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold(now.Add(time.Duration(min(used-0.7, 1) * 5 * float64(time.Second))))
}

// Clock is the time that retries and pacing go by. Tests replace it so that nothing waits.
type Clock interface {
	Now() time.Time
	// Sleep returns the context's cause as soon as it ends.
	Sleep(ctx context.Context, d time.Duration) error
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
