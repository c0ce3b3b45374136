package emulator

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// resource is what the emulator knows of one type of object beyond its properties: where
// it stands, who owns which property, and the rules that its service adds.
type resource struct {
	typ         string // OData type, the base of a polymorphic one
	set         string // entity set, as in @odata.context
	paths       []string
	directory   bool // one of /directoryObjects; else Conditional Access speaks
	policies    bool // below /policies: no recycle bin, the directory's words
	polymorphic bool // a POST and a PATCH must name the type

	readOnlyAddress bool               // GET only
	own             map[string]handler // by method, instead of the general POST, PATCH and DELETE; nil: refused

	required    []string // on POST
	readOnly    []string // the server's
	notOnCreate []string // set by PATCH or not at all
	notOnUpdate []string // set by POST or not at all
	fixed       []string // like notOnUpdate, but a PATCH that repeats the value passes
	idleNulls   []string // read-only, but clients send null, which says nothing
	whole       []string // nested objects that a PATCH replaces where the directory merges others
	basic       []string // default property set; nil: all but selectOnly
	basicBeta   []string // beta's default set on top
	selectOnly  []string
	keys        []string // alternate keys, as in (appId='…')

	unpaged, noTop bool
	expandable     []string       // beside the relations
	loadable       *regexp.Regexp // what an id may be that is no GUID
	filterable     []string
	relations      map[string][]string // relation → types of its targets
	bound          []string            // properties with ids of directory objects: it goes with each, and hides while one is binned
	deep           []string            // navigation properties whose objects stand whole in a body
	child          bool                // stands below another object, and goes with it

	// loaded follows up on an object that came from an archive.
	loaded func(t *Tenant, o *object)
	// refresh brings objects up to date that tell what others hold.
	refresh  func(t *Tenant)
	defaults map[shownKey][]metadata.Property // what an answer without $select shows, as laid out so far

	// prepare fills what the server sets at creation.
	prepare func(t *Tenant, o *object)
	// check holds a change against the rules of the type: old is nil at creation, next is
	// the object as it would be, sent the body of the request.
	check func(t *Tenant, c *call, old, next *object, sent body) *graphError
	// deletable refuses a DELETE.
	deletable func(t *Tenant, o *object) *graphError
	// expand lists what an object contains, for $expand.
	expand func(t *Tenant, c *call, o *object, relation string) any
	// embellish adds to an answer what is not stored.
	embellish func(t *Tenant, c *call, o *object, out body)
	// tell adds to the answer of a POST what no later answer has.
	tell func(o *object, out body)
}

// allResources lists what the tenant holds.
func allResources() []*resource {
	all := []*resource{
		conditionalAccessPolicies(), namedLocations(), authenticationStrengths(),
		groups(), users(), applications(), servicePrincipals(), administrativeUnits(),
		directoryRoles(), directoryRoleTemplates(), organizations(), federatedCredentials(),
		combinationConfigurations(), authenticationContexts(), agreements(),
		roleDefinitions(), roleAssignments(), scopedRoleMemberships(), devices(), domains(), subscribedSkus(),
		appRoleAssignments(), permissionGrants(), permissionClassifications(), extensionProperties(), applicationTemplates(),
	}
	return slices.Concat(all, stsPolicies(), appManagementPolicies(), pimResources(), pimPolicies(),
		tenantPolicies(), authenticationMethods(), groupSettings(), crossTenantAccess())
}

// dropNulls takes out of a body what says nothing.
func (r *resource) dropNulls(b body) {
	for _, name := range r.idleNulls {
		if v, given := b[name]; given && v == nil {
			delete(b, name)
		}
	}
}

// listing is how the resource's own collection may be queried.
func (r *resource) listing() listing {
	l := listing{typ: r.typ, context: r.set, unpaged: r.unpaged, noTop: r.noTop, filterable: r.filterable, needsHeader: r.directory}
	for relation := range r.relations {
		l.relations = append(l.relations, relation)
	}
	l.expandable = slices.Concat(l.relations, r.expandable)
	switch r.typ {
	case "group", "servicePrincipal":
		l.expandable = append(l.expandable, "memberOf")
	case "user":
		l.expandable = append(l.expandable, "memberOf", "manager")
	}
	return l
}

// binned tells whether the type has a recycle bin at /directory/deletedItems.
func (r *resource) binned() bool {
	switch r.typ {
	case "group", "user", "application", "servicePrincipal", "administrativeUnit", "device":
		return true
	}
	return false
}

