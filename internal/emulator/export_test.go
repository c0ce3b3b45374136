package emulator

import (
	"maps"
	"slices"
	"time"
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
		if _, known := t.wordsFor(r.typ); !known && !r.readOnlyAddress && len(r.paths) > 0 {
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
	r := t.audits.records[len(t.audits.records)-1]
	return r.activity.name, r.activity.category, r.targets[0].id
}

// AuditFilter reads a filter and tries it on a record, and tells whether it passes.
func AuditFilter(text string) bool {
	f, gerr := parseAuditFilter(text)
	return gerr == nil && f(&auditRecord{by: actor{user: &actingUser{}}, targets: []auditTarget{{}}})
}
