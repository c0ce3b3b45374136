package export

import (
	"context"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The import ids of what belongs to other objects, or connects them, after these
// have got other ids.

// follow brings the import id of what belongs to, or connects, other objects up
// to date. A link needs no more than the ids of its ends: one that exists is
// adopted. What has a name is looked for by it below its owner.
func (im *importer) follow(ctx context.Context, obj *ManifestObject, inState string) error {
	k := catalog.ByName(obj.Kind)
	if !k.Life.Link && !k.Life.Below() {
		return nil
	}
	now, found, err := "", false, error(nil)
	// What is not there yet is best known by the owner that an address has now.
	owned := func(id string) bool { return im.claimed[strings.Split(id, "/")[0]] != "" }
	for _, said := range []string{im.options.Adopt[obj.Address], inState, obj.ID} {
		if said == "" || found || now != "" && (k.Life.Link || said == inState) {
			continue
		}
		var id string
		if id, found, err = im.followed(ctx, k, obj, said); err != nil {
			return err
		}
		if found || now == "" || !owned(now) && owned(id) {
			now = id
		}
	}
	if found {
		im.claimed[now] = obj.Address
	}
	if now != obj.ID {
		if k.Life.Below() && !k.Life.Paired() {
			im.result.Moved = append(im.result.Moved, Moved{Kind: k.Name, Name: obj.Key, OldID: obj.ID, NewID: now})
		}
		obj.ID = now
	}
	return nil
}

// followed returns the import id into which one has turned, and whether there is what has
// a name and belongs to another.
func (im *importer) followed(ctx context.Context, k *kind.Kind, obj *ManifestObject, id string) (now string, found bool, err error) {
	keys := k.Identity()
	parts := strings.SplitN(id, "/", len(keys))
	v := kind.Values{}
	for i := range parts {
		if n := im.newID[strings.ToLower(parts[i])]; n != "" {
			parts[i] = n
		}
		v[keys[i]] = parts[i]
	}
	last := len(parts) - 1
	if k.Life.Below() && k.Life.Form != kind.Element && k.Label != "" && len(parts) == len(keys) {
		if parts[last], found, err = im.below(ctx, k, v, obj.Key); err != nil {
			return "", false, err
		}
	}
	if k.Life.Link && len(parts) == len(keys) {
		if parts[last], err = im.link(ctx, k, obj, str(v["id"])); err != nil {
			return "", false, err
		}
	}
	return strings.Join(parts, "/"), found, nil
}

// link returns the id of the link that connects what the recorded one did, as
// far as these have other ids by now; its own where there is none.
func (im *importer) link(ctx context.Context, k *kind.Kind, obj *ManifestObject, own string) (string, error) {
	ends, said := k.Ends(), strings.Fields(obj.Key)
	if len(said) != len(ends) {
		return own, nil // written by hand, or by an earlier version
	}
	want := kind.Values{}
	for i, name := range ends {
		s := guidPattern.ReplaceAllStringFunc(said[i], func(id string) string {
			if n := im.newID[strings.ToLower(id)]; n != "" {
				return n
			}
			return id
		})
		if s != "-" {
			want[name] = s
		}
	}
	found := own
	err := im.client.List(ctx, graph.Version(k.Life.ReadFrom), k.Life.Expand(want), k.Among(want), func(b kind.Body) error {
		v, _ := k.Decode(b)
		for _, name := range k.Life.Placeholders() {
			v[name] = want[name]
		}
		if endsOf(k, v) == endsOf(k, want) {
			found = str(b["id"])
		}
		return nil
	})
	if err != nil && !graph.IsNotFound(err) {
		return "", fmt.Errorf("could not look for the %s between %s: %w", k.Title, endsOf(k, want), err)
	}
	obj.Key = endsOf(k, want)
	return found, nil
}

// below returns the id of the object that v finds, or else of the one below the
// same owner that alone has the name, and whether there is one.
func (im *importer) below(ctx context.Context, k *kind.Kind, v kind.Values, name string) (id string, found bool, err error) {
	own := str(v["id"])
	var named []string
	err = im.client.List(ctx, graph.Version(k.Life.ReadFrom), k.Life.Expand(v), nil, func(b kind.Body) error {
		switch id := str(b["id"]); {
		case strings.EqualFold(id, own):
			found = true
		case spelled(called(k, b)) == spelled(name):
			named = append(named, id)
		}
		return nil
	})
	switch {
	case err != nil && !graph.IsNotFound(err):
		return "", false, fmt.Errorf("could not look for the %s %q: %w", k.Title, name, err)
	case !found && len(named) == 1:
		return named[0], true, nil
	}
	return own, found, nil
}