func users() *resource {
	return &resource{
		typ: "user", set: "users", paths: []string{"/users"}, directory: true,
		required: []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"},
		readOnly: []string{"id", "createdDateTime", "deletedDateTime", "securityIdentifier", "creationType", "imAddresses",
			"proxyAddresses", "licenseAssignmentStates", "assignedLicenses", "assignedPlans", "provisionedPlans",
			"lastPasswordChangeDateTime", "signInSessionsValidFromDateTime", "onPremisesDistinguishedName", "onPremisesDomainName",
			"onPremisesLastSyncDateTime", "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
			"onPremisesUserPrincipalName", "isManagementRestricted", "serviceProvisioningErrors", "signInActivity"},
		basic: []string{"businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
			"preferredLanguage", "surname", "userPrincipalName", "id"},
		basicBeta: []string{"accountEnabled", "createdDateTime", "creationType", "deletedDateTime", "department", "mailNickname",
			"securityIdentifier", "userType", "usageLocation"},
		prepare: func(t *Tenant, o *object) {
			o.body["createdDateTime"] = timestamp(t.now())
			setDefault(o.body, "userType", "Member")
			setDefault(o.body, "mail", nil)
			o.body["securityIdentifier"] = securityIdentifier(o.id)
			delete(o.body, "passwordProfile")
		},
		check: checkUser,
	}
}

func checkUser(t *Tenant, _ *call, old, next *object, sent body) *graphError {
	if gerr := checkUserPassword(next, nested(sent, "passwordProfile")); gerr != nil {
		return gerr
	}
	upn := next.text("userPrincipalName")
	local, domain, ok := cutLast(upn, "@")
	if !ok || local == "" || !t.verifiedDomain(domain) {
		return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.")
	}
	if t.taken("user", "userPrincipalName", upn, next) {
		return conflicting("userPrincipalName")
	}
	delete(next.body, "passwordProfile")
	if old == nil {
		return nil
	}
	return filled(next, "displayName")
}

func directoryRoles() *resource {
	return &resource{
		typ: "directoryRole", set: "directoryRoles", paths: []string{"/directoryRoles"}, directory: true, noTop: true,
		readOnlyAddress: true, unpaged: true, keys: []string{"roleTemplateId"},
		relations: map[string][]string{"members": {"user", "group", "servicePrincipal"}},
	}
}

func directoryRoleTemplates() *resource {
	return &resource{
		typ: "directoryRoleTemplate", set: "directoryRoleTemplates", paths: []string{"/directoryRoleTemplates"}, directory: true,
		readOnlyAddress: true, unpaged: true, noTop: true,
	}
}

func organizations() *resource {
	return &resource{
		typ: "organization", set: "organization", paths: []string{"/organization"}, policies: true, unpaged: true,
		own: map[string]handler{"POST": nil, "DELETE": nil},
		readOnly: []string{"id", "deletedDateTime", "assignedPlans", "businessPhones", "city", "country", "countryLetterCode", "createdDateTime", "displayName",
			"onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "partnerTenantType", "postalCode", "provisionedPlans", "state", "street", "tenantType",
			"verifiedDomains", "mobileDeviceManagementAuthority"},
		basic: []string{"id", "deletedDateTime", "createdDateTime", "displayName", "countryLetterCode", "tenantType", "verifiedDomains",
			"technicalNotificationMails", "securityComplianceNotificationMails", "businessPhones", "onPremisesSyncEnabled", "defaultUsageLocation"},
	}
}

func administrativeUnits() *resource {
	return &resource{
		typ: "administrativeUnit", set: "administrativeUnits", directory: true,
		paths:     []string{"/directory/administrativeUnits", "/administrativeUnits"},
		required:  []string{"displayName"},
		readOnly:  []string{"id", "deletedDateTime"},
		fixed:     []string{"visibility", "isMemberManagementRestricted"},
		relations: map[string][]string{"members": {"user", "group", "device"}},
		check:     checkUnit,
	}
}

func checkUnit(_ *Tenant, _ *call, _, next *object, sent body) *graphError {
	if gerr := filled(next, "displayName"); gerr != nil {
		return gerr
	}
	switch v := next.text("visibility"); v {
	case "", "Public", "HiddenMembership":
	default:
		return badRequest("Invalid value specified for property 'visibility' of resource 'AdministrativeUnit'.")
	}
	dynamic := false
	switch next.text("membershipType") {
	case "", "Assigned":
	case "Dynamic":
		dynamic = true
	default:
		return badRequest("Invalid value specified for property 'membershipType' of resource 'AdministrativeUnit'.")
	}
	return checkRule(next, sent, dynamic)
}

// checkRule holds the three properties of a dynamic membership against each other. The
// rule itself is not parsed.
func checkRule(next *object, sent body, dynamic bool) *graphError {
	rule, state := next.text("membershipRule"), next.text("membershipRuleProcessingState")
	switch {
	case state != "" && state != "On" && state != "Paused":
		return badRequest("Invalid value specified for property 'membershipRuleProcessingState' of resource '%s'.", title(next.typ))
	case dynamic && rule == "":
		return badRequest("A value is required for property 'membershipRule' of resource '%s'.", title(next.typ))
	case dynamic && state == "":
		return badRequest("A value is required for property 'membershipRuleProcessingState' of resource '%s'.", title(next.typ))
	case utf8.RuneCountInString(rule) > 3072:
		return badRequest("The membership rule is longer than 3072 characters.")
	}
	if s, _ := sent["membershipRule"].(string); !dynamic && s != "" {
		return badRequest("The membershipRule property can only be set for a dynamic membership.")
	}
	return nil
}
