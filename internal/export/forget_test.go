package export_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// killedState is a state in which an apply was killed that was to make everything anew:
// each address has the id of what is gone.
func killedState(ids map[string]map[string]string) string {
	var resources []string
	for address, attributes := range ids {
		typeName, name, _ := strings.Cut(address, ".")
		var pairs []string
		for k, v := range attributes {
			pairs = append(pairs, fmt.Sprintf("%q:%q", k, v))
		}
		resources = append(resources, fmt.Sprintf(`{"mode":"managed","type":%q,"name":%q,"instances":[{"attributes":{%s}}]}`, typeName, name, strings.Join(pairs, ",")))
	}
	return `{"version":4,"resources":[` + strings.Join(resources, ",") + `]}`
}

// TestImportsForget: an address whose new object is found by name while the state has the
// lost one is to be forgotten by the state, and so is what belongs to such an object. What
// the state has right, what is still to be made, and what is live there is not.
func TestImportsForget(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	ids := map[string]string{}
	for _, name := range []string{"Made", "Not made", "Kept"} {
		ids[name] = post(t, client, "/groups", newGroup(name))
	}
	member := post(t, client, "/groups", newGroup("Member"))
	for _, name := range []string{"Made", "Kept"} {
		if _, err := client.Post(ctx, graph.V1, "/groups/"+ids[name]+"/members/$ref", graph.Body{"@odata.id": client.Endpoint() + "/v1.0/directoryObjects/" + member}); err != nil {
			t.Fatal(err)
		}
	}
	app := post(t, client, "/applications", graph.Body{"displayName": "Build"})
	credential := graph.Body{"name": "main", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:a/b:ref:refs/heads/main", "audiences": []any{"api://AzureADTokenExchange"}}
	fic := post(t, client, "/applications/"+app+"/federatedIdentityCredentials", credential)
	dir, _ := exported(t, client)
	has(t, read(t, dir, "groups.tf"), `members_mode  = "on_create"`)
	purge := func(path, id string) {
		for _, path := range []string{path + "/" + id, "/directory/deletedItems/" + id} {
			if err := client.Delete(ctx, graph.V1, path); err != nil {
				t.Fatal(err)
			}
		}
	}
	purge("/groups", ids["Made"])
	purge("/groups", ids["Not made"])
	purge("/applications", app)
	state := map[string]map[string]string{
		"entra_group.made": {"id": ids["Made"]}, "entra_group.not_made": {"id": ids["Not made"]}, "entra_group.kept": {"id": ids["Kept"]},
		"entra_application.build":                              {"id": app},
		"entra_application_federated_identity_credential.main": {"id": fic, "application_id": app},
	}
	write(t, killedState(state), dir, "terraform.tfstate")
	made := post(t, client, "/groups", newGroup("Made"))
	app = post(t, client, "/applications", graph.Body{"displayName": "Build"})
	fic = post(t, client, "/applications/"+app+"/federatedIdentityCredentials", credential)
	want := []string{"entra_application.build", "entra_application_federated_identity_credential.main", "entra_group.made"}
	for _, run := range []string{"the first run", "a second one, before the state has forgotten"} {
		r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(r.Forget)
		if !slices.Equal(r.Forget, want) || len(r.Untouched) != 0 {
			t.Errorf("%s: forgets %v, not %v; %v", run, r.Forget, want, r.Untouched)
		}
		// Only what adds members when it is made has to be asked for them.
		has(t, read(t, dir, "imports.tf"), `"`+made+`?unfinished"`, `"`+ids["Kept"]+`"`, `"`+app+`"`, `"`+app+"/"+fic+`"`)
	}
	state["entra_group.made"] = map[string]string{"id": made}
	write(t, killedState(state), dir, "terraform.tfstate")
	if _, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil {
		t.Fatal(err)
	}
	has(t, read(t, dir, "imports.tf"), `"`+made+`"`)
	state["entra_group.made"] = map[string]string{"id": ids["Made"]}
	write(t, killedState(state), dir, "terraform.tfstate")
	if err := os.Remove(filepath.Join(dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"": "", `backend "local" {}`: "", `backend "azurerm" {}`: "azurerm", "cloud {}": "cloud"} {
		write(t, "terraform {\n  "+code+"\n}\n", dir, "backend.tf")
		if r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil || r.Elsewhere != want {
			t.Errorf("%s: the state is in %q (%v)", code, r.Elsewhere, err)
		}
	}
	write(t, killedState(state), dir, "terraform.tfstate")
	if r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil || r.Elsewhere != "" {
		t.Errorf("the state is in %q, and was read (%v)", r.Elsewhere, err)
	}
	// What the state has is live: only the user can say that the address is to have another.
	other := post(t, client, "/groups", newGroup("Kept"))
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true, Adopt: map[string]string{"entra_group.kept": other}})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.Forget, "entra_group.kept") || len(r.Untouched) != 1 || !strings.Contains(r.Untouched[0], "terraform state rm") {
		t.Errorf("forgets %v; %v", r.Forget, r.Untouched)
	}
	// A block outside imports.tf has to be corrected first.
	file := read(t, dir, "imports.tf")
	at := strings.Index(file, "import {\n  to = entra_group.made\n")
	block := file[at : at+strings.Index(file[at:], "}\n")+2]
	write(t, strings.Replace(file, block, "", 1), dir, "imports.tf")
	write(t, strings.Replace(block, made, ids["Made"], 1), dir, "mine.tf")
	if r, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.Forget, "entra_group.made") || !strings.Contains(strings.Join(r.Untouched, "\n"), "the id there should be "+made) {
		t.Errorf("forgets %v; %v", r.Forget, r.Untouched)
	}
}

