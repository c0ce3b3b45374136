package emulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

const audits = "/v1.0/auditLogs/directoryAudits"

// readingPosts are requests that are sent by POST and change nothing.
var readingPosts = []string{"POST /directoryObjects/getByIds", "POST /identity/conditionalAccess/evaluate",
	"POST /directoryObjects/{id}/checkMemberGroups", "POST /directoryObjects/{id}/checkMemberObjects", "POST /directoryObjects/{id}/getMemberGroups",
	"POST /directoryObjects/{id}/getMemberObjects"}

// everyWriteAudited runs behind every test of this package: what wrote left a record.
func everyWriteAudited(t *testing.T, e *emulator.Tenant) {
	for _, route := range e.Unaudited() {
		for _, set := range []string{"users", "groups", "servicePrincipals", "devices"} { // asked of a type as of any object
			if rest, below := strings.CutPrefix(route, "POST /"+set+"/{id}/"); below && strings.Contains(rest, "Member") {
				route = "POST /directoryObjects/{id}/" + rest
			}
		}
		if !slices.Contains(readingPosts, route) {
			t.Errorf("F15: %s wrote to the tenant, and the audit log has no record of it", route)
		}
	}
}

// audits reads records, the newest first.
func (e *tenant) audits(filter string) []object {
	e.t.Helper()
	path := audits
	if filter != "" {
		path += "?$filter=" + filter
	}
	var out []object
	for path != "" {
		a := e.want(200, "GET", path, nil)
		for _, row := range a.body["value"].([]any) {
			out = append(out, row.(object))
		}
		path, _ = a.body["@odata.nextLink"].(string)
	}
	return out
}

// names are the activities of records, the oldest first.
func names(records []object) []string {
	var out []string
	for _, r := range slices.Backward(records) {
		out = append(out, r["activityDisplayName"].(string))
	}
	return out
}

func target(record object, i int) object { return record["targetResources"].([]any)[i].(object) }

// change finds the entry of modifiedProperties with the name.
func change(record object, i int, property string) object {
	for _, p := range target(record, i)["modifiedProperties"].([]any) {
		if p.(object)["displayName"] == property {
			return p.(object)
		}
	}
	return nil
}

