package managed

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// TestPacked: ids come back from a listing as they went in, in lower case; what is no GUID is
// not kept.
func TestPacked(t *testing.T) {
	t.Parallel()
	a, b := "0aaaaaaa-0000-4000-8000-000000000001", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"
	for want, ids := range map[string][]string{"": nil, a: {a}, a + " " + strings.ToLower(b): {a, b}} {
		var objects []any
		for _, id := range ids {
			objects = append(objects, kind.Body{"id": id})
		}
		all, ok := packed(objects)
		if got := strings.Join(unpacked(all), " "); !ok || got != want {
			t.Errorf("%v came back as %q", ids, got)
		}
	}
	for _, object := range []any{kind.Body{"id": "x"}, kind.Body{"id": strings.ReplaceAll(a, "-", "")}, kind.Body{}, "x"} {
		if _, ok := packed([]any{kind.Body{"id": a}, object}); ok {
			t.Errorf("%v was kept", object)
		}
	}
}