// TestImportsLostTwice: objects were made anew and lost again before imports was run. What
// belongs to one keeps following it, whichever of its ids the state has.
func TestImportsLostTwice(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	credential := graph.Body{"name": "main", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:a/b:ref:refs/heads/main", "audiences": []any{"api://AzureADTokenExchange"}}
	lose := func(app string) {
		for _, path := range []string{"/applications/" + app, "/directory/deletedItems/" + app} {
			if err := client.Delete(ctx, graph.V1, path); err != nil {
				t.Fatal(err)
			}
		}
	}
	again := func() (app, fic string) {
		app = post(t, client, "/applications", graph.Body{"displayName": "Build"})
		return app, post(t, client, "/applications/"+app+"/federatedIdentityCredentials", credential)
	}
	app, _ := again()
	dir, _ := exported(t, client)
	lose(app)
	second, secondFIC := again()
	lose(second)
	state := map[string]map[string]string{
		"entra_application.build":                              {"id": second},
		"entra_application_federated_identity_credential.main": {"id": secondFIC, "application_id": second},
	}
	imports := func() *export.ImportsResult {
		write(t, killedState(state), dir, "terraform.tfstate")
		r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	imports()
	has(t, read(t, dir, "imports.tf"), `"`+second+`"`, `"`+second+"/"+secondFIC+`"`)
	third, thirdFIC := again()
	state["entra_application.build"]["id"] = third
	if r := imports(); !slices.Equal(r.Forget, []string{"entra_application_federated_identity_credential.main"}) {
		t.Errorf("forgets %v", r.Forget)
	}
	has(t, read(t, dir, "imports.tf"), `"`+third+`"`, `"`+third+"/"+thirdFIC+`"`)
	// And the state is lost, too: after the application was made once more, and what belongs
	// to it was not, that is known by its last owner.
	lose(third)
	fourth := post(t, client, "/applications", graph.Body{"displayName": "Build"})
	state["entra_application.build"]["id"] = fourth
	imports()
	lose(fourth)
	fifth, fifthFIC := again()
	delete(state, "entra_application.build")
	delete(state, "entra_application_federated_identity_credential.main")
	imports()
	has(t, read(t, dir, "imports.tf"), `"`+fifth+`"`, `"`+fifth+"/"+fifthFIC+`"`)
}
