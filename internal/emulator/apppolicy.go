package emulator

// App management policies: which credentials and identifier URIs applications may have.
// They are stored, assigned and checked in form; of what they forbid, identifier URIs
// are (identifieruri.go).

func appManagementPolicies() []*resource {
	return []*resource{
		{
			typ: "appManagementPolicy", set: "policies/appManagementPolicies", paths: []string{"/policies/appManagementPolicies"}, policies: true,
			required: []string{"displayName", "restrictions"}, readOnly: []string{"id", "deletedDateTime"},
			prepare: func(_ *Tenant, o *object) { setDefault(o.body, "isEnabled", false) },
			check: func(_ *Tenant, _ *call, _, next *object, _ body) *graphError {
				if gerr := filled(next, "displayName"); gerr != nil {
					return gerr
				}
				return checkRestrictions(nested(next.body, "restrictions"))
			},
		},
		{
			typ: "tenantAppManagementPolicy", set: "policies/defaultAppManagementPolicy", policies: true,
			readOnly: []string{"id", "deletedDateTime"},
			check: func(_ *Tenant, _ *call, _, next *object, _ body) *graphError {
				applications := nested(next.body, "applicationRestrictions")
				if gerr := checkRestrictions(applications); gerr != nil {
					return gerr
				}
				if gerr := checkURIRestrictions(nested(applications, "identifierUris")); gerr != nil {
					return gerr
				}
				return checkRestrictions(nested(next.body, "servicePrincipalRestrictions"))
			},
		},
	}
}

// checkRestrictions wants a longest lifetime with restrictions of lifetimes, and with no
// others, and each kind of restriction once.
func checkRestrictions(restrictions body) *graphError {
	for _, name := range []string{"passwordCredentials", "keyCredentials"} {
		seen := map[any]bool{}
		for _, r := range list(restrictions[name]) {
			restriction := r.(body)
			kind := restriction["restrictionType"]
			lifetime := kind == "passwordLifetime" || kind == "symmetricKeyLifetime" || kind == "asymmetricKeyLifetime"
			switch {
			case kind == nil:
				return badRequest("A value is required for property 'restrictionType' of '%s'.", name)
			case seen[kind]:
				return badRequest("Request contains a property with duplicate values.")
			case lifetime != (restriction["maxLifetime"] != nil):
				return badRequest("Property 'maxLifetime' goes with a restriction of a lifetime, and with no other: '%v'.", kind)
			}
			seen[kind] = true
			setDefault(restriction, "state", "enabled")
		}
	}
	return nil
}
