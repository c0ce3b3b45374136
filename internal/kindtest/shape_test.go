package kindtest

import (
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// shapesOf describes objects of each kind that together set every attribute
// that code can set, as Graph allows them together.
var shapesOf = map[string]map[string]func(h *host) kind.Values{
	"named_location": {
		"ip": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24", "2001:db8::/32"}, "is_trusted": true}}
		},
		"country": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "country": kind.Values{"countries_and_regions": []string{"CH", "DE"},
				"country_lookup_method": "authenticatorAppGps", "include_unknown_countries_and_regions": true}}
		},
		"compliant network": func(*host) kind.Values {
			return kind.Values{"display_name": "All Compliant Network locations", "compliant_network": kind.Values{"is_trusted": true}}
		},
	},
	"group": {
		"security": func(h *host) kind.Values {
			return kind.Values{"display_name": "Shape", "description": "d", "mail_nickname": "shape", "unique_name": "shape",
				"members": []string{h.user("adele"), h.user("diego")}, "owners": []string{h.user("adele"), h.user("diego")}, "is_assignable_to_role": true,
				"assigned_licenses": []kind.Values{{"sku_id": skuE5, "disabled_plans": []string{"a23b959c-7ce8-4e57-9140-b90eb88a9e97", "57ff2da0-773e-42df-b2af-ffb7a2317929"}}}}
		},
		"unified": func(h *host) kind.Values {
			return kind.Values{"display_name": "Shape", "description": "d", "mail_nickname": "shape", "mail_enabled": true, "security_enabled": false,
				"group_types": []string{"Unified"}, "visibility": "Private", "classification": "Confidential", "theme": "Teal", "preferred_data_location": "EUR",
				"resource_behavior_options": []string{"HideGroupInOutlook"}, "resource_provisioning_options": []string{"Team"}}
		},
		"dynamic": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "mail_nickname": "shape", "group_types": []string{"DynamicMembership"},
				"membership_rule": `user.department -eq "Sales"`, "membership_rule_processing_state": "On"}
		},
	},
	"authentication_context": {
		"published": func(*host) kind.Values {
			return kind.Values{"id": "c7", "display_name": "Shape", "description": "d", "is_available": false}
		},
	},
	"authentication_strength_policy": {
		"custom": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "description": "d", "allowed_combinations": []string{"fido2", "windowsHelloForBusiness"}}
		},
	},
	"application_federated_identity_credential": {
		"subject": func(h *host) kind.Values {
			return kind.Values{"application_id": h.id("/applications", "displayName", "Orders Portal"), "name": "shape", "issuer": "https://token.contoso.com",
				"subject": "repo:a", "audiences": []string{"api://AzureADTokenExchange"}, "description": "d"}
		},
		"expression": func(h *host) kind.Values {
			return kind.Values{"application_id": h.id("/applications", "displayName", "Orders Portal"), "name": "shape", "issuer": "https://token.contoso.com",
				"audiences":                  []string{"api://AzureADTokenExchange"},
				"claims_matching_expression": kind.Values{"value": "claims['sub'] matches 'repo:contoso/*'", "language_version": int64(1)}}
		},
	},
	"app_role_assignment": {
		"permission": func(h *host) kind.Values { return samples["app_role_assignment"](h).full },
	},
	"service_principal": {
		"full": principalShape,
	},
	"oauth2_permission_grant": {
		"all": func(h *host) kind.Values { return samples["oauth2_permission_grant"](h).full },
		"one": func(h *host) kind.Values {
			v := samples["oauth2_permission_grant"](h).full
			v["consent_type"], v["principal_id"] = "Principal", h.user("adele")
			return v
		},
	},
	"claims_mapping_policy": {
		"assigned": func(h *host) kind.Values {
			v := samples["claims_mapping_policy"](h).other
			v["is_organization_default"] = true
			return v
		},
	},
	"token_lifetime_policy": {
		"assigned": func(h *host) kind.Values { return policyShape(h, "TokenLifetimePolicy") },
	},
	"home_realm_discovery_policy": {
		"assigned": func(h *host) kind.Values { return policyShape(h, "HomeRealmDiscoveryPolicy") },
	},
	"authentication_strength_combination_configuration": {
		"fido2": func(h *host) kind.Values {
			return kind.Values{"authentication_strength_policy_id": h.strength(), "applies_to_combinations": []string{"fido2"},
				"fido2": kind.Values{"allowed_aaguids": []string{"de1e552d-db1d-4423-a619-566b625cdc84", "90a3ccdf-635c-4729-a248-9b709135078f"}}}
		},
		"x509": func(h *host) kind.Values {
			return kind.Values{"authentication_strength_policy_id": h.strength(), "applies_to_combinations": []string{"x509CertificateMultiFactor", "x509CertificateSingleFactor"},
				"x509_certificate": kind.Values{"allowed_issuer_skis": []string{"9A42", "1A42"}, "allowed_policy_oids": []string{"1.2.3", "1.2.4"}}}
		},
	},
	"user": {
		"full": func(h *host) kind.Values {
			v := kind.Values{"manager": h.user("adele"), "user_principal_name": "shape@contoso.onmicrosoft.com", "account_enabled": false, "user_type": "Guest", "age_group": "Adult", "consent_provided_for_minor": "Granted",
				"password_policies": []string{"DisablePasswordExpiration", "DisableStrongPassword"}, "other_mails": []string{"a@contoso.com", "b@contoso.com"},
				"business_phones": []string{"+41 1"}, "employee_org_data": kind.Values{"cost_center": "1", "division": "d"},
				"employee_hire_date": "2026-01-01T00:00:00Z", "mail": "shape@contoso.com", "usage_location": "CH", "preferred_language": "de-CH"}
			for _, name := range []string{"display_name", "mail_nickname", "given_name", "surname", "job_title", "department", "company_name", "office_location", "employee_id",
				"employee_type", "mobile_phone", "fax_number", "street_address", "city", "postal_code", "state", "country", "preferred_data_location", "on_premises_immutable_id"} {
				v[name] = "shape"
			}
			attributes := kind.Values{}
			for i := range 15 {
				attributes[fmt.Sprintf("extension_attribute_%d", i+1)] = "v"
			}
			v["on_premises_extension_attributes"] = attributes
			return v
		},
	},
	"terms_of_use": {
		"full": func(h *host) kind.Values {
			return kind.Values{"display_name": "Shape", "is_viewing_before_acceptance_required": true, "is_per_device_acceptance_required": true,
				"user_reaccept_required_frequency": "P90D", "terms_expiration": kind.Values{"start_date_time": "2027-01-01T00:00:00Z", "frequency": "P365D"}, "files": h.terms()}
		},
	},
	"group_setting": {
		"guests": func(h *host) kind.Values { return samples["group_setting"](h).full },
	},
	"directory_role_definition": {
		"own template id": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "description": "d", "version": "1", "is_enabled": false, "template_id": roleID,
				"role_permissions": permits("microsoft.directory/applications/basic/update", "microsoft.directory/applications/create")}
		},
	},
	"directory_role_assignment": {
		"unit": func(h *host) kind.Values { return samples["directory_role_assignment"](h).full },
		"tenant": func(h *host) kind.Values {
			return kind.Values{"role_definition_id": userAdministrator, "principal_id": h.user("adele")}
		},
		"application": func(h *host) kind.Values {
			return kind.Values{"role_definition_id": userAdministrator, "principal_id": h.user("adele"), "directory_scope_id": "/" + h.id("/applications", "displayName", "Orders Portal")}
		},
	},
	"administrative_unit_role_member": {
		"member": func(h *host) kind.Values { return samples["administrative_unit_role_member"](h).full },
	},
	"administrative_unit": {
		"assigned": func(h *host) kind.Values {
			return kind.Values{"display_name": "Shape", "description": "d", "visibility": "HiddenMembership", "is_member_management_restricted": true,
				"members": []string{h.user("adele"), h.user("diego")}}
		},
		"dynamic": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "membership_type": "Dynamic", "membership_rule": `user.country -eq "CH"`, "membership_rule_processing_state": "On"}
		},
	},
	"application": {
		"full": applicationShape,
		"roles": func(*host) kind.Values { // enabled ones, which Graph changes only once they are disabled
			return kind.Values{"display_name": "Shape",
				"app_roles": map[string]kind.Values{roleID: {"allowed_member_types": []string{"User"}, "display_name": "r", "description": "d", "value": "a.b"}},
				"api": kind.Values{"oauth2_permission_scopes": map[string]kind.Values{scopeID: {"admin_consent_description": "d",
					"admin_consent_display_name": "n", "type": "User", "value": "x.y"}}}}
		},
		"settings": func(*host) kind.Values {
			return kind.Values{
				"display_name": "Shape",
				"is_disabled":  true, "oauth2_require_post_response": true, "native_authentication_apis_enabled": "all",
				"token_encryption_key_id":        "0eeeeeee-0000-4000-8000-000000000009",
				"add_ins":                        map[string]kind.Values{addInID: {"type": "FileHandler", "properties": []kind.Values{{"key": "version", "value": "2"}}}},
				"request_signature_verification": kind.Values{"is_signed_request_required": true, "allowed_weak_algorithms": []string{"rsaSha1"}},
				"service_principal_lock_configuration": kind.Values{"is_enabled": true, "all_properties": true, "credentials_with_usage_sign": true,
					"credentials_with_usage_verify": true, "token_encryption_key_id": true},
				"authentication_behaviors": kind.Values{"block_azure_ad_graph_access": true, "remove_unverified_email_claim": true, "require_client_service_principal": true},
			}
		},
		"single tenant": func(*host) kind.Values {
			return kind.Values{"display_name": "Shape", "saml_metadata_url": "https://a.contoso.com/metadata", "unique_name": "shape"}
		},
	},
	"conditional_access_policy": policyShapes,
	"group_member": {
		"edge": func(h *host) kind.Values {
			return kind.Values{"group_id": h.id("/groups", "displayName", "Partner Guests"), "member_id": h.user("adele")}
		},
	},
}

