package drill

import (
	"maps"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	tfjson "github.com/hashicorp/terraform-json"
)

// victim chooses the creation that is to fail: one in the middle of the
// collection that gets most, so that some were made before it and some wait. A
// kind that is written through beta, or by a PATCH, is passed over.
func victim(p *tfjson.Plan) (path string, nth int) {
	made := map[string]int{}
	for _, c := range p.ResourceChanges {
		k := catalog.ByName(strings.TrimPrefix(c.Type, "entra_"))
		after, _ := c.Change.After.(map[string]any)
		if k == nil || k.KeepsID() || k.Life.Below() || k.Life.Paired() || after == nil || announced(c, "") != Recreated || k.NeedsBeta(k.FromState(after)) {
			continue
		}
		made[k.Life.Path]++
	}
	for _, candidate := range slices.Sorted(maps.Keys(made)) {
		if made[candidate] > made[path] {
			path = candidate
		}
	}
	return path, (made[path] + 1) / 2
}

// firstOf is one of many sentences, with its key.
func firstOf(all map[string]string) string {
	for _, key := range slices.Sorted(maps.Keys(all)) {
		return key + ": " + all[key]
	}
	return ""
}
