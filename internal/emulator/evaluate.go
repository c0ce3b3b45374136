package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// What If: POST /identity/conditionalAccess/evaluate tells which policies a sign-in would
// meet. The conditions of a policy are looked at one after the other, and the first that
// does not fit is the reason. A condition that the emulator cannot judge (filters by
// custom attributes or by device, sets of Microsoft's applications, conditions of beta)
// refuses the request, as soon as the outcome hangs on it: a guess would be worse.

// imagined is the sign-in to be judged.
type imagined struct {
	identity, context, conditions body
	user, principal               *object
	memberOf                      []*object // groups and directory roles of the user, nested ones included
}

// verdict is why a policy does not apply, "" where it does. A question that was not
// answered is notEnoughInformation.
type verdict = string

const (
	applies          verdict = ""
	notEnough        verdict = "notEnoughInformation"
	identityPrefix           = "#microsoft.graph."
	unjudged                 = "The emulator cannot judge %s of the policy '%s' (%s)."
	identityOfPerson         = identityPrefix + "userSignIn"
)

func evaluate(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	s, gerr := t.signInOf(c, in)
	if gerr != nil {
		return nil, &graphError{Status: gerr.Status, Code: "BadRequest", Message: gerr.Message}
	}
	rows := []any{}
	for _, p := range t.visible(c, t.resource("conditionalAccessPolicy")) {
		reason, gerr := t.judge(s, p)
		if gerr != nil {
			return nil, gerr
		}
		if reason != applies && in["appliedPoliciesOnly"] == true {
			continue
		}
		row := t.render(&call{base: c.base, version: c.version, header: c.header, route: c.route}, p, nil)
		row["policyApplies"], row["analysisReasons"] = reason == applies, reason
		if reason == applies {
			row["analysisReasons"] = "notSet"
		}
		rows = append(rows, row)
	}
	return ok(body{"@odata.context": c.context("Collection(microsoft.graph.whatIfAnalysisResult)"), "value": rows}), nil
}

// signInOf checks the parameters and finds who signs in.
func (t *Tenant) signInOf(c *call, in body) (*imagined, *graphError) {
	k := t.checker(c, t.resource("organization"), true)
	types := map[string]string{"signInIdentity": "signInIdentity", "signInContext": "signInContext", "signInConditions": "signInConditions"}
	for name, v := range in {
		if name == "appliedPoliciesOnly" {
			if _, is := v.(bool); !is && v != nil {
				return nil, badRequest("Cannot convert the value of property '%s' to the expected type 'Edm.Boolean'.", name)
			}
			continue
		}
		b, isObject := v.(body)
		if types[name] == "" || !isObject {
			return nil, badRequest("Invalid property '%s'.", name)
		}
		if gerr := k.complex(types[name], b, name); gerr != nil {
			return nil, gerr
		}
	}
	s := &imagined{identity: nested(in, "signInIdentity"), context: nested(in, "signInContext"), conditions: nested(in, "signInConditions")}
	if s.identity == nil || s.context == nil || s.conditions == nil {
		return nil, badRequest("The parameters signInIdentity, signInContext and signInConditions are required.")
	}
	if s.identity["@odata.type"] != identityOfPerson {
		id := textOf(s.identity["servicePrincipalId"])
		if s.principal = t.shelf("servicePrincipal").live(id); s.principal == nil {
			return nil, badRequest("ServicePrincipal with id %s does not exist in the directory.", id)
		}
		return s, nil
	}
	id := textOf(s.identity["userId"])
	if s.user = t.shelf("user").live(id); s.user == nil && (id != "" || s.identity["externalUserType"] == nil) {
		return nil, badRequest("User with id %s does not exist in the directory.", id)
	}
	if s.user != nil {
		s.memberOf = t.related(s.user, "transitiveMemberOf")
	}
	return s, nil
}

// judge looks at one policy.
func (t *Tenant) judge(s *imagined, p *object) (verdict, *graphError) {
	if p.text("state") == "disabled" {
		return "policyNotEnabled", nil
	}
	conditions := nested(p.body, "conditions")
	for _, look := range []func() (verdict, string){
		func() (verdict, string) { return t.judgeIdentity(s, conditions) },
		func() (verdict, string) { return t.judgeTarget(s, conditions) },
		func() (verdict, string) { return judgeClient(s, conditions), "" },
		func() (verdict, string) { return judgePlatform(s, conditions), "" },
		func() (verdict, string) { return t.judgeLocation(s, conditions) },
		func() (verdict, string) { return judgeDevice(s, conditions) },
		func() (verdict, string) { return judgeRisk(s, conditions), "" },
		func() (verdict, string) { return judgeFlow(s, conditions), "" },
		func() (verdict, string) { return judgeRest(conditions) },
	} {
		reason, cannot := look()
		if cannot != "" && t.rules.unjudgedPass {
			return notEnough, nil
		}
		if cannot != "" {
			return "", &graphError{Status: http.StatusBadRequest, Code: "BadRequest", Message: fmt.Sprintf(unjudged, cannot, p.text("displayName"), p.id)}
		}
		if reason != applies {
			return reason, nil
		}
	}
	return applies, nil
}

