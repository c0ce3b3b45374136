package kind

import (
	"fmt"
	"slices"
	"strings"
)

// Rules that decide who gets in: how one comes into force without shutting out
// whoever must be able to repair it.

// Rollout says how the rule that an object is comes into force. Whom it leaves out
// stands in the attributes that are marked Exempts.
type Rollout struct {
	Attribute string // says whether the rule is in force
	Enforced  string // its value where it is
	Quiet     string // its value where the rule only tells what it would do

	// Shuts tells whether whoever the rule meets is kept out, whatever they can prove.
	Shuts func(Values) bool

	// Catches tells whether the rule keeps somebody out of everything for certain, whatever
	// device, place or application they sign in with. Where that depends on what is not
	// known, it does not.
	Catches func(Values, Who) bool

	// Concerns tells whether the rule is about people, or about applications, at all.
	Concerns func(v Values, application bool) bool

	Ask Question
}

// InForce tells whether values have the rule in force.
func (r *Rollout) InForce(v Values) bool { return v[r.Attribute] == r.Enforced }

// Held returns values with the rule not in force.
func (r *Rollout) Held(v Values) Values {
	out := make(Values, len(v))
	for name, value := range v {
		out[name] = value
	}
	out[r.Attribute] = r.Quiet
	return out
}

// Question is how Graph is asked what a rule would do to somebody who signs in. The
// answer has a row for each rule, with its id.
type Question struct {
	Path  string
	Body  func(Who) Body
	Meets func(row Body) bool // whether the rule would apply
}

// Who is somebody who signs in.
type Who struct {
	ID          string
	Application bool     // no person
	Foreign     bool     // perhaps a guest, or otherwise no account or application of the tenant's own
	Groups      []string // of which they are members, through others, too
	Roles       []string // template ids of their directory roles
}

// Exempts tells whether the rule that values describe leaves somebody out by name: by
// their id, a group or a role.
func (k *Kind) Exempts(v Values, who Who) bool {
	found := false
	k.References(v, func(_ string, a *Attr, _ *Ref, id string) {
		found = found || a.Exempts && (strings.EqualFold(id, who.ID) || slices.Contains(who.Groups, id) || slices.Contains(who.Roles, id))
	})
	return found
}

// checkRollout reports a rule that could not be held back.
func (k *Kind) checkRollout() error {
	r := k.Rollout
	if r == nil {
		return nil
	}
	a := k.Attr(r.Attribute)
	if a == nil || !slices.Contains(a.Enum, r.Enforced) || !slices.Contains(a.Enum, r.Quiet) || r.Enforced == r.Quiet {
		return fmt.Errorf("kind %s: its Rollout needs an attribute with the values %q and %q", k.Name, r.Enforced, r.Quiet)
	}
	if r.Shuts == nil || r.Catches == nil || r.Concerns == nil || r.Ask.Path == "" || r.Ask.Body == nil || r.Ask.Meets == nil {
		return fmt.Errorf("kind %s: its Rollout must be complete", k.Name)
	}
	return nil
}

// Sparing says that code must not reach whoever the value names, whom the rule leaves out.
func (a Attr) Sparing() Attr { a.Spares = true; return a.Exempting() }

// Exempting says that the rule leaves out whoever and whatever the value names.
func (a Attr) Exempting() Attr { a.Exempts = true; return a }

// DisabledBy says with which value nobody signs in to the object, or as it.
func (a Attr) DisabledBy(value bool) Attr { a.Disables = &value; return a }

// ForHolder says that what a link gives is given to whom the value names.
func (a Attr) ForHolder() Attr { a.Holder = true; return a }

// Signing says that the items of the value are credentials with which the object signs in.
func (a Attr) Signing() Attr { a.SignsIn = true; return a }
