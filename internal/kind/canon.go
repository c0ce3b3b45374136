package kind

import (
	"encoding/json"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Self stands in a reference or a text for the object's own app id, which
// nobody knows before the object exists: "api://{app_id}".
const Self = "{app_id}"

// Decode returns the canonical form of a body, and the paths of the properties
// that hold something and that the table does not know. Relations are not part
// of a body and so not of the result.
func (k *Kind) Decode(b Body) (Values, []string) {
	d := decoder{self: k.self(b), ignored: map[string]bool{"id": true, "deletedDateTime": true}}
	for _, p := range k.Ignored {
		d.ignored[p] = true
	}
	v := d.object(k.Attrs, b, "")
	sort.Strings(d.unknown)
	return v, d.unknown
}

// self is the app id that Graph made for the object; "" where the code chose it,
// as that of a service principal.
func (k *Kind) self(b Body) string {
	if a := k.Attr("app_id"); a != nil && a.Mode != Computed {
		return ""
	}
	return text(b["appId"])
}

// Decode returns the canonical form of one property's value; false where it
// says nothing. An attribute of Channel Alone keeps its default, since that it
// is owned must be seen.
func (a *Attr) Decode(raw any) (any, bool) {
	d := decoder{ignored: map[string]bool{}}
	value, ok := d.value(a, raw, a.Property)
	if none := a.none(); !ok && none != nil && IsEmpty(raw) {
		return none, true
	}
	return value, ok && (a.Channel == Alone || !a.isAbsent(value))
}

// decoder walks one body.
type decoder struct {
	self    string // the object's own app id
	ignored map[string]bool
	unknown []string
}

func (d *decoder) object(attrs []Attr, b Body, path string) Values {
	out := Values{}
	known := map[string]bool{}
	d.fields(attrs, b, path, out, known)
	for property, value := range b {
		at := path + property
		if known[property] || d.ignored[at] || isAnnotation(property) || IsEmpty(value) {
			continue
		}
		d.unknown = append(d.unknown, at)
	}
	return out
}

// fields decodes attrs from b into out. It is apart from object because the
// attributes of a subtype share the body with the others.
func (d *decoder) fields(attrs []Attr, b Body, path string, out Values, known map[string]bool) {
	for i := range attrs {
		a := &attrs[i]
		if !a.inBody() {
			if known[a.Property] = a.Channel != Local; a.Channel == Alone {
				d.value(a, b[a.Property], path+a.Property) // for what is unknown in it
			}
			continue
		}
		if a.Shape == Variant {
			if strings.EqualFold(text(b["@odata.type"]), a.Type) {
				inner := Values{}
				d.fields(a.Attrs, b, path, inner, known)
				out[a.Name] = inner
			}
			continue
		}
		known[a.Property] = true
		raw, said := b[a.Property]
		value, ok := d.value(a, raw, path+a.Property)
		switch {
		case a.Output != nil: // told once, and not to be had from a body
		case ok && !a.isAbsent(value):
			out[a.Name] = value
		case a.Shared && said: // that there is none must be seen where it is owned
			if none := a.none(); none != nil {
				out[a.Name] = none
			}
		}
	}
}

// value decodes one property; false when it is null, empty or not understood.
func (d *decoder) value(a *Attr, raw any, path string) (any, bool) {
	if raw == nil {
		return nil, false
	}
	switch a.Shape {
	case Object:
		b, ok := raw.(Body)
		if !ok {
			return d.strange(raw, path)
		}
		if a.TypeBy != "" && len(b) == 0 {
			return nil, false
		}
		v := d.object(a.Attrs, b, path+".")
		return v, len(v) > 0
	case ObjectSet, ObjectMap:
		return d.list(a, raw, path)
	case StringSet:
		if items, ok := raw.([]any); ok {
			return d.stringSet(a, items, path)
		}
		return d.strange(raw, path)
	case Flags:
		return d.flags(a, raw, path)
	case Bool:
		if v, ok := raw.(bool); ok {
			return v, true
		}
		return d.strange(raw, path)
	case Int:
		if v, ok := integer(raw); ok {
			return v, true
		}
		return d.strange(raw, path)
	}
	if a.Codec != nil {
		if s, ok := a.Codec.Decode(raw); ok {
			d.around(a, s, raw, path)
			return d.spelled(a, s), true
		}
		return d.strange(raw, path)
	}
	if s, ok := raw.(string); ok {
		return d.spelled(a, s), true
	}
	return d.strange(raw, path)
}

// strange notes a value of an unexpected form, so that it is named and not lost.
func (d *decoder) strange(raw any, path string) (any, bool) {
	if !IsEmpty(raw) {
		d.unknown = append(d.unknown, path)
	}
	return nil, false
}

func (d *decoder) list(a *Attr, raw any, path string) (any, bool) {
	items, ok := raw.([]any)
	if !ok {
		return d.strange(raw, path)
	}
	set, byKey := []Values{}, map[string]Values{}
	for _, item := range items {
		b, ok := item.(Body)
		if !ok {
			d.strange(item, path)
			continue
		}
		if a.Shape == ObjectMap {
			key := strings.ToLower(text(b[a.Key]))
			d.ignored[path+"."+a.Key] = true
			byKey[key] = d.object(a.Attrs, b, path+".")
			continue
		}
		if v := d.object(a.Attrs, b, path+"."); a.tells(v) {
			set = append(set, v)
		}
	}
	if a.Shape == ObjectMap {
		return byKey, len(byKey) > 0
	}
	return sortObjects(set), len(set) > 0
}

func (d *decoder) stringSet(a *Attr, items []any, path string) (any, bool) {
	var out []string
	for _, item := range items {
		if a.Codec != nil {
			if s, ok := a.Codec.Decode(item); ok {
				d.around(a, s, item, path)
				out = append(out, d.spelled(a, s))
				continue
			}
		} else if s, ok := item.(string); ok {
			out = append(out, d.spelled(a, s))
			continue
		}
		d.strange(item, path)
	}
	return sortStrings(out), len(out) > 0
}

func (d *decoder) flags(a *Attr, raw any, path string) (any, bool) {
	var parts []string
	switch v := raw.(type) {
	case string:
		parts = strings.Split(v, a.joint())
	case []any:
		for _, item := range v {
			parts = append(parts, strings.Split(text(item), a.joint())...)
		}
	default:
		return d.strange(raw, path)
	}
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, a.Spell(p))
		}
	}
	return sortStrings(out), len(out) > 0
}

