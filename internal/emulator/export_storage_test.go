package emulator

import (
	"fmt"
	"reflect"
	"slices"
)

// For tests: what a storage keeps of a tenant, and what not.

// lost are the fields of a tenant that a storage does not keep, and why; kept those that it
// does. Every field stands in one of them.
var (
	lost = map[string]string{
		"rules": "options say anew", "log": "an option", "clock": "an option", "lag": "an option", "seedOfChance": "an option",
		"speed": "an option", "people": "an option", "limits": "an option; a quota begins anew", "chosen": "what options said",
		"mu": "a lock", "resources": "a table", "byType": "a cache", "routes": "a table", "logins": "held by its own fields",
		"changes": "delta tokens from before ask for a new start", "purgedAt": "the next request purges", "replication": "all replicas know what was kept",
		"counts": "of a process", "faults": "of a process", "unaudited": "for tests", "tracker": "of a storage", "used": "true once it went on",
		"logins.mux": "a table", "logins.key": "made of logins.made",
	}
	keptFields = []string{"id", "token", "secret", "ahead", "starts", "shelves", "edges", "audits", "protected", "logos",
		"logins.secrets", "logins.issuers", "logins.serial", "logins.revoked", "logins.made"}
)

// Unclassified lists the fields of a tenant of which nobody said whether a storage keeps them.
func Unclassified() (out []string) {
	for prefix, typ := range map[string]reflect.Type{"": reflect.TypeFor[Tenant](), "logins.": reflect.TypeFor[logins]()} {
		for i := range typ.NumField() {
			if name := prefix + typ.Field(i).Name; lost[name] == "" && !slices.Contains(keptFields, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Differs tells what a tenant holds otherwise than another one, of what a storage keeps.
func (t *Tenant) Differs(other *Tenant) (out []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for typ, s := range t.shelves {
		if a, b := len(s.objects), len(other.shelves[typ].objects); a != b {
			out = append(out, fmt.Sprintf("%d and %d of %s", a, b, typ))
		}
		for _, o := range s.sorted() {
			if x := other.shelves[typ].objects[o.key]; x == nil || !o.equal(x) {
				out = append(out, fmt.Sprintf("%s %s: %+v and %+v", typ, o.id, o, x))
			}
		}
	}
	if !reflect.DeepEqual(t.edges.to, other.edges.to) || !reflect.DeepEqual(t.edges.from, other.edges.from) {
		out = append(out, fmt.Sprintf("links: %v and %v", t.edges.to, other.edges.to))
	}
	logs := [2][]string{}
	for i, l := range []auditLog{t.audits, other.audits} {
		for _, r := range l.records {
			logs[i] = append(logs[i], string(r.record().Value))
		}
	}
	if !slices.Equal(logs[0], logs[1]) || t.audits.bytes != other.audits.bytes {
		out = append(out, fmt.Sprintf("audit log: %v\nand %v", logs[0], logs[1]))
	}
	a, b := t.besideNow(), other.besideNow()
	if a.tenant.Starts = b.tenant.Starts; a.key != nil && b.key != nil && a.key.private.Equal(b.key.private) && a.key.id == b.key.id {
		a.key = b.key
	}
	_, records := other.besideRecords(a)
	for _, r := range records {
		out = append(out, fmt.Sprintf("beside: %s %s", r.Key, r.Value))
	}
	return out
}