// TestAuditOfEachWrite is checklist line F15: every write that this emulator has, with the
// activity, category, service, operation and target type that the log gives it.
func TestAuditOfEachWrite(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.location("L", false)
	user, group := e.user("u"), e.group("g")
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
	restricted := e.want(201, "POST", units, object{"displayName": "R", "isMemberManagementRestricted": true}).id()
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"})
	sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app.body["appId"]}).id()
	p := e.want(201, "POST", policies, policy()).id()
	l := e.location("L2", false)
	strength := e.want(201, "POST", strengths, object{"displayName": "S", "allowedCombinations": []any{"fido2"}}).id()
	role := e.want(201, "POST", "/v1.0/directoryRoles", object{"roleTemplateId": "194ae4cb-b126-40b2-bd5b-6091b380977d"}).id()
	ref := func(kind, id string) object { return object{"@odata.id": "$host/v1.0/" + kind + "/" + id} }
	fic := "/v1.0/applications/" + app.id() + "/federatedIdentityCredentials"
	secret := ""

	const core, ca = "Core Directory", "Conditional Access"
	for _, c := range []struct {
		method, path string
		body         any
		want         []string // activity|category|service|operation|type of the first target
	}{
		{"PATCH", "/v1.0/groups/" + group, object{"description": "d"}, []string{"Update group|GroupManagement|" + core + "|Update|Group"}},
		{"POST", "/v1.0/groups/" + group + "/members/$ref", ref("users", user), []string{"Add member to group|GroupManagement|" + core + "|Assign|User"}},
		{"DELETE", "/v1.0/groups/" + group + "/members/" + user + "/$ref", nil, []string{"Remove member from group|GroupManagement|" + core + "|Unassign|User"}},
		{"PATCH", "/v1.0/groups/" + group, object{"members@odata.bind": []any{"$host/v1.0/users/" + user}}, []string{
			"Update group|GroupManagement|" + core + "|Update|Group", "Add member to group|GroupManagement|" + core + "|Assign|User"}},
		{"POST", "/v1.0/groups/" + group + "/owners/$ref", ref("users", user), []string{"Add owner to group|GroupManagement|" + core + "|Assign|User"}},
		{"DELETE", "/v1.0/groups/" + group + "/owners/" + user + "/$ref", nil, []string{"Remove owner from group|GroupManagement|" + core + "|Unassign|User"}},
		{"PATCH", units + "/" + unit, object{"description": "d"}, []string{"Update administrative unit|AdministrativeUnit|" + core + "|Update|Other"}},
		{"POST", units + "/" + unit + "/members/$ref", ref("groups", group), []string{"Add member to administrative unit|AdministrativeUnit|" + core + "|Assign|Group"}},
		{"DELETE", units + "/" + unit + "/members/" + group + "/$ref", nil, []string{"Remove member from administrative unit|AdministrativeUnit|" + core + "|Unassign|Group"}},
		{"POST", units + "/" + restricted + "/members/$ref", ref("users", user), []string{"Add member to restricted management administrative unit|AdministrativeUnit|" + core + "|Assign|User"}},
		{"POST", units + "/" + unit + "/members", object{"@odata.type": "#microsoft.graph.group", "displayName": "in", "mailEnabled": false, "mailNickname": "in", "securityEnabled": true}, []string{
			"Add group|GroupManagement|" + core + "|Add|Group", "Add member to administrative unit|AdministrativeUnit|" + core + "|Assign|Group"}},
		{"PATCH", "/v1.0/applications/" + app.id(), object{"notes": "n"}, []string{"Update application|ApplicationManagement|" + core + "|Update|Application"}},
		{"POST", "/v1.0/applications/" + app.id() + "/owners/$ref", ref("users", user), []string{"Add owner to application|ApplicationManagement|" + core + "|Assign|User"}},
		{"DELETE", "/v1.0/applications/" + app.id() + "/owners/" + user + "/$ref", nil, []string{"Remove owner from application|ApplicationManagement|" + core + "|Unassign|User"}},
		{"POST", "/v1.0/applications/" + app.id() + "/addPassword", object{"passwordCredential": object{"displayName": "k"}}, []string{
			"Update application|ApplicationManagement|" + core + "|Update|Application",
			"Update application – Certificates and secrets management |ApplicationManagement|" + core + "|Update|Application",
			"Update service principal|ApplicationManagement|" + core + "|Update|ServicePrincipal"}},
		{"POST", "/v1.0/applications/" + app.id() + "/removePassword", "secret", []string{
			"Update application|ApplicationManagement|" + core + "|Update|Application",
			"Update application – Certificates and secrets management |ApplicationManagement|" + core + "|Update|Application",
			"Update service principal|ApplicationManagement|" + core + "|Update|ServicePrincipal"}},
		{"POST", fic, object{"name": "main", "issuer": "https://issuer.example.org", "subject": "s", "audiences": []any{"a"}}, []string{"Update application|ApplicationManagement|" + core + "|Update|Application"}},
		{"PATCH", fic + "(name='main')", object{"subject": "s2"}, []string{"Update application|ApplicationManagement|" + core + "|Update|Application"}},
		{"DELETE", fic + "/main", nil, []string{"Update application|ApplicationManagement|" + core + "|Update|Application"}},
		{"PATCH", "/v1.0/servicePrincipals/" + sp, object{"notes": "n"}, []string{"Update service principal|ApplicationManagement|" + core + "|Update|ServicePrincipal"}},
		{"POST", "/v1.0/servicePrincipals/" + sp + "/owners/$ref", ref("users", user), []string{"Add owner to service principal|ApplicationManagement|" + core + "|Assign|User"}},
		{"DELETE", "/v1.0/servicePrincipals/" + sp + "/owners/" + user + "/$ref", nil, []string{"Remove owner from service principal|ApplicationManagement|" + core + "|Unassign|User"}},
		{"PATCH", "/v1.0/users/" + user, object{"jobTitle": "t"}, []string{"Update user|UserManagement|" + core + "|Update|User"}},
		{"PATCH", "/v1.0/users/" + user, object{"accountEnabled": false}, []string{
			"Update user|UserManagement|" + core + "|Update|User", "Disable account|UserManagement|" + core + "|Update|User"}},
		{"PATCH", "/v1.0/users/" + user, object{"accountEnabled": true, "passwordProfile": object{"password": "N3w!pass"}}, []string{
			"Update user|UserManagement|" + core + "|Update|User", "Enable account|UserManagement|" + core + "|Update|User", "Reset password|UserManagement|" + core + "|Update|User"}},
		{"POST", "/v1.0/directoryRoles/" + role + "/members/$ref", ref("users", user), []string{"Add member to role|RoleManagement|" + core + "|Assign|User"}},
		{"DELETE", "/v1.0/directoryRoles/" + role + "/members/" + user + "/$ref", nil, []string{"Remove member from role|RoleManagement|" + core + "|Unassign|User"}},
		{"PATCH", policies + "/" + p, object{"state": "enabled"}, []string{
			"Update conditional access policy|Policy|" + ca + "|Update|Policy", "Update policy|Policy|" + core + "|Update|Policy"}},
		{"PATCH", locations + "/" + l, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "HQ"}, []string{"Update named location|Policy|" + ca + "|Update|Policy"}},
		{"PATCH", strengths + "/" + strength, object{"description": "d"}, []string{"Authentication Strength Policy Update|ApplicationManagement|Authentication Methods|Update|Policy"}},
		{"POST", strengths + "/" + strength + "/updateAllowedCombinations", object{"allowedCombinations": []any{"deviceBasedPush"}}, []string{"Authentication Strength Policy Update|ApplicationManagement|Authentication Methods|Update|Policy"}},
		{"DELETE", strengths + "/" + strength, nil, []string{"Authentication Strength Policy Delete|ApplicationManagement|Authentication Methods|Delete|Policy"}},

		// Deleted, restored, deleted for good.
		{"DELETE", policies + "/" + p, nil, []string{"Delete conditional access policy|Policy|" + ca + "|Delete|Policy"}},
		{"POST", caBin + "/policies/" + p + "/restore", nil, []string{"Restore conditional access policy|Policy|" + ca + "|Update|Policy"}},
		{"DELETE", policies + "/" + p, nil, []string{"Delete conditional access policy|Policy|" + ca + "|Delete|Policy"}},
		{"DELETE", caBin + "/policies/" + p, nil, []string{"Hard Delete conditional access policy|Policy|" + ca + "|Delete|Policy"}},
		{"DELETE", locations + "/" + l, nil, []string{"Delete named location|Policy|" + ca + "|Delete|Policy"}},
		{"DELETE", caBin + "/namedLocations/" + l, nil, []string{"Hard Delete named location|Policy|" + ca + "|Delete|Policy"}},
		{"DELETE", "/v1.0/groups/" + group, nil, []string{"Delete group|GroupManagement|" + core + "|Delete|Group"}},
		{"POST", bin + "/" + group + "/restore", nil, []string{"Restore group|GroupManagement|" + core + "|Update|Group"}},
		{"DELETE", "/v1.0/groups/" + group, nil, []string{"Delete group|GroupManagement|" + core + "|Delete|Group"}},
		{"DELETE", bin + "/" + group, nil, []string{"Hard Delete group|GroupManagement|" + core + "|Delete|Group"}},
		{"DELETE", units + "/" + unit, nil, []string{"Delete administrative unit|AdministrativeUnit|" + core + "|Delete|Other"}},
		{"POST", bin + "/" + unit + "/restore", nil, []string{"Restore administrative unit|AdministrativeUnit|" + core + "|Update|Other"}},
		{"DELETE", "/v1.0/users/" + user, nil, []string{"Delete user|UserManagement|" + core + "|Delete|User"}},
		{"POST", bin + "/" + user + "/restore", nil, []string{"Restore user|UserManagement|" + core + "|Update|User"}},
		{"DELETE", "/v1.0/applications/" + app.id(), nil, []string{
			"Delete application|ApplicationManagement|" + core + "|Delete|Application", "Remove service principal|ApplicationManagement|" + core + "|Delete|ServicePrincipal"}},
		{"POST", bin + "/" + app.id() + "/restore", nil, []string{"Restore application|ApplicationManagement|" + core + "|Update|Application"}},
		{"POST", bin + "/" + sp + "/restore", nil, []string{"Restore service principal|ApplicationManagement|" + core + "|Update|ServicePrincipal"}},
		{"DELETE", "/v1.0/servicePrincipals/" + sp, nil, []string{"Remove service principal|ApplicationManagement|" + core + "|Delete|ServicePrincipal"}},
		{"DELETE", bin + "/" + sp, nil, []string{"Hard Delete service principal|ApplicationManagement|" + core + "|Delete|ServicePrincipal"}},
	} {
		t.Run("F15 "+c.method+" "+c.want[0], func(t *testing.T) {
			before := len(e.audits(""))
			if c.body == "secret" {
				c.body = object{"keyId": secret}
			}
			a := e.do(c.method, c.path, c.body)
			if a.status >= 400 {
				t.Fatalf("%s %s: %s", c.method, c.path, a.raw)
			}
			if id, has := a.body["keyId"].(string); has {
				secret = id
			}
			all := e.audits("")
			records := all[:len(all)-before]
			var got []string
			for _, r := range slices.Backward(records) {
				got = append(got, strings.Join([]string{r["activityDisplayName"].(string), r["category"].(string), r["loggedByService"].(string),
					r["operationType"].(string), target(r, 0)["type"].(string)}, "|"))
				same(t, "result", r["result"], "success")
				same(t, "correlation", r["correlationId"], records[0]["correlationId"])
			}
			same(t, "records", got, c.want)
		})
	}
}

