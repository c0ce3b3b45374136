package emulator_test

import "testing"

func TestDomains(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	all := e.want(200, "GET", "/v1.0/domains", nil)
	same(t, "domains", all.ids(), []string{"contoso.onmicrosoft.com"})
	d := e.want(200, "GET", "/v1.0/domains/Contoso.onmicrosoft.com", nil).body
	for name, want := range map[string]any{"isInitial": true, "isDefault": true, "isRoot": true, "isVerified": true, "authenticationType": "Managed",
		"supportedServices": []any{"Email", "OfficeCommunicationsOnline"}} {
		same(t, name, d[name], want)
	}
	e.refused(404, "Request_ResourceNotFound", "example.org", "GET", "/v1.0/domains/example.org", nil)
	e.want(405, "POST", "/v1.0/domains", object{"id": "example.org"})
}
