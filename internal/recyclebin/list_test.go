package recyclebin_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/recyclebin"
)

// TestKinds: every kind that has a recycle bin is known here.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if known := slices.Contains(recyclebin.Kinds(), k.Name); known != (k.Life.Bin != "") {
			t.Errorf("%s: recycle bin %q, known here: %t", k.Name, k.Life.Bin, known)
		}
	}
}

// TestList: one object of each kind, in the order of a restore, with what is known of it.
func TestList(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	unit := e.make("/directory/administrativeUnits", object{"displayName": "Branch"})
	alice, group := e.user("alice"), e.group("Staff")
	app := e.make("/applications", object{"displayName": "Own", "signInAudience": "AzureADMyOrg"})
	shared := e.make("/applications", object{"displayName": "Shared", "signInAudience": "AzureADMultipleOrgs"})
	appID, _ := e.do("GET", "/applications/"+app, nil)["appId"].(string)
	e.make("/servicePrincipals", object{"appId": appID})
	device := e.make("/devices", object{"displayName": "Laptop", "accountEnabled": true, "deviceId": "11111111-1111-4111-8111-111111111111",
		"operatingSystem": "Windows", "operatingSystemVersion": "11", "trustType": "AzureAd",
		"alternativeSecurityIds": []object{{"type": 2, "key": "Y3YxN2E1MWFlYw=="}}})
	role := e.make("/roleManagement/directory/roleDefinitions", object{"displayName": "Reader of apps", "isEnabled": true,
		"rolePermissions": []object{{"allowedResourceActions": []string{"microsoft.directory/applications/standard/read"}}}})
	location := e.location("HQ")
	policy := e.policy("CA001", group, "")
	for _, path := range []string{policies + "/" + policy, locations + "/" + location, "/roleManagement/directory/roleDefinitions/" + role, "/devices/" + device,
		"/applications/" + app, "/applications/" + shared, "/groups/" + group, "/users/" + alice, "/directory/administrativeUnits/" + unit} {
		e.do("DELETE", path, nil)
		_ = e.Sleep(t.Context(), time.Second)
	}
	_ = e.Sleep(t.Context(), 36*time.Hour)
	l := e.list(recyclebin.Query{Who: true})
	e.wantNames("all", l.Items, "Branch", "alice@contoso.onmicrosoft.com", "Staff", "Shared", "Own", "Own", "Laptop", "Reader of apps", "HQ", "CA001")
	var kinds []string
	for _, it := range l.Items {
		kinds = append(kinds, it.Kind)
		switch {
		case it.DeletedBy != emulator.StaticTokenName:
			t.Errorf("%s was deleted by %q", &it, it.DeletedBy)
		case it.Name == "Shared" && it.DaysLeft != nil, it.Name != "Shared" && (it.DaysLeft == nil || *it.DaysLeft != 28):
			t.Errorf("%s has %v days left", &it, it.DaysLeft)
		}
	}
	if kinds = slices.Compact(kinds); !slices.Equal(kinds, recyclebin.Kinds()) {
		t.Errorf("kinds %v, want %v", kinds, recyclebin.Kinds())
	}
	if l.Unknown != 0 || len(l.Unread) != 0 || len(l.Lacking) != 0 {
		t.Errorf("something is not known: %+v", l)
	}
	for what, c := range map[string]struct {
		s    recyclebin.Selection
		want []string
	}{
		"by kind":             {recyclebin.Selection{Kinds: []string{"group", "user"}}, []string{"alice@contoso.onmicrosoft.com", "Staff"}},
		"by id":               {recyclebin.Selection{IDs: []string{strings.ToUpper(group), unit}}, []string{"Branch", "Staff"}},
		"by the name":         {recyclebin.Selection{Name: "ca0?1"}, []string{"CA001"}},
		"by a part of it":     {recyclebin.Selection{Name: "ca0"}, nil},
		"by the display name": {recyclebin.Selection{Name: "the *"}, []string{"alice@contoso.onmicrosoft.com"}},
		"no regexp":           {recyclebin.Selection{Name: ".*"}, nil},
		"by time":             {recyclebin.Selection{Since: e.Now().Add(-36*time.Hour - 2*time.Second)}, []string{"Branch", "alice@contoso.onmicrosoft.com"}},
		"by two":              {recyclebin.Selection{Kinds: []string{"user"}, Name: "Staff"}, nil},
		"by who":              {recyclebin.Selection{DeletedBy: "nobody"}, nil},
	} {
		e.wantNames(what, e.list(recyclebin.Query{Selection: c.s}).Items, c.want...)
	}
	before := e.routes("GET /v1.0/auditLogs/directoryAudits")
	e.list(recyclebin.Query{})
	if e.routes("GET /v1.0/auditLogs/directoryAudits") != before {
		t.Error("the audit log was asked though nobody wants to know")
	}
	if _, err := recyclebin.List(t.Context(), e.client, recyclebin.Query{Selection: recyclebin.Selection{Kinds: []string{"grup"}}}); err == nil {
		t.Error("a kind that does not exist is no error")
	}
}

