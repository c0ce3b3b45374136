package emulator_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestFederatedCredentials(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, _, _ := e.principal("App")
	at := "/v1.0/applications/" + app + "/federatedIdentityCredentials"
	credential := func(more ...any) object {
		return with(object{"name": "main", "issuer": "https://token.example.org", "subject": "repo:a:main", "audiences": []any{"api://AzureADTokenExchange"}}, more...)
	}
	one := e.want(201, "POST", at, credential())
	const bad = "Request_BadRequest"
	long := strings.Repeat("x", 601)
	for name, c := range map[string]struct {
		body object
		part string
	}{
		"same name":          {credential("subject", "other"), "name"},
		"F10 same pair":      {credential("name", "other"), "same issuer and subject"},
		"short name":         {credential("name", "ab"), "name"},
		"name with a space":  {credential("name", "a b c"), "name"},
		"long name":          {credential("name", strings.Repeat("n", 121)), "name"},
		"two audiences":      {credential("name", "two", "audiences", []any{"a", "b"}), "exactly one audience"},
		"no issuer":          {credential("name", "two", "issuer", drop{}), "issuer"},
		"no subject":         {credential("name", "two", "subject", drop{}), "subject"},
		"long subject":       {credential("name", "two", "subject", long), "subject"},
		"long audience":      {credential("name", "two", "audiences", []any{long}), "audiences"},
		"expression is beta": {credential("name", "two", "claimsMatchingExpression", object{}), "claimsMatchingExpression"},
	} {
		t.Log(name)
		e.refused(400, bad, c.part, "POST", at, c.body)
	}
	e.want(204, "PATCH", at+"/"+one.id(), object{"subject": "repo:a:dev"})
	e.refused(400, bad, "read-only", "PATCH", at+"/"+one.id(), object{"name": "other"})
	e.refused(400, bad, "exactly one", "PATCH", at+"/"+one.id(), object{"audiences": []any{}})
	same(t, "subject", e.want(200, "GET", at+"(name='main')", nil).body["subject"], "repo:a:dev")
	e.refused(404, "Request_ResourceNotFound", "new", "PATCH", at+"(name='new')", object{"subject": "s"})
	made := e.want(201, "PATCH", at+"(name='new')", with(credential("subject", "s"), "name", drop{}), "Prefer", "create-if-missing")
	same(t, "name", made.body["name"], "new")
	e.want(204, "PATCH", at+"(name='new')", object{"description": "d"}, "Prefer", "create-if-missing")
	for i := 2; i < 20; i++ {
		e.want(201, "POST", at, credential("name", fmt.Sprintf("more%d", i), "subject", fmt.Sprint(i)))
	}
	e.refused(400, bad, "maximum of 20", "POST", at, credential("name", "toomany", "subject", "21"))
	e.want(204, "DELETE", "/v1.0/applications/"+app, nil)
	e.want(404, "GET", at, nil)
	e.want(200, "POST", bin+"/"+app+"/restore", nil)
	same(t, "F4 restored with the application", len(e.want(200, "GET", at, nil).ids()), 20)
	e.want(204, "DELETE", at+"/"+one.id(), nil)
	e.want(404, "GET", at+"/"+one.id(), nil)
}

func TestExtensionProperties(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, appID, _ := e.principal("App")
	at := "/v1.0/applications/" + app + "/extensionProperties"
	ext := func(more ...any) object {
		return with(object{"name": "badge", "dataType": "String", "targetObjects": []any{"User"}}, more...)
	}
	one := e.want(201, "POST", at, ext())
	same(t, "name", one.body["name"], "extension_"+strings.ReplaceAll(appID, "-", "")+"_badge")
	same(t, "application", one.body["appDisplayName"], "App")
	same(t, "many", one.body["isMultiValued"], false)
	const bad = "Request_BadRequest"
	e.refused(400, bad, "An extension property exists with the name", "POST", at, ext())
	e.refused(400, bad, "dataType", "POST", at, ext("name", "b", "dataType", "Text"))
	e.refused(400, bad, "targetObjects", "POST", at, ext("name", "b", "targetObjects", []any{"Contact"}))
	e.refused(400, bad, "targetObjects", "POST", at, ext("name", "b", "targetObjects", []any{}))
	e.refused(400, bad, "name", "POST", at, ext("name", "1-b"))
	e.want(405, "PATCH", at+"/"+one.id(), object{"dataType": "Integer"})
	same(t, "listed", e.want(200, "GET", at, nil).ids(), []string{one.id()})
	e.want(204, "DELETE", "/v1.0/applications/"+app, nil)
	e.want(200, "POST", bin+"/"+app+"/restore", nil)
	e.want(200, "GET", at+"/"+one.id(), nil)
	e.want(204, "DELETE", at+"/"+one.id(), nil)
	e.want(404, "GET", at+"/"+one.id(), nil)
}

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func TestLogo(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, _, _ := e.principal("App")
	at := "/v1.0/applications/" + app
	png, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "before", e.want(200, "GET", at, nil).body["info"].(object)["logoUrl"], nil)
	e.want(404, "GET", at+"/logo", nil)
	e.want(204, "PUT", at+"/logo", string(png), "Content-Type", "image/png")
	url, _ := e.want(200, "GET", at, nil).body["info"].(object)["logoUrl"].(string)
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.Token())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != string(png) || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("logo: %d bytes of %s, %v", len(got), resp.Header.Get("Content-Type"), err)
	}
	part := e.want(200, "POST", "/v1.0/$batch", object{"requests": []any{object{"id": "1", "method": "GET", "url": "/applications/" + app + "/logo"}}})
	same(t, "in a batch", part.body["responses"].([]any)[0].(object)["body"], pixel)
	e.refused(400, "Request_BadRequest", "image", "PUT", at+"/logo", `{"no":"image"}`)
	e.refused(400, "Request_BadRequest", "100 KB", "PUT", at+"/logo", string(png)+strings.Repeat("x", 101<<10))
}

