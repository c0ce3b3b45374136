package export_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

func write(t *testing.T, content string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, content string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(content, w) {
			t.Errorf("%q is missing in\n%s", w, content)
		}
	}
}

func post(t *testing.T, c *graph.Client, path string, b graph.Body) string {
	t.Helper()
	made, err := c.Post(context.Background(), graph.V1, path, b)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := made["id"].(string)
	return id
}

func newGroup(name string) graph.Body {
	return graph.Body{"displayName": name, "mailNickname": "x", "mailEnabled": false, "securityEnabled": true}
}

func policy(name string, extra graph.Body) graph.Body {
	users := graph.Body{"includeUsers": []any{"All"}}
	for k, v := range extra {
		users[k] = v
	}
	return graph.Body{"displayName": name, "state": "disabled",
		"conditions":    graph.Body{"clientAppTypes": []any{"all"}, "applications": graph.Body{"includeApplications": []any{"All"}}, "users": users},
		"grantControls": graph.Body{"operator": "OR", "builtInControls": []any{"mfa"}}}
}

func exported(t *testing.T, c *graph.Client) (string, *export.Result) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	r, err := export.Run(context.Background(), c, export.Options{Out: dir, All: true})
	if err != nil {
		t.Fatal(err)
	}
	return dir, r
}

// TestArchiveWithoutIDs: files of templates have no ids. Each object is
// written, none is imported, and what the archive refuses is told.
func TestArchiveWithoutIDs(t *testing.T) {
	t.Parallel()
	from, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	for _, name := range []string{"One", "Two", "two"} {
		b, err := json.Marshal(policy(name, nil))
		if err != nil {
			t.Fatal(err)
		}
		write(t, string(b), from, "ConditionalAccess", name+map[bool]string{true: "-b"}[name == "two"]+".json")
	}
	write(t, "{", from, "ConditionalAccess", "broken.json")
	write(t, `{"id":"11111111-1111-1111-1111-111111111111","displayName":"Contoso","verifiedDomains":[]}`, from, "Organization", "Organization.json")
	r, err := export.Run(context.Background(), nil, export.Options{Out: out, From: from})
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, out, "conditional_access_policies.tf"), `" "one" {`, `" "two_1" {`, `" "two_2" {`)
	if s := read(t, out, "imports.tf"); s != "" {
		t.Errorf("nothing is there to import:\n%s", s)
	}
	has(t, read(t, out, "provider.tf"), `tenant_id = "11111111-1111-1111-1111-111111111111"`)
	if export.Files(r.Manifest.Refused) != 1 {
		t.Errorf("one file is broken: %v", r.Manifest.Refused)
	}
	has(t, read(t, out, "manifest.json"), `"file": "ConditionalAccess/broken.json"`)
	if _, err := export.Run(context.Background(), nil, export.Options{Out: out + "2", From: t.TempDir()}); err != nil {
		t.Error("an archive without anything is no error: ", err)
	}
	broken := t.TempDir()
	write(t, "{", broken, "ConditionalAccess", "broken.json")
	if _, err := export.Run(context.Background(), nil, export.Options{Out: out + "3", From: broken}); err == nil || !strings.Contains(err.Error(), "broken.json") {
		t.Error("an archive of which nothing can be read: ", err)
	}
}

// TestDeadReferences: an id that leads nowhere is marked with who holds it, and
// one in the recycle bin with what to do.
func TestDeadReferences(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	gone, binned := post(t, client, "/groups", newGroup("Gone")), post(t, client, "/groups", newGroup("Binned"))
	post(t, client, "/identity/conditionalAccess/policies", policy("First", graph.Body{"excludeGroups": []any{gone, binned}}))
	post(t, client, "/identity/conditionalAccess/policies", policy("Second", graph.Body{"excludeGroups": []any{gone}}))
	for _, path := range []string{"/groups/" + gone, "/directory/deletedItems/" + gone, "/groups/" + binned} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	dir, r := exported(t, client)
	has(t, read(t, dir, "external.tf"), `In Conditional Access policy "First", Conditional Access policy "Second".`, "In the recycle bin since", `"group `+gone+`"`)
	has(t, strings.Join(r.Warnings, "\n"), `group "Binned" (`+binned+`) is in the recycle bin`)
	if n := strings.Count(read(t, dir, "external.tf"), "In the recycle bin"); n != 1 {
		t.Errorf("one of the two is in the bin, and %d are said to be", n)
	}
}