// TestDeletedBy: by any name of an application or a person; a second deletion by somebody
// else counts, and what the log does not tell yet is nobody's.
func TestDeletedBy(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithAuditLag(10*time.Minute))
	script, app := e.app("Cleanup script", nil)
	one, two := e.group("One"), e.group("Two")
	e.do("DELETE", "/groups/"+one, nil)
	if err := script.Delete(t.Context(), "v1.0", "/groups/"+two); err != nil {
		t.Fatal(err)
	}
	of := func(who string) *recyclebin.Listing {
		return e.list(recyclebin.Query{Selection: recyclebin.Selection{DeletedBy: who}})
	}
	if l := of(app.ID); len(l.Items) != 0 || l.Unknown != 2 || l.Why != "" {
		t.Errorf("before the records appear: %+v", l)
	}
	_ = e.Sleep(t.Context(), 20*time.Minute)
	e.wantNames("by app id", of(strings.ToUpper(app.ID)).Items, "Two")
	e.wantNames("by name", of("cleanup SCRIPT").Items, "Two")
	e.wantNames("by the other", of(emulator.StaticTokenServicePrincipalID).Items, "One")

	// Restored, and deleted by another: the earlier record is not about this deletion.
	e.do("POST", "/directory/deletedItems/"+one+"/restore", nil)
	if err := script.Delete(t.Context(), "v1.0", "/groups/"+one); err != nil {
		t.Fatal(err)
	}
	if l := of(emulator.StaticTokenName); len(l.Items) != 0 || l.Unknown != 1 {
		t.Errorf("an earlier deletion is taken for this one: %+v", l)
	}
	_ = e.Sleep(t.Context(), 20*time.Minute)
	e.wantNames("after both", of("Cleanup script").Items, "One", "Two")

	// A person: the emulator's tokens are applications', so the records are written here.
	e.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/directoryAudits") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{"value": []object{{"activityDisplayName": "Delete group", "result": "success",
			"activityDateTime": e.Now().Add(-20 * time.Minute).Format(time.RFC3339), "targetResources": []object{{"id": one}},
			"initiatedBy": object{"user": object{"id": "77777777-7777-4777-8777-777777777777", "displayName": "Mallory", "userPrincipalName": "mallory@contoso.com"}}}}})
		return true
	}
	for _, who := range []string{"mallory@contoso.com", "Mallory", "77777777-7777-4777-8777-777777777777"} {
		e.wantNames(who, of(who).Items, "One")
	}
}

// TestLittleIsKnown: without the permission for the audit log, in a cloud without a
// recycle bin of roles, and with a bin that may not be read.
func TestLittleIsKnown(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithRequiredRoles(), emulator.WithoutRoleRecycleBin())
	e.do("DELETE", "/groups/"+e.group("One"), nil)
	e.client, _ = e.app("poor", []string{"Group.Read.All", "User.Read.All", "Application.Read.All", "AdministrativeUnit.Read.All", "Policy.Read.All", "RoleManagement.Read.Directory"})
	l := e.list(recyclebin.Query{Who: true})
	e.wantNames("all", l.Items, "One")
	if !slices.Equal(l.Lacking, []string{"directory role definitions"}) {
		t.Errorf("lacking: %v", l.Lacking)
	}
	if len(l.Unread) != 1 || l.Unread[0].Kind != "device" {
		t.Fatalf("unread: %+v", l.Unread)
	}
	wantText(t, "unread", l.Unread[0].Error, "403", "Device.Read.All", "--kind")
	wantText(t, "who", l.Why, "403", "AuditLog.Read.All")
	if l.Unknown != 1 || l.Items[0].DeletedBy != "" {
		t.Errorf("who: %+v", l)
	}
	_, err := recyclebin.List(t.Context(), e.client, recyclebin.Query{Selection: recyclebin.Selection{Kinds: []string{"group"}, DeletedBy: "x"}})
	if err == nil {
		t.Fatal("who cannot be told, and what somebody deleted was selected all the same")
	}
	wantText(t, "selection by who", err.Error(), "AuditLog.Read.All")
}
