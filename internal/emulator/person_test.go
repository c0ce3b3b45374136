package emulator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

func TestManager(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u, boss, other := e.user("ann"), e.user("boss"), e.user("other")
	at := "/v1.0/users/" + u + "/manager"
	ref := func(id string) object { return object{"@odata.id": "$host/v1.0/users/" + id} }
	e.refused(404, "Request_ResourceNotFound", "manager", "GET", at, nil)
	e.refused(404, "Request_ResourceNotFound", "manager", "DELETE", at+"/$ref", nil)
	e.want(204, "PUT", at+"/$ref", ref(boss))
	e.want(204, "PUT", at+"/$ref", ref(other))
	same(t, "replaced", e.want(200, "GET", at, nil).id(), other)
	one := e.want(200, "GET", "/v1.0/users/"+u+"?$select=displayName&$expand=manager($select=id)", nil).body
	same(t, "expanded", one["manager"], any(object{"@odata.type": "#microsoft.graph.user", "id": other}))
	for _, row := range e.want(200, "GET", "/v1.0/users?$select=id&$expand=manager($select=id)", nil).body["value"].([]any) {
		manager, has := row.(object)["manager"]
		if id := row.(object)["id"]; has != (id == u) || has && manager.(object)["id"] != other {
			t.Errorf("in a list, the manager of %v is %v", id, manager)
		}
	}
	same(t, "reports", e.want(200, "GET", "/v1.0/users/"+other+"/directReports", nil).ids(), []string{u})
	same(t, "no reports", len(e.want(200, "GET", "/v1.0/users/"+boss+"/directReports", nil).ids()), 0)
	e.refused(404, "Request_ResourceNotFound", nobody, "PUT", at+"/$ref", ref(nobody))
	e.refused(400, "Request_BadRequest", "own manager", "PUT", at+"/$ref", ref(u))
	e.want(204, "DELETE", "/v1.0/users/"+other, nil)
	e.want(404, "GET", at, nil)
	e.want(200, "POST", bin+"/"+other+"/restore", nil)
	same(t, "F4 back with the manager", e.want(200, "GET", at, nil).id(), other)
	e.want(204, "DELETE", at+"/$ref", nil)
	e.want(404, "GET", at, nil)
}

// TestUserRestored is what a user's name and addresses do in the recycle bin.
func TestUserRestored(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	const name = "ann@contoso.onmicrosoft.com"
	e.want(204, "DELETE", "/v1.0/users/"+u, nil)
	same(t, "name in the bin", e.want(200, "GET", bin+"/"+u, nil).body["userPrincipalName"], strings.ReplaceAll(u, "-", "")+name)
	e.want(200, "POST", bin+"/"+u+"/restore", nil)
	same(t, "name restored", e.want(200, "GET", "/v1.0/users/"+u, nil).body["userPrincipalName"], name)

	const one, two = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	loaded := func(id, upn string, addresses ...any) archive.Object {
		return archive.Object{Collection: "/users", File: id, Body: object{"id": id, "displayName": upn, "accountEnabled": true,
			"userPrincipalName": upn + "@contoso.onmicrosoft.com", "mailNickname": upn, "proxyAddresses": addresses}}
	}
	e.Load(&archive.Archive{Objects: []archive.Object{loaded(one, "one", "SMTP:one@contoso.com", "smtp:shared@contoso.com")}})
	e.want(204, "DELETE", "/v1.0/users/"+one, nil)
	e.Load(&archive.Archive{Objects: []archive.Object{loaded(two, "two", "SMTP:shared@contoso.com")}})
	e.refused(400, "Request_BadRequest", "property proxyAddresses", "POST", bin+"/"+one+"/restore", object{"autoReconcileProxyConflict": false})
	e.want(200, "POST", bin+"/"+one+"/restore", object{"autoReconcileProxyConflict": true})
	same(t, "addresses", e.want(200, "GET", "/v1.0/users/"+one+"?$select=proxyAddresses", nil).body["proxyAddresses"], []any{"SMTP:one@contoso.com"})
}

