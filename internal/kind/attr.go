package kind

import "strings"

// Shape is the form of an attribute's value, in Terraform and in Graph.
type Shape int

// The shapes. A set of strings is []string in Values, whatever Graph makes of it.
const (
	String    Shape = iota
	Bool            // JSON boolean
	Int             // JSON number without fraction
	StringSet       // JSON array whose order means nothing
	Flags           // a set of strings that Graph joins with commas in one string
	Object          // JSON object
	ObjectSet       // JSON array of objects whose order means nothing
	ObjectMap       // JSON array of objects with a client-chosen key; a map by that key
	Variant         // a subtype: its attributes stand in the body itself, beside @odata.type
)

// Mode says who owns an attribute's value.
type Mode int

const (
	// Required: the code must say it.
	Required Mode = iota
	// Optional: the code may say it; null, [] and absent mean the same.
	Optional
	// Default: what the code leaves out has the value Attr.Default, and is put
	// back to it when it was changed.
	Default
	// Server: what the code leaves out is whatever Graph has. Only for values
	// without effect on security: a change behind our back shows no difference.
	Server
	// Computed: Graph makes it; a recreated object has another.
	Computed
)

// Channel says how a value is written.
type Channel int

const (
	// InBody: a property of the object's JSON.
	InBody Channel = iota
	// Relation: links to other objects, written by $ref. Absent means not owned.
	Relation
	// Local: an instruction to the provider that Graph never sees.
	Local
	// InPath: the object that this one belongs to, in the path. Where Graph wants
	// it in the body as well, Attr.Property says as what.
	InPath
	// Action: read in the object's JSON, and changed by an action of its own.
	Action
	// Alone: properties that Graph returns only when they are asked for, and
	// takes only in a PATCH without others. Absent means not owned, as for a
	// relation, because to read them costs a request.
	Alone
	// Input: sent in the POST that makes the object, and told by Graph to nobody. The
	// state holds what the code says; an object that was imported has none.
	Input
	// Link: one other object, whose id the code says. It is read in the same request, by
	// $expand, and written by a $ref of its own.
	Link
	// Stream: the content of a file, written by PUT below the object and never
	// read, because Graph does not return what was written. Absent means not owned.
	Stream
	// Logged: told by the audit log of an object that is not as it was left: who. It
	// is never written, and null once the object is.
	Logged
)

