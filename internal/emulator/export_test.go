package emulator

import (
	"net/http"
	"slices"
	"strings"
)

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

// Throttle asks the limiter for a request to an address that need not exist, with a token
// that need not be the tenant's. It tells the status, 0 for one that passes, and
// Retry-After.
func (t *Tenant) Throttle(method, pattern, token string) (int, string) {
	r := &route{method: method, pattern: pattern, ca: strings.HasPrefix(pattern, "/identity/")}
	gerr := t.throttle(&call{method: method, route: r, header: http.Header{"Authorization": {"Bearer " + token}}})
	if gerr == nil {
		return 0, ""
	}
	return gerr.Status, gerr.Header["Retry-After"]
}
