package managed

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Who took away a link, or a part of another object: to the audit log a change of what it
// connected or belonged to, which names it in its values.

// removedBy is who took it away since an apply wrote it: what was removed before that and
// made again is the same link.
func (t *Tenant) removedBy(ctx context.Context, k *kind.Kind, prior kind.Values, written time.Time) string {
	named, scoped, ok := k.Named(prior)
	from := text(prior[k.Removal.From])
	if !ok || from == "" {
		return ""
	}
	all := t.records(ctx, viewOf(k), from, written, func(r *graph.AuditRecord) bool {
		return removes(r, k.Removal, named, scoped)
	})
	if len(all) == 0 {
		return ""
	}
	return deed(all[0])
}

// viewOf is the window that shows who deleted objects of a kind.
func viewOf(k *kind.Kind) view {
	switch {
	case k.Removal == nil:
		return ofDeletions
	case k.Removal.Often:
		return ofFrequent
	}
	return ofRemovals
}

// removalActivities are how the names begin of all that a window shows.
func (t *Tenant) removalActivities(of view) []string {
	var all, out []string
	for _, k := range t.kinds {
		if k.Removal != nil && viewOf(k) == of {
			all = append(append(all, k.Removal.Activities...), k.Removal.Scoped...)
		}
	}
	slices.Sort(all) // what begins like another comes after it
	for _, name := range all {
		if !slices.ContainsFunc(out, func(shorter string) bool { return strings.HasPrefix(name, shorter) }) {
			out = append(out, name)
		}
	}
	return out
}

// removes tells whether a record is of the removal of what is named: of a link where it
// names all that this connects, of a part where the property named it before and no longer
// does. A record that says what a value was and what it became is of a change: the log has
// a grant that gets other scopes as "Remove …" too.
func removes(r *graph.AuditRecord, by *kind.Removal, named []string, scoped bool) bool {
	activities := by.Activities
	if scoped {
		activities = by.Scoped
	}
	if !slices.ContainsFunc(activities, func(name string) bool { return strings.EqualFold(name, r.Activity) }) {
		return false
	}
	values := map[string]bool{}
	for _, target := range r.Targets {
		values[strings.ToLower(target.ID)] = true
		for _, c := range target.Changes {
			if by.Property != "" {
				if strings.EqualFold(c.Property, by.Property) && holds(c.Old, named[0]) && !holds(c.New, named[0]) {
					return true
				}
				continue
			}
			if c.Old != "" && c.New != "" && c.Old != c.New {
				return false
			}
			values[strings.ToLower(c.Old)], values[strings.ToLower(c.New)] = true, true
		}
	}
	return by.Property == "" && !slices.ContainsFunc(named, func(id string) bool { return !values[strings.ToLower(id)] })
}

// holds tells whether the JSON text of a list names something by its id.
func holds(list, id string) bool {
	return strings.Contains(strings.ToLower(list), strings.ToLower(id))
}
