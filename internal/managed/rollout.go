package managed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// How a rule that decides who gets in comes into force. Where what it leaves out was made,
// restored or given other members in this run, the rule is written so that it only tells
// what it would do; then its exemptions must be readable, with their members; then Graph is
// asked what the rule does to those who must get in; and then it is enforced.

// heldBack is why a rule was written and not enforced.
type heldBack struct {
	kind *kind.Kind
	err  error

	// A new rule is withdrawn; stays is why it could not be.
	withdrawn bool
	stays     error
}

func (e *heldBack) Error() string {
	r := e.kind.Rollout
	s := fmt.Sprintf("it was written with %s = %q, and so keeps nobody out, because %s. ", r.Attribute, r.Quiet, strings.TrimSuffix(e.err.Error(), "."))
	switch {
	case e.withdrawn:
		return s + "It was moved to the recycle bin again, so that the next apply makes it as if nothing had been"
	case e.stays != nil:
		return s + fmt.Sprintf("It could not be moved to the recycle bin (%s), and Terraform calls it tainted: run terraform untaint on it, or the next apply makes another in its place. "+
			"The plan then shows %s = %q -> %q, and its apply tries again", strings.TrimSuffix(e.stays.Error(), "."), r.Attribute, r.Quiet, r.Enforced)
	}
	return s + fmt.Sprintf("The next plan shows %s = %q -> %q, and its apply tries again", r.Attribute, r.Quiet, r.Enforced)
}

func (e *heldBack) Unwrap() error { return e.err }

// holds tells whether a rule is not to be enforced at once.
func (w writer) holds(want kind.Values) bool {
	r := w.kind.Rollout
	return r != nil && !w.guard.Direct && r.InForce(want) && len(w.young(w.kind, want)) > 0
}

// young returns what a rule leaves out that is new in this run.
func (t *Tenant) young(k *kind.Kind, want kind.Values) []reference {
	var out []reference
	k.References(want, func(path string, a *kind.Attr, ref *kind.Ref, id string) {
		if a.Exempts && t.guard.isFresh(id) {
			out = append(out, reference{path, ref, id})
		}
	})
	return out
}

// createHeld makes a rule and enforces it when that is safe.
func (w writer) createHeld(ctx context.Context, want kind.Values) (kind.Values, error) {
	made, err := w.create(ctx, w.kind.Rollout.Held(want))
	if err != nil {
		return made, err
	}
	return made, w.enforce(ctx, want, text(made["id"]))
}

// unmake deletes a rule that was made and not enforced, and tells whether it is gone.
// Terraform calls tainted whatever is made by a create that fails: the next apply would
// delete it and make another, and no plan that a provider sees could prevent it. Without
// it the next apply just makes it.
func (w writer) unmake(ctx context.Context, want kind.Values, id string, err error) bool {
	var held *heldBack
	if !errors.As(err, &held) {
		return false
	}
	// Whoever interrupts the wait above wants no half-made rule either.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	held.stays = w.orBeta(w.version(nil, want), func(v graph.Version) error {
		_, err := w.send(ctx, []string{id}, graph.Request{Method: "DELETE", Version: v, Path: w.at(want, id)})
		return err
	})
	held.withdrawn = held.stays == nil
	return held.withdrawn
}

// updateHeld is createHeld for a rule that exists. One that is in the recycle bin comes
// back from there as it was, in force perhaps, so what it leaves out must be there before.
func (w writer) updateHeld(ctx context.Context, had, want kind.Values, restore bool) error {
	if restore {
		if err := w.untilReadable(ctx, want); err != nil {
			return fmt.Errorf("%w. Nothing was written; run again", err)
		}
	}
	if err := w.update(ctx, had, w.kind.Rollout.Held(want), restore); err != nil {
		return err
	}
	return w.enforce(ctx, want, text(had["id"]))
}

// enforce puts a rule into force that was written without.
func (w writer) enforce(ctx context.Context, want kind.Values, id string) error {
	err := w.untilReadable(ctx, want)
	if err == nil {
		err = w.ask(ctx, want, id)
	}
	if err == nil {
		r := w.kind.Rollout
		a := w.kind.Attr(r.Attribute)
		err = w.patch(ctx, want, id, w.version(nil, want), kind.Body{a.Property: a.Encode(r.Enforced, "")})
	}
	if err != nil {
		return &heldBack{kind: w.kind, err: err}
	}
	return nil
}

// held returns the state of a rule that was written and not enforced.
func (r *object) held(state tftypes.Value, err error) tftypes.Value {
	var h *heldBack
	fields, fieldsErr := wire.Fields(state)
	if !errors.As(err, &h) || fieldsErr != nil || fields == nil {
		return state
	}
	fields[r.kind.Rollout.Attribute] = tftypes.NewValue(tftypes.String, r.kind.Rollout.Quiet)
	return tftypes.NewValue(state.Type(), fields)
}

// patiently repeats what answers that something is not there yet, bounded.
func patiently(ctx context.Context, once func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := once()
		if err != nil && !errors.Is(err, errNotThere) && !graph.IsNotFound(err) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(replication))
	return err
}

// untilReadable waits until what a rule leaves out, as far as it is new, can be read with
// the members that this run gave it and without those whom it took away.
func (w writer) untilReadable(ctx context.Context, want kind.Values) error {
	for _, x := range w.young(w.kind, want) {
		if err := patiently(ctx, func() error { return w.readable(ctx, x) }); err != nil {
			return fmt.Errorf("what it leaves out, %s %s (%s), cannot be read yet as it was just written: %w", titles(x.ref), x.id, x.path, err)
		}
	}
	return nil
}

func titles(ref *kind.Ref) string {
	return strings.ReplaceAll(strings.Join(ref.Kinds, " or "), "_", " ")
}