// Attr is one attribute: its name in Terraform, its property in Graph, and all
// that the consumers of a table need to know of it.
type Attr struct {
	Name     string
	Property string // Graph's name
	Shape    Shape
	Mode     Mode
	Channel  Channel
	Doc      string

	Default any      // for Mode Default: string, bool or int64
	Absent  any      // the value that Graph shows for an unset property; read as absent, written to clear
	Enum    []string // the members that Graph documents; others are read and written as they are
	Ref     *Ref
	Embeds  []Embedded
	Codec   *Codec
	Fixed   bool // set at creation only
	Beta    bool // only beta knows the property
	Folded  bool // compare without case

	// MakesID is set where Graph takes the object's id from the value. What the state
	// knows is then sent again when the object is made anew, so that it keeps its id.
	MakesID bool

	// Whole is set where Graph replaces an object as a whole on PATCH: what the
	// table does not know is then taken over from the live object.
	Whole bool
	// Bare is set where Graph refuses an explicit null: the property is cleared
	// by leaving it out of a Whole object.
	Bare bool

	// AnyOf names attributes of an Object of which at least one must be set:
	// without any Graph drops the object, and the next plan would show it again.
	AnyOf []string

	// Telling names the attribute without which an element of an ObjectSet says
	// nothing: Graph lists it all the same, and code need not.
	Telling string

	// File is set where the string is the path of a local file whose content is sent.
	File bool

	// Unlisted is set where Graph answers with the property only when $select
	// names it.
	Unlisted bool

	// Made says how objects of a Variant come to be that nobody can create or
	// delete; they are adopted and updated. "" for all others.
	Made string

	Limits Limits // what Graph takes; binds what a user writes

	// Spares is set where whoever the value names, or is a member of a group that it
	// names, is never exported as a resource, if its kind is one of the Spared.
	Spares bool

	// Exempts is set where the rule that the object is leaves out whoever or whatever
	// the value names.
	Exempts bool

	// Disables is the value with which nobody signs in to the object, or as it; nil where
	// the attribute does not say.
	Disables *bool

	Holder  bool // to whom a link gives something
	SignsIn bool // the items are credentials with which the object signs in

	Attrs    []Attr
	Key      string            // ObjectMap: the property that is the map's key; ObjectSet: see KnownBy
	Type     string            // Variant: its @odata.type
	TypeFrom map[string]string // Object: @odata.type by the value of the property TypeProperty
	TypeBy   string            // Object: name of the attribute that decides @odata.type

	Act    *Act    // Action: how the value is changed
	Output *Output // a secret that Graph tells once, and how it is kept
	Shared bool    // may be left to others, see LeftOpen

	// NameOf and NameIn say where an id that only its own object knows has a name:
	// in a list of the object to which the attribute NameOf refers. Export writes
	// it as a comment.
	NameOf, NameIn string

	// Separator stands between Flags where that is not a comma.
	Separator string

	// Inherited is the path of the attribute of which Graph takes the value over
	// from the object that the kind is OneFor, and with which it is not written
	// in an export: "web.home_page_url".
	Inherited string

	Bind   bool // Relation: may be bound in the POST that creates the object
	Listed bool // Relation: a listing shows up to 20 of each object with $expand; Alone: with $select
	Maker  bool // Relation: Graph adds the signed-in person who makes the object, unasked
	Empty  bool // Relation: export writes it when there is none, too, so that whoever appears later is seen

	ModeBy     string      // Relation: the attribute that says how much of it the code owns
	Belongs    bool        // Relation: a membership, see export --members
	Activation *Activation // Relation: where to ask who has it for a while only

	// Far is set for a Relation that Graph reads here and makes at the other end:
	// the collection of such references below the other object, which holds one at most.
	Far string
}

// Act is the action by which an attribute of Channel Action is changed.
type Act struct {
	Name string // POSTed below the object: "updateAllowedCombinations"
	// Body returns the action's parameters for a change of the property's JSON.
	Body func(before, after any) Body
	// AtCreation is set where the POST that makes the object takes the value.
	AtCreation bool
	// Emptied is set where Graph deletes no object that has any.
	Emptied bool
}

// Open tells whether an attribute that code leaves out is left to others: it is
// then neither read nor written.
func (a *Attr) Open() bool {
	return a.Channel == Relation || a.Channel == Alone || a.Channel == Stream || a.Shared
}

// Plural tells whether the value is a set or a map.
func (a *Attr) Plural() bool {
	return a.Shape == StringSet || a.Shape == Flags || a.Shape == ObjectSet || a.Shape == ObjectMap
}

// inBody tells whether an answer with the object holds the value.
func (a *Attr) inBody() bool { return a.Channel == InBody || a.Channel == Action || a.Channel == Link }

func (a *Attr) nested() bool {
	return a.Shape == Object || a.Shape == ObjectSet || a.Shape == ObjectMap || a.Shape == Variant
}

// New returns an attribute whose property is its name in lowerCamelCase.
func New(name string, shape Shape, mode Mode, doc string, attrs ...Attr) Attr {
	return Attr{Name: name, Property: Camel(name), Shape: shape, Mode: mode, Doc: doc, Attrs: attrs}
}

// Text, Flag, Number, Set, Joined, Block, Blocks and MapBy return attributes of
// the shapes String, Bool, Int, StringSet, Flags, Object, ObjectSet and ObjectMap.

// Text returns a string attribute.
func Text(name string, mode Mode, doc string) Attr { return New(name, String, mode, doc) }

// Flag returns a boolean attribute.
func Flag(name string, mode Mode, doc string) Attr { return New(name, Bool, mode, doc) }

// Number returns an integer attribute.
func Number(name string, mode Mode, doc string) Attr { return New(name, Int, mode, doc) }

// Set returns a set of strings.
func Set(name string, mode Mode, doc string) Attr { return New(name, StringSet, mode, doc) }

// Joined returns a set of strings that Graph joins with commas in one string.
func Joined(name string, mode Mode, doc string) Attr { return New(name, Flags, mode, doc) }

