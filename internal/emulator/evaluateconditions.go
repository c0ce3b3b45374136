package emulator

import (
	"net/netip"
	"slices"
	"strings"
)

// The conditions that What If holds a sign-in against, one function each.

func judgeClient(s *imagined, conditions body) verdict {
	types := conditions["clientAppTypes"]
	given := textOf(s.conditions["clientAppType"])
	switch {
	case contains(types, "all"):
		return applies
	case given == "" || given == "all":
		return notEnough
	case contains(types, given), given == "easSupported" && contains(types, "exchangeActiveSync"):
		return applies
	}
	return "clientApps"
}

func judgePlatform(s *imagined, conditions body) verdict {
	platforms := nested(conditions, "platforms")
	given := textOf(s.conditions["devicePlatform"])
	all := contains(platforms["includePlatforms"], "all")
	switch {
	case platforms == nil, all && len(list(platforms["excludePlatforms"])) == 0:
		return applies
	case given == "" || given == "all":
		return notEnough
	case contains(platforms["excludePlatforms"], given), !all && !contains(platforms["includePlatforms"], given):
		return "devicePlatform"
	}
	return applies
}

// judgeLocation holds the address and the country against named locations.
func (t *Tenant) judgeLocation(s *imagined, conditions body) (verdict, string) {
	locations := nested(conditions, "locations")
	if locations == nil || contains(locations["includeLocations"], "All") && len(list(locations["excludeLocations"])) == 0 {
		return applies, ""
	}
	address, err := netip.ParseAddr(textOf(s.conditions["ipAddress"]))
	country := textOf(s.conditions["country"])
	place := func(v any) (inside, known bool, cannot string) {
		switch v {
		case "All":
			return true, true, ""
		case "00000000-0000-0000-0000-000000000000":
			return false, true, "" // the trusted addresses of the old MFA settings: this tenant has none
		case "AllTrusted":
			for _, l := range t.shelf("namedLocation").all(false) {
				if l.body["isTrusted"] == true && err == nil && insideRanges(l, address) {
					return true, true, ""
				}
			}
			return false, err == nil, ""
		}
		l := t.shelf("namedLocation").live(textOf(v))
		switch {
		case l == nil:
			return false, true, ""
		case l.typ == "ipNamedLocation":
			return err == nil && insideRanges(l, address), err == nil, ""
		case l.typ == "countryNamedLocation" && l.text("countryLookupMethod") != "authenticatorAppGps":
			return country != "" && containsFold(l.body["countriesAndRegions"], country), country != "", ""
		}
		return false, false, "the location '" + l.text("displayName") + "'"
	}
	among := func(side string) (inside, known bool, cannot string) {
		known = true
		for _, v := range list(locations[side]) {
			in, sure, why := place(v)
			if why != "" || in {
				return in, true, why
			}
			known = known && sure
		}
		return false, known, ""
	}
	out, outKnown, cannot := among("excludeLocations")
	if cannot != "" || out {
		return "location", cannot
	}
	in, inKnown, cannot := among("includeLocations")
	switch {
	case cannot != "":
		return "", cannot
	case !in && inKnown:
		return "location", ""
	case !in || !outKnown:
		return notEnough, ""
	}
	return applies, ""
}

func insideRanges(l *object, address netip.Addr) bool {
	return slices.ContainsFunc(list(l.body["ipRanges"]), func(v any) bool {
		prefix, err := netip.ParsePrefix(textOf(v.(body)["cidrAddress"]))
		return err == nil && prefix.Contains(address)
	})
}

func containsFold(v any, want string) bool {
	return slices.ContainsFunc(list(v), func(x any) bool { return strings.EqualFold(textOf(x), want) })
}

// judgeDevice: the rules of device filters are not parsed.
func judgeDevice(s *imagined, conditions body) (verdict, string) {
	switch {
	case nested(conditions, "devices")["deviceFilter"] == nil:
		return applies, ""
	case s.conditions["deviceInfo"] == nil:
		return notEnough, ""
	}
	return "", "the deviceFilter"
}

func judgeRisk(s *imagined, conditions body) verdict {
	for _, r := range []struct{ levels, given, reason string }{
		{"signInRiskLevels", "signInRiskLevel", "signInRisk"},
		{"userRiskLevels", "userRiskLevel", "userRisk"},
		{"servicePrincipalRiskLevels", "servicePrincipalRiskLevel", "workloadIdentities"},
	} {
		levels, given := list(conditions[r.levels]), s.conditions[r.given]
		switch {
		case len(levels) == 0, slices.Contains(levels, given):
		case given == nil:
			return notEnough
		default:
			return r.reason
		}
	}
	insider, given := textOf(conditions["insiderRiskLevels"]), textOf(s.conditions["insiderRiskLevel"])
	switch {
	case insider == "", slices.Contains(strings.Split(insider, ","), given):
		return applies
	case given == "":
		return notEnough
	}
	return "insiderRisk"
}

// judgeFlow: a sign-in that names no flow is an ordinary one.
func judgeFlow(s *imagined, conditions body) verdict {
	flows := textOf(nested(conditions, "authenticationFlows")["transferMethods"])
	given := textOf(nested(s.conditions, "authenticationFlow")["transferMethod"])
	if flows == "" || flows == "none" {
		return applies
	}
	for _, f := range strings.Split(given, ",") {
		if f != "" && f != "none" && slices.Contains(strings.Split(flows, ","), f) {
			return applies
		}
	}
	return "authenticationFlow"
}

// judgeRest refuses what only beta has.
func judgeRest(conditions body) (verdict, string) {
	for _, name := range []string{"agents", "agentContext", "agentIdRiskLevels", "deviceStates", "times"} {
		if v := conditions[name]; v != nil && !emptyValue(v) {
			return "", "the condition " + name
		}
	}
	return applies, ""
}
