package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

var eventual = []string{"ConsistencyLevel", "eventual"}

// questioned is a small tenant to ask questions of; it maps names to ids and back.
type questioned struct {
	*tenant
	names map[string]string
}

func newDirectory(t *testing.T) *questioned {
	e := newTenant(t)
	d := &questioned{e, map[string]string{}}
	name := func(n, id string) string { d.names[id] = n; return id }
	u := name("ann", e.user("ann"))
	v := name("bob", e.user("bob"))
	e.want(204, "PATCH", "/v1.0/users/"+u, object{"city": "Graz", "companyName": "Contoso", "accountEnabled": false,
		"employeeHireDate": "2026-03-01T08:00:00Z", "businessPhones": []any{"+43 1 234"}, "onPremisesExtensionAttributes": object{"extensionAttribute1": "blue"}})
	e.want(204, "PATCH", "/v1.0/users/"+v, object{"city": "Linz", "givenName": "Bob", "otherMails": []any{"bob@example.org"}})
	name("alpha", e.group("Alpha Team", "mailNickname", "alpha", "description", "it's", "owners@odata.bind", []any{"$host/v1.0/users/" + u}))
	name("beta", e.group("BetaTeam", "groupTypes", []any{"Unified"}, "mailEnabled", true, "mailNickname", "beta"))
	name("gamma", e.group("gamma-ray", "isAssignableToRole", true, "owners@odata.bind", []any{"$host/v1.0/users/" + u, "$host/v1.0/users/" + v}))
	a := e.want(201, "POST", "/v1.0/applications", object{"displayName": "App", "tags": []any{"red", "green"}, "signInAudience": "AzureADMyOrg",
		"requiredResourceAccess": []any{object{"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": []any{}}}})
	name("app", a.id())
	e.want(204, "PATCH", "/v1.0/applications/"+a.id(), object{"identifierUris": []any{"api://" + a.body["appId"].(string)}})
	return d
}

