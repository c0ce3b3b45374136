package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// A Conditional Access policy. Its three blocks are replaced as a whole by a
// PATCH, so each is written in full, with what the table does not know taken
// over from the live policy. Which explicit nulls Graph takes inside
// conditions is known from the clients that send them; everything marked
// ClearedBare is cleared by being left out.
var conditionalAccessPolicy = kind.Kind{
	Name:   "conditional_access_policy",
	Title:  "Conditional Access policy",
	Plural: "Conditional Access policies",
	Type:   "conditionalAccessPolicy",
	Doc:    "A Conditional Access policy.\n\nBefore a policy is written, every id in it is checked to exist: a reference that no longer resolves stops the write and is named, because a lost exclusion locks people out. Where an apply makes or restores what a policy excludes, the policy is report-only until that can be read, and then enabled; see the guide *Locking nobody out*. A policy is read through the beta version of Microsoft Graph, since v1.0 hides policies with preview features, and written through v1.0 unless it holds a property that only beta knows.",
	Life: kind.In("/identity/conditionalAccess/policies").
		OwnBin("/identity/conditionalAccess/deletedItems/policies").ThroughBeta().InOnePage(),
	Checked:   true,
	Rollout:   &policyRollout,
	Strict:    func(kind.Values) bool { return true },
	Label:     "display_name",
	FilterDoc: "Microsoft documents `eq` with `displayName`, and `state eq 'enabled'` works; whether Graph takes anything else is not documented.",
	Keys:      []string{"display_name"},
	Read:      []string{"Policy.Read.All"},
	Write:     []string{"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Application.Read.All", "Directory.Read.All"}, // the last for the check of references
	Ignored: []string{
		"createdDateTime", "modifiedDateTime", "templateId",
	},
	Protectable: []string{"microsoft.directory/conditionalAccessPolicies/create", "microsoft.directory/conditionalAccessPolicies/basic/update"},
	Attrs: []kind.Attr{
		ownID("policy"),
		deletedAt("policy"),
		deletedBy("policy"),
		lastChangedBy("policy"),
		kind.Text("display_name", kind.Required, "Name of the policy. It need not be unique."),
		kind.Text("description", kind.Optional, "What the policy is for."),
		kind.Text("state", kind.Required, "Whether the policy is enforced: `enabled`, `disabled`, or `enabledForReportingButNotEnforced` (report-only).").
			OneOf("enabled", "disabled", "enabledForReportingButNotEnforced"),
		kind.Block("conditions", kind.Required, "When the policy applies.", conditions()...).ReplacedWhole(),
		kind.Block("grant_controls", kind.Optional, "What must hold for access to be granted. A policy needs this or `session_controls`.", grantControls()...).ReplacedWhole().
			Needing("built_in_controls", "custom_authentication_factors", "terms_of_use", "authentication_strength_id"),
		kind.Block("session_controls", kind.Optional, "What restricts the session after sign-in.", sessionControls()...).ReplacedWhole(),
		mayReplace(),
		protection(),
	},
	Rules: []kind.Together{
		// C5, C9 and what Microsoft's pages say of the controls:
		// https://learn.microsoft.com/graph/api/resources/conditionalaccessgrantcontrols
		{When: kind.Has(frequency+".frequency_interval", "everyTime"), Then: kind.Lacks(frequency + ".value"), Why: everyTime},
		{When: kind.Has(frequency+".frequency_interval", "everyTime"), Then: kind.Lacks(frequency + ".type"), Why: everyTime},
		{When: kind.Has(frequency + ".type"), Then: kind.Has(frequency + ".value"), Why: "A number of days or hours needs both."},
		{When: kind.Has(frequency + ".value"), Then: kind.Has(frequency + ".type"), Why: "A number of days or hours needs both."},
		{When: kind.Has("session_controls.persistent_browser.is_enabled", true), Then: kind.Has("conditions.applications.include_applications", "All"),
			Why: "A persistent browser session can be asked for only by a policy that covers all applications."},
		{When: kind.Has("grant_controls.built_in_controls", "block"), Then: kind.Lacks("grant_controls.authentication_strength_id"), Why: blocked},
		{When: kind.Has("grant_controls.built_in_controls", "block"), Then: kind.Lacks("grant_controls.terms_of_use"), Why: blocked},
		{When: kind.Has("grant_controls.authentication_strength_id"), Then: kind.Lacks("grant_controls.built_in_controls", "mfa"),
			Why: "An authentication strength takes the place of `mfa`; Microsoft Graph refuses both together."},
		{When: kind.Has("grant_controls.built_in_controls", "passwordChange"), Then: kind.Has("grant_controls.operator", "AND"),
			Why: "`passwordChange` is taken together with `mfa` or an authentication strength only."},
		{When: kind.Has(included+".membership_kind", "all"), Then: kind.Lacks(included + ".members"), Why: allTenants},
		{When: kind.Has(excluded+".membership_kind", "all"), Then: kind.Lacks(excluded + ".members"), Why: allTenants},
		{When: kind.Has("conditions.devices.include_devices"), Then: kind.Lacks("conditions.devices.device_filter"), Why: "Microsoft Graph takes devices by state or by a filter, not both."},
	},
}

