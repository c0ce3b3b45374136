package managed

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Ten rules that wait behind the writes of others ask once about an account; a rule that
// is written after the question was sent asks anew.
func TestRulesShareAQuestion(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	var mu sync.Mutex
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/policies") {
			<-hold
			fmt.Fprint(w, `{"value":[]}`)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		asked++
		fmt.Fprintf(w, `{"value":[{"id":"%d"}]}`, asked)
	}))
	t.Cleanup(server.Close)
	client, err := graph.New(t.Context(), graph.Config{Endpoint: server.URL, AccessToken: "x"})
	if err != nil {
		t.Fatal(err)
	}
	tenant := NewTenant(client, "", nil, nil)
	rollout := &kind.Rollout{Ask: kind.Question{Path: "/identity/conditionalAccess/evaluate", Body: func(kind.Who) kind.Body { return kind.Body{} }}}
	who := &account{Who: kind.Who{ID: "someone"}}
	var all sync.WaitGroup
	for range 2 { // as many as go at once
		all.Go(func() {
			_, _ = client.Get(t.Context(), graph.Beta, "/identity/conditionalAccess/policies", nil)
		})
	}
	for client.Requests() < 2 {
		time.Sleep(time.Millisecond)
	}
	for range 10 {
		all.Go(func() {
			rows, err := tenant.evaluate(t.Context(), rollout, graph.V1, who)
			if err != nil || len(rows) != 1 || text(rows[0].(kind.Body)["id"]) != "1" {
				t.Errorf("%v, %v", rows, err)
			}
		})
	}
	for joined := false; !joined; time.Sleep(time.Millisecond) {
		tenant.questions.mu.Lock()
		for _, q := range tenant.questions.open {
			joined = q.waiting == 10
		}
		tenant.questions.mu.Unlock()
	}
	close(hold)
	all.Wait()
	rows, err := tenant.evaluate(t.Context(), rollout, graph.V1, who)
	if err != nil || text(rows[0].(kind.Body)["id"]) != "2" {
		t.Errorf("a later rule got %v, %v", rows, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tenant.evaluate(ctx, rollout, graph.V1, who); err == nil {
		t.Error("a run that was stopped got an answer")
	}
}
