package drill

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// volatile are properties that Graph makes anew with an object.
var volatile = map[string]bool{
	"id": true, "createdDateTime": true, "modifiedDateTime": true, "renewedDateTime": true, "deletedDateTime": true,
	"securityIdentifier": true, "appId": true, "templateId": true, "expirationDateTime": true, "createdByAppId": true,
	"keyId": true, "hint": true, "startDateTime": true, "lastPasswordChangeDateTime": true, "signInSessionsValidFromDateTime": true,
	"refreshTokensValidFromDateTime": true,
}

// object is one object's properties as canonical JSON.
type object map[string]string

// Snapshot is the tenant at one moment: each object with ids replaced by
// names, so that two moments can be compared across a recreation.
type Snapshot struct {
	IDs     map[string]bool   // of all objects that code can manage
	Names   map[string]string // id or client id → kind and name
	kinds   map[string]string // id → kind
	bodies  map[string]object // kind and name; a second of the name gets a number
	refs    map[string][]string
	keys    map[string]string // id → its key in bodies and refs
	bonds   map[string]string // id → the id of what it is the only one for
	isValid map[string]bool   // every id that exists, users and the like included
}

// Len is how many objects there are.
func (s *Snapshot) Len() int { return len(s.bodies) }

// Snapshot reads the tenant: every kind that an export takes, with its
// relations and with what stands below its objects.
func (s *Stage) Snapshot() (*Snapshot, error) {
	out := &Snapshot{IDs: map[string]bool{}, Names: map[string]string{}, kinds: map[string]string{}, bodies: map[string]object{}, refs: map[string][]string{}, isValid: map[string]bool{},
		keys: map[string]string{}, bonds: map[string]string{}}
	objects := map[string][]Body{}
	for _, name := range s.Kinds() {
		list, err := s.Objects(name)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			if err := s.complete(name, b); err != nil {
				return nil, err
			}
			id := strings.ToLower(str(b["id"]))
			label := labelIn(name, b)
			out.IDs[id], out.kinds[id], out.Names[id] = true, name, name+":"+label
			if app := str(b["appId"]); app != "" {
				out.Names[strings.ToLower(app)] = "app:" + label
			}
		}
		objects[name] = list
	}
	for id := range out.Names {
		out.isValid[id] = true
	}
	for _, path := range []string{"/users", "/servicePrincipals", "/directoryRoleTemplates", "/policies/authenticationStrengthPolicies", "/identity/conditionalAccess/namedLocations"} {
		list, err := s.List("/beta" + path)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			out.isValid[strings.ToLower(str(b["id"]))] = true
			out.isValid[strings.ToLower(str(b["appId"]))] = true
		}
	}
	for name, list := range objects {
		out.add(name, list)
	}
	return out, nil
}

// complete adds to an object what it is linked to and what stands below it.
func (s *Stage) complete(name string, b Body) error {
	k := catalog.ByName(name)
	at := item("/"+string(k.Life.ReadFrom)+k.Life.Path, str(b["id"]))
	for _, a := range k.Relations() {
		linked, err := s.List(at + "/" + a.Property)
		if err != nil {
			return err
		}
		ids := []any{}
		for _, other := range linked {
			ids = append(ids, other["id"])
		}
		b["~"+a.Property] = ids
	}
	for _, below := range catalog.All() {
		rest, found := strings.CutPrefix(below.Life.Path, k.Life.Path+"/{")
		if !found || !below.Managed() || !below.Listable() {
			continue
		}
		_, segment, _ := strings.Cut(rest, "}")
		list, err := s.List(item("/"+string(below.Life.ReadFrom)+k.Life.Path, str(b["id"])) + segment)
		if err != nil {
			return err
		}
		all := []any{}
		for _, child := range list {
			all = append(all, child)
		}
		b["~"+segment] = all
	}
	return nil
}

func (s *Snapshot) add(kind string, list []Body) {
	plain := make([]any, len(list))
	order := make([]int, len(list))
	for i, b := range list {
		plain[i], order[i] = s.plain(b), i
	}
	sortKey := func(i int) string { return labelIn(kind, list[i]) + "\x00" + text(plain[i]) }
	sort.Slice(order, func(i, j int) bool { return sortKey(order[i]) < sortKey(order[j]) })
	for n, i := range order {
		b := list[i]
		label := labelIn(kind, b)
		key := kind + " " + label
		if _, twice := s.bodies[key]; twice || label == "" {
			key = fmt.Sprint(key, " ", n)
		}
		o := object{}
		properties, _ := plain[i].(map[string]any)
		for property, v := range properties {
			o[property] = text(v)
		}
		s.bodies[key], s.keys[strings.ToLower(str(b["id"]))] = o, key
		if one := catalog.ByName(kind).Life.OneFor; one != "" {
			s.bonds[strings.ToLower(str(b["id"]))] = strings.ToLower(str(b[catalog.ByName(kind).Attr(one).Property]))
		}
		for _, id := range guid.FindAllString(text(b), -1) {
			if id = strings.ToLower(id); id != b["id"] && id != b["appId"] {
				s.refs[key] = append(s.refs[key], id)
			}
		}
	}
}

var guid = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// text is a value as JSON, with the properties of objects in order.
func text(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(content)
}

