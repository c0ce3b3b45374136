package hclgen_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

const (
	idA = "aaaaaaaa-0000-0000-0000-000000000001"
	idB = "bbbbbbbb-0000-0000-0000-000000000002"
	idC = "cccccccc-0000-0000-0000-000000000003"
	idU = "dddddddd-0000-0000-0000-000000000004"
	idL = "ffffffff-0000-0000-0000-000000000006"
	idX = "eeeeeeee-0000-0000-0000-000000000005"
)

var (
	group = kind.Kind{Name: "group", Attrs: []kind.Attr{
		kind.Text("id", kind.Computed, "d"),
		kind.Text("display_name", kind.Required, "d"),
		kind.Text("rule", kind.Optional, "d").Embedding(kind.Embedded{Ref: kind.To("group"), Pattern: regexp.MustCompile(`'([0-9a-f-]{36})'`)}),
		kind.Links("members", "d", kind.To("user", "group")),
	}}
	edge = kind.Kind{Name: "group_member", Breaks: "members", Life: kind.Between("/groups/{group_id}/members"), Attrs: []kind.Attr{
		kind.Text("group_id", kind.Required, "d").To(kind.To("group")),
		kind.Text("member_id", kind.Required, "d").To(kind.To("user", "group")),
	}}
	app = kind.Kind{Name: "application", Attrs: []kind.Attr{
		kind.Text("display_name", kind.Required, "d"),
		kind.Set("known", kind.Optional, "d").To(kind.ToApp("application").Or("All")),
		kind.Block("api", kind.Optional, "d",
			kind.Number("version", kind.Optional, "d"),
			kind.Blocks("access", kind.Optional, "d", kind.Text("to", kind.Required, "d").To(kind.ToApp("application")), kind.Set("what", kind.Optional, "d")).LeftOpen()),
	}}
	access = kind.Kind{Name: "application_access", Breaks: "api.access", Life: kind.ItemOf("/applications/{application_id}", "api.access", "to"), Attrs: []kind.Attr{
		kind.Within("application_id", "d", kind.To("application")),
		kind.Text("to", kind.Required, "d").To(kind.ToApp("application")),
		kind.Set("what", kind.Optional, "d"),
	}}
)

func object(k *kind.Kind, id, label string, v kind.Values) *hclgen.Object {
	v["display_name"] = label
	return &hclgen.Object{Kind: k, ID: id, Label: label, Values: v}
}

// output is what Generate returns, with the content of the files.
type output struct {
	*hclgen.Output
	Files map[string][]byte
}

// generate writes code of objects that are kept on a shelf.
func generate(t *testing.T, in hclgen.Input) output {
	t.Helper()
	in.Breakers = []*kind.Kind{&edge, &access}
	dir := t.TempDir()
	shelf, err := hclgen.NewShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer shelf.Close()
	for _, o := range in.Objects {
		o.Keep(shelf)
	}
	code, err := hclgen.Generate(in, dir)
	if err := errors.Join(err, shelf.Err()); err != nil {
		t.Fatal(err)
	}
	out := output{code, map[string][]byte{}}
	for _, name := range code.Files {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out.Files[name] = content
		if _, diags := hclsyntax.ParseConfig(content, name, hcl.InitialPos); diags.HasErrors() {
			t.Errorf("%s is no HCL: %v\n%s", name, diags, content)
		}
		if string(hclwrite.Format(content)) != string(content) {
			t.Errorf("%s is not formatted:\n%s", name, content)
		}
	}
	return out
}

func contains(t *testing.T, content []byte, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(string(content), w) {
			t.Errorf("%q is missing in\n%s", w, content)
		}
	}
}

// TestNames: readable, unique, and the same in whatever order objects come.
func TestNames(t *testing.T) {
	t.Parallel()
	labels := map[string]string{
		"CA001: Block — All!":         "ca001_block_all",
		"Geräte (Zürich)":             "gerate_zurich",
		"42 things":                   "_42_things",
		"日本":                          "group_aaaaaaaa",
		"Łódź-Straße, Ærø":            "lodz_strasse_aero",
		strings.Repeat("long ", 20):   strings.TrimRight(strings.Repeat("long_", 13)[:64], "_"),
		"7" + strings.Repeat("x", 80): "_7" + strings.Repeat("x", 62),
		"a\"b${c}%{d}\ne":             "a_b_c_d_e",
	}
	for label, want := range labels {
		out := generate(t, hclgen.Input{Objects: []*hclgen.Object{object(&group, idA, label, kind.Values{})}})
		contains(t, out.Files["groups.tf"], `resource "entra_group" "`+want+`"`)
	}
	for _, ids := range [][]string{{idA, idB}, {idB, idA}} {
		out := generate(t, hclgen.Input{Objects: []*hclgen.Object{object(&group, ids[0], "Same", kind.Values{}), object(&group, ids[1], "same", kind.Values{})}})
		contains(t, out.Files["imports.tf"], "entra_group.same_aaaaaaaa\n  id = \""+idA, "entra_group.same_bbbbbbbb\n  id = \""+idB)
	}
}

