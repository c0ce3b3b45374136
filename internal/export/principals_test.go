package export_test

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

const (
	microsoftGraph = "00000003-0000-0000-c000-000000000000"
	readGroups     = "98830695-27a2-44f7-8c18-0c3ebc9698f6" // GroupMember.Read.All
)

// principals makes the service principals of two applications, with a permission on
// Microsoft Graph, consents and a policy, and returns the object id of the first.
func principals(t *testing.T, c *graph.Client) string {
	t.Helper()
	one := func(path, property, value string) graph.Body {
		var found graph.Body
		err := c.List(context.Background(), graph.V1, path, map[string]string{"$filter": property + " eq '" + value + "'"}, func(b graph.Body) error { found = b; return nil })
		if err != nil || found == nil {
			t.Fatal(path, value, err)
		}
		return found
	}
	ms := one("/servicePrincipals", "appId", microsoftGraph)["id"].(string)
	portal, api := one("/applications", "displayName", "Orders Portal"), one("/applications", "displayName", "Orders API")
	sp := post(t, c, "/servicePrincipals", graph.Body{"appId": portal["appId"], "logoutUrl": "https://orders.contoso.com/out"})
	resource := post(t, c, "/servicePrincipals", graph.Body{"appId": api["appId"], "notes": "n"})
	user := one("/users", "userPrincipalName", "adele@contoso.com")["id"]
	post(t, c, "/servicePrincipals/"+ms+"/appRoleAssignedTo", graph.Body{"principalId": sp, "resourceId": ms, "appRoleId": readGroups})
	post(t, c, "/servicePrincipals/"+resource+"/appRoleAssignedTo", graph.Body{"principalId": sp, "resourceId": resource, "appRoleId": "822c5572-d013-5a3e-a5e1-219932b1f412"})
	post(t, c, "/oauth2PermissionGrants", graph.Body{"clientId": sp, "resourceId": ms, "consentType": "AllPrincipals", "scope": " User.Read openid"})
	post(t, c, "/oauth2PermissionGrants", graph.Body{"clientId": sp, "resourceId": resource, "consentType": "Principal", "principalId": user, "scope": "Orders.ReadWrite"})
	post(t, c, "/oauth2PermissionGrants", graph.Body{"clientId": resource, "resourceId": ms, "consentType": "AllPrincipals", "scope": " "})
	claims := post(t, c, "/policies/claimsMappingPolicies", graph.Body{"displayName": "Employee id", "definition": []any{`{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"ID":"employeeid","Source":"user"}]}}`}})
	_, err := c.Post(context.Background(), graph.V1, "/servicePrincipals/"+sp+"/claimsMappingPolicies/$ref", graph.Body{"@odata.id": "https://graph.microsoft.com/v1.0/policies/claimsMappingPolicies/" + claims})
	if err != nil {
		t.Fatal(err)
	}
	return sp
}

// TestPrincipals: service principals of the tenant's applications are resources that
// refer to them, and all that connects them is written by reference; Microsoft's own
// stand in external.tf, with the reason in the manifest.
func TestPrincipals(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	principals(t, client)
	for name, all := range map[string]bool{"all": true, "what applications need": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/out"
			r, err := export.Run(context.Background(), client, export.Options{Out: dir, All: all})
			if err != nil {
				t.Fatal(err)
			}
			has(t, read(t, dir, "service_principals.tf"), `resource "entra_service_principal" "orders_portal" {`, "app_id     = entra_application.orders_portal.app_id",
				`logout_url = "https://orders.contoso.com/out"`, "owners     = []")
			if s := read(t, dir, "service_principals.tf"); strings.Contains(s, "homepage") || strings.Contains(s, "Microsoft Graph") {
				t.Errorf("what is the application's, or Microsoft's, is written:\n%s", s)
			}
			has(t, read(t, dir, "app_role_assignments.tf"), `resource_id  = local.service_principals["Microsoft Graph"]`,
				"resource_id  = entra_service_principal.orders_api.id", "principal_id = entra_service_principal.orders_portal.id", `app_role_id  = "`+readGroups+`" # GroupMember.Read.All`, `" "microsoft_graph_orders_portal_groupmember_read_all" {`, "# Orders.Read.All")
			has(t, read(t, dir, "oauth2_permission_grants.tf"), "client_id    = entra_service_principal.orders_portal.id", `resource_id  = local.service_principals["Microsoft Graph"]`,
				`scope        = ["User.Read", "openid"]`, `principal_id = local.users["adele@contoso.com"]`)
			has(t, read(t, dir, "claims_mapping_policies.tf"), "definition = jsonencode({", `ID     = "employeeid"`, "applies_to = [entra_service_principal.orders_portal.id]")
			has(t, read(t, dir, "external.tf"), "Not managed: it is Microsoft's own")
			has(t, read(t, dir, "manifest.json"), `"reason": "it is Microsoft's own, the same in every tenant"`, `"reason": "it grants nothing"`)
			for _, k := range r.Manifest.Kinds {
				if len(k.UnknownProperties) > 0 {
					t.Errorf("%s: %v", k.Kind, k.UnknownProperties)
				}
			}
		})
	}
}

