package kindtest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestInterrupted: Ctrl-C, of which Terraform tells the provider while a group is being made.
// What Graph has made is in the state, so that the next apply does not make it once more. It is
// tried some times, because an answer may be quicker than the interrupt.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	var server tfprotov6.ProviderServer
	h.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/groups") {
			if _, err := server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Error(err)
			}
		}
		h.watch.ServeHTTP(w, r)
	}))
	for range 10 {
		i := h.instance(kindNamed(t, "group"))
		p := i.plan(i.kind.Canonical(kind.Values{"display_name": "Mine", "mail_nickname": "mine"}))
		server = i.process()
		if s := i.applyIn(server, p); s != "" || i.state.IsNull() {
			t.Fatalf("the state does not have the group that was made: %s", s)
		}
		i.lose()
	}
}

// TestInterruptedRead: Ctrl-C ends a read whose answer does not come.
func TestInterruptedRead(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	var server tfprotov6.ProviderServer
	stopped := make(chan bool, 10)
	h.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if server != nil && r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/groups") {
			if _, err := server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Error(err)
			}
			select {
			case <-r.Context().Done():
				stopped <- true
				return
			case <-time.After(time.Minute):
				stopped <- false
			}
		}
		h.watch.ServeHTTP(w, r)
	}))
	i := h.instance(kindNamed(t, "group"))
	i.apply(kind.Values{"display_name": "Mine", "mail_nickname": "mine"})
	before := i.state
	server = i.process()
	i.one = server
	if s := i.tryRead(); !<-stopped || !strings.Contains(s, "canceled") {
		t.Errorf("the read goes on, or says %q", s)
	}
	if !i.state.Equal(before) {
		t.Error("the state is another one")
	}
}
