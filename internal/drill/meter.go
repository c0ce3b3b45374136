package drill

import (
	"net/http"
	"strings"
	"sync"
)

// meter counts the answers of a tenant by the quota that Microsoft documents for
// them: https://learn.microsoft.com/graph/throttling-limits
type meter struct {
	mu    sync.Mutex
	count Requests
}

// Requests is what a recovery asked of Graph, parts of a $batch counted singly.
type Requests struct {
	Total             int `json:"total"`
	ConditionalAccess int `json:"conditionalAccess"`
	Directory         int `json:"directory"`
	DirectoryWrites   int `json:"directoryWrites"`
	Audit             int `json:"audit"`
	Throttled         int `json:"throttled"` // answered with 429
}

func (m *meter) log(method, path string, status int) {
	if strings.HasPrefix(path, "/_emulator") || strings.HasSuffix(path, "/$batch") {
		return
	}
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/v1.0"), "/beta")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count.Total++
	if status == http.StatusTooManyRequests {
		m.count.Throttled++
		return
	}
	switch {
	case strings.HasPrefix(path, "/identity/"), strings.HasPrefix(path, "/policies/"):
		m.count.ConditionalAccess++
	case strings.HasPrefix(path, "/auditLogs/"):
		m.count.Audit++
	default:
		if m.count.Directory++; method != http.MethodGet && !strings.HasSuffix(path, "/getByIds") {
			m.count.DirectoryWrites++
		}
	}
}

// take returns what was counted since the last time.
func (m *meter) take() Requests {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.count
	m.count = Requests{}
	return out
}

// The documented quotas, as far as a recovery meets them.
const (
	conditionalAccessRate = 1.0      // requests a second, of a whole tenant
	auditRate             = 5.0 / 10 // requests a second
	unitRate, unitBurst   = 350.0, 3500.0
	writeRate, writeBurst = 20.0, 3000.0
	unitsPerRequest       = 2 // of the directory, on average
)

// Estimate is how long Microsoft's documented quotas make the requests of a
// recovery last at least, in seconds, over what the engine and the provider take
// themselves: the quotas run beside each other, so the slowest counts.
func (r Requests) Estimate(measured float64) float64 {
	slowest := max(
		float64(r.ConditionalAccess)/conditionalAccessRate,
		float64(r.Audit)/auditRate,
		(float64(r.Directory*unitsPerRequest)-unitBurst)/unitRate,
		(float64(r.DirectoryWrites)-writeBurst)/writeRate,
	)
	return measured + max(slowest, 0)
}
