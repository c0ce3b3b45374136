package catalog

import "testing"

// TestTables holds every table to the rules of the vocabulary.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, k := range All() {
		if err := k.Check(); err != nil {
			t.Error(err)
		}
		if ByName(k.Name) != k {
			t.Errorf("ByName(%q) is another kind", k.Name)
		}
	}
}
