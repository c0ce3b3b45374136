package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The records of a storage: one for each object, link and entry of the audit log here,
// what there is beside them in beside.go. A key begins with the kind of the record.

// storageFormat is the version of all this. One that is not known is not read.
const storageFormat = 1

// keptObject is an object as a record holds it.
type keptObject struct {
	Type    string    `json:"type"`
	ID      string    `json:"id"`
	Body    body      `json:"body"`
	Deleted time.Time `json:"deleted,omitzero"`
	Parent  string    `json:"parent,omitempty"`
	Seeded  bool      `json:"seeded,omitempty"`
	Granted bool      `json:"granted,omitempty"`
	Preview bool      `json:"preview,omitempty"`
}

// record is what an alteration means to a storage.
func (ch alteration) record() Record {
	switch o := ch.object; {
	case o != nil:
		return makeRecord("object/"+ch.typ+"/"+o.key, keptObject{o.typ, o.id, o.body, o.deleted, o.parent, o.seeded, o.granted, o.preview})
	case ch.gone != "":
		return Record{Key: "object/" + ch.typ + "/" + ch.gone}
	}
	key := "link/" + ch.link.relation + "/" + ch.link.id + "/" + ch.target
	if ch.removed {
		return Record{Key: key}
	}
	return makeRecord(key, true)
}

func makeRecord(key string, v any) Record {
	value, err := json.Marshal(v)
	if err != nil {
		panic(err) // bodies were JSON, the rest is plain
	}
	return Record{Key: key, Value: value}
}

// keptAudit is an entry of the audit log as a record holds it.
type keptAudit struct {
	Seq         int          `json:"seq"`
	ID          string       `json:"id"`
	Correlation string       `json:"correlation"`
	At          time.Time    `json:"at"`
	Activity    [4]string    `json:"activity"` // name, service, category, operation
	Reason      string       `json:"reason,omitempty"`
	By          [3]string    `json:"by"` // app id, service principal, display name
	User        *[4]string   `json:"user,omitempty"`
	UserAgent   string       `json:"userAgent,omitempty"`
	Targets     []keptTarget `json:"targets"`
}

type keptTarget struct {
	Names   [5]string    `json:"names"` // id, name, type, user principal name, type of group
	Changes []keptChange `json:"changes,omitempty"`
}

type keptChange struct {
	Property string  `json:"property"`
	Old      *string `json:"old"`
	New      *string `json:"new"`
}

func auditKey(seq int) string { return fmt.Sprintf("audit/%012d", seq) }

func (r *auditRecord) record() Record {
	a, by := r.activity, r.by
	out := keptAudit{Seq: r.seq, ID: r.id, Correlation: r.correlation, At: r.at, Activity: [4]string{a.name, a.service, a.category, a.operation},
		Reason: r.reason, By: [3]string{by.appID, by.servicePrincipalID, by.displayName}, UserAgent: r.userAgent}
	if u := by.user; u != nil {
		out.User = &[4]string{u.id, u.displayName, u.userPrincipalName, u.ipAddress}
	}
	for _, target := range r.targets {
		kept := keptTarget{Names: [5]string{target.id, target.name, target.typ, target.upn, target.groupType}}
		for _, c := range target.changes {
			kept.Changes = append(kept.Changes, keptChange{c.property, c.old, c.newer})
		}
		out.Targets = append(out.Targets, kept)
	}
	return makeRecord(auditKey(r.seq), out)
}

func (k keptAudit) audit() *auditRecord {
	r := &auditRecord{seq: k.Seq, id: k.ID, correlation: k.Correlation, at: k.At, activity: activity{k.Activity[0], k.Activity[1], k.Activity[2], k.Activity[3]},
		reason: k.Reason, by: actor{appID: k.By[0], servicePrincipalID: k.By[1], displayName: k.By[2]}, userAgent: k.UserAgent}
	if u := k.User; u != nil {
		r.by.user = &actingUser{u[0], u[1], u[2], u[3]}
	}
	for _, target := range k.Targets {
		n := target.Names
		out := auditTarget{id: n[0], name: n[1], typ: n[2], upn: n[3], groupType: n[4]}
		for _, c := range target.Changes {
			out.changes = append(out.changes, auditChange{c.Property, c.Old, c.New})
		}
		r.targets = append(r.targets, out)
	}
	return r
}

// kept is a tenant as it comes out of a storage.
type kept struct {
	beside
	objects []*object
	links   []keptLink
	audits  []*auditRecord
	records int
}

type keptLink struct{ source, relation, target string }

func newKept() *kept { return &kept{beside: newBeside()} }

func (k *kept) empty() bool { return k.records == 0 }

// knows tells whether the tenant had objects of a type when it was kept, or could have.
func (k *kept) knows(typ string) bool {
	return slices.Contains(strings.Fields(k.tenant.Types), typ)
}

func (k *kept) sortedAudits() []*auditRecord {
	slices.SortFunc(k.audits, func(a, b *auditRecord) int { return a.seq - b.seq })
	return k.audits
}

// check refuses what this tenant cannot go on from.
func (k *kept) check(t *Tenant) error {
	if k.tenant.ID == "" {
		return fmt.Errorf("the storage holds records, but no tenant")
	}
	if k.tenant.Format != storageFormat {
		return fmt.Errorf("the storage has format %d, and this version reads format %d alone", k.tenant.Format, storageFormat)
	}
	for _, o := range k.objects {
		if t.resource(o.typ) == nil {
			return fmt.Errorf("the storage holds a %s, which this version does not know: a later one wrote it", o.typ)
		}
	}
	return nil
}

// add takes a record in.
func (k *kept) add(r Record) error {
	k.records++
	kind, rest, _ := strings.Cut(r.Key, "/")
	var err error
	switch kind {
	case "object":
		var o keptObject
		if err = unmarshal(r.Value, &o); err == nil {
			k.objects = append(k.objects, &object{typ: o.Type, id: o.ID, body: o.Body, deleted: o.Deleted, parent: o.Parent,
				seeded: o.Seeded, granted: o.Granted, preview: o.Preview})
		}
	case "link":
		parts := strings.Split(rest, "/")
		if len(parts) != 3 {
			return fmt.Errorf("the record %q is damaged", r.Key)
		}
		k.links = append(k.links, keptLink{parts[1], parts[0], parts[2]})
	case "audit":
		var a keptAudit
		if err = unmarshal(r.Value, &a); err == nil {
			k.audits = append(k.audits, a.audit())
		}
	default:
		err = k.addBeside(kind, rest, r.Value)
	}
	if err != nil {
		return fmt.Errorf("the record %q is damaged: %w", r.Key, err)
	}
	return nil
}

// unmarshal reads JSON with its numbers as they stand there.
func unmarshal(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(into)
}