// plain is a value without what is volatile, null or empty, with sets sorted
// and ids replaced by names.
func (s *Snapshot) plain(v any) any {
	switch v := v.(type) {
	case Body:
		out := map[string]any{}
		for k, x := range v {
			if volatile[k] || strings.Contains(k, "@odata") || strings.HasPrefix(k, "#") {
				continue
			}
			if x = s.plain(x); x != nil {
				out[k] = x
			}
		}
		if len(out) > 0 {
			return out
		}
		return nil
	case []any:
		var out []any
		for _, x := range v {
			out = append(out, s.plain(x))
		}
		sort.Slice(out, func(i, j int) bool { return text(out[i]) < text(out[j]) })
		if len(out) > 0 {
			return out
		}
		return nil
	case string:
		return bare.ReplaceAllStringFunc(guid.ReplaceAllStringFunc(v, s.named), s.named)
	}
	return v
}

// bare is a GUID without dashes, as in the name of an extension property.
var bare = regexp.MustCompile(`(?i)[0-9a-f]{32}`)

// named is the name of an id, or the id where nobody has it.
func (s *Snapshot) named(id string) string {
	whole := strings.ToLower(id)
	if len(whole) == 32 {
		whole = whole[:8] + "-" + whole[8:12] + "-" + whole[12:16] + "-" + whole[16:20] + "-" + whole[20:]
	}
	if name := s.Names[whole]; name != "" {
		return name
	}
	return id
}

// Difference names the first object that is not the same, and each property
// in which it differs; "" when all objects are the same.
func (s *Snapshot) Difference(after *Snapshot) string {
	for _, key := range union(s.bodies, after.bodies) {
		if diff := s.differs(after, key); diff != "" {
			return key + " " + diff
		}
	}
	return ""
}

// Differences says of each object that is not the same in what it differs, by
// kind and name.
func (s *Snapshot) Differences(after *Snapshot) map[string]string {
	out := map[string]string{}
	for _, key := range union(s.bodies, after.bodies) {
		if diff := s.differs(after, key); diff != "" {
			out[key] = diff
		}
	}
	return out
}

func (s *Snapshot) differs(after *Snapshot, key string) string {
	was, existed := s.bodies[key]
	is, exists := after.bodies[key]
	switch {
	case !exists:
		return "is missing"
	case !existed:
		return "was not there before"
	}
	var lines []string
	for _, property := range union(was, is) {
		if was[property] != is[property] {
			lines = append(lines, fmt.Sprintf("\n  %s\n    before: %s\n    after:  %s", property, orNothing(was[property]), orNothing(is[property])))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "differs in" + strings.Join(lines, "")
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// union returns the keys of both maps in order.
func union[V any](a, b map[string]V) []string {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

// dangling names an id in a policy that leads nowhere. Ids that led nowhere
// before either, such as template ids and what the tenant never had, are left
// aside.
func (s *Snapshot) dangling(before *Snapshot) string {
	dead := map[string]bool{}
	for _, ids := range before.refs {
		for _, id := range ids {
			dead[id] = dead[id] || !before.isValid[id]
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.refs)) {
		for _, id := range s.refs[key] {
			if strings.HasPrefix(key, "conditional_access_policy ") && !s.isValid[id] && !dead[id] {
				return key + " → " + id
			}
		}
	}
	return ""
}

// relinked counts the references that lead to another id than before.
func (s *Snapshot) relinked(after *Snapshot) int {
	n := 0
	for key, ids := range after.refs {
		for _, id := range ids {
			if after.Names[id] != "" && !slices.Contains(s.refs[key], id) {
				n++
			}
		}
	}
	return n
}

// restorable tells whether an object in a recycle bin could come back with its
// id. Graph restores no policy that refers to what is gone for good, and the
// service principal of an application that is gone is no use to its successor.
func (s *Snapshot) restorable(id string, after *Snapshot, purged map[string]bool) bool {
	if bond := s.bonds[id]; bond != "" && !after.isValid[bond] {
		return false
	}
	k := catalog.ByName(s.kinds[id])
	return k == nil || !k.Checked || !slices.ContainsFunc(s.refs[s.keys[id]], func(other string) bool {
		return purged[other] || !after.isValid[other] && s.isValid[other]
	})
}

// Tally is what became of the objects of a tenant.
type Tally struct{ Objects, Restored, Recreated, Relinked int }

// Compare holds the tenant after a recovery against the tenant before: the same
// objects, no reference that leads nowhere, and the same id for each object
// that was not purged. broken is the tenant in between.
func Compare(before, broken, after *Snapshot, purged map[string]bool) (Tally, error) {
	if diff := before.Difference(after); diff != "" {
		return Tally{}, fmt.Errorf("the tenant is not as it was: %s", diff)
	}
	if lost := after.dangling(before); lost != "" {
		return Tally{}, fmt.Errorf("a reference leads nowhere: %s", lost)
	}
	t := Tally{Objects: len(after.IDs), Relinked: before.relinked(after)}
	for id := range before.IDs {
		if !after.IDs[id] && !purged[id] && before.restorable(id, after, purged) {
			return Tally{}, fmt.Errorf("%s (%s) could have kept its id, and has another", before.Names[id], id)
		}
	}
	for id := range after.IDs {
		switch {
		case !before.IDs[id]:
			t.Recreated++
		case !broken.IDs[id]:
			t.Restored++
		}
	}
	return t, nil
}
