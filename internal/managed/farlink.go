package managed

import (
	"context"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Relations that Graph shows at one end and makes at the other: what a token policy
// applies to is read from the policy, and assigned below each application or
// service principal.

// add makes one link of a relation.
func (w writer) add(ctx context.Context, want kind.Values, id string, a *kind.Attr, other string) error {
	if a.Far == "" {
		return w.addRef(ctx, w.at(want, id)+"/"+a.Property, id, other)
	}
	at, err := w.farEnd(ctx, a, other)
	if err != nil {
		return err
	}
	body := graph.Body{"@odata.id": w.client.Endpoint() + "/v1.0" + w.at(want, id)}
	post := graph.Request{Method: "POST", Path: at + "/$ref", Body: body, Idempotent: true}
	involved := append(w.own(id), other)
	_, err = w.send(ctx, involved, post)
	if graph.IsReferenceExists(err) {
		return nil
	}
	if !graph.IsExists(err) {
		return err
	}
	// An object has one policy of a kind: the other gives way, as the code says.
	var others []holder
	listErr := w.client.List(ctx, graph.V1, at, rivalsQuery(w.kind), func(b kind.Body) error {
		others = append(others, holderOf(w.kind, b))
		return nil
	})
	if listErr != nil {
		return fmt.Errorf("%w. What is in its place could not be read: %w", err, listErr)
	}
	for _, old := range others {
		if strings.EqualFold(old.id, id) {
			return nil
		}
		if err := w.removeRef(ctx, at, old.id); err != nil {
			return fmt.Errorf("could not take away the %s %s that it has: %w", w.kind.Title, old.id, err)
		}
	}
	if _, err = w.send(ctx, involved, post); err == nil {
		w.oust(a, other, others)
		return nil
	}
	for _, old := range others { // what could not be replaced stays as it was
		body["@odata.id"] = w.client.Endpoint() + "/v1.0" + w.at(want, old.id)
		if _, backErr := w.send(ctx, []string{other}, post); backErr != nil && !graph.IsReferenceExists(backErr) {
			err = fmt.Errorf("%w. The %s %s that it had before could not be given back: %w", err, w.kind.Title, old.id, backErr)
		}
	}
	return err
}

// drop ends one link of a relation.
func (w writer) drop(ctx context.Context, want kind.Values, id string, a *kind.Attr, other string) error {
	if a.Far == "" {
		return w.removeRef(ctx, w.at(want, id)+"/"+a.Property, other)
	}
	at, err := w.farEnd(ctx, a, other)
	if graph.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.removeRef(ctx, at, id)
}

// farEnd is the collection at the other end in which the links are made. Where that
// can be of several kinds, Graph is asked of which it is.
func (w writer) farEnd(ctx context.Context, a *kind.Attr, other string) (at string, err error) {
	err = w.untilThere(ctx, other, func() error {
		var err error
		for _, name := range a.Ref.Kinds {
			at = w.kinds[name].Life.Item(byID(other)) + "/" + a.Far
			if len(a.Ref.Kinds) == 1 {
				return nil
			}
			_, err = w.client.Get(ctx, graph.V1, w.kinds[name].Life.Item(byID(other)), map[string]string{"$select": "id"})
			if !graph.IsNotFound(err) {
				return err
			}
		}
		return err
	})
	return at, err
}
