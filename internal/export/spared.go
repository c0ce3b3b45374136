package export

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// spared returns the accounts of a kind that code must not reach, by id, and why: those
// that policies leave out, themselves or through a group. An account for emergencies is
// left out of policies, so that a mistake in them locks nobody out; a mistake in code must
// not do so either. Whether the policies are exported, too, makes no difference.
func (e *exporter) spared(ctx context.Context, k *kind.Kind) (map[string]string, error) {
	out := map[string]string{}
	if !k.Spared {
		return out, nil
	}
	groups := map[string]string{}
	for _, of := range catalog.All() {
		if !sparing(of.Attrs) {
			continue
		}
		bodies, err := all(ctx, e.source, of)
		if err != nil {
			return nil, fmt.Errorf("which %s must be left out could not be found out: %w", k.Plural, err)
		}
		for _, b := range bodies {
			v, _ := of.Decode(b)
			name := fmt.Sprintf("the %s %q", of.Title, label(b))
			of.References(v, func(_ string, a *kind.Attr, ref *kind.Ref, id string) {
				switch {
				case !a.Spares:
				case slices.Contains(ref.Kinds, k.Name):
					out[id] = name + " leaves it out: it may be an account for emergencies, which a mistake in code must not reach"
				default:
					groups[id] = name
				}
			})
		}
	}
	return out, e.sparedMembers(ctx, groups, out)
}

// sparedMembers adds the members of groups that policies leave out.
func (e *exporter) sparedMembers(ctx context.Context, groups, out map[string]string) error {
	var asked []string
	for id := range groups {
		asked = append(asked, id)
	}
	sort.Strings(asked)
	there, err := e.source.byID(ctx, asked) // a group that is gone has no members
	if err != nil {
		return err
	}
	asked = slices.DeleteFunc(asked, func(id string) bool { return there[id] == nil })
	of := catalog.ByName("group")
	members, err := e.source.related(ctx, of, asked, of.Attr("members"), func(id string) string { return label(there[id]) })
	if err != nil {
		return err
	}
	for _, group := range asked {
		for _, id := range members[group] {
			if id = of.Life.ID(id); out[id] == "" {
				out[id] = fmt.Sprintf("%s leaves out the group %q, of which it is a member: it may be an account for emergencies, which a mistake in code must not reach", groups[group], label(there[group]))
			}
		}
	}
	return nil
}

func sparing(attrs []kind.Attr) bool {
	return slices.ContainsFunc(attrs, func(a kind.Attr) bool { return a.Spares || sparing(a.Attrs) })
}
