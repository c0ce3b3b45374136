package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// An authentication strength: combinations of methods that satisfy it. Those
// that are built in are the same in every tenant and cannot change.
var authenticationStrengthPolicy = kind.Kind{
	Name:      "authentication_strength_policy",
	Title:     "authentication strength",
	Plural:    "authentication strengths",
	Type:      "authenticationStrengthPolicy",
	Doc:       "An authentication strength of your own: combinations of authentication methods that satisfy a Conditional Access policy.\n\nDeleting one is final, and Microsoft Graph refuses it while a policy refers to it. The built-in ones are in every tenant, under the same ids, and cannot be changed.",
	Life:      kind.In("/policies/authenticationStrengthPolicies").InOnePage().RefusedWhileReferred(),
	FilterDoc: "`eq`, `ne`, `not` and `in` with `displayName` and with `policyType`, as in `policyType eq 'custom'`.",
	Label:     "display_name",
	Keys:      []string{"display_name"},
	Read:      []string{"Policy.Read.All"},
	Write:     []string{"Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"},
	Ignored: []string{
		"createdDateTime", "modifiedDateTime", "requirementsSatisfied", "combinationConfigurations",
	},
	Attrs: []kind.Attr{
		ownID("authentication strength"),
		deletedBy("authentication strength"),
		lastChangedBy("authentication strength"),
		kind.Text("display_name", kind.Required, "Name of the authentication strength, 30 characters at most."),
		kind.Text("description", kind.Optional, "What it is for.").Unset(""),
		kind.Set("allowed_combinations", kind.Required, "Combinations of methods that satisfy it, such as `fido2` or `password,microsoftAuthenticatorPush`.").ChangedBy(kind.Act{
			Name:       "updateAllowedCombinations",
			Body:       func(_, after any) kind.Body { return kind.Body{"allowedCombinations": after} },
			AtCreation: true,
		}),
		kind.Text("policy_type", kind.Computed, "`custom`, or `builtIn` where a data source found one of Microsoft's."),
		protection(),
	},
	Skip: func(b kind.Body) string {
		if b["policyType"] == "builtIn" {
			return "it is built in, the same in every tenant"
		}
		return ""
	},
}
