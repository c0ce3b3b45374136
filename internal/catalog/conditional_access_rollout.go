package catalog

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// How a Conditional Access policy comes into force: through report-only, where what it
// leaves out is new, and after What If was asked about it.
// https://learn.microsoft.com/graph/api/conditionalaccessroot-evaluate

var policyRollout = kind.Rollout{
	Attribute: "state", Enforced: "enabled", Quiet: "enabledForReportingButNotEnforced",
	Shuts: func(v kind.Values) bool {
		grant, _ := v["grant_controls"].(kind.Values)
		controls, _ := grant["built_in_controls"].([]string)
		return slices.Contains(controls, "block")
	},
	Catches: func(v kind.Values, who kind.Who) bool {
		conditions, _ := v["conditions"].(kind.Values)
		if !everywhere(conditions) {
			return false
		}
		if who.Application {
			workloads, _ := conditions["client_applications"].(kind.Values)
			return coversApplication(workloads, who)
		}
		return covers(conditions, who)
	},
	Concerns: func(v kind.Values, application bool) bool {
		conditions, _ := v["conditions"].(kind.Values)
		workloads, _ := conditions["client_applications"].(kind.Values)
		return application == (len(workloads) > 0)
	},
	Ask: kind.Question{
		Path: "/identity/conditionalAccess/evaluate",
		Body: func(who kind.Who) kind.Body {
			identity := kind.Body{"@odata.type": "#microsoft.graph.userSignIn", "userId": who.ID}
			if who.Application {
				identity = kind.Body{"@odata.type": "#microsoft.graph.servicePrincipalSignIn", "servicePrincipalId": who.ID}
			}
			return kind.Body{
				"signInIdentity": identity,
				// Whoever reaches Microsoft Graph can repair a policy.
				"signInContext":       kind.Body{"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": []any{microsoftGraph}},
				"signInConditions":    kind.Body{"clientAppType": "browser", "devicePlatform": "windows"},
				"appliedPoliciesOnly": false, // so that a policy which has not arrived yet is not taken for one that does not apply
			}
		},
		Meets: func(row kind.Body) bool { return row["policyApplies"] == true },
	},
}

// everywhere tells whether conditions hold for every sign-in of those whom a policy covers.
// A condition that is not named here may leave a way in.
func everywhere(conditions kind.Values) bool {
	for name, value := range conditions {
		block, _ := value.(kind.Values)
		switch name {
		case "users", "client_applications":
		case "applications": // with nothing left out
			if len(block) != 1 || !has(block["include_applications"], "All") {
				return false
			}
		case "client_app_types": // what is left are clients of old protocols, in which nobody administers
			if !has(value, "browser") || !has(value, "mobileAppsAndDesktopClients") {
				return false
			}
		case "locations":
			if len(block) != 1 || !has(block["include_locations"], "All") {
				return false
			}
		case "platforms":
			if len(block) != 1 || !has(block["include_platforms"], "all") {
				return false
			}
		default:
			return false
		}
	}
	return conditions["applications"] != nil
}

// coversApplication tells whether conditions are about an application for certain: a filter may
// leave it out.
func coversApplication(workloads kind.Values, who kind.Who) bool {
	for name := range workloads {
		if name != "include_service_principals" && name != "exclude_service_principals" {
			return false
		}
	}
	named := func(side string, all bool) bool {
		set := workloads[side+"_service_principals"]
		return has(set, who.ID) || all && (has(set, "ServicePrincipalsInMyTenant") || has(set, "ServicePrincipalsInMyOrganization"))
	}
	return named("include", !who.Foreign) && !named("exclude", true)
}

// covers tells whether conditions are about a person for certain.
func covers(conditions kind.Values, who kind.Who) bool {
	users, _ := conditions["users"].(kind.Values)
	if conditions["client_applications"] != nil || who.Foreign && (users["exclude_guests_or_external_users"] != nil || has(users["exclude_users"], "GuestsOrExternalUsers")) {
		return false
	}
	named := func(side string) bool {
		return has(users[side+"_users"], who.ID) ||
			slices.ContainsFunc(who.Groups, func(id string) bool { return has(users[side+"_groups"], id) }) ||
			slices.ContainsFunc(who.Roles, func(id string) bool { return has(users[side+"_roles"], id) })
	}
	return !named("exclude") && (has(users["include_users"], "All") || named("include"))
}

func has(set any, s string) bool {
	list, _ := set.([]string)
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}
