package catalog

import (
	"net/netip"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A named location is a set of IP ranges or a set of countries. Graph tells
// them apart by @odata.type, Terraform by which of the two objects is set.
var namedLocation = kind.Kind{
	Name:   "named_location",
	Title:  "named location",
	Plural: "named locations",
	Type:   "namedLocation",
	Doc:    "A named location: the networks or countries that Conditional Access policies refer to.\n\nMicrosoft Graph refuses to delete a trusted location and one that a policy refers to. The provider therefore marks a location untrusted before it deletes it, changes nothing else, and marks it trusted again when it restores it, because a location always comes back from the recycle bin untrusted.",
	Life: kind.In("/identity/conditionalAccess/namedLocations").
		OwnBin("/identity/conditionalAccess/deletedItems/namedLocations").ThroughBeta().InOnePage().RefusedWhileReferred(),
	Label:     "display_name",
	FilterDoc: "For example `isof('microsoft.graph.ipNamedLocation')`, or `eq` with `displayName`. Which other expressions Graph takes is not documented.",
	Keys:      []string{"display_name"},
	Read:      []string{"Policy.Read.All"},
	Write:     []string{"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"},
	Ignored: []string{
		"createdDateTime", "modifiedDateTime",
	},
	Attrs: []kind.Attr{
		ownID("named location"),
		deletedAt("named location"),
		kind.Text("display_name", kind.Required, "Name shown in the admin center. It need not be unique."),
		kind.Subtype("ip", "#microsoft.graph.ipNamedLocation", "A set of networks. Set either this or `country`; the one cannot become the other.",
			kind.Set("ip_ranges", kind.Required, "Networks in CIDR notation, IPv4 or IPv6, at most 2000.").Via(&cidrRange),
			kind.Flag("is_trusted", kind.Default, "Whether sign-ins from these networks count as trusted (`AllTrusted` in a policy).").Or(false)),
		kind.Subtype("country", "#microsoft.graph.countryNamedLocation", "A set of countries. Set either this or `ip`; the one cannot become the other.",
			kind.Set("countries_and_regions", kind.Required, "Two-letter codes of ISO 3166-1."),
			kind.Text("country_lookup_method", kind.Default, "How the country of a sign-in is found.").
				OneOf("clientIpAddress", "authenticatorAppGps").Or("clientIpAddress"),
			kind.Flag("include_unknown_countries_and_regions", kind.Default, "Whether places that no country is known for belong to the location.").Or(false)),
		mayReplace(),
		protection(),
	},
	Steps: func(live, patch kind.Body) []kind.Body {
		if patch != nil {
			return []kind.Body{patch}
		}
		if live["isTrusted"] != true {
			return nil
		}
		return []kind.Body{{"@odata.type": live["@odata.type"], "ipRanges": live["ipRanges"], "isTrusted": false}}
	},
	Skip: func(b kind.Body) string {
		switch b["@odata.type"] {
		case "#microsoft.graph.ipNamedLocation", "#microsoft.graph.countryNamedLocation":
			return ""
		case "#microsoft.graph.compliantNetworkNamedLocation":
			return "Global Secure Access makes the compliant network location; it can be neither created nor deleted"
		}
		return "its type is unknown to this version of the provider"
	},
}

// cidrRange is an object in Graph, typed by address family, and a string here.
// Two spellings of one network are the same network.
var cidrRange = kind.Codec{
	Encode: func(r string) any {
		family := "iPv4CidrRange"
		if strings.Contains(r, ":") {
			family = "iPv6CidrRange"
		}
		return kind.Body{"@odata.type": "#microsoft.graph." + family, "cidrAddress": r}
	},
	Decode: func(v any) (string, bool) {
		b, _ := v.(kind.Body)
		s, ok := b["cidrAddress"].(string)
		return s, ok
	},
	Canon: func(r string) string {
		if p, err := netip.ParsePrefix(r); err == nil {
			return p.String()
		}
		return r
	},
}