// TestAuditOfCreation: who, what and with which values.
func TestAuditOfCreation(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	user := e.user("u")
	e.want(201, "POST", "/v1.0/groups", object{"displayName": "g", "mailEnabled": true, "mailNickname": "g", "securityEnabled": false,
		"groupTypes": []any{"Unified"}, "members@odata.bind": []any{"$host/v1.0/users/" + user}}, "User-Agent", "curl/8")
	records := e.audits("category eq 'GroupManagement'")
	same(t, "records", names(records), []string{"Add group", "Add member to group"})
	link, add := records[0], records[1]
	same(t, "group type", target(add, 0)["groupType"], "unifiedGroups")
	same(t, "name", change(add, 0, "DisplayName"), object{"displayName": "DisplayName", "oldValue": "[]", "newValue": `["g"]`})
	included, _ := change(add, 0, "Included Updated Properties")["newValue"].(string)
	if !strings.HasPrefix(included, `"`) || !strings.Contains(included, "DisplayName, ") {
		t.Errorf("Included Updated Properties: %s", included)
	}
	same(t, "details", add["additionalDetails"], []any{object{"key": "User-Agent", "value": "curl/8"}})
	same(t, "who", at(add, "initiatedBy.app.appId"), emulator.StaticTokenAppID)
	same(t, "no person", at(add, "initiatedBy.user"), nil)
	same(t, "member", target(link, 0)["id"], user)
	same(t, "of", change(link, 0, "Group.DisplayName"), object{"displayName": "Group.DisplayName", "oldValue": nil, "newValue": `"g"`})
	same(t, "container", target(link, 1)["id"], target(add, 0)["id"])
	if raw := e.want(200, "GET", audits, nil).raw; strings.Contains(raw, "S3cret!x") {
		t.Error("the log holds a password")
	}
	one := e.want(200, "GET", audits+"/"+add["id"].(string), nil)
	same(t, "context", one.body["@odata.context"], e.url+"/v1.0/$metadata#auditLogs/directoryAudits/$entity")
	delete(one.body, "@odata.context")
	same(t, "the same by its id", one.body, add)
}

