package emulator

// settle brings a loaded object into the form that the server keeps, and refuses what
// the service's own rules exclude. References are not checked.
func (t *Tenant) settle(r *resource, o *object) *graphError {
	b := o.body
	orderFlags(o.typ, b)
	switch r.typ {
	case "conditionalAccessPolicy":
		return settlePolicy(o)
	case "namedLocation":
		if o.text("displayName") == "" {
			return caBad("a named location needs a displayName")
		}
		if o.typ == "ipNamedLocation" {
			setDefault(b, "isTrusted", false)
			return checkRanges(o, rules{maxRanges: 1 << 20})
		}
		if o.typ == "countryNamedLocation" {
			setDefault(b, "countryLookupMethod", "clientIpAddress")
			setDefault(b, "includeUnknownCountriesAndRegions", false)
			return checkCountries(o)
		}
	case "authenticationStrengthPolicy":
		b["policyType"] = "custom"
		if gerr := t.setCombinations(o, list(b["allowedCombinations"])); gerr != nil {
			return gerr
		}
		return t.adoptConfigurations(o)
	case "group":
		setDefault(b, "mailEnabled", false)
		setDefault(b, "securityEnabled", b["mailEnabled"] == false)
		setDefault(b, "mailNickname", o.id[:10])
		setDefault(b, "securityIdentifier", securityIdentifier(o.id))
		if gerr := checkGroupNames(o); gerr != nil {
			return gerr
		}
	case "application":
		return t.settleApplication(o)
	case "servicePrincipal":
		if o.text("appId") == "" {
			return badRequest("a service principal needs an appId")
		}
		setDefault(b, "tags", []any{}) // what was loaded has diverged from its application
		prepareServicePrincipal(t, o)
	case "user":
		delete(b, "passwordProfile")
		setDefault(b, "userType", "Member")
		upn := o.text("userPrincipalName")
		if upn == "" {
			return badRequest("a user needs a userPrincipalName")
		}
		if o.live() && t.taken("user", "userPrincipalName", upn, o) {
			return conflicting("userPrincipalName")
		}
	}
	if r.typ == "group" || r.typ == "administrativeUnit" {
		if o.text("displayName") == "" {
			return badRequest("a %s needs a displayName", o.typ)
		}
	}
	return nil
}

func settlePolicy(o *object) *graphError {
	for _, name := range []string{"displayName", "state"} {
		if o.text(name) == "" {
			return caSchema("'%s' is required.", name)
		}
	}
	if nested(o.body, "conditions") == nil {
		return caSchema("'conditions' is required.")
	}
	for _, check := range []func() *graphError{
		func() *graphError { return checkConditions(o) },
		func() *graphError { return checkGrant(o, o) },
		func() *graphError { return checkSession(o) },
		func() *graphError { return checkTogether(o) },
		func() *graphError { return checkWords(o) },
	} {
		if gerr := check(); gerr != nil {
			return gerr
		}
	}
	if o.body["grantControls"] == nil && o.body["sessionControls"] == nil {
		return caInvalid("InvalidControls", "grantControls or sessionControls are required")
	}
	o.preview = preview(o)
	return nil
}

func (t *Tenant) settleApplication(o *object) *graphError {
	if o.text("displayName") == "" {
		return badRequest("an application needs a displayName")
	}
	for _, role := range list(o.body["appRoles"]) {
		delete(role.(body), "origin")
	}
	for _, s := range list(o.body["passwordCredentials"]) {
		delete(s.(body), "secretText")
	}
	kept := body{}
	for _, name := range []string{"createdDateTime", "appId", "publisherDomain"} {
		kept[name] = o.body[name]
	}
	if o.text("appId") != "" && t.taken("application", "appId", o.text("appId"), o) {
		return conflicting("appId")
	}
	audience := o.text("signInAudience")
	if audience == "" {
		o.body["signInAudience"] = "AzureADMyOrg"
	}
	prepareApplication(t, o)
	for name, v := range kept {
		if v != nil {
			o.body[name] = v
		}
	}
	return checkEntitlements(o)
}