// TestLiteralIDs: an id in a description is told, since nothing follows it.
func TestLiteralIDs(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	first := post(t, client, "/groups", newGroup("First"))
	second := newGroup("Second")
	second["description"] = "was split from " + first
	post(t, client, "/groups", second)
	_, r := exported(t, client)
	has(t, strings.Join(r.Warnings, "\n"), "entra_group.first", "was split from "+first)
}

// TestUpdate: what is new comes in new files, with references to what is there;
// no .tf but imports.tf changes, and a second update has nothing to do.
func TestUpdate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	dir, _ := exported(t, client)
	write(t, read(t, dir, "groups.tf")+"\n# a word by hand\n", dir, "groups.tf")
	before := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(dir, "*.tf"))
	for _, f := range files {
		before[f] = read(t, f)
	}
	same := newGroup("CA-BreakGlass")
	id := post(t, client, "/groups", same)
	user := post(t, client, "/users", graph.Body{"displayName": "N", "userPrincipalName": "new@contoso.onmicrosoft.com", "mailNickname": "new", "accountEnabled": true, "passwordProfile": graph.Body{"password": "Pa55-w0rd-Pa55"}})
	known := ""
	var m export.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Objects {
		if o.Address == "entra_group.ca_breakglass" {
			known = o.ID
		}
	}
	old := ""
	for _, x := range m.External {
		if x.Key == "breakglass1@contoso.com" {
			old = x.ID
		}
	}
	post(t, client, "/identity/conditionalAccess/policies", policy("Added", graph.Body{"excludeGroups": []any{id, known}, "excludeUsers": []any{user, old}}))
	r, err := export.Run(ctx, client, export.Options{Out: dir, All: true, Update: true})
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, dir, "conditional_access_policies_2.tf"), "entra_group.ca_breakglass.id", "entra_group.ca_breakglass_"+id[:8]+".id", `local.users_2["new@contoso.onmicrosoft.com"]`, `local.users["breakglass1@contoso.com"]`)
	if strings.Contains(read(t, dir, "external_2.tf"), old) {
		t.Error("what external.tf has was written again")
	}
	has(t, read(t, dir, "imports.tf"), id, known)
	has(t, strings.Join(r.Changes, "\n"), "new: entra_conditional_access_policy.added")
	for f, content := range before {
		if filepath.Base(f) != "imports.tf" && read(t, f) != content {
			t.Errorf("%s was rewritten", f)
		}
	}
	all := read(t, dir, "imports.tf") + read(t, dir, "manifest.json")
	if r, err = export.Run(ctx, client, export.Options{Out: dir, All: true, Update: true}); err != nil || len(r.Files) != 0 || len(r.Changes) != 0 {
		t.Errorf("nothing is new the second time: %v %+v", err, r)
	}
	if read(t, dir, "imports.tf")+read(t, dir, "manifest.json") != all {
		t.Error("an update without anything new wrote something")
	}
	if _, err := export.Run(ctx, client, export.Options{Out: t.TempDir(), Update: true}); err == nil || !strings.Contains(err.Error(), "manifest.json") {
		t.Error("an update of nothing: ", err)
	}
}

