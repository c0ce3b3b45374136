package kindtest

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The application by which a recovery runs is one of the configuration: with what it signs in
// with, what it was given, and rules for applications that let in no other. Others break that
// as they break the rest, but for what ends every request.

// staff are the items of the application that runs, and what it had when it began.
type staff struct {
	app, principal *item
	items          []*item
	rules          []*item // that leave it out
	had            []string
}

// hire adds the application.
func (e *estate) hire() {
	e.t.Helper()
	s := &staff{}
	e.staff = s
	add := func(kindName string, v kind.Values) *item {
		x := e.put(kindName, v)
		s.items = append(s.items, x)
		return x
	}
	s.app = add("application", kind.Values{"display_name": "Runner", "key_credentials": map[string]kind.Values{roleID: {"key": certificates()[0]}}})
	s.principal = add("service_principal", kind.Values{"app_id": s.app.is(kind.AppID)})
	e.first("principal", s.app.n)
	me := s.principal.is(kind.ObjectID)
	add("application_federated_identity_credential", kind.Values{"application_id": s.app.is(kind.ObjectID), "name": "pipeline", "issuer": "https://issuer.example",
		"subject": "main", "audiences": []string{"api://AzureADTokenExchange"}})
	graphItself := e.id("/servicePrincipals", "appId", appA)
	add("app_role_assignment", kind.Values{"resource_id": graphItself, "principal_id": me, "app_role_id": groupReadAll})
	add("oauth2_permission_grant", kind.Values{"client_id": me, "resource_id": graphItself, "consent_type": "AllPrincipals", "scope": []string{"User.Read"}})
	role := kind.Values{"role_definition_id": userAdministrator, "principal_id": me}
	e.first("assigned", role)
	add("directory_role_assignment", role)
	add("group", kind.Values{"display_name": "Runners", "mail_nickname": "runners", "members": []string{me}, "members_mode": pick(e.r, append(modes, kind.OnCreate))})
	group := add("group", kind.Values{"display_name": "Pipelines", "mail_nickname": "pipelines"})
	add("group_member", kind.Values{"group_id": group.is(kind.ObjectID), "member_id": me})

	spared := []string{me}
	if e.r.IntN(2) == 0 { // beside another, whose restore holds the rule back
		app := e.put("application", kind.Values{"display_name": "Worker"})
		e.first("principal", app.n)
		spared = append(spared, e.put("service_principal", kind.Values{"app_id": app.is(kind.AppID)}).is(kind.ObjectID))
	}
	for range 1 + e.r.IntN(2) {
		s.rules = append(s.rules, add("conditional_access_policy", closed(spared...)))
	}
}

// closed is an enforced policy that lets in none of the tenant's own applications but those.
func closed(spared ...string) kind.Values {
	return policy(kind.Values{"applications": allApps(), "client_applications": kind.Values{"include_service_principals": []string{"ServicePrincipalsInMyTenant"}, "exclude_service_principals": spared}},
		kind.Values{"state": "enabled", "grant_controls": kind.Values{"operator": "OR", "built_in_controls": []string{"block"}}})
}

// start lets the application run from here on, and returns the id by which it signs in.
func (e *estate) start() string {
	e.t.Helper()
	s := e.staff
	id := s.principal.get("id")
	e.runAs(map[string]any{"idtyp": "app", "oid": id, "appid": s.app.get("app_id")})
	if s.had = e.watch.Standing(id); len(s.had) < 9 {
		e.t.Fatalf("the application has no more than %v", s.had)
	}
	return id
}

// spared tells whether to delete an item would end every request of the application that runs.
func (e *estate) spared(x *item) bool {
	return e.staff != nil && (x == e.staff.app || x == e.staff.principal)
}

// stays is what the application that runs still has of what it began with.
func (e *estate) stays() []string {
	has := e.watch.Standing(e.staff.principal.get("id"))
	return slices.DeleteFunc(slices.Clone(e.staff.had), func(s string) bool { return !slices.Contains(has, s) })
}

// shut takes the application that runs out of what a rule leaves out.
func (e *estate) shut() string {
	x := pick(e.r, e.staff.rules)
	code := x.kind.Canonical(e.resolved(x.code, now))
	workloads, _ := conditionsOf(code)["client_applications"].(kind.Values)
	workloads["exclude_service_principals"] = slices.DeleteFunc(strs(workloads["exclude_service_principals"]), func(id string) bool { return strings.EqualFold(id, e.staff.principal.get("id")) })
	if e.there(x) == nil || !e.try("PATCH", x.path(), graph.Body{"conditions": x.kind.Encode(code, "")["conditions"]}) {
		return ""
	}
	if e.r.IntN(2) == 0 && e.remove(x) { // so that it comes back without
		return "deleted without the exclusion of the application that runs " + x.address()
	}
	return "took the exclusion of the application that runs from " + x.address()
}
