package catalog

// What a tenant holds and no table describes. `assess` counts it where that is cheap, and
// the docs page "What is not backed up, and why" lists it.

// Uncovered is a kind of object, or a setting of the whole tenant, without a table.
type Uncovered struct {
	Name string // in the plural, as a sentence would say it
	// Path is the collection of which one cheap request tells how many there are; ending in
	// /$count where Graph counts by itself. "" where there is none.
	Path     string
	Read     []string // the least permissions to count them
	Sentence string   // why a recovery does without them, or what to do instead
}

// AllUncovered returns what no table covers.
func AllUncovered() []Uncovered { return uncovered }

var uncovered = []Uncovered{
	{"devices", "/devices/$count", []string{"Device.Read.All"}, "Devices register themselves, and register again. Deleted ones that are joined or registered have a recycle bin."},
	{"domains", "/domains", []string{"Domain.Read.All"}, "A domain is proved by a record in the public name system, so that it comes back by a person's hand. Keep its federation settings elsewhere."},
	{"directory settings", "/groupSettings", []string{"GroupSettings.Read.All"}, "Settings of the tenant for groups, consent and passwords. No kind covers them yet; those of a single group are `entra_group_setting`."},
	{"cross-tenant access partners", "/policies/crossTenantAccessPolicy/partners", []string{"Policy.Read.All"}, "What users of other tenants may do here, and the reverse. No kind covers it yet; deleted partners have a recycle bin in beta."},
	{"eligible role assignments", "/roleManagement/directory/roleEligibilitySchedules", []string{"RoleEligibilitySchedule.Read.Directory"}, "Who may activate a role in Privileged Identity Management. No kind covers it yet, and there is no recycle bin."},
	{"permission grant policies", "/policies/permissionGrantPolicies", []string{"Policy.Read.PermissionGrant"}, "To what users may consent. No kind covers them yet, and there is no recycle bin."},
	{"group lifecycle policies", "/groupLifecyclePolicies", []string{"Directory.Read.All"}, "When groups expire. No kind covers them yet."},
	{"lifecycle workflows", "/identityGovernance/lifecycleWorkflows/workflows", []string{"LifecycleWorkflows.Read.All"}, "What happens when people join, move and leave. No kind covers them yet; deleted ones have a recycle bin."},
	{"access packages", "/identityGovernance/entitlementManagement/accessPackages", []string{"EntitlementManagement.Read.All"}, "What people may request. No kind covers entitlement management yet, and there is no recycle bin."},
	{"identity providers", "/identity/identityProviders", []string{"IdentityProvider.Read.All"}, "With which accounts of elsewhere guests sign in. No kind covers them yet, and their secrets can be read by nobody."},
	{"authentication methods of users", "", nil, "Phones, keys and apps that people registered. Microsoft Graph cannot give them back: whoever loses an account registers again."},
	{"the policy of authentication methods", "", nil, "With what people may sign in. No kind covers it yet. It cannot be deleted, only changed."},
	{"the authorization policy", "", nil, "What users and guests may do without a role. No kind covers it yet. It cannot be deleted, only changed."},
	{"the default of cross-tenant access", "", nil, "No kind covers it yet. It cannot be deleted, only changed."},
	{"security defaults", "", nil, "A switch of the tenant, which assess reads. No kind covers it."},
	{"the workflow of admin consent", "", nil, "Who is asked for consent. No kind covers it yet. It cannot be deleted, only changed."},
	{"settings of roles in Privileged Identity Management", "", nil, "What an activation demands. No kind covers them yet. They can be changed, neither made nor deleted."},
	{"custom security attributes", "", nil, "Their definitions can be deactivated and not deleted; their values need permissions of their own. No kind covers them yet."},
	{"company branding", "", nil, "What the sign-in page looks like. No kind covers it yet, and there is no recycle bin."},
	{"provisioning and application proxy", "", nil, "Settings below service principals that only beta serves, with secrets that nobody can read."},
	{"certificate authorities", "", nil, "Those that certificate-based sign-in trusts. No kind covers them yet; deleted ones have a recycle bin."},
	{"synchronization with Active Directory", "", nil, "It is set up where it runs, and whatever it brings is recovered there."},
}
