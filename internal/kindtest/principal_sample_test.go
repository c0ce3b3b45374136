package kindtest

import (
	"context"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Samples and shapes of service principals and of what is about them.

// appID is the client id of an application of the tenant.
func (h *host) appID(name string) string {
	h.t.Helper()
	return h.property("/applications/"+h.id("/applications", "displayName", name), "appId")
}

// principalOf makes the service principal of an application, and returns its id.
func (h *host) principalOf(application string) string {
	h.t.Helper()
	app := h.appID(application)
	made, err := h.client.Post(context.Background(), graph.V1, "/servicePrincipals", graph.Body{"appId": app})
	if err != nil {
		return h.property("/servicePrincipals(appId='"+app+"')", "id") // there already
	}
	return made["id"].(string)
}

func principalSample(h *host) sample {
	app := h.appID("Time Sheets")
	values := func(s string, on bool) kind.Values {
		return kind.Values{"app_id": app, "account_enabled": !on, "app_role_assignment_required": on, "description": s, "notes": s,
			"homepage": "https://" + s + ".contoso.com", "login_url": "https://" + s + ".contoso.com/in", "logout_url": "https://" + s + ".contoso.com/out",
			"preferred_single_sign_on_mode": map[bool]string{true: "saml", false: "oidc"}[on], "alternative_names": []string{s},
			"saml_single_sign_on_settings": kind.Values{"relay_state": "https://" + s + ".contoso.com/r"},
			"notification_email_addresses": []string{s + "@contoso.com"}, "tags": []string{s}, "owners": []string{h.user("adele")}}
	}
	return sample{full: values("a", true), other: values("b", false), keep: []string{"owners", "homepage", "logout_url"}}
}

func principalShape(h *host) kind.Values {
	v := principalSample(h).full
	for name, value := range map[string]any{
		"token_encryption_key_id": roleID, "tags": []string{"HideApp", "WindowsAzureActiveDirectoryIntegratedApp"}, "alternative_names": []string{"a", "b"},
		"owners": []string{h.user("adele"), h.user("diego")},
		"add_ins": map[string]kind.Values{scopeID: {"type": "FileHandler", "properties": []kind.Values{{"key": "icon", "value": "i"}, {"key": "version", "value": "2"}}},
			roleID: {"type": "FileHandler", "properties": []kind.Values{{"key": "version", "value": "1"}}}},
	} {
		v[name] = value
	}
	return v
}

// definition is a document for a policy; two differ in their version.
func definition(name, version string) string {
	return `{ "` + name + `": {"Version": ` + version + `, "Name": "<a> & b", "IncludeBasicClaimSet": "true"} }`
}

func policySample(name string) func(h *host) sample {
	return func(h *host) sample {
		a, b := h.principalOf("Time Sheets"), h.principalOf("Build Agent")
		return sample{
			full:  kind.Values{"display_name": "Sample", "description": "d", "definition": definition(name, "1"), "applies_to": []string{a}},
			other: kind.Values{"display_name": "Other", "description": "e", "definition": definition(name, "2"), "is_organization_default": true, "applies_to": []string{a, b}},
			keep:  []string{"applies_to"},
		}
	}
}

// policyShape applies to an application and to a service principal.
func policyShape(h *host, name string) kind.Values {
	v := policySample(name)(h).full
	v["is_organization_default"] = true
	v["applies_to"] = []string{h.principalOf("Build Agent"), h.id("/applications", "displayName", "Time Sheets")}
	return v
}

// link and unlink make and end one link of a relation behind Terraform's back.
func (i *instance) link(a *kind.Attr, id string) {
	i.t.Helper()
	at, to := i.path()+"/"+a.Property, "/directoryObjects/"+id
	if a.Far != "" {
		at, to = i.farEnd(id)+"/"+a.Far, i.path()
	}
	i.behind("POST", at+"/$ref", graph.Body{"@odata.id": i.url + "/v1.0" + to})
}

func (i *instance) unlink(a *kind.Attr, id string) {
	i.t.Helper()
	at := i.path() + "/" + a.Property + "/" + id
	if a.Far != "" {
		at = i.farEnd(id) + "/" + a.Far + "/" + i.get("id")
	}
	i.behind("DELETE", at+"/$ref", nil)
}

// farEnd is the path of an application or a service principal.
func (i *instance) farEnd(id string) string {
	i.t.Helper()
	if _, err := i.client.Get(context.Background(), graph.V1, "/applications/"+id, nil); err == nil {
		return "/applications/" + id
	}
	return "/servicePrincipals/" + id
}