// found lists the names of what a query answers with.
func (d *questioned) found(a answer) []string {
	out := []string{}
	for _, id := range a.ids() {
		if n := d.names[id]; n != "" {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// TestFilter asks in the grammar that Graph documents; a row with advanced must fail
// without the header, and without $count.
func TestFilter(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	for _, c := range []struct {
		path, filter string
		advanced     bool
		want         []string
	}{
		{"/groups", "displayName eq 'ALPHA team'", false, []string{"alpha"}},
		{"/groups", "description eq 'it''s'", false, []string{"alpha"}},
		{"/groups", "displayName in ('BetaTeam', 'gamma-ray', 'x')", false, []string{"beta", "gamma"}},
		{"/groups", "startsWith(displayName,'BETA')", false, []string{"beta"}},
		{"/groups", "STARTSWITH(displayName, 'b') OR startswith(displayName, 'g')", false, []string{"beta", "gamma"}},
		{"/groups", "isAssignableToRole eq true", false, []string{"gamma"}},
		{"/groups", "mailEnabled eq false and securityEnabled eq true or displayName eq 'BetaTeam'", false, []string{"alpha", "beta", "gamma"}},
		{"/groups", "mailEnabled eq false and (securityEnabled eq false or displayName eq 'gamma-ray')", false, []string{"gamma"}},
		{"/groups", "displayName eq 'BetaTeam' or displayName eq 'x' and mailEnabled eq false", false, []string{"beta"}},
		{"/groups", "groupTypes/any(c:c eq 'Unified')", false, []string{"beta"}},
		{"/groups", "groupTypes/Any(x:x eq 'Unified') and mailEnabled eq true", false, []string{"beta"}},
		{"/groups", "proxyAddresses/any(p:startsWith(p, 'SMTP:beta'))", false, []string{"beta"}},
		{"/groups", "renewedDateTime ge 2026-11-24T10:00:00Z and renewedDateTime le 2026-11-24T10:00:00+00:00", false, []string{"alpha", "beta", "gamma"}},
		{"/groups", "renewedDateTime le 2026-11-23", false, []string{}},
		{"/groups", "proxyAddresses/any(p:endsWith(p, 'ONMICROSOFT.com'))", true, []string{"beta"}},
		{"/groups", "not groupTypes/any(c:c eq 'Unified')", true, []string{"alpha", "gamma"}},
		{"/groups", "NOT(displayName eq 'BetaTeam') and not startsWith(displayName,'g')", true, []string{"alpha"}},
		{"/groups", "not (mailEnabled eq true or isAssignableToRole eq true)", true, []string{"alpha"}},
		{"/groups", "displayName ne 'BetaTeam'", true, []string{"alpha", "gamma"}},
		{"/groups", "mail eq null", true, []string{"alpha", "gamma"}},
		{"/groups", "mail ne null", true, []string{"beta"}},
		{"/groups", "owners/$count eq 0", true, []string{"beta"}},
		{"/groups", "owners/$count ne 0", true, []string{"alpha", "gamma"}},
		{"/groups", "owners/$count eq 1", true, []string{"alpha"}},
		{"/groups", "proxyAddresses/$count eq 0", true, []string{"alpha", "gamma"}},
		{"/users", "accountEnabled eq false", false, []string{"ann"}},
		{"/users", "city eq 'graz' and accountEnabled eq false", false, []string{"ann"}},
		{"/users", "city ge 'h'", false, []string{"bob"}},
		{"/users", "businessPhones/any(p:p eq '+43 1 234')", false, []string{"ann"}},
		{"/users", "companyName eq 'Contoso'", true, []string{"ann"}},
		{"/users", "employeeHireDate le 2026-03-01T09:30:00+01:30", true, []string{"ann"}},
		{"/users", "onPremisesExtensionAttributes/extensionAttribute1 eq 'blue'", true, []string{"ann"}},
		{"/users", "endsWith(userPrincipalName,'BOB@contoso.onmicrosoft.com')", true, []string{"bob"}},
		{"/users", "otherMails/$count ne 0", true, []string{"bob"}},
		{"/users", "otherMails/any(m:endsWith(m,'.org') and m ne 'x')", true, []string{"bob"}},
		{"/applications", "tags/any(t:t eq 'green')", false, []string{"app"}},
		{"/applications", "identifierUris/any(u:startsWith(u,'api://'))", false, []string{"app"}},
		{"/applications", "requiredResourceAccess/any(r:r/resourceAppId eq '00000003-0000-0000-c000-000000000000')", false, []string{"app"}},
		{"/applications", "signInAudience ne 'AzureADMyOrg'", true, []string{}},
	} {
		t.Run("F1 "+c.path+" "+c.filter, func(t *testing.T) {
			d := &questioned{&tenant{d.Tenant, t, d.url}, d.names}
			at := "/v1.0" + c.path + "?$filter=" + strings.ReplaceAll(c.filter, "+", "%2B")
			same(t, "advanced", d.found(d.want(200, "GET", at+"&$count=true", nil, eventual...)), c.want)
			if !c.advanced {
				same(t, "default", d.found(d.want(200, "GET", at, nil)), c.want)
				return
			}
			d.refused(400, "Request_UnsupportedQuery", "is not supported", "GET", at+"&$count=true", nil)
			d.refused(400, "Request_UnsupportedQuery", "is not supported", "GET", at, nil, eventual...)
			same(t, "$count segment", d.want(200, "GET", strings.Replace(at, "?", "/$count?", 1), nil, eventual...).raw, fmt.Sprint(len(c.want)))
		})
	}
}

func TestFilterRefusals(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	many := "'a'" + strings.Repeat(",'a'", 15)
	const syntax, query = "BadRequest", "Request_UnsupportedQuery"
	for _, c := range []struct{ path, filter, code, part string }{
		{"/groups", "", syntax, "Syntax error"},
		{"/groups", "displayName", syntax, "Syntax error"},
		{"/groups", "displayName eq", syntax, "expected"},
		{"/groups", "eq 'x'", syntax, "Syntax error"},
		{"/groups", "displayName eq 'a' 'b'", syntax, "Syntax error"},
		{"/groups", "displayName eq 'a' and", syntax, "Syntax error"},
		{"/groups", "(displayName eq 'a'", syntax, "Syntax error"},
		{"/groups", "displayName eq 'a')", syntax, "Syntax error"},
		{"/groups", "displayName eq 'a", syntax, "unterminated"},
		{"/groups", "displayName eq \"a\"", syntax, "unsupported character"},
		{"/groups", "displayName like 'a'", syntax, "Syntax error"},
		{"/groups", "tolower(displayName) eq 'a'", syntax, "unknown function"},
		{"/groups", "colour eq 'red'", syntax, "Could not find a property named 'colour'"},
		{"/groups", "displayName eq true", syntax, "Edm.String"},
		{"/groups", "displayName eq 5", syntax, "Edm.String"},
		{"/groups", "mailEnabled eq 'true'", syntax, "Edm.Boolean"},
		{"/groups", "renewedDateTime ge '2026-01-01'", syntax, "Edm.DateTimeOffset"},
		{"/groups", "renewedDateTime ge 2026-13-01", syntax, "Edm.DateTimeOffset"},
		{"/groups", "id eq " + nobody, syntax, "Edm.String"},
		{"/servicePrincipals", "appOwnerOrganizationId eq '" + nobody + "'", syntax, "Edm.Guid"},
		{"/groups", "startsWith(displayName)", syntax, "Syntax error"},
		{"/groups", "startsWith(mailEnabled,'t')", query, "'mailEnabled'"},
		{"/groups", "groupTypes/any(c:d eq 'Unified')", syntax, "'d'"},
		{"/groups", "groupTypes/any(c:displayName eq 'x')", syntax, "displayName"},
		{"/groups", "groupTypes/all(c:c eq 'Unified')", syntax, "unknown function"},
		{"/groups", "groupTypes/any()", syntax, "Syntax error"},
		{"/groups", strings.Repeat("(", 200) + "mailEnabled eq true" + strings.Repeat(")", 200), syntax, "too deeply"},
		{"/groups", "not displayName eq 'a'", syntax, "Syntax error"},
		{"/groups", "createdDateTime ge 2021-11-01", query, "'createdDateTime' of resource 'Group'"},
		{"/groups", "visibility eq 'Private'", query, "'visibility'"},
		{"/groups", "displayName gt 'a'", query, "'displayName'"},
		{"/groups", "contains(displayName,'a')", query, "'displayName'"},
		{"/groups", "endsWith(displayName,'a')", query, "'displayName'"},
		{"/groups", "securityEnabled eq null", query, "'securityEnabled'"},
		{"/groups", "groupTypes eq 'Unified'", query, "'groupTypes'"},
		{"/groups", "members/$count eq 0", query, "'members'"},
		{"/groups", "owners/$count eq 2", query, "'owners'"},
		{"/groups", "owners/$count gt 0", query, "'owners'"},
		{"/groups", "owners/$count", query, "'owners'"},
		{"/users", "assignedLicenses/$count eq 1", query, "'assignedLicenses'"},
		{"/users", "passwordProfile/forceChangePasswordNextSignIn gt true", query, "passwordProfile"},
		{"/groups", "displayName in (" + many + ")", query, "Max allowed: 15"},
		{"/groups", "displayName eq 'a'" + strings.Repeat(" or displayName eq 'a'", 15), query, "Max allowed: 15"},
		{"/groups", "isof('microsoft.graph.group')", syntax, "cannot be tested"},
		{"/directory/administrativeUnits", "visibility eq 'Public'", query, "'visibility'"},
		{"/directoryRoles", "startsWith(displayName,'G')", query, "'displayName'"},
		{"/identity/conditionalAccess/policies", "startsWith(displayName,'CA')", query, "'displayName'"},
		{"/identity/conditionalAccess/policies", "displayName ne 'CA'", query, "'displayName'"},
		{"/identity/conditionalAccess/policies", "contains(displayName,'CA')", query, "'displayName'"},
		{"/identity/conditionalAccess/policies", "createdDateTime ge 2020-01-01", query, "'createdDateTime'"},
		{"/identity/conditionalAccess/policies", "state eq 'on'", syntax, "expected"},
		{"/identity/conditionalAccess/namedLocations", "isof('microsoft.graph.group')", syntax, "cannot be tested"},
		{"/identity/conditionalAccess/namedLocations", "isTrusted eq true", query, "'isTrusted'"},
	} {
		t.Run("F1 "+c.path+" "+c.filter[:min(60, len(c.filter))], func(t *testing.T) {
			e := &tenant{d.Tenant, t, d.url}
			e.refused(400, c.code, c.part, "GET", "/v1.0"+c.path+"?$count=true&$filter="+c.filter, nil, eventual...)
		})
	}
}

func TestConditionalAccessQueries(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	l, c := e.location("HQ", false), e.want(201, "POST", locations, object{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "C", "countriesAndRegions": []any{"DE"}}).id()
	p := e.want(201, "POST", policies, policy("displayName", "CA1")).id()
	q := e.want(201, "POST", policies, policy("displayName", "CA2", "state", "enabled")).id()
	for query, want := range map[string][]string{
		locations + "?$filter=isof('microsoft.graph.ipNamedLocation')":                             {l},
		locations + "?$filter=isof('microsoft.graph.countryNamedLocation') or displayName eq 'HQ'": {c, l},
		locations + "?$filter=displayName eq 'hq'":                                                 {l},
		policies + "?$filter=displayName eq 'ca1' and state eq 'disabled'":                         {p},
		policies + "?$filter=state eq 'enabled'":                                                   {q},
		policies + "?$orderby=displayName&$top=1&$skip=1":                                          {q},
		policies + "?$orderby=displayName desc&$skip=1":                                            {p},
		policies + "?$skip=5": nil,
	} {
		got := e.want(200, "GET", query, nil).ids()
		slices.Sort(got)
		slices.Sort(want)
		same(t, query, got, want)
	}
	same(t, "count without header", e.want(200, "GET", policies+"?$count=true", nil).body["@odata.count"], 2.0)
	same(t, "count segment", e.want(200, "GET", policies+"/$count", nil).raw, "2")
	e.refused(400, "Request_UnsupportedQuery", "$search", "GET", policies+"?$search=\"displayName:CA\"", nil, eventual...)
	e.refused(400, "BadRequest", "grantControl", "GET", policies+"?$expand=grantControl", nil)

	open := newTenant(t, emulator.WithConditionalAccessFilters())
	id := open.want(201, "POST", policies, policy()).id()
	for _, f := range []string{"startsWith(displayName,'require')", "contains(displayName,'MFA')", "displayName ne 'x'", "createdDateTime ge 2026-01-01", "createdDateTime lt 2027-01-01", "createdDateTime gt 2026-01-01"} {
		same(t, f, open.want(200, "GET", policies+"?$filter="+f, nil).ids(), []string{id})
	}
}

// TestQueryOptions holds $orderby, $search, $count, $skip, $top and $expand to their rules.
func TestQueryOptions(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	const bad, query = "Request_BadRequest", "Request_UnsupportedQuery"
	for _, c := range []struct {
		name, path string
		header     bool
		code       string // "" for 200
		want       []string
	}{
		{"F1 search words", `/groups?$search="displayName:team"`, true, "", []string{"alpha", "beta"}},
		{"F1 search camel case", `/groups?$search="displayName:BetaTeam"`, true, "", []string{"beta"}},
		{"F1 search any order", `/groups?$search="displayName:team alpha"`, true, "", []string{"alpha"}},
		{"F1 search joined by symbols", `/groups?$search="displayName:gammaray"`, true, "", []string{"gamma"}},
		{"F1 search inside of a word", `/groups?$search="displayName:eam"`, true, "", []string{}},
		{"F1 search or", `/groups?$search="displayName:beta" OR "displayName:ray"`, true, "", []string{"beta", "gamma"}},
		{"F1 search precedence", `/groups?$search="displayName:team" AND ("displayName:beta" OR "displayName:ray")`, true, "", []string{"beta"}},
		{"F1 search other property", `/groups?$search="mailNickname:be"`, true, "", []string{"beta"}},
		{"F1 search and filter", `/groups?$search="displayName:team"&$filter=mailEnabled eq true`, true, "", []string{"beta"}},
		{"F1 search without header", `/groups?$search="displayName:team"`, false, query, nil},
		{"F1 search without quotes", `/groups?$search=displayName:team`, true, "BadRequest", nil},
		{"F1 search without property", `/groups?$search="team"`, true, "BadRequest", nil},
		{"F1 search lower-case or", `/groups?$search="displayName:a" or "displayName:b"`, true, "BadRequest", nil},
		{"F1 search unquoted end", `/groups?$search="displayName:a`, true, "BadRequest", nil},
		{"F1 search unfilterable", `/groups?$search="visibility:Private"`, true, query, nil},
		{"F1 orderby default", "/groups?$orderby=displayName", false, "", []string{"alpha", "beta", "gamma"}},
		{"F1 orderby advanced", "/applications?$orderby=displayName&$count=true", true, "", []string{"app"}},
		{"F1 orderby without header", "/applications?$orderby=displayName&$count=true", false, query, nil},
		{"F1 orderby without count", "/applications?$orderby=displayName", true, query, nil},
		{"F1 orderby with filter", "/groups?$orderby=displayName&$filter=mailEnabled eq true&$count=true", true, "", []string{"beta"}},
		{"F1 orderby with filter by default", "/groups?$orderby=displayName&$filter=mailEnabled eq true", false, query, nil},
		{"F1 orderby unsortable", "/groups?$orderby=mailNickname&$count=true", true, query, nil},
		{"F1 orderby two", "/groups?$orderby=displayName,id&$count=true", true, query, nil},
		{"F1 orderby unknown", "/groups?$orderby=colour&$count=true", true, "BadRequest", nil},
		{"F1 orderby direction", "/groups?$orderby=displayName up", false, query, nil},
		{"skip", "/groups?$skip=1", false, bad, nil},
		{"F11 top 1000", "/groups?$top=1000", false, bad, nil},
		{"F11 top 999", "/groups?$top=999", false, "", []string{"alpha", "beta", "gamma"}},
		{"top 0", "/groups?$top=0", false, bad, nil},
		{"top text", "/groups?$top=ten", false, bad, nil},
		{"top of roles", "/directoryRoles?$top=5", false, bad, nil},
		{"count value", "/groups?$count=yes", true, bad, nil},
		{"count segment without header", "/groups/$count", false, bad, nil},
		{"count segment and top", "/groups/$count?$top=5", true, bad, nil},
		{"expand two", "/groups?$expand=members,owners", false, query, nil},
		{"expand two with select", "/groups?$expand=members($select=id),owners($select=id)", false, query, nil},
		{"expand advanced", "/groups?$expand=members&$count=true", true, query, nil},
		{"expand filtered advanced", "/groups?$expand=owners&$filter=displayName ne 'x'&$count=true", true, query, nil},
		{"expand searched", `/groups?$expand=owners&$search="displayName:a"`, true, query, nil},
		{"expand with default filter", "/groups?$expand=owners($select=id)&$filter=mailEnabled eq true", false, "", []string{"beta"}},
		{"expand nested top", "/groups?$expand=members($top=5)", false, query, nil},
		{"expand nested unknown", "/groups?$expand=members($select=colour)", false, "BadRequest", nil},
		{"expand open", "/groups?$expand=members($select=id", false, "BadRequest", nil},
		{"unknown option", "/groups?$apply=x", false, bad, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &questioned{&tenant{d.Tenant, t, d.url}, d.names}
			var headers []string
			if c.header {
				headers = eventual
			}
			if c.code != "" {
				d.refused(400, c.code, "", "GET", "/v1.0"+c.path, nil, headers...)
				return
			}
			same(t, "found", d.found(d.want(200, "GET", "/v1.0"+c.path, nil, headers...)), c.want)
		})
	}
}

// TestRelationQueries asks a relation: only the index can filter one.
func TestRelationQueries(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	for id, n := range d.names {
		if n != "gamma" {
			continue
		}
		owners := "/v1.0/groups/" + id + "/owners"
		d.refused(400, "Request_UnsupportedQuery", "required parameters", "GET", owners+"?$filter=displayName eq 'ann'", nil)
		same(t, "filtered", d.found(d.want(200, "GET", owners+"?$count=true&$filter=displayName eq 'ann'", nil, eventual...)), []string{"ann"})
		same(t, "of a cast", d.found(d.want(200, "GET", owners+"/microsoft.graph.user?$count=true&$filter=city eq 'Linz'", nil, eventual...)), []string{"bob"})
		same(t, "by type", d.found(d.want(200, "GET", owners+"?$count=true&$filter=isof('microsoft.graph.group')", nil, eventual...)), []string{})
		same(t, "searched", d.found(d.want(200, "GET", owners+`?$search="displayName:bob"`, nil, eventual...)), []string{"bob"})
		same(t, "sorted", d.names[d.want(200, "GET", owners+"?$count=true&$orderby=displayName desc", nil, eventual...).ids()[0]], "bob")
	}
}

func TestPageTokens(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithPageTokenLifetime(30*time.Minute))
	e.want(200, "POST", "/_emulator/generate", object{"users": 30})
	next := func() string {
		return e.want(200, "GET", "/v1.0/users?$top=10&$select=id", nil).body["@odata.nextLink"].(string)
	}
	old := next()
	e.advance("29m")
	e.want(200, "GET", old, nil)
	e.advance("1m")
	e.refused(400, "Directory_ExpiredPageToken", "expired", "GET", old, nil)
	fresh := next()
	for what, changed := range map[string]string{
		"page size": strings.Replace(fresh, "top=10", "top=20", 1), "an option more": fresh + "&$count=true",
		"the token": strings.Replace(fresh, "skiptoken=", "skiptoken=A", 1), "the collection": strings.Replace(fresh, "/users", "/groups", 1),
	} {
		e.t.Run(what, func(t *testing.T) {
			(&tenant{e.Tenant, t, e.url}).refused(400, "Directory_ExpiredPageToken", "", "GET", changed, nil)
		})
	}
}