// TestNamesStayApart: objects that only the end of a long label, or nothing at
// all, tells apart; and a label that is what another's name would become.
func TestNamesStayApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("very long group name ", 5)
	out := generate(t, hclgen.Input{Objects: []*hclgen.Object{
		object(&group, idA, long+"A", kind.Values{"members": []string{idB, idL, idU, idX}}),
		object(&group, idB, long+"B", kind.Values{"members": []string{idA, idU, idX}}),
		object(&group, idL, long+"L", kind.Values{"members": []string{idA}}),
		object(&group, idC, "same", kind.Values{}), object(&group, idU, "Same", kind.Values{}), object(&group, idX, "same cccccccc", kind.Values{}),
		object(&group, "", "no id", kind.Values{}), object(&group, "", "No ID", kind.Values{}),
	}})
	seen := map[string]bool{}
	for _, o := range out.Objects {
		if seen[o.Address()] || len(o.Name) > 64 || !regexp.MustCompile(`^[a-z_][a-z0-9_]*$`).MatchString(o.Name) {
			t.Errorf("%s is taken, too long or no name", o.Address())
		}
		seen[o.Address()] = true
	}
	if len(seen) != 16 {
		t.Errorf("8 groups and 8 members, but there are %d", len(seen))
	}
	if !regexp.MustCompile(`_ffffffff" \{\n  group_id  = entra_group\.\w+_aaaaaaaa\.id\n  member_id = entra_group\.\w+_ffffffff\.id`).Match(out.Files["group_members.tf"]) {
		t.Errorf("a membership's name says which member:\n%s", out.Files["group_members.tf"])
	}
	if strings.Contains(string(out.Files["imports.tf"]), `""`) {
		t.Error("an object without an id has an import block")
	}
}

