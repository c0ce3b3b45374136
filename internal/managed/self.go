package managed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What would take away the identity that runs, in the middle of an apply: its own objects,
// what it signs in with, and what it was given.

// selfHarm tells what a change does to the identity that runs, nil where that is nothing, or
// is not known. want is nil where the object is deleted, ends is set where another takes its
// place.
func (r *object) selfHarm(ctx context.Context, had, want kind.Values, m mark, ends bool) error {
	ends = ends || want == nil
	if had == nil || ends && gone(had, m) {
		return nil
	}
	me := r.tenant.identity(ctx)
	if me == nil {
		return nil
	}
	what := r.harm(ctx, me, had, want, ends)
	if what == "" {
		return nil
	}
	return fmt.Errorf("the change would %s of the identity that runs this (object id %s). Nothing was written. Run as another identity, or set allow_self_change = true in the provider block, "+
		"and let nothing in the same apply need the identity afterwards", what, me.ObjectID)
}

// takeTurn waits, before a write, for what is to be done earlier of all that is under way: what
// the identity that runs is, or was given, is made and restored before the rest, and taken away,
// where that is allowed, after it.
func (r *object) takeTurn(ctx context.Context, its *turn, had, want kind.Values, m mark, ends bool) error {
	me := r.tenant.runsAs(ctx)
	if me == nil {
		return nil
	}
	ends = ends || want == nil
	missing := had == nil || gone(had, m) || m.anew()
	switch {
	case had == nil && r.harm(ctx, me, want, nil, true) != "", had != nil && want != nil && missing && r.harm(ctx, me, had, nil, true) != "":
		its.goFirst()
		return nil
	case !missing && r.harm(ctx, me, had, want, ends) != "":
		return its.goLast(ctx)
	}
	its.letFirst(ctx)
	return nil
}

func (r *object) harm(ctx context.Context, me *graph.Identity, had, want kind.Values, ends bool) string {
	k := r.kind
	own := k.Life.Form == kind.Collection && !k.Life.Link && !k.Life.Below() &&
		(strings.EqualFold(text(had["id"]), me.ObjectID) || me.AppID != "" && strings.EqualFold(text(had["app_id"]), me.AppID))
	switch {
	case own && ends:
		return "delete the " + k.Title
	case own:
		return ownChange(k, had, want)
	case ends && k.SignsIn && r.belongsTo(ctx, me, had):
		return "take away a " + k.Title
	}
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if ends && a.Holder && strings.EqualFold(text(had[a.Name]), me.ObjectID) {
			return "take away a " + k.Title
		}
		now, owned := want[a.Name].([]string)
		if a.Channel == kind.Relation && a.Belongs && owned && a.ModeIn(want) == kind.Exact &&
			slices.Contains(strs(had[a.Name]), me.ObjectID) && !slices.Contains(now, me.ObjectID) {
			return "take out of its " + a.Name + " one"
		}
	}
	return ""
}

// ownChange tells what a change of an own object takes away.
func ownChange(k *kind.Kind, had, want kind.Values) string {
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.Disables != nil && want[a.Name] == *a.Disables && had[a.Name] != *a.Disables {
			return "disable the " + k.Title
		}
		now, owned := want[a.Name].(map[string]kind.Values)
		before, _ := had[a.Name].(map[string]kind.Values)
		for key := range before {
			if _, stays := now[key]; a.SignsIn && owned && !stays {
				return "take away one of the " + a.Name + " (" + key + ")"
			}
		}
	}
	return ""
}

// belongsTo tells whether what an object belongs to is the application that runs.
func (r *object) belongsTo(ctx context.Context, me *graph.Identity, had kind.Values) bool {
	names := r.kind.Life.Placeholders()
	if me.AppID == "" || len(names) == 0 {
		return false
	}
	for _, kindName := range r.kind.Attr(names[0]).Ref.Kinds {
		if k := r.tenant.kinds[kindName]; k != nil {
			id, err := r.tenant.ofApp(ctx, k, me.AppID)
			if err == nil && id != "" && strings.EqualFold(id, text(had[names[0]])) {
				return true
			}
		}
	}
	return false
}

// ofApp returns the object id of what has a client id, asked for once.
func (t *Tenant) ofApp(ctx context.Context, k *kind.Kind, appID string) (string, error) {
	t.guard.mu.Lock()
	defer t.guard.mu.Unlock()
	key := k.Name + "/" + appID
	if id, asked := t.guard.ownApp[key]; asked {
		return id, nil
	}
	id := ""
	err := t.client.List(ctx, graph.V1, k.Life.Path, map[string]string{"$filter": equals("appId", appID), "$select": "id"}, func(b kind.Body) error {
		id = text(b["id"])
		return nil
	})
	if err != nil {
		return "", errors.Join(errors.New("the own application could not be looked up"), err)
	}
	if t.guard.ownApp == nil {
		t.guard.ownApp = map[string]string{}
	}
	t.guard.ownApp[key] = id
	return id, nil
}
