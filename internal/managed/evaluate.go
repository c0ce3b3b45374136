package managed

import (
	"context"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What all rules mean for one account is one request, and Conditional Access takes one a
// second. So the rules that wait for an answer about the same account share it: whoever
// comes before the inquiry has left its queue, behind the writes of other rules, joins.

// questions are those that have not been sent yet.
type questions struct {
	mu   sync.Mutex
	open map[string]*inquiry
}

type inquiry struct {
	waiting int // rules
	done    chan struct{}
	rows    []any
	err     error
}

// evaluate asks what the rules of a kind mean for an account. The answer is younger than
// the call.
func (t *Tenant) evaluate(ctx context.Context, r *kind.Rollout, v graph.Version, who *account) ([]any, error) {
	key := string(v) + " " + r.Ask.Path + " " + who.ID
	t.questions.mu.Lock()
	q := t.questions.open[key]
	if q == nil {
		q = &inquiry{done: make(chan struct{})}
		if t.questions.open == nil {
			t.questions.open = map[string]*inquiry{}
		}
		t.questions.open[key] = q
		go t.pose(context.WithoutCancel(ctx), key, q, graph.Request{Method: "POST", Version: v, Path: r.Ask.Path, Body: r.Ask.Body(who.Who), Idempotent: true})
	}
	q.waiting++
	t.questions.mu.Unlock()
	select {
	case <-q.done:
		return q.rows, q.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// pose sends an inquiry; from then on nobody joins it.
func (t *Tenant) pose(ctx context.Context, key string, q *inquiry, r graph.Request) {
	shut := func() {
		t.questions.mu.Lock()
		defer t.questions.mu.Unlock()
		if t.questions.open[key] == q {
			delete(t.questions.open, key)
		}
	}
	r.Started = shut
	answer, err := t.client.Do(ctx, r)
	shut() // one that never left
	if q.err = err; err == nil {
		q.rows, _ = answer.Body["value"].([]any)
	}
	close(q.done)
}
