package export_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// serves makes the test binary serve a tenant instead of testing, so that the memory of the
// tenant is not that of the export.
const serves = "EXPORT_BENCH_SERVES"

func TestMain(m *testing.M) {
	if os.Getenv(serves) == "" {
		os.Exit(m.Run())
	}
	em := emulator.New()
	server := httptest.NewServer(em)
	fmt.Println(server.URL, em.Token())
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the benchmark is over, or gone
	os.Exit(0)
}

// served starts a tenant in another process.
func served(b *testing.B, quantities string) (*graph.Client, *export.Answers) {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), serves+"=1")
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	var url, token string
	if _, err := fmt.Fscan(out, &url, &token); err != nil {
		b.Fatal(err)
	}
	answer, err := http.Post(url+"/_emulator/generate", "application/json", strings.NewReader(quantities))
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(err, answer)
	}
	answer.Body.Close()
	answers := &export.Answers{}
	client, err := graph.New(context.Background(), graph.Config{Endpoint: url, AccessToken: token, LoopbackOnly: true}.Through(answers.Through))
	if err != nil {
		b.Fatal(err)
	}
	return client, answers
}

// watch tells the most memory that was alive at a collection of garbage.
func watch() (most func() uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		var peak uint64
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
			select {
			case <-stop:
				done <- peak
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

// BenchmarkExport exports tenants of growing size:
//
//	go test -run '^$' -bench Export -benchtime 1x -timeout 1h ./internal/export
func BenchmarkExport(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, way := range []string{"some", "all"} {
			b.Run(fmt.Sprint(way, "/", n), func(b *testing.B) {
				client, answers := served(b, fmt.Sprintf(`{"users":5000,"groups":%d,"membersPerGroup":10,"policies":200,"namedLocations":50,"applications":100,"administrativeUnits":20}`, n))
				for b.Loop() {
					debug.FreeOSMemory()
					before, peak := client.Requests(), watch()
					dir := filepath.Join(b.TempDir(), "out")
					if _, err := export.Run(context.Background(), client, export.Options{Out: dir, All: way == "all", Answers: answers}); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(client.Requests()-before), "requests")
					most := float64(peak())
					b.ReportMetric(most/1e6, "MB-live")
					b.ReportMetric(most/float64(n), "B/group")
				}
			})
		}
	}
}
