package emulator

import (
	"net/netip"
	"regexp"
	"strings"
)

func namedLocations() *resource {
	return &resource{
		typ: "namedLocation", set: "identity/conditionalAccess/namedLocations", paths: []string{"/identity/conditionalAccess/namedLocations"},
		polymorphic: true, unpaged: true,
		readOnly: []string{"id", "createdDateTime", "modifiedDateTime", "deletedDateTime", "compliantNetworkType"},
		prepare: func(t *Tenant, o *object) {
			at := preciseTimestamp(t.now())
			o.body["createdDateTime"], o.body["modifiedDateTime"] = at, at
			switch o.typ {
			case "ipNamedLocation":
				setDefault(o.body, "isTrusted", false)
			case "countryNamedLocation":
				setDefault(o.body, "countryLookupMethod", "clientIpAddress")
				setDefault(o.body, "includeUnknownCountriesAndRegions", false)
			}
		},
		check: checkLocation, deletable: deletableLocation,
	}
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

func checkLocation(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old == nil {
		if next.typ == "compliantNetworkNamedLocation" {
			return &graphError{Status: 409, Code: "Conflict", Message: "A compliant network named location cannot be created."}
		}
		if len(t.shelf("namedLocation").all(false)) >= t.rules.maxLocations {
			return tooMany("named locations", t.rules.maxLocations)
		}
	} else {
		next.body["modifiedDateTime"] = preciseTimestamp(t.now())
		// https://learn.microsoft.com/graph/api/compliantnetworknamedlocation-update?view=graph-rest-beta
		if next.typ == "compliantNetworkNamedLocation" && next.text("displayName") != old.text("displayName") {
			return caBad("The displayName of a compliant network named location cannot be changed.")
		}
	}
	if next.text("displayName") == "" {
		return caBad("A value is required for property 'displayName' of a named location.")
	}
	switch next.typ {
	case "ipNamedLocation":
		return checkRanges(next, t.rules)
	case "countryNamedLocation":
		return checkCountries(next)
	}
	return nil
}

func checkCountries(o *object) *graphError {
	countries := list(o.body["countriesAndRegions"])
	if len(countries) == 0 {
		return caBad("A country named location needs at least one country or region.")
	}
	for _, v := range countries {
		if !countryCode.MatchString(textOf(v)) {
			return caBad("Invalid country or region: '%v'.", v)
		}
	}
	return nil
}

// checkRanges. A range of IPv6 addresses that calls itself iPv4CidrRange passes, as
// azuread sends it, and is an iPv6CidrRange from then on; nobody was seen to do the
// reverse.
func checkRanges(o *object, rules rules) *graphError {
	ranges, most := list(o.body["ipRanges"]), rules.maxRanges
	if len(ranges) == 0 || len(ranges) > most {
		return caBad("A named location holds between 1 and %d IP ranges, not %d.", most, len(ranges))
	}
	const four, six = "#microsoft.graph.iPv4CidrRange", "#microsoft.graph.iPv6CidrRange"
	for _, v := range ranges {
		r := v.(body)
		cidr, _ := r["cidrAddress"].(string)
		prefix, err := netip.ParsePrefix(cidr)
		if err == nil && prefix.Addr().Is6() && r["@odata.type"] == four {
			r["@odata.type"] = six
		}
		want := any(six)
		if prefix.Addr().Is4() {
			want = four
		}
		if err != nil || prefix.Bits() < 8 || r["@odata.type"] != want {
			return caBad("Invalid IP range '%s': a CIDR range with a mask of /8 or longer and its @odata.type are required.", cidr)
		}
		if rules.rangesNormalized {
			r["cidrAddress"] = prefix.Masked().String()
		}
	}
	return nil
}

func deletableLocation(t *Tenant, o *object) *graphError {
	if o.typ == "compliantNetworkNamedLocation" {
		return caBad("A compliant network named location cannot be deleted.")
	}
	if o.body["isTrusted"] == true {
		return caBad("A trusted named location cannot be deleted. Clear isTrusted of '%s' first.", o.id)
	}
	if p := t.policyThatUses(o.id); p != nil {
		return caBad("NamedLocation with id %s cannot be deleted: the policy '%s' (%s) refers to it.", o.id, p.text("displayName"), p.id)
	}
	return nil
}

// policyThatUses finds a policy whose locations, authentication strength, terms of use or
// authentication contexts have the id.
//
// Whether a policy in the recycle bin counts is unconfirmed. What has a recycle bin of
// its own can be restored before the policy is, so it does not count for that; what is
// gone at once would take the policy's restore with it.
func (t *Tenant) policyThatUses(id string) *object {
	for _, binned := range []bool{false, true} {
		if binned && !t.binnedCount(id) {
			break
		}
		for _, p := range t.shelf("conditionalAccessPolicy").all(binned) {
			contexts := nested(nested(p.body, "conditions"), "applications")["includeAuthenticationContextClassReferences"]
			if strings.EqualFold(strengthOf(p), id) || contains(contexts, id) || contains(nested(p.body, "grantControls")["termsOfUse"], id) {
				return p
			}
			locations := nested(nested(p.body, "conditions"), "locations")
			for _, side := range []string{"includeLocations", "excludeLocations"} {
				for _, v := range list(locations[side]) {
					if strings.EqualFold(textOf(v), id) {
						return p
					}
				}
			}
		}
	}
	return nil
}

func (t *Tenant) binnedCount(id string) bool {
	switch t.rules.binnedPolicies {
	case countAlways:
		return true
	case countNever:
		return false
	}
	return t.shelf("namedLocation").objects[strings.ToLower(id)] == nil
}

func tooMany(what string, most int) *graphError {
	return caBad("The tenant already has the maximum of %d %s.", most, what)
}
