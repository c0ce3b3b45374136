package managed

import (
	"context"
	"math"
	"sync"
	"time"
)

// What of one apply is under way in this process. Terraform hands over ten objects at a time
// and does not say which come next, so all that a write can wait for is what has begun.

// patience bounds the wait for another object of the same apply.
const patience = 5 * time.Minute

// look is how often a wait looks whether something began or ended.
const look = time.Second

// business is what of an apply is under way in this process.
type business struct {
	mu      sync.Mutex
	running int // objects that are being written
	waiting int // those of them that wait for another
	first   int // those that go before the rest
	turns   int // how often one began or ended
}

// turn is one object's writing.
type turn struct {
	*business
	first bool // it goes before the rest
}

// enter notes that an object is being written.
func (b *business) enter() *turn {
	b.add(1, 0)
	return &turn{business: b}
}

// leave notes that it no longer is.
func (t *turn) leave() {
	t.add(-1, 0)
	if t.first {
		t.addFirst(-1)
	}
}

// goFirst makes the others wait that have not passed letFirst.
func (t *turn) goFirst() {
	t.first = true
	t.addFirst(1)
}

// letFirst waits, bounded, for what goes before the rest.
func (t *turn) letFirst(ctx context.Context) {
	if !t.noneFirst() {
		t.wait(ctx, patience, t.noneFirst)
	}
}

// goLast waits until nothing else is under way but what waits, too, however long that takes.
func (t *turn) goLast(ctx context.Context) error {
	t.wait(ctx, math.MaxInt64, func() bool { return false })
	return ctx.Err()
}

func (b *business) addFirst(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.first += n
}

func (b *business) noneFirst() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first == 0
}

func (b *business) add(running, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running, b.waiting, b.turns = b.running+running, b.waiting+waiting, b.turns+max(running, -running)
}

// since returns how many turns there have been, and whether nothing has been under way since
// there were so many but what waits.
func (b *business) since(turns int) (now int, idle bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turns, b.turns == turns && b.running <= b.waiting
}

// wait asks done, when something else began or ended, whether that was what is waited for, and
// returns the last answer. It ends, bounded, when nothing goes on but what waits.
func (b *business) wait(ctx context.Context, bound time.Duration, done func() bool) bool {
	b.add(0, 1)
	defer b.add(0, -1)
	tick := time.NewTicker(look)
	defer tick.Stop()
	before, _ := b.since(0)
	for began := time.Now(); time.Since(began) < bound; {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		now, idle := b.since(before)
		if idle {
			return done()
		}
		if now != before && done() {
			return true
		}
		before = now
	}
	return false
}
