package kind

import "fmt"

// Membership is not configuration everywhere: of some groups the code says who
// belongs to them, of others it only says who belongs to them once they are
// made anew. The mode of a relation says which; it is an attribute of Channel
// Local beside the relation, and the relation's ModeBy is its name.

// The modes of a relation.
const (
	Exact    = "exact"     // the code is all there is
	AtLeast  = "at_least"  // others may join
	OnCreate = "on_create" // used when the object is made anew, and for ends that are made anew; never a difference else
)

// Unfinished, behind an import id, says that the making of the object may not have been
// brought to its end, so that what code uses when an object is made is still to be added.
// Imports writes it for what an apply left behind that was killed.
const Unfinished = "?unfinished"

// Activation says where Graph tells that somebody has a relation for a while
// only, because an activation in Privileged Identity Management is running.
type Activation struct {
	Path   string   // of the instances
	Of     string   // their property that names the object
	Access string   // what the relation is called there
	Read   []string // the least permissions
}

// ModedBy names the attribute that holds the relation's mode.
func (a Attr) ModedBy(name string) Attr { a.ModeBy = name; return a }

// Belonging says that the relation is a membership, of which a tenant has
// many and which others than Terraform maintain: export --members is about it.
func (a Attr) Belonging() Attr { a.Belongs = true; return a }

// ActivatedIn says where Graph tells of activations.
func (a Attr) ActivatedIn(x *Activation) Attr { a.Activation = x; return a }

// ModeIn returns the mode that values give the relation.
func (a *Attr) ModeIn(v Values) string {
	if mode, ok := v[a.ModeBy].(string); ok && a.ModeBy != "" {
		return mode
	}
	return Exact
}

// checkMode reports a relation whose mode is no instruction to the provider
// with exact as its default, so that a state always holds one.
func checkMode(attrs []Attr, a *Attr) error {
	if a.ModeBy == "" {
		return nil
	}
	mode := find(attrs, a.ModeBy)
	if a.Channel != Relation || mode == nil || mode.Channel != Local || mode.Default != Exact {
		return fmt.Errorf("its mode %q must be a local attribute with the default %s beside a relation", a.ModeBy, Exact)
	}
	return nil
}
