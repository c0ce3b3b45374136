// The acceptance tests of this package run the provider under a real Terraform
// or OpenTofu against an emulated tenant. They need TF_ACC=1 and a CLI: the one
// at TF_ACC_TERRAFORM_PATH, else terraform on PATH. With OpenTofu they also need
// TF_ACC_PROVIDER_HOST=registry.opentofu.org; TF_ACC_PROVIDER_NAMESPACE is set
// here. Without TF_ACC they are skipped.
package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

const token = "acceptance-token"

// TestMain gives every test the same token, so that they can run in parallel:
// each one's provider block names a tenant of its own.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range []string{"ENTRA_", "ARM_", "AZURE_"} {
			if strings.HasPrefix(name, prefix) {
				_ = os.Unsetenv(name) // a developer's own credentials stay out of it
			}
		}
	}
	debug.SetGCPercent(800) // a quarter of the time otherwise, and of an engine's, which lives for a second
	for name, value := range map[string]string{"ENTRA_ACCESS_TOKEN": token, "ENTRA_LOOPBACK_ONLY": "1", "CHECKPOINT_DISABLE": "1",
		"GOGC": "800"} {
		_ = os.Setenv(name, value)
	}
	if os.Getenv(resource.EnvTfAccProviderNamespace) == "" {
		_ = os.Setenv(resource.EnvTfAccProviderNamespace, "entrarecovery")
	}
	os.Exit(m.Run())
}

// factories serve the provider inside the test process.
func factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"entra": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
	}
}

// tenant is an emulated tenant that a test looks at and tampers with over
// HTTP, as another administrator would.
type tenant struct {
	t   *testing.T
	url string
}

// newTenant starts an emulated tenant and marks the test as parallel.
func newTenant(t *testing.T, opts ...emulator.Option) *tenant {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("acceptance test: set %s=1 to run it", resource.EnvTfAcc)
	}
	t.Parallel()
	return startTenant(t, opts...)
}

func startTenant(t *testing.T, opts ...emulator.Option) *tenant {
	t.Helper()
	server := httptest.NewServer(emulator.New(append(opts, emulator.WithToken(token))...))
	t.Cleanup(server.Close)
	return &tenant{t, server.URL}
}

// with puts the provider block for this tenant before a configuration.
func (x *tenant) with(config string) string {
	return fmt.Sprintf("provider \"entra\" {\n  graph_endpoint = %q\n}\n\n%s", x.url, config)
}

// test runs steps one after another; what they leave is destroyed in the end,
// and must then be live no more.
func (x *tenant) test(steps ...resource.TestStep) {
	x.t.Helper()
	for i := range steps {
		if steps[i].Config != "" {
			steps[i].Config = x.with(steps[i].Config)
		}
	}
	resource.Test(x.t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: steps, CheckDestroy: x.gone})
}

// collections are where the objects of each managed kind stand.
var collections = map[string]string{
	"entra_conditional_access_policy": "/identity/conditionalAccess/policies/",
	"entra_named_location":            "/identity/conditionalAccess/namedLocations/",
	"entra_group":                     "/groups/",
	"entra_administrative_unit":       "/directory/administrativeUnits/",
	"entra_application":               "/applications/",
}

// gone checks that what the last state held is not live.
func (x *tenant) gone(state *terraform.State) error {
	for address, r := range state.RootModule().Resources {
		collection, ok := collections[r.Type]
		if !ok || strings.HasPrefix(address, "data.") {
			continue
		}
		if status, _ := x.send("GET", "/beta"+collection+r.Primary.ID, nil); status != http.StatusNotFound {
			return fmt.Errorf("%s %s is still there after destroy: GET answered %d", address, r.Primary.ID, status)
		}
	}
	return nil
}

// call sends a request that must succeed, and returns the body of the answer.
func (x *tenant) call(method, path string, body map[string]any) map[string]any {
	x.t.Helper()
	status, answer := x.send(method, path, body)
	if status >= 300 {
		x.t.Fatalf("%s %s answered %d: %v", method, path, status, answer)
	}
	return answer
}

func (x *tenant) send(method, path string, body map[string]any) (int, map[string]any) {
	x.t.Helper()
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			x.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(x.t.Context(), method, x.url+path, bytes.NewReader(content))
	if err != nil {
		x.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var out map[string]any
	if answer.StatusCode != http.StatusNoContent {
		_ = json.NewDecoder(answer.Body).Decode(&out) // an answer without a body leaves out nil
	}
	return answer.StatusCode, out
}

// purge deletes an object and empties it out of its recycle bin.
func (x *tenant) purge(kind, id string) {
	x.t.Helper()
	x.call("DELETE", "/v1.0"+collections[kind]+id, nil)
	x.call("DELETE", bins[kind]+id, nil)
}

// bins are the recycle bins of the kinds that the tests purge.
var bins = map[string]string{
	"entra_conditional_access_policy": "/beta/identity/conditionalAccess/deletedItems/policies/",
	"entra_named_location":            "/beta/identity/conditionalAccess/deletedItems/namedLocations/",
	"entra_group":                     "/v1.0/directory/deletedItems/",
	"entra_application":               "/v1.0/directory/deletedItems/",
}

// hasMembers checks that a group has exactly these members.
func (x *tenant) hasMembers(group string, want ...string) error {
	list, _ := x.call("GET", "/v1.0/groups/"+group+"/members?$select=id", nil)["value"].([]any)
	var got []string
	for _, item := range list {
		member, _ := item.(map[string]any)
		id, _ := member["id"].(string)
		got = append(got, id)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("group %s has the members %v, not %v", group, got, want)
	}
	return nil
}

// pattern finds words in a diagnostic, which the CLI breaks into lines.
func pattern(words string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(words), " ", `[\s│]+`))
}

// keep stores the id that an address has in the state.
func keep(address string, id *string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttrWith(address, "id", func(value string) error {
		*id = value
		return nil
	})
}

// same checks that an address still has the id.
func same(address string, id *string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttrWith(address, "id", func(value string) error {
		if value != *id {
			return fmt.Errorf("%s has the id %s now, not %s as before", address, value, *id)
		}
		return nil
	})
}

// another checks that an address has a new id, and stores it.
func another(address string, id *string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttrWith(address, "id", func(value string) error {
		if value == *id || value == "" {
			return fmt.Errorf("%s still has the id %q", address, value)
		}
		*id = value
		return nil
	})
}
