package managed

import (
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// This file holds what a plan says against the user's writing, from the rules of
// the table: those of Graph that a change breaks, and objects that only Graph
// can make. What a tenant holds passes, whatever rule it breaks.

// checkRules stops a change that Graph would refuse. While an object is being
// made anew that is a warning: it may be older than the rule, and must not keep
// the rest of a recovery from being planned.
func (r *object) checkRules(prior, want kind.Values, planned tftypes.Value, isNew bool, m mark, diags *diag.Diagnostics) {
	if made := r.kind.MadeByGraph(want); made != nil && isNew {
		diags.AddAttributeError(path.Root(made.Name), r.title(want)+" cannot be created", cannotBeMade(r.kind, made))
	}
	had := prior
	if isNew || m.anew() {
		had = nil
	}
	for _, b := range r.kind.Breaches(had, want, func(path string) bool { return unknownAt(planned, path) }) {
		at := path.Empty()
		for _, name := range strings.Split(b.Path, ".") {
			at = at.AtName(name)
		}
		if m.anew() {
			if r.tenant == nil || !r.tenant.plans(r.kind, text(prior["id"])) {
				continue // in the process that applies: said before
			}
			diags.AddAttributeWarning(at, "Microsoft Graph may refuse "+r.name(want), b.Text+" It is made anew all the same; correct it if the apply fails.")
			continue
		}
		diags.AddAttributeError(at, "Invalid "+r.name(want), b.Text)
	}
}

// unknownAt tells whether the value at a path of objects, or anything that it
// lies in, or holds, is unknown.
func unknownAt(v tftypes.Value, path string) bool {
	for _, name := range strings.Split(path, ".") {
		if v.Type() == nil || !v.IsKnown() {
			return true
		}
		if v.IsNull() {
			return false
		}
		if !v.Type().Is(tftypes.Object{}) {
			return !v.IsFullyKnown() // a set or map of objects
		}
		fields, err := wire.Fields(v)
		if err != nil {
			return true
		}
		v = fields[name]
	}
	return v.Type() == nil || !v.IsFullyKnown()
}

// cannotBeMade says of an object that only Graph can make what to do.
func cannotBeMade(k *kind.Kind, made *kind.Attr) string {
	return fmt.Sprintf("Microsoft Graph neither creates nor deletes a %s with %s; it can be adopted and updated. %s "+
		"Then import it: with an import block that holds its id, or \"terraform-provider-entra imports --adopt ADDRESS=ID\".", k.Title, made.Name, made.Made)
}

// warnForgotten says of a destroy that it leaves the object where it is.
func (r *object) warnForgotten(state tftypes.Value, diags *diag.Diagnostics) {
	prior := r.values(state, diags)
	if made := r.kind.MadeByGraph(prior); made != nil {
		diags.AddWarning(r.title(prior)+" will only be forgotten",
			fmt.Sprintf("Microsoft Graph deletes no %s with %s, so the object stays as it is in the tenant, and Terraform no longer knows it.", r.kind.Title, made.Name))
	}
}

// limits says in words for the docs what binds an attribute.
func limits(a *kind.Attr) string {
	l, s := a.Limits, ""
	if l.Spelling != nil {
		s += map[bool]string{true: " Must be ", false: " Each must be "}[a.Shape == kind.String] + l.Spelling.Says + "."
	}
	if l.Most > 0 {
		s += fmt.Sprintf(" At most %d.", l.Most)
	}
	if l.Longest > 0 {
		s += fmt.Sprintf(" At most %d characters.", l.Longest)
	}
	if l.High > 0 {
		s += fmt.Sprintf(" Between %d and %d.", l.Low, l.High)
	}
	return s
}
