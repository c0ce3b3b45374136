package kind

import (
	"slices"
	"strings"
)

// Body is one object as Graph sends it: JSON decoded with numbers as
// json.Number. It is never turned into a typed model, because those lose
// unknown enum members and cannot write null.
type Body = map[string]any

// Values is an object in canonical form, by Terraform attribute name. A value
// is a string, bool, int64, []string (a set, sorted), Values (an object),
// []Values (a set of objects, sorted) or map[string]Values. What is absent,
// null, empty or default has no entry.
type Values map[string]any

// Kind is one kind of Entra object.
type Kind struct {
	Name   string // Terraform type without "entra_": "named_location"
	Title  string // as a sentence would say it: "named location"
	Plural string // "named locations"
	Many   string // Name in the plural, where PluralOf(Name) is not it
	Type   string // Graph's type, without namespace: "namedLocation"
	Doc    string // what it is and what to know; opens the docs page
	Life   Life
	Label  string   // the attribute people know an object by; also its natural key
	Keys   []string // attributes by which a data source finds one object, id apart
	Attrs  []Attr
	Steps  Steps

	// Rules bind attributes together in what a user writes; see [Attr.Limits] for
	// those that bind one alone.
	Rules []Together

	// FilterDoc says which expressions $filter of the collection takes, where that is
	// less than what the directory takes: for docs, and for the message when one
	// is refused.
	FilterDoc string

	// Ignored lists the properties that Graph makes and that say nothing about
	// what the object is for, as paths: "modifiedDateTime". They are not unknown.
	Ignored []string

	// Skip says why an object of the collection cannot be a resource, or "".
	// Such an object stands in external.tf.
	Skip func(Body) string

	// Dependent tells whether an export of less than everything writes an object
	// only where something that it writes refers to it. Nil: all stand for
	// themselves. What belongs to other objects or links them follows these.
	Dependent func(Values) bool

	// Fleeting tells which objects of the collection exist for a while only. An export
	// leaves them out: code would make them last. Nil: all last.
	Fleeting *Fleeting

	// Of tells which of the objects that one of this kind may belong to have any, so
	// that an export need not ask about the others. Nil: all may.
	Of func(Values) bool

	// Born returns what the POST that makes an object holds beside what code says, and
	// what nobody keeps: a first password. Nil where there is no such thing.
	Born func() Body

	// Spared is set for accounts: those that an attribute of another kind names that
	// Spares them are not exported.
	Spared bool

	// Rollout is set for rules that decide who gets in. Nil: the kind is none.
	Rollout *Rollout

	// SignsIn is set where the object that one of this kind belongs to signs in with it.
	SignsIn bool

	// OnRequest is set where only an export that names the kind writes its objects.
	OnRequest bool

	// Checked is set where every reference is looked up before a write, because
	// Graph stores one that leads nowhere: a policy with a dead exclusion locks
	// people out. Graph restores no such object either.
	Checked bool

	// Native tells of an application whether it is one of the tenant's own, so that a rule about
	// all of them is about it; nil where the kind is none of applications that sign in.
	Native func(v Values, tenant string) bool

	// NewIDBreaks lists what a new id of a hard-deleted object breaks that Terraform
	// does not see, so that the object is made anew only where on_hard_delete
	// permits it; "" where whatever holds the id can be in the code.
	NewIDBreaks string
	// Delegated is set where Graph lets people read the collection and no application:
	// references to such an object are not looked up.
	Delegated bool

	// BreaksFor tells whether it is so for an object. Nil: for all.
	BreaksFor func(Values) bool

	// Company is what an object comes back with from its recycle bin and its code does
	// not hold. It is named after a restore.
	Company []Company

	// Dynamic tells whether Graph works out the members of an object itself, so
	// that they are not written. Nil where that never happens.
	Dynamic func(Body) bool

	// Alone tells whether an object has the attributes of Channel Alone. Nil: all have.
	Alone func(Values) bool

	// Kept says why an object is not deleted with its address but only forgotten,
	// or "". Nil: all are deleted.
	Kept func(Values) string

	// Filter names the properties by which Graph filters the collection, so that
	// a link is found without reading all of them.
	Filter []string

	// Strict tells whether access depends on who belongs to the object and to what
	// it refers to, so that export writes those memberships as exact. Nil: never.
	Strict func(Values) bool

	// Breaks is the path of the parent's attribute whose items are objects of this
	// kind, too. Where the attribute is part of a cycle of references, export
	// writes such objects in its place.
	Breaks string

	// Removal says how the audit log tells that one was taken away; nil where it is deleted
	// by its id. Unlogged is why the log does not tell that, "" where it does.
	Removal  *Removal
	Unlogged string

	// Protectable names the actions on such objects that a recovery needs and that a
	// tenant can make ask for an authentication context, which no application satisfies.
	// https://learn.microsoft.com/entra/identity/role-based-access-control/protected-actions-overview
	Protectable []string

	// Read and Write are the least application permissions, for docs and for
	// the message of a 403.
	Read, Write []string
}