func TestApplicationTemplates(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const templates, custom = "/v1.0/applicationTemplates", "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
	same(t, "by name", len(e.want(200, "GET", templates+"?$filter=displayName eq 'Marketo'", nil).ids()), 1)
	made := e.want(201, "POST", templates+"/"+custom+"/instantiate", object{"displayName": "Gallery"})
	app, sp := made.body["application"].(object), made.body["servicePrincipal"].(object)
	same(t, "client id", sp["appId"], app["appId"])
	for _, path := range []string{"/v1.0/applications/" + app["id"].(string), "/v1.0/servicePrincipals/" + sp["id"].(string)} {
		got := e.want(200, "GET", path, nil).body
		same(t, "template of "+path, got["applicationTemplateId"], custom)
		same(t, "name of "+path, got["displayName"], "Gallery")
		same(t, "roles of "+path, len(got["appRoles"].([]any)), 2)
	}
	e.refused(400, "Request_BadRequest", "displayName", "POST", templates+"/"+custom+"/instantiate", object{})
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", templates+"/"+nobody+"/instantiate", object{"displayName": "x"})
	e.want(405, "POST", templates, object{"displayName": "x"})
	e.want(405, "DELETE", templates+"/"+custom, nil)
}

func TestAppManagementPolicies(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, _, _ := e.principal("App")
	const path, tenantWide = "/v1.0/policies/appManagementPolicies", "/v1.0/policies/defaultAppManagementPolicy"
	restrict := func(r ...any) object {
		return object{"displayName": "P", "isEnabled": true, "restrictions": object{"passwordCredentials": r}}
	}
	one := e.want(201, "POST", path, restrict(object{"restrictionType": "passwordLifetime", "maxLifetime": "P90D"}, object{"restrictionType": "passwordAddition"}))
	same(t, "state", one.body["restrictions"].(object)["passwordCredentials"].([]any)[0].(object)["state"], "enabled")
	const bad = "Request_BadRequest"
	e.refused(400, bad, "restrictions", "POST", path, object{"displayName": "P"})
	e.refused(400, bad, "maxLifetime", "POST", path, restrict(object{"restrictionType": "passwordLifetime"}))
	e.refused(400, bad, "maxLifetime", "POST", path, restrict(object{"restrictionType": "passwordAddition", "maxLifetime": "P90D"}))
	e.refused(400, bad, "duplicate", "POST", path, restrict(object{"restrictionType": "passwordAddition"}, object{"restrictionType": "passwordAddition"}))
	e.refused(400, bad, "appCredentialRestrictionType", "POST", path, restrict(object{"restrictionType": "none"}))
	e.want(204, "PATCH", path+"/"+one.id(), object{"description": "d"})
	at := "/v1.0/applications/" + app + "/appManagementPolicies"
	e.want(204, "POST", at+"/$ref", object{"@odata.id": "$host/v1.0/policies/appManagementPolicies/" + one.id()})
	same(t, "linked", e.want(200, "GET", at, nil).ids(), []string{one.id()})
	same(t, "applies to", e.want(200, "GET", path+"/"+one.id()+"/appliesTo", nil).ids(), []string{app})
	e.want(204, "DELETE", at+"/"+one.id()+"/$ref", nil)
	e.want(204, "DELETE", path+"/"+one.id(), nil)

	same(t, "tenant-wide", e.want(200, "GET", tenantWide, nil).body["isEnabled"], true)
	e.want(204, "PATCH", tenantWide, object{"isEnabled": false, "applicationRestrictions": object{"keyCredentials": []any{
		object{"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P365D", "restrictForAppsCreatedAfterDateTime": "2026-01-01T00:00:00Z"}}}})
	same(t, "tenant-wide", e.want(200, "GET", tenantWide, nil).body["isEnabled"], false)
	e.want(405, "DELETE", tenantWide, nil)
	e.want(405, "POST", tenantWide, object{})
}
