package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// Benchmarks at the size of a large tenant: 100,000 groups with ten members each.
// `make bench-emulator` runs them.

const largeSize = `{"users":1000,"groups":100000,"membersPerGroup":10}`

// largeTenant is generated once for all benchmarks; it also tells what it takes of the
// memory, in MB.
var largeTenant = sync.OnceValues(func() (*emulator.Tenant, float64) {
	before := heap()
	e := emulator.New(emulator.WithToken("t"))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("POST", "/_emulator/generate", strings.NewReader(largeSize)))
	if w.Code != http.StatusOK {
		panic(w.Body.String())
	}
	return e, heap() - before
})

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// sink takes an answer and keeps its status alone.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header         { return w.header }
func (w *sink) WriteHeader(status int)      { w.status = status }
func (w *sink) Write(p []byte) (int, error) { return len(p), nil }

func ask(b *testing.B, e *emulator.Tenant, method, path, body string, want int) {
	b.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer t")
	r.Header.Set("ConsistencyLevel", "eventual")
	w := &sink{header: http.Header{}}
	if e.ServeHTTP(w, r); w.status != want {
		b.Fatalf("%s %s answered %d", method, path, w.status)
	}
}

func BenchmarkLargeTenant(b *testing.B) {
	e, memory := largeTenant()
	last := lastPage(b, e)
	for _, c := range []struct{ name, method, path, body string }{
		{"one group", "GET", "/v1.0/groups/" + groupID(b, e), ""},
		{"page of 999 groups", "GET", "/v1.0/groups?$top=999", ""},
		{"last page of 999 groups", "GET", last, ""},
		{"page of 999 groups, two properties", "GET", "/v1.0/groups?$top=999&$select=id,displayName", ""},
		{"members of a group", "GET", "/v1.0/groups/" + groupID(b, e) + "/members", ""},
		{"filter by name", "GET", "/v1.0/groups?$filter=displayName%20eq%20'Group%2000500'", ""},
		{"count", "GET", "/v1.0/groups/$count", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				ask(b, e, c.method, c.path, c.body, 200)
			}
			b.ReportMetric(memory, "MB-tenant")
		})
	}
	b.Run("create a group", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			ask(b, e, "POST", "/v1.0/groups", fmt.Sprintf(`{"displayName":"New %d","mailEnabled":false,"mailNickname":"new%d","securityEnabled":true}`, n, n), 201)
		}
	})
}

func read(b *testing.B, e *emulator.Tenant, path string) string {
	b.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer t")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Body.String()
}

func groupID(b *testing.B, e *emulator.Tenant) string {
	_, id, _ := strings.Cut(read(b, e, "/v1.0/groups?$top=1&$select=id"), `"id":"`)
	return id[:36]
}

// lastPage follows the listing to the address of its last page.
func lastPage(b *testing.B, e *emulator.Tenant) string {
	path := "/v1.0/groups?$top=999"
	for {
		_, next, more := strings.Cut(read(b, e, path), `"@odata.nextLink":"http://example.com`)
		if !more {
			return path
		}
		path, _, _ = strings.Cut(next, `"`)
	}
}

// BenchmarkLoadDir reads 100,000 groups from files of 1,000, as an export of Graph's own
// answers would be.
func BenchmarkLoadDir(b *testing.B) {
	dir := b.TempDir()
	for page := range 100 {
		var rows []string
		for i := range 1000 {
			n := page*1000 + i
			rows = append(rows, fmt.Sprintf(`{"id":"%08x-0000-4000-8000-000000000000","displayName":"Group %d","mailEnabled":false,"mailNickname":"group%d","securityEnabled":true,"groupTypes":[]}`, n, n, n))
		}
		text := `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#groups","value":[` + strings.Join(rows, ",") + `]}`
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("groups-%02d.json", page)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		before := heap()
		e := emulator.New()
		report, err := e.LoadDir(dir)
		if err != nil || report.Loaded["/groups"] != 100_000 {
			b.Fatal(report.Loaded, report.Refused[:min(3, len(report.Refused))], err)
		}
		b.ReportMetric(heap()-before, "MB-tenant")
		runtime.KeepAlive(e)
	}
}
