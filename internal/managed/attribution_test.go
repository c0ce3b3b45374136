package managed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// endless is an audit log without end: one record on a page, about nobody whom anybody
// asks for; of an object alone it knows everything.
func endless(t *testing.T) (*Tenant, *[]string) {
	t.Helper()
	var asked []string
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/v1.0/auditLogs/directoryAudits", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("$filter"))
		record := map[string]any{"id": "Directory_1", "activityDisplayName": "Update group", "activityDateTime": "2026-11-20T14:03:11Z", "result": "success",
			"initiatedBy": map[string]any{"user": map[string]any{"userPrincipalName": "alice@contoso.com"}}, "targetResources": []any{map[string]any{"id": "other"}}}
		out := map[string]any{"value": []any{record}, "@odata.nextLink": fmt.Sprintf("%s%s?$skiptoken=%d", server.URL, r.URL.Path, len(asked))}
		if _, id, alone := strings.Cut(r.URL.Query().Get("$filter"), "t/id eq '"); alone {
			record["targetResources"] = []any{map[string]any{"id": strings.TrimSuffix(id, "')")}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
	})
	client, err := graph.New(t.Context(), graph.Config{Endpoint: server.URL, AccessToken: "t"})
	if err != nil {
		t.Fatal(err)
	}
	return NewTenant(client, "", nil, nil), &asked
}

// TestBoundsOfTheLog: a log that goes back further than anybody should read is read for a
// few pages, then asked about a few objects alone, and the plan says how far it looked.
func TestBoundsOfTheLog(t *testing.T) {
	t.Parallel()
	tenant, asked := endless(t)
	description := []*kind.Attr{{Name: "description", Property: "description"}}
	for n := range 30 {
		by := tenant.changedBy(t.Context(), fmt.Sprint("id", n), description, time.Time{})
		if want := n < maxSingle; (by == "alice@contoso.com at 2026-11-20T14:03:11Z (audit Directory_1)") != want {
			t.Errorf("of object %d the log says %q", n, by)
		}
	}
	if n := len(*asked); n != 5+maxSingle {
		t.Errorf("the log was asked %d times", n)
	}
	if s := tenant.silence(ofChanges); !strings.Contains(s, "not among the last 5 records of the audit log, which go back to 2026-11-20 14:03 UTC") {
		t.Error("how far was looked: ", s)
	}
	if by := tenant.changedBy(t.Context(), "other", description, time.Time{}); by == "" {
		t.Error("what was read already is not found")
	}
	if by := tenant.changedBy(t.Context(), "other", description, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)); by != "" {
		t.Error("a change from before the last apply is taken for one since: ", by)
	}
}

