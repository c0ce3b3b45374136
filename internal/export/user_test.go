package export_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestUsers: only who asks for users gets them, and never those that a policy leaves out,
// themselves or through a group, nor guests.
func TestUsers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	for _, all := range []bool{true, false} {
		out := filepath.Join(t.TempDir(), "out")
		if _, err := export.Run(ctx, client, export.Options{Out: out, All: all}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(read(t, out, "imports.tf"), "entra_user") {
			t.Error("users are written although nobody asked")
		}
	}
	diego, alex := id(t, client, "/users", "userPrincipalName", "diego@contoso.com"), id(t, client, "/users", "userPrincipalName", "alex@contoso.com")
	left := post(t, client, "/groups", newGroup("Left out"))
	if _, err := client.Post(ctx, graph.V1, "/groups/"+left+"/members/$ref", graph.Body{"@odata.id": client.Endpoint() + "/v1.0/directoryObjects/" + alex}); err != nil {
		t.Fatal(err)
	}
	post(t, client, "/identity/conditionalAccess/policies", policy("Sparing", graph.Body{"excludeUsers": []any{diego}, "excludeGroups": []any{left}}))
	post(t, client, "/users", graph.Body{"displayName": "Guest", "mailNickname": "g", "accountEnabled": true, "userPrincipalName": "ann_fabrikam.com#EXT#@contoso.onmicrosoft.com",
		"passwordProfile": graph.Body{"password": "aB1!aB1!"}})
	post(t, client, "/users", graph.Body{"displayName": "Admin", "mailNickname": "admin-ann", "accountEnabled": true, "userPrincipalName": "admin-ann@contoso.onmicrosoft.com",
		"department": "IT", "usageLocation": "CH", "passwordProfile": graph.Body{"password": "aB1!aB1!"}})
	out := filepath.Join(t.TempDir(), "users")
	r, err := export.Run(ctx, client, export.Options{Out: out, Include: []string{"user", "group"}})
	if err != nil {
		t.Fatal(err)
	}
	code := read(t, out, "users.tf")
	has(t, code, `"entra_user" "admin_ann_contoso_onmicrosoft_com"`, `department          = "IT"`, `usage_location      = "CH"`)
	for _, never := range []string{"diego", "alex", "breakglass", "EXT", "password"} {
		if strings.Contains(code, never) {
			t.Errorf("%s is in the code:\n%s", never, code)
		}
	}
	has(t, read(t, out, "manifest.json"), `policy \"Sparing\" leaves it out`, `policy \"Sparing\" leaves out the group \"Left out\"`, "it is a guest")
	has(t, read(t, out, "external.tf"), "Not managed: the Conditional Access policy", `"alex@contoso.com"`)
	for _, k := range r.Manifest.Kinds {
		if k.Kind == "user" && len(k.UnknownProperties) > 0 {
			t.Errorf("%+v", k)
		}
	}
}

// TestManagers: who manages whom is a reference where code has the manager, and a name in
// external.tf where it has not. Two who manage each other are no cycle for Terraform.
func TestManagers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	user := func(name, manager string) string {
		t.Helper()
		made := post(t, client, "/users", graph.Body{"displayName": name, "mailNickname": name, "accountEnabled": true, "userPrincipalName": name + "@contoso.onmicrosoft.com",
			"passwordProfile": graph.Body{"password": "aB1!aB1!"}})
		if manager != "" {
			manage(t, client, made, manager)
		}
		return made
	}
	boss := user("boss", "")
	user("ann", boss)
	guest := post(t, client, "/users", graph.Body{"displayName": "Guest", "mailNickname": "g", "accountEnabled": true, "userPrincipalName": "gus_fabrikam.com#EXT#@contoso.onmicrosoft.com",
		"passwordProfile": graph.Body{"password": "aB1!aB1!"}})
	user("bob", guest)
	one := user("one", "")
	two := user("two", one)
	manage(t, client, one, two)

	out := filepath.Join(t.TempDir(), "out")
	r, err := export.Run(ctx, client, export.Options{Out: out, Include: []string{"user"}})
	if err != nil {
		t.Fatal(err)
	}
	code := read(t, out, "users.tf")
	has(t, code, "entra_user.boss_contoso_onmicrosoft_com.id", `local.users["gus_fabrikam.com#EXT#@contoso.onmicrosoft.com"]`)
	there, back := strings.Contains(code, "entra_user.one_contoso_onmicrosoft_com.id"), strings.Contains(code, "entra_user.two_contoso_onmicrosoft_com.id")
	if there == back || strings.Contains(code, one) || strings.Contains(code, two) {
		t.Errorf("two who manage each other refer to each other: %t, %t\n%s", there, back, code)
	}
	if !slices.ContainsFunc(r.Warnings, func(s string) bool { return strings.Contains(s, "refer to each other") }) {
		t.Errorf("the cut is not told: %v", r.Warnings)
	}
	if external := read(t, out, "external.tf"); !strings.Contains(external, guest) || strings.Contains(external, one) == strings.Contains(external, two) {
		t.Errorf("external.tf:\n%s", external)
	}
	for _, k := range r.Manifest.Kinds {
		if k.Kind == "user" && len(k.UnknownProperties) > 0 {
			t.Errorf("%+v", k)
		}
	}
}

func manage(t *testing.T, client *graph.Client, user, manager string) {
	t.Helper()
	_, err := client.Do(context.Background(), graph.Request{Method: "PUT", Path: "/users/" + user + "/manager/$ref",
		Body: graph.Body{"@odata.id": client.Endpoint() + "/v1.0/users/" + manager}})
	if err != nil {
		t.Fatal(err)
	}
}
