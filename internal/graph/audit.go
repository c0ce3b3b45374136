package graph

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// AuditQuery says which records of the audit log are wanted. The log takes five requests in ten seconds from an
// application, so one query over a window of time serves many questions. It filters by nothing that Microsoft's page
// does not list: https://learn.microsoft.com/graph/api/directoryaudit-list
type AuditQuery struct {
	Since, Until time.Time // both inclusive; a zero one does not bound
	Activities   []string  // how the names of the activities begin, any of them; Graph compares to the letter
	Target       string    // id of an object that the record must be about
	Values       bool      // read the old and new values, too, which are long
}

// DeletionActivities are how the names of deletions begin. "Delete X" moves to the recycle bin where X has one, "Hard
// Delete X" (also written "Hard delete") purges, and services differ:
// https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
// What is removed from a group, role or application is not among them: there are far too many of those.
var DeletionActivities = []string{
	"Delete", "Hard", "Remove service principal",
	"Authentication Strength", // "Authentication Strength Policy Delete": the verb stands at the end
}

// AuditRecord is one entry of the audit log, as far as it tells who did what to which objects.
type AuditRecord struct {
	ID          string
	Correlation string // the same in all records of one request
	At          time.Time
	Activity    string   // "Delete group"; services disagree about capitals
	Operation   string   // "Add", "Update", "Delete", "Assign", "Unassign" …
	Result      string   // "success", "failure", "timeout"
	Actor       string   // who: the user principal name, else the name of the application, else an id
	ActorIs     []string // every name and id that the record has of them, Actor among them
	ByApp       bool     // an application or a service, and no person
	ByService   bool     // Microsoft itself, such as the job that empties recycle bins: an application without an appId
	Targets     []AuditTarget
}

// AuditTarget is an object that a record is about.
type AuditTarget struct {
	ID, Type, Name string
	Changes        []AuditChange // where the query wants values
}

// AuditChange is a property in a record, with what it was and became: JSON text, or the string that the text is.
type AuditChange struct{ Property, Old, New string }

// AuditPage is how many records a page holds at most.
const AuditPage = 1000

// AuditLog reads the records of a query page by page, the newest first. Records appear 1 to 15 minutes after what they
// tell, and are kept for 30 days, 7 in a tenant without Entra ID P1. Reading wants AuditLog.Read.All and
// Directory.Read.All.
type AuditLog struct {
	pager  *Pager
	values bool
}

// Audits prepares to read the log; nothing is asked before the first page.
func (c *Client) Audits(q AuditQuery) *AuditLog {
	return &AuditLog{c.Pages(Request{Path: "/auditLogs/directoryAudits", Query: q.options()}), q.Values}
}

func (q AuditQuery) options() map[string]string {
	var clauses []string
	if !q.Since.IsZero() {
		clauses = append(clauses, "activityDateTime ge "+q.Since.UTC().Format(time.RFC3339))
	}
	if !q.Until.IsZero() { // rounded up: a second that has begun is meant as a whole
		clauses = append(clauses, "activityDateTime le "+q.Until.UTC().Add(time.Second-1).Format(time.RFC3339))
	}
	var names []string
	for _, name := range q.Activities {
		names = append(names, "startswith(activityDisplayName,"+quoted(name)+")")
	}
	if len(names) > 0 {
		clauses = append(clauses, "("+strings.Join(names, " or ")+")")
	}
	if q.Target != "" {
		clauses = append(clauses, "targetResources/any(t:t/id eq "+quoted(q.Target)+")")
	}
	options := map[string]string{"$top": strconv.Itoa(AuditPage), "$orderby": "activityDateTime desc"}
	if len(clauses) > 0 {
		options["$filter"] = strings.Join(clauses, " and ")
	}
	return options
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Next reads one page. It is empty where Graph's is; more tells whether another follows.
func (l *AuditLog) Next(ctx context.Context) (records []AuditRecord, more bool, err error) {
	rows, more, err := l.pager.Next(ctx)
	for _, row := range rows {
		records = append(records, newAuditRecord(row, l.values))
	}
	return records, more, err
}

// IsDeletion tells of a deletion that succeeded, into the recycle bin or for good.
func (r *AuditRecord) IsDeletion() bool {
	name := strings.ToLower(r.Activity)
	return r.Result != "failure" && (strings.HasPrefix(name, "delete ") || strings.HasSuffix(name, " delete") ||
		name == "remove service principal" || r.IsPurge())
}

// IsPurge tells of a deletion for good out of the recycle bin. Where an object has no bin, or Graph names the purge of
// a Conditional Access policy like its deletion, which is unconfirmed, IsDeletion alone is true.
func (r *AuditRecord) IsPurge() bool {
	return r.Result != "failure" && strings.HasPrefix(strings.ToLower(r.Activity), "hard delete")
}

// Concerns tells whether the object is among the targets.
func (r *AuditRecord) Concerns(id string) bool {
	for _, t := range r.Targets {
		if strings.EqualFold(t.ID, id) {
			return true
		}
	}
	return false
}

// newAuditRecord reads what Graph answers. A property that is missing or of another form is left empty: a record says
// who, and is never a reason to fail.
func newAuditRecord(b Body, values bool) AuditRecord {
	r := AuditRecord{
		ID: word(b, "id"), Correlation: word(b, "correlationId"), Activity: strings.TrimSpace(word(b, "activityDisplayName")),
		Operation: word(b, "operationType"), Result: word(b, "result"),
	}
	r.At, _ = time.Parse(time.RFC3339Nano, word(b, "activityDateTime"))
	r.Actor, r.ActorIs, r.ByApp, r.ByService = auditActor(b)
	targets, _ := b["targetResources"].([]any)
	for _, item := range targets {
		if target, ok := item.(Body); ok {
			one := AuditTarget{ID: word(target, "id"), Type: word(target, "type"), Name: word(target, "displayName")}
			if values {
				one.Changes = auditChanges(target)
			}
			r.Targets = append(r.Targets, one)
		}
	}
	return r
}

func auditChanges(target Body) (out []AuditChange) {
	changes, _ := target["modifiedProperties"].([]any)
	for _, item := range changes {
		if b, ok := item.(Body); ok {
			out = append(out, AuditChange{Property: word(b, "displayName"), Old: unquoted(word(b, "oldValue")), New: unquoted(word(b, "newValue"))})
		}
	}
	return out
}

// unquoted is the string that a value is the JSON text of, else the value.
func unquoted(value string) string {
	var s *string
	switch err := json.Unmarshal([]byte(value), &s); {
	case err != nil:
		return value
	case s == nil: // null
		return ""
	}
	return *s
}

// auditActor is who did what a record tells: exactly one of user and app is set.
// https://learn.microsoft.com/graph/api/resources/auditactivityinitiator
func auditActor(record Body) (name string, all []string, app, service bool) {
	by, _ := record["initiatedBy"].(Body)
	for _, who := range []string{"user", "app"} {
		one, _ := by[who].(Body)
		for _, property := range []string{"userPrincipalName", "displayName", "servicePrincipalName", "id", "appId", "servicePrincipalId"} {
			if s := word(one, property); s != "" {
				all = append(all, s)
			}
		}
		if len(all) > 0 {
			return all[0], all, who == "app", who == "app" && word(one, "appId") == "" && word(one, "servicePrincipalId") == ""
		}
	}
	return "an unknown actor", nil, false, false
}

func word(b Body, property string) string {
	s, _ := b[property].(string)
	return s
}
