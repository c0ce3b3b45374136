package export

import (
	"testing"
	"time"
)

// told keeps the last estimate.
type told struct {
	left  time.Duration
	known bool
	why   string
	times int
}

func (x *told) Left(d time.Duration, known bool, why string) {
	x.left, x.known, x.why = d, known, why
	x.times++
}
func (x *told) Of(int, int) {}

// TestEstimate: what is left is what each way to ask has taken, times what is to come of
// it; unknown before each was measured, and never more without a reason.
func TestEstimate(t *testing.T) {
	t.Parallel()
	x, now, sent := &told{}, time.Unix(0, 0), 0
	e := newEstimate(x, func() time.Time { return now }, func() int { return sent })
	did := func(what string, n int, took time.Duration) {
		now, sent = now.Add(took), sent+n
		e.did(what, n)
	}
	want := func(left time.Duration, known bool, why string) {
		t.Helper()
		if x.left != left || x.known != known || x.why != why {
			t.Errorf("%v %t %q instead of %v %t %q", x.left, x.known, x.why, left, known, why)
		}
	}
	e.expect("groups", pages, 10, "")
	e.expect("grants", pages, -1, "")
	e.expect("members", batches, 100, "")
	for range 4 {
		did("groups", 1, 2*time.Second)
	}
	want(0, false, "") // neither the grants nor a batch are known
	e.finished("grants")
	did("groups", 6, 12*time.Second)
	e.finished("groups")
	want(0, false, "") // no batch is

	now = now.Add(time.Hour) // a laptop that slept between is no measure
	e.expect("members", batches, 100, "")
	did("members", 10, 10*time.Second)
	want(90*time.Second, true, "")
	did("members", 10, 12*time.Second)
	want(88*time.Second, true, "") // 22 s for 20: 80 more
	did("members", 10, 20*time.Second)
	want(88*time.Second, true, "") // 98 s would be more, but little
	did("members", 10, 300*time.Second)
	want(513*time.Second, true, "Microsoft Graph answers more slowly") // 342 s for 40: 60 more
	e.expect("members", batches, 200, "of the nested ones")
	did("members", 10, 8550*time.Millisecond)
	want(1332090*time.Millisecond, true, "of the nested ones") // 350.55 s for 50: 190 more
	before, spent := e.done[batches], e.spent[batches]
	now = now.Add(time.Microsecond) // known from an earlier run: nothing is sent
	e.did("members", 100)
	if e.done[batches] != before || e.spent[batches] != spent || x.left > 800*time.Second {
		t.Errorf("answers that were known count as fast ones: %v", x.left)
	}
	var none *estimate
	none.expect("x", pages, 1, "")
	none.did("x", 1)
	none.finished("x")
	none.of(1, 2)
}
