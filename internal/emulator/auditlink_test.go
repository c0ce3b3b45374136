package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// changesOf are the entries of modifiedProperties of a record's target, one a line:
// "AppRole.Id: "x" -> null".
func changesOf(record object, i int) (out []string) {
	for _, p := range target(record, i)["modifiedProperties"].([]any) {
		value := func(name string) string {
			if v, set := p.(object)[name].(string); set {
				return v
			}
			return "null"
		}
		out = append(out, fmt.Sprintf("%s: %s -> %s", p.(object)["displayName"], value("oldValue"), value("newValue")))
	}
	return out
}

// since are the records but for those that there were before, the newest first.
func (e *tenant) since(before int) []object {
	all := e.audits("")
	return all[:len(all)-before]
}

func holdsAll(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(strings.Join(got, "\n")+"\n", w+"\n") {
			t.Errorf("%s: %q is not among\n%s", what, w, strings.Join(got, "\n"))
		}
	}
}

// TestAuditOfRoles: a role is named by the id of the activated one and by that of its
// template; over a unit the record has another name and names the unit.
func TestAuditOfRoles(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	user := e.user("u")
	activated := e.want(201, "POST", "/v1.0/directoryRoles", object{"roleTemplateId": reader}).id()
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
	restricted := e.want(201, "POST", units, object{"displayName": "R", "isMemberManagementRestricted": true}).id()
	const assignments = "/v1.0/roleManagement/directory/roleAssignments"
	for scope, name := range map[string]string{"/": "Remove member from role", "/administrativeUnits/" + unit: "Remove scoped member from role",
		"/administrativeUnits/" + restricted: "Remove member from role scoped over Restricted Management Administrative Unit"} {
		id := e.want(201, "POST", assignments, object{"principalId": user, "roleDefinitionId": reader, "directoryScopeId": scope}).id()
		before := len(e.audits(""))
		e.want(204, "DELETE", assignments+"/"+id, nil)
		records := e.since(before)
		same(t, "records", names(records), []string{name})
		r := records[0]
		same(t, "filed", []any{r["category"], r["operationType"]}, []any{"RoleManagement", "Unassign"})
		same(t, "principal", target(r, 0)["id"], user)
		holdsAll(t, name, changesOf(r, 0), `Role.ObjectID: "`+activated+`" -> null`, `Role.TemplateId: "`+reader+`" -> null`)
		same(t, "role", target(r, 1)["id"], activated)
		if targets := r["targetResources"].([]any); scope == "/" {
			same(t, "targets", len(targets), 2)
		} else {
			same(t, "unit", target(r, 2)["id"], scope[len("/administrativeUnits/"):])
		}
	}
}

// TestAuditOfPIM: the directory says that PIM ended a role, and PIM who asked for it.
func TestAuditOfPIM(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithPerson("ann", "ann@contoso.com"))
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	user := e.user("u")
	ask := object{"action": "adminAssign", "principalId": user, "roleDefinitionId": reader, "directoryScopeId": "/", "justification": "j",
		"scheduleInfo": object{"expiration": object{"type": "noExpiration"}}}
	e.want(201, "POST", directoryPIM+"AssignmentScheduleRequests", ask)
	before := len(e.audits(""))
	ask["action"] = "adminRemove"
	delete(ask, "scheduleInfo")
	e.want(201, "POST", directoryPIM+"AssignmentScheduleRequests", ask, "Authorization", "Bearer ann")
	records := e.since(before)
	same(t, "records", names(records), []string{"Remove member from role", "Remove member from role in PIM completed (permanent)"})
	same(t, "who ended it", []any{at(records[1], "initiatedBy.app.displayName"), at(records[1], "initiatedBy.app.appId")}, []any{"MS-PIM", nil})
	same(t, "who asked for it", at(records[0], "initiatedBy.user.userPrincipalName"), "ann@contoso.com")
	same(t, "targets", []any{target(records[0], 0)["id"], target(records[0], 2)["id"], records[0]["loggedByService"]}, []any{reader, user, "PIM"})
	holdsAll(t, "role", changesOf(records[0], 0), `TemplateId: "" -> "`+reader+`"`)
}