func (h *host) user(name string) string {
	return h.id("/users", "userPrincipalName", name+"@contoso.com")
}

func (h *host) group(name string) string { return h.id("/groups", "displayName", name) }

func applicationShape(h *host) kind.Values {
	claim := func(name string) []kind.Values {
		return []kind.Values{{"name": name, "source": "user", "essential": true, "additional_properties": []string{"a", "b"}}}
	}
	other := h.id("/applications", "displayName", "Orders Portal")
	client := h.property("/applications/"+other, "appId")
	return kind.Values{
		"display_name": "Shape", "description": "d", "notes": "n", "sign_in_audience": "AzureADMultipleOrgs",
		"identifier_uris": []string{"api://{app_id}", "api://{app_id}/v2"},
		"app_roles": map[string]kind.Values{roleID: {"allowed_member_types": []string{"Application", "User"}, "description": "d",
			"display_name": "r", "is_enabled": false, "value": "a.b"}},
		"api": kind.Values{
			"accept_mapped_claims": true, "known_client_applications": []string{client}, "requested_access_token_version": int64(1),
			"oauth2_permission_scopes": map[string]kind.Values{scopeID: {"admin_consent_description": "d", "admin_consent_display_name": "n", "is_enabled": false,
				"type": "User", "user_consent_description": "u", "user_consent_display_name": "un", "value": "x.y"}},
			"pre_authorized_applications": []kind.Values{{"app_id": client, "delegated_permission_ids": []string{scopeID}}},
		},
		"required_resource_access": []kind.Values{{"resource_app_id": "00000003-0000-0000-c000-000000000000",
			"resource_access": []kind.Values{{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}}}},
		"web": kind.Values{"home_page_url": "https://a.contoso.com", "logout_url": "https://a.contoso.com/out",
			"redirect_uris":           []string{"https://a.contoso.com/x", "https://a.contoso.com/y"},
			"redirect_uri_settings":   []kind.Values{{"uri": "https://a.contoso.com/x", "index": int64(0)}},
			"implicit_grant_settings": kind.Values{"enable_access_token_issuance": true, "enable_id_token_issuance": true}},
		"spa":                           kind.Values{"redirect_uris": []string{"https://s.contoso.com", "https://s.contoso.com/b"}},
		"public_client":                 kind.Values{"redirect_uris": []string{"https://p.contoso.com", "myapp://auth"}},
		"is_fallback_public_client":     true,
		"is_device_only_auth_supported": true,
		"group_membership_claims":       []string{"ApplicationGroup", "SecurityGroup"},
		"optional_claims":               kind.Values{"access_token": claim("upn"), "id_token": claim("email"), "saml2_token": claim("acct")},
		"info": kind.Values{"marketing_url": "https://m.contoso.com", "privacy_statement_url": "https://p.contoso.com",
			"support_url": "https://s.contoso.com", "terms_of_service_url": "https://t.contoso.com"},
		"parental_control_settings":    kind.Values{"countries_blocked_for_minors": []string{"CH", "DE"}, "legal_age_group_rule": "BlockMinors"},
		"service_management_reference": "ref", "default_redirect_uri": "https://a.contoso.com/x", "tags": []string{"a", "b"},
		"owners": []string{h.user("adele"), h.user("diego")},
	}
}
