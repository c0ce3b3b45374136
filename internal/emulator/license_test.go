package emulator_test

import (
	"fmt"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

const (
	skuE5       = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
	skuP2       = "84a661c4-e949-4bd2-a560-ed7766fcaf2b"
	planMFA     = "8a256a2b-b617-496d-b51b-e76466e88db0"
	planP2      = "eec0eb4f-6444-4f95-aba0-50c24d67f998"
	licensesOf  = "?$select=id,assignedLicenses,licenseAssignmentStates"
	licensesOfG = "?$select=id,assignedLicenses,licenseProcessingState,hasMembersWithLicenseErrors"
)

func licence(sku string, disabled ...any) object {
	return object{"skuId": sku, "disabledPlans": append([]any{}, disabled...)}
}

func assign(add []any, remove ...any) object {
	return object{"addLicenses": append([]any{}, add...), "removeLicenses": append([]any{}, remove...)}
}

// licensable is a user with a usage location.
func (e *tenant) licensable(name string) string {
	e.t.Helper()
	u := "/v1.0/users/" + e.user(name)
	e.want(204, "PATCH", u, object{"usageLocation": "DE"})
	return u
}

// states are a user's assignments in short: product, by group or not, and its state.
func (e *tenant) states(u string) []string {
	e.t.Helper()
	out := []string{}
	for _, v := range e.want(200, "GET", u+licensesOf, nil).body["licenseAssignmentStates"].([]any) {
		s := v.(object)
		by := "direct"
		if s["assignedByGroup"] != nil {
			by = "group"
		}
		out = append(out, fmt.Sprint(s["skuId"].(string)[:8], " ", by, " ", s["state"], " ", s["error"]))
	}
	return out
}

func TestSubscribedSkus(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	found := map[string]object{}
	for _, row := range e.want(200, "GET", "/v1.0/subscribedSkus", nil).body["value"].([]any) {
		found[row.(object)["skuPartNumber"].(string)] = row.(object)
	}
	p2 := found["AAD_PREMIUM_P2"]
	same(t, "two", len(found), 2)
	same(t, "id", p2["id"], e.TenantID()+"_"+skuP2)
	same(t, "units", p2["prepaidUnits"].(object)["enabled"], 25.0)
	same(t, "consumed", p2["consumedUnits"], 0.0)
	same(t, "plan", p2["servicePlans"].([]any)[4].(object)["servicePlanId"], planP2)
	e.want(200, "POST", e.licensable("ann")+"/assignLicense", assign([]any{licence(skuP2)}))
	same(t, "consumed by one", e.want(200, "GET", "/v1.0/subscribedSkus/"+e.TenantID()+"_"+skuP2, nil).body["consumedUnits"], 1.0)
	e.refused(400, "Request_UnsupportedQuery", "skuPartNumber", "GET", "/v1.0/subscribedSkus"+filtered("skuPartNumber eq 'SPE_E5'"), nil)
	e.want(405, "POST", "/v1.0/subscribedSkus", object{})
	e.want(405, "DELETE", "/v1.0/subscribedSkus/"+p2["id"].(string), nil)
}

// TestAssignLicenseRefused: what the service says, as seen.
func TestAssignLicenseRefused(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u, g := e.licensable("ann")+"/assignLicense", "/v1.0/groups/"+e.group("g")+"/assignLicense"
	nowhere := "/v1.0/users/" + e.user("bob") + "/assignLicense"
	unsecured := "/v1.0/groups/" + e.group("m", "groupTypes", []any{"Unified"}, "mailEnabled", true, "securityEnabled", false) + "/assignLicense"
	for name, c := range map[string]struct {
		at   string
		body object
		part string
	}{
		"nothing to remove told":    {u, object{"addLicenses": []any{licence(skuP2)}}, "missing parameters are: removeLicenses."},
		"nothing told":              {g, object{}, "missing parameters are: addLicenses, removeLicenses."},
		"more told":                 {g, with(assign(nil), "keepLicenses", []any{}), "keepLicenses"},
		"unknown product":           {u, assign([]any{licence(nobody)}), "License " + nobody + " does not correspond to a valid company License."},
		"unknown product, group":    {g, assign([]any{licence(nobody)}), "valid company License"},
		"no GUID":                   {u, assign([]any{licence("SPE_E5")}), "Guid"},
		"no GUID to remove":         {u, assign(nil, "SPE_E5"), "Guid"},
		"no product":                {u, assign([]any{object{"disabledPlans": []any{}}}), "valid company License"},
		"plan of another":           {u, assign([]any{licence(skuP2, nobody)}), "service plan"},
		"twice":                     {u, assign([]any{licence(skuP2), licence(skuP2)}), "duplicate"},
		"added and removed":         {u, assign([]any{licence(skuP2)}, skuP2), "duplicate"},
		"removed and not there":     {u, assign(nil, skuP2), "User does not have a corresponding license."},
		"removed and unknown":       {u, assign(nil, nobody), "valid company License"},
		"removed, of a group":       {g, assign(nil, skuP2), "does not have a corresponding license"},
		"no usage location":         {nowhere, assign([]any{licence(skuP2)}), "invalid usage location"},
		"group without security":    {unsecured, assign([]any{licence(skuP2)}), "security-enabled"},
		"unknown property inside":   {u, assign([]any{with(licence(skuP2), "colour", "red")}), "colour"},
		"an element that is a text": {u, assign([]any{skuP2}), "object"},
	} {
		t.Run(name, func(t *testing.T) { e.refused(400, "Request_BadRequest", c.part, "POST", c.at, c.body) })
	}
	e.refused(400, "Request_BadRequest", "read-only", "PATCH", g[:len(g)-len("/assignLicense")], object{"assignedLicenses": []any{licence(skuP2)}})
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", "/v1.0/users/"+nobody+"/assignLicense", assign(nil))
	same(t, "nothing happened", e.states(u[:len(u)-len("/assignLicense")]), []string{})
}

// TestGroupLicences: members get what a group passes on, and lose it.
func TestGroupLicences(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	ann, bob := e.licensable("ann"), e.licensable("bob")
	g := "/v1.0/groups/" + e.group("g")
	ref := func(u string) object {
		return object{"@odata.id": "$host/v1.0/directoryObjects/" + u[len("/v1.0/users/"):]}
	}
	e.want(204, "POST", g+"/members/$ref", ref(ann))
	a := e.want(202, "POST", g+"/assignLicense", assign([]any{licence(skuP2, planMFA)}))
	same(t, "the answer is the group", a.id(), g[len("/v1.0/groups/"):])
	group := e.want(200, "GET", g+licensesOfG, nil).body
	same(t, "of the group", group["assignedLicenses"], []any{licence(skuP2, planMFA)})
	same(t, "processed", group["licenseProcessingState"], object{"state": "ProcessingComplete"})
	same(t, "errors", group["hasMembersWithLicenseErrors"], false)
	if _, shown := e.want(200, "GET", g, nil).body["assignedLicenses"]; shown {
		t.Error("licences are in the default set of properties")
	}
	same(t, "member", e.states(ann), []string{"84a661c4 group Active None"})
	same(t, "of a member", e.want(200, "GET", ann+licensesOf, nil).body["assignedLicenses"], []any{licence(skuP2, planMFA)})
	e.refused(400, "Request_BadRequest", "inherited from a group membership", "POST", ann+"/assignLicense", assign(nil, skuP2))

	e.want(204, "POST", g+"/members/$ref", ref(bob))
	same(t, "new member", e.states(bob), []string{"84a661c4 group Active None"})
	e.want(200, "POST", bob+"/assignLicense", assign([]any{licence(skuP2), licence(skuE5)}))
	same(t, "both ways", e.states(bob), []string{"84a661c4 direct Active None", "06ebc4ee direct Active None", "84a661c4 group Active None"})
	same(t, "a plan that is on in one", e.want(200, "GET", bob+licensesOf, nil).body["assignedLicenses"], []any{licence(skuP2), licence(skuE5)})
	e.want(204, "DELETE", g+"/members/"+bob[len("/v1.0/users/"):]+"/$ref", nil)
	same(t, "member no more", e.states(bob), []string{"84a661c4 direct Active None", "06ebc4ee direct Active None"})

	e.want(202, "POST", g+"/assignLicense", assign([]any{licence(skuP2)}))
	same(t, "again, with all plans", e.want(200, "GET", ann+licensesOf, nil).body["assignedLicenses"], []any{licence(skuP2)})
	same(t, "found", e.want(200, "GET", "/v1.0/users"+filtered("assignedLicenses/any(s:s/skuId eq "+skuP2+")")+"&$count=true", nil, "ConsistencyLevel", "eventual").body["@odata.count"], 2.0)
	e.refused(400, "Request_BadRequest", "product license assigned", "DELETE", g, nil)
	e.want(202, "POST", g+"/assignLicense", assign(nil, skuP2))
	same(t, "taken away", e.states(ann), []string{})
	e.want(204, "DELETE", g, nil)
}

// TestLicencesInTheBin: a user's licences are free while it is in the recycle bin, and
// come back as far as there are any.
func TestLicencesInTheBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	ann := e.licensable("ann")
	g := "/v1.0/groups/" + e.group("g")
	e.want(202, "POST", g+"/assignLicense", assign([]any{licence(skuE5)}))
	e.want(204, "POST", g+"/members/$ref", object{"@odata.id": "$host/v1.0/directoryObjects/" + ann[len("/v1.0/users/"):]})
	e.want(200, "POST", ann+"/assignLicense", assign([]any{licence(skuP2)}))
	both := []string{"84a661c4 direct Active None", "06ebc4ee group Active None"}
	same(t, "before", e.states(ann), both)
	id := ann[len("/v1.0/users/"):]
	e.want(204, "DELETE", ann, nil)
	same(t, "free", e.want(200, "GET", "/v1.0/subscribedSkus/"+e.TenantID()+"_"+skuP2, nil).body["consumedUnits"], 0.0)
	e.want(200, "POST", bin+"/"+id+"/restore", nil)
	same(t, "restored", e.states(ann), both)

	e.want(204, "DELETE", ann, nil)
	for i := range 25 {
		e.want(200, "POST", e.licensable(fmt.Sprint("user", i))+"/assignLicense", assign([]any{licence(skuP2), licence(skuE5)}))
	}
	late := e.licensable("late")
	e.refused(400, "Request_BadRequest", "does not have any available licenses", "POST", late+"/assignLicense", assign([]any{licence(skuP2)}))
	e.want(200, "POST", bin+"/"+id+"/restore", nil)
	same(t, "restored too late", e.states(ann), []string{"06ebc4ee group Error CountViolation"})
	same(t, "errors", e.want(200, "GET", g+licensesOfG, nil).body["hasMembersWithLicenseErrors"], true)
	same(t, "licences", e.want(200, "GET", ann+licensesOf, nil).body["assignedLicenses"], []any{})
	first := e.want(200, "GET", "/v1.0/users/user0@contoso.onmicrosoft.com", nil).id()
	e.want(204, "DELETE", "/v1.0/users/"+first, nil)
	e.want(200, "POST", ann+"/reprocessLicenseAssignment", nil)
	same(t, "tried again", e.states(ann), []string{"06ebc4ee group Active None"})
	same(t, "no errors", e.want(200, "GET", g+licensesOfG, nil).body["hasMembersWithLicenseErrors"], false)
}

