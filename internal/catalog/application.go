package catalog

import (
	"regexp"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// An app registration. A recreated one has another app id, so its own app id
// stands in the code as {app_id}.
var application = kind.Kind{
	Name:   "application",
	Title:  "application",
	Plural: "applications",
	Type:   "application",
	Doc:    "An app registration.\n\nThe application's own client id, which a recreated application does not keep, is written `{app_id}` inside the application's own attributes, as in `identifier_uris = [\"api://{app_id}\"]`. Other resources refer to it as `entra_application.name.app_id`.\n\nDeleting an application moves it and its service principal to the recycle bin. Restoring it brings back its secrets as they were, and the provider restores the service principal with it.",
	Life:   kind.In("/applications").DirectoryBin("application").WithCascade("service_principal"),
	Label:  "display_name",
	Keys:   []string{"app_id", "display_name"},
	Read:   []string{"Application.Read.All"},
	Write:  []string{"Application.ReadWrite.All"},
	Ignored: []string{
		"createdDateTime", "publisherDomain", "createdByAppId", "applicationTemplateId", "disabledByMicrosoftStatus",
		"certification", "verifiedPublisher", "info.logoUrl", "appRoles.origin", "keyCredentials.customKeyIdentifier", "passwordCredentials", "api.oauth2PermissionScopes.origin",
	},
	Attrs: []kind.Attr{
		ownID("application"),
		kind.Text("app_id", kind.Computed, "Client id. A recreated application has another one."),
		deletedAt("application"),
		deletedBy("application"),
		lastChangedBy("application"),
		kind.Text("display_name", kind.Required, "Name of the application. It need not be unique.").UpTo(256),
		kind.Text("unique_name", kind.Optional, "A name of your own that no other application has, also not one in the recycle bin.").AtCreation(),
		kind.Text("description", kind.Optional, "What the application is for.").UpTo(1024),
		kind.Text("notes", kind.Optional, "Notes for those who manage it.").UpTo(1024),
		kind.Flag("is_disabled", kind.Optional, "Whether the application is deactivated: nobody gets new tokens for it.").Unset(false).OnlySelected().DisabledBy(true),
		kind.Text("sign_in_audience", kind.Default, "Whose accounts may sign in.").
			OneOf("AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount").Or("AzureADMyOrg"),
		kind.Set("identifier_uris", kind.Optional, "URIs that identify the application as a resource, such as `api://{app_id}`.").Embedding(inAppURI),
		kind.MapBy("id", "app_roles", kind.Optional, "Roles of the application, by their id: a GUID of your choice, which others refer to.",
			kind.Set("allowed_member_types", kind.Required, "`User`, `Application` or both.").OneOf("User", "Application"),
			kind.Text("description", kind.Optional, "What the role grants."),
			kind.Text("display_name", kind.Optional, "Name of the role."),
			kind.Flag("is_enabled", kind.Default, "Whether the role can be assigned.").Or(true),
			kind.Text("value", kind.Optional, "What stands in the `roles` claim.").UpTo(120).Like(claimValue)),
		kind.Block("api", kind.Optional, "The application as a resource.",
			kind.Flag("accept_mapped_claims", kind.Optional, "Whether claims mapping works without a custom signing key.").Unset(false),
			kind.Set("known_client_applications", kind.Optional, "Client ids of applications whose consent covers this one.").To(kind.ToApp("application")),
			kind.MapBy("id", "oauth2_permission_scopes", kind.Optional, "Delegated permissions, by their id: a GUID of your choice.",
				kind.Text("admin_consent_description", kind.Optional, "Shown to administrators who consent."),
				kind.Text("admin_consent_display_name", kind.Optional, "Title shown to administrators who consent."),
				kind.Flag("is_enabled", kind.Default, "Whether the permission can be granted.").Or(true),
				kind.Text("type", kind.Optional, "Who may consent: `User` or `Admin`.").OneOf("User", "Admin"),
				kind.Text("user_consent_description", kind.Optional, "Shown to users who consent."),
				kind.Text("user_consent_display_name", kind.Optional, "Title shown to users who consent."),
				kind.Text("value", kind.Optional, "What stands in the `scp` claim.").UpTo(120).Like(claimValue)).As("oauth2PermissionScopes"),
			kind.Blocks("pre_authorized_applications", kind.Optional, "Applications that need no consent. Left out, they are not managed here, and `entra_application_pre_authorized` may manage single ones.",
				kind.Text("app_id", kind.Required, "Client id.").To(kind.ToApp("application", "service_principal")),
				kind.Set("delegated_permission_ids", kind.Required, "Ids of the permissions.")).KnownBy("app_id").LeftOpen(),
			kind.Number("requested_access_token_version", kind.Optional, "Version of the access tokens, 1 or 2.").Within(1, 2)),
		kind.Blocks("required_resource_access", kind.Optional, "Permissions that the application asks for. Left out, they are not managed here, and `entra_application_api_access` may manage those on single resources.",
			kind.Text("resource_app_id", kind.Required, "Client id of the resource.").To(kind.ToApp("service_principal", "application")),
			resourceAccess()).KnownBy("resource_app_id").AtMost(50).LeftOpen(),
		kind.Block("web", kind.Optional, "The application as a web site.",
			kind.Text("home_page_url", kind.Optional, "Home page."),
			kind.Text("logout_url", kind.Optional, "Address for front-channel logout."),
			kind.Set("redirect_uris", kind.Optional, "Addresses to which tokens are sent."),
			// Graph lists every redirect address here, most of them without an index.
			kind.Blocks("redirect_uri_settings", kind.Optional, "Order of the redirect addresses of a SAML application.",
				kind.Text("uri", kind.Required, "The redirect address."),
				kind.Number("index", kind.Required, "Its place; 0 is the default.")).KnownBy("uri").OnlyWith("index"),
			kind.Block("implicit_grant_settings", kind.Optional, "The implicit flow.",
				kind.Flag("enable_access_token_issuance", kind.Optional, "Whether it issues access tokens.").Unset(false),
				kind.Flag("enable_id_token_issuance", kind.Optional, "Whether it issues ID tokens.").Unset(false))),
		kind.Block("spa", kind.Optional, "The application as a single-page application.",
			kind.Set("redirect_uris", kind.Required, "Addresses to which codes are sent.")),
		kind.Block("public_client", kind.Optional, "The application on a device.",
			kind.Set("redirect_uris", kind.Required, "Addresses to which codes are sent.")),
		kind.Flag("is_fallback_public_client", kind.Optional, "Whether it is a public client where that cannot be told.").Unset(false),
		kind.Flag("is_device_only_auth_supported", kind.Optional, "Whether a device may sign in without a user.").Unset(false),
		kind.Joined("group_membership_claims", kind.Optional, "Groups that stand in tokens.").
			OneOf("None", "SecurityGroup", "DirectoryRole", "ApplicationGroup", "All"),
		kind.Block("optional_claims", kind.Optional, "Claims that stand in tokens in addition.",
			claims("access_token", "Claims of access tokens."),
			claims("id_token", "Claims of ID tokens."),
			claims("saml2_token", "Claims of SAML tokens.").As("saml2Token")).
			// A PATCH with some of the lists drops the others; azuread clears all with {}.
			ReplacedWhole(),
		kind.Block("info", kind.Optional, "Addresses shown on the consent page.",
			kind.Text("marketing_url", kind.Optional, "Marketing."),
			kind.Text("privacy_statement_url", kind.Optional, "Privacy statement."),
			kind.Text("support_url", kind.Optional, "Support."),
			kind.Text("terms_of_service_url", kind.Optional, "Terms of service.")),
		kind.Block("parental_control_settings", kind.Optional, "What minors may do.",
			kind.Set("countries_blocked_for_minors", kind.Optional, "Two-letter codes of ISO 3166-1.").Like(country),
			kind.Text("legal_age_group_rule", kind.Optional, "Rule for users without a known age: `Allow` unless said otherwise.").Unset("Allow").
				OneOf("Allow", "RequireConsentForPrivacyServices", "RequireConsentForMinors", "RequireConsentForKids", "BlockMinors")),
		kind.MapBy("id", "add_ins", kind.Optional, "What services such as Microsoft 365 find to call the application with, by an id: a GUID of your choice.",
			kind.Text("type", kind.Required, "Kind of add-in, such as `FileHandler`."),
			kind.Blocks("properties", kind.Optional, "Its parameters.",
				kind.Text("key", kind.Required, "Name."),
				kind.Text("value", kind.Required, "Value.")).KnownBy("key")),
		kind.Text("saml_metadata_url", kind.Optional, "Where the application exposes SAML metadata for federation. Single-tenant applications only."),
		kind.Text("token_encryption_key_id", kind.Optional, "`keyId` of the key credential with which tokens are encrypted.").FoldCase().Like(aGUID),
		kind.Flag("oauth2_require_post_response", kind.Optional, "Whether token requests may be sent by POST.").Unset(false).OnlySelected(),
		kind.Text("native_authentication_apis_enabled", kind.Optional, "Whether the application may use native authentication: `all`, or `none` unless said otherwise.").
			OneOf("none", "all").Unset("none").OnlySelected(),
		kind.Block("request_signature_verification", kind.Optional, "Whether signatures of authentication requests are verified.",
			kind.Flag("is_signed_request_required", kind.Optional, "Whether requests must be signed.").Unset(false),
			kind.Joined("allowed_weak_algorithms", kind.Optional, "Weak algorithms that are accepted all the same.").OneOf("rsaSha1")),
		kind.Block("service_principal_lock_configuration", kind.Optional, "What of the service principals in other tenants cannot be changed there.",
			kind.Flag("is_enabled", kind.Optional, "Whether the lock is on.").Unset(false),
			kind.Flag("all_properties", kind.Optional, "Whether it holds for all of the following.").Unset(false),
			kind.Flag("credentials_with_usage_sign", kind.Optional, "Whether it holds for credentials that sign.").Unset(false),
			kind.Flag("credentials_with_usage_verify", kind.Optional, "Whether it holds for credentials that verify.").Unset(false),
			kind.Flag("token_encryption_key_id", kind.Optional, "Whether it holds for the key that encrypts tokens.").Unset(false)),
		// Unset is not false here: then the date decides on which the application was made.
		// https://learn.microsoft.com/graph/applications-authenticationbehaviors
		kind.Block("authentication_behaviors", kind.Optional, "Behaviours that changed over the years. What is left out is Microsoft's default, which depends on the age of the application.",
			kind.Flag("block_azure_ad_graph_access", kind.Optional, "Whether Azure AD Graph refuses the application.").As("blockAzureADGraphAccess"),
			kind.Flag("remove_unverified_email_claim", kind.Optional, "Whether tokens leave out an email address whose domain is not verified."),
			kind.Flag("require_client_service_principal", kind.Optional, "Whether a client without service principal in the tenant is refused.")).OnlySelected(),
		kind.Text("service_management_reference", kind.Optional, "Reference to a service management database."),
		kind.Text("default_redirect_uri", kind.Optional, "Redirect address of SAML and other gallery applications."),
		kind.Set("tags", kind.Optional, "Tags."),
		kind.Links("owners", "Object ids of the owners. Left out, owners are not managed."+ownedBy, toOwner).InListings().WithMaker().EvenEmpty().AtMost(100).ModedBy("owners_mode"),
		modeOf("owners"),
		keyCredentials(),
		kind.Streamed("logo", "The logo: an image in base64, PNG, JPEG or GIF of 100 KB at most, as in `filebase64(\"logo.png\")`. Left out, it is not managed. Microsoft Graph returns another image than the one it got, so a plan does not see when somebody else changes it, and an import does not know it."),
		mayReplace(),
		protection(),
		onHardDelete(),
	},
	Steps: scopesFirst,
	Company: []kind.Company{
		{Title: "client secret", Property: "passwordCredentials", Told: []string{"keyId", "displayName"}},
		{Title: "certificate", Property: "keyCredentials", Attr: "key_credentials", Told: []string{"keyId", "displayName"}},
		{Title: "federated credential", Path: "/federatedIdentityCredentials", Told: []string{"name", "issuer", "subject"}},
	},
	NewIDBreaks: "its client secrets and certificates, which must be made again; its service principal in this tenant and in others, with the consent, " +
		"permissions and role assignments granted to them; every client, script and pipeline that has the client id configured; and whatever trusts tokens issued for it",
	// P6, P8: https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation
	Rules: []kind.Together{
		{When: kind.Has("sign_in_audience", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"), Then: kind.Has("api.requested_access_token_version", 2),
			Why: "Personal accounts get tokens of version 2, and Microsoft Graph refuses any other."},
		{When: kind.Has("saml_metadata_url"), Then: kind.Has("sign_in_audience", "AzureADMyOrg"), Why: "Only a single-tenant application has one."},
	},
}

// claimValue is what can stand in the roles and scp claims.
// https://learn.microsoft.com/graph/api/resources/approle
var claimValue = &kind.Spelling{
	Says: "letters, digits and ASCII punctuation without quotes, backslashes and spaces, and not a full stop at the beginning",
	Fits: regexp.MustCompile("^[0-9A-Za-z:!#$%&'()*+,\\-/;<=>?@\\[\\]^_`{|}~][0-9A-Za-z:!#$%&'()*+,\\-./;<=>?@\\[\\]^_`{|}~]*$").MatchString,
}

func claims(name, doc string) kind.Attr {
	return kind.Blocks(name, kind.Optional, doc,
		kind.Text("name", kind.Required, "Name of the claim."),
		kind.Text("source", kind.Optional, "Where it comes from; the application itself when left out."),
		kind.Flag("essential", kind.Optional, "Whether the client needs it.").Unset(false),
		kind.Set("additional_properties", kind.Optional, "Options of the claim.")).KnownBy("name")
}

// disableFirst disables app roles and permission scopes before they change or
// go, because Graph refuses to change an enabled one
// (CannotDeleteOrUpdateEnabledEntitlement).
func disableFirst(live, patch kind.Body) []kind.Body {
	if live == nil || patch == nil {
		if patch == nil {
			return nil
		}
		return []kind.Body{patch}
	}
	first := kind.Body{}
	if want, touched := patch["appRoles"]; touched {
		if roles, changed := disabled(live["appRoles"], want); changed {
			first["appRoles"] = roles
		}
	}
	api, _ := patch["api"].(kind.Body)
	liveAPI, _ := live["api"].(kind.Body)
	if want, touched := api["oauth2PermissionScopes"]; touched {
		if scopes, changed := disabled(liveAPI["oauth2PermissionScopes"], want); changed {
			first["api"] = kind.Body{"oauth2PermissionScopes": scopes}
		}
	}
	if len(first) == 0 {
		return []kind.Body{patch}
	}
	return []kind.Body{first, patch}
}

// disabled returns live with every enabled element off that want lacks or has
// otherwise, and whether there was one.
func disabled(live, want any) ([]any, bool) {
	wanted := map[any]kind.Body{}
	list, _ := want.([]any)
	for _, item := range list {
		if b, ok := item.(kind.Body); ok {
			wanted[b["id"]] = b
		}
	}
	var out []any
	changed := false
	list, _ = live.([]any)
	for _, item := range list {
		b, ok := item.(kind.Body)
		if !ok {
			continue
		}
		copied := kind.Body{}
		for k, v := range b {
			if k != "origin" { // read-only
				copied[k] = v
			}
		}
		if b["isEnabled"] == true && differs(b, wanted[b["id"]]) {
			copied["isEnabled"], changed = false, true
		}
		out = append(out, copied)
	}
	return out, changed
}

func differs(live, want kind.Body) bool {
	if want == nil {
		return true
	}
	for property, v := range live {
		if property == "origin" {
			continue
		}
		if w := want[property]; !kind.IsEmpty(v) && !kind.Equal(v, w) {
			return true
		}
	}
	for property, w := range want {
		if !kind.IsEmpty(w) && kind.IsEmpty(live[property]) {
			return true
		}
	}
	return false
}