// TestAuditOfSecrets: the log names secrets and never holds them.
func TestAuditOfSecrets(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).id()
	secret := e.want(200, "POST", "/v1.0/applications/"+app+"/addPassword", object{"passwordCredential": object{"displayName": "k"}})
	records := e.audits("startswith(activityDisplayName,'Update application –')")
	if len(records) != 1 {
		t.Fatal(names(records))
	}
	want := fmt.Sprintf(`["[KeyIdentifier=%s,KeyType=Password,KeyUsage=Verify,DisplayName=k]"]`, secret.body["keyId"])
	same(t, "keys", change(records[0], 0, "KeyDescription"), object{"displayName": "KeyDescription", "oldValue": "[]", "newValue": want})
	if raw := e.want(200, "GET", audits, nil).raw; strings.Contains(raw, secret.body["secretText"].(string)) {
		t.Error("the log holds a secret")
	}
}

// TestAuditOfPolicies: the log of Conditional Access holds enough to make a policy again
// as it was before somebody changed or deleted it.
func TestAuditOfPolicies(t *testing.T) {
	t.Parallel()
	t.Run("F15 Conditional Access with the whole policy", func(t *testing.T) {
		e := newTenant(t)
		hq := e.location("HQ", true)
		p := e.want(201, "POST", policies, policy("conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{hq}},
			"grantControls", object{"operator": "OR", "authenticationStrength": object{"id": "00000000-0000-0000-0000-000000000004"}})).id()
		before := e.want(200, "GET", policies+"/"+p, nil).body
		e.want(204, "PATCH", policies+"/"+p, object{"state": "enabled", "conditions": policy()["conditions"]})
		update := e.audits("activityDisplayName eq 'Update conditional access policy'")[0]
		if id := update["id"].(string); !strings.HasPrefix(id, "IPCGraph_") {
			t.Errorf("id %s", id)
		}
		values := change(update, 0, "ConditionalAccessPolicy")
		var old, newer object
		for value, into := range map[string]*object{"oldValue": &old, "newValue": &newer} {
			if err := json.Unmarshal([]byte(values[value].(string)), into); err != nil {
				t.Fatal(err)
			}
		}
		same(t, "state", []any{old["state"], newer["state"]}, []any{"disabled", "enabled"})
		same(t, "exclusion", at(old, "conditions.locations.excludeLocations"), []any{hq})
		same(t, "no exclusion", at(newer, "conditions.locations"), nil)
		if strings.Contains(values["oldValue"].(string), "null") {
			t.Errorf("unset properties in %s", values["oldValue"])
		}

		// Rebuilt from the log.
		for _, name := range []string{"id", "createdDateTime", "modifiedDateTime"} {
			delete(old, name)
		}
		again := e.want(200, "GET", policies+"/"+e.want(201, "POST", policies, old).id(), nil).body
		for _, name := range []string{"conditions", "state", "displayName", "sessionControls"} {
			same(t, name, again[name], before[name])
		}
		same(t, "strength", at(again, "grantControls.authenticationStrength.id"), at(before, "grantControls.authenticationStrength.id"))
	})
	t.Run("F15 Add, Delete, Hard Delete and Restore have one side", func(t *testing.T) {
		e := newTenant(t)
		l := e.location("HQ", false)
		e.want(204, "DELETE", locations+"/"+l, nil)
		e.want(200, "POST", caBin+"/namedLocations/"+l+"/restore", nil)
		e.want(204, "DELETE", locations+"/"+l, nil)
		e.want(204, "DELETE", caBin+"/namedLocations/"+l, nil)
		var got []string
		for _, r := range slices.Backward(e.audits("targetResources/any(t:t/id eq '" + l + "')")) {
			c := change(r, 0, "NamedLocation")
			got = append(got, fmt.Sprintf("%s %t %t", r["activityDisplayName"], c["oldValue"] != nil, c["newValue"] != nil))
		}
		same(t, "records", got, []string{"Add named location false true", "Delete named location true false", "Restore named location false true",
			"Delete named location true false", "Hard Delete named location true false"})
	})
	t.Run("plain names as an option", func(t *testing.T) {
		e := newTenant(t, emulator.WithPlainPolicyAudits())
		p := e.want(201, "POST", policies, policy()).id()
		e.want(204, "DELETE", policies+"/"+p, nil)
		e.want(200, "POST", caBin+"/policies/"+p+"/restore", nil)
		e.want(204, "DELETE", policies+"/"+p, nil)
		e.want(204, "DELETE", caBin+"/policies/"+p, nil)
		same(t, "names", names(e.audits("")), []string{"Add conditional access policy", "Delete conditional access policy", "Update conditional access policy",
			"Delete conditional access policy", "Delete conditional access policy"})
	})
}

