package emulator

import (
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"
)

// quantities is what POST /_emulator/generate makes.
type quantities struct {
	Users               int `json:"users"`
	Groups              int `json:"groups"`
	MembersPerGroup     int `json:"membersPerGroup"`
	Policies            int `json:"policies"`
	NamedLocations      int `json:"namedLocations"`
	Applications        int `json:"applications"`
	AdministrativeUnits int `json:"administrativeUnits"`
}

// generator makes a coherent synthetic tenant. All ids and choices come from a fixed
// seed, so that the same quantities make the same tenant every time.
type generator struct {
	t      *Tenant
	random *rand.Rand
	users  []string
	groups []string
	places []string
}

func (t *Tenant) generate(raw []byte) (any, error) {
	var q quantities
	if err := strict(raw, &q); err != nil {
		return nil, err
	}
	for _, n := range []int{q.Users, q.Groups, q.MembersPerGroup, q.Policies, q.NamedLocations, q.Applications, q.AdministrativeUnits} {
		if n < 0 || n > 1_000_000 {
			return nil, fmt.Errorf("quantities must be between 0 and 1000000")
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.consistent()
	g := &generator{t: t, random: rand.New(rand.NewPCG(1, 2))}
	if t.shelf("user").live(g.id("user", 0)) != nil || t.shelf("group").live(g.id("group", 0)) != nil {
		return nil, fmt.Errorf("a synthetic tenant was generated already")
	}
	for i := range q.Users {
		g.user(i)
	}
	for i := range q.Groups {
		g.group(i, q.MembersPerGroup)
	}
	for i := range q.NamedLocations {
		g.location(i)
	}
	for i := range q.Policies {
		g.policy(i)
	}
	for i := range q.Applications {
		g.application(i)
	}
	for i := range q.AdministrativeUnits {
		g.unit(i)
	}
	return q, t.conclude(true)
}

func (g *generator) id(what string, i int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "synthetic/%s/%d", what, i)).String()
}

func (g *generator) put(typ, id string, b body) *object {
	o := g.t.put(typ, id, b)
	o.seeded = false
	if r := g.t.resource(typ); r.prepare != nil {
		r.prepare(g.t, o)
	}
	return o
}

func (g *generator) pick(from []string, n int) []any {
	out := []any{}
	if len(from) == 0 {
		return out
	}
	start := g.random.IntN(len(from))
	for i := range min(n, len(from)) {
		out = append(out, from[(start+i)%len(from)])
	}
	return out
}

func (g *generator) user(i int) {
	id := g.id("user", i)
	name := fmt.Sprintf("user%05d", i)
	g.put("user", id, body{"accountEnabled": true, "displayName": fmt.Sprintf("User %05d", i), "mailNickname": name,
		"userPrincipalName": name + "@" + g.t.initialDomain()})
	g.users = append(g.users, id)
}

func (g *generator) group(i, members int) {
	id := g.id("group", i)
	b := body{"displayName": fmt.Sprintf("Group %05d", i), "description": fmt.Sprintf("Synthetic group %d", i), "mailEnabled": false, "mailNickname": fmt.Sprintf("group%05d", i),
		"securityEnabled": true, "groupTypes": []any{}}
	switch {
	case i%20 == 7:
		b["groupTypes"], b["mailEnabled"] = []any{"Unified"}, true
	case i%20 == 13:
		b["groupTypes"], b["membershipRule"], b["membershipRuleProcessingState"] = []any{"DynamicMembership"}, `user.department -eq "Sales"`, "On"
		members = 0
	case i%50 == 3:
		b["isAssignableToRole"] = true
	}
	o := g.put("group", id, b)
	for _, m := range g.pick(g.users, members) {
		g.t.edges.add(id, "members", m.(string))
	}
	for _, m := range g.pick(g.users, 1) {
		g.t.edges.add(id, "owners", m.(string))
	}
	if i%10 == 9 && !unified(o) && members > 0 {
		if parent := g.t.shelf("group").live(g.id("group", i-1)); parent != nil && !unified(parent) && !dynamic(parent) && parent.body["isAssignableToRole"] != true {
			g.t.edges.add(parent.id, "members", id)
		}
	}
	g.groups = append(g.groups, id)
}

