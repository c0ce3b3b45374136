package archive

// What the properties alone tell of an object.

import (
	"net/netip"
	"slices"
)

// shapes are sets of properties that only objects of one collection have. All of has
// must be there, and none of not.
var shapes = []struct {
	collection string
	has, not   []string
}{
	{policies, []string{"conditions", "state"}, nil},
	{policies, []string{"conditions", "grantControls"}, nil},
	{policies, []string{"conditions", "sessionControls"}, nil},
	{namedLocations, []string{"displayName", "ipRanges"}, nil},
	{namedLocations, []string{"displayName", "countriesAndRegions"}, nil},
	{strengths, []string{"displayName", "allowedCombinations"}, nil},
	{"/groups", []string{"displayName", "securityEnabled", "mailEnabled"}, nil},
	{"/groups", []string{"displayName", "groupTypes"}, nil},
	{"/users", []string{"userPrincipalName", "displayName"}, []string{"servicePrincipalType"}},
	{"/servicePrincipals", []string{"appId", "servicePrincipalType"}, nil},
	{"/servicePrincipals", []string{"appId", "servicePrincipalNames"}, nil},
	{"/applications", []string{"displayName", "requiredResourceAccess"}, []string{"servicePrincipalType"}},
	{"/applications", []string{"appId", "displayName", "signInAudience"}, []string{"servicePrincipalType", "servicePrincipalNames", "appOwnerOrganizationId"}},
	{units, []string{"displayName", "isMemberManagementRestricted"}, nil},
	{contexts, []string{"id", "displayName", "isAvailable"}, nil},
	{roleDefinitions, []string{"displayName", "rolePermissions"}, nil},
	{roleAssignments, []string{"principalId", "roleDefinitionId", "directoryScopeId"}, nil},
	{"/organization", []string{"displayName", "verifiedDomains"}, nil},
	{"/devices", []string{"deviceId", "displayName", "trustType"}, nil},
}

// byShape lists the collections that the body could belong to.
func byShape(body map[string]any) []string {
	var found []string
	has := func(key string) bool { _, ok := body[key]; return ok }
	for _, s := range shapes {
		fits := !slices.ContainsFunc(s.has, func(k string) bool { return !has(k) }) && !slices.ContainsFunc(s.not, has)
		if fits && !slices.Contains(found, s.collection) {
			found = append(found, s.collection)
		}
	}
	return found
}

// addLocationType adds the @odata.type that Graph demands of named locations and of their
// ranges, and that minimal metadata leaves out.
func addLocationType(body map[string]any) (reason string) {
	ranges, ip := body["ipRanges"].([]any)
	_, country := body["countriesAndRegions"]
	switch {
	case ip && country:
		return "is a named location by addresses and by countries at once: an @odata.type would tell which"
	case country:
		body["@odata.type"] = "#microsoft.graph.countryNamedLocation"
	case ip:
		body["@odata.type"] = "#microsoft.graph.ipNamedLocation"
	default:
		return "is a named location of unknown type: an @odata.type would tell"
	}
	for _, r := range ranges {
		m, ok := r.(map[string]any)
		if !ok || m["@odata.type"] != nil {
			continue
		}
		cidr, _ := m["cidrAddress"].(string)
		prefix, err := netip.ParsePrefix(cidr)
		switch {
		case err != nil: // left as it is, for Graph to refuse
		case prefix.Addr().Is4():
			m["@odata.type"] = "#microsoft.graph.iPv4CidrRange"
		default:
			m["@odata.type"] = "#microsoft.graph.iPv6CidrRange"
		}
	}
	return ""
}