// spelled gives a string its canonical spelling, own app id included.
func (d *decoder) spelled(a *Attr, s string) string {
	if d.self != "" {
		if a.Ref != nil && a.Ref.Space == AppID && strings.EqualFold(s, d.self) {
			return Self
		}
		for _, e := range a.Embeds {
			if e.Ref.Space == AppID {
				s = replaceFold(s, d.self, Self)
			}
		}
	}
	return a.Spell(s)
}

// Spell returns the canonical spelling of one string of the attribute: ids in
// lower case, enumerations as documented, and whatever its codec says.
func (a *Attr) Spell(s string) string {
	if a.Codec != nil && a.Codec.Canon != nil {
		s = a.Codec.Canon(s)
	}
	if a.Ref != nil && a.Ref.IsID(s) {
		return strings.ToLower(s)
	}
	for _, member := range a.Enum {
		if strings.EqualFold(member, s) {
			return member
		}
	}
	if a.Folded {
		return strings.ToLower(s)
	}
	return s
}

// isAbsent tells whether value means the same as no value.
func (a *Attr) isAbsent(value any) bool {
	if a.Mode == Default && reflect.DeepEqual(value, widen(a.Default)) {
		return true
	}
	return a.Absent != nil && reflect.DeepEqual(value, widen(a.Absent))
}

// tells tells whether an element of a set says anything.
func (a *Attr) tells(v Values) bool {
	return len(v) > 0 && (a.Telling == "" || v[a.Telling] != nil)
}

