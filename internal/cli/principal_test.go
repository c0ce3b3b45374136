package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// consentedTenant is the demo's tenant, adopted, with service principals of two of its
// applications and what they were granted.
func consentedTenant(t *testing.T) *demo {
	t.Helper()
	ctx, binary := context.Background(), built(t)
	engine, err := tf.Find()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	d := &demo{out: &out, stage: drill.NewStage(demoTenant()), temp: t.TempDir()}
	t.Cleanup(d.close)
	if err := d.load(""); err != nil {
		t.Fatal(err)
	}
	if err := d.connect(ctx); err != nil {
		t.Fatal(err)
	}
	post := func(path string, b graph.Body) string {
		made, err := d.client.Post(ctx, graph.V1, path, b)
		if err != nil {
			t.Fatal(path, err)
		}
		id, _ := made["id"].(string)
		return id
	}
	ms := d.one(t, "/servicePrincipals", "Microsoft Graph")["id"].(string)
	portal, api := d.one(t, "/applications", "Orders Portal"), d.one(t, "/applications", "Orders API")
	client := post("/servicePrincipals", graph.Body{"appId": portal["appId"]})
	resource := post("/servicePrincipals", graph.Body{"appId": api["appId"], "tags": []any{"HideApp"}})
	group := d.one(t, "/groups", "CA-BreakGlass")["id"]
	for _, x := range []graph.Body{
		{"principalId": client, "resourceId": ms, "appRoleId": "98830695-27a2-44f7-8c18-0c3ebc9698f6"},
		{"principalId": client, "resourceId": resource, "appRoleId": "822c5572-d013-5a3e-a5e1-219932b1f412"},
		{"principalId": group, "resourceId": client, "appRoleId": "00000000-0000-0000-0000-000000000000"},
	} {
		post("/servicePrincipals/"+x["resourceId"].(string)+"/appRoleAssignedTo", x)
	}
	post("/oauth2PermissionGrants", graph.Body{"clientId": client, "resourceId": ms, "consentType": "AllPrincipals", "scope": " User.Read openid"})
	post("/oauth2PermissionGrants", graph.Body{"clientId": client, "resourceId": resource, "consentType": "Principal",
		"principalId": d.one(t, "/users", "Adele (Finance)")["id"], "scope": "Orders.ReadWrite"})
	policy := post("/policies/claimsMappingPolicies", graph.Body{"displayName": "Employee id", "definition": []any{`{"ClaimsMappingPolicy":{"Version":1}}`}})
	post("/servicePrincipals/"+client+"/claimsMappingPolicies/$ref", graph.Body{"@odata.id": "https://graph.microsoft.com/v1.0/policies/claimsMappingPolicies/" + policy})
	if err := d.prepare(ctx, engine, binary); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return d
}

// one returns the object of that name.
func (d *demo) one(t *testing.T, path, name string) graph.Body {
	t.Helper()
	all, err := d.list(graph.V1, path)
	for _, b := range all {
		if b["displayName"] == name {
			return b
		}
	}
	t.Fatal("there is no ", name, " in ", path, err)
	return nil
}

// grants says, by names, what service principals were granted.
func (d *demo) grants(t *testing.T) string {
	t.Helper()
	var lines []string
	principals, err := d.list(graph.V1, "/servicePrincipals")
	if err != nil {
		t.Fatal(err)
	}
	names := map[any]any{nil: "nobody"}
	for _, b := range principals {
		names[b["id"]] = b["displayName"]
	}
	for _, b := range principals {
		at := "/servicePrincipals/" + b["id"].(string)
		for path, say := range map[string]func(graph.Body) string{
			"/appRoleAssignedTo": func(x graph.Body) string {
				return fmt.Sprint(x["principalDisplayName"], " ", x["appRoleId"])
			},
			"/oauth2PermissionGrants": func(x graph.Body) string {
				scopes := strings.Fields(x["scope"].(string))
				sort.Strings(scopes)
				return fmt.Sprint(names[x["resourceId"]], x["consentType"], x["principalId"] != nil, scopes)
			},
			"/claimsMappingPolicies": func(x graph.Body) string { return fmt.Sprint(x["displayName"]) },
		} {
			list, err := d.list(graph.V1, at+path)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				lines = append(lines, fmt.Sprint(b["displayName"], path, " ", say(x)))
			}
		}
		if b["appOwnerOrganizationId"] != "f8cdef31-a31e-4b4a-93e4-5f571e91255a" {
			lines = append(lines, fmt.Sprint(b["displayName"], " ", b["tags"], b["accountEnabled"]))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// TestConsentComesBack (SP3, SP5): permissions that an application was given on
// Microsoft Graph and on others, consents, assignments and policies are exported by
// reference, and one apply brings them back: with the old service principal where its
// application was in the recycle bin, with a new one where it was purged, without a
// state where all of it was lost.
func TestConsentComesBack(t *testing.T) {
	t.Parallel()
	onOneEngine(t)
	ctx := context.Background()
	d := consentedTenant(t)
	before := d.grants(t)
	if n := strings.Count(before, "\n"); n < 6 {
		t.Fatalf("little was granted:\n%s", before)
	}
	old := d.one(t, "/servicePrincipals", "Orders Portal")["id"]
	for _, loss := range []struct {
		name string
		lose func() error
		same bool
	}{
		{"in the recycle bin", func() error { return d.stage.Delete("application", d.one(t, "/applications", "Orders Portal"), false) }, true},
		{"the service principal alone", func() error {
			return d.client.Delete(ctx, graph.V1, "/servicePrincipals/"+old.(string))
		}, true},
		{"purged", func() error { return d.stage.Delete("application", d.one(t, "/applications", "Orders Portal"), true) }, false},
		{"both purged", func() error {
			err := d.stage.Delete("application", d.one(t, "/applications", "Orders API"), true)
			if err == nil {
				err = d.stage.Delete("application", d.one(t, "/applications", "Orders Portal"), true)
			}
			return err
		}, false},
		{"everything, with the state", func() error { _, err := d.loseAll(ctx); return err }, false},
	} {
		if err := loss.lose(); err != nil {
			t.Fatal(loss.name, err)
		}
		if _, _, err := d.quiet().Plan(ctx); err != nil {
			t.Fatal(loss.name, err)
		}
		if err := d.quiet().Apply(ctx); err != nil {
			t.Fatal(loss.name, err)
		}
		if err := d.converged(ctx); err != nil {
			t.Error(loss.name, err)
		}
		if after := d.grants(t); after != before {
			t.Fatalf("%s: before\n%s\nand after\n%s", loss.name, before, after)
		}
		now := d.one(t, "/servicePrincipals", "Orders Portal")["id"]
		if (now == old) != loss.same {
			t.Errorf("%s: the service principal was %s and is %s", loss.name, old, now)
		}
		old = now
	}
	// The import blocks hold the ids of the first export; without a state they are brought up to date.
	if err := d.removeState(); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Imports(ctx, d.client, export.ImportsOptions{Dir: d.work.Dir, ByName: true}); err != nil {
		t.Fatal(err)
	}
	imports, err := os.ReadFile(d.work.Dir + "/imports.tf")
	if err != nil || !strings.Contains(string(imports), fmt.Sprintf("%q", old)) {
		t.Errorf("the import block of the service principal is stale: %v", err)
	}
	if _, _, err := d.quiet().Plan(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.quiet().Apply(ctx); err != nil {
		t.Fatal(err)
	}
	if after := d.grants(t); after != before {
		t.Fatalf("after imports: before\n%s\nand after\n%s", before, after)
	}
}
