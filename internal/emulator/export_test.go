package emulator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

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

// Unaudited lists the routes that succeeded at something else than GET and left no record.
func (t *Tenant) Unaudited() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.unaudited))
}

// Unworded lists the types that can be written and that the audit log has no words for.
func Unworded() []string {
	t := New()
	var out []string
	for _, r := range t.resources {
		if _, known := t.wordsFor(r.typ); !known && !r.readOnlyAddress && r.typ != "subscribedSku" && len(r.paths) > 0 { // of licences, only the assignment is written
			out = append(out, r.typ)
		}
	}
	return out
}

// AuditsAfter tells how many records are left of n, of which each holds a value of size
// bytes, and the sequence numbers of the first and the last.
func AuditsAfter(n, size int) (left, first, last int) {
	var l auditLog
	value := string(make([]byte, size))
	for range n {
		l.add(&auditRecord{at: time.Unix(0, 0), targets: []auditTarget{{changes: []auditChange{{newer: &value}}}}})
		l.trim(time.Unix(0, 0))
	}
	return len(l.records), l.records[0].seq, l.records[len(l.records)-1].seq
}

// As makes all further requests those of a signed-in person, or of an application.
func (t *Tenant) As(appID, app, userID, user, upn string) {
	who := actor{appID: appID, displayName: app}
	if userID != "" {
		who.user = &actingUser{id: userID, displayName: user, userPrincipalName: upn, ipAddress: "192.0.2.7"}
	}
	for _, routes := range t.routes {
		for _, r := range routes {
			run := r.run
			r.run = func(t *Tenant, c *call) (*reply, *graphError) {
				c.actor = who
				return run(t, c)
			}
		}
	}
}

// AuditAssignment notes an assignment of an app role and tells what the log makes of it.
func (t *Tenant) AuditAssignment(added bool, principalType, principal, resource string) (name, category, first string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	verb := map[bool]string{true: auditAdd, false: auditDelete}[added]
	t.audit(nil, verb, &object{typ: "appRoleAssignment", body: body{"principalType": principalType, "principalId": principal, "resourceId": resource, "appRoleId": resource}})
	if err := t.conclude(true); err != nil { // no request ends here, which would have done it
		panic(err)
	}
	r := t.audits.records[len(t.audits.records)-1]
	return r.activity.name, r.activity.category, r.targets[0].id
}

// AuditFilter reads a filter and tries it on a record, and tells whether it passes.
func AuditFilter(text string) bool {
	f, gerr := parseAuditFilter(text)
	return gerr == nil && f(&auditRecord{by: actor{user: &actingUser{}}, targets: []auditTarget{{}}})
}

// ResourceTypes lists the types that the tenant holds.
func ResourceTypes() []string {
	var out []string
	for _, r := range allResources() {
		out = append(out, r.typ)
	}
	return out
}
