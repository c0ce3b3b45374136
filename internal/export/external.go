package export

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// wanted is an id that the code refers to and does not manage.
type wanted struct {
	ref *kind.Ref
	id  string
	by  []string // objects that refer to it, as many as a comment names
	n   int      // how many do
	// last is the one that was counted last: one object may refer to an id twice.
	last *hclgen.Object
}

// externals finds out what the ids are that no exported object has.
func (e *exporter) externals(ctx context.Context, objects []*hclgen.Object) ([]*hclgen.External, error) {
	todo := map[string]*wanted{}
	for _, o := range objects {
		o.Kind.References(o.Load(), func(_ string, _ *kind.Attr, ref *kind.Ref, id string) {
			k := fmt.Sprint(int(ref.Space), id)
			if todo[k] == nil && e.find(ref, id) == nil {
				todo[k] = &wanted{ref: ref, id: strings.Clone(id)}
			}
			if w := todo[k]; w != nil && w.last != o {
				if w.n++; w.n <= maxNamed {
					w.by = append(w.by, o.Kind.Title+" "+strconv.Quote(o.Label))
				}
				w.last = o
			}
		})
	}
	var keys, ids, apps []string
	for k, w := range todo {
		keys = append(keys, k)
		if w.ref.Space == kind.AppID {
			apps = append(apps, w.id)
		} else if e.directory(w.ref) {
			ids = append(ids, w.id)
		}
	}
	sort.Strings(keys)
	sort.Strings(ids)
	sort.Strings(apps)
	byID, err := e.source.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byApp, err := e.source.byAppID(ctx, apps)
	if err != nil {
		return nil, err
	}
	listed := map[string]map[string]string{}
	var out []*hclgen.External
	for _, k := range keys {
		x, err := e.external(ctx, *todo[k], byID, byApp, listed)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, e.explainDead(ctx, out)
}

// explainDead says of a dead reference that what it led to can be restored.
func (e *exporter) explainDead(ctx context.Context, all []*hclgen.External) error {
	var ids []string
	for _, x := range all {
		if k := catalog.ByName(x.Kind); x.Label == "" && k != nil && strings.HasPrefix(k.Life.Bin, "/directory/") && x.Kind != hclgen.AppKind {
			ids = append(ids, x.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	bin, err := e.source.binned(ctx, ids)
	if err != nil {
		return err
	}
	for _, x := range all {
		if b := bin[x.ID]; b != nil {
			x.Note = fmt.Sprintf("In the recycle bin since %s: restore it and export again. %s", str(b["deletedDateTime"]), x.Note)
			e.warnings = append(e.warnings, fmt.Sprintf("%s %s (%s) is in the recycle bin, so it is not in the code: restore it and export again", strings.ReplaceAll(x.Kind, "_", " "), strconv.Quote(str(b["displayName"])), x.ID))
		}
	}
	return nil
}

// directory tells whether a reference goes to directory objects.
func (e *exporter) directory(ref *kind.Ref) bool {
	for _, name := range ref.Kinds {
		if k := catalog.ByName(name); k != nil && (k.Life.OnePage || k.Delegated) {
			return false
		}
	}
	return true
}

func (e *exporter) external(ctx context.Context, w wanted, byID, byApp map[string]kind.Body, listed map[string]map[string]string) (*hclgen.External, error) {
	x := &hclgen.External{Kind: w.ref.Kinds[0], ID: w.id}
	if w.ref.Space == kind.AppID {
		x.Kind = hclgen.AppKind
		if b := byApp[w.id]; b != nil {
			x.Label = label(b)
			return x, nil
		}
		return e.dead(x, w), nil
	}
	if b := byID[w.id]; b != nil {
		if name := kindOfType(str(b["@odata.type"])); name != "" {
			x.Kind = name
		}
		if r := e.read[x.Kind]; r != nil {
			x.Note = reason(r, w.id)
		}
		x.Label = label(b)
		return x, nil
	}
	for _, name := range w.ref.Kinds {
		k := catalog.ByName(name)
		if r := e.read[name]; k == nil || k.Delegated && (r == nil || r.left[w.id].label == "") {
			x.Label = w.id // no table knows the kind, or nobody may look: so nobody can say that it is dead
			return x, nil
		}
		if !k.Life.OnePage {
			continue
		}
		if r := e.read[name]; r != nil && r.left[w.id].label != "" {
			x.Label, x.Note = r.left[w.id].label, reason(r, w.id)
			return x, nil
		}
		if listed[name] == nil {
			err := e.source.list(ctx, k, func() { listed[name] = map[string]string{} }, func(b kind.Body) error {
				listed[name][strings.ToLower(str(b["id"]))] = str(b[k.Attr(k.Label).Property])
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
		if s := listed[name][w.id]; s != "" {
			x.Label = s
			return x, nil
		}
	}
	return e.dead(x, w), nil
}

// dead marks a reference that leads nowhere. An archive cannot tell: there the
// id is its own label.
func (e *exporter) dead(x *hclgen.External, w wanted) *hclgen.External {
	if _, fromArchive := e.source.(archived); fromArchive {
		x.Label = w.id
		return x
	}
	shown := w.by
	if w.n > maxNamed {
		shown = append(shown, fmt.Sprintf("%d more", w.n-maxNamed))
	}
	x.Note = "In " + strings.Join(shown, ", ") + "."
	return x
}

// maxNamed is how many objects a comment names.
const maxNamed = 5

func reason(r *reading, id string) string {
	if why := r.left[id].reason; why != "" {
		return "Not managed: " + why + "."
	}
	return ""
}

// kindOfType returns the kind of a Graph type, "" when no table knows it.
func kindOfType(odataType string) string {
	t := strings.TrimPrefix(odataType, "#microsoft.graph.")
	for _, k := range catalog.All() {
		if k.Type == t && !k.Life.Paired() {
			return k.Name
		}
	}
	return snake(t)
}

// snake turns lowerCamelCase into snake_case.
func snake(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// label is what people know an object by.
func label(b kind.Body) string {
	for _, property := range []string{"userPrincipalName", "displayName", "id", "appId"} {
		if s := str(b[property]); s != "" {
			return s
		}
	}
	return ""
}