// TestInterruptedIsNoAnswer: a run that was stopped says nothing of the log.
func TestInterruptedIsNoAnswer(t *testing.T) {
	t.Parallel()
	tenant, _ := endless(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if by := tenant.changedBy(ctx, "other", []*kind.Attr{{Name: "description"}}, time.Time{}); by != "" || tenant.unreadable() != nil {
		t.Errorf("interrupted: %q, %v", by, tenant.trail.err)
	}
}

// TestTells: which records can be of a change of which attribute.
func TestTells(t *testing.T) {
	t.Parallel()
	body := &kind.Attr{Name: "description", Property: "description"}
	members := &kind.Attr{Name: "members", Property: "members", Channel: kind.Relation}
	far := &kind.Attr{Name: "applies_to", Property: "appliesTo", Channel: kind.Relation, Far: "tokenLifetimePolicies"}
	first, second := []graph.AuditTarget{{ID: "me"}, {ID: "other"}}, []graph.AuditTarget{{ID: "other"}, {ID: "me"}}
	for name, x := range map[string]struct {
		record graph.AuditRecord
		attr   *kind.Attr
		want   bool
	}{
		"update":                    {graph.AuditRecord{Activity: "Update group", Operation: "Update", Targets: first}, body, true},
		"creation":                  {graph.AuditRecord{Activity: "Add group", Operation: "Add", Targets: first}, body, false},
		"deletion":                  {graph.AuditRecord{Activity: "Delete group", Operation: "Delete", Targets: first}, body, false},
		"secrets":                   {graph.AuditRecord{Activity: "Add service principal credentials", Operation: "Update", Targets: first}, body, true},
		"member, of a description":  {graph.AuditRecord{Activity: "Add member to group", Operation: "Assign", Targets: second}, body, false},
		"member":                    {graph.AuditRecord{Activity: "Add member to group", Operation: "Assign", Targets: second}, members, true},
		"member of a unit":          {graph.AuditRecord{Activity: "Remove member from restricted management administrative unit", Targets: second}, members, true},
		"made a member itself":      {graph.AuditRecord{Activity: "Add member to group", Operation: "Assign", Targets: first}, members, false},
		"owner, of members":         {graph.AuditRecord{Activity: "Add owner to group", Operation: "Assign", Targets: second}, members, false},
		"update, of members":        {graph.AuditRecord{Activity: "Update group", Operation: "Update", Targets: first}, members, false},
		"policy of an application":  {graph.AuditRecord{Activity: "Add policy to application", Operation: "Assign", Targets: first}, far, true},
		"policy, of the other side": {graph.AuditRecord{Activity: "Add policy to application", Operation: "Assign", Targets: second}, far, false},
	} {
		if got := tells(&x.record, "ME", x.attr); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestSpoken: a deed in a sentence, and who did it where that is one name.
func TestSpoken(t *testing.T) {
	t.Parallel()
	one := "Backup job at night at 2026-11-20T14:03:11Z (audit Directory_1_A)"
	two := "Microsoft at 2026-12-20T14:03:11Z (audit Directory_2), 30 days after " + one + " deleted it"
	if got := spoken(one); got != "Backup job at night on 2026-11-20 14:03 UTC (audit Directory_1_A)" {
		t.Error(got)
	}
	if actorOf(one) != "Backup job at night" || actorOf(two) != "" || actorOf(one+", and then for good by an unknown actor") != "" || actorOf("") != "" {
		t.Errorf("%q %q", actorOf(one), actorOf(two))
	}
}

// TestPutBack: what an apply changes to what it was, at which paths; not what the code
// changes on its own account; and what is open because of another object that is made anew.
func TestPutBack(t *testing.T) {
	t.Parallel()
	users := func(ids ...string) kind.Values {
		return kind.Values{"users": kind.Values{"exclude": ids}, "apps": "All"}
	}
	left := kind.Values{"state": "enabled", "conditions": users("a", "b"), "name": "n", "note": "n"}
	m := mark{Drift: map[string]string{}}
	for name, v := range left {
		m.Drift[name] = digest(v)
	}
	prior := kind.Values{"state": "disabled", "conditions": users("a"), "name": "m", "note": "n", "other": "x"}
	planned := kind.Values{"state": "enabled", "conditions": users("a", "b"), "name": "of the code", "note": "n", "other": "y"}
	if got := strings.Join(m.putBack(prior, planned, nil), " "); got != "conditions.users.exclude state" {
		t.Error(got)
	}
	delete(planned, "conditions")
	if got := strings.Join(m.putBack(prior, planned, map[string]bool{"conditions": true, "other": true}), " "); got != "conditions state" {
		t.Error("with something unknown: ", got)
	}
}

// TestRemoves: which records are of the removal of a link or a part. Those of a link name all
// that it connected; a grant whose scopes change is recorded as "Remove …", too.
func TestRemoves(t *testing.T) {
	t.Parallel()
	role := kind.Unlinked("principal_id", "Remove member from role").Over("Remove scoped member from role")
	grant := kind.Unlinked("resource_id", "Remove delegated permission grant")
	part := kind.TakenOut("application_id", "FederatedIdentityCredentials", "Update application")
	target := func(id string, changes ...graph.AuditChange) []graph.AuditTarget {
		return []graph.AuditTarget{{ID: id, Changes: changes}}
	}
	// As quoted from a tenant: the role by its object's id, which is not the definition's, and by its template's.
	ofRole := target("p", graph.AuditChange{Property: "Role.ObjectID", Old: "o"}, graph.AuditChange{Property: "Role.TemplateId", Old: "R"})
	overUnit := append(slices.Clone(ofRole), graph.AuditTarget{ID: "u"})
	scopes := func(old, now string) []graph.AuditTarget {
		return append(target("resource", graph.AuditChange{Property: "DelegatedPermissionGrant.Scope", Old: old, New: now},
			graph.AuditChange{Property: "DelegatedPermissionGrant.ConsentType", Old: "AllPrincipals", New: "AllPrincipals"},
			graph.AuditChange{Property: "ServicePrincipal.ObjectID", New: "client"}), graph.AuditTarget{ID: "client"})
	}
	credentials := func(property, old, now string) []graph.AuditTarget {
		return target("app", graph.AuditChange{Property: property, Old: old, New: now})
	}
	all := []string{"client", "resource", "AllPrincipals"}
	for name, x := range map[string]struct {
		activity string
		targets  []graph.AuditTarget
		by       *kind.Removal
		named    []string
		scope    []string
		want     bool
	}{
		"role":                             {"remove member from role", ofRole, role, []string{"r", "P"}, nil, true},
		"role of somebody else":            {"Remove member from role", ofRole, role, []string{"r", "q"}, nil, false},
		"another role":                     {"Remove member from role", ofRole, role, []string{"s", "p"}, nil, false},
		"role given":                       {"Add member to role", ofRole, role, []string{"r", "p"}, nil, false},
		"activation that expired":          {"Remove member from role (PIM activation expired)", ofRole, role, []string{"r", "p"}, nil, false},
		"role over a unit":                 {"Remove scoped member from role", overUnit, role, []string{"r", "p"}, []string{"u"}, true},
		"role over another unit":           {"Remove scoped member from role", overUnit, role, []string{"r", "p"}, []string{"v"}, false},
		"over a unit, of the tenant's":     {"Remove scoped member from role", overUnit, role, []string{"r", "p"}, nil, false},
		"over the tenant, of the unit's":   {"Remove member from role", overUnit, role, []string{"r", "p"}, []string{"u"}, false},
		"grant":                            {"Remove delegated permission grant", scopes("User.Read", ""), grant, all, nil, true},
		"grant that got other scopes":      {"Remove delegated permission grant", scopes("User.Read", "User.Read Mail.Read"), grant, all, nil, false},
		"grant of one user, of everyone's": {"Remove delegated permission grant", scopes("User.Read", ""), grant, []string{"client", "resource", "Principal", "user"}, nil, false},
		"credential":                       {"Update application", credentials("FederatedIdentityCredentials", `[{"Id":"C1"},{"Id":"c2"}]`, `[{"Id":"c2"}]`), part, []string{"c1"}, nil, true},
		"credential that stays":            {"Update application", credentials("FederatedIdentityCredentials", `[{"Id":"c1"},{"Id":"c2"}]`, `[{"Id":"c2"}]`), part, []string{"c2"}, nil, false},
		"credential that was made":         {"Update application", credentials("FederatedIdentityCredentials", `[]`, `[{"Id":"c1"}]`), part, []string{"c1"}, nil, false},
		"another property":                 {"Update application", credentials("RequiredResourceAccess", `[{"Id":"c1"}]`, `[]`), part, []string{"c1"}, nil, false},
	} {
		if got := removes(&graph.AuditRecord{Activity: x.activity, Targets: x.targets}, x.by, x.named, x.scope); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestQuestionsForRemovals: the window of removals asks for the activities of the tables and
// for no others, and what happens too often is asked for of one object, once for all that it
// lost, and of a few objects at most.
func TestQuestionsForRemovals(t *testing.T) {
	t.Parallel()
	tenant, asked := endless(t)
	link := &kind.Kind{Name: "link", Life: kind.Linking("/links"), Removal: kind.Unlinked("from", "Remove x", "Remove x by y").Over("Remove z"),
		Attrs: []kind.Attr{kind.Text("from", kind.Required, "d").AtCreation(), kind.Text("deleted_by", kind.Computed, "d")}}
	member := *link
	member.Name, member.Removal = "member", kind.Unlinked("from", "Remove member").TooOften()
	tenant.kinds = map[string]*kind.Kind{"link": link, "member": &member}
	for n := range 30 {
		for range 3 {
			if by := tenant.lostBy(t.Context(), &member, kind.Values{"from": fmt.Sprint("group", n)}, false, time.Time{}); by != "" {
				t.Errorf("a record of something else is taken for the removal: %s", by)
			}
		}
	}
	if n := len(*asked); n != maxSingle {
		t.Errorf("the log was asked %d times about %d objects", n, maxSingle)
	}
	if q := (*asked)[0]; !strings.Contains(q, "(startswith(activityDisplayName,'Remove member')) and targetResources/any(t:t/id eq 'group0')") {
		t.Error("the question about one object: ", q)
	}
	tenant.lostBy(t.Context(), link, kind.Values{"from": "a"}, false, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	if q := (*asked)[maxSingle]; len(*asked) != maxSingle+1 || !strings.HasSuffix(q, " and (startswith(activityDisplayName,'Remove x') or startswith(activityDisplayName,'Remove z'))") {
		t.Errorf("%d questions, the last of them %s", len(*asked), q)
	}
	if by := tenant.lostBy(t.Context(), link, kind.Values{"id": "imported"}, false, time.Time{}); by != "" || len(*asked) != maxSingle+1 {
		t.Error("what is not known to connect anything is asked for: ", by)
	}
}

// TestRequestsOfRecords: the directory and Conditional Access each write a record of the one deletion
// of a policy, which may have been undone since. That is no purge.
func TestRequestsOfRecords(t *testing.T) {
	t.Parallel()
	for want, of := range map[int][]string{0: nil, 1: {"a", "a"}, 2: {"a", "b", "a"}} {
		var all []*graph.AuditRecord
		for _, correlation := range of {
			all = append(all, &graph.AuditRecord{Correlation: correlation})
		}
		if got := requests(all); got != want {
			t.Errorf("%v are %d requests", of, got)
		}
	}
}
