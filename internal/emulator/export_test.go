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

// ScopeRole gives a principal a role whose scope is an administrative unit.
func (t *Tenant) ScopeRole(principal, unit string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const typ = "unifiedRoleAssignment"
	if t.shelves[typ] == nil {
		t.shelves[typ] = newShelf(nil)
	}
	id := principal + unit
	t.shelves[typ].put(&object{typ: typ, id: id, body: body{"principalId": principal, "directoryScopeId": "/administrativeUnits/" + unit}})
}
