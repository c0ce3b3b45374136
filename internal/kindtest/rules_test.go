package kindtest

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// others gives the value to change an attribute to where the table alone leads
// to one that Graph refuses. The key is "kind.path" or "kind/shape.path".
var others = map[string]any{
	"service_principal.token_encryption_key_id":          scopeID,
	"claims_mapping_policy.definition":                   definition("ClaimsMappingPolicy", "3"),
	"token_lifetime_policy.definition":                   definition("TokenLifetimePolicy", "3"),
	"home_realm_discovery_policy.definition":             definition("HomeRealmDiscoveryPolicy", "3"),
	"group/unified.group_types":                          nil, // a Microsoft 365 group stays one
	"group/dynamic.group_types":                          nil, // without the rule, see the sessions of the provider
	"application.identifier_uris":                        []string{"api://{app_id}/v3"},
	"application.api.known_client_applications":          []string{appA},
	"application.api.pre_authorized_applications.app_id": appA,
	"group.assigned_licenses":                            []kind.Values{{"sku_id": skuP2}},
	"group.assigned_licenses.sku_id":                     nil, // the plans are the product's
	"group_setting.values.name":                          nil, // the template has one
	"user.user_principal_name":                           "shape2@contoso.onmicrosoft.com",
	"user.employee_hire_date":                            "2026-02-01T00:00:00Z",
	"application_federated_identity_credential.claims_matching_expression.language_version":        nil, // there is one
	"application_federated_identity_credential.audiences":                                          []string{"api://other"},
	"authentication_strength_combination_configuration/fido2.applies_to_combinations":              nil, // there is one
	"authentication_strength_policy.allowed_combinations":                                          []string{"fido2", "x509CertificateMultiFactor"},
	"application.request_signature_verification.allowed_weak_algorithms":                           nil, // there is no other
	"administrative_unit.membership_type":                                                          nil, // the rule goes with it
	"named_location/compliant network.display_name":                                                nil, // Microsoft's
	"group/unified.mail_enabled":                                                                   nil, // a Microsoft 365 group has a mailbox
	"application.token_encryption_key_id":                                                          "0eeeeeee-0000-4000-8000-000000000008",
	"conditional_access_policy/older preview.conditions.devices.include_devices":                   nil, // there is no other
	"conditional_access_policy/older preview.conditions.devices.include_device_states":             nil,
	"conditional_access_policy/older preview.conditions.device_states.include_states":              nil,
	"application.required_resource_access.resource_app_id":                                         appB,
	"application.api.pre_authorized_applications.delegated_permission_ids":                         nil, // there is one scope
	"conditional_access_policy.conditions.applications.include_applications":                       []string{appB},
	"conditional_access_policy.conditions.locations.include_locations":                             []string{"AllTrusted"},
	"conditional_access_policy/every time.session_controls.sign_in_frequency.frequency_interval":   nil, // timeBased needs type and value
	"conditional_access_policy/every time.session_controls.sign_in_frequency.is_enabled":           nil, // off without a value is no control
	"conditional_access_policy/session.conditions.applications.include_applications":               nil, // persistent_browser needs all
	"conditional_access_policy.conditions.client_applications.include_agent_id_service_principals": nil, // All, or an id that the emulator has no object for
	"conditional_access_policy.conditions.client_applications.exclude_service_principals":          []string{"ServicePrincipalsInMyTenant"},
	"application.required_resource_access.resource_access.id":                                      roleID,
	"conditional_access_policy.conditions.agents.include_agent_users":                              []string{"None"},
	"conditional_access_policy.conditions.agents.exclude_agent_users":                              []string{"All"},
	"conditional_access_policy.grant_controls.authentication_strength_id":                          "00000000-0000-0000-0000-000000000003",
	"conditional_access_policy.grant_controls.terms_of_use":                                        []string{termsB},
	// With all tenants there are no members: the two change together.
	"conditional_access_policy.conditions.users.include_guests_or_external_users.external_tenants.membership_kind": nil,
	"conditional_access_policy.conditions.users.exclude_guests_or_external_users.external_tenants.membership_kind": nil,
	"conditional_access_policy.conditions.users.include_guests_or_external_users.external_tenants":                 kind.Values{"membership_kind": "all"},
	"conditional_access_policy.conditions.users.exclude_guests_or_external_users.external_tenants":                 kind.Values{"membership_kind": "all"},
	"conditional_access_policy.conditions.users.include_users":                                                     []string{"GuestsOrExternalUsers"},
}

const (
	rule    = "a dynamic membership needs it"
	needed  = "Graph demands it"
	control = "a policy needs a control"
)

// kept names the attributes that cannot be left out of a shape, with the reason.
var kept = map[string]string{
	"application/full.api.oauth2_permission_scopes#first":                                                  "clients are authorized for it",
	"group/unified.group_types":                                                                            "a Microsoft 365 group stays one",
	"group/dynamic.group_types":                                                                            "the rule would be left",
	"group.membership_rule":                                                                                rule,
	"group.membership_rule_processing_state":                                                               rule,
	"administrative_unit.membership_type":                                                                  "the rule would be left",
	"administrative_unit.membership_rule":                                                                  rule,
	"administrative_unit.membership_rule_processing_state":                                                 rule,
	"application_federated_identity_credential.subject":                                                    needed,
	"application_federated_identity_credential.claims_matching_expression":                                 needed,
	"application.app_roles.display_name":                                                                   needed,
	"conditional_access_policy.conditions.applications":                                                    needed,
	"conditional_access_policy.conditions.users":                                                           needed,
	"conditional_access_policy.conditions.users.include_users":                                             needed,
	"conditional_access_policy.conditions.applications.include_applications":                               needed,
	"conditional_access_policy/actions.conditions.applications.include_user_actions":                       needed,
	"conditional_access_policy.conditions.applications.include_authentication_context_class_references":    needed,
	"conditional_access_policy/workload.conditions.client_applications":                                    needed,
	"conditional_access_policy.conditions.locations.include_locations":                                     needed,
	"conditional_access_policy.conditions.platforms.include_platforms":                                     needed,
	"conditional_access_policy.conditions.users.include_guests_or_external_users.external_tenants.members": needed,
	"conditional_access_policy.conditions.users.exclude_guests_or_external_users.external_tenants.members": needed,
	"conditional_access_policy/every time.session_controls.sign_in_frequency.frequency_interval":           "timeBased needs type and value",
	"conditional_access_policy/session.session_controls.persistent_browser.mode":                           needed,
	"conditional_access_policy/session.session_controls.sign_in_frequency.type":                            needed,
	"conditional_access_policy/session.session_controls.sign_in_frequency.value":                           needed,
	"conditional_access_policy.grant_controls.built_in_controls":                                           control,
	"conditional_access_policy.grant_controls":                                                             control,
}

// single names the sets of objects that have one element, with the reason.
var single = map[string]string{
	"directory_role_definition.role_permissions": "without a condition, which Graph refuses in a role of one's own, one element has all actions",
	"group_setting.values":                       "the template has one",
}

// untested names the attributes that no sample sets, with the reason.
var untested = map[string]string{
	"directory_role_definition.role_permissions.condition": "Graph refuses one in a role of one's own",
}