// TestLicencesLoaded: an archive's licences are believed, and passed on.
func TestLicencesLoaded(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	a := &archive.Archive{Objects: []archive.Object{{Collection: "/groups", File: "g", Body: object{"id": nobody, "displayName": "G", "assignedLicenses": []any{licence(skuE5)}}}}}
	ids := []string{}
	for i := range 30 {
		ids = append(ids, fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
		name := fmt.Sprintf("u%d", i)
		a.Objects = append(a.Objects, archive.Object{Collection: "/users", File: name, Body: object{"id": ids[i], "displayName": name, "userPrincipalName": name + "@contoso.onmicrosoft.com", "assignedLicenses": []any{licence(skuP2)}}})
		a.Links = append(a.Links, archive.Link{Collection: "/groups", ID: nobody, Relation: "members", Target: ids[i], File: "l"})
	}
	const binned = "99999999-9999-4999-8999-999999999998"
	a.Objects = append(a.Objects, archive.Object{Collection: "/groups", File: "b", Body: object{"id": binned, "displayName": "B",
		"deletedDateTime": "2026-11-23T10:00:00Z", "assignedLicenses": []any{licence(skuP2, planMFA)}}})
	a.Links = append(a.Links, archive.Link{Collection: "/groups", ID: binned, Relation: "members", Target: ids[0], File: "l"})
	if report := e.Load(a); len(report.Refused) > 0 {
		t.Fatal(report.Refused)
	}
	for _, id := range ids {
		same(t, id, e.states("/v1.0/users/"+id), []string{"84a661c4 direct Active None", "06ebc4ee group Active None"})
	}
	for _, sku := range []string{skuE5, skuP2} {
		got := e.want(200, "GET", "/v1.0/subscribedSkus/"+e.TenantID()+"_"+sku, nil).body
		same(t, "consumed", got["consumedUnits"], 30.0)
		same(t, "bought", got["prepaidUnits"].(object)["enabled"], 30.0)
	}
	e.want(200, "POST", bin+"/"+binned+"/restore", nil)
	same(t, "the group's licences are restored", e.want(200, "GET", "/v1.0/groups/"+binned+licensesOfG, nil).body["assignedLicenses"], []any{licence(skuP2, planMFA)})
	same(t, "and passed on", len(e.states("/v1.0/users/"+ids[0])), 3)
}