// Block returns a nested object.
func Block(name string, mode Mode, doc string, attrs ...Attr) Attr {
	return New(name, Object, mode, doc, attrs...)
}

// Blocks returns a set of objects.
func Blocks(name string, mode Mode, doc string, attrs ...Attr) Attr {
	return New(name, ObjectSet, mode, doc, attrs...)
}

// MapBy returns objects in a map by the client-chosen property key.
func MapBy(key, name string, mode Mode, doc string, attrs ...Attr) Attr {
	a := New(name, ObjectMap, mode, doc, attrs...)
	a.Key = key
	return a
}

// Subtype returns the attributes of a subtype of the object as one nested object.
func Subtype(name, odataType, doc string, attrs ...Attr) Attr {
	a := New(name, Variant, Optional, doc, attrs...)
	a.Type = odataType
	return a
}

// Links returns a relation to other objects as a set of their ids.
func Links(name string, doc string, ref *Ref) Attr {
	a := New(name, StringSet, Optional, doc)
	a.Channel, a.Ref = Relation, ref
	return a
}

// LinkTo returns a link to one other object, whose id the code says.
func LinkTo(name string, doc string, ref *Ref) Attr {
	a := Text(name, Optional, doc).To(ref).Via(&linkedID)
	a.Channel = Link
	return a
}

// linkedID is the id of an object as $expand shows it.
var linkedID = Codec{
	Encode: func(id string) any { return Body{"id": id} },
	Decode: func(raw any) (string, bool) {
		b, _ := raw.(Body)
		id := text(b["id"])
		return id, id != ""
	},
}

// Within returns the reference to the object that this one belongs to.
func Within(name, doc string, ref *Ref) Attr {
	a := Text(name, Required, doc).AtCreation().To(ref)
	a.Channel, a.Property = InPath, ""
	return a
}

// ChangedBy says that an action changes the value.
func (a Attr) ChangedBy(act Act) Attr { a.Channel, a.Act = Action, &act; return a }

// GivenAtCreation says that the POST takes the value, and that Graph tells it nobody.
func (a Attr) GivenAtCreation() Attr { a.Channel, a.Fixed = Input, true; return a }

// FromFile says that the string is the path of a file whose content is sent.
func (a Attr) FromFile() Attr { a.File = true; return a }

// OnItsOwn says that the value is read and written by requests of its own.
func (a Attr) OnItsOwn() Attr { a.Channel = Alone; return a }

// OnItsOwnBy says that the value is read by a request of its own, and changed by an action.
func (a Attr) OnItsOwnBy(act Act) Attr { a.Channel, a.Act = Alone, &act; return a }

// As gives the property's name where it is not the attribute's in camel case.
func (a Attr) As(property string) Attr { a.Property = property; return a }

// Or sets the default value: the Mode becomes Default.
func (a Attr) Or(value any) Attr { a.Mode, a.Default = Default, value; return a }

// Unset gives the value that Graph shows for a property that was never set.
func (a Attr) Unset(value any) Attr { a.Absent = value; return a }

// OneOf lists the documented members of an enumeration.
func (a Attr) OneOf(members ...string) Attr { a.Enum = members; return a }

// To says that the strings are references.
func (a Attr) To(ref *Ref) Attr { a.Ref = ref; return a }

// Embedding says that the text holds references.
func (a Attr) Embedding(e ...Embedded) Attr { a.Embeds = e; return a }

// Via sets the codec of the single value or of each element of a set.
func (a Attr) Via(c *Codec) Attr { a.Codec = c; return a }

// AtCreation says that Graph takes the value at creation only.
func (a Attr) AtCreation() Attr { a.Fixed = true; return a }

// MakingID says that Graph takes the object's id from the value.
func (a Attr) MakingID() Attr { a.MakesID = true; return a }

// InBeta says that only beta knows the property.
func (a Attr) InBeta() Attr { a.Beta = true; return a }

// FoldCase says that values which differ in case alone are the same.
func (a Attr) FoldCase() Attr { a.Folded = true; return a }

// ReplacedWhole says that Graph replaces the object as a whole on PATCH.
func (a Attr) ReplacedWhole() Attr { a.Whole = true; return a }

