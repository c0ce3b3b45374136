package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// A combination configuration: which keys or certificates an authentication strength
// takes. It stands below its strength and goes with it.
var authenticationStrengthCombinationConfiguration = kind.Kind{
	Name:   "authentication_strength_combination_configuration",
	Title:  "combination configuration",
	Plural: "combination configurations",
	Type:   "authenticationCombinationConfiguration",
	Doc:    "A restriction of an authentication strength: which security keys, or certificates of which issuers, it takes for some of its combinations.\n\nA combination must be one of the strength's, and cannot be taken out of the strength while a configuration applies to it. To take out a combination and the whole configuration is one apply, because Terraform deletes the configuration first; where the configuration is to stay for other combinations, change it in an apply of its own before.",
	Life:   kind.In("/policies/authenticationStrengthPolicies/{authentication_strength_policy_id}/combinationConfigurations").WithoutFilter(),
	Read:   []string{"Policy.Read.All"},
	Write:  []string{"Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"},
	Attrs: []kind.Attr{
		ownID("configuration"),
		deletedBy("configuration"),
		kind.Within("authentication_strength_policy_id", "Id of the authentication strength.", kind.To("authentication_strength_policy")),
		kind.Set("applies_to_combinations", kind.Required, "Combinations of the strength that it restricts.").
			OneOf("fido2", "x509CertificateSingleFactor", "x509CertificateMultiFactor"),
		kind.Subtype("fido2", "#microsoft.graph.fido2CombinationConfiguration", "Passkeys and security keys. Set either this or `x509_certificate`; the one cannot become the other.",
			kind.Set("allowed_aaguids", kind.Required, "AAGUIDs of the models that it takes.").As("allowedAAGUIDs").FoldCase()),
		kind.Subtype("x509_certificate", "#microsoft.graph.x509CertificateCombinationConfiguration", "Certificates. Set either this or `fido2`; the one cannot become the other.",
			kind.Set("allowed_issuer_skis", kind.Optional, "Subject key identifiers of the issuers that it takes."),
			kind.Set("allowed_policy_oids", kind.Optional, "Policy OIDs of the certificates that it takes.").As("allowedPolicyOIDs")).
			Needing("allowed_issuer_skis", "allowed_policy_oids"),
		protection(),
		mayReplace(),
	},
}
