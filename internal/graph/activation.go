package graph

import (
	"context"
	"net/http"
	"strings"
)

// Activated is who has what of one object by Privileged Identity Management.
// The key is the access and the principal: "member 1f0…"; the value tells
// whether an activation is all there is.
type Activated map[string]bool

// Only tells whether the principal has the access only because an activation
// is running.
func (a Activated) Only(access, principal string) bool {
	return a[access+" "+strings.ToLower(principal)]
}

// Note takes one instance of an assignment into account. Who is assigned as
// well stays when the activation ends.
func (a Activated) Note(instance Body) {
	access, _ := instance["accessId"].(string)
	principal, _ := instance["principalId"].(string)
	key := access + " " + strings.ToLower(principal)
	only, seen := a[key]
	a[key] = instance["assignmentType"] == "activated" && (only || !seen)
}

// Activated asks for the instances of assignments of one object. path must be
// asked with a filter on one object or one principal.
// https://learn.microsoft.com/graph/api/privilegedaccessgroup-list-assignmentscheduleinstances
func (c *Client) Activated(ctx context.Context, path, property, id string) (Activated, error) {
	out := Activated{}
	err := c.GatherList(ctx, Request{Path: path, Query: ActivatedQuery(property, id)}, func(b Body) error {
		out.Note(b)
		return nil
	})
	return out, err
}

// ActivatedQuery is the query of [Client.Activated].
func ActivatedQuery(property, id string) map[string]string {
	return map[string]string{"$filter": property + " eq '" + id + "'"}
}

// IsUnavailable: the identity lacks a permission, or the tenant the licence for
// the feature, which Privileged Identity Management says with 400 or 403
// AadPremiumLicenseRequired.
func IsUnavailable(err error) bool {
	_, ok := as(err, http.StatusBadRequest, http.StatusForbidden)
	return IsForbidden(err) || ok && HasCode(err, "AadPremiumLicenseRequired")
}
