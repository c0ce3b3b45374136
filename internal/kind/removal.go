package kind

import "fmt"

// How the audit log tells that something was taken away that is no object of its own there.

// Removal is how the audit log records that a link was ended, or a part taken out of the
// object that it belongs to. Where a kind has none, its objects are deleted by their id.
type Removal struct {
	// Activities are the names of the records, Scoped those for a link that holds over a
	// part of the tenant.
	// https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
	Activities, Scoped []string

	// Asked are the names of the records of who asked for it, where a service ends the link
	// some seconds before: Privileged Identity Management.
	Asked []string

	// From is the attribute with the id of the object that such a record is found by.
	From string

	// Property is, for a part, the property whose old value names it, and whose new one
	// does not. A link has none: its record names all that it connects.
	Property string

	// Often is set where records of the name are too many to be read together, so that the
	// log is asked about one object at a time.
	Often bool
}

// Unlinked says that the record of a link is found by the object that an attribute names.
func Unlinked(from string, activities ...string) *Removal {
	return &Removal{From: from, Activities: activities}
}

// TakenOut says that the record of a part is a change of a property of what it belongs to.
func TakenOut(from, property string, activities ...string) *Removal {
	return &Removal{From: from, Property: property, Activities: activities}
}

// Over names the activities for a link that holds over a part of the tenant.
func (r *Removal) Over(activities ...string) *Removal { r.Scoped = activities; return r }

// AskedBy names the activities by which the log tells who had a service end a link.
func (r *Removal) AskedBy(activities ...string) *Removal { r.Asked = activities; return r }

// TooOften says that records of the name are too many to be read together.
func (r *Removal) TooOften() *Removal { r.Often = true; return r }

// Named returns what the record of a removal must name: what a link connects, or the key of
// a part; and over what the link holds, where that is a part of the tenant. False where
// values do not tell all of it, as those of a link that is imported by its id.
func (k *Kind) Named(v Values) (ids, scope []string, ok bool) {
	if k.Removal.Property != "" {
		key := k.Life.Key
		if key == "" {
			key = "id"
		}
		s := text(v[key])
		return []string{s}, nil, s != ""
	}
	for _, name := range k.Ends() {
		a, s := k.Attr(name), text(v[name])
		if s == "" && a.Mode == Default {
			s = text(a.Default)
		}
		switch {
		case s == "" && a.Mode == Optional:
		case s == "":
			return nil, nil, false
		case len(a.Embeds) > 0: // a scope: an address that ends in an id, or none of these
			for _, e := range a.Embeds {
				for _, at := range e.Find(s) {
					scope = append(scope, s[at[0]:at[1]])
				}
			}
		default:
			ids = append(ids, s)
		}
	}
	return ids, scope, len(ids) > 0
}

func (k *Kind) checkRemoval() error {
	logged := k.Attr("deleted_by") != nil
	switch r := k.Removal; {
	case logged && k.Unlogged != "":
		return fmt.Errorf("kind %s: it has both deleted_by and the reason why the audit log does not tell that", k.Name)
	case r == nil && logged && (k.Life.Form == Edge || k.Life.Form == Element || k.Life.Link):
		return fmt.Errorf("kind %s: Removal must say how the audit log tells that one was taken away", k.Name)
	case r != nil && (!logged || len(r.Activities) == 0 || k.Attr(r.From) == nil):
		return fmt.Errorf("kind %s: Removal needs deleted_by, activities and an attribute of its own", k.Name)
	}
	return nil
}
