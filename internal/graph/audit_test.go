package graph_test

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestAudits: one query over a window finds deletions, whatever they are called, page
// by page, and says who did what to which object.
func TestAudits(t *testing.T) {
	e := newTenant(t)
	client, err := graph.New(t.Context(), e.config(map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": e.file}))
	if err != nil {
		t.Fatal(err)
	}
	do := func(method, path string, body graph.Body) string {
		t.Helper()
		response, err := client.Do(t.Context(), graph.Request{Method: method, Path: path, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		id, _ := response.Body["id"].(string)
		return id
	}
	group := do("POST", "/groups", graph.Body{"displayName": "Sales", "mailNickname": "sales", "mailEnabled": false, "securityEnabled": true})
	unit := do("POST", "/directory/administrativeUnits", graph.Body{"displayName": "Branch"})
	app := do("POST", "/applications", graph.Body{"displayName": "App"})
	do("PATCH", "/groups/"+group, graph.Body{"description": "changed"})
	do("DELETE", "/groups/"+group, nil)
	do("DELETE", "/directory/deletedItems/"+group, nil)
	do("DELETE", "/directory/administrativeUnits/"+unit, nil)
	do("DELETE", "/applications/"+app, nil)
	read := func(q graph.AuditQuery) (out []graph.AuditRecord) {
		t.Helper()
		log := client.Audits(q)
		for more := true; more; {
			var page []graph.AuditRecord
			var err error
			if page, more, err = log.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
			out = append(out, page...)
		}
		return out
	}
	names := func(records []graph.AuditRecord) (out []string) {
		for _, r := range records {
			out = append(out, r.Activity)
		}
		return out
	}
	now := time.Now()
	deletions := read(graph.AuditQuery{Since: now.Add(-time.Hour), Until: now.Add(time.Hour), Activities: graph.DeletionActivities})
	if got, want := names(deletions), []string{"Delete application", "Delete administrative unit", "Hard Delete group", "Delete group"}; !slices.Equal(got, want) {
		t.Fatalf("deletions, newest first: %v, want %v", got, want)
	}
	purge := deletions[2]
	if !purge.IsPurge() || !purge.IsDeletion() || deletions[3].IsPurge() || !deletions[3].IsDeletion() {
		t.Errorf("a purge is a deletion, and a deletion is no purge: %+v, %+v", purge, deletions[3])
	}
	if purge.Actor != "provider" || !slices.Contains(purge.ActorIs, e.client.ID) || purge.ByService || !purge.Concerns(group) || purge.Concerns(unit) || purge.ID == "" || now.Sub(purge.At).Abs() > time.Hour {
		t.Errorf("the record of the purge: %+v", purge)
	}
	if got, want := names(read(graph.AuditQuery{Target: group})), []string{"Hard Delete group", "Delete group", "Update group", "Add group"}; !slices.Equal(got, want) {
		t.Errorf("records about one object: %v, want %v", got, want)
	}
	if got := read(graph.AuditQuery{Since: now.Add(time.Hour)}); len(got) != 0 {
		t.Errorf("records after the last: %v", names(got))
	}
}

// TestAuditsOfTheRetention: what leaves the recycle bin after 30 days was purged by
// Microsoft, and records that are no deletion, or failed, are not taken for one.
func TestAuditsOfTheRetention(t *testing.T) {
	now := time.Now()
	e := emulator.New(emulator.WithClock(func() time.Time { return now }))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	client, err := graph.New(t.Context(), graph.Config{Endpoint: server.URL, AccessToken: e.Token()})
	if err != nil {
		t.Fatal(err)
	}
	made, err := client.Post(t.Context(), graph.V1, "/groups", graph.Body{"displayName": "Sales", "mailNickname": "sales", "mailEnabled": false, "securityEnabled": true})
	if err != nil {
		t.Fatal(err)
	}
	group, _ := made["id"].(string)
	if err := client.Delete(t.Context(), graph.V1, "/groups/"+group); err != nil {
		t.Fatal(err)
	}
	now = now.Add(31 * 24 * time.Hour)
	if _, err := client.Get(t.Context(), graph.V1, "/directory/deletedItems/"+group, nil); !graph.IsNotFound(err) {
		t.Fatalf("31 days later: %v", err)
	}
	records, more, err := client.Audits(graph.AuditQuery{Target: group}).Next(t.Context())
	if err != nil || more || len(records) != 1 || !records[0].IsPurge() || !records[0].ByService {
		t.Errorf("records: %+v, more: %v, error: %v", records, more, err)
	}
	for name, record := range map[string]graph.AuditRecord{
		"of another verb": {Activity: "Add group"},
		"that failed":     {Activity: "Delete group", Result: "failure"},
		"of a membership": {Activity: "Remove member from group"},
		"of a change":     {Activity: "Authentication Strength Policy Update"},
	} {
		if record.IsDeletion() {
			t.Errorf("a record %s is taken for a deletion", name)
		}
	}
	if r := (graph.AuditRecord{Activity: "Authentication Strength Policy Delete"}); !r.IsDeletion() || r.IsPurge() {
		t.Error("a deletion whose verb stands at the end is not recognised")
	}
	if r := (graph.AuditRecord{Activity: "Hard delete agreement"}); !r.IsPurge() {
		t.Error("capitals count")
	}
}