// TestIntoEmptyFolder: the folder itself stays, as it may be the one that
// somebody works in.
func TestIntoEmptyFolder(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	dir := t.TempDir()
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.Run(context.Background(), client, export.Options{Out: dir}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) {
		t.Error("the folder was replaced: ", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".export*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestImportsClaimed: a lost object whose only namesake belongs to another
// address gets no import block: with one, every plan would take that other for
// it and refuse.
func TestImportsClaimed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	first := post(t, client, "/groups", newGroup("Twin"))
	second := post(t, client, "/groups", newGroup("Twin"))
	dir, _ := exported(t, client)
	before := read(t, dir, "imports.tf")
	has(t, before, first, second)
	for _, path := range []string{"/groups/" + first, "/directory/deletedItems/" + first} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	for _, byName := range []bool{false, true} {
		r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: byName})
		if err != nil || len(r.Moved) != 0 || len(r.Untouched) != 1 {
			t.Fatalf("by name %v: %v %+v", byName, err, r)
		}
		has(t, r.Untouched[0], "entra_group.twin_"+first[:8], "an apply creates it")
		if now := read(t, dir, "imports.tf"); strings.Contains(now, first) || !strings.Contains(now, second) {
			t.Errorf("by name %v: %s", byName, now)
		}
	}
	if _, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, Adopt: map[string]string{"entra_group.twin_" + first[:8]: second}}); err == nil || !strings.Contains(err.Error(), "would both be") {
		t.Error("two addresses cannot be one object: ", err)
	}
}

// TestImportsUnderLag: an object that the state names, and that no listing shows yet, is
// there all the same.
func TestImportsUnderLag(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	em := emulator.New()
	server := httptest.NewServer(em)
	t.Cleanup(server.Close)
	client, err := graph.New(ctx, graph.Config{Endpoint: server.URL, AccessToken: em.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	old := post(t, client, "/groups", newGroup("Made anew"))
	dir, _ := exported(t, client)
	for _, path := range []string{"/groups/" + old, "/directory/deletedItems/" + old} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	made := post(t, client, "/groups", newGroup("Made anew"))
	write(t, `{"version":4,"resources":[{"mode":"managed","type":"entra_group","name":"made_anew","instances":[{"attributes":{"id":"`+made+`"}}]}]}`, dir, "terraform.tfstate")
	lagging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/groups") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"value":[]}`))
			return
		}
		em.ServeHTTP(w, r)
	}))
	t.Cleanup(lagging.Close)
	slow, err := graph.New(ctx, graph.Config{Endpoint: lagging.URL, AccessToken: em.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.Imports(ctx, slow, export.ImportsOptions{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if s := read(t, dir, "imports.tf"); !strings.Contains(s, made) || strings.Contains(s, old) {
		t.Error("imports.tf does not hold the id that the state has")
	}
}

// TestImportsByHand: resources and blocks that people wrote are known too.
func TestImportsByHand(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	dir, _ := exported(t, client)
	id := post(t, client, "/groups", newGroup("By hand"))
	write(t, "resource \"entra_group\" \"mine\" {\n  display_name  = \"By hand\"\n  mail_nickname = \"x\"\n}\n\nresource \"entra_group\" \"many\" {\n  count         = 2\n  display_name  = \"Many\"\n  mail_nickname = \"y\"\n}\n", dir, "mine.tf")
	write(t, read(t, dir, "imports.tf")+"\nimport {\n  to = entra_group.many[0]\n  id = \"x\"\n}\n", dir, "imports.tf")
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true})
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, dir, "imports.tf"), "to = entra_group.mine\n  id = \""+id+"\"", "entra_group.many[0]")
	if len(r.Untouched) > 0 {
		t.Error(r.Untouched)
	}
	for adopt, want := range map[string]string{"entra_group.nowhere": "no such resource", "entra_group.mine": "no group with that id"} {
		_, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, Adopt: map[string]string{adopt: "99999999-9999-9999-9999-999999999999"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--adopt %s: %v", adopt, err)
		}
	}
	other := post(t, client, "/groups", newGroup("By hand"))
	third := post(t, client, "/groups", newGroup("By hand"))
	for _, next := range []string{other, third} {
		if _, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, Adopt: map[string]string{"entra_group.mine": next}}); err != nil {
			t.Fatal(err)
		}
	}
	var moved []export.Moved
	if err := json.Unmarshal([]byte(read(t, dir, "id-map.json")), &moved); err != nil {
		t.Fatal(err)
	}
	if len(moved) != 2 || moved[0].OldID != id || moved[0].NewID != third || moved[1].OldID != other || moved[1].NewID != third {
		t.Errorf("every old id leads to the id of today: %+v", moved)
	}
}

