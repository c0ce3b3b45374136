package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/disk"
)

// What a storage costs, beside the same without one.

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		emulator.New()
	}
}

func generated(b *testing.B, e *emulator.Tenant, size string) {
	b.Helper()
	w := httptest.NewRecorder()
	if e.ServeHTTP(w, httptest.NewRequest("POST", "/_emulator/generate", strings.NewReader(size))); w.Code != http.StatusOK {
		b.Fatal(w.Body.String())
	}
}

// BenchmarkWrite changes one group of a tenant: in memory alone, with a storage that does
// nothing (the search for what changed is what it costs), and on a disk.
func BenchmarkWrite(b *testing.B) {
	sizes := []string{`{"groups":1000}`, `{"groups":10000}`, largeSize}
	for _, size := range sizes {
		for _, storage := range []string{"memory", "nowhere", "disk"} {
			if storage == "disk" && size == sizes[2] {
				continue // to write a million links takes longer than all other benchmarks
			}
			b.Run(size+" "+storage, func(b *testing.B) {
				e := emulator.New(emulator.WithToken("t"))
				generated(b, e, size)
				before := heap()
				switch storage {
				case "nowhere":
					keepIn(b, e, nowhere{})
				case "disk":
					s, err := disk.Open(b.TempDir())
					if err != nil {
						b.Fatal(err)
					}
					defer closed(b, s)
					keepIn(b, e, s)
				}
				more, path, n := heap()-before, "/v1.0/groups/"+groupID(b, e), 0
				for b.Loop() {
					n++
					ask(b, e, "PATCH", path, fmt.Sprintf(`{"description":"%d"}`, n), 204)
				}
				b.ReportMetric(more, "MB-more")
			})
		}
	}
}

type nowhere struct{}

func (nowhere) Load(func(emulator.Record) error) error { return nil }
func (nowhere) Save([]emulator.Record) error           { return nil }

func keepIn(b *testing.B, e *emulator.Tenant, s emulator.Storage) {
	b.Helper()
	if err := e.KeepIn(s); err != nil {
		b.Fatal(err)
	}
}

func closed(b *testing.B, s *disk.Store) {
	b.Helper()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkGoOn begins and goes on with a tenant on a disk.
func BenchmarkGoOn(b *testing.B) {
	for _, size := range []string{`{"groups":1000}`, `{"groups":10000}`} {
		dir := b.TempDir()
		s, err := disk.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		e := emulator.New()
		generated(b, e, size)
		b.Run(size+" begin", func(b *testing.B) {
			for b.Loop() {
				first, err := disk.Open(b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				e := emulator.New()
				keepIn(b, e, first)
				generated(b, e, size)
				closed(b, first)
			}
		})
		keepIn(b, e, s)
		b.Run(size+" go on", func(b *testing.B) {
			for b.Loop() {
				keepIn(b, emulator.New(), s)
			}
		})
		closed(b, s)
	}
}
