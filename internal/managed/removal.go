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
	named, scope, ok := k.Named(prior)
	from := text(prior[k.Removal.From])
	if !ok || from == "" {
		return ""
	}
	all := t.records(ctx, viewOf(k), from, written, func(r *graph.AuditRecord) bool {
		return removes(r, k.Removal, named, scope)
	})
	if len(all) == 0 {
		return ""
	}
	last := all[0]
	if !last.ByApp || len(k.Removal.Asked) == 0 {
		return deed(last)
	}
	asked := t.records(ctx, viewOf(k), from, last.At.Add(-sameMoment), func(r *graph.AuditRecord) bool {
		return !r.ByApp && r.At.Sub(last.At) < sameMoment && connects(r, k.Removal.Asked, named)
	})
	if len(asked) > 0 {
		last = asked[0]
	}
	return deed(last)
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
			all = slices.Concat(all, k.Removal.Activities, k.Removal.Scoped, k.Removal.Asked)
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
// does.
func removes(r *graph.AuditRecord, by *kind.Removal, named, scope []string) bool {
	switch {
	case by.Property == "" && len(scope) > 0:
		return connects(r, by.Scoped, slices.Concat(named, scope))
	case by.Property == "":
		return connects(r, by.Activities, named)
	case !isOneOf(r.Activity, by.Activities):
		return false
	}
	for _, target := range r.Targets {
		for _, c := range target.Changes {
			if strings.EqualFold(c.Property, by.Property) && holds(c.Old, named[0]) && !holds(c.New, named[0]) {
				return true
			}
		}
	}
	return false
}

// connects tells whether a record of one of the names is of a link between all that is
// named, which ended: one that says what a value was and what it became is of a change. So
// the log has a grant that gets other scopes, as "Remove …" too.
func connects(r *graph.AuditRecord, activities, named []string) bool {
	if !isOneOf(r.Activity, activities) {
		return false
	}
	values := map[string]bool{}
	for _, target := range r.Targets {
		values[strings.ToLower(target.ID)] = true
		for _, c := range target.Changes {
			if c.Old != "" && c.New != "" && c.Old != c.New {
				return false
			}
			values[strings.ToLower(c.Old)], values[strings.ToLower(c.New)] = true, true
		}
	}
	return !slices.ContainsFunc(named, func(id string) bool { return !values[strings.ToLower(id)] })
}

func isOneOf(activity string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, activity) })
}

// holds tells whether the JSON text of a list names something by its id.
func holds(list, id string) bool {
	return strings.Contains(strings.ToLower(list), strings.ToLower(id))
}