func TestMemberships(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	inner := e.group("inner", "members@odata.bind", []any{"$host/v1.0/users/" + u})
	outer := e.group("outer", "members@odata.bind", []any{"$host/v1.0/groups/" + inner})
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
	e.want(204, "POST", units+"/"+unit+"/members/$ref", object{"@odata.id": "$host/v1.0/users/" + u})
	for name, c := range map[string]struct {
		path string
		body object
		want []string
	}{
		"groups":         {"/users/" + u + "/getMemberGroups", object{"securityEnabledOnly": true}, []string{inner, outer}},
		"objects":        {"/directoryObjects/" + u + "/getMemberObjects", object{"securityEnabledOnly": false}, []string{inner, outer, unit}},
		"some groups":    {"/users/" + u + "/checkMemberGroups", object{"groupIds": []any{outer, nobody}}, []string{outer}},
		"some objects":   {"/users/" + u + "/checkMemberObjects", object{"ids": []any{unit, nobody}}, []string{unit}},
		"groups of one":  {"/groups/" + inner + "/getMemberGroups", object{"securityEnabledOnly": false}, []string{outer}},
		"groups of none": {"/groups/" + outer + "/getMemberGroups", object{"securityEnabledOnly": false}, nil},
	} {
		var got []string
		for _, v := range e.want(200, "POST", "/v1.0"+c.path, c.body).body["value"].([]any) {
			got = append(got, v.(string))
		}
		slices.Sort(got)
		slices.Sort(c.want)
		same(t, name, got, c.want)
	}
	e.refused(400, "Request_BadRequest", "parameters", "POST", "/v1.0/users/"+u+"/getMemberGroups", object{})
	e.refused(400, "Request_BadRequest", "parameters", "POST", "/v1.0/users/"+u+"/checkMemberGroups", object{"groupIds": []any{}})
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", "/v1.0/users/"+nobody+"/getMemberGroups", object{"securityEnabledOnly": false})
}

func TestDevices(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	device := func(id, trust string) object {
		d := object{"accountEnabled": true, "displayName": "PC", "deviceId": id, "operatingSystem": "Windows", "operatingSystemVersion": "10.0",
			"alternativeSecurityIds": []any{object{"type": 2, "key": "Y3YxN2E1MWFlYw=="}}, "isCompliant": true}
		if trust != "" {
			d["trustType"] = trust
		}
		return d
	}
	const beta = "/beta/directory/deletedItems"
	for id, c := range map[string]struct {
		trust string
		kept  bool
	}{"aaaaaaaa-0000-4000-8000-000000000001": {"AzureAd", true}, "aaaaaaaa-0000-4000-8000-000000000002": {"Workplace", true}, "aaaaaaaa-0000-4000-8000-000000000003": {"ServerAd", false}} {
		d := e.want(201, "POST", "/v1.0/devices", device(id, c.trust)).id()
		e.want(204, "POST", "/v1.0/devices/"+d+"/registeredOwners/$ref", object{"@odata.id": "$host/v1.0/directoryObjects/" + u})
		same(t, "by device id", e.want(200, "GET", "/v1.0/devices(deviceId='"+id+"')", nil).id(), d)
		e.want(204, "PATCH", "/v1.0/devices/"+d, object{"displayName": "Laptop"})
		e.want(204, "DELETE", "/v1.0/devices/"+d, nil)
		e.want(404, "GET", "/v1.0/devices/"+d, nil)
		e.want(404, "GET", bin+"/"+d, nil)
		if !c.kept {
			e.want(404, "GET", beta+"/"+d, nil)
			continue
		}
		e.want(200, "GET", beta+"/"+d, nil)
		same(t, "F2 listed in beta's bin", e.want(200, "GET", beta+"/microsoft.graph.device", nil).ids(), []string{d})
		e.want(404, "POST", bin+"/"+d+"/restore", nil)
		e.want(200, "POST", beta+"/"+d+"/restore", nil)
		got := e.want(200, "GET", "/v1.0/devices/"+d, nil)
		same(t, "compliance", got.body["isCompliant"], nil)
		same(t, "owners", e.want(200, "GET", "/v1.0/devices/"+d+"/registeredOwners", nil).ids(), []string{u})
		same(t, "owned", e.want(200, "GET", "/v1.0/users/"+u+"/ownedDevices", nil).ids(), []string{d})
		e.want(204, "DELETE", "/v1.0/devices/"+d, nil)
		e.want(204, "DELETE", beta+"/"+d, nil)
	}
	const bad = "Request_BadRequest"
	one := "aaaaaaaa-0000-4000-8000-000000000004"
	d := e.want(201, "POST", "/v1.0/devices", device(one, "")).id()
	e.refused(400, bad, "deviceId", "POST", "/v1.0/devices", device(one, ""))
	e.refused(400, bad, "trustType", "POST", "/v1.0/devices", device(nobody, "Friend"))
	e.refused(400, bad, "read-only", "PATCH", "/v1.0/devices/"+d, object{"deviceId": nobody})
	e.refused(400, "BadRequest", "segment", "GET", bin+"/microsoft.graph.device", nil)
	g := e.group("g", "members@odata.bind", []any{"$host/v1.0/devices/" + d})
	same(t, "member of a group", e.want(200, "GET", "/v1.0/devices/"+d+"/memberOf", nil).ids(), []string{g})
}

