package export

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// How long an export still takes. Pages and batches are estimated apart, each by what those
// before have taken, and nothing is said while the number of either is not known or none
// of them was measured: then there is no honest figure.

// Estimates is what a Progress has as well that shows how much is left.
type Estimates interface {
	// Left says how long the export still takes. why says what has made it longer, and
	// is "" otherwise; known is false where there is no estimate (any more).
	Left(d time.Duration, known bool, why string)
	// Of says how many there are of what is being read, and how many were read.
	Of(n, all int)
}

// work is a way to ask.
type work int

const (
	pages   work = iota // a page of 999
	batches             // twenty questions
)

const (
	pageRows   = 999
	batchParts = 20
	// measured is how many of a way to ask tell how long the others take.
	measured = 3
)

// estimate is what is still to come. A nil one does nothing.
type estimate struct {
	to   Estimates
	now  func() time.Time
	sent func() int // requests that Graph got

	left  map[string]*todo // by what is read
	spent [2]time.Duration // by work
	done  [2]int
	since time.Time // the last time something was done
	asked int       // sent by then

	shown time.Duration // 0 while nothing is
	why   string        // what has been added since
}

type todo struct {
	by work
	n  int // -1: not known
}

func newEstimate(to Estimates, now func() time.Time, sent func() int) *estimate {
	return &estimate{to: to, now: now, sent: sent, left: map[string]*todo{}, since: now(), asked: sent()}
}

// expect says how much there is to ask for what; n below 0: nobody knows. why says where
// more comes than was known, if that is so.
func (e *estimate) expect(what string, by work, n int, why string) {
	if e == nil {
		return
	}
	if x := e.left[what]; why != "" && (x == nil && n > 0 || x != nil && x.n >= 0 && n > x.n) {
		e.why = why
	}
	e.left[what] = &todo{by, n}
	e.since, e.asked = e.now(), e.sent() // what was between is no part of either
}

// did says that n of it are done.
func (e *estimate) did(what string, n int) {
	if e == nil || e.left[what] == nil {
		return
	}
	x, now, sent := e.left[what], e.now(), e.sent()
	if sent > e.asked { // else it was known from an earlier run
		e.spent[x.by] += now.Sub(e.since)
		e.done[x.by] += n
	}
	e.since, e.asked = now, sent
	if x.n > 0 {
		x.n = max(0, x.n-n)
	}
	e.show()
}

// finished says that there is no more of it.
func (e *estimate) finished(what string) {
	if e != nil {
		delete(e.left, what)
	}
}

// show tells what is left. It grows only with a reason.
func (e *estimate) show() {
	var d time.Duration
	for _, x := range e.left {
		if x.n == 0 {
			continue
		}
		if x.n < 0 || e.done[x.by] < measured {
			e.shown = 0
			e.to.Left(0, false, "")
			return
		}
		d += time.Duration(x.n) * e.spent[x.by] / time.Duration(e.done[x.by])
	}
	why := ""
	if e.shown > 0 && d > e.shown {
		switch {
		case e.why != "":
			why = e.why
		case d > e.shown+e.shown/4+time.Minute:
			why = "Microsoft Graph answers more slowly"
		default:
			d = e.shown // a guess that was a little too low
		}
	}
	e.shown, e.why = d, ""
	e.to.Left(d, true, why)
}

// of says how many there are of what is being read.
func (e *estimate) of(n, all int) {
	if e != nil && all > 0 {
		e.to.Of(n, max(n, all))
	}
}

// What is asked for after the listings, as an estimate calls it.
const (
	relations   = "members and owners"
	activations = "running activations"
)

// estimate begins an estimate, where somebody looks at it: it asks how many objects there
// are of the kinds of which there can be very many.
func (e *exporter) estimate(ctx context.Context) {
	to, wanted := e.options.Progress.(Estimates)
	s, tenant := e.source.(live)
	if !wanted || !tenant {
		return
	}
	sent := func() int { return int(s.client.Requests()) }
	if s.answers != nil {
		sent = s.answers.Sent
	}
	e.counts = map[string]int{}
	for _, k := range e.kinds {
		if !k.Life.InDirectory() {
			continue
		}
		r, err := s.client.Do(ctx, graph.Request{Version: graph.Version(k.Life.ReadFrom), Path: k.Life.Path + "/$count", Header: map[string]string{"ConsistencyLevel": "eventual"}})
		if err != nil {
			continue // then there is no estimate
		}
		if n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(string(r.Raw)), "\ufeff")); err == nil {
			e.counts[k.Name] = n
		}
	}
	e.left = newEstimate(to, e.now, sent)
	related, active := 0, 0
	for _, k := range e.kinds {
		e.left.expect(k.Plural, pages, e.pagesOf(k), "")
		if n, known := e.counts[k.Name]; known && e.options.All {
			related += len(k.Relations()) * requests(n, batchParts)
			if slices.ContainsFunc(k.Relations(), func(a kind.Attr) bool { return a.Activation != nil }) {
				active += requests(n, batchParts)
			}
			if slices.ContainsFunc(k.Attrs, func(a kind.Attr) bool { return a.Channel == kind.Alone }) {
				e.left.expect(apart(k), pages, requests(n, pageRows), "")
			}
		}
	}
	if e.options.All {
		e.left.expect(relations, batches, related, "")
		e.left.expect(activations, batches, active, "")
	}
}

// pagesOf is how many pages the objects of a kind take, -1 where that is not known.
func (e *exporter) pagesOf(k *kind.Kind) int {
	n, known := e.counts[k.Name]
	switch {
	case k.Life.OnePage:
		return 1
	case !known:
		return -1
	}
	return max(1, requests(n, pageRows))
}

func requests(n, each int) int { return (n + each - 1) / each }

// apart is what a second listing of a kind is called in an estimate.
func apart(k *kind.Kind) string { return "more of " + k.Plural }

// nested is why more relations are read than those of what is written by itself.
func nested(n int) string {
	return fmt.Sprintf("%d more objects are referred to", n)
}
