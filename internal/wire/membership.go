package wire

import (
	"fmt"
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Terraform lets a plan keep the prior value of an attribute although the
// configuration says another, as long as neither is null. The modes of
// relations rest on that.

// planRelations gives relations whose mode leaves them to others the value
// that they have.
func planRelations(attrs []kind.Attr, cfg, was, planned map[string]tftypes.Value, anew bool, relink []string) error {
	for i := range attrs {
		a := &attrs[i]
		if a.ModeBy == "" {
			continue
		}
		if !planned[a.ModeBy].IsKnown() {
			return fmt.Errorf("%s is not known yet, and what an apply would do depends on it. Write %s, %s or %s", a.ModeBy, kind.Exact, kind.AtLeast, kind.OnCreate)
		}
		before := was[a.Name]
		if anew || before.Type() == nil || before.IsNull() || cfg[a.Name].IsNull() {
			continue
		}
		mode, err := textOf(planned[a.ModeBy])
		if err != nil {
			return err
		}
		relinks := mode == kind.OnCreate && slices.Contains(relink, a.Name)
		keep := mode == kind.OnCreate && !relinks
		if (mode == kind.AtLeast || relinks) && cfg[a.Name].IsFullyKnown() {
			// With something unknown the plan stays as configured: what was known
			// in a plan must be the same once everything is known.
			if keep, err = within(a, cfg[a.Name], before); err != nil {
				return err
			}
		}
		if keep {
			planned[a.Name] = before
		}
	}
	return nil
}

// within tells whether every element of the set is in the other.
func within(a *kind.Attr, set, other tftypes.Value) (bool, error) {
	some, err := elements(a, set)
	if err != nil {
		return false, err
	}
	all, err := elements(a, other)
	if err != nil {
		return false, err
	}
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false, nil
		}
	}
	return true, nil
}

// elements returns the known elements of a set of strings in canonical form.
func elements(a *kind.Attr, v tftypes.Value) ([]string, error) {
	value, err := goValue(a, v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	out, _ := a.Canonical(value).([]string)
	return out, nil
}

func textOf(v tftypes.Value) (string, error) {
	var s string
	if v.Type() == nil || v.IsNull() || !v.IsKnown() {
		return s, nil
	}
	return s, v.As(&s)
}

// KeepModes takes the modes in a plan back to those of the state when nothing
// else of the object changes. It is for an object that was imported and not
// applied since: an import cannot know the code, so that the state has the
// default, and adopting a tenant must not be a change of it. The plan itself
// goes by the code's modes already.
func KeepModes(k *kind.Kind, planned, prior tftypes.Value) (tftypes.Value, error) {
	fields, err := Fields(planned)
	if err != nil {
		return planned, err
	}
	was, err := Fields(prior)
	if err != nil || was == nil {
		return planned, err
	}
	modes := map[string]bool{}
	for i := range k.Attrs {
		if k.Attrs[i].ModeBy != "" {
			modes[k.Attrs[i].ModeBy] = true
		}
	}
	for name, v := range fields {
		if modes[name] && was[name].IsNull() || !modes[name] && !v.Equal(was[name]) {
			return planned, nil
		}
	}
	for name := range modes {
		fields[name] = was[name]
	}
	return tftypes.NewValue(planned.Type(), fields), nil
}

// Removed returns what a plan takes out of a relation for certain: open is how
// many elements are not known yet, each of which may be one of ids.
func Removed(a *kind.Attr, prior, planned tftypes.Value) (ids []string, open int, err error) {
	was, err := Fields(prior)
	if err != nil {
		return nil, 0, err
	}
	fields, err := Fields(planned)
	if err != nil {
		return nil, 0, err
	}
	now := fields[a.Name]
	if now.IsNull() || !now.IsKnown() {
		return nil, 0, nil
	}
	var items []tftypes.Value
	if err := now.As(&items); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", a.Name, err)
	}
	for _, item := range items {
		if !item.IsKnown() {
			open++
		}
	}
	before, err := elements(a, was[a.Name])
	if err != nil {
		return nil, 0, err
	}
	after, err := elements(a, now)
	for _, id := range before {
		if !slices.Contains(after, id) {
			ids = append(ids, id)
		}
	}
	return ids, open, err
}
