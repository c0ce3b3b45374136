package emulator

import (
	"net/http"
	"strconv"
	"strings"
)

// baseCosts are the resource units of requests that cost other than 1, by route. A cast
// costs as much as what it casts.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
var baseCosts = map[string]int{
	"GET /applications":                              2,
	"GET /applications/{id}/extensionProperties":     2,
	"GET /contracts":                                 3,
	"POST /directoryObjects/getByIds":                3,
	"GET /domains/{id}/domainNameReferences":         4,
	"GET /groups/{id}/members":                       3,
	"GET /groups/{id}/transitiveMembers":             5,
	"GET /oauth2PermissionGrants":                    2,
	"GET /oauth2PermissionGrants/{id}":               2,
	"GET /servicePrincipals/{id}/appRoleAssignments": 2,
	"GET /subscribedSkus":                            3,
	"GET /users":                                     2,
	"GET /users/{id}/licenseDetails":                 2,
	"GET /users/{id}/memberOf":                       2,
	"GET /users/{id}/ownedObjects":                   2,
	"GET /users/{id}/transitiveMemberOf":             2,
	"POST /users/{id}/checkMemberGroups":             4,
	"POST /users/{id}/checkMemberObjects":            4,
	"POST /users/{id}/getMemberGroups":               2,
	"POST /users/{id}/getMemberObjects":              2,
}

// cost tells the resource units and the writes that a request to the directory costs.
func (c *call) cost() (units, writes int) {
	pattern := strings.Replace(strings.TrimSuffix(c.route.pattern, "/{cast}"), "/me/", "/users/{id}/", 1)
	units, listed := baseCosts[c.method+" "+pattern]
	switch {
	case strings.HasSuffix(pattern, "/isMemberOf"):
		units, listed = 4, true
	case !listed:
		units = 1
	}
	if c.method != http.MethodGet && !listed {
		writes = 1
	}
	if c.query.Get("$select") != "" {
		units--
	}
	if c.query.Get("$expand") != "" {
		units++
	}
	if n, err := strconv.Atoi(c.query.Get("$top")); err == nil && n > 0 && n < 20 {
		units--
	}
	return max(units, 1), writes
}
