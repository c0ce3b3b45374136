package drill

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// The scenarios, as --scenario names them.
const (
	purgeAll      = "purge-all"
	softDeleteAll = "soft-delete-all"
	failingApply  = "failing-apply"
	randomly      = "random"
	ofKinds       = "kinds"
)

// All is what "all" stands for.
var All = []string{purgeAll, softDeleteAll, randomly + ":1", failingApply}

// scenario is what happens to the tenant.
type scenario struct {
	name, way string
	seed      uint64
	kinds     []string
}

// parseScenarios reads the scenarios that a user names; none means purge-all.
func parseScenarios(named []string) ([]scenario, error) {
	if len(named) == 0 {
		named = []string{purgeAll}
	}
	var out []scenario
	for _, name := range named {
		if name == "all" {
			more, err := parseScenarios(All)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
			continue
		}
		s, err := parseScenario(name)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func parseScenario(name string) (scenario, error) {
	way, rest, given := strings.Cut(name, ":")
	s := scenario{name: name, way: way}
	switch {
	case !given && slices.Contains([]string{purgeAll, softDeleteAll, failingApply}, way):
		return s, nil
	case given && way == randomly:
		seed, err := strconv.ParseUint(rest, 10, 64)
		if err != nil {
			return s, fmt.Errorf("the scenario %q needs a whole number as its seed, such as random:7", name)
		}
		s.seed = seed
		return s, nil
	case given && way == ofKinds:
		for _, k := range strings.Split(rest, ",") {
			known := catalog.ByName(k)
			if known == nil || !known.Managed() {
				return s, fmt.Errorf("the scenario %q names %q, which is no kind of object; a kind is the type of a resource without entra_, such as named_location", name, k)
			}
			if known.Life.Property != "" {
				return s, fmt.Errorf("the scenario %q names %q, whose objects are lost with the application that they belong to: name that", name, k)
			}
			s.kinds = append(s.kinds, k)
		}
		return s, nil
	}
	return s, fmt.Errorf("there is no scenario %q; there are %s, %s, random:SEED, kinds:KIND,…, %s and all", name, purgeAll, softDeleteAll, failingApply)
}

// says is what happens, in words.
func (s scenario) says() string {
	switch s.way {
	case purgeAll:
		return "Every object of the code is deleted permanently. The state is kept."
	case softDeleteAll:
		return "Every object of the code is deleted; what has a recycle bin lies there, all else is gone. The state is kept."
	case failingApply:
		return "Every object of the code is deleted permanently. In the middle of the apply Graph is unavailable now and then (503), and refuses one creation (403). Apply is run again."
	case ofKinds:
		return "Every object of these kinds is deleted permanently: " + strings.Join(s.kinds, ", ") + "; and whatever keeps Graph from deleting one. The state is kept."
	}
	return fmt.Sprintf("Of the objects some are edited by hand, some lose members, some are deleted, some permanently, as the seed %d has it. To repeat it, name the same scenario.", s.seed)
}

// What happens to one object.
const (
	edited  = "edited by hand"
	emptied = "members removed"
	binned  = "soft-deleted"
	purged  = "purged"
	held    = "could not be deleted"
)

// damage lets a scenario happen, and tells what became of each object.
type damage struct {
	stage *Stage
	all   []*thing          // of the code
	fates map[string]string // by address
	notes []string
}

func (s scenario) inflict(stage *Stage, all []*thing) (*damage, error) {
	d := &damage{stage: stage, all: all, fates: map[string]string{}}
	var err error
	switch s.way {
	case softDeleteAll:
		err = d.destroy(standing(all), false)
	case ofKinds:
		err = d.destroy(d.withHolders(slices.DeleteFunc(slices.Clone(all), func(t *thing) bool { return !slices.Contains(s.kinds, t.kind) })), true)
	case randomly:
		err = d.random(all, rand.New(rand.NewPCG(s.seed, 0)))
	default:
		err = d.destroy(standing(all), true)
	}
	if err == nil {
		err = d.settle(standing(all))
	}
	return d, err
}

func standing(all []*thing) []*thing {
	return slices.DeleteFunc(slices.Clone(all), func(t *thing) bool { return !t.standing() })
}

// destroy deletes objects, softly or for good. Graph refuses to delete what
// others refer to, so it tries again until nothing moves any more.
func (d *damage) destroy(all []*thing, purge bool) error {
	todo, why := all, map[string]error{}
	for len(todo) > 0 {
		var refused []*thing
		for _, t := range todo {
			err := d.remove(t, purge)
			if status(err) >= 400 && status(err) < 500 {
				refused, why[t.address] = append(refused, t), err
			} else if err != nil {
				return err
			}
		}
		if len(refused) == len(todo) {
			for _, t := range refused {
				d.fates[t.address] = held
				d.notes = append(d.notes, fmt.Sprintf("%s could not be deleted: %s", t.address, why[t.address]))
			}
			break
		}
		todo = refused
	}
	if !purge {
		return nil
	}
	for _, t := range all {
		if in, err := d.stage.binned(t.kind, str(t.values["id"])); err != nil {
			return err
		} else if in && t.standing() { // what nobody can purge by hand leaves with the clock
			return d.stage.PassMonth()
		}
	}
	return nil
}

// withHolders adds to objects what keeps Graph from deleting them: whoever wants
// to be rid of a named location has to be rid of the policies that use it.
func (d *damage) withHolders(chosen []*thing) []*thing {
	out, held := slices.Clone(chosen), map[*thing]bool{}
	for _, t := range chosen {
		if catalog.ByName(t.kind).Life.Referred {
			held[t] = true
		}
	}
	targets := byID(d.all)
	var named []string
	for _, t := range d.all {
		if t.standing() && !slices.Contains(out, t) && slices.ContainsFunc(t.refs, func(r reference) bool { return held[targets[r.id]] }) {
			out, named = append(out, t), append(named, t.address)
		}
	}
	if len(named) > 0 {
		d.notes = append(d.notes, "deleted as well, because Graph deletes nothing that these refer to: "+strings.Join(named, ", "))
	}
	return out
}

func (d *damage) remove(t *thing, purge bool) error {
	if !t.standing() {
		_, err := d.stage.Do(http.MethodDelete, t.path(), nil)
		if d.fates[t.address] = purged; status(err) == http.StatusNotFound {
			return nil
		}
		return err
	}
	b, err := t.live(d.stage)
	if err != nil {
		return err
	}
	if b == nil { // it went with another one
		b = Body{"id": str(t.values["id"])}
	}
	return d.stage.Delete(t.kind, b, purge)
}

// random does something to each object, or nothing. What is purged goes first,
// because a month may have to pass for it.
func (d *damage) random(all []*thing, chance *rand.Rand) error {
	chosen := map[string][]*thing{}
	for _, t := range all {
		ways := []string{"", edited, emptied, binned, purged}
		if !t.standing() {
			ways = []string{"", "", "", purged}
			if t.path() == "" {
				continue
			}
		}
		way := ways[chance.IntN(len(ways))]
		chosen[way] = append(chosen[way], t)
	}
	if err := d.destroy(chosen[purged], true); err != nil {
		return err
	}
	if err := d.destroy(chosen[binned], false); err != nil {
		return err
	}
	for _, t := range slices.Concat(chosen[edited], chosen[emptied]) {
		b, err := t.live(d.stage)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		change := d.edit
		if slices.Contains(chosen[emptied], t) {
			change = d.empty
		}
		if err := change(t, b, chance); err != nil {
			return err
		}
	}
	return nil
}

// edit changes one property that a plan watches, as far as Graph takes it.
func (d *damage) edit(t *thing, live Body, chance *rand.Rand) error {
	k := catalog.ByName(t.kind)
	for _, i := range chance.Perm(len(k.Attrs)) {
		a := &k.Attrs[i]
		was, there := live[a.Property]
		if a.Fixed || a.Property == "" || a.Act != nil || a.Ref != nil || a.Codec != nil || a.Unwatched() != "" || !there {
			continue
		}
		var is any
		switch v := was.(type) {
		case bool:
			is = !v
		case string:
			is = v + " (edited by hand)"
			if len(a.Enum) > 1 {
				is = a.Enum[(slices.Index(a.Enum, v)+1)%len(a.Enum)]
			}
		default:
			continue
		}
		patch := Body{a.Property: is}
		if typ := live["@odata.type"]; typ != nil {
			patch["@odata.type"] = typ
		}
		_, err := d.stage.Do(http.MethodPatch, t.path(), patch)
		if c := status(err); c >= 400 && c < 500 {
			continue // Graph does not take it: another property then
		}
		d.fates[t.address] = edited
		return err
	}
	return nil
}

// empty removes the members, or owners, that the code owns.
func (d *damage) empty(t *thing, _ Body, _ *rand.Rand) error {
	k := catalog.ByName(t.kind)
	for _, a := range k.Relations() {
		if t.values[a.Name] == nil || a.ModeIn(t.values) == "on_create" {
			continue
		}
		linked, err := d.stage.List(t.path() + "/" + a.Property)
		if err != nil {
			return err
		}
		for _, other := range linked {
			_, err := d.stage.Do(http.MethodDelete, t.path()+"/"+a.Property+"/"+str(other["id"])+"/$ref", nil)
			if c := status(err); c >= 400 && c < 500 {
				continue // the last owner, for instance
			} else if err != nil {
				return err
			}
			d.fates[t.address] = emptied
		}
	}
	return nil
}

// settle looks what really became of each object: others may have gone with it.
func (d *damage) settle(all []*thing) error {
	for _, t := range all {
		b, err := t.live(d.stage)
		if err != nil {
			return err
		}
		if b != nil {
			continue
		}
		in, err := d.stage.binned(t.kind, str(t.values["id"]))
		if err != nil {
			return err
		}
		if d.fates[t.address] = purged; in {
			d.fates[t.address] = binned
		}
	}
	return nil
}
