package emulator_test

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

func TestLoadCorpus(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]int{
		"j0eyv+ConditionalAccessBaseline": {"/groups": 34, "/identity/conditionalAccess/policies": 36, "/identity/conditionalAccess/namedLocations": 3},
		"Cloudshield-io+Conditional-Access-Framework": {"/groups": 36, "/identity/conditionalAccess/policies": 42,
			"/identity/conditionalAccess/namedLocations": 4, "/policies/authenticationStrengthPolicies": 2},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := archive.Read(corpus(t, name))
			if err != nil {
				t.Fatal(err)
			}
			e := newTenant(t)
			r := e.Load(a)
			for path, n := range want {
				same(t, path, r.Loaded[path], n)
			}
			for _, x := range r.Refused {
				twice := x.Property == "" && strings.Contains(x.Reason, "a second /groups")
				if !twice && x.Property != "organizationId" {
					t.Errorf("%s %s: %s", x.File, x.Property, x.Reason)
				}
			}
			for _, x := range r.Changed {
				t.Errorf("%s %s: %s", x.File, x.Property, x.Reason)
			}
			if a := e.want(200, "GET", locations, nil); strings.Contains(a.raw, "compliantNetwork") {
				t.Error("v1.0 shows a compliant network location")
			}
			all := e.want(200, "GET", "/beta/identity/conditionalAccess/policies", nil).ids()
			stable := e.want(200, "GET", policies, nil).ids()
			if len(all) <= len(stable) || len(stable) == 0 {
				t.Errorf("beta lists %d policies, v1.0 %d: it must hide those with preview features", len(all), len(stable))
			}
			recreate(t, e)
		})
	}
}

// recreate purges every policy and posts what was read: what a tenant holds, Graph must
// take again.
func recreate(t *testing.T, e *tenant) {
	t.Helper()
	const beta = "/beta/identity/conditionalAccess/policies"
	rows := e.want(200, "GET", beta, nil, "Prefer", "include-unknown-enum-members").body["value"].([]any)
	for _, row := range rows {
		before := row.(object)
		id := before["id"].(string)
		e.want(204, "DELETE", beta+"/"+id, nil)
		e.want(204, "DELETE", "/beta/identity/conditionalAccess/deletedItems/policies/"+id, nil)
		for _, name := range []string{"id", "templateId", "createdDateTime", "modifiedDateTime", "deletedDateTime", "partialEnablementStrategy"} {
			delete(before, name)
		}
		body, _ := sendable(before).(object)
		if s, is := at(body, "grantControls.authenticationStrength.id").(string); is {
			with(body, "grantControls.authenticationStrength", object{"id": s})
		}
		a := e.do("POST", beta, body)
		if a.status != 201 {
			t.Errorf("%v: %s", before["displayName"], a.raw)
			continue
		}
		after := e.want(200, "GET", beta+"/"+a.id(), nil, "Prefer", "include-unknown-enum-members").body
		for _, name := range []string{"displayName", "state", "conditions", "sessionControls"} {
			same(t, "recreated "+name, sendable(after[name]), sendable(before[name]))
		}
	}
}

// sendable drops null and control information, as a client must.
func sendable(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, x := range v {
			if x == nil || strings.Contains(k, "@odata.context") {
				continue
			}
			out[k] = sendable(x)
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, sendable(x))
		}
		return out
	}
	return v
}
