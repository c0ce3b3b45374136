package kindtest

import (
	"maps"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

const (
	appA, appB = "00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000" // Graph, Exchange
	tenantA    = "0ccccccc-0000-4000-8000-000000000001"
	tenantB    = "0ccccccc-0000-4000-8000-000000000002"
	termsA     = "0ddddddd-0000-4000-8000-000000000001"
	termsB     = "0ddddddd-0000-4000-8000-000000000002"
)

// policy is a policy with these conditions and controls.
func policy(conditions kind.Values, more kind.Values) kind.Values {
	v := kind.Values{"display_name": "Shape", "description": "d", "state": "disabled", "conditions": conditions,
		"grant_controls": kind.Values{"operator": "OR", "built_in_controls": []string{"mfa", "compliantDevice"}}}
	maps.Copy(v, more)
	return v
}

func allApps() kind.Values  { return kind.Values{"include_applications": []string{"All"}} }
func allUsers() kind.Values { return kind.Values{"include_users": []string{"All"}} }

func deviceFilter(rule string) kind.Values { return kind.Values{"mode": "exclude", "rule": rule} }

func guestsOf(types ...string) kind.Values {
	return kind.Values{"guest_or_external_user_types": types,
		"external_tenants": kind.Values{"membership_kind": "enumerated", "members": []string{tenantA, tenantB}}}
}

var policyShapes = map[string]func(h *host) kind.Values{
	"users": func(h *host) kind.Values {
		role := func(name string) string { return h.id("/directoryRoleTemplates", "displayName", name) }
		return policy(kind.Values{
			"client_app_types": []string{"browser", "mobileAppsAndDesktopClients"},
			"applications": kind.Values{"include_applications": []string{appA, "Office365"}, "exclude_applications": []string{appB, "MicrosoftAdminPortals"},
				"application_filter": deviceFilter(`CustomSecurityAttribute.A_B -eq "c"`)},
			"users": kind.Values{
				"include_users": []string{h.user("adele"), h.user("diego")}, "exclude_users": []string{h.user("grady"), h.user("megan")},
				"include_groups": []string{h.group("Marketing"), h.group("Engineering")}, "exclude_groups": []string{h.group("CA-BreakGlass"), h.group("CA001 - Exclude")},
				"include_roles":                    []string{role("Global Administrator"), role("Security Administrator")},
				"exclude_roles":                    []string{role("Global Reader"), role("Directory Synchronization Accounts")},
				"include_guests_or_external_users": guestsOf("b2bCollaborationGuest", "internalGuest"),
				"exclude_guests_or_external_users": guestsOf("serviceProvider", "otherExternalUser"),
			},
			"locations":            kind.Values{"include_locations": []string{"All"}, "exclude_locations": []string{"AllTrusted", h.id("/identity/conditionalAccess/namedLocations", "displayName", "Headquarters")}},
			"platforms":            kind.Values{"include_platforms": []string{"all"}, "exclude_platforms": []string{"iOS", "linux"}},
			"devices":              kind.Values{"device_filter": deviceFilter(`device.isCompliant -eq True`)},
			"user_risk_levels":     []string{"high", "medium"},
			"sign_in_risk_levels":  []string{"high", "medium"},
			"insider_risk_levels":  []string{"elevated", "moderate"},
			"authentication_flows": kind.Values{"transfer_methods": []string{"deviceCodeFlow", "authenticationTransfer"}},
		}, nil)
	},
	"actions": func(*host) kind.Values {
		return policy(kind.Values{"users": allUsers(), "applications": kind.Values{"include_user_actions": []string{"urn:user:registersecurityinfo", "urn:user:registerdevice"}}}, nil)
	},
	"contexts": func(*host) kind.Values {
		return policy(kind.Values{"users": allUsers(), "applications": kind.Values{"include_authentication_context_class_references": []string{"c1", "c2"}}}, nil)
	},
	"strength": func(h *host) kind.Values {
		return policy(kind.Values{"users": allUsers(), "applications": allApps()}, kind.Values{"grant_controls": kind.Values{
			"operator": "OR", "built_in_controls": []string{"compliantDevice", "domainJoinedDevice"}, "custom_authentication_factors": []string{"f", "g"},
			"terms_of_use":               []string{termsA},
			"authentication_strength_id": h.id("/policies/authenticationStrengthPolicies", "displayName", "Phishing-resistant MFA")}})
	},
	"session": func(*host) kind.Values {
		on := func(more kind.Values) kind.Values {
			v := kind.Values{"is_enabled": true}
			maps.Copy(v, more)
			return v
		}
		return policy(kind.Values{"users": allUsers(), "applications": allApps()}, kind.Values{"session_controls": kind.Values{
			"application_enforced_restrictions": on(nil), "cloud_app_security": on(kind.Values{"cloud_app_security_type": "monitorOnly"}),
			"persistent_browser":          on(kind.Values{"mode": "never"}),
			"sign_in_frequency":           on(kind.Values{"type": "hours", "value": int64(4), "authentication_type": "secondaryAuthentication"}),
			"disable_resilience_defaults": true, "secure_sign_in_session": on(nil)}})
	},
	"every time": func(*host) kind.Values {
		return policy(kind.Values{"users": allUsers(), "applications": allApps()}, kind.Values{"session_controls": kind.Values{
			"sign_in_frequency": kind.Values{"is_enabled": true, "frequency_interval": "everyTime", "authentication_type": "secondaryAuthentication"}}})
	},
	"workload": func(h *host) kind.Values {
		sp := func(name string) string { return h.id("/servicePrincipals", "appId", name) }
		return policy(kind.Values{"applications": allApps(),
			"client_applications": kind.Values{"include_service_principals": []string{sp(appA), sp(appB)}, "exclude_service_principals": []string{sp("00000002-0000-0000-c000-000000000000")},
				"service_principal_filter": deviceFilter(`CustomSecurityAttribute.A_B -eq "c"`)},
			"service_principal_risk_levels": []string{"high", "medium"},
		}, kind.Values{"grant_controls": kind.Values{"operator": "OR", "built_in_controls": []string{"block"}}})
	},
	"preview": func(h *host) kind.Values {
		return policy(kind.Values{"applications": allApps(), "users": allUsers(),
			"agent_id_risk_levels": []string{"high", "medium"},
			"agents":               kind.Values{"include_agent_users": []string{"All"}, "exclude_agent_users": []string{"None"}, "agent_filter": deviceFilter(`x -eq "y"`)},
			"agent_context":        kind.Values{"include_agent_contexts": []string{"agentUserSessionsInitiatedFromEndpoints"}, "exclude_agent_contexts": []string{"agentUserSessionsInitiatedFromEndpoints"}},
			"client_applications": kind.Values{"include_agent_id_service_principals": []string{"All"}, "exclude_agent_id_service_principals": []string{h.id("/servicePrincipals", "appId", appA), h.id("/servicePrincipals", "appId", appB)},
				"agent_id_service_principal_filter": deviceFilter(`x -eq "y"`)},
		}, kind.Values{"grant_controls": kind.Values{"operator": "OR", "built_in_controls": []string{"block"}},
			"session_controls": kind.Values{"continuous_access_evaluation": kind.Values{"mode": "disabled"},
				"global_secure_access_filtering_profile": kind.Values{"is_enabled": true, "profile_id": tenantA}}})
	},
	"older preview": func(*host) kind.Values {
		states := func(include, exclude string) kind.Values {
			return kind.Values{include: []string{"All"}, exclude: []string{"Compliant", "DomainJoined"}}
		}
		devices := states("include_devices", "exclude_devices")
		maps.Copy(devices, states("include_device_states", "exclude_device_states"))
		apps := allApps()
		apps["global_secure_access"] = kind.Values{"include_traffic_profiles": []string{"m365", "internet"}}
		apps["network_access"] = kind.Values{"include_traffic_profiles": []string{"m365", "internet"}}
		return policy(kind.Values{"applications": apps, "users": allUsers(), "devices": devices, "device_states": states("include_states", "exclude_states")},
			kind.Values{"session_controls": kind.Values{
				"network_access_security":      kind.Values{"is_enabled": true, "policy_id": tenantA},
				"block_sensitive_actions":      kind.Values{"is_enabled": true, "include_sensitive_actions": []string{"all", "other"}},
				"secure_sign_in_session":       kind.Values{"is_enabled": true},
				"continuous_access_evaluation": kind.Values{"mode": "strictLocation"},
			}})
	},
}