// ClearedBare says that Graph refuses an explicit null here.
func (a Attr) ClearedBare() Attr { a.Bare = true; return a }

// OnlySelected says that Graph answers with the property only when $select names it.
func (a Attr) OnlySelected() Attr { a.Unlisted = true; return a }

// Needing says that at least one of the object's attributes named must be set.
func (a Attr) Needing(names ...string) Attr { a.AnyOf = names; return a }

// OnlyWith says that elements without the attribute named say nothing.
func (a Attr) OnlyWith(name string) Attr { a.Telling = name; return a }

// MadeByGraph says that objects of the subtype can be adopted and updated, but
// neither created nor deleted; how tells what brings one into being.
func (a Attr) MadeByGraph(how string) Attr { a.Made = how; return a }

// TypedBy says that @odata.type follows from the value of the attribute by.
func (a Attr) TypedBy(by string, types map[string]string) Attr {
	a.TypeBy, a.TypeFrom = by, types
	return a
}

// BoundAtCreation says that the links may be bound in the POST.
func (a Attr) BoundAtCreation() Attr { a.Bind = true; return a }

// InListings says that a listing shows the links, up to 20 of each object, with
// $expand=name($select=id), or with $select the property that stands alone.
func (a Attr) InListings() Attr { a.Listed = true; return a }

// WithMaker says that Graph adds the signed-in person who makes the object, unasked.
func (a Attr) WithMaker() Attr { a.Maker = true; return a }

// EvenEmpty says that export writes the relation when there is none, too.
func (a Attr) EvenEmpty() Attr { a.Empty = true; return a }

// MadeAt says that the links are made at their other end, by $ref in a collection
// below the other object, which holds one at most.
func (a Attr) MadeAt(collection string) Attr { a.Far = collection; return a }

// NamedIn says that the id has a name, the value of an element of list in the object
// to which the attribute of refers.
func (a Attr) NamedIn(of, list string) Attr { a.NameOf, a.NameIn = of, list; return a }

// Between says what stands between the strings of a set that Graph joins.
func (a Attr) Between(separator string) Attr { a.Separator = separator; return a }

// InheritedFrom gives the path of the value that an object has when it has none of
// its own, in the object that it is the only one for.
func (a Attr) InheritedFrom(path string) Attr { a.Inherited = path; return a }

// joint is what stands between flags.
func (a *Attr) joint() string {
	if a.Separator != "" {
		return a.Separator
	}
	return ","
}

// Codec translates one string between Terraform and Graph where Graph does not
// have it as a plain string.
type Codec struct {
	// Encode returns the JSON value for a string.
	Encode func(string) any
	// Decode returns the string for a JSON value; false when the value is not
	// what it knows.
	Decode func(any) (string, bool)
	// Canon returns the one spelling of a string; nil where every spelling is
	// the canonical one.
	Canon func(string) string
	// Wraps is set where the JSON value is an object around the string that stands for
	// nothing else: what Graph may hold in it besides is kept, and named as unknown.
	Wraps bool
	// JSON is set where the string is a JSON document, which code writes with jsonencode.
	JSON bool
}

// Camel turns a snake_case name into lowerCamelCase.
func Camel(name string) string {
	parts := strings.Split(name, "_")
	for i := 1; i < len(parts); i++ {
		if parts[i] != "" {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
	}
	return strings.Join(parts, "")
}

// Unwatched says why no plan shows a change of the attribute behind Terraform's
// back, "" where every plan does.
func (a *Attr) Unwatched() string {
	switch {
	case a.Mode == Server:
		return "Where the code leaves it out, whatever Microsoft Graph has is taken as meant. Where the code says it, a plan watches it."
	case a.Channel == Stream:
		return "It is never read, because Microsoft Graph returns other content than it was given. A plan shows what the code changes."
	case a.Open():
		s := "Where the code leaves it out, others look after it. Where the code lists it, a plan watches it."
		if a.ModeBy != "" {
			s += " With `" + a.ModeBy + " = \"at_least\"` others may join unseen, and with `\"on_create\"` no later change shows."
		}
		if a.Activation != nil {
			s += " Whoever is there for as long as an activation in Privileged Identity Management runs is no difference."
		}
		return s
	}
	return ""
}
