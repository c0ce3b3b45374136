package emulator_test

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// What Microsoft's pages say of single properties of applications, policies and
// named locations.

// TestRedirectSettings: every redirect address is listed with its place, and with
// null where it has none, as answers of Graph were seen to do.
func TestRedirectSettings(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	a := e.want(201, "POST", "/v1.0/applications", object{"displayName": "x", "web": object{"redirectUris": []any{"https://a.contoso.com", "https://b.contoso.com"},
		"redirectUriSettings": []any{object{"uri": "https://b.contoso.com", "index": 1}}}})
	a = e.want(200, "GET", "/v1.0/applications/"+a.id(), nil)
	for _, part := range []string{`"uri":"https://a.contoso.com"`, `"index":null`, `"index":1`} {
		if !strings.Contains(strings.ReplaceAll(a.raw, " ", ""), part) {
			t.Errorf("%s is not in %s", part, a.raw)
		}
	}
}

// TestSAMLMetadataURL: single-tenant applications alone have one.
func TestSAMLMetadataURL(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	body := object{"displayName": "x", "signInAudience": "AzureADMultipleOrgs", "samlMetadataUrl": "https://a.contoso.com"}
	e.refused(400, "Request_BadRequest", "single-tenant", "POST", "/v1.0/applications", body)
	body["signInAudience"] = "AzureADMyOrg"
	e.want(201, "POST", "/v1.0/applications", body)
}

// TestDeviceStates: devices are named by state or by a filter, with the documented
// words, in beta alone.
func TestDeviceStates(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	policy := func(devices object) object {
		return object{"displayName": "x", "state": "disabled", "grantControls": object{"operator": "OR", "builtInControls": []any{"mfa"}},
			"conditions": object{"applications": object{"includeApplications": []any{"All"}}, "users": object{"includeUsers": []any{"All"}}, "devices": devices}}
	}
	const at = "/beta/identity/conditionalAccess/policies"
	filter := object{"mode": "exclude", "rule": "device.isCompliant -eq True"}
	e.refused(400, "BadRequest", "Invalid device state", "POST", at, policy(object{"includeDevices": []any{"Some"}}))
	e.refused(400, "BadRequest", "Invalid device state", "POST", at, policy(object{"includeDevices": []any{"All"}, "excludeDevices": []any{"All"}}))
	e.refused(400, "BadRequest", "deviceFilter", "POST", at, policy(object{"includeDevices": []any{"All"}, "deviceFilter": filter}))
	states := policy(object{"includeDevices": []any{"All"}, "excludeDevices": []any{"Compliant", "DomainJoined"}})
	e.refused(400, "BadRequest", "Devices", "POST", strings.Replace(at, "beta", "v1.0", 1), states)
	e.want(201, "POST", at, states)
}

// TestNormalizedRanges: by default a range stays as it was sent.
func TestNormalizedRanges(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string][]emulator.Option{"192.0.2.7/24": nil, "192.0.2.0/24": {emulator.WithNormalizedRanges()}} {
		e := newTenant(t, opts...)
		a := e.want(201, "POST", "/v1.0/identity/conditionalAccess/namedLocations", object{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "x",
			"ipRanges": []any{object{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.7/24"}}})
		if !strings.Contains(a.raw, want) {
			t.Errorf("%s is not in %s", want, a.raw)
		}
	}
}