func (g *generator) location(i int) {
	id := g.id("location", i)
	name := fmt.Sprintf("Location %03d", i)
	if i%3 == 2 {
		codes := []string{"AT", "BE", "CH", "DE", "DK", "ES", "FR", "IT", "NL", "SE", "US"}
		g.put("countryNamedLocation", id, body{"displayName": name, "countriesAndRegions": g.pick(codes, 3)})
	} else {
		g.put("ipNamedLocation", id, body{"displayName": name, "isTrusted": i%2 == 0, "ipRanges": []any{
			body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": fmt.Sprintf("198.51.%d.0/24", i%256)}}})
	}
	g.places = append(g.places, id)
}

func (g *generator) policy(i int) {
	states := []string{"enabled", "disabled", "enabledForReportingButNotEnforced"}
	users := body{"includeUsers": []any{"All"}, "excludeGroups": g.pick(g.groups, 2)}
	switch {
	case i%4 == 1 && len(g.groups) > 0:
		users = body{"includeGroups": g.pick(g.groups, 3), "excludeUsers": g.pick(g.users, 1)}
	case i%4 == 2:
		users["excludeUsers"] = g.pick(g.users, 2)
	case i%4 == 3:
		users = body{"includeRoles": []any{"62e90394-69f5-4237-9190-012177145e10", "194ae4cb-b126-40b2-bd5b-6091b380977d"}, "excludeGroups": g.pick(g.groups, 1)}
	}
	conditions := body{"clientAppTypes": []any{"all"}, "applications": body{"includeApplications": []any{"All"}}, "users": users}
	if i%2 == 0 && len(g.places) > 0 {
		conditions["locations"] = body{"includeLocations": []any{"All"}, "excludeLocations": g.pick(g.places, 2)}
	}
	if i%5 == 0 {
		conditions["platforms"] = body{"includePlatforms": []any{"android", "iOS"}}
	}
	b := body{"displayName": fmt.Sprintf("CA%03d - Synthetic", i), "state": states[i%3], "conditions": conditions,
		"grantControls": body{"operator": "OR", "builtInControls": []any{[]string{"mfa", "compliantDevice", "block"}[i%3]}}}
	if i%6 == 0 {
		b["grantControls"] = body{"operator": "OR", "authenticationStrength": body{"id": builtInStrengths[2].id}}
		b["sessionControls"] = body{"signInFrequency": body{"isEnabled": true, "value": number("8"), "type": "hours",
			"frequencyInterval": "timeBased", "authenticationType": "primaryAndSecondaryAuthentication"}}
	}
	g.put("conditionalAccessPolicy", g.id("policy", i), b)
}

func (g *generator) application(i int) {
	id := g.id("application", i)
	o := g.put("application", id, body{"displayName": fmt.Sprintf("Application %03d", i), "signInAudience": "AzureADMyOrg",
		"web":      body{"redirectUris": []any{fmt.Sprintf("https://app%03d.example.org/callback", i)}},
		"appRoles": []any{body{"id": g.id("role", i), "displayName": "Reader", "description": "Reads", "value": "Reader", "isEnabled": true, "allowedMemberTypes": []any{"User"}}},
		"requiredResourceAccess": []any{body{"resourceAppId": microsoftGraph, "resourceAccess": []any{
			body{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}}}}})
	appID := g.id("appId", i)
	o.body["appId"] = appID
	o.body["identifierUris"] = []any{"api://" + appID}
	for _, owner := range g.pick(g.users, 1) {
		g.t.edges.add(id, "owners", owner.(string))
	}
	g.put("servicePrincipal", g.id("servicePrincipal", i), body{"appId": appID})
}

func (g *generator) unit(i int) {
	id := g.id("unit", i)
	g.put("administrativeUnit", id, body{"displayName": fmt.Sprintf("Unit %03d", i), "description": fmt.Sprintf("Synthetic unit %d", i)})
	for _, member := range append(g.pick(g.users, 5), g.pick(g.groups, 2)...) {
		g.t.edges.add(id, "members", member.(string))
	}
}
