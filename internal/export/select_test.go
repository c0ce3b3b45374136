package export_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
)

// TestRelationsOfWhatIsWritten: members and owners are asked for of the objects that are
// written, and of no others.
func TestRelationsOfWhatIsWritten(t *testing.T) {
	t.Parallel()
	l, out := newLine(t, "../cli/tenant"), filepath.Join(t.TempDir(), "out")
	if _, err := l.run(export.Options{Out: out}); err != nil {
		t.Fatal(err)
	}
	var m export.Manifest
	if err := json.Unmarshal([]byte(read(t, out, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	var asked, written []string
	for q := range l.answered {
		if path, _, _ := strings.Cut(q, "?"); strings.HasPrefix(path, "/groups/") && strings.HasSuffix(path, "/owners") {
			asked = append(asked, strings.Split(path, "/")[2])
		}
	}
	for _, o := range m.Objects {
		if o.Kind == "group" {
			written = append(written, o.ID)
		}
	}
	slices.Sort(asked)
	slices.Sort(written)
	total := 0
	for _, k := range m.Kinds {
		if k.Kind == "group" {
			total = k.Read - len(k.Skipped)
		}
	}
	if !slices.Equal(asked, written) || len(written) == 0 || len(written) == total {
		t.Errorf("owners of %d groups were asked for, and %d of %d are written", len(asked), len(written), total)
	}
}
