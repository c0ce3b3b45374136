package emulator

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The audit log behind /auditLogs/directoryAudits: one record for each write, and
// sometimes companions that Entra writes along.
//
// What writes to the tenant calls one of the functions of auditwrite.go, one line beside
// the write. They note records in the journal of the request; run writes the journal
// into the log when the request succeeded, all of it with one correlation id, and drops
// it when it failed. So a handler may note before its last check.

const (
	auditRetention = 30 * 24 * time.Hour // with Entra ID P1 or P2
	maxAudits      = 50_000              // records kept, whatever their age
	maxAuditBytes  = 64 << 20            // of old and new values in them
)

// WithAuditRetention sets how long the audit log keeps a record: 30 days unless given
// otherwise, 7 days (168h) in a tenant without Entra ID P1.
func WithAuditRetention(d time.Duration) Option {
	return func(t *Tenant) { t.rules.auditRetention = d }
}

// WithAuditLag makes records appear that long after the write, by the tenant's clock.
// Microsoft's pages speak of 1 to 15 minutes; the default is none, because it would make
// every test of the log wait.
func WithAuditLag(d time.Duration) Option { return func(t *Tenant) { t.rules.auditLag = d } }

// WithoutFailedAudits keeps writes that were refused out of the audit log. Which of them
// Entra records is unconfirmed beyond examples; the default records what a service
// refused with 400, 403 or 409, so that a client must look at result before it names a
// culprit.
func WithoutFailedAudits() Option { return func(t *Tenant) { t.rules.failedAuditsDropped = true } }

// WithPlainPolicyAudits records the permanent deletion of a Conditional Access policy or
// named location as another "Delete …", and its restore as "Update …". What Entra calls
// them is unconfirmed; the default is the words it has for directory objects.
func WithPlainPolicyAudits() Option { return func(t *Tenant) { t.rules.plainPolicyAudits = true } }

// activity is what happened, in the log's words.
type activity struct{ name, service, category, operation string }

// auditRecord is one entry of the log.
type auditRecord struct {
	seq         int
	id          string
	correlation string
	at          time.Time
	activity    activity
	reason      string // of a failure
	by          actor
	userAgent   string
	targets     []auditTarget
}

type auditTarget struct {
	id, name, typ, upn, groupType string
	changes                       []auditChange
}

// auditChange is an entry of modifiedProperties; a value is JSON text, or nil.
type auditChange struct {
	property   string
	old, newer *string
}

func (r *auditRecord) size() int {
	n := 0
	for _, target := range r.targets {
		for _, c := range target.changes {
			n += len(c.property)
			for _, v := range []*string{c.old, c.newer} {
				if v != nil {
					n += len(*v)
				}
			}
		}
	}
	return n
}

// auditLog holds the records, the oldest first. Beyond maxAudits or maxAuditBytes the
// oldest go before their time, so that a tenant that is written to for days stays small.
type auditLog struct {
	records []*auditRecord
	seq     int
	bytes   int
}

func (l *auditLog) add(r *auditRecord) {
	l.seq++
	r.seq = l.seq
	l.records = append(l.records, r)
	l.bytes += r.size()
}

// trim drops records from before the limit, and the oldest where there are too many.
func (l *auditLog) trim(limit time.Time) {
	for len(l.records) > 0 && (l.records[0].at.Before(limit) || len(l.records) > maxAudits || l.bytes > maxAuditBytes) {
		l.bytes -= l.records[0].size()
		l.records[0] = nil
		l.records = l.records[1:]
	}
}

// cut takes back the records from a number on.
func (l *auditLog) cut(from int) {
	for len(l.records) > 0 && l.records[len(l.records)-1].seq >= from {
		last := len(l.records) - 1
		l.bytes -= l.records[last].size()
		l.records = l.records[:last]
	}
	l.seq = min(l.seq, from-1)
}

// journal collects what one request did.
type journal struct {
	records []*auditRecord
	idle    bool // the request was for a check alone and changed nothing
}

// note puts a record into the journal of the request, or, where there is no request,
// into the log.
func (t *Tenant) note(c *call, a activity, targets ...auditTarget) {
	r := &auditRecord{activity: a, targets: targets, by: t.actorOf(c)}
	if c == nil || c.journal == nil {
		t.commit(r)
		return
	}
	r.userAgent = c.header.Get("User-Agent")
	c.journal.records = append(c.journal.records, r)
}

// audited runs the handler of a request and writes down what it did.
func (t *Tenant) audited(c *call) (*reply, *graphError) {
	c.journal = &journal{}
	rep, gerr := c.route.run(t, c)
	if gerr != nil {
		c.journal.records = nil
		if r := t.refusedWrite(c, gerr); r != nil {
			t.commit(r)
		}
		return rep, gerr
	}
	if c.method != "GET" && len(c.journal.records) == 0 && !c.journal.idle {
		t.unaudited[c.method+" "+c.route.pattern] = true
	}
	t.commit(c.journal.records...)
	return rep, nil
}

// commit gives records their time and ids. All of one request have one correlation id.
func (t *Tenant) commit(records ...*auditRecord) {
	if len(records) == 0 {
		return
	}
	correlation, at := uuid.NewString(), t.now().Truncate(100*time.Nanosecond)
	for _, r := range records {
		r.correlation, r.at = correlation, at
		prefix := "Directory"
		if r.activity.service == conditionalAccess {
			prefix = "IPCGraph" // as seen in records of that service
		}
		r.id = fmt.Sprintf("%s_%s_%s_%d", prefix, correlation, strings.ToUpper(randomHex(3))[:5], 10_000_000+t.audits.seq)
		t.audits.add(r)
	}
	t.audits.trim(at.Add(-t.rules.auditRetention))
}

// body is a record as Graph answers with it.
func (r *auditRecord) body() body {
	result, reason := "success", ""
	if r.reason != "" {
		result, reason = "failure", r.reason
	}
	details := []any{}
	if r.userAgent != "" {
		details = append(details, body{"key": "User-Agent", "value": r.userAgent})
	}
	targets := []any{}
	for _, target := range r.targets {
		targets = append(targets, target.body())
	}
	return body{
		"id": r.id, "category": r.activity.category, "correlationId": r.correlation, "result": result, "resultReason": reason,
		"activityDisplayName": r.activity.name, "activityDateTime": preciseTimestamp(r.at), "loggedByService": r.activity.service,
		"operationType": r.activity.operation, "initiatedBy": r.by.initiatedBy(), "targetResources": targets, "additionalDetails": details,
	}
}

func (a auditTarget) body() body {
	changes := []any{}
	for _, c := range a.changes {
		change := body{"displayName": c.property, "oldValue": nil, "newValue": nil}
		if c.old != nil {
			change["oldValue"] = *c.old
		}
		if c.newer != nil {
			change["newValue"] = *c.newer
		}
		changes = append(changes, change)
	}
	return body{"id": orNull(a.id), "displayName": orNull(a.name), "type": a.typ, "userPrincipalName": orNull(a.upn),
		"groupType": orNull(a.groupType), "modifiedProperties": changes}
}