// Steps returns the bodies to send one after another. live is the object as
// Graph has it, nil before it exists; patch is what is to be written, nil when
// the object is about to be deleted. The last body must leave the object as
// patch wants it. A Steps function is pure.
type Steps func(live, patch Body) []Body

// TypeName returns the Terraform type: "entra_named_location".
func (k *Kind) TypeName() string { return "entra_" + k.Name }

// Follows tells whether an export of less than everything writes an object only
// because of what else it writes.
func (k *Kind) Follows(v Values) bool {
	return k.Life.Link || k.Life.Below() || k.Dependent != nil && k.Dependent(v)
}

// Identity names the attributes that identify an object, in the order of an import
// id: what it belongs to and its own id. An edge has no id but its two ends.
func (k *Kind) Identity() []string {
	if k.Life.Form == Element {
		return k.elementIdentity()
	}
	if k.Life.Form != Edge {
		return append(k.Life.Placeholders(), "id")
	}
	var names []string
	for _, a := range k.Attrs {
		if a.Mode == Required {
			names = append(names, a.Name)
		}
	}
	return names
}

// Lacks returns the path of a required attribute that values do not hold, "" when
// there is none. A required set may be empty. Code cannot say such an object.
func (k *Kind) Lacks(v Values) string { return lacks(k.Attrs, v, "") }

func lacks(attrs []Attr, v Values, path string) string {
	for i := range attrs {
		a := &attrs[i]
		value, set := v[a.Name]
		if !set && a.Mode == Required && !a.Plural() && a.Channel != InPath {
			return path + a.Name
		}
		for _, inner := range objects(value) {
			if missing := lacks(a.Attrs, inner, path+a.Name+"."); missing != "" {
				return missing
			}
		}
	}
	return ""
}

// Ends names the attributes without which an object cannot go on when they
// change, so that another takes its place: what it belongs to, and of a link or
// an edge all that it connects.
func (k *Kind) Ends() []string {
	switch {
	case k.Life.Paired():
		return k.Identity()
	case k.Life.Link || k.Life.Actions != nil:
		var names []string
		for _, a := range k.Attrs {
			if a.Fixed {
				names = append(names, a.Name)
			}
		}
		return names
	case k.Life.OneFor != "":
		return []string{k.Life.OneFor}
	}
	return k.Life.Placeholders()
}

// ImportID returns what an import block names an object by: its id, behind
// those of what it belongs to.
func (k *Kind) ImportID(v Values) string {
	var parts []string
	for _, name := range k.Identity() {
		parts = append(parts, text(v[name]))
	}
	return strings.Join(parts, "/")
}

// HasAlone tells whether an object has the attributes of Channel Alone.
func (k *Kind) HasAlone(v Values) bool { return k.Alone == nil || k.Alone(v) }

// Among returns the query of a listing that holds the link that v describes,
// and few others; nil for all of them.
func (k *Kind) Among(v Values) map[string]string {
	var terms []string
	for _, property := range k.Filter {
		for i := range k.Attrs {
			if a := &k.Attrs[i]; a.Property == property && text(v[a.Name]) != "" {
				terms = append(terms, property+" eq '"+strings.ReplaceAll(text(v[a.Name]), "'", "''")+"'")
			}
		}
	}
	if len(terms) == 0 {
		return nil
	}
	return map[string]string{"$filter": strings.Join(terms, " and ")}
}