// TestAuditOfRetention is checklist line F19: what has been in the bin for 30 days goes,
// and the log says that nobody of the tenant did it.
func TestAuditOfRetention(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := e.group("g")
	p := e.want(201, "POST", policies, policy()).id()
	single := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "signInAudience": "AzureADMyOrg"}).id()
	multi := e.want(201, "POST", "/v1.0/applications", object{"displayName": "B", "signInAudience": "AzureADMultipleOrgs"}).id()
	for _, path := range []string{"/v1.0/groups/" + g, policies + "/" + p, "/v1.0/applications/" + single, "/v1.0/applications/" + multi} {
		e.want(204, "DELETE", path, nil)
	}
	e.advance("719h")
	e.want(200, "GET", bin+"/"+g, nil)
	same(t, "not yet", len(e.audits("startswith(activityDisplayName,'Hard Delete')")), 0)
	e.advance("1h")
	for _, c := range []struct{ what, id, bin, activity string }{
		{"F19 group", g, bin, "Hard Delete group"},
		{"F19 policy", p, caBin + "/policies", "Hard Delete conditional access policy"},
		{"F19 application", single, bin, "Hard Delete application"},
	} {
		t.Run(c.what, func(t *testing.T) {
			e.want(404, "GET", c.bin+"/"+c.id, nil)
			r := e.audits("targetResources/any(t: t/id eq '" + c.id + "')")[0]
			same(t, "activity", r["activityDisplayName"], c.activity)
			same(t, "no application of the tenant", at(r, "initiatedBy.app.appId"), nil)
			if name, _ := at(r, "initiatedBy.app.displayName").(string); !strings.HasPrefix(name, "Microsoft Azure AD") {
				t.Errorf("actor %q", name)
			}
		})
	}
	t.Run("F19 multi-tenant application stays", func(t *testing.T) {
		e.want(200, "GET", bin+"/"+multi, nil)
		same(t, "records", len(e.audits("activityDisplayName eq 'Hard Delete application'")), 1)
	})
}