// TestAuditOfGrants: the targets are the resource and the client; a change is two records
// with the same values, of which one is called "Remove …".
func TestAuditOfGrants(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	principal := func(name string) string {
		app := e.want(201, "POST", "/v1.0/applications", object{"displayName": name})
		return e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app.body["appId"]}).id()
	}
	client, resource, user := principal("client"), principal("resource"), e.user("u")
	const grants = "/v1.0/oauth2PermissionGrants"
	body := object{"clientId": client, "resourceId": resource, "consentType": "Principal", "principalId": user, "scope": "User.Read"}
	before := len(e.audits(""))
	id := e.want(201, "POST", grants, body).id()
	same(t, "made", names(e.since(before)), []string{"Add delegated permission grant"})
	before = len(e.audits(""))
	e.want(204, "PATCH", grants+"/"+id, object{"scope": "User.Read Mail.Read"})
	changed := e.since(before)
	same(t, "changed", names(changed), []string{"Add delegated permission grant", "Remove delegated permission grant"})
	for _, r := range changed {
		holdsAll(t, "change", changesOf(r, 0), `DelegatedPermissionGrant.Scope: "User.Read" -> "User.Read Mail.Read"`)
	}
	before = len(e.audits(""))
	e.want(204, "DELETE", grants+"/"+id, nil)
	records := e.since(before)
	same(t, "ended", names(records), []string{"Remove delegated permission grant"})
	same(t, "targets", []any{target(records[0], 0)["id"], target(records[0], 1)["id"], records[0]["operationType"]}, []any{resource, client, "Unassign"})
	holdsAll(t, "end", changesOf(records[0], 0), `DelegatedPermissionGrant.Scope: "User.Read Mail.Read" -> null`,
		`DelegatedPermissionGrant.PrincipalId: "`+user+`" -> null`, `ServicePrincipal.ObjectID: null -> "`+client+`"`)
	assigned := e.want(201, "POST", "/v1.0/servicePrincipals/"+resource+"/appRoleAssignedTo",
		object{"principalId": user, "resourceId": resource, "appRoleId": "00000000-0000-0000-0000-000000000000"}).id()
	before = len(e.audits(""))
	e.want(204, "DELETE", "/v1.0/servicePrincipals/"+resource+"/appRoleAssignedTo/"+assigned, nil)
	records = e.since(before)
	same(t, "unassigned", names(records), []string{"Remove app role assignment from user"})
	same(t, "application", target(records[0], 0)["id"], resource)
	holdsAll(t, "assignment", changesOf(records[0], 0), `AppRole.Id: "00000000-0000-0000-0000-000000000000" -> null`, `User.ObjectID: "`+user+`" -> null`)
}

// TestAuditOfParts: federated credentials are a property of their application, with all of
// them before and after, spelled as the directory does; what has activities of its own, such
// as a setting of a group, is an object.
func TestAuditOfParts(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).id()
	credentials := "/v1.0/applications/" + app + "/federatedIdentityCredentials"
	add := func(name string) string {
		return e.want(201, "POST", credentials, object{"name": name, "issuer": "https://issuer.example.org", "subject": name, "audiences": []any{"a"}}).id()
	}
	gone, stays := add("gone"), add("stays")
	before := len(e.audits(""))
	e.want(204, "DELETE", credentials+"/"+gone, nil)
	records := e.since(before)
	same(t, "records", names(records), []string{"Update application"})
	c := change(records[0], 0, "FederatedIdentityCredentials")
	old, now := c["oldValue"].(string), c["newValue"].(string)
	if !strings.Contains(old, `"Id":"`+gone) || !strings.Contains(old, `"Id":"`+stays) || strings.Contains(now, gone) || !strings.Contains(now, `"Id":"`+stays) || !strings.Contains(now, `"Issuer":"https`) {
		t.Errorf("before: %s\nafter: %s", old, now)
	}
	strength := e.want(201, "POST", strengths, object{"displayName": "S", "allowedCombinations": []any{"fido2"}}).id()
	at := strengths + "/" + strength + "/combinationConfigurations"
	id := e.want(201, "POST", at, object{"@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "appliesToCombinations": []any{"fido2"},
		"allowedAAGUIDs": []any{"de1e552d-db1d-4423-a619-566b625cdc84"}}).id()
	before = len(e.audits(""))
	e.want(204, "DELETE", at+"/"+id, nil)
	records = e.since(before)
	same(t, "configuration", names(records), []string{"Authentication Strength Combination Configuration Delete"})
	same(t, "its id", target(records[0], 0)["id"], id)
	group := e.want(201, "POST", "/v1.0/groups", object{"displayName": "g", "mailEnabled": true, "mailNickname": "g", "securityEnabled": false, "groupTypes": []any{"Unified"}}).id()
	settings := "/v1.0/groups/" + group + "/settings"
	id = e.want(201, "POST", settings, object{"templateId": "08d542b9-071f-4e16-94b0-74abb372e3d9", "values": []any{object{"name": "AllowToAddGuests", "value": "false"}}}).id()
	before = len(e.audits(""))
	e.want(204, "DELETE", settings+"/"+id, nil)
	records = e.since(before)
	same(t, "setting", names(records), []string{"Delete group settings"})
	same(t, "its id", target(records[0], 0)["id"], id)
}