// Managed tells whether the kind is a resource.
func (k *Kind) Managed() bool { return k.Life.Form != Lookup }

// Findable tells whether an object can be looked up by its id or a natural key.
func (k *Kind) Findable() bool { return !k.Life.Paired() && !k.Life.Link && len(k.Keys) > 0 }

// Listable tells whether the objects of a collection can be found together.
func (k *Kind) Listable() bool { return k.Life.Form != Edge && k.Life.Form != Element }

// Guarded tells whether an object is protected from deletion unless the code
// says otherwise: where there is no recycle bin a deletion is final. A link
// between two others, or an item of a list, comes back from the code as it was,
// and a client secret is made to be replaced.
func (k *Kind) Guarded() bool {
	return k.Managed() && k.Life.Form != Edge && k.Life.Form != Element && !k.Life.Link && k.Life.Bin == ""
}

// Attr returns the attribute of that name at the top level, or nil.
func (k *Kind) Attr(name string) *Attr { return find(k.Attrs, name) }

func find(attrs []Attr, name string) *Attr {
	for i := range attrs {
		if attrs[i].Name == name {
			return &attrs[i]
		}
	}
	return nil
}

// Variants returns the attributes that stand for a subtype of the object; when
// there are any, every written body carries @odata.type and exactly one of
// them is set.
func (k *Kind) Variants() []Attr {
	var out []Attr
	for _, a := range k.Attrs {
		if a.Shape == Variant {
			out = append(out, a)
		}
	}
	return out
}

// MadeByGraph returns the subtype of an object with these values if Graph alone
// makes such objects, else nil.
func (k *Kind) MadeByGraph(v Values) *Attr {
	for i := range k.Attrs {
		if _, set := v[k.Attrs[i].Name]; set && k.Attrs[i].Made != "" {
			return &k.Attrs[i]
		}
	}
	return nil
}

// Unlisted returns the properties with which Graph answers only when $select
// names them.
func (k *Kind) Unlisted() []string {
	var out []string
	for i := range k.Attrs {
		if k.Attrs[i].Unlisted {
			out = append(out, k.Attrs[i].Property)
		}
	}
	return out
}

// Select returns the properties that a read has to name in $select so that it
// answers with all that the table knows; nil where the default ones are enough.
func (k *Kind) Select() []string {
	if len(k.Unlisted()) == 0 {
		return nil
	}
	out := []string{"id", "createdDateTime"}
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.Channel == InBody && !slices.Contains(out, a.Property) && (!a.Beta || k.Life.ReadFrom == Beta) {
			out = append(out, a.Property)
		}
	}
	return out
}

// Relations returns the attributes written by $ref.
func (k *Kind) Relations() []Attr {
	var out []Attr
	for _, a := range k.Attrs {
		if a.Channel == Relation {
			out = append(out, a)
		}
	}
	return out
}

// Expand returns the link that a read has to name in $expand, "" where there is none.
func (k *Kind) Expand() string {
	for i := range k.Attrs {
		if k.Attrs[i].Channel == Link {
			return k.Attrs[i].Property + "($select=id)"
		}
	}
	return ""
}

// NeedsBeta tells whether values hold a property that only beta knows.
func (k *Kind) NeedsBeta(v Values) bool { return needsBeta(k.Attrs, v) }

func needsBeta(attrs []Attr, v Values) bool {
	for i := range attrs {
		a := &attrs[i]
		value, set := v[a.Name]
		if !set {
			continue
		}
		if a.Beta {
			return true
		}
		for _, inner := range objects(value) {
			if needsBeta(a.Attrs, inner) {
				return true
			}
		}
	}
	return false
}

// objects returns the objects directly inside a value.
func objects(value any) []Values {
	switch v := value.(type) {
	case Values:
		return []Values{v}
	case []Values:
		return v
	case map[string]Values:
		out := make([]Values, 0, len(v))
		for _, inner := range v {
			out = append(out, inner)
		}
		return out
	}
	return nil
}
