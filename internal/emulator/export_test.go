package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
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

// Routes lists every method and address: "GET /groups/{id}".
func Routes() []string {
	var out []string
	for _, routes := range buildRoutes(allResources()) {
		for _, r := range routes {
			out = append(out, r.method+" "+r.pattern)
		}
	}
	return out
}

// Permitted tells whether the table of permissions has a row for a route.
func Permitted(method, pattern string) bool {
	_, known := requirementOf(method, pattern)
	return known
}

// KnownPermissions are those that the table of permissions names.
func KnownPermissions() []string { return knownPermissions() }

// Sign signs any claims with the tenant's own key.
func (t *Tenant) Sign(claims map[string]any) (string, error) {
	key := t.logins.key()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = key.id
	return token.SignedString(key.private)
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
