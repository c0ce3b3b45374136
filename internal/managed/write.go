package managed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
)

// errPurged says that an object left the recycle bin between plan and apply.
var errPurged = errors.New("it was deleted permanently after the plan was made. The next plan creates it anew")

// errBinned says that an object went to the recycle bin between plan and apply.
var errBinned = errors.New("it was moved to the recycle bin after the plan was made. The next plan restores it")

// errUnfinished says that an object was restored, and what goes with it was not.
var errUnfinished = errors.New("it was restored, but not all that belongs to it. The next plan restores the rest")

// errStuck says that Graph refuses to restore an object because of what it
// refers to.
var errStuck = errors.New("it cannot be restored, because it refers to an object that does not exist. The next plan creates it anew")

// errShut says that a rule is not restored, because of whom it would keep out.
var errShut = errors.New("it was not restored, because as it was deleted it would keep out those who must get in. The next plan creates it anew")

// errSuperseded says that an object cannot be restored, because there is another in its place.
var errSuperseded = errors.New("it cannot be restored, because another has taken its place, which the next plan takes over")

// writer turns one object into what is wanted. It returns the values to put
// into the state even with an error, as far as something was made: an id that
// is lost here is an object that nobody owns.
type writer struct {
	*Tenant
	kind *kind.Kind
	note *aftermath // nil for a writer that makes nothing
	take *taking    // the same
	warn func(summary, detail string)

	// halfway is set where the object's making was not brought to its end, so that
	// relations are added that code uses only then.
	halfway bool

	relinks map[string][]string // of the mark
}

// aftermath is what an apply has to tell beside an error.
type aftermath struct {
	left []reference // ends of relations that do not exist, and were left out
	kept []reference // ends that Graph added and does not let go
	out  []ousting   // others from which something was taken away
	with []companion // what was restored together with the object
}

// companion is an object that Graph deletes with another one.
type companion struct {
	kind *kind.Kind
	id   string
}

// create makes a new object.
func (w writer) create(ctx context.Context, want kind.Values) (kind.Values, error) {
	if w.holds(want) {
		return w.createHeld(ctx, want)
	}
	switch w.kind.Life.Form {
	case kind.Edge:
		return w.connect(ctx, want)
	case kind.Keyed:
		return w.upsert(ctx, want)
	case kind.Element:
		return w.insert(ctx, want)
	}
	if made := w.kind.MadeByGraph(want); made != nil {
		return nil, errors.New(cannotBeMade(w.kind, made))
	}
	if w.kind.Life.OneFor != "" {
		if got, found, err := w.takeOver(ctx, want); found || err != nil {
			return got, err
		}
	}
	body := w.kind.Encode(want, "")
	if err := w.input(body, want); err != nil {
		return nil, err
	}
	later := kind.Body{}
	for property, value := range body {
		if kind.HasSelf(value) { // its own app id, which it has only once it exists
			later[property] = value
			delete(body, property)
		}
	}
	maker, err := w.maker(ctx)
	if err != nil {
		return nil, err
	}
	bound := w.bind(body, want, maker)
	steps := w.steps(nil, body)
	version := w.version(nil, want)
	if w.kind.Born != nil {
		maps.Copy(steps[0], w.kind.Born())
	}
	involved := w.involved("", want)
	post := graph.Request{Method: "POST", Version: version, Path: w.kind.Life.Expand(want), Body: steps[0]}
	answer, err := w.send(ctx, involved, post)
	if err != nil && len(bound) > 0 && notYet(err) {
		var dropped bool
		if dropped, err = w.dropDead(ctx, steps[0], bound, err); dropped {
			answer, err = w.send(ctx, involved, post)
		}
	}
	if err != nil && w.kind.Life.Link && graph.IsExists(err) {
		return w.adopt(ctx, want, err)
	}
	if err != nil {
		err = w.untilFree(ctx, graph.Contested{Body: steps[0]}, err, func() (err error) { answer, err = w.send(ctx, involved, post); return err }, nil)
	}
	if err != nil {
		return w.takeSecond(ctx, want, err)
	}
	made, _ := w.kind.Decode(answer)
	id, appID := text(answer["id"]), text(answer["appId"])
	if id == "" {
		return nil, fmt.Errorf("Graph created the %s, but its answer has no id", w.kind.Title)
	}
	w.written(id, appID)
	w.guard.freshen(id)
	w.noteBound(id, bound)
	got := w.serverMade(answer)
	if err := w.undoInherited(ctx, answer, want); err != nil {
		return got, err
	}
	for _, step := range steps[1:] {
		if err := w.patch(ctx, want, id, version, step); err != nil {
			return got, err
		}
	}
	if len(later) > 0 {
		full := w.kind.Encode(want, appID)
		for property := range later {
			later[property] = full[property]
		}
		for _, step := range w.steps(nil, later) {
			if err := w.patch(ctx, want, id, version, step); err != nil {
				return got, err
			}
		}
	}
	if err := w.act(ctx, made, want, answer, id); err != nil {
		return got, err
	}
	if err := w.linkOne(ctx, nil, want, id); err != nil {
		return got, err
	}
	if err := w.alone(ctx, w.noneAlone(), want, id); err != nil {
		return got, err
	}
	if err := w.stream(ctx, nil, want, id); err != nil {
		return got, err
	}
	if err := w.withMaker(ctx, want, id, maker, bound); err != nil {
		return got, err
	}
	return got, w.relate(ctx, want, id, made, bound, false)
}