const (
	frequency  = "session_controls.sign_in_frequency"
	everyTime  = "With `everyTime` there is no period."
	blocked    = "`block` takes no other control beside it."
	included   = "conditions.users.include_guests_or_external_users.external_tenants"
	excluded   = "conditions.users.exclude_guests_or_external_users.external_tenants"
	allTenants = "With all tenants none is named."
)

func conditions() []kind.Attr {
	risk := []string{"low", "medium", "high", "hidden", "none"}
	return []kind.Attr{
		kind.Set("client_app_types", kind.Optional, "Kinds of client. All when left out.").Unset([]string{"all"}).
			OneOf("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
		kind.Block("applications", kind.Optional, "Resources and user actions that the policy covers.",
			kind.Set("include_applications", kind.Optional, "Client ids (`app_id`), or `All`, `None`, `Office365`, `MicrosoftAdminPortals`, `AllAgentIdResources`.").To(resourceApp()),
			kind.Set("exclude_applications", kind.Optional, "Client ids (`app_id`) left out, or `Office365`, `MicrosoftAdminPortals`.").To(resourceApp()),
			filter("application_filter", "Selects applications by custom security attributes.").ClearedBare(),
			kind.Set("include_user_actions", kind.Optional, "User actions, such as `urn:user:registersecurityinfo` and `urn:user:registerdevice`."),
			kind.Set("include_authentication_context_class_references", kind.Optional, "Authentication contexts, `c1` to `c99`.").To(toContext),
			traffic("global_secure_access"), traffic("network_access")),
		kind.Block("users", kind.Optional, "Who the policy covers.", users()...),
		kind.Block("client_applications", kind.Optional, "Workload identities that the policy covers.",
			kind.Set("include_service_principals", kind.Optional, "Object ids of service principals, or `ServicePrincipalsInMyTenant`.").To(workload()),
			kind.Set("exclude_service_principals", kind.Optional, "Object ids of service principals left out.").To(workload()).Exempting(),
			filter("service_principal_filter", "Selects service principals by custom security attributes."),
			kind.Set("include_agent_id_service_principals", kind.Optional, "Object ids of agent identities, or `All`.").To(workload()).InBeta(),
			kind.Set("exclude_agent_id_service_principals", kind.Optional, "Object ids of agent identities left out.").To(workload()).InBeta(),
			filter("agent_id_service_principal_filter", "Selects agent identities by custom security attributes.").InBeta().ClearedBare(),
		).ClearedBare(),
		kind.Block("locations", kind.Optional, "Where sign-ins come from.",
			kind.Set("include_locations", kind.Optional, "Ids of named locations, or `All`, `AllTrusted`.").To(location()),
			kind.Set("exclude_locations", kind.Optional, "Ids of named locations left out, or `AllTrusted`.").To(location()).Exempting()),
		kind.Block("platforms", kind.Optional, "Operating systems.",
			kind.Set("include_platforms", kind.Optional, "Platforms covered.").OneOf(platforms...),
			kind.Set("exclude_platforms", kind.Optional, "Platforms left out.").OneOf(platforms...)),
		kind.Block("devices", kind.Optional, "Devices, by a filter on their properties, or by their state in the preview.",
			filter("device_filter", "The filter.").ClearedBare(),
			kind.Set("include_devices", kind.Optional, "States covered: `All`.").InBeta(),
			kind.Set("exclude_devices", kind.Optional, "States left out: `Compliant`, `DomainJoined`.").InBeta(),
			kind.Set("include_device_states", kind.Optional, "Former name of `include_devices`.").InBeta(),
			kind.Set("exclude_device_states", kind.Optional, "Former name of `exclude_devices`.").InBeta()),
		kind.Block("device_states", kind.Optional, "Former form of `devices`, by state.",
			kind.Set("include_states", kind.Optional, "States covered: `All`."),
			kind.Set("exclude_states", kind.Optional, "States left out: `Compliant`, `DomainJoined`.")).InBeta().ClearedBare(),
		kind.Set("user_risk_levels", kind.Optional, "Levels of user risk.").OneOf(risk...),
		kind.Set("sign_in_risk_levels", kind.Optional, "Levels of sign-in risk.").OneOf(risk...),
		kind.Set("service_principal_risk_levels", kind.Optional, "Levels of risk of a workload identity.").OneOf(risk...),
		kind.Joined("insider_risk_levels", kind.Optional, "Levels of insider risk.").OneOf("minor", "moderate", "elevated").ClearedBare(),
		kind.Block("authentication_flows", kind.Optional, "Authentication flows.",
			kind.Joined("transfer_methods", kind.Required, "Flows covered.").OneOf("deviceCodeFlow", "authenticationTransfer")),
		kind.Joined("agent_id_risk_levels", kind.Optional, "Levels of risk of an agent identity.").OneOf("low", "medium", "high").InBeta().ClearedBare(),
		kind.Block("agents", kind.Optional, "Agents' user accounts that the policy covers.",
			kind.Set("include_agent_users", kind.Optional, "Object ids of agents' user accounts, or `All`.").To(toUser.Or("All", "None")),
			kind.Set("exclude_agent_users", kind.Optional, "Object ids of agents' user accounts left out.").To(toUser.Or("All", "None")),
			filter("agent_filter", "Selects agents by custom security attributes.").ClearedBare()).InBeta().ClearedBare(),
		kind.Block("agent_context", kind.Optional, "Where agents run.",
			kind.Set("include_agent_contexts", kind.Optional, "Contexts covered, such as `agentUserSessionsInitiatedFromEndpoints`."),
			kind.Set("exclude_agent_contexts", kind.Optional, "Contexts left out.")).InBeta().ClearedBare(),
	}
}

func users() []kind.Attr {
	return []kind.Attr{
		kind.Set("include_users", kind.Optional, "Object ids of users, or `All`, `None`, `GuestsOrExternalUsers`.").To(person()),
		kind.Set("exclude_users", kind.Optional, "Object ids of users left out, or `GuestsOrExternalUsers`.").To(person()).Sparing(),
		kind.Set("include_groups", kind.Optional, "Object ids of groups.").To(toGroup),
		kind.Set("exclude_groups", kind.Optional, "Object ids of groups left out.").To(toGroup).Sparing(),
		kind.Set("include_roles", kind.Optional, "Template ids of directory roles.").To(toRole),
		kind.Set("exclude_roles", kind.Optional, "Template ids of directory roles left out.").To(toRole).Exempting(),
		guests("include_guests_or_external_users", "Guests and external users covered."),
		guests("exclude_guests_or_external_users", "Guests and external users left out."),
	}
}

func guests(name, doc string) kind.Attr {
	return kind.Block(name, kind.Optional, doc,
		kind.Joined("guest_or_external_user_types", kind.Required, "Kinds of guest or external user.").
			OneOf("none", "internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "b2bDirectConnectUser", "otherExternalUser", "serviceProvider"),
		kind.Block("external_tenants", kind.Optional, "The tenants that they come from.",
			kind.Text("membership_kind", kind.Required, "`all` tenants or `enumerated` ones.").OneOf("all", "enumerated"),
			kind.Set("members", kind.Optional, "Tenant ids, with `enumerated`.")).
			TypedBy("membership_kind", map[string]string{
				"all":        "#microsoft.graph.conditionalAccessAllExternalTenants",
				"enumerated": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
			}))
}

func grantControls() []kind.Attr {
	return []kind.Attr{
		kind.Text("operator", kind.Required, "Whether all controls must hold (`AND`) or one of them (`OR`).").OneOf("AND", "OR"),
		kind.Set("built_in_controls", kind.Optional, "Built-in controls.").
			OneOf("block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication", "passwordChange", "riskRemediation"),
		kind.Set("custom_authentication_factors", kind.Optional, "Custom controls."),
		kind.Set("terms_of_use", kind.Optional, "Ids of terms of use to accept.").To(kind.To("terms_of_use")),
		kind.Text("authentication_strength_id", kind.Optional, "Id of the authentication strength that is required.").
			As("authenticationStrength").Via(&byID).To(kind.To("authentication_strength_policy")),
	}
}

func sessionControls() []kind.Attr {
	enabled := kind.Flag("is_enabled", kind.Required, "Whether the control is on.")
	return []kind.Attr{
		kind.Block("application_enforced_restrictions", kind.Optional, "Restrictions that SharePoint and Exchange enforce.", enabled),
		kind.Block("cloud_app_security", kind.Optional, "Defender for Cloud Apps.", enabled,
			kind.Text("cloud_app_security_type", kind.Optional, "What it does.").OneOf("mcasConfigured", "monitorOnly", "blockDownloads")),
		kind.Block("persistent_browser", kind.Optional, "Whether the browser session outlives the browser. Needs all applications.", enabled,
			kind.Text("mode", kind.Optional, "`always` or `never`.").OneOf("always", "never")),
		kind.Block("sign_in_frequency", kind.Optional, "How often users sign in again.", enabled,
			kind.Text("frequency_interval", kind.Optional, "`timeBased` unless said otherwise, or `everyTime`; with the latter neither `type` nor `value`.").
				Unset("timeBased").OneOf("timeBased", "everyTime"),
			kind.Text("type", kind.Optional, "Unit of `value`.").OneOf("days", "hours"),
			kind.Number("value", kind.Optional, "Number of days or hours."),
			kind.Text("authentication_type", kind.Optional, "Which sign-ins count: `primaryAndSecondaryAuthentication` unless said otherwise.").
				Unset("primaryAndSecondaryAuthentication").OneOf("primaryAndSecondaryAuthentication", "secondaryAuthentication")),
		kind.Flag("disable_resilience_defaults", kind.Optional, "Whether sessions end in an outage of Microsoft Entra ID instead of being prolonged.").Unset(false),
		kind.Block("secure_sign_in_session", kind.Optional, "Token protection: sign-in sessions bound to the device.", enabled),
		kind.Block("continuous_access_evaluation", kind.Optional, "Continuous access evaluation.",
			kind.Text("mode", kind.Required, "How strictly.").OneOf("strictEnforcement", "disabled", "strictLocation")).InBeta(),
		kind.Block("global_secure_access_filtering_profile", kind.Optional, "Security profile of Global Secure Access.", enabled,
			kind.Text("profile_id", kind.Optional, "Id of the profile.")).InBeta(),
		kind.Block("network_access_security", kind.Optional, "Former name of `global_secure_access_filtering_profile`.", enabled,
			kind.Text("policy_id", kind.Optional, "Id of the profile.")).InBeta(),
		kind.Block("block_sensitive_actions", kind.Optional, "Actions that agents may not carry out.", enabled,
			kind.Set("include_sensitive_actions", kind.Optional, "The actions, such as `all`.")).InBeta(),
	}
}

// traffic is how a policy named traffic profiles of Global Secure Access until
// June 2025; older backups hold it.
// https://learn.microsoft.com/graph/api/resources/conditionalaccessapplications?view=graph-rest-beta
func traffic(name string) kind.Attr {
	return kind.Block(name, kind.Optional, "Traffic profiles of Global Secure Access. Deprecated: Microsoft Graph returns it no more since June 2025, so that a plan may show it again and again; name the applications of Global Secure Access instead.",
		kind.Joined("include_traffic_profiles", kind.Required, "Profiles, such as `m365`.")).InBeta().ClearedBare()
}

func filter(name, doc string) kind.Attr {
	return kind.Block(name, kind.Optional, doc,
		kind.Text("mode", kind.Required, "Whether what the rule selects is covered or left out.").OneOf("include", "exclude"),
		kind.Text("rule", kind.Required, "The rule."))
}

var platforms = []string{"android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux"}

func resourceApp() *kind.Ref {
	return toApp.Or("All", "None", "Office365", "MicrosoftAdminPortals", "AllAgentIdResources")
}

func person() *kind.Ref {
	return toUser.Or("All", "None", "GuestsOrExternalUsers", "AllAgentIdUsers")
}

func workload() *kind.Ref {
	return kind.To("service_principal").Or("All", "None", "ServicePrincipalsInMyTenant", "ServicePrincipalsInMyOrganization")
}

// location knows the pseudo-location of the legacy "MFA trusted IPs", which
// has an id and is no object.
func location() *kind.Ref {
	return toLocation.Or("All", "AllTrusted", "00000000-0000-0000-0000-000000000000")
}

// byID is an object of which only the id is written, and a string here.
var byID = kind.Codec{
	Encode: func(id string) any { return kind.Body{"id": id} },
	Decode: func(v any) (string, bool) {
		b, _ := v.(kind.Body)
		id, ok := b["id"].(string)
		return id, ok
	},
}