// TestForeignPrincipals: those of other tenants' applications keep their client id,
// and what refers to the application refers to them; managed identities are left out.
func TestForeignPrincipals(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	const app = "aaaaaaaa-0000-4000-8000-00000000000"
	write(t, `{"@odata.type":"#microsoft.graph.servicePrincipal","id":"bbbbbbbb-0000-4000-8000-000000000001","appId":"`+app+`1","displayName":"Gallery","servicePrincipalType":"Application","appOwnerOrganizationId":"cccccccc-0000-4000-8000-000000000001","tags":["x"]}`, from, "gallery.json")
	write(t, `{"@odata.type":"#microsoft.graph.servicePrincipal","id":"bbbbbbbb-0000-4000-8000-000000000002","appId":"`+app+`2","displayName":"vm-1","servicePrincipalType":"ManagedIdentity"}`, from, "identity.json")
	client, _ := loaded(t, from)
	post(t, client, "/identity/conditionalAccess/policies", graph.Body{"displayName": "Gallery only", "state": "disabled",
		"conditions":    graph.Body{"clientAppTypes": []any{"all"}, "applications": graph.Body{"includeApplications": []any{app + "1"}}, "users": graph.Body{"includeUsers": []any{"All"}}},
		"grantControls": graph.Body{"operator": "OR", "builtInControls": []any{"mfa"}}})
	dir := t.TempDir() + "/out"
	if _, err := export.Run(context.Background(), client, export.Options{Out: dir}); err != nil {
		t.Fatal(err)
	}
	has(t, read(t, dir, "service_principals.tf"), `app_id = "`+app+`1"`)
	has(t, read(t, dir, "conditional_access_policies.tf"), "include_applications = [entra_service_principal.gallery.app_id]")
	has(t, read(t, dir, "manifest.json"), "it is a managed identity")
}

// TestImportsOfPrincipals: a service principal is found by the client id that its
// application has now, although others have its name, and without --by-name.
func TestImportsOfPrincipals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	old := principals(t, client)
	dir, _ := exported(t, client)
	app := ""
	err := client.List(ctx, graph.V1, "/applications", nil, func(b graph.Body) error {
		if b["displayName"] == "Orders Portal" {
			app = b["id"].(string)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/applications/" + app, "/directory/deletedItems/" + app} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	anew, err := client.Post(ctx, graph.V1, "/applications", graph.Body{"displayName": "Orders Portal", "signInAudience": "AzureADMyOrg"})
	if err != nil {
		t.Fatal(err)
	}
	namesake, err := client.Post(ctx, graph.V1, "/applications", graph.Body{"displayName": "Namesake", "signInAudience": "AzureADMyOrg"})
	if err != nil {
		t.Fatal(err)
	}
	post(t, client, "/servicePrincipals", graph.Body{"appId": namesake["appId"], "displayName": "Orders Portal"})
	id := post(t, client, "/servicePrincipals", graph.Body{"appId": anew["appId"]})
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, Adopt: map[string]string{"entra_application.orders_portal": anew["id"].(string)}})
	if err != nil {
		t.Fatal(err)
	}
	imports := read(t, dir, "imports.tf")
	has(t, imports, id)
	if strings.Contains(imports, old) {
		t.Errorf("the old id is still there:\n%s", imports)
	}
	if len(r.Moved) < 2 {
		t.Errorf("what moved: %v", r.Moved)
	}
}
