package managed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Drift: what is no longer as it was left. A refresh sees it and asks who did it;
// the plan, which sees the refreshed state alone, tells what of it an apply puts
// back. It is remembered until an apply writes the object, because Terraform keeps
// what a refresh has read whether or not the apply that follows gets that far.

// noteDrift notes in the mark what differs in a live object, and in its state who
// was the last to change it.
func (r *object) noteDrift(ctx context.Context, prior kind.Values, state tftypes.Value, m *mark, diags *diag.Diagnostics) tftypes.Value {
	if r.kind.Attr(lastChangedBy) == nil {
		return state
	}
	now := r.values(state, diags)
	drift, fresh := map[string]string{}, false
	var attrs []*kind.Attr
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		if a.Mode == kind.Computed || a.Channel == kind.Local {
			continue
		}
		left, known := m.Drift[a.Name]
		if !known {
			left = digest(prior[a.Name])
		}
		if digest(now[a.Name]) == left {
			continue
		}
		drift[a.Name] = left
		attrs = append(attrs, a)
		fresh = fresh || !kind.Equal(prior[a.Name], now[a.Name])
	}
	m.Drift = drift
	if len(drift) == 0 {
		return state
	}
	by := text(prior[lastChangedBy])
	if fresh || by == "" {
		by = r.tenant.changedBy(ctx, text(prior["id"]), attrs, m.Written)
	}
	return r.logged(state, lastChangedBy, by, diags)
}

// digest stands for a value in private state.
func digest(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings, bools and numbers, in sets and objects
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// logged returns a state in which an attribute says what the audit log told.
func (r *object) logged(state tftypes.Value, name, told string, diags *diag.Diagnostics) tftypes.Value {
	if r.kind.Attr(name) == nil {
		return state
	}
	fields, err := wire.Fields(state)
	if err != nil || fields == nil {
		diags.AddError("State cannot be read", fmt.Sprint(err))
		return state
	}
	fields[name] = tftypes.NewValue(tftypes.String, nil)
	if told != "" {
		fields[name] = tftypes.NewValue(tftypes.String, told)
	}
	return tftypes.NewValue(state.Type(), fields)
}

// putBack names what a plan changes to what it was before somebody changed it. What
// is open, because it refers to an object that is made anew, is taken for that.
func (m mark) putBack(prior, planned kind.Values, open map[string]bool) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.Drift)) {
		if open[name] {
			names = append(names, name)
		} else if digest(planned[name]) == m.Drift[name] && !kind.Equal(planned[name], prior[name]) {
			names = append(names, differing(name, prior[name], planned[name])...)
		}
	}
	return names
}

// open returns the attributes of a planned object of which something is unknown.
func open(planned tftypes.Value) map[string]bool {
	fields, _ := wire.Fields(planned) // what cannot be read was told before
	out := map[string]bool{}
	for name, v := range fields {
		out[name] = !v.IsFullyKnown()
	}
	return out
}

// differing returns the paths at which two values of an attribute differ.
func differing(path string, a, b any) []string {
	before, ok := a.(kind.Values)
	after, also := b.(kind.Values)
	if !ok || !also {
		return []string{path}
	}
	all := maps.Clone(before)
	maps.Copy(all, after)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !kind.Equal(before[name], after[name]) {
			out = append(out, differing(path+"."+name, before[name], after[name])...)
		}
	}
	return out
}

// pointing names the listed objects of the tenant that refer to one that is lost, in
// this configuration or not.
func (t *Tenant) pointing(ctx context.Context, prior kind.Values) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.kinds)) {
		k := t.kinds[name]
		if !k.Checked || !k.Managed() || !k.Life.OnePage {
			continue
		}
		all, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
		if err != nil {
			return "" // who may not read them sees the rest of the plan all the same
		}
		var names []string
		for _, b := range all {
			v, _ := k.Decode(b)
			if refersTo(k, v, prior) {
				names = append(names, fmt.Sprintf("%q", text(v[k.Label])))
			}
		}
		if len(names) == 0 {
			continue
		}
		slices.Sort(names)
		what, verb := k.Plural, "refer"
		if len(names) == 1 {
			what, verb = k.Title, "refers"
		}
		s := fmt.Sprintf(" %d %s of the tenant %s to the old one: %s", len(names), what, verb, strings.Join(names[:min(len(names), maxNamed)], ", "))
		if more := len(names) - maxNamed; more > 0 {
			s += fmt.Sprintf(" and %d more", more)
		}
		out = append(out, s+".")
	}
	return strings.Join(out, "")
}

// maxNamed is how many referrers a warning names.
const maxNamed = 5

func refersTo(k *kind.Kind, v, other kind.Values) bool {
	found := false
	k.References(v, func(_ string, _ *kind.Attr, ref *kind.Ref, id string) {
		own := text(other["id"])
		if ref.Space == kind.AppID {
			own = text(other["app_id"])
		}
		found = found || own != "" && strings.EqualFold(id, own)
	})
	return found
}
