package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// A service principal: what an application is in this tenant. A tenant has one of
// an application, which is why one that exists is taken over and not made twice.
var servicePrincipal = kind.Kind{
	Name:   "service_principal",
	Title:  "service principal",
	Plural: "service principals",
	Type:   "servicePrincipal",
	Doc: "A service principal (enterprise application): what an application, the tenant's own or another's, is in this tenant.\n\n" +
		"A tenant has one service principal of an application. Where it exists already, Microsoft's own for instance, this resource takes it over: the plan says so, and a later destroy only forgets it, with a warning. One that lies in the recycle bin is restored. Microsoft Graph's own is never deleted.\n\n" +
		"It goes to the recycle bin with its application, and either resource brings back both. What it was granted comes back with it; the policies assigned to it do not, which `applies_to` of these repairs in the same apply. Made anew it has another object id, and no credentials: SAML signing certificates and secrets must be made again.\n\n" +
		"Its tags are those of the application when it is made, and its own from then on. Reply addresses, identifiers, roles and permissions are the application's and managed there.",
	Life:  kind.In("/servicePrincipals").DirectoryBin("servicePrincipal").OnlyOneFor("app_id"),
	Label: "display_name",
	Keys:  []string{"app_id", "display_name"},
	Read:  []string{"Application.Read.All"},
	Write: []string{"Application.ReadWrite.All"},
	Ignored: []string{
		"createdDateTime", "createdByAppId", "isDisabled", "disabledByMicrosoftStatus",
		// The application's, which Graph shows here or copies.
		"appDisplayName", "appDescription", "applicationTemplateId", "appRoles", "oauth2PermissionScopes", "info", "verifiedPublisher",
		"replyUrls", "resourceSpecificApplicationPermissions", "samlMetadataUrl",
		"servicePrincipalNames", // SP4: the app id always, and the application's identifier URIs
		// Their secret parts can be read by nobody.
		"keyCredentials", "passwordCredentials",
	},
	Attrs: []kind.Attr{
		ownID("service principal"),
		deletedAt("service principal"),
		deletedBy("service principal"),
		lastChangedBy("service principal"),
		kind.Text("app_id", kind.Required, "Client id of the application: `entra_application.name.app_id`, or that of another tenant's application. An application made anew has another one, and its service principal is made anew with it.").
			AtCreation().To(kind.ToApp("application", "service_principal")),
		kind.Text("display_name", kind.Computed, "Name of the service principal: the application's."),
		kind.Flag("account_enabled", kind.Default, "Whether anybody may sign in to it.").Or(true).DisabledBy(false),
		kind.Flag("app_role_assignment_required", kind.Default, "Whether only those with an app role assignment get tokens for it.").Or(false),
		kind.Set("alternative_names", kind.Optional, "Names by which services find it."),
		kind.Text("description", kind.Optional, "What it is for, as users see it."),
		kind.Text("notes", kind.Optional, "Notes for those who manage it."),
		// Graph shows the application's while it has none of its own.
		kind.Text("homepage", kind.Server, "Home page. Left out, it is the application's.").InheritedFrom("web.home_page_url"),
		kind.Text("login_url", kind.Optional, "Where users are sent to sign in, for SAML applications and links."),
		kind.Text("logout_url", kind.Server, "Address for logout. Left out, it is the application's.").InheritedFrom("web.logout_url"),
		kind.Text("preferred_single_sign_on_mode", kind.Optional, "How users sign in: `password`, `saml`, `notSupported` or `oidc`.").
			OneOf("password", "saml", "notSupported", "oidc", "external"),
		kind.Block("saml_single_sign_on_settings", kind.Optional, "Settings for SAML.",
			kind.Text("relay_state", kind.Optional, "Address to which users are sent after they signed in.")).ReplacedWhole(),
		kind.Set("notification_email_addresses", kind.Optional, "Who is told before a signing certificate expires."),
		kind.Text("token_encryption_key_id", kind.Optional, "Key of the service principal with which tokens are encrypted: one that it has. One made anew has none, so upload the certificate again before the apply that sets this."),
		kind.MapBy("id", "add_ins", kind.Optional, "Behaviour that services such as Microsoft 365 call for, by its id: a GUID of your choice.",
			kind.Text("type", kind.Required, "Type of the behaviour: `FileHandler`."),
			kind.Blocks("properties", kind.Optional, "Its settings.",
				kind.Text("key", kind.Required, "Name of the setting."),
				kind.Text("value", kind.Optional, "Value of the setting.")).KnownBy("key")),
		kind.Set("tags", kind.Optional, "Tags: `WindowsAzureActiveDirectoryIntegratedApp` lists it among the enterprise applications, `HideApp` hides it from users."),
		kind.Text("service_principal_type", kind.Computed, "`Application`; `ManagedIdentity`, `Legacy` or `SocialIdp` where a data source found one."),
		kind.Text("app_owner_organization_id", kind.Computed, "Tenant of the application."),
		kind.Text("sign_in_audience", kind.Computed, "Whose accounts may sign in, as the application says."),
		kind.Text("preferred_token_signing_key_thumbprint", kind.Computed, "Thumbprint of the certificate that signs SAML tokens. Its key leaves the service principal never, so a new one must be made for a service principal made anew."),
		kind.Links("owners", "Object ids of the owners. Left out, owners are not managed."+ownedBy, toOwner).InListings().WithMaker().EvenEmpty().ModedBy("owners_mode"),
		modeOf("owners"),
		mayReplace(),
		protection(),
		onHardDelete(),
	},
	Dependent: func(kind.Values) bool { return true },
	Company: []kind.Company{
		{Title: "secret", Property: "passwordCredentials", Told: []string{"keyId", "displayName"}},
		{Title: "certificate", Property: "keyCredentials", Told: []string{"keyId", "displayName"}},
		{Title: "app role assignment", Path: "/appRoleAssignments", Told: []string{"id", "resourceDisplayName", "appRoleId"}},
		{Title: "app role assignment of others", Path: "/appRoleAssignedTo", Told: []string{"id", "principalDisplayName", "appRoleId"}},
		{Title: "consent", Path: "/oauth2PermissionGrants", Told: []string{"id", "consentType", "scope"}},
	},
	NewIDBreaks: "its SAML signing certificate, which the application trusts and nobody can read, so that single sign-on stops until the application trusts another; its secrets; " +
		"and what others hold of its object id, such as role assignments in Azure",
	// Another service principal gets all that the code holds again, a certificate not.
	BreaksFor: func(v kind.Values) bool { return v["preferred_single_sign_on_mode"] == "saml" },
	// Nobody can get a token for Graph without it, so Graph refuses.
	Kept: func(v kind.Values) string {
		if v["app_id"] == microsoftGraph {
			return "Microsoft Graph does not delete its own service principal"
		}
		return ""
	},
	// https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
	Native: func(v kind.Values, tenant string) bool {
		return v["app_owner_organization_id"] == tenant && v["service_principal_type"] == "Application" && v["sign_in_audience"] == "AzureADMyOrg"
	},
	Skip: func(b kind.Body) string {
		owner, _ := b["appOwnerOrganizationId"].(string)
		switch t, _ := b["servicePrincipalType"].(string); {
		case t == "ManagedIdentity":
			return "it is a managed identity, which comes and goes with its Azure resource"
		case t != "" && t != "Application":
			return "Microsoft Graph makes no service principals of the type " + t
		case microsoftTenants[owner]:
			return "it is Microsoft's own, the same in every tenant"
		}
		return ""
	},
}

const microsoftGraph = "00000003-0000-0000-c000-000000000000"

// microsoftTenants own the applications that stand in every tenant:
// https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
var microsoftTenants = map[string]bool{
	"f8cdef31-a31e-4b4a-93e4-5f571e91255a": true,
	"72f988bf-86f1-41af-91ab-2d7cd011db47": true,
	"cdc5aeea-15c5-4db6-b079-fcadd2505dc2": true,
}