// TestWhoDeletedIt is the recipe of finding the one who deleted an object.
func TestWhoDeletedIt(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	group, purged := e.group("g"), e.group("h")
	p := e.want(201, "POST", policies, policy()).id()
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"})
	sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app.body["appId"]}).id()
	person := e.user("mallory")
	e.As("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Azure CLI", person, "Mallory", "mallory@contoso.onmicrosoft.com")
	for _, path := range []string{"/v1.0/groups/" + group, "/v1.0/groups/" + purged, bin + "/" + purged, policies + "/" + p, "/v1.0/applications/" + app.id()} {
		e.want(204, "DELETE", path, nil)
	}
	for _, c := range []struct{ what, id, activity string }{
		{"soft-deleted group", group, "Delete group"},
		{"purged group", purged, "Hard Delete group"},
		{"policy", p, "Delete conditional access policy"},
		{"service principal that went with its application", sp, "Remove service principal"},
	} {
		t.Run("D.4 "+c.what, func(t *testing.T) {
			records := e.audits("activityDateTime ge 2026-10-25T10:00:00Z and targetResources/any(t: t/id eq '" + c.id + "')")
			at0 := slices.IndexFunc(records, func(r object) bool { return r["operationType"] == "Delete" && r["result"] == "success" })
			if at0 < 0 {
				t.Fatalf("nobody: %v", names(records))
			}
			r := records[at0]
			same(t, "activity", r["activityDisplayName"], c.activity)
			same(t, "user", at(r, "initiatedBy.user"), object{"id": person, "displayName": "Mallory", "userPrincipalName": "mallory@contoso.onmicrosoft.com", "ipAddress": "192.0.2.7"})
			same(t, "application", at(r, "initiatedBy.app"), nil)
		})
	}
	t.Run("D.3 one correlation id for application and service principal", func(t *testing.T) {
		r := e.audits("activityDisplayName eq 'Delete application'")[0]
		pair := e.audits("correlationId eq '" + strings.ToUpper(r["correlationId"].(string)) + "'")
		same(t, "records", names(pair), []string{"Delete application", "Remove service principal"})
	})
}

