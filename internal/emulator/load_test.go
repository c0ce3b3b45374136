package emulator_test

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

func TestLoadCorpus(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]int{
		"j0eyv+ConditionalAccessBaseline": {"/groups": 36, "/identity/conditionalAccess/policies": 36, "/identity/conditionalAccess/namedLocations": 3},
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
				if x.Property == "" {
					t.Errorf("%s: %s", x.File, x.Reason)
				} else {
					t.Logf("refused %s %s: %s", x.File, x.Property, x.Reason)
				}
			}
			for _, x := range r.Changed {
				t.Logf("changed %s %s: %s", x.File, x.Property, x.Reason)
			}
			a2 := e.want(200, "GET", locations, nil)
			if strings.Contains(a2.raw, "compliantNetwork") {
				t.Error("v1.0 shows a compliant network location")
			}
			hidden := len(e.want(200, "GET", "/beta/identity/conditionalAccess/policies", nil).ids()) - len(e.want(200, "GET", policies, nil).ids())
			t.Logf("%d policies are hidden from v1.0", hidden)
		})
	}
}
