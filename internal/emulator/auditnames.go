package emulator

import "strings"

// The words of the audit log, by type of object.
// https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities

const (
	coreDirectory     = "Core Directory"
	conditionalAccess = "Conditional Access"
)

// What can happen to an object. A type that has a recycle bin is deleted into it, and
// hard-deleted out of it.
const (
	auditAdd     = "Add"
	auditUpdate  = "Update"
	auditDelete  = "Delete"
	auditPurge   = "Hard Delete"
	auditRestore = "Restore"
)

// auditWords are what the log calls a type of object, and who logs it. Types that the
// log's list of targets does not have are Other.
type auditWords struct{ typ, service, category, noun, target string }

var auditTypes = []auditWords{
	{"conditionalAccessPolicy", conditionalAccess, "Policy", "conditional access policy", "Policy"},
	{"namedLocation", conditionalAccess, "Policy", "named location", "Policy"},
	{"authenticationContextClassReference", conditionalAccess, "Policy", "AuthenticationContextClassReference", "Policy"},
	{"authenticationStrengthPolicy", "Authentication Methods", "ApplicationManagement", "Authentication Strength Policy", "Policy"},
	{"group", coreDirectory, "GroupManagement", "group", "Group"},
	{"user", coreDirectory, "UserManagement", "user", "User"},
	{"application", coreDirectory, "ApplicationManagement", "application", "Application"},
	{"servicePrincipal", coreDirectory, "ApplicationManagement", "service principal", "ServicePrincipal"},
	{"administrativeUnit", coreDirectory, "AdministrativeUnit", "administrative unit", "Other"},
	{"directoryRole", coreDirectory, "RoleManagement", "role", "Role"},
	{"unifiedRoleDefinition", coreDirectory, "RoleManagement", "role definition", "Role"},
	{"device", coreDirectory, "Device", "device", "Device"},
	{"oAuth2PermissionGrant", coreDirectory, "ApplicationManagement", "delegated permission grant", "ServicePrincipal"},
	{"authenticationCombinationConfiguration", "Authentication Methods", "ApplicationManagement", "Authentication Strength Combination Configuration", "Policy"},
	{"agreement", coreDirectory, "Agreement", "agreement", "Other"},
	{"authorizationPolicy", coreDirectory, "AuthorizationPolicy", "authorization policy", "Policy"},
	{"domain", coreDirectory, "DirectoryManagement", "domain", "Other"},
	{"groupSetting", coreDirectory, "GroupManagement", "group settings", "Other"},
	{"crossTenantAccessPolicyConfigurationPartner", coreDirectory, "CrossTenantAccessSettings", "a partner to cross-tenant access setting", "Policy"},
	{"authenticationMethodConfiguration", "Authentication Methods", "Policy", "authentication method configuration", "Policy"},
	{"unifiedRoleAssignment", coreDirectory, "RoleManagement", "role assignment", "Role"},
	{"unifiedRoleEligibilityScheduleRequest", "PIM", "RoleManagement", "eligible member to role in PIM requested", "Role"},
	{"unifiedRoleAssignmentScheduleRequest", "PIM", "RoleManagement", "member to role in PIM requested", "Role"},
	{"privilegedAccessGroupEligibilityScheduleRequest", "PIM", "GroupManagement", "eligible member to group in PIM requested", "Group"},
	{"privilegedAccessGroupAssignmentScheduleRequest", "PIM", "GroupManagement", "member to group in PIM requested", "Group"},
	{"organization", coreDirectory, "DirectoryManagement", "company", "Directory"},
}

// wordsFor finds the words of a type, or makes some of its name.
func (t *Tenant) wordsFor(typ string) (w auditWords, known bool) {
	if r := t.resource(typ); r != nil {
		typ = r.typ
	}
	for _, w := range auditTypes {
		if w.typ == typ {
			return w, true
		}
	}
	switch {
	case typ == "permissionGrantPolicy":
		return auditWords{typ, coreDirectory, "PermissionGrantPolicy", "permission grant policy", "Policy"}, true
	case strings.HasSuffix(typ, "Policy"):
		return auditWords{typ, coreDirectory, "Policy", "policy", "Policy"}, true
	}
	return auditWords{typ, coreDirectory, "DirectoryManagement", typ, "Other"}, false
}

// activityOf words what happened to an object of a type.
func (t *Tenant) activityOf(verb, typ string) activity {
	w, _ := t.wordsFor(typ)
	if w.service == conditionalAccess && t.rules.plainPolicyAudits {
		switch verb {
		case auditPurge:
			verb = auditDelete
		case auditRestore:
			verb = auditUpdate
		}
	}
	a := activity{name: verb + " " + w.noun, service: w.service, category: w.category, operation: operationOf(verb)}
	switch {
	case w.typ == "servicePrincipal" && verb == auditDelete:
		a.name = "Remove " + w.noun
	case w.typ == "directoryRole" && verb == auditAdd:
		a.name = "Add role from template"
	case w.typ == "organization":
		a.name = "Set Company Information"
	case w.service == "Authentication Methods" && strings.HasPrefix(w.noun, "Authentication Strength"):
		a.name = w.noun + " " + strings.Replace(verb, auditAdd, "Create", 1)
	}
	return a
}

func operationOf(verb string) string {
	switch verb {
	case auditPurge:
		return "Delete"
	case auditRestore:
		return "Update"
	}
	return verb
}

// linkActivity words a new or removed link: "Add member to group", "Remove owner from
// service principal".
func (t *Tenant) linkActivity(o *object, relation string, added bool) activity {
	w, _ := t.wordsFor(o.typ)
	noun := w.noun
	if o.body["isMemberManagementRestricted"] == true && o.typ == "administrativeUnit" {
		noun = "restricted management administrative unit"
	}
	link := strings.TrimSuffix(relation, "s")
	if strings.HasSuffix(relation, "Policies") {
		link = "policy"
	}
	if added {
		return activity{"Add " + link + " to " + noun, w.service, w.category, "Assign"}
	}
	return activity{"Remove " + link + " from " + noun, w.service, w.category, "Unassign"}
}

// The name of a change of an application's secrets and certificates, with the dash and
// the blank at its end that Graph answers with.
const secretsActivity = "Update application – Certificates and secrets management "
