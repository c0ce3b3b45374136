package emulator_test

import (
	"bytes"
	"maps"
	"sync"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// A tenant that lives in a storage: nothing of it is missing after a restart, and it is
// never ahead of the storage.

// memory is a storage of a test.
type memory struct {
	mu      sync.Mutex
	records map[string][]byte
	broken  error
	saves   int
}

func (m *memory) Load(add func(emulator.Record) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, value := range m.records {
		if err := add(emulator.Record{Key: key, Value: value}); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Save(records []emulator.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if m.records == nil {
		m.records = map[string][]byte{}
	}
	m.saves++
	for _, r := range records {
		if r.Value == nil {
			delete(m.records, r.Key)
			continue
		}
		m.records[r.Key] = bytes.Clone(r.Value)
	}
	return nil
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

func (m *memory) copy() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory{records: maps.Clone(m.records)}
}

// survives gives a tenant a storage and sees, when the test is over, that another process
// would go on from it with the very same tenant. Every test of this package does it.
func survives(t *testing.T, e *emulator.Tenant) {
	t.Helper()
	m := &memory{}
	if err := e.KeepIn(m); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sameAgain(t, e, m)
		e, m = nil, nil // see newBareTenant
	})
}

func sameAgain(t *testing.T, e *emulator.Tenant, m *memory) {
	t.Helper()
	again := emulator.New()
	if err := again.KeepIn(m.copy()); err != nil {
		t.Fatal(err)
	}
	for _, d := range e.Differs(again) {
		t.Errorf("the storage has it otherwise: %.2000s", d)
	}
}
