package graph

import (
	"context"
	"strings"
	"sync"
	"time"
)

// workload is a part of Graph with a quota of its own; each has one lane, which bounds how many requests are on their
// way at once and is slowed by the 429s it meets.
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
	case strings.HasPrefix(head, "/identity/conditionalaccess"), strings.HasPrefix(head, "/policies/"),
		strings.HasPrefix(head, "/identityprotection/"):
		return conditionalAccess
	case strings.HasPrefix(head, "/auditlogs/"):
		return audit
	}
	return directory
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

// calm is how many successes in a row end the pacing: quotas are shared with others, who come and go.
const calm = 30

type lane struct {
	work  workload
	slots chan struct{}

	mu        sync.Mutex
	last      time.Time     // when the latest request started
	notBefore time.Time     // what the latest Retry-After says
	gap       time.Duration // 0 until a 429
	successes int
}

func newLanes() map[workload]*lane {
	lanes := map[workload]*lane{}
	for work, width := range map[workload]int{directory: 10, conditionalAccess: 2, audit: 1} {
		lanes[work] = &lane{work: work, slots: make(chan struct{}, width)}
	}
	return lanes
}

// enter waits for a turn; call leave after the answer.
func (l *lane) enter(ctx context.Context, clock Clock) error {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		wait := l.wait(clock.Now())
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

// wait tells how long a request must still wait; 0 takes the turn.
func (l *lane) wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.notBefore
	if l.gap > 0 && l.last.Add(l.gap).After(at) {
		at = l.last.Add(l.gap)
	}
	if wait := at.Sub(now); wait > 0 {
		return wait
	}
	l.last = now
	return 0
}

// learn takes an answer into account: a 429 holds the whole lane back for delay and
// paces it afterwards.
func (l *lane) learn(status int, now time.Time, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status != 429 {
		if l.successes++; l.successes >= calm {
			l.gap = 0
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
	if until := now.Add(delay); until.After(l.notBefore) {
		l.notBefore = until
	}
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
