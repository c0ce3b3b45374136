package managed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
)

// How objects and values are written that a POST of a body to a collection and a
// PATCH of it do not serve: keyed objects, links that exist already, actions,
// and properties that stand alone.

// upsert makes an object whose id the code chooses. Graph would change one that
// exists; it may be somebody else's, so that is refused.
func (w writer) upsert(ctx context.Context, want kind.Values) (kind.Values, error) {
	_, where, err := w.findFresh(ctx, w.kind, want)
	if err != nil {
		return nil, err
	}
	if where == live {
		return nil, fmt.Errorf("a %s with the id %s exists, and it would be overwritten. Nothing was written. Take it over with an import block: to = the address of this resource, id = %q",
			w.kind.Title, text(want["id"]), w.kind.ImportID(want))
	}
	id := text(want["id"])
	if err := w.patch(ctx, want, id, w.version(nil, want), w.kind.Encode(want, "")); err != nil {
		return nil, err
	}
	return kind.Values{"id": id}, nil
}

// adopt finds the link that exists already, after Graph refused to make a second
// one with refusal. What else the code says of it is then written. One that came back with
// what it belongs to shows late, which is waited for, bounded.
func (w writer) adopt(ctx context.Context, want kind.Values, refusal error) (kind.Values, error) {
	id := ""
	var had kind.Values
	keep := func(b kind.Body) error {
		v, _ := w.kind.Decode(b)
		for _, name := range w.kind.Life.Placeholders() {
			v[name] = want[name]
		}
		for _, name := range w.kind.Ends() {
			if !kind.Equal(v[name], want[name]) {
				return nil
			}
		}
		id, had = text(b["id"]), v
		return nil
	}
	err := w.untilThere(ctx, w.cameBack(want), func() error {
		err := w.client.List(ctx, graph.Version(w.kind.Life.ReadFrom), w.kind.Life.Expand(want), w.kind.Among(want), keep)
		if err == nil && id == "" {
			return errNotThere
		}
		return err
	})
	if errors.Is(err, errNotThere) {
		return nil, refusal
	}
	if err != nil {
		return nil, fmt.Errorf("%w. It could not be taken over, because it was not found: %w", refusal, err)
	}
	had["id"] = id
	w.written(id)
	return kind.Values{"id": id}, w.bring(ctx, had, want, false)
}

// act changes by their actions the values that differ; live is the object's body.
func (w writer) act(ctx context.Context, had, want kind.Values, live kind.Body, id string) error {
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		if a.Channel != kind.Action || kind.Equal(had[a.Name], want[a.Name]) {
			continue
		}
		if err := w.perform(ctx, a, had, want, live[a.Property], id); err != nil {
			return fmt.Errorf("could not change its %s: %w", a.Name, err)
		}
	}
	return nil
}

// perform sends the action that changes one value; live is what Graph has.
func (w writer) perform(ctx context.Context, a *kind.Attr, had, want kind.Values, live any, id string) error {
	before, after := encoded(a, had), encoded(a, want)
	wire.Keep(w.kind, a, before, live)
	wire.Keep(w.kind, a, after, live)
	body := a.Act.Body(before, after)
	if body == nil {
		return nil
	}
	_, err := w.send(ctx, w.involved(id, want), graph.Request{
		Method: "POST", Version: w.version(had, want), Path: w.at(want, id) + "/" + a.Act.Name, Body: body, Idempotent: true,
	})
	if err == nil {
		w.written(id)
	}
	return err
}

// encoded is the JSON of an attribute's value, nil where there is none.
func encoded(a *kind.Attr, v kind.Values) any {
	if value, set := v[a.Name]; set {
		return a.Encode(value, "")
	}
	return nil
}

// alone writes the properties that Graph takes only in a PATCH without others. Where
// had does not say what there is, Graph is asked.
func (w writer) alone(ctx context.Context, had, want kind.Values, id string) error {
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		value, owned := want[a.Name]
		if a.Channel != kind.Alone || !owned || kind.Equal(had[a.Name], value) {
			continue
		}
		if err := w.aloneOne(ctx, a, had, want, id); err != nil {
			return fmt.Errorf("could not change its %s: %w", a.Name, err)
		}
	}
	return nil
}

