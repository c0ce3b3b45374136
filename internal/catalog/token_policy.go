package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// The policies about tokens, whose content is a JSON document, and to whom they
// apply. They differ in name and in what they can be assigned to.

var claimsMappingPolicy = tokenPolicy(kind.Kind{
	Name: "claims_mapping_policy", Title: "claims mapping policy", Plural: "claims mapping policies", Type: "claimsMappingPolicy",
	Doc:  "A claims mapping policy: which claims the tokens for an application hold, and where they come from.",
	Life: kind.In("/policies/claimsMappingPolicies").InOnePage(),
}, "claimsMappingPolicies", "service principals", kind.To("service_principal"))

var tokenLifetimePolicy = tokenPolicy(kind.Kind{
	Name: "token_lifetime_policy", Title: "token lifetime policy", Plural: "token lifetime policies", Type: "tokenLifetimePolicy",
	Doc:  "A token lifetime policy: how long the tokens for an application are valid.",
	Life: kind.In("/policies/tokenLifetimePolicies").InOnePage(),
}, "tokenLifetimePolicies", "applications and service principals", toApplicationOrPrincipal)

var homeRealmDiscoveryPolicy = tokenPolicy(kind.Kind{
	Name: "home_realm_discovery_policy", Title: "home realm discovery policy", Plural: "home realm discovery policies", Type: "homeRealmDiscoveryPolicy",
	Doc:  "A home realm discovery policy: where users of federated domains are sent to sign in to an application.",
	Life: kind.In("/policies/homeRealmDiscoveryPolicies").InOnePage(),
}, "homeRealmDiscoveryPolicies", "applications and service principals", toApplicationOrPrincipal)

// toApplicationOrPrincipal is either by object id.
var toApplicationOrPrincipal = kind.To("service_principal", "application")

// tokenPolicy completes the table of one of them. to names what it applies to, and
// collection where Graph has its links.
func tokenPolicy(k kind.Kind, collection, to string, ref *kind.Ref) kind.Kind {
	k.Doc += "\n\nDeleting one is final. The assignments stand in `applies_to`, since a service principal does not bring its policies back from the recycle bin: the apply that restores it assigns them again. An object has one policy of a kind; one that it has already gives way, which the plan says, or the apply where it was assigned since. Two policies of one configuration that list the same object are an error."
	k.Label, k.Keys = "display_name", []string{"display_name"}
	k.Read = []string{"Policy.Read.All"}
	k.Write = []string{"Policy.ReadWrite.ApplicationConfiguration", "Application.ReadWrite.All (assignments)"}
	k.Attrs = []kind.Attr{
		ownID("policy"),
		deletedBy("policy"),
		lastChangedBy("policy"),
		kind.Text("display_name", kind.Required, "Name of the policy."),
		kind.Text("description", kind.Optional, "What it is for."),
		kind.Text("definition", kind.Required, "The policy as a JSON document: `jsonencode({ ... })`. Its order and spacing do not matter.").Via(kind.Document),
		kind.Flag("is_organization_default", kind.Default, "Whether it applies to all that have no policy of this kind.").Or(false),
		kind.Links("applies_to", "Object ids of the "+to+" that it applies to. Left out, they are not managed.", ref).MadeAt(collection).EvenEmpty(),
		protection(),
	}
	return k
}