func TestDomains(t *testing.T) {
	t.Parallel()
	const domains, initial = "/v1.0/domains", "contoso.onmicrosoft.com"
	const bad = "Request_BadRequest"
	for _, believed := range []bool{false, true} {
		var opts []emulator.Option
		if believed {
			opts = append(opts, emulator.WithUnprovenDomains())
		}
		e := newTenant(t, opts...)
		same(t, "initial", e.want(200, "GET", domains, nil).ids(), []string{initial})
		same(t, "default", e.want(200, "GET", domains+"/"+initial, nil).body["isDefault"], true)
		made := e.want(201, "POST", domains, object{"id": "contoso.com"})
		same(t, "verified", made.body["isVerified"], false)
		same(t, "records", len(e.want(200, "GET", domains+"/contoso.com/verificationDnsRecords", nil).body["value"].([]any)), 1)
		e.refused(400, bad, "same value", "POST", domains, object{"id": "contoso.com"})
		e.refused(400, bad, "not valid", "POST", domains, object{"id": "contoso"})
		e.refused(400, bad, "not verified", "PATCH", domains+"/contoso.com", object{"isDefault": true})
		e.refused(400, bad, "cannot be deleted", "DELETE", domains+"/"+initial, nil)
		person := object{"accountEnabled": true, "displayName": "A", "mailNickname": "a", "userPrincipalName": "a@contoso.com", "passwordProfile": object{"password": "S3cret!x"}}
		e.refused(400, bad, "domain portion", "POST", "/v1.0/users", person)
		if !believed {
			e.refused(400, bad, "verification failed", "POST", domains+"/contoso.com/verify", nil)
			e.want(204, "DELETE", domains+"/contoso.com", nil)
			continue
		}
		same(t, "verified", e.want(200, "POST", domains+"/contoso.com/verify", nil).body["isVerified"], true)
		u := e.want(201, "POST", "/v1.0/users", person).id()
		e.refused(400, bad, u, "DELETE", domains+"/contoso.com", nil)
		e.want(204, "PATCH", domains+"/contoso.com", object{"isDefault": true})
		same(t, "default", e.want(200, "GET", domains+"/"+initial, nil).body["isDefault"], false)
		e.want(204, "PATCH", domains+"/"+initial, object{"isDefault": true})
		e.want(204, "DELETE", "/v1.0/users/"+u, nil)
		e.want(204, "DELETE", domains+"/contoso.com", nil)
		same(t, "left", e.want(200, "GET", domains, nil).ids(), []string{initial})
	}
}

func TestOrganization(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	at := "/v1.0/organization/" + e.TenantID()
	e.want(204, "PATCH", at, object{"technicalNotificationMails": []any{"a@contoso.com"}})
	same(t, "mails", e.want(200, "GET", at, nil).body["technicalNotificationMails"], []any{"a@contoso.com"})
	e.refused(400, "Request_BadRequest", "read-only", "PATCH", at, object{"verifiedDomains": []any{}})
	e.want(405, "DELETE", at, nil)
	e.want(405, "POST", "/v1.0/organization", object{})
	e.want(405, "POST", "/v1.0/subscribedSkus", object{})
}

// TestGroupWithLicences cannot be deleted.
func TestGroupWithLicences(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.Load(&archive.Archive{Objects: []archive.Object{{Collection: "/groups", File: "g", Body: object{"id": nobody, "displayName": "G",
		"assignedLicenses": []any{object{"skuId": "6fd2c87f-b296-42f0-b197-1e91e994b900", "disabledPlans": []any{}}}}}}})
	e.refused(400, "Request_BadRequest", "licenses", "DELETE", "/v1.0/groups/"+nobody, nil)
}
