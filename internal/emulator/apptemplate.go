package emulator

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// The gallery of applications: two templates of thousands, the one that clients make
// applications of their own from and the one that their tests ask for. The addresses of
// their logos are not Microsoft's.

type appTemplate struct {
	id, name, publisher, home string
	roles                     []body
}

// The roles that applications from the gallery have; their ids are the same everywhere.
var (
	galleryUser   = body{"id": "18d14569-c3bd-439b-9a66-3a2aee01d14f", "displayName": "User", "description": "User", "value": nil, "isEnabled": true, "allowedMemberTypes": []any{"User"}}
	galleryAccess = body{"id": "b9632174-c057-4f7e-951b-be3adc52bfe6", "displayName": "msiam_access", "description": "msiam_access", "value": nil, "isEnabled": true, "allowedMemberTypes": []any{"User"}}
)

const customTemplate = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"

var appTemplates = []appTemplate{
	{customTemplate, "Custom", "", "", []body{galleryUser, galleryAccess}},
	{"4601ed45-8ff3-4599-8377-b6649007e876", "Marketo", "Marketo", "https://www.marketo.com/", []body{
		{"id": "dfd0e7dd-26fb-4b2c-98d2-e444486c1e37", "displayName": "User", "description": "User", "value": nil, "isEnabled": true, "allowedMemberTypes": []any{"User"}}}},
}

func applicationTemplates() *resource {
	return &resource{
		typ: "applicationTemplate", set: "applicationTemplates", paths: []string{"/applicationTemplates"}, policies: true, readOnlyAddress: true,
	}
}

func (t *Tenant) seedTemplates() {
	for _, a := range appTemplates {
		t.put("applicationTemplate", a.id, body{"displayName": a.name, "publisher": a.publisher, "homePageUrl": a.home, "logoUrl": "https://galleryapplogos1.azureedge.net/app-logo/" + strings.ToLower(a.name) + "_150.png", "isEntraIntegrated": true,
			"supportedSingleSignOnModes": []any{"password", "saml", "external"}, "supportedProvisioningTypes": []any{}, "categories": []any{}})
	}
}

// instantiate makes an application of a template, and its service principal.
func instantiate(t *Tenant, c *call) (*reply, *graphError) {
	template, gerr := t.target(c, t.resource("applicationTemplate"))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	for name := range in {
		if name != "displayName" && name != "serviceManagementReference" {
			return nil, badRequest("Invalid property '%s'.", name)
		}
	}
	name := textOf(in["displayName"])
	if name == "" {
		return nil, badRequest("A value is required for property 'displayName'.")
	}
	plain := &call{method: "POST", base: c.base, version: c.version, header: c.header, caller: c.caller, actor: c.actor, journal: c.journal}
	app, gerr := t.make(plain, t.resource("application"), body{"displayName": name, "signInAudience": "AzureADMyOrg",
		"serviceManagementReference": in["serviceManagementReference"]})
	if gerr != nil {
		return nil, gerr
	}
	roles := []any{}
	for _, a := range appTemplates {
		if a.id == template.id {
			for _, r := range a.roles {
				roles = append(roles, deepCopy(r))
			}
		}
	}
	app.body["applicationTemplateId"], app.body["appRoles"] = template.id, roles
	app.body["api"].(body)["oauth2PermissionScopes"] = []any{body{"id": uuid.NewString(), "value": "user_impersonation", "type": "User", "isEnabled": true,
		"adminConsentDisplayName": "Access " + name, "adminConsentDescription": "Access " + name + " on behalf of the signed-in user."}}
	sp, gerr := t.make(plain, t.resource("servicePrincipal"), body{"appId": app.body["appId"], "tags": templateTags(template.id)})
	if gerr != nil {
		return nil, gerr
	}
	sp.body["applicationTemplateId"] = template.id
	return &reply{status: 201, body: body{
		"@odata.context":   c.context("microsoft.graph.applicationServicePrincipal"),
		"application":      t.render(plain, app, nil),
		"servicePrincipal": t.render(plain, sp, nil),
	}}, nil
}

func templateTags(id string) []any {
	tags := []any{"WindowsAzureActiveDirectoryIntegratedApp"}
	if strings.EqualFold(id, customTemplate) {
		tags = slices.Insert(tags, 0, any("WindowsAzureActiveDirectoryCustomSingleSignOnApplication"))
	}
	return tags
}