// TestImportsBinned: a lost object whose successor is in the recycle bin gets
// that one's id, so that an apply restores it; names are compared as Terraform
// spells them.
func TestImportsBinned(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	first := post(t, client, "/groups", newGroup("Cafe\u0301"))
	dir, _ := exported(t, client)
	for _, path := range []string{"/groups/" + first, "/directory/deletedItems/" + first} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	next := post(t, client, "/groups", newGroup("Caf\u00e9"))
	if err := client.Delete(ctx, graph.V1, "/groups/"+next); err != nil {
		t.Fatal(err)
	}
	_, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir})
	if err == nil {
		t.Fatal("it is adopted without the user's word")
	}
	has(t, err.Error(), next, "in the recycle bin since", "--by-name", "--adopt")
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true})
	if err != nil || len(r.Moved) != 1 {
		t.Fatal(err, r)
	}
	has(t, read(t, dir, "imports.tf"), next)
}

// TestImportsAmbiguous: the command that is printed can be run as it is.
func TestImportsAmbiguous(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	var old []string
	for range 2 {
		old = append(old, post(t, client, "/groups", newGroup("Dup")))
	}
	dir, _ := exported(t, client)
	for _, id := range old {
		for _, path := range []string{"/groups/" + id, "/directory/deletedItems/" + id} {
			if err := client.Delete(ctx, graph.V1, path); err != nil {
				t.Fatal(err)
			}
		}
		post(t, client, "/groups", newGroup("Dup"))
	}
	_, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true})
	var ambiguous *export.Ambiguous
	if !errors.As(err, &ambiguous) || ambiguous.Unique || strings.Contains(err.Error(), "--by-name") {
		t.Fatal(err)
	}
	adopt := map[string]string{}
	for _, word := range strings.Fields(ambiguous.Command) {
		if address, id, ok := strings.Cut(word, "="); ok {
			adopt[address] = id
		}
	}
	if _, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, Adopt: adopt}); err != nil || len(adopt) != 2 {
		t.Errorf("%s: %v", ambiguous.Command, err)
	}
}

// TestImportsStale: an old id that stands in the code as text is named with its
// successor.
func TestImportsStale(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	first := post(t, client, "/groups", newGroup("Named in a text"))
	second := newGroup("Second")
	second["description"] = "was split from " + first
	post(t, client, "/groups", second)
	dir, _ := exported(t, client)
	for _, path := range []string{"/groups/" + first, "/directory/deletedItems/" + first} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	next := post(t, client, "/groups", newGroup("Named in a text"))
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true})
	if err != nil {
		t.Fatal(err)
	}
	has(t, strings.Join(r.Stale, "\n"), "groups.tf", first, next)
}

// TestExcludedApplications: an application that is live and left out of the
// export is no dead reference.
func TestExcludedApplications(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	dir := filepath.Join(t.TempDir(), "out")
	r, err := export.Run(context.Background(), client, export.Options{Out: dir, All: true, Exclude: []string{"application"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Manifest.External {
		if x.Dead {
			t.Errorf("%s %s is live", x.Kind, x.ID)
		}
	}
	if strings.Contains(read(t, dir, "provider.tf"), "dead_references") {
		t.Error("the check of references is off for what is live")
	}
}

// TestEmptyRelations: that there are no owners is said, so that one who appears
// later is seen.
func TestEmptyRelations(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	post(t, client, "/groups", newGroup("Nobody"))
	post(t, client, "/applications", graph.Body{"displayName": "Nobody's", "signInAudience": "AzureADMyOrg"})
	dir, _ := exported(t, client)
	for file, name := range map[string]string{"groups.tf": "nobody", "applications.tf": "nobody_s"} {
		_, block, _ := strings.Cut(read(t, dir, file), "\""+name+"\" {")
		block, _, _ = strings.Cut(block, "\n}")
		if !regexp.MustCompile(`(?m)^  owners += \[\]$`).MatchString(block) {
			t.Errorf("%s says nothing of owners:%s", name, block)
		}
	}
}