// TestFmt: terraform fmt has nothing to say, and finds the code whole.
func TestFmt(t *testing.T) {
	t.Parallel()
	cli, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("there is no terraform on PATH")
	}
	out := generate(t, hclgen.Input{TenantID: idC, Objects: []*hclgen.Object{
		object(&group, idA, "a\"b ${c} %{d}\ne é", kind.Values{"members": []string{idB, idU, idX}, "rule": "x in ['" + idB + "', 'y']"}),
		object(&group, idB, "B", kind.Values{"members": []string{idA}}),
	}, External: []*hclgen.External{{Kind: "user", ID: idU, Label: "x \"y\" ${z}", Note: "a\nb"}, {Kind: "user", ID: idX}}})
	dir := t.TempDir()
	for name, content := range out.Files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := exec.Command(cli, "fmt", "-check", "-diff", dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

// TestNoTenant: an archive does not say whose it is, and an empty tenant_id
// would refuse every tenant.
func TestNoTenant(t *testing.T) {
	t.Parallel()
	out := generate(t, hclgen.Input{Objects: []*hclgen.Object{object(&group, idA, "A", kind.Values{"members": []string{idX}})}, External: []*hclgen.External{{Kind: "user", ID: idX}}})
	if strings.Contains(string(out.Files["provider.tf"]), "tenant_id") {
		t.Errorf("%s", out.Files["provider.tf"])
	}
	contains(t, out.Files["provider.tf"], `on_hard_delete = "recreate"`, "dead_references = values(local.dead_references)")
}

// TestEscapes: a name is text, never a template.
func TestEscapes(t *testing.T) {
	t.Parallel()
	out := generate(t, hclgen.Input{Objects: []*hclgen.Object{object(&group, idA, "a\"b ${c} %{d}\ne é", kind.Values{})}})
	contains(t, out.Files["groups.tf"], `"a\"b $${c} %%{d}\ne é"`)
}

// TestReferences: to what is exported by address, to what is not by name, and
// to nothing with a mark.
func TestReferences(t *testing.T) {
	t.Parallel()
	out := generate(t, hclgen.Input{
		TenantID: idC,
		Objects: []*hclgen.Object{
			object(&group, idA, "A", kind.Values{"members": []string{idB, idU, idX}, "rule": "x in ['" + idB + "', 'y']"}),
			object(&group, idB, "B", kind.Values{"members": []string{}}),
		},
		External: []*hclgen.External{{Kind: "user", ID: idU, Label: "me@contoso.com"}, {Kind: "user", ID: idX}, {Kind: "user", ID: idC, Label: "unused"}},
	})
	contains(t, out.Files["groups.tf"], "entra_group.b.id,", `local.users["me@contoso.com"],`, `local.dead_references["user `+idX+`"],`, `"x in ['${entra_group.b.id}', 'y']"`, "members      = []")
	contains(t, out.Files["external.tf"], `"me@contoso.com" = "`+idU+`"`, "dead_references = {")
	contains(t, out.Files["provider.tf"], `on_hard_delete = "recreate"`, "dead_references = values(local.dead_references)", `tenant_id = "`+idC+`"`)
	if strings.Contains(string(out.Files["external.tf"]), "unused") {
		t.Error("an external that nobody refers to was written")
	}
}

// TestLongMap: a map of many ids is the default of a variable, because each reference to a local
// costs a plan a walk through its expression; the references are the same.
func TestLongMap(t *testing.T) {
	t.Parallel()
	for n, long := range map[int]bool{100: false, 101: true} {
		in := hclgen.Input{External: []*hclgen.External{{Kind: "unit", ID: idC, Label: "Unit"}}}
		members := []string{idC}
		for i := range n {
			id := fmt.Sprintf("dddddddd-0000-0000-0000-%012d", i)
			in.External = append(in.External, &hclgen.External{Kind: "user", ID: id, Label: fmt.Sprintf("user%d@contoso.com", i)})
			members = append(members, id)
		}
		in.Objects = []*hclgen.Object{object(&group, idA, "A", kind.Values{"members": members})}
		out := generate(t, in)
		contains(t, out.Files["groups.tf"], `local.users["user7@contoso.com"],`)
		file := string(out.Files["external.tf"])
		if strings.Contains(file, "  users = var.users\n") != long || strings.Contains(file, "\nvariable \"users\" {\n  type = map(string)\n  default = {\n") != long {
			t.Errorf("of %d ids:\n%s", n, file)
		}
		if got := strings.Count(file, "@contoso.com\""); got != n || !strings.Contains(file, `"Unit" = "`+idC+`"`) {
			t.Errorf("%d of %d ids are there", got, n)
		}
	}
}

// TestMemberCycle: groups on a cycle leave their members to edges.
func TestMemberCycle(t *testing.T) {
	t.Parallel()
	out := generate(t, hclgen.Input{Objects: []*hclgen.Object{
		object(&group, idA, "A", kind.Values{"members": []string{idB}}),
		object(&group, idB, "B", kind.Values{"members": []string{idC}}),
		object(&group, idC, "C", kind.Values{"members": []string{idA}}),
		object(&group, idX, "X", kind.Values{"members": []string{idA}}),
	}})
	if n := strings.Count(string(out.Files["groups.tf"]), "members"); n != 1 {
		t.Errorf("only X is off the cycle and keeps members, but %d have them:\n%s", n, out.Files["groups.tf"])
	}
	contains(t, out.Files["group_members.tf"], "group_id  = entra_group.a.id\n  member_id = entra_group.b.id", "entra_group.c.id")
	contains(t, out.Files["imports.tf"], idA+"/"+idB, idB+"/"+idC, idC+"/"+idA)
}

// TestOtherCycle: any other cycle is cut at one reference, and told.
func TestOtherCycle(t *testing.T) {
	t.Parallel()
	a, b := object(&app, idA, "A", kind.Values{"known": []string{idU}}), object(&app, idB, "B", kind.Values{"known": []string{idX, "All"}})
	a.AppID, b.AppID = idX, idU
	out := generate(t, hclgen.Input{Objects: []*hclgen.Object{a, b}})
	if len(out.Warnings) != 1 {
		t.Errorf("one cut, one warning: %v", out.Warnings)
	}
	contains(t, out.Files["applications.tf"], `local.applications["B"]`, `["All", entra_application.a.app_id]`)
	contains(t, out.Files["external.tf"], idU)
}

// TestElementCycle: objects that refer to each other through items that can
// stand alone leave them to resources of their own, and nothing is cut. What is
// not part of the cycle stays where it is.
func TestElementCycle(t *testing.T) {
	t.Parallel()
	to := func(app string) kind.Values {
		return kind.Values{"version": int64(2), "access": []kind.Values{{"to": app, "what": []string{"x"}}}}
	}
	a, b := object(&app, idA, "A", kind.Values{"api": to(idU)}), object(&app, idB, "B", kind.Values{"known": []string{idX}})
	c := object(&app, idC, "C", kind.Values{"api": to(idX)})
	a.AppID, b.AppID, c.AppID = idX, idU, idL
	out := generate(t, hclgen.Input{Objects: []*hclgen.Object{a, b, c}})
	if len(out.Warnings) != 0 || len(out.External) != 0 {
		t.Errorf("something was cut: %v %v", out.Warnings, out.External)
	}
	contains(t, out.Files["application_access.tf"], "entra_application.a.id", "to             = entra_application.b.app_id", `what           = ["x"]`)
	contains(t, out.Files["applications.tf"], "known        = [entra_application.a.app_id]", "to   = entra_application.a.app_id", "version = 2")
	contains(t, out.Files["imports.tf"], `"`+idA+"/"+idU+`"`)
	if n := strings.Count(string(out.Files["applications.tf"]), "access = ["); n != 1 {
		t.Errorf("only A leaves its accesses to others, but %d applications have theirs:\n%s", n, out.Files["applications.tf"])
	}
}
