package catalog

import (
	"net/netip"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A named location is a set of IP ranges, a set of countries, or the compliant
// network of Global Secure Access. Graph tells them apart by @odata.type,
// Terraform by which of the three objects is set.
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
	Protectable: []string{"microsoft.directory/namedLocations/create", "microsoft.directory/namedLocations/basic/update"},
	Attrs: []kind.Attr{
		ownID("named location"),
		deletedAt("named location"),
		deletedBy("named location"),
		lastChangedBy("named location"),
		kind.Text("display_name", kind.Required, "Name shown in the admin center. It need not be unique."),
		kind.Subtype("ip", "#microsoft.graph.ipNamedLocation", "A set of networks. Set one of `ip`, `country` and `compliant_network`; the one cannot become the other.",
			// N5, N7: https://learn.microsoft.com/entra/identity/conditional-access/concept-assignment-network
			kind.Set("ip_ranges", kind.Required, "Networks in CIDR notation, IPv4 or IPv6. What stands behind the prefix does not count: `192.0.2.7/24` is `192.0.2.0/24`.").Via(&cidrRange).
				AtMost(2000).Like(&kind.Spelling{Says: "a network in CIDR notation with a prefix of /8 or longer, such as 192.0.2.0/24 or 2001:db8::/32", Fits: isNetwork}),
			kind.Flag("is_trusted", kind.Default, "Whether sign-ins from these networks count as trusted (`AllTrusted` in a policy).").Or(false)),
		kind.Subtype("country", "#microsoft.graph.countryNamedLocation", "A set of countries.",
			kind.Set("countries_and_regions", kind.Required, "Two-letter codes of ISO 3166-1.").Like(country),
			kind.Text("country_lookup_method", kind.Default, "How the country of a sign-in is found.").
				OneOf("clientIpAddress", "authenticatorAppGps").Or("clientIpAddress"),
			kind.Flag("include_unknown_countries_and_regions", kind.Default, "Whether places that no country is known for belong to the location.").Or(false)),
		kind.Subtype("compliant_network", "#microsoft.graph.compliantNetworkNamedLocation", "The compliant network of Global Secure Access. Its name is Microsoft's.",
			kind.Flag("is_trusted", kind.Default, "Whether sign-ins through it count as trusted (`AllTrusted` in a policy).").Or(false)).InBeta().
			MadeByGraph("It comes into being when Global Secure Access signaling for Conditional Access is switched on: switch it on in the admin center."),
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
		case "#microsoft.graph.ipNamedLocation", "#microsoft.graph.countryNamedLocation", "#microsoft.graph.compliantNetworkNamedLocation":
			return ""
		}
		return "its type is unknown to this version of the provider"
	},
}

// cidrRange is an object in Graph, typed by address family, and a string here.
// Two spellings of one network are the same network (N5): IPv6 can be compressed
// in several ways, and bits behind the prefix say nothing.
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
			return p.Masked().String()
		}
		return r
	},
}

// isNetwork tells whether Graph takes r as a range (N7).
func isNetwork(r string) bool {
	p, err := netip.ParsePrefix(r)
	return err == nil && p.Bits() >= 8
}