// steps returns the bodies to send, one at least.
func (w writer) steps(live, patch kind.Body) []kind.Body {
	if w.kind.Steps == nil {
		return []kind.Body{patch}
	}
	return w.kind.Steps(live, patch)
}

// version is the version of Graph to write through: v1.0 unless what is or
// what is wanted needs beta. A policy written through beta may be out of
// v1.0's reach for good.
func (w writer) version(had, want kind.Values) graph.Version {
	if w.kind.NeedsBeta(had) || w.kind.NeedsBeta(want) {
		return graph.Beta
	}
	return graph.V1
}

// update brings an object that exists, or that lies in the recycle bin, to
// what is wanted. had is the state; restore is set when the plan restores.
func (w writer) update(ctx context.Context, had, want kind.Values, restore bool) error {
	if w.holds(want) {
		return w.updateHeld(ctx, had, want, restore)
	}
	err := w.bring(ctx, had, want, restore)
	if !graph.IsNotFound(err) {
		return err
	}
	// Gone since the plan: say where to, not only that it is not there.
	_, where, findErr := w.findFresh(ctx, w.kind, had)
	switch {
	case findErr == nil && where == lost:
		return fmt.Errorf("%w (%w)", errPurged, err)
	case findErr == nil && where == binned:
		return fmt.Errorf("%w (%w)", errBinned, err)
	}
	return err
}

func (w writer) bring(ctx context.Context, had, want kind.Values, restore bool) error {
	if w.kind.Life.Form == kind.Element {
		return w.put(ctx, want)
	}
	id := text(had["id"])
	fresh := restore || wire.NeedsLive(w.kind, had, want) || w.kind.Steps != nil
	var live kind.Body
	if restore {
		if err := w.restore(ctx, had); err != nil {
			return err
		}
	}
	if fresh {
		body, where, err := w.findWritten(ctx, had)
		switch {
		case err != nil:
			return err
		case where == lost:
			return errPurged
		case where == binned:
			return errBinned
		}
		live = body
		decoded, _ := w.kind.Decode(body)
		for i := range w.kind.Attrs {
			a := &w.kind.Attrs[i]
			if v, owned := had[a.Name]; owned && a.Open() && !a.Shared {
				decoded[a.Name] = v
			}
		}
		had = decoded
	}
	linked := had
	if restore {
		linked = nil // it comes back with what it had when it was deleted, which nobody has read
	}
	before, err := w.links(ctx, linked, want, id)
	if err != nil && restore {
		err = fmt.Errorf("it was restored from the recycle bin, and nothing else of it was changed: %w", err)
	}
	if err != nil {
		return err
	}
	if patch := wire.Patch(w.kind, had, want, live, text(had["app_id"])); patch != nil {
		version := w.version(had, want)
		for _, step := range w.steps(live, patch) {
			if err := w.patch(ctx, want, id, version, step); err != nil {
				return err
			}
		}
	}
	if err := w.act(ctx, had, want, live, id); err != nil {
		return err
	}
	if err := w.linkOne(ctx, had, want, id); err != nil {
		return err
	}
	if err := w.stream(ctx, had, want, id); err != nil {
		return err
	}
	if restore {
		had = nil // what is open was not asked for
	}
	if err := w.alone(ctx, had, want, id); err != nil {
		return err
	}
	return w.relate(ctx, want, id, before, nil, restore)
}

// unrestorable tells of an error whether the next plan makes the object anew.
func unrestorable(err error) bool {
	return errors.Is(err, errStuck) || errors.Is(err, errSuperseded) || errors.Is(err, errShut)
}