// Canonical returns values in canonical form: spellings, order, and nothing
// that is empty or default. A relation that is owned and empty stays.
func (k *Kind) Canonical(v Values) Values { return canonical(k.Attrs, v) }

func canonical(attrs []Attr, v Values) Values {
	out := Values{}
	for i := range attrs {
		a := &attrs[i]
		value, set := v[a.Name]
		if !set || value == nil {
			continue
		}
		if value = a.Canonical(value); value != nil {
			out[a.Name] = value
		}
	}
	return out
}

// Canonical returns one value of the attribute in canonical form, nil when it
// means the same as no value.
func (a *Attr) Canonical(value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		value = a.Spell(v)
	case []string:
		if len(v) == 0 && a.Open() {
			return v
		}
		out := make([]string, 0, len(v))
		for _, s := range v {
			out = append(out, a.Spell(s))
		}
		if value = sortStrings(out); len(out) == 0 {
			return nil
		}
	case Values:
		inner := canonical(a.Attrs, v)
		if len(inner) == 0 && a.Shape != Variant {
			return nil
		}
		value = inner
	case []Values:
		set := make([]Values, 0, len(v))
		for _, item := range v {
			if inner := canonical(a.Attrs, item); a.tells(inner) {
				set = append(set, inner)
			}
		}
		if len(set) == 0 {
			return a.none()
		}
		value = sortObjects(set)
	case map[string]Values:
		if len(v) == 0 {
			return a.none()
		}
		byKey := map[string]Values{}
		for key, item := range v {
			byKey[strings.ToLower(key)] = canonical(a.Attrs, item)
		}
		value = byKey
	}
	if a.isAbsent(value) {
		return nil
	}
	return value
}

// none is the empty value of an open collection, nil for anything else.
func (a *Attr) none() any {
	switch {
	case !a.Open():
		return nil
	case a.Shape == StringSet:
		return []string{}
	case a.Shape == ObjectSet:
		return []Values{}
	case a.Shape == ObjectMap:
		return map[string]Values{}
	}
	return nil
}

// Equal tells whether two canonical values are the same.
func Equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// IsEmpty tells whether a JSON value says nothing: null, [], {} or an object
// of which that is true.
func IsEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case Body:
		for property, inner := range v {
			if !isAnnotation(property) && !IsEmpty(inner) {
				return false
			}
		}
		return true
	}
	return false
}

func isAnnotation(property string) bool {
	return strings.Contains(property, "@odata.") || strings.HasPrefix(property, "#")
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

func integer(raw any) (int64, bool) {
	switch v := raw.(type) {
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return n, err == nil
	case float64:
		return int64(v), float64(int64(v)) == v
	case int64:
		return v, true
	case int:
		return int64(v), true
	}
	return 0, false
}

// widen gives a constant of a table the type that Values use.
func widen(v any) any {
	if n, ok := v.(int); ok {
		return int64(n)
	}
	return v
}

func sortStrings(in []string) []string {
	sort.Strings(in)
	out := in[:0]
	for i, s := range in {
		if i == 0 || s != in[i-1] {
			out = append(out, s)
		}
	}
	return out
}

// sortObjects orders a set by its JSON and drops what occurs twice.
func sortObjects(set []Values) []Values {
	keys := make(map[string]Values, len(set))
	names := make([]string, 0, len(set))
	for _, v := range set {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // Values hold strings, bools, numbers and Values only
		}
		if _, twice := keys[string(b)]; !twice {
			names = append(names, string(b))
		}
		keys[string(b)] = v
	}
	sort.Strings(names)
	out := make([]Values, 0, len(names))
	for _, n := range names {
		out = append(out, keys[n])
	}
	return out
}

func replaceFold(s, old, with string) string {
	lower, needle := strings.ToLower(s), strings.ToLower(old)
	if len(lower) != len(s) || needle == "" {
		return strings.ReplaceAll(s, old, with)
	}
	var out strings.Builder
	for {
		i := strings.Index(lower, needle)
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		out.WriteString(with)
		s, lower = s[i+len(needle):], lower[i+len(needle):]
	}
}
