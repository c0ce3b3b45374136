package emulator_test

import (
	"strings"
	"testing"

	"github.com/microsoftgraph/msgraph-sdk-go/auditlogs"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// TestAuditFilters: what Microsoft's page on directoryAudit lists, and nothing else.
func TestAuditFilters(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := e.group("Sales")
	e.advance("1h")
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.advance("1h")
	person := e.user("ann")
	e.As("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "CLI", person, "Ann", "ann@contoso.onmicrosoft.com")
	e.want(201, "POST", policies, policy("displayName", "Sales's policy"))
	all := e.audits("")
	same(t, "newest first", names(all), []string{"Add group", "Delete group", "Add user", "Add conditional access policy"})
	for filter, want := range map[string]string{
		"activityDateTime ge 2026-11-24T11:00:00Z":                                                       "Delete group,Add user,Add conditional access policy",
		"activityDateTime le 2026-11-24T10:00:00Z":                                                       "Add group",
		"activityDateTime eq 2026-11-24T12:00:00%2B01:00":                                                "Delete group",
		"activityDateTime ge 2026-11-24T10:30:00Z and activityDateTime le 2026-11-24T11:30:00.5Z":        "Delete group",
		"activityDateTime le 2026-11-24T10:00:00Z or category eq 'Policy'":                               "Add group,Add conditional access policy",
		"(category eq 'Policy' or category eq 'UserManagement') and loggedByService eq 'Core Directory'": "Add user",
		"activityDisplayName eq 'Add group'":                                                             "Add group",
		"activityDisplayName eq 'add group'":                                                             "",
		"startswith(activityDisplayName,'Add')":                                                          "Add group,Add user,Add conditional access policy",
		"loggedByService eq 'Conditional Access'":                                                        "Add conditional access policy",
		"correlationId eq '" + all[0]["correlationId"].(string) + "'":                                    "Add conditional access policy",
		"id eq '" + all[3]["id"].(string) + "'":                                                          "Add group",
		"initiatedBy/user/id eq '" + strings.ToUpper(person) + "'":                                       "Add conditional access policy",
		"initiatedBy/user/displayName eq 'Ann'":                                                          "Add conditional access policy",
		"initiatedBy/user/userPrincipalName eq 'ann@contoso.onmicrosoft.com'":                            "Add conditional access policy",
		"startswith(initiatedBy/user/userPrincipalName,'ann@')":                                          "Add conditional access policy",
		"initiatedBy/app/appId eq '" + emulator.StaticTokenAppID + "'":                                   "Add group,Delete group,Add user",
		"initiatedBy/app/displayName eq 'CLI'":                                                           "",
		"targetResources/any(t: t/id eq '" + strings.ToUpper(g) + "')":                                   "Add group,Delete group",
		"targetResources/any(x:x/displayName eq 'Sales')":                                                "Add group,Delete group",
		"targetResources/any(t: startswith(t/displayName,'Sales''s'))":                                   "Add conditional access policy",
		"activityDateTime ge 2026-11-24T11:00:00Z and targetResources/any(t:t/id eq '" + g + "')":        "Delete group",
		"targetResources/any(t:t/id eq '" + g + "') or targetResources/any(t:t/id eq '" + person + "')":  "Add group,Delete group,Add user",
	} {
		same(t, filter, strings.Join(names(e.audits(filter)), ","), want)
	}
	for _, filter := range []string{
		"result eq 'failure'", "operationType eq 'Delete'", "activityDateTime gt 2026-11-24T11:00:00Z", "activityDateTime ge '2026-11-24T11:00:00Z'",
		"activityDateTime ge 2026-11-24", "activityDisplayName ne 'Add group'", "not (category eq 'Policy')", "startswith(category,'P')",
		"startswith(initiatedBy/user/id,'0')", "endswith(activityDisplayName,'group')", "contains(activityDisplayName,'group')",
		"targetResources/any(t: startswith(t/id,'0'))", "targetResources/any(t: t/type eq 'Group')", "targetResources/any(t: u/id eq 'x')",
		"targetResources/all(t: t/id eq 'x')", "targetResources/any(t: t/id eq 'x' or t/id eq 'y')", "category eq Policy", "category eq 'Policy' and",
		"category eq", "(category eq 'Policy'", "targetResources/any(", "activityDateTime", "startswith(", "category in ('Policy')", "id eq 1", "' or '", "%22",
	} {
		e.refused(400, "BadRequest", "", "GET", audits+"?$filter="+filter, nil)
	}
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for range 5 {
		e.group("g")
	}
	all := e.audits("")
	first := e.want(200, "GET", audits+"?$top=2&$filter=category eq 'GroupManagement'&$orderby=activityDateTime desc", nil)
	e.group("new") // what is written meanwhile does not shift the pages
	link, _ := first.body["@odata.nextLink"].(string)
	second := e.want(200, "GET", link, nil)
	link, _ = second.body["@odata.nextLink"].(string)
	third := e.want(200, "GET", link, nil)
	same(t, "no link on the last page", third.body["@odata.nextLink"], nil)
	var want []string
	for _, r := range all {
		want = append(want, r["id"].(string))
	}
	same(t, "ids", append(append(first.ids(), second.ids()...), third.ids()...), want)
	same(t, "context", first.body["@odata.context"], e.url+"/v1.0/$metadata#auditLogs/directoryAudits")
	e.want(200, "GET", audits+"?$top=1000", nil)
	picked := e.want(200, "GET", "/beta/auditLogs/directoryAudits?$top=1&$select=category", nil).body["value"].([]any)[0].(object)
	same(t, "selected", []any{len(picked), picked["category"]}, []any{2, "GroupManagement"})

	e.refused(400, "Directory_ExpiredPageToken", "", "GET", strings.Replace(link, "category", "loggedByService", 1), nil)
	for _, query := range []string{"$top=1001", "$top=0", "$top=x", "$orderby=category", "$orderby=activityDateTime asc", "$count=true", "$expand=x", "$skip=1", "$search=x"} {
		e.refused(400, "BadRequest", "", "GET", audits+"?"+query, nil)
	}
	e.refused(400, "BadRequest", "", "GET", audits+"/"+all[0]["id"].(string)+"?$filter=category eq 'x'", nil)
	for _, method := range []string{"POST", "PATCH", "DELETE"} {
		e.refused(405, "Request_BadRequest", "method", method, audits, object{})
		e.refused(405, "Request_BadRequest", "method", method, audits+"/"+all[0]["id"].(string), object{})
	}
	e.refused(404, "ResourceNotFound", nobody, "GET", audits+"/"+nobody, nil)
}

// TestAuditSDK has Microsoft's typed client read the log: a name that its models lack
// would end up among what it calls additional data.
func TestAuditSDK(t *testing.T) {
	t.Parallel()
	s := newSDK(t)
	life := s.lives()["group"]
	made, err := life.create("g")
	if err != nil {
		t.Fatal(err)
	}
	g := *made.GetId()
	if err := life.rename(g, "h"); err != nil {
		t.Fatal(err)
	}
	log := auditlogs.NewAuditLogsRequestBuilderInternal(map[string]string{}, s.adapter).DirectoryAudits()
	filter := "targetResources/any(t: t/id eq '" + g + "')"
	page, err := log.Get(t.Context(), &auditlogs.DirectoryAuditsRequestBuilderGetRequestConfiguration{
		QueryParameters: &auditlogs.DirectoryAuditsRequestBuilderGetQueryParameters{Filter: &filter}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(page.GetValue()); n != 2 {
		t.Fatalf("%d records", n)
	}
	r := page.GetValue()[0]
	same(t, "activity", *r.GetActivityDisplayName(), "Update group")
	same(t, "result", r.GetResult().String(), "success")
	same(t, "actor", *r.GetInitiatedBy().GetApp().GetAppId(), emulator.StaticTokenAppID)
	target := r.GetTargetResources()[0]
	same(t, "target", []string{*target.GetId(), *target.GetTypeEscaped(), target.GetGroupType().String()}, []string{g, "Group", "azureAD"})
	same(t, "change", *target.GetModifiedProperties()[0].GetNewValue(), `["h"]`)
	if r.GetActivityDateTime() == nil || r.GetCorrelationId() == nil || r.GetOperationType() == nil {
		t.Error("a property is lost")
	}
	for what, unknown := range map[string]map[string]any{
		"record": r.GetAdditionalData(), "initiator": r.GetInitiatedBy().GetAdditionalData(), "application": r.GetInitiatedBy().GetApp().GetAdditionalData(),
		"target": target.GetAdditionalData(), "change": target.GetModifiedProperties()[0].GetAdditionalData(),
	} {
		if len(unknown) > 0 {
			t.Errorf("%s: names that Microsoft's models lack: %v", what, unknown)
		}
	}
	one, err := log.ByDirectoryAuditId(*r.GetId()).Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "by id", *one.GetId(), *r.GetId())
}

// FuzzAuditFilter: whatever stands in $filter is answered or refused.
func FuzzAuditFilter(f *testing.F) {
	for _, seed := range []string{"activityDateTime ge 2026-11-24T11:00:00Z and targetResources/any(t:t/id eq 'x')", "((category eq 'a'))or id eq 'b'",
		"startswith(activityDisplayName,'Add') and", "targetResources/any(t:startswith(t/displayName,'''", "initiatedBy/user/id eq"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, filter string) { emulator.AuditFilter(filter) })
}
