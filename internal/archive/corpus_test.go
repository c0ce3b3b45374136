package archive

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpus finds the folder of published exports beside the repository.
func corpus(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above this package")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the corpus of published exports is not here: no ../shared/corpus beside the repository")
	}
	return dir
}

func TestCorpusCounts(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	tests := []struct {
		folder  string
		objects map[string]int
		refused int // objects; single properties are not counted
	}{
		// Two groups were renamed and exported again under the new name, so two of
		// the 36 files are second ones.
		{"j0eyv+ConditionalAccessBaseline", map[string]int{policies: 36, "/groups": 34, namedLocations: 3}, 2},
		{"Cloudshield-io+Conditional-Access-Framework", map[string]int{policies: 42, "/groups": 36, namedLocations: 4, strengths: 2}, 0},
		{"Clutch2View+nis2-conditional-access-policies", map[string]int{namedLocations: 5}, 22},
		{"AlexFilipin+ConditionalAccess", map[string]int{policies: 7}, 207},
		{"cisagov+ScubaGear", map[string]int{}, 13},
		{"OfficeDev+microsoft-365-agents-toolkit-samples", map[string]int{}, 17},
	}
	for _, tt := range tests {
		t.Run(tt.folder, func(t *testing.T) {
			t.Parallel()
			a, err := Read(filepath.Join(dir, tt.folder))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, o := range a.Objects {
				got[o.Collection]++
			}
			if diff := cmp.Diff(tt.objects, got); diff != "" {
				t.Error(diff)
			}
			refused := 0
			for _, r := range a.Refused {
				if r.Property == "" {
					refused++
				}
			}
			if refused != tt.refused {
				t.Errorf("%d objects refused, want %d: %v", refused, tt.refused, a.Refused)
			}
		})
	}
}

// TestCorpusLosesNothing: every .json file of the corpus is an object or named, and no
// object holds control information any more.
func TestCorpusLosesNothing(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	a, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, o := range a.Objects {
		named[o.File] = true
		if left := controlKeys(o.Body); len(left) > 0 {
			t.Errorf("%s still holds %v", o.File, left)
		}
	}
	for _, l := range a.Links {
		named[l.File] = true
	}
	for _, r := range a.Refused {
		if r.Property == "" {
			named[r.File] = true
		}
		if r.Reason == "" {
			t.Errorf("%s is refused without a reason", r.File)
		}
	}
	files := 0
	err = fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".json") {
			return err
		}
		files++
		if !named[file] {
			t.Errorf("%s is lost in silence", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 400 {
		t.Errorf("the corpus has only %d files", files)
	}
}

func controlKeys(v any) []string {
	var left []string
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if k != "@odata.type" && (strings.Contains(k, "@") || strings.Contains(k, "#")) {
				left = append(left, k)
			}
			left = append(left, controlKeys(v[k])...)
		}
	case []any:
		for _, x := range v {
			left = append(left, controlKeys(x)...)
		}
	}
	return left
}
