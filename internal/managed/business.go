package managed

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
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
	turns   int // how often one began, ended, or gave up what another wants

	blocked map[string]graph.Holding // who has what an object waits for, by its id
}

// turn is one object's writing.
type turn struct {
	*business
	first bool // it goes before the rest
}

// enter notes that an object is being written.
func (b *business) enter() *turn {
	b.add(1, 0, 1)
	return &turn{business: b}
}

// leave notes that it no longer is.
func (t *turn) leave() {
	if t.first {
		t.addFirst(-1) // before others are told
	}
	t.add(-1, 0, 1)
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

func (b *business) add(running, waiting, turns int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running, b.waiting, b.turns = b.running+running, b.waiting+waiting, b.turns+turns
}

// block notes that a live object waits for what another has, until end, and tells whether that
// one waits for it in turn, or for one that does: of several at most one is told so.
func (b *business) block(id string, h graph.Holding) (circle bool, end func()) {
	if id == "" {
		return false, func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blocked == nil {
		b.blocked = map[string]graph.Holding{}
	}
	id = strings.ToLower(id)
	b.blocked[id] = h
	seen := map[string]bool{}
	var leads func(h graph.Holding) bool
	leads = func(h graph.Holding) bool {
		return slices.ContainsFunc(h.By, func(by graph.Holder) bool {
			at := strings.ToLower(by.ID)
			if at == id || seen[at] {
				return at == id
			}
			seen[at] = true
			next, waits := b.blocked[at]
			return waits && next.Property == h.Property && leads(next)
		})
	}
	return leads(h), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.blocked, id)
	}
}

// since returns how many turns there have been, and whether nothing has been under way since
// there were so many but what waits.
func (b *business) since(turns int) (now int, idle bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turns, b.turns == turns && b.running <= b.waiting
}

// wait asks done, when something else began or ended, whether that was what is waited for, and
// returns the last answer. It ends, bounded, when nothing goes on but what waits: for two ticks,
// so that whoever else waits has asked, too, since the last of it.
func (b *business) wait(ctx context.Context, bound time.Duration, done func() bool) bool {
	b.add(0, 1, 0)
	defer b.add(0, -1, 0)
	ask := func() bool { // meanwhile it does not only wait
		b.add(0, -1, 0)
		defer b.add(0, 1, 0)
		return done()
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	before, _ := b.since(0)
	quiet := 0
	for began := time.Now(); time.Since(began) < bound; {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		now, idle := b.since(before)
		if quiet++; !idle {
			quiet = 0
		}
		if quiet == 2 {
			return ask()
		}
		if now != before && ask() {
			return true
		}
		before = now
	}
	return false
}
