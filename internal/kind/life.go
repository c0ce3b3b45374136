package kind

import (
	"net/url"
	"strings"
	"time"
)

// Where objects of a kind live, and how they come and go.

// Form is the manner in which objects of a kind come and go.
type Form int

const (
	// Collection: POST to the path, PATCH and DELETE below it; Graph makes the id.
	Collection Form = iota
	// Keyed: the code chooses the id, and a PATCH below the path makes the object.
	Keyed
	// Edge: a relation between two objects. POST of a $ref makes it, DELETE of
	// the $ref ends it, nothing about it can change, and one that exists is adopted.
	Edge
	// Element: one item of a collection that its parent holds as a property.
	Element
	// Lookup: never managed here, only found, as data source or in external.tf.
	Lookup
)

// Retention is how long a recycle bin keeps an object; nobody can change it.
// https://learn.microsoft.com/entra/architecture/recover-from-deletions
const Retention = 30 * 24 * time.Hour

// Version of the Graph API, as it stands in the URL.
type Version string

// The two versions of Graph.
const (
	V1   Version = "v1.0"
	Beta Version = "beta"
)

// Life says where objects of a kind live.
type Life struct {
	Form Form
	Path string // "/groups"; below another object "/applications/{application_id}/federatedIdentityCredentials"

	// ReadFrom is the version that lists and gets. Conditional Access is read
	// through beta, because v1.0 hides policies with preview features.
	ReadFrom Version

	// Bin is the address of the recycle bin, to which an id is appended; "" where
	// deletion is final. BinList is the address that lists it, and BinVersion
	// the version that serves it.
	Bin, BinList string
	BinVersion   Version

	// BinMayLack is set where not every cloud has the recycle bin: an answer that
	// there is no such address then means that nothing is in it.
	BinMayLack bool

	// OnePage is set where the whole collection is one cheap request, so that
	// listing it is always better than reading single objects.
	OnePage bool

	// NoFilter is set where the collection takes no $filter at all.
	NoFilter bool

	// Cascade names the kind that Graph deletes with an object of this kind but
	// does not restore with it; the two share an app_id.
	Cascade string

	// Referred is set where Graph refuses to delete an object that others refer to.
	// Export writes create_before_destroy for it.
	Referred bool

	// Link is set for an object that does nothing but connect others, such as a
	// role assignment. What it connects is what it is: when one end has another
	// id, another link takes its place, and one that exists already is adopted.
	Link bool

	// Opaque is set where ids are no GUIDs: they are kept as they are spelled.
	Opaque bool

	// Property, Key and Actions are an Element's, see [ItemOf].
	Property, Key string
	Actions       *Pair

	// OneFor names the attribute of which each value has one object at most: a
	// tenant has one service principal of an application. One that exists is
	// taken over, and one in the recycle bin restored, where another would be made.
	OneFor string
}

// In returns the Life of a collection at path.
func In(path string) Life { return Life{Form: Collection, Path: path, ReadFrom: V1} }

// Between returns the Life of an edge at path, such as
// "/groups/{group_id}/members".
func Between(path string) Life { return Life{Form: Edge, Path: path, ReadFrom: V1} }

// KeyedAt returns the Life of objects at path whose id the code chooses.
func KeyedAt(path string) Life { return Life{Form: Keyed, Path: path, ReadFrom: V1, Opaque: true} }

// Linking returns the Life of links at path: each is POSTed, has an id of its
// own, and is what it connects.
func Linking(path string) Life {
	return Life{Form: Collection, Path: path, ReadFrom: V1, Link: true, Opaque: true}
}

// FoundAt returns the Life of a kind that is only looked up.
func FoundAt(path string) Life { return Life{Form: Lookup, Path: path, ReadFrom: V1} }

// DirectoryBin says that deleted objects go to /directory/deletedItems, which
// can be listed only by type.
func (l Life) DirectoryBin(graphType string) Life {
	l.Bin, l.BinList, l.BinVersion = "/directory/deletedItems", "/directory/deletedItems/microsoft.graph."+graphType, V1
	return l
}

// InDirectory tells whether the objects are the directory's: there may be very many of
// them, their number can be asked, and a page holds 999.
// https://learn.microsoft.com/graph/aad-advanced-queries
func (l Life) InDirectory() bool {
	return strings.HasPrefix(l.BinList, "/directory/deletedItems/") && l.Form == Collection
}

// OwnBin says that the kind has a recycle bin of its own at path, served by beta.
func (l Life) OwnBin(path string) Life {
	l.Bin, l.BinList, l.BinVersion = path, path, Beta
	return l
}

// NotEverywhere says that some clouds lack the recycle bin.
func (l Life) NotEverywhere() Life { l.BinMayLack = true; return l }

// ThroughBeta says that the kind is read through beta.
func (l Life) ThroughBeta() Life { l.ReadFrom = Beta; return l }

// InOnePage says that the whole collection comes in one request.
func (l Life) InOnePage() Life { l.OnePage = true; return l }

// WithoutFilter says that the collection takes no $filter.
func (l Life) WithoutFilter() Life { l.NoFilter = true; return l }

// WithCascade names the kind that is deleted with this one and not restored with it.
func (l Life) WithCascade(kind string) Life { l.Cascade = kind; return l }

// RefusedWhileReferred says that Graph refuses to delete a referred object.
func (l Life) RefusedWhileReferred() Life { l.Referred = true; return l }

// OnlyOneFor names the attribute of which each value has one object at most.
func (l Life) OnlyOneFor(attribute string) Life { l.OneFor = attribute; return l }

// Placeholders returns the attribute names in the path, in order.
func (l Life) Placeholders() []string {
	var names []string
	for _, part := range strings.Split(l.Path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

// Below tells whether the objects belong to another one, with which they go and
// come back.
func (l Life) Below() bool { return strings.Contains(l.Path, "{") }

// Expand fills the placeholders of the path from values.
func (l Life) Expand(v Values) string {
	path := l.Path
	for _, name := range l.Placeholders() {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(text(v[name])))
	}
	return path
}

// Item returns the path of one object: the collection's, and its id.
func (l Life) Item(v Values) string { return l.Expand(v) + "/" + url.PathEscape(text(v["id"])) }

// ID returns an id as it is compared and kept: GUIDs in lower case.
func (l Life) ID(id string) string {
	if l.Opaque && !IsGUID(id) {
		return id
	}
	return strings.ToLower(id)
}
