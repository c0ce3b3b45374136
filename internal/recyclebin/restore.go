package recyclebin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// Runner restores what a plan says.
type Runner struct {
	Client   *graph.Client
	Progress Progress // nil: none
	// Grace is how long a request that is on its way may take when the context ends; 0 is
	// ten seconds.
	Grace time.Duration
	// Wait waits between rounds; nil: by the clock. It returns when the context ends.
	Wait func(context.Context, time.Duration) error
}

// Summary is what a restore did.
type Summary struct {
	Restored int
	Live     int      // were live already
	Skipped  int      // restored by an earlier run
	Failed   []Result // with the reason, unfinished ones among them
	Left     int      // not tried, because the restore ended before
	// Untrusted are the named locations that were restored, and that may have been trusted.
	Untrusted []string
}

// Complete tells whether everything that was selected is live.
func (s *Summary) Complete() bool { return len(s.Failed) == 0 && s.Left == 0 }

// ErrInterrupted says that the context ended before everything was tried.
var ErrInterrupted = errors.New("interrupted")

// writers is how many batches are on their way at once. Graph restores a batch of twenty
// in seconds, and takes twenty writes a second.
const writers = 4

// rounds are the waits before what refers to something just restored is tried again,
// where Graph answers that it does not exist: that takes a while to arrive everywhere.
var rounds = []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second}

// run is one restore.
type run struct {
	Runner
	*Plan
	ctx  context.Context // ends with Ctrl-C
	work context.Context // that of the requests, which ends a little later

	mu    sync.Mutex
	sum   Summary
	tries int
	back  map[string]bool // ids and app ids that this run restored
	fatal error           // why no further request makes sense
}

// attempt is one object, and why it was not restored yet.
type attempt struct {
	*Item
	err error
}

// Restore does what the plan says. The summary tells what was done also where there is an
// error, which is ErrInterrupted or says why going on made no sense. What is on its way
// when the context ends is waited for, and written down.
func (r Runner) Restore(ctx context.Context, p *Plan) (*Summary, error) {
	if r.Progress == nil {
		r.Progress = silent{}
	}
	if r.Wait == nil {
		r.Wait = sleep
	}
	if r.Grace == 0 {
		r.Grace = 10 * time.Second
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(r.Grace, cancel) })()
	x := &run{Runner: r, Plan: p, ctx: ctx, work: work, back: map[string]bool{}, sum: Summary{Skipped: p.Skipped}}
	for _, one := range p.Decided {
		x.decide(false, one)
	}
	for i := range p.Finish {
		if x.stopped() {
			break
		}
		x.tries++
		x.finishPolicy(binOf(policy), &p.Finish[i])
	}
	for _, b := range bins() {
		x.kind(b)
	}
	x.sum.Left = len(p.Items) + len(p.Finish) - x.tries
	switch {
	case x.fatal != nil:
		return &x.sum, x.fatal
	case ctx.Err() != nil && x.sum.Left > 0:
		return &x.sum, ErrInterrupted
	}
	return &x.sum, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// kind restores the objects of one kind.
func (r *run) kind(b bin) {
	var open []attempt
	for i := range r.Items {
		if r.Items[i].Kind == b.Name {
			open = append(open, attempt{Item: &r.Items[i]})
		}
	}
	if len(open) == 0 || r.stopped() {
		return
	}
	r.Progress.Restoring(b.Plural, len(open))
	open = r.round(b, open)
	for _, wait := range rounds {
		if len(open) == 0 || r.stopped() || r.Wait(r.ctx, wait) != nil {
			break
		}
		open = r.round(b, open)
	}
	for _, a := range open {
		if a.err != nil {
			r.settle(a, Failed, r.reason(b, a.Item, a.err))
		}
	}
}

// round tries each once, and returns those to try again. What was not tried, because the
// restore ended, has no error.
func (r *run) round(b bin, open []attempt) (again []attempt) {
	if !b.shared() {
		for _, a := range open {
			if r.stopped() {
				return again
			}
			again = append(again, r.one(b, a)...)
		}
		return again
	}
	parts := make(chan []attempt)
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for part := range parts {
				later := r.batch(b, part)
				r.mu.Lock()
				again = append(again, later...)
				r.mu.Unlock()
			}
		})
	}
	for part := range slices.Chunk(open, batchSize) {
		if r.stopped() {
			break
		}
		parts <- part
	}
	close(parts)
	group.Wait()
	return again
}

func (r *run) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fatal != nil || r.ctx.Err() != nil
}

// batch restores up to twenty objects of the directory in one request.
func (r *run) batch(b bin, open []attempt) (again []attempt) {
	requests := make([]graph.Request, len(open))
	for i, a := range open {
		var body graph.Body
		if r.Reconcile && b.Name == user {
			body = graph.Body{"autoReconcileProxyConflict": true}
		}
		requests[i] = b.restore(a.ID, body)
	}
	results, whole := r.Client.Batch(r.work, graph.Version(b.Life.BinVersion), requests)
	var gone []attempt
	for i, a := range open {
		switch a.err = results[i].Err; {
		case a.err != nil && whole != nil && errors.Is(a.err, whole):
			r.end(whole) // what became of it is not known
		case graph.IsNotFound(a.err) && !r.notYet(a.err, a.ID):
			gone = append(gone, a)
		default:
			again = append(again, r.judge(b, a)...)
		}
	}
	if whole != nil {
		r.end(whole)
	}
	r.lookUp(b, gone)
	return again
}

