package emulator

import "slices"

// For tests.

func SecurityIdentifier(id string) string { return securityIdentifier(id) }

// PropertyLists gives every property that the tables of this package name, by type.
func PropertyLists() map[string][]string {
	out := map[string][]string{}
	for _, r := range allResources() {
		out[r.typ] = slices.Concat(r.required, r.readOnly, r.notOnCreate, r.notOnUpdate, r.fixed, r.basic, r.basicBeta, r.selectOnly, r.keys, r.filterable)
	}
	return out
}

// Changes counts what the log of changes holds.
func (t *Tenant) Changes() int { return len(t.changes.entries) }

// Touch notes n changes of a group.
func (t *Tenant) Touch(group string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range n {
		t.touched(t.shelf("group").live(group), "displayName")
	}
}
