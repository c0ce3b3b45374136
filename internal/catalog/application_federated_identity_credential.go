package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// A federated identity credential: who else may sign in as an application.
var applicationFederatedIdentityCredential = kind.Kind{
	Name:   "application_federated_identity_credential",
	Title:  "federated identity credential",
	Plural: "federated identity credentials",
	Type:   "federatedIdentityCredential",
	Doc:    "A federated identity credential of an application: tokens of another issuer, such as a pipeline's, with which a workload signs in as the application, without a secret.\n\nIt goes to the recycle bin with its application and comes back with it. Microsoft Graph takes 20 for an application, and none twice for the same issuer and subject.",
	// beta alone shows claimsMatchingExpression.
	Life:      kind.In("/applications/{application_id}/federatedIdentityCredentials").ThroughBeta(),
	Label:     "name",
	SignsIn:   true,
	Read:      []string{"Application.Read.All"},
	Write:     []string{"Application.ReadWrite.All"},
	FilterDoc: "`eq` with `name` or with `subject`.",
	Removal:   kind.TakenOut("application_id", "FederatedIdentityCredentials", "Update application"),
	Attrs: []kind.Attr{
		ownID("credential"),
		removedBy("credential"),
		kind.Within("application_id", "Object id of the application.", kind.To("application")),
		kind.Text("name", kind.Required, "Name of the credential, unique in its application.").AtCreation(),
		kind.Text("issuer", kind.Required, "URL of the issuer, as the `iss` claim of its tokens has it."),
		kind.Text("subject", kind.Optional, "The `sub` claim of the tokens. Set this or `claims_matching_expression`."),
		kind.Set("audiences", kind.Required, "The `aud` claim of the tokens: one, `api://AzureADTokenExchange` as a rule."),
		kind.Text("description", kind.Optional, "What the credential is for."),
		kind.Block("claims_matching_expression", kind.Optional, "An expression over claims instead of one subject.",
			kind.Text("value", kind.Required, "The expression."),
			kind.Number("language_version", kind.Required, "Version of the language: 1.")).InBeta().ReplacedWhole(),
		mayReplace(),
		protection(),
	},
}
