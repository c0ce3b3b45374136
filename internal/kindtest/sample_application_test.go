package kindtest

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// The samples and shapes of what belongs to applications.

func init() {
	samples["application_pre_authorized"] = func(h *host) sample {
		_, values := preAuthorized(h)
		return sample{full: values, other: but(values, "delegated_permission_ids", []string{scopeID})}
	}
	samples["application_api_access"] = func(h *host) sample {
		app := h.id("/applications", "displayName", "Orders Portal")
		values := func(id, t string) kind.Values {
			return kind.Values{"application_id": app, "resource_app_id": appB, "resource_access": []kind.Values{{"id": id, "type": t}}}
		}
		return sample{full: values(roleID, "Role"), other: values(scopeID, "Scope")}
	}
	samples["application_password"] = func(h *host) sample {
		values := without(passwordValues(h), "store", "rotate_when_changed") // which no import knows
		return sample{full: values, other: but(values, "display_name", "other"), keep: []string{"start_date_time", "end_date_time"}}
	}
	shapesOf["application_password"] = map[string]func(h *host) kind.Values{
		"stated": func(h *host) kind.Values { return passwordValues(h) },
		"sealed": func(h *host) kind.Values {
			return but(passwordValues(h), "store", testRecipient)
		},
	}
	samples["application_extension_property"] = func(h *host) sample {
		values := kind.Values{"application_id": h.id("/applications", "displayName", "Orders Portal"), "name": "badge", "data_type": "String",
			"target_objects": []string{"User"}, "is_multi_valued": true}
		return sample{full: values, other: values}
	}
	shapesOf["application_extension_property"] = map[string]func(h *host) kind.Values{
		"property": func(h *host) kind.Values { return samples["application_extension_property"](h).full },
	}
	others["application_extension_property.target_objects"] = []string{"Group"}
	shapesOf["application"]["credentials"] = func(*host) kind.Values {
		return kind.Values{"display_name": "Shape", "logo": logoA, "key_credentials": map[string]kind.Values{roleID: {"key": certificates()[0], "display_name": "CN=a",
			"start_date_time": "2026-02-01T00:00:00Z", "end_date_time": "2090-01-01T00:00:00Z"},
			scopeID: {"key": certificates()[1], "display_name": "CN=b", "start_date_time": "2026-02-01T00:00:00Z", "end_date_time": "2090-01-01T00:00:00Z"}}}
	}
	others["application.logo"] = logoB
	others["application.key_credentials.key"] = certificates()[1]
	others["application.key_credentials.key"+last] = certificates()[0]
	untested["application.key_credentials.type"] = "a public certificate has the default alone"
	untested["application.key_credentials.usage"] = "likewise"
	others["application.key_credentials.start_date_time"] = "2026-03-01T00:00:00Z"
	others["application.key_credentials.end_date_time"] = "2089-01-01T00:00:00Z"
	kept["application.logo"] = open
	kept["application.key_credentials"] = open
	kept["application.key_credentials.key"] = needed
	shapesOf["application_pre_authorized"] = map[string]func(h *host) kind.Values{"item": func(h *host) kind.Values { return samples["application_pre_authorized"](h).full }}
	shapesOf["application_api_access"] = map[string]func(h *host) kind.Values{"item": func(h *host) kind.Values {
		return but(samples["application_api_access"](h).full, "resource_access", []kind.Values{{"id": roleID, "type": "Role"}, {"id": addInID, "type": "Scope"}})
	}}
	others["application_api_access.resource_access.id"] = scopeID
	// Left out, they are others': nothing changes, see TestLeftOpen.
	kept["application.required_resource_access"] = open
	kept["application.api.pre_authorized_applications"] = open
	kept["application.api"] = open
}

const open = "what is left out is others'"

// testRecipient is nobody's: its private half is not kept.
const testRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

func passwordValues(h *host) kind.Values {
	return kind.Values{"application_id": h.id("/applications", "displayName", "Orders Portal"), "display_name": "sample",
		"start_date_time": "2026-01-01T00:00:00Z", "end_date_time": "2099-01-01T00:00:00Z", "store": "state", "rotate_when_changed": "1"}
}