// arrived tells whether an object that this process wrote can be read: where one request
// lists all of a kind, by a listing that is younger than the write and serves others, too.
func (w writer) arrived(ctx context.Context, k *kind.Kind, id string) (presence, error) {
	if !k.Life.OnePage {
		_, where, err := w.findFresh(ctx, k, byID(id))
		return where, err
	}
	all, err := w.listSince(ctx, k, k.Life.ReadFrom, k.Life.Path, selected(k), w.writtenAt(id))
	if _, ok := all[strings.ToLower(id)]; ok || err != nil {
		return live, err
	}
	w.forget(k.Life.Path) // so that the next try asks anew
	return lost, nil
}

func (w writer) readable(ctx context.Context, x reference) error {
	for _, name := range x.ref.Kinds {
		k := w.kinds[name]
		if k == nil {
			continue
		}
		where, err := w.arrived(ctx, k, x.id)
		if err != nil {
			return err
		}
		if where != live {
			continue
		}
		changed := w.guard.membership(x.id)
		if len(changed) == 0 {
			return nil
		}
		for _, a := range k.Relations() {
			if !a.Belongs {
				continue
			}
			ids, err := w.related(ctx, k, byID(x.id), &a)
			if err != nil {
				return err
			}
			for id, in := range changed {
				if slices.Contains(ids, id) != in {
					return errNotThere
				}
			}
		}
		return nil
	}
	return errNotThere
}

// ask asks Graph what a rule that is not enforced yet would do to those who must get in.
// Where Graph does not tell, what is known of them decides.
func (w writer) ask(ctx context.Context, want kind.Values, id string) error {
	people, err := w.guarded(ctx, w.kind, want)
	if err != nil {
		return err
	}
	for _, who := range people {
		met, err := w.whatIf(ctx, want, id, who)
		switch {
		case err != nil && (graph.IsForbidden(err) || graph.IsNotFound(err) || graph.IsBadRequest(err) || errors.Is(err, errNotThere)):
			w.warn(w.title(want)+" was enforced without asking Microsoft Graph what it does",
				fmt.Sprintf("POST %s did not tell what it means for %s: %s What it leaves out is there and can be read.", w.kind.Rollout.Ask.Path, who, explain(w.kind, false, err)))
			return w.refuseLockout(ctx, w.kind, nil, want, id)
		case err != nil:
			return fmt.Errorf("what it means for %s could not be asked: %w", who, err)
		case met && w.kind.Rollout.Shuts(want):
			return fmt.Errorf("Microsoft Graph says (%s) that it would keep out %s. Leave that account out of it, by its id or through a group", w.kind.Rollout.Ask.Path, who)
		case met && w.kind.Exempts(want, w.now(who.Who)):
			return fmt.Errorf("Microsoft Graph says (%s) that it would apply to %s, whom it leaves out", w.kind.Rollout.Ask.Path, who)
		case met:
			w.warn(w.title(want)+" applies to "+who.String(), "It lets in whoever meets what it demands: see to it that this account does.")
		}
	}
	return nil
}

// whatIf asks about one of them. An answer that does not show the rule as it was written, or
// does not know of an exemption that is certain, is one of a replica that lags.
func (w writer) whatIf(ctx context.Context, want kind.Values, id string, who *account) (met bool, err error) {
	r := w.kind.Rollout
	if err := w.guard.noAnswer(); err != nil {
		return false, err
	}
	err = patiently(ctx, func() error {
		rows, err := w.evaluate(ctx, r, w.version(nil, want), who)
		if graph.IsForbidden(err) || graph.IsNotFound(err) {
			w.guard.unanswered(err)
			return backoff.Permanent(err)
		}
		if err != nil {
			if notYet(err) && w.isWritten(who.ID) {
				return errNotThere
			}
			return err
		}
		for _, item := range rows {
			row, _ := item.(kind.Body)
			if !strings.EqualFold(text(row["id"]), id) || !w.shows(row, want) {
				continue
			}
			if met = r.Ask.Meets(row); met && w.kind.Exempts(want, w.now(who.Who)) {
				return errStillMet
			}
			return nil
		}
		return errNotThere
	})
	if errors.Is(err, errStillMet) {
		err = nil
	}
	return met, err
}

// errStillMet is what whatIf waits out.
var errStillMet = fmt.Errorf("%w: it does not leave them out yet", errNotThere)

// shows tells whether a row is about the rule as it was written: held back, and with what
// it is to leave out.
func (w writer) shows(row kind.Body, want kind.Values) bool {
	has, _ := w.kind.Decode(row)
	exempt := func(v kind.Values) (out []string) {
		w.kind.References(v, func(path string, a *kind.Attr, _ *kind.Ref, id string) {
			if a.Exempts {
				out = append(out, path+" "+id)
			}
		})
		return unique(out)
	}
	return has[w.kind.Rollout.Attribute] == w.kind.Rollout.Quiet && slices.Equal(exempt(has), exempt(want))
}

// title is what a writer calls its object in a warning.
func (w writer) title(v kind.Values) string { return (&object{kind: w.kind}).title(v) }

// noteMember and noteBound remember who became a member of what by a write, or no member.
func (w writer) noteMember(a *kind.Attr, id, other string, in bool) {
	if a.Belongs {
		w.guard.join(id, other, in)
	}
}

func (w writer) noteBound(id string, bound map[string][]string) {
	for _, a := range w.kind.Relations() {
		for _, other := range bound[a.Name] {
			if w.note == nil || !slices.ContainsFunc(w.note.left, func(x reference) bool { return x.path == a.Name && x.id == other }) {
				w.noteMember(&a, id, other, true)
			}
		}
	}
}