// lookUp finds out whether what the bin does not have any more is live: a restore whose
// answer was lost, or somebody else's.
func (r *run) lookUp(b bin, gone []attempt) {
	if len(gone) == 0 {
		return
	}
	requests := make([]graph.Request, len(gone))
	for i, a := range gone {
		requests[i] = b.live(a.ID)
	}
	results, whole := r.Client.Batch(r.work, graph.Version(b.Life.ReadFrom), requests)
	for i, a := range gone {
		r.found(b, a, results[i].Err, whole)
	}
}

// found settles an object that is not in the bin, by the answer to whether it is live.
func (r *run) found(b bin, a attempt, err, whole error) {
	switch {
	case err == nil:
		r.settle(a, Live, "")
	case graph.IsNotFound(err):
		r.settle(a, Failed, "It is neither in the recycle bin nor live any more: it was deleted permanently meanwhile.")
	case whole != nil || hopeless(err):
		r.end(err)
	default:
		r.settle(a, Failed, "It is not in the recycle bin any more, and whether it is live could not be asked: "+explain(b, b.Read, err))
	}
}

// judge settles the answer to a restore, or returns the object to try again.
func (r *run) judge(b bin, a attempt) (again []attempt) {
	switch {
	case a.err == nil:
		r.settle(a, Restored, "")
	case hopeless(a.err):
		r.end(a.err)
	case r.notYet(a.err, a.ID):
		return []attempt{a}
	default:
		r.settle(a, Failed, r.reason(b, a.Item, a.err))
	}
	return nil
}

// notYet tells whether Graph misses something that this run restored.
func (r *run) notYet(err error, self string) bool {
	if !graph.IsBadRequest(err) && !graph.IsNotFound(err) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(guid.FindAllString(err.Error(), -1), func(id string) bool {
		return !strings.EqualFold(id, self) && r.back[strings.ToLower(id)]
	})
}

// one restores an object that has a bin of its own.
func (r *run) one(b bin, a attempt) (again []attempt) {
	tame := r.ReportOnly && b.Name == policy && a.State == "enabled"
	if tame { // so that whoever runs it again knows of it, whatever happens in between
		if err := r.Results.write(a.result(Unfinished, "the restore began")); err != nil {
			r.end(err)
			return nil
		}
	}
	_, err := r.Client.Do(r.work, b.restore(a.ID, nil))
	outcome := Restored
	switch a.err = err; {
	case graph.IsNotFound(err) && !r.notYet(err, a.ID):
		_, err := r.Client.Do(r.work, b.live(a.ID))
		if err != nil || !tame {
			r.found(b, a, err, nil)
			return nil
		}
		outcome = Live
	case err != nil:
		return r.judge(b, a)
	}
	if tame {
		if err := r.reportOnly(a.Item); err != nil {
			r.settle(a, Unfinished, r.stillEnforced(b, err))
			return nil
		}
	}
	r.settle(a, outcome, "")
	return nil
}

func (r *run) stillEnforced(b bin, err error) string {
	s := "It was restored and is ENFORCED, because it could not be set to report-only: " + strings.TrimSuffix(err.Error(), ".") + "."
	if graph.IsForbidden(err) {
		s += " Grant the application " + strings.Join(b.Write, ", ") + " with admin consent."
	}
	if r.Results == nil {
		return s + " Set it in the admin center."
	}
	return s + " Run again with --report-only and the same result file, or set it in the admin center."
}

// reportOnly takes the enforcement off a policy. One with preview features can be written
// through beta alone.
func (r *run) reportOnly(it *Item) error {
	request := graph.Request{Method: "PATCH", Path: binOf(policy).Life.Path + graph.Path(it.ID), Body: graph.Body{"state": "enabledForReportingButNotEnforced"}}
	_, err := r.Client.Do(r.work, request)
	var e *graph.Error
	if graph.IsNotFound(err) || errors.As(err, &e) && e.Status == 400 && strings.Contains(e.Message, "contains preview features") {
		request.Version = graph.Beta
		_, err = r.Client.Do(r.work, request)
	}
	return err
}

// finishPolicy sets a policy to report-only that an earlier run restored, if it is
// enforced.
func (r *run) finishPolicy(b bin, it *Item) {
	a := attempt{Item: it}
	answer, err := r.Client.Do(r.work, b.live(it.ID))
	switch {
	case graph.IsNotFound(err):
		r.decide(true, it.result(Failed, "It is neither in the recycle bin nor live any more: it was deleted permanently meanwhile."))
		return
	case err == nil && word(answer.Body, "state") == "enabled":
		err = r.reportOnly(it)
	}
	if err != nil {
		r.decide(true, a.result(Unfinished, r.stillEnforced(b, err)))
		return
	}
	r.decide(true, a.result(Restored, ""))
}

// settle writes down what became of an object that was tried.
func (r *run) settle(a attempt, outcome, reason string) {
	r.mu.Lock()
	r.tries++
	r.mu.Unlock()
	r.decide(true, a.result(outcome, reason))
	if outcome == Failed || outcome == Unfinished {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.back[a.ID] = true
	if a.AppID != "" {
		r.back[strings.ToLower(a.AppID)] = true
	}
	if a.trusts {
		r.sum.Untrusted = append(r.sum.Untrusted, a.Name)
	}
}

// decide counts an outcome, and keeps it.
func (r *run) decide(tried bool, one Result) {
	r.mu.Lock()
	switch one.Outcome {
	case Restored:
		r.sum.Restored++
	case Live:
		r.sum.Live++
	default:
		r.sum.Failed = append(r.sum.Failed, one)
	}
	if tried {
		r.Progress.Tried(1)
	}
	r.mu.Unlock()
	if err := r.Results.write(one); err != nil {
		r.end(err)
	}
}

// end says why no further request makes sense; that the context ended is none.
func (r *run) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal == nil && r.ctx.Err() == nil {
		r.fatal = fmt.Errorf("stopped: %w", err)
	}
}