// judgeIdentity asks whether the policy is about who signs in.
func (t *Tenant) judgeIdentity(s *imagined, conditions body) (verdict, string) {
	workload := nested(conditions, "clientApplications")
	if s.principal != nil {
		if workload == nil {
			return "workloadIdentities", ""
		}
		// Single-tenant ones that are registered in this tenant, no managed identities:
		// https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
		app := t.applicationByAppID(s.principal.text("appId"))
		own := app != nil && app.text("signInAudience") == "AzureADMyOrg" && s.principal.text("servicePrincipalType") == "Application"
		names := func(v any) bool {
			return contains(v, s.principal.id) || own && (contains(v, "ServicePrincipalsInMyOrganization") || contains(v, "ServicePrincipalsInMyTenant"))
		}
		switch {
		case !names(workload["includeServicePrincipals"]) || names(workload["excludeServicePrincipals"]):
			return "workloadIdentities", ""
		case workload["servicePrincipalFilter"] != nil:
			return "", "the servicePrincipalFilter"
		}
		return applies, ""
	}
	users := nested(conditions, "users")
	if users == nil || workload != nil && len(list(workload["includeServicePrincipals"])) > 0 {
		return "users", ""
	}
	out, excluded := s.among(users, "exclude")
	if excluded {
		return "users", ""
	}
	in, included := s.among(users, "include")
	switch {
	case !included && in != "":
		return notEnough, ""
	case !included:
		return "users", ""
	case out != "":
		return notEnough, ""
	}
	return applies, ""
}

// among tells whether one side of a policy's users names who signs in, and what it would
// take to know.
func (s *imagined) among(users body, side string) (missing string, named bool) {
	for _, v := range list(users[side+"Users"]) {
		switch {
		case v == "All", v == "GuestsOrExternalUsers" && s.guestType() != "", s.user != nil && same(v, s.user.id):
			return "", true
		}
	}
	for _, x := range s.memberOf {
		if contains(users[side+"Groups"], x.id) || x.typ == "directoryRole" && contains(users[side+"Roles"], strings.ToLower(x.text("roleTemplateId"))) {
			return "", true
		}
	}
	guests := nested(users, side+"GuestsOrExternalUsers")
	if guests == nil || !slices.Contains(strings.Split(textOf(guests["guestOrExternalUserTypes"]), ","), s.guestType()) {
		return "", false
	}
	tenants := nested(guests, "externalTenants")
	if tenants == nil || tenants["membershipKind"] != "enumerated" {
		return "", true
	}
	from := textOf(s.identity["externalTenantId"])
	if from == "" {
		return "externalTenantId", false
	}
	return "", contains(tenants["members"], from)
}

// guestType is what kind of guest or external user signs in, "" for nobody's guest.
func (s *imagined) guestType() string {
	if given := textOf(s.identity["externalUserType"]); given != "" && given != "none" {
		return given
	}
	if s.user == nil {
		return ""
	}
	external := strings.Contains(s.user.text("userPrincipalName"), "#EXT#")
	switch {
	case external && s.user.text("userType") == "Guest":
		return "b2bCollaborationGuest"
	case external:
		return "b2bCollaborationMember"
	case s.user.text("userType") == "Guest":
		return "internalGuest"
	}
	return ""
}

// judgeTarget asks whether the policy is about what is signed in to.
func (t *Tenant) judgeTarget(s *imagined, conditions body) (verdict, string) {
	apps := nested(conditions, "applications")
	switch s.context["@odata.type"] {
	case identityPrefix + "userActionContext":
		action := map[any]string{"registerSecurityInformation": "urn:user:registersecurityinfo", "registerOrJoinDevices": "urn:user:registerdevice"}[s.context["userAction"]]
		if contains(apps["includeUserActions"], action) {
			return applies, ""
		}
		return "userActions", ""
	case identityPrefix + "authContext":
		if contains(apps["includeAuthenticationContextClassReferences"], textOf(s.context["authenticationContextValue"])) {
			return applies, ""
		}
		return "authenticationContext", ""
	}
	for _, v := range list(s.context["includeApplications"]) {
		in, cannot := t.appAmong(textOf(v), apps["includeApplications"])
		if cannot != "" {
			return "", cannot
		}
		if !in {
			continue
		}
		out, cannot := t.appAmong(textOf(v), apps["excludeApplications"])
		switch {
		case cannot != "":
			return "", cannot
		case !out && apps["applicationFilter"] != nil:
			return "", "the applicationFilter"
		case !out:
			return applies, ""
		}
	}
	if apps["applicationFilter"] != nil && len(list(apps["includeApplications"])) == 0 {
		return "", "the applicationFilter"
	}
	return "application", ""
}

// appAmong tells whether a list names an application. Which of Microsoft's applications
// belong to Office 365 and to the admin portals is not known here beyond Exchange and
// SharePoint.
func (t *Tenant) appAmong(appID string, listed any) (bool, string) {
	if contains(listed, "All") || contains(listed, appID) {
		return true, ""
	}
	_, microsoft := microsoftApps()[strings.ToLower(appID)]
	if contains(listed, "Office365") {
		if slices.Contains([]string{"00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"}, strings.ToLower(appID)) {
			return true, ""
		}
		if microsoft {
			return false, "whether Office365 holds the application " + appID + ","
		}
	}
	if contains(listed, "MicrosoftAdminPortals") && microsoft {
		return false, "whether MicrosoftAdminPortals holds the application " + appID + ","
	}
	return false, ""
}
