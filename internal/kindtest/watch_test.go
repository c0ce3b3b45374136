package kindtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// watcher is the emulated tenant, seen after each write: what was written in which order,
// and that nobody is locked out on the way.
type watcher struct {
	*emulator.Tenant
	t *testing.T

	mu      sync.Mutex
	mustGet []string // ids of users and service principals
	keeper  string   // id of a service principal
	keeps   []string // what it must have, see Standing
	writes  []string // "POST /v1.0/groups", of policies with the state: "PATCH …/policies enabled"
	asked   int      // questions to What If
	other   string   // a token that stands for the tenant's

	hook func(route string)
}

// before lets f happen before each request, such as "GET /v1.0/groups"; nil for nothing.
func (w *watcher) before(f func(route string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hook = f
}

// instead takes another token for the tenant's own, so that a test chooses what it says.
func (w *watcher) instead(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.other = token
}

// answered keeps the status of an answer.
type answered struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(code int) {
	a.code = code
	a.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController, by which the tenant cuts answers.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// mustGetIn says who must be able to sign in after every single write from now on: no
// enforced policy may block them.
func (w *watcher) mustGetIn(ids ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mustGet = append(w.mustGet, ids...)
}

// mustKeep says what a service principal must have after every single write from now on.
func (w *watcher) mustKeep(id string, standing []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keeper, w.keeps = id, standing
}

// since returns the writes from now on, when it is called again.
func (w *watcher) since() func() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.writes)
	return func() []string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return append([]string{}, w.writes[n:]...)
	}
}

func (w *watcher) questions() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// ServeHTTP implements http.Handler.
func (w *watcher) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	hook := w.hook
	if w.other != "" && r.Header.Get("Authorization") == "Bearer "+w.other {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w.mu.Unlock()
	if hook != nil {
		hook(r.Method + " " + r.URL.Path)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	status := &answered{ResponseWriter: out}
	w.Tenant.ServeHTTP(status, r)
	var batch struct{ Requests []struct{ Method string } }
	_ = json.Unmarshal(content, &batch)
	writes := slices.ContainsFunc(batch.Requests, func(part struct{ Method string }) bool { return part.Method != http.MethodGet })
	reads := r.Method == http.MethodGet || strings.HasPrefix(r.URL.Path, "/_emulator") || strings.HasSuffix(r.URL.Path, "/getByIds")
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/evaluate") {
		w.asked++
		return
	}
	if reads || status.code >= 300 || strings.HasSuffix(r.URL.Path, "/$batch") && !writes {
		return
	}
	write := r.Method + " " + r.URL.Path
	var body struct{ State string }
	if json.Unmarshal(content, &body) == nil && body.State != "" {
		write += " " + body.State
	}
	w.writes = append(w.writes, write)
	for _, id := range w.mustGet {
		if by := w.Blocked(id); len(by) > 0 {
			w.t.Errorf("after %s, %s is locked out by %v", write, id, by)
		}
	}
	if len(w.keeps) == 0 {
		return
	}
	has := w.Standing(w.keeper)
	for _, s := range w.keeps {
		if !slices.Contains(has, s) {
			w.t.Errorf("after %s, the application that runs has lost %s", write, s)
		}
	}
}