// TestAuditOfRefusals: what a service refused is in the log as a failure.
func TestAuditOfRefusals(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u, g := e.user("u"), e.group("g")
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).id()
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
	hq := e.location("HQ", true)
	p := e.want(201, "POST", policies, policy()).id()
	ref := object{"@odata.id": "$host/v1.0/users/" + u}
	e.want(204, "POST", "/v1.0/groups/"+g+"/members/$ref", ref)
	e.want(204, "DELETE", units+"/"+unit, nil)
	for _, c := range []struct {
		method, path string
		body         any
		status       int
		want         string // "" for no record
		target       string
	}{
		{"DELETE", locations + "/" + hq, nil, 400, "Delete named location", hq},
		{"PATCH", policies + "/" + p, object{"grantControls": nil}, 400, "Update conditional access policy", p},
		{"POST", policies, policy("displayName", ""), 400, "Add conditional access policy", ""},
		{"POST", "/v1.0/groups/" + g + "/members/$ref", ref, 400, "Add member to group", g},
		{"POST", "/v1.0/applications/" + app + "/removePassword", object{"keyId": nobody}, 400, "Update application – Certificates and secrets management ", app},
		{"POST", "/v1.0/servicePrincipals", object{"appId": nobody}, 400, "Add service principal", ""},
		{"DELETE", bin + "/" + unit, nil, 403, "Hard Delete administrative unit", unit},
		{"DELETE", "/v1.0/groups/" + nobody, nil, 404, "", ""},
		{"PATCH", "/v1.0/groups/" + g, "{", 400, "", ""},
		{"PUT", "/v1.0/groups/" + g, object{}, 405, "", ""},
	} {
		before := len(e.audits(""))
		e.want(c.status, c.method, c.path, c.body)
		all := e.audits("")
		records := all[:len(all)-before]
		if c.want == "" {
			same(t, c.method+" "+c.path, names(records), []string(nil))
			continue
		}
		same(t, c.method+" "+c.path, names(records), []string{c.want})
		r := records[0]
		same(t, "result", r["result"], "failure")
		if r["resultReason"] == "" {
			t.Errorf("%s: no reason", c.want)
		}
		if c.target != "" {
			same(t, "target", target(r, 0)["id"], c.target)
		}
	}
	quiet := newTenant(t, emulator.WithoutFailedAudits())
	quiet.want(400, "POST", policies, policy("displayName", ""))
	same(t, "without failures", len(quiet.audits("")), 0)
}

func TestAuditLagAndRetention(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithAuditLag(2*time.Minute), emulator.WithAuditRetention(7*24*time.Hour))
	e.group("g")
	same(t, "at once", len(e.audits("")), 0)
	e.advance("119s")
	same(t, "still not", len(e.audits("")), 0)
	e.advance("1s")
	r := e.audits("")
	same(t, "now", names(r), []string{"Add group"})
	same(t, "of the time of the write", r[0]["activityDateTime"], "2026-11-24T10:00:00.0000000Z")
	e.advance("167h58m")
	e.want(200, "GET", audits+"/"+r[0]["id"].(string), nil)
	e.advance("1s")
	same(t, "after seven days", len(e.audits("")), 0)
	e.refused(404, "ResourceNotFound", "does not exist", "GET", audits+"/"+r[0]["id"].(string), nil)
}

func TestAuditMemory(t *testing.T) {
	t.Parallel()
	left, first, last := emulator.AuditsAfter(50_100, 1)
	same(t, "by number", []int{left, first, last}, []int{50_000, 101, 50_100})
	left, _, last = emulator.AuditsAfter(100, 1<<20)
	same(t, "by size", []int{left, last}, []int{64, 100})
}

// TestAuditOfWhatIsNoObject: words for types that are written by other means than the
// verbs of a collection.
func TestAuditOfWhatIsNoObject(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for _, c := range []struct {
		added         bool
		principalType string
		want          []string
	}{
		{true, "User", []string{"Add app role assignment grant to user", "UserManagement"}},
		{true, "Group", []string{"Add app role assignment to group", "GroupManagement"}},
		{true, "ServicePrincipal", []string{"Add app role assignment to service principal", "ApplicationManagement"}},
		{false, "Group", []string{"Remove app role assignment from group", "GroupManagement"}},
		{false, "ServicePrincipal", []string{"Remove app role assignment from service principal", "ApplicationManagement"}},
	} {
		name, category, first := e.AuditAssignment(c.added, c.principalType, nobody, e.TenantID())
		same(t, c.principalType, []string{name, category, first}, append(c.want, e.TenantID()))
	}
}

// TestAuditOfWhatHasNoBin: where the bin does not take an object, the log says that it is
// gone at once.
func TestAuditOfWhatHasNoBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithHardDeletedSecurityGroups())
	g := e.group("g")
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	same(t, "records", names(e.audits("")), []string{"Add group", "Delete group", "Hard Delete group"})
}

func TestAuditWords(t *testing.T) {
	t.Parallel()
	same(t, "types without words in the audit log", emulator.Unworded(), []string(nil))
}
