package kindtest

import (
	"maps"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// sample is two descriptions of one object that differ in every attribute
// that can change, with the same ones set.
type sample struct {
	full, other kind.Values
	keep        []string // optional attributes that cannot be cleared alone
}

const roleID, scopeID = "0aaaaaaa-0000-4000-8000-000000000001", "0aaaaaaa-0000-4000-8000-000000000002"

const (
	addInID = "0aaaaaaa-0000-4000-8000-000000000003"
	// compliantNetwork is the location that every test tenant has, because nobody can make it.
	compliantNetwork = "0aaaaaaa-0000-4000-8000-000000000004"
)

// samples has one function for each kind.
var samples = map[string]func(h *host) sample{
	"named_location": func(*host) sample {
		return sample{
			full:  kind.Values{"display_name": "Sample", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24", "2001:db8::/32"}, "is_trusted": true}},
			other: kind.Values{"display_name": "Other", "ip": kind.Values{"ip_ranges": []string{"198.51.100.0/24"}}},
		}
	},
	"group": func(h *host) sample {
		u, v := h.id("/users", "userPrincipalName", "adele@contoso.com"), h.id("/users", "userPrincipalName", "diego@contoso.com")
		return sample{
			full:  kind.Values{"display_name": "Sample", "description": "What for", "mail_nickname": "sample", "security_enabled": true, "members": []string{u}, "owners": []string{u}, "unique_name": "sample-1"},
			other: kind.Values{"display_name": "Other", "description": "Else", "mail_nickname": "other", "security_enabled": true, "members": []string{u, v}, "owners": []string{v}, "unique_name": "sample-1"},
			keep:  []string{"members", "owners"}, // left out, they are not owned: nothing changes
		}
	},
	"group_member": func(h *host) sample {
		g, k := h.id("/groups", "displayName", "Partner Guests"), h.id("/groups", "displayName", "CA100 - Exclude")
		u := h.id("/users", "userPrincipalName", "adele@contoso.com")
		return sample{full: kind.Values{"group_id": g, "member_id": u}, other: kind.Values{"group_id": k, "member_id": u}}
	},
	"administrative_unit": func(h *host) sample {
		u, v := h.id("/users", "userPrincipalName", "adele@contoso.com"), h.id("/users", "userPrincipalName", "diego@contoso.com")
		return sample{
			full:  kind.Values{"display_name": "Sample", "description": "What for", "members": []string{u}},
			other: kind.Values{"display_name": "Other", "description": "Else", "members": []string{v}},
			keep:  []string{"members"},
		}
	},
	"application": func(h *host) sample {
		u := h.id("/users", "userPrincipalName", "adele@contoso.com")
		role := func(value string) map[string]kind.Values {
			return map[string]kind.Values{roleID: {"allowed_member_types": []string{"Application"}, "description": "d", "display_name": value, "value": value}}
		}
		scope := func(value string) kind.Values {
			return kind.Values{"requested_access_token_version": int64(2), "pre_authorized_applications": []kind.Values{}, "oauth2_permission_scopes": map[string]kind.Values{scopeID: {
				"admin_consent_description": "d", "admin_consent_display_name": value, "type": "User", "value": value}}}
		}
		access := func(id, t string) []kind.Values {
			return []kind.Values{{"resource_app_id": "00000003-0000-0000-c000-000000000000", "resource_access": []kind.Values{{"id": id, "type": t}}}}
		}
		return sample{
			full: kind.Values{"display_name": "Sample", "notes": "n", "description": "d", "identifier_uris": []string{"api://{app_id}"}, "app_roles": role("a.b"), "api": scope("x.y"),
				"required_resource_access": access("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "Scope"), "tags": []string{"a", "b"}, "owners": []string{u},
				"web":                     kind.Values{"home_page_url": "https://a.contoso.com", "redirect_uris": []string{"https://a.contoso.com/x"}, "implicit_grant_settings": kind.Values{"enable_id_token_issuance": true}},
				"spa":                     kind.Values{"redirect_uris": []string{"https://s.contoso.com"}},
				"group_membership_claims": []string{"SecurityGroup"}},
			other: kind.Values{"display_name": "Other", "notes": "m", "description": "e", "identifier_uris": []string{"api://{app_id}/v2"}, "app_roles": role("c.d"), "api": scope("z.y"),
				"required_resource_access": access("7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Role"), "tags": []string{"c"}, "owners": []string{u},
				"web":                     kind.Values{"home_page_url": "https://b.contoso.com", "redirect_uris": []string{"https://b.contoso.com/x"}},
				"spa":                     kind.Values{"redirect_uris": []string{"https://t.contoso.com"}},
				"group_membership_claims": []string{"ApplicationGroup", "SecurityGroup"}},
			keep: []string{"owners"},
		}
	},
	"authentication_context": func(*host) sample {
		return sample{
			full:  kind.Values{"id": "c7", "display_name": "Sample", "description": "d"},
			other: kind.Values{"id": "c7", "display_name": "Other", "description": "e", "is_available": false},
		}
	},
	"authentication_strength_policy": func(*host) sample {
		return sample{
			full:  kind.Values{"display_name": "Sample", "description": "d", "allowed_combinations": []string{"fido2", "windowsHelloForBusiness"}},
			other: kind.Values{"display_name": "Other", "description": "e", "allowed_combinations": []string{"fido2", "x509CertificateMultiFactor"}},
		}
	},
	"application_federated_identity_credential": func(h *host) sample {
		app := h.id("/applications", "displayName", "Orders Portal")
		return sample{
			full:  kind.Values{"application_id": app, "name": "sample", "issuer": "https://token.contoso.com", "subject": "repo:a", "audiences": []string{"api://AzureADTokenExchange"}, "description": "d"},
			other: kind.Values{"application_id": app, "name": "sample", "issuer": "https://tokens.contoso.com", "subject": "repo:b", "audiences": []string{"api://other"}, "description": "e"},
			keep:  []string{"subject"},
		}
	},
	"service_principal": principalSample,
	"oauth2_permission_grant": func(h *host) sample {
		client := h.principalOf("Time Sheets")
		values := kind.Values{"client_id": client, "resource_id": h.id("/servicePrincipals", "displayName", "Microsoft Graph"),
			"consent_type": "AllPrincipals", "scope": []string{"Group.Read.All", "User.Read"}}
		other := maps.Clone(values)
		other["scope"] = []string{"User.Read.All"}
		return sample{full: values, other: other}
	},
	"claims_mapping_policy":       policySample("ClaimsMappingPolicy"),
	"token_lifetime_policy":       policySample("TokenLifetimePolicy"),
	"home_realm_discovery_policy": policySample("HomeRealmDiscoveryPolicy"),
	"app_role_assignment": func(h *host) sample {
		resource := h.id("/servicePrincipals", "displayName", "Microsoft Graph")
		values := kind.Values{"resource_id": resource, "principal_id": h.user("adele"), "app_role_id": "00000000-0000-0000-0000-000000000000"}
		other := maps.Clone(values)
		other["principal_id"] = h.user("diego")
		return sample{full: values, other: other}
	},
	"authentication_strength_combination_configuration": func(h *host) sample {
		strength := h.strength()
		return sample{
			full: kind.Values{"authentication_strength_policy_id": strength, "applies_to_combinations": []string{"x509CertificateMultiFactor"},
				"x509_certificate": kind.Values{"allowed_issuer_skis": []string{"9A4248C6AC8C2931AB2A86537818E92E7B6C97B6"}}},
			other: kind.Values{"authentication_strength_policy_id": strength, "applies_to_combinations": []string{"x509CertificateSingleFactor"},
				"x509_certificate": kind.Values{"allowed_issuer_skis": []string{"1A4248C6AC8C2931AB2A86537818E92E7B6C97B6"}}},
		}
	},
	"user": func(h *host) sample {
		return sample{
			full: kind.Values{"manager": h.user("adele"), "user_principal_name": "sample@contoso.onmicrosoft.com", "display_name": "Sample", "mail_nickname": "sample", "department": "IT", "given_name": "S",
				"business_phones": []string{"+41 1"}, "employee_org_data": kind.Values{"cost_center": "1", "division": "d"}, "password_policies": []string{"DisablePasswordExpiration"}},
			other: kind.Values{"manager": h.user("diego"), "user_principal_name": "other@contoso.onmicrosoft.com", "display_name": "Other", "mail_nickname": "other", "account_enabled": false, "department": "HR", "given_name": "O",
				"business_phones": []string{"+41 2"}, "employee_org_data": kind.Values{"cost_center": "2", "division": "e"}, "password_policies": []string{"DisablePasswordExpiration", "DisableStrongPassword"}},
		}
	},
	"terms_of_use": func(h *host) sample {
		return sample{
			full:  kind.Values{"display_name": "Sample", "is_viewing_before_acceptance_required": true, "files": h.terms()},
			other: kind.Values{"display_name": "Other", "files": h.terms()},
		}
	},
	"group_setting": func(h *host) sample {
		group := h.unified()
		guests := func(allowed string) []kind.Values {
			return []kind.Values{{"name": "AllowToAddGuests", "value": allowed}}
		}
		return sample{
			full:  kind.Values{"group_id": group, "template_id": guestTemplate, "values": guests("false")},
			other: kind.Values{"group_id": group, "template_id": guestTemplate, "values": guests("true")},
		}
	},
	"directory_role_definition": func(*host) sample {
		return sample{
			full:  kind.Values{"display_name": "Sample", "description": "d", "version": "1", "role_permissions": permits("microsoft.directory/applications/basic/update")},
			other: kind.Values{"display_name": "Other", "description": "e", "version": "2", "is_enabled": false, "role_permissions": permits("microsoft.directory/applications/create", "microsoft.directory/groups/basic/update")},
		}
	},
	"directory_role_assignment": func(h *host) sample {
		values := kind.Values{"role_definition_id": userAdministrator, "principal_id": h.user("adele"), "directory_scope_id": "/administrativeUnits/" + h.unit()}
		other := maps.Clone(values)
		other["principal_id"] = h.user("diego")
		return sample{full: values, other: other}
	},
	"administrative_unit_role_member": func(h *host) sample {
		values := kind.Values{"administrative_unit_id": h.unit(), "role_id": h.activated(userAdministrator), "member_id": h.user("adele")}
		other := maps.Clone(values)
		other["member_id"] = h.user("diego")
		return sample{full: values, other: other}
	},
	"conditional_access_policy": func(h *host) sample {
		g, k := h.id("/groups", "displayName", "CA-BreakGlass"), h.id("/groups", "displayName", "CA001 - Exclude")
		l := h.id("/identity/conditionalAccess/namedLocations", "displayName", "Headquarters")
		return sample{
			full: kind.Values{"display_name": "Sample", "description": "d", "state": "disabled",
				"conditions": kind.Values{
					"applications": kind.Values{"include_applications": []string{"All"}},
					"users":        kind.Values{"include_users": []string{"All"}, "exclude_groups": []string{g, k}},
					"locations":    kind.Values{"include_locations": []string{"All"}, "exclude_locations": []string{"AllTrusted", l}},
					"platforms":    kind.Values{"include_platforms": []string{"all"}, "exclude_platforms": []string{"iOS", "linux"}},
				},
				"grant_controls":   kind.Values{"operator": "OR", "built_in_controls": []string{"mfa", "compliantDevice"}},
				"session_controls": kind.Values{"persistent_browser": kind.Values{"is_enabled": true, "mode": "never"}}},
			other: kind.Values{"display_name": "Other", "description": "e", "state": "enabledForReportingButNotEnforced",
				"conditions": kind.Values{
					"client_app_types":    []string{"browser"},
					"applications":        kind.Values{"include_applications": []string{"All"}, "exclude_applications": []string{"Office365"}},
					"users":               kind.Values{"include_groups": []string{k}, "exclude_groups": []string{g}},
					"sign_in_risk_levels": []string{"high"},
				},
				"grant_controls":   kind.Values{"operator": "OR", "built_in_controls": []string{"block"}},
				"session_controls": kind.Values{"persistent_browser": kind.Values{"is_enabled": true, "mode": "always"}}},
		}
	},
}