// restore takes an object out of the recycle bin, and with an application its
// service principal, which Graph leaves behind.
func (w writer) restore(ctx context.Context, had kind.Values) error {
	id := text(had["id"])
	if who := w.shutAgain(ctx, w.kind, had); who != "" {
		return fmt.Errorf("%w (%s)", errShut, who)
	}
	if err := w.restoreFirst(ctx, text(had["app_id"])); err != nil {
		return err
	}
	involved := w.involved(text(had["app_id"]), had)
	where := live
	err := w.takeBack(ctx, w.kind, id, involved)
	if graph.IsNotFound(err) {
		where, err = w.insist(ctx, had, involved)
	}
	if where == lost {
		return errPurged
	}
	if err != nil {
		err = w.untilFree(ctx, graph.Contested{ID: id}, err, func() error { return w.takeBack(ctx, w.kind, id, involved) }, nil)
	}
	if graph.IsNotFound(err) {
		return fmt.Errorf("could not restore it: %w", err)
	} else if graph.IsBadRequest(err) && w.kind.Checked {
		return fmt.Errorf("%w (%w)", errStuck, err)
	} else if graph.IsConflict(err) && w.kind.Life.OneFor != "" {
		return fmt.Errorf("%w: %w", errSuperseded, err)
	} else if graph.Taken(err) != "" {
		return fmt.Errorf("could not restore it from the recycle bin, because another object has what must be unique: %w", err)
	} else if err != nil {
		return fmt.Errorf("could not restore it from the recycle bin: %w", err)
	}
	w.written(id, text(had["app_id"]))
	w.guard.freshen(id)
	w.endLeavers(ctx, id)
	return w.restoreCascade(ctx, text(had["app_id"]))
}

// takeBack is the restore itself, which may be repeated: the second answers 404. What is involved may
// have been restored a moment ago, and not have reached the replica that refuses.
func (w writer) takeBack(ctx context.Context, k *kind.Kind, id string, involved []string) error {
	request := graph.Request{Method: "POST", Version: graph.Version(k.Life.BinVersion), Path: k.Life.Bin + graph.Path(id) + "/restore", Idempotent: true}
	_, err := w.client.Do(ctx, request)
	if graph.IsBadRequest(err) {
		_, err = w.send(ctx, involved, request)
	}
	return err
}

// restoreCascade brings back what Graph deleted with the object and leaves behind.
func (w writer) restoreCascade(ctx context.Context, appID string) error {
	other := w.kinds[w.kind.Life.Cascade]
	if other == nil || appID == "" {
		return nil
	}
	if err := w.takeBackOf(ctx, other, appID); err != nil {
		return fmt.Errorf("%w: %w", errUnfinished, err)
	}
	return nil
}

func (w writer) patch(ctx context.Context, want kind.Values, id string, v graph.Version, body kind.Body) error {
	if len(w.kind.Variants()) > 0 && body["@odata.type"] == nil {
		for _, variant := range w.kind.Variants() {
			if _, set := want[variant.Name]; set {
				body["@odata.type"] = variant.Type
			}
		}
	}
	write := func(body kind.Body) error {
		return w.orBeta(v, func(v graph.Version) error {
			_, err := w.send(ctx, w.involved(id, want), graph.Request{Method: "PATCH", Version: v, Path: w.at(want, id), Body: body})
			return err
		})
	}
	err := write(body)
	if err != nil {
		err = w.untilFree(ctx, graph.Contested{Live: id, Body: body}, err, func() error { return write(body) }, func(makeshift kind.Body) error {
			err := write(makeshift)
			if err == nil && w.warn != nil {
				w.warn(w.title(want)+" had a makeshift name for a moment", makeshiftTold(makeshift))
			}
			return err
		})
	}
	if err == nil {
		w.written(id)
	}
	return err
}

// at is the path of the object: values say what it belongs to.
func (w writer) at(v kind.Values, id string) string { return w.kind.Life.Item(w.self(v, id)) }

// self are the values that find the object.
func (w writer) self(v kind.Values, id string) kind.Values {
	of := kind.Values{}
	for _, name := range w.kind.Life.Placeholders() {
		of[name] = v[name]
	}
	of["id"] = id
	return of
}

// orBeta writes through v, and through beta when v1.0 answers that the object
// is out of its reach: it holds a preview feature, perhaps one that the table
// does not know, so that beta is the only version that can still write it.
func (w writer) orBeta(v graph.Version, write func(graph.Version) error) error {
	err := write(v)
	var e *graph.Error
	if v == graph.V1 && errors.As(err, &e) && e.Status == 400 && strings.Contains(e.Message, "contains preview features") {
		return write(graph.Beta)
	}
	return err
}