func (w writer) aloneOne(ctx context.Context, a *kind.Attr, had, want kind.Values, id string) error {
	value, known := had[a.Name]
	var live any
	if none, _ := a.Decode([]any{}); !known && a.Act != nil || a.HoldsElements() && !(known && kind.Equal(value, none)) { // so that what nobody knows of them stays
		var err error
		if live, err = w.liveAlone(ctx, a, want, id); err != nil {
			return err
		}
	}
	if a.Act != nil {
		if !known { // so that what code does not know goes
			had = kind.Values{}
			if value, set := a.Decode(live); set {
				had[a.Name] = value
			}
		}
		return w.perform(ctx, a, had, want, live, id)
	}
	body := kind.Body{a.Property: a.Encode(want[a.Name], "")}
	wire.Keep(w.kind, a, body[a.Property], live)
	return w.patch(ctx, want, id, w.version(had, want), body)
}

// liveAlone is the JSON of a property that stands alone, as Graph has it.
func (w writer) liveAlone(ctx context.Context, a *kind.Attr, v kind.Values, id string) (any, error) {
	var b kind.Body
	err := w.untilThere(ctx, id, func() (err error) {
		b, err = w.client.Get(ctx, graph.Version(w.kind.Life.ReadFrom), w.at(v, id), map[string]string{"$select": a.Property})
		return err
	})
	return b[a.Property], err
}

// noneAlone says of an object that was just made that it has nothing in the properties
// that stand alone.
func (w writer) noneAlone() kind.Values {
	out := kind.Values{}
	for i := range w.kind.Attrs {
		if a := &w.kind.Attrs[i]; a.Channel == kind.Alone {
			out[a.Name], _ = a.Decode([]any{})
		}
	}
	return out
}

// emptied takes away what keeps Graph from deleting an object, as far as the state owns
// it, and returns how to give it back.
func (w writer) emptied(ctx context.Context, had kind.Values) (undo func() error, err error) {
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		value, owned := had[a.Name].([]kind.Values)
		if a.Act == nil || !a.Act.Emptied || !owned || len(value) == 0 {
			continue
		}
		id, none := text(had["id"]), w.self(had, text(had["id"]))
		none[a.Name] = []kind.Values{}
		live, err := w.liveAlone(ctx, a, had, id)
		if err == nil {
			err = w.perform(ctx, a, had, none, live, id)
		}
		if err != nil {
			return nil, fmt.Errorf("could not take away its %s, with which Microsoft Graph does not delete it: %w", a.Name, err)
		}
		undo = func() error { return w.perform(ctx, a, none, had, live, id) }
	}
	return undo, nil
}

// readAlone adds the properties that Graph returns only when they are asked for,
// those that the state owns: all of them when the object is being imported. A
// kind of object that has none of them answers so, and that is no error.
func (t *Tenant) readAlone(ctx context.Context, k *kind.Kind, prior, now kind.Values, all bool) error {
	var names []string
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if _, owned := prior[a.Name]; a.Channel == kind.Alone && (owned || all && k.HasAlone(now)) {
			names = append(names, a.Property)
		}
	}
	if len(names) == 0 {
		return nil
	}
	b, listed := t.listedAlone(ctx, k, text(now["id"]), names)
	if !listed {
		var err error
		if b, err = t.get(ctx, k.Life.ReadFrom, k.Life.Item(now), map[string]string{"$select": strings.Join(names, ",")}); err != nil {
			return err
		}
	}
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.Channel != kind.Alone {
			continue
		}
		value, ok := a.Decode(b[a.Property])
		if _, owned := prior[a.Name]; ok && (owned || !isEmpty(value)) { // of an import: nothing is not owned
			now[a.Name] = value
		}
	}
	return nil
}

// errAway says that what an object belongs to is in the recycle bin.
var errAway = errors.New("what it belongs to is in the recycle bin. Restore that first: where this configuration manages it, the next plan does")

// isEmpty tells whether a value is a set without elements.
func isEmpty(value any) bool {
	set, ok := value.([]kind.Values)
	return ok && len(set) == 0
}
