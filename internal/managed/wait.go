package managed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What was just written has not arrived at every replica that answers. Nothing sleeps for that: an
// answer that only such a replica gives is waited out, bounded, where this process is the one that wrote.

// findWritten is findRecent, and waits, bounded, until an object that this
// process made or restored is live for the replica that answers.
func (w writer) findWritten(ctx context.Context, v kind.Values) (body kind.Body, where presence, err error) {
	err = w.untilThere(ctx, text(v["id"]), func() error {
		if body, where, err = w.findRecent(ctx, w.kind, v); err == nil && where != live {
			body, where, err = w.findFresh(ctx, w.kind, v)
		}
		if err == nil && where != live {
			return errNotThere
		}
		return err
	})
	if errors.Is(err, errNotThere) {
		err = nil
	}
	return body, where, err
}

// findAgain looks once more for what the plan did not see. What was away with what
// it belongs to shows only where that has heard of its own restore, which is waited
// for, bounded.
func (w writer) findAgain(ctx context.Context, v kind.Values, wasAway bool) (body kind.Body, where presence, err error) {
	back := ""
	if wasAway {
		back = w.cameBack(v)
	}
	err = w.untilThere(ctx, back, func() error {
		body, where, err = w.findGone(ctx, w.kind, v)
		if err == nil && where == away {
			return errNotThere
		}
		return err
	})
	if errors.Is(err, errNotThere) {
		err = nil
	}
	return body, where, err
}

// cameBack is the id of what an object belongs to, or connects, that this process wrote; "" where it
// wrote nothing of that.
func (w writer) cameBack(v kind.Values) string {
	for _, name := range append(w.kind.Life.Placeholders(), w.kind.Ends()...) {
		if id := text(v[name]); w.isWritten(id) {
			return id
		}
	}
	return ""
}

// errNotThere is what findWritten waits out.
var errNotThere = errors.New("it is not live")

// untilThere repeats a read of an object that this process wrote while Graph
// answers that it is not there.
func (w writer) untilThere(ctx context.Context, id string, read func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := read()
		if err != nil && !(w.isWritten(id) && (graph.IsNotFound(err) || errors.Is(err, errNotThere))) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(replication))
	return err
}

// insist repeats the restore of an object of which Graph answered that it is not in the recycle bin, and
// tells where it is. It has come back already, as a service principal with its application, or was purged; a
// replica that still shows it in the bin, or that does not show yet what this process restored, is waited
// out, bounded. So is one that has not heard of the deletion.
func (w writer) insist(ctx context.Context, had kind.Values, involved []string) (where presence, err error) {
	id := text(had["id"])
	return backoff.Retry(ctx, func() (presence, error) {
		_, where, err := w.findFresh(ctx, w.kind, had)
		switch {
		case err != nil:
			return unseen, backoff.Permanent(err)
		case where == lost && w.isWritten(id):
			return where, errNotThere
		case where != binned:
			return where, nil
		}
		if err = w.takeBack(ctx, w.kind, id, involved); graph.IsNotFound(err) {
			return where, err
		} else if err != nil {
			return where, backoff.Permanent(err)
		}
		return live, nil
	}, backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(replication))
}

// involved returns the ids that a write of the object is about, its own and those that it
// refers to, as far as [Tenant.absent] can tell whether they exist: a policy's own id, that of a
// location or of a role definition is not the directory's.
func (w writer) involved(id string, want kind.Values) []string {
	ids := w.own(id)
	w.kind.References(want, func(_ string, _ *kind.Attr, ref *kind.Ref, id string) {
		found := ref.Space != kind.AppID && slices.ContainsFunc(ref.Kinds, func(name string) bool { // no directory object has a client id
			k := w.kinds[name]
			return k == nil || k.Life.InDirectory() // devices are the directory's, too
		})
		if found || w.isWritten(id) {
			ids = append(ids, id)
		}
	})
	return ids
}

// own is the object's own id, where it can be told whether that exists.
func (w writer) own(id string) []string {
	if w.kind.Life.InDirectory() || w.isWritten(id) {
		return []string{id}
	}
	return nil
}

// send makes one write. Objects that this process made a moment ago may not
// have reached the replica that answers; such an answer is waited out, bounded,
// and only when the write is about one of them and all others do exist.
func (w writer) send(ctx context.Context, involved []string, r graph.Request) (graph.Body, error) {
	young := slices.ContainsFunc(involved, w.isWritten)
	once := func() (graph.Body, error) {
		answer, err := w.client.Do(ctx, r)
		if err != nil {
			if young && notYet(err) {
				if dead, findErr := w.absent(ctx, involved); findErr == nil && len(dead) == 0 {
					return nil, err
				}
			}
			return nil, backoff.Permanent(err)
		}
		return answer.Body, nil
	}
	return backoff.Retry(ctx, once, backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(replication))
}

// replication bounds the wait for an object that was just made.
const replication = 90 * time.Second

// notYet tells whether an answer is one that Graph gives while an object that
// exists, or what was just changed about it, has not arrived everywhere (P1).
func notYet(err error) bool {
	var e *graph.Error
	if !errors.As(err, &e) {
		return false
	}
	m := strings.ToLower(e.Message)
	switch e.Status {
	case 400, 404:
		// P1; SP1, and a role assignment to a service principal that is new, or over what is new.
		for _, part := range []string{"does not exist", "unless disabled first", "cannot be found in the apppermissions sets",
			"does not reference a valid application object", "not a valid reference update",
			"invalid value specified for property 'directoryscopeid'"} {
			if strings.Contains(m, part) {
				return true
			}
		}
		return strings.HasPrefix(m, "1040") || strings.HasPrefix(m, "1007")
	case 403:
		// SP1: said of an application that is the tenant's own, and new.
		return strings.Contains(m, "the backing application of the service principal being created must in the local tenant")
	}
	return e.Status == 409 && e.Code == "Error_MsaAppDoesNotExist"
}
