package kindtest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Modes of relations: every relation of the catalog that has one, in every
// mode, through all that can become of its object.

var modes = []string{kind.Exact, kind.AtLeast, kind.OnCreate}

// moded is one relation under test: the object's code names first and second,
// and stranger belongs to it by somebody else's doing.
type moded struct {
	*instance
	rel                     *kind.Attr
	mode                    string
	first, second, stranger string
}

// saying is the code that names ids, in the mode.
func (x *moded) saying(ids ...string) kind.Values { return x.in(x.mode, ids...) }

func (x *moded) in(mode string, ids ...string) kind.Values {
	v := maps.Clone(samples[x.kind.Name](x.host).full)
	delete(v, "unique_name")
	v[x.rel.Name] = ids
	if delete(v, x.rel.ModeBy); mode != kind.Exact {
		v[x.rel.ModeBy] = mode
	}
	return x.kind.Canonical(v)
}

func (x *moded) at() string { return x.path() + "/" + x.rel.Property }

func (x *moded) joins(ids ...string) {
	x.t.Helper()
	for _, id := range ids {
		x.behind("POST", x.at()+"/$ref", graph.Body{"@odata.id": x.url + "/v1.0/directoryObjects/" + id})
	}
}

func (x *moded) leaves(ids ...string) {
	x.t.Helper()
	for _, id := range ids {
		x.behind("DELETE", x.at()+"/"+id+"/$ref", nil)
	}
}

// live checks who is there.
func (x *moded) live(when string, want ...string) {
	x.t.Helper()
	var got []string
	err := x.client.List(context.Background(), graph.V1, x.at(), nil, func(b graph.Body) error {
		got = append(got, b["id"].(string))
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		x.t.Errorf("%s %s are %v, not %v (%v)", when, x.rel.Name, got, want, err)
	}
}

// put applies and expects the next plan to be empty.
func (x *moded) put(v kind.Values, when string) {
	x.t.Helper()
	x.apply(v)
	x.settled(v, when)
}

// each calls run for every relation in every mode, with an object whose code
// names the first.
func eachMode(t *testing.T, run func(x *moded)) {
	t.Parallel()
	found := 0
	for _, k := range catalog.All() {
		for _, a := range k.Relations() {
			if !k.Managed() || a.ModeBy == "" {
				continue
			}
			found++
			for _, mode := range modes {
				t.Run(k.Name+"/"+a.Name+"/"+mode, func(t *testing.T) {
					t.Parallel()
					h := newHost(t)
					x := &moded{h.instance(k), &a, mode, h.user("adele"), h.user("diego"), h.user("grady")}
					x.put(x.saying(x.first), "after create")
					run(x)
				})
			}
		}
	}
	if found < 4 {
		t.Errorf("%d relations have a mode", found)
	}
}

// TestModesInPlace: somebody joins and somebody leaves behind Terraform's back,
// then the code names one more.
func TestModesInPlace(t *testing.T) {
	eachMode(t, func(x *moded) {
		code := x.saying(x.first)
		x.joins(x.stranger)
		x.read()
		if joined := !x.empty(x.plan(code)); joined != (x.mode == kind.Exact) {
			x.t.Errorf("somebody joined: the plan shows a difference: %v", joined)
		}
		x.leaves(x.first)
		x.read()
		if left := !x.empty(x.plan(code)); left != (x.mode != kind.OnCreate) {
			x.t.Errorf("somebody left: the plan shows a difference: %v", left)
		}
		x.put(code, "after both were put right")
		x.live("put right,", map[string][]string{kind.Exact: {x.first}, kind.AtLeast: {x.first, x.stranger}, kind.OnCreate: {x.stranger}}[x.mode]...)

		more := x.saying(x.first, x.second)
		x.read()
		if named := !x.empty(x.plan(more)); named != (x.mode != kind.OnCreate) {
			x.t.Errorf("the code names one more: the plan shows a difference: %v", named)
		}
		x.put(more, "with one more in the code")
		x.live("with one more,", map[string][]string{kind.Exact: {x.first, x.second}, kind.AtLeast: {x.first, x.second, x.stranger}, kind.OnCreate: {x.stranger}}[x.mode]...)

		x.put(code, "with one less in the code")
		x.live("with one less,", map[string][]string{kind.Exact: {x.first}, kind.AtLeast: {x.first, x.second, x.stranger}, kind.OnCreate: {x.stranger}}[x.mode]...)
	})
}

// TestModesImported: an import shows no difference for those who joined by
// themselves, and the first apply of something else writes the mode.
func TestModesImported(t *testing.T) {
	eachMode(t, func(x *moded) {
		x.joins(x.stranger)
		other := *x
		other.instance = x.instance.instance(x.kind)
		other.importID(x.get("id"))
		other.read()
		code := x.saying(x.first)
		if differs := !other.empty(other.plan(code)); differs != (x.mode == kind.Exact) {
			x.t.Fatalf("after an import the plan shows a difference: %v", differs)
		}
		other.read() // and so with every later plan
		if differs := !other.empty(other.plan(code)); differs != (x.mode == kind.Exact) {
			x.t.Fatalf("the second plan after an import shows a difference: %v", differs)
		}
		name := "display_name"
		if x.kind.Attr(name).Mode == kind.Computed {
			name = "notes"
		}
		code[name] = "Renamed"
		other.put(code, "after something else was changed")
		if other.get(x.rel.ModeBy) != x.mode {
			x.t.Errorf("the state says %s = %q", x.rel.ModeBy, other.get(x.rel.ModeBy))
		}
		other.live("imported and renamed,", map[string][]string{kind.Exact: {x.first}, kind.AtLeast: {x.first, x.stranger}, kind.OnCreate: {x.first, x.stranger}}[x.mode]...)
	})
}

// TestModesUnfinished: an object that an apply was killed over has not everybody with whom
// code makes one. Imported by an id that says so it gets the rest, in every mode, once.
func TestModesUnfinished(t *testing.T) {
	eachMode(t, func(x *moded) {
		whole := *x
		whole.instance = x.instance.instance(x.kind)
		whole.importID(x.get("id") + kind.Unfinished)
		whole.read()
		if !whole.empty(whole.plan(x.saying(x.first))) {
			x.t.Error("nobody is missing, and the plan shows a difference")
		}
		code := x.saying(x.first, x.second)
		x.joins(x.stranger)
		other := *x
		other.instance = x.instance.instance(x.kind)
		other.importID(x.get("id") + kind.Unfinished)
		other.read()
		if other.empty(other.plan(code)) {
			x.t.Fatal("the plan adds nobody")
		}
		other.put(code, "imported")
		other.live("imported,", map[string][]string{kind.Exact: {x.first, x.second}, kind.AtLeast: {x.first, x.second, x.stranger}, kind.OnCreate: {x.first, x.second, x.stranger}}[x.mode]...)
		x.leaves(x.second)
		other.read()
		if differs := !other.empty(other.plan(code)); differs != (x.mode != kind.OnCreate) {
			x.t.Errorf("somebody left later: the plan shows a difference: %v", differs)
		}
	})
}

// TestModesBinned: a restore brings back who was there at the deletion, and
// what is done about that goes by the mode; with a state and without.
func TestModesBinned(t *testing.T) {
	for name, imported := range map[string]bool{"with state": false, "imported": true} {
		t.Run(name, func(t *testing.T) {
			eachMode(t, func(x *moded) {
				code, id := x.saying(x.first, x.second), x.get("id")
				x.joins(x.stranger)
				x.leaves(x.first)
				x.gone(false)
				if imported {
					x.instance = x.instance.instance(x.kind)
					x.importID(id)
				}
				x.read()
				x.apply(code)
				if x.get("id") != id {
					x.t.Error("it was made anew")
				}
				x.live("restored,", map[string][]string{kind.Exact: {x.first, x.second}, kind.AtLeast: {x.first, x.second, x.stranger}, kind.OnCreate: {x.stranger}}[x.mode]...)
				x.settled(code, "after the restore")
			})
		})
	}
}

// TestModesLost: an object that is made anew has whom the code names, in every
// mode; with a state and without.
func TestModesLost(t *testing.T) {
	for name, imported := range map[string]bool{"with state": false, "imported": true} {
		t.Run(name, func(t *testing.T) {
			eachMode(t, func(x *moded) {
				code, id := x.saying(x.first, x.second), x.get("id")
				x.joins(x.stranger)
				x.lose()
				if imported {
					x.instance = x.instance.instance(x.kind)
					x.importID(id)
				}
				x.read()
				x.put(code, "after the recreation")
				if x.get("id") == id {
					x.t.Error("it has its old id")
				}
				x.live("made anew,", x.first, x.second)
			})
		})
	}
}

// TestModesLostHalfway: when the recreation of an object breaks off before all whom the
// code names were added, the next apply adds the rest, in every mode; with a state and
// without.
func TestModesLostHalfway(t *testing.T) {
	for name, imported := range map[string]bool{"with state": false, "imported": true} {
		t.Run(name, func(t *testing.T) {
			eachMode(t, func(x *moded) {
				if x.rel.Bind || x.kind.Life.OneFor != "" {
					return // made with the object, or the object would be taken over
				}
				code, id := x.saying(x.first, x.second), x.get("id")
				x.lose()
				if imported {
					x.instance = x.instance.instance(x.kind)
					x.importID(id)
				}
				x.read()
				p := x.plan(code)
				x.control("faults", `{"status":403,"times":99,"match":"POST /v1.0`+x.kind.Life.Path+`/{id}/`+x.rel.Property+`"}`)
				if s := x.tryApply(p); !strings.Contains(s, "could not add") {
					x.t.Fatal("the refusal is not told: ", s)
				}
				x.noFaults()
				if x.get("id") == id || x.get("id") == "" {
					x.t.Error("the state does not know the new object")
				}
				x.read()
				x.put(code, "after the second apply")
				x.live("made anew in two applies,", x.first, x.second)
			})
		})
	}
}

// open is the code that names ids, and one more whose id is not known yet.
func (x *moded) open(ids ...string) tftypes.Value {
	x.t.Helper()
	config := x.config(x.saying(ids...))
	fields, err := wire.Fields(config)
	if err != nil {
		x.t.Fatal(err)
	}
	elements := []tftypes.Value{tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}
	for _, id := range ids {
		elements = append(elements, tftypes.NewValue(tftypes.String, id))
	}
	fields[x.rel.Name] = tftypes.NewValue(fields[x.rel.Name].Type(), elements)
	return tftypes.NewValue(config.Type(), fields)
}

// relation returns the planned relation.
func (x *moded) relation(p *plan) tftypes.Value {
	fields, err := wire.Fields(p.planned)
	if err != nil {
		x.t.Fatal(err)
	}
	return fields[x.rel.Name]
}

// TestModesUnknownMember: a member that the same apply makes anew. What was
// known in the plan is the same once all is known.
func TestModesUnknownMember(t *testing.T) {
	eachMode(t, func(x *moded) {
		x.joins(x.stranger)
		x.read()
		x.apply(x.saying(x.first))
		x.read()
		p, s := x.tryPlan(x.open(x.first))
		if s != "" {
			x.t.Fatal(s)
		}
		if known := x.relation(p).IsFullyKnown(); known != (x.mode == kind.OnCreate) {
			x.t.Errorf("with an unknown member the planned %s are known: %v", x.rel.Name, known)
		}
		full := x.saying(x.first, x.second)
		again := x.plan(full)
		if was := x.relation(p); was.IsFullyKnown() && !was.Equal(x.relation(again)) {
			x.t.Errorf("planned were %s, and then %s", was, x.relation(again))
		}
		if was := x.relation(p); !was.IsFullyKnown() && size(x.t, was) < size(x.t, x.relation(again)) {
			x.t.Errorf("planned were %s, and then more: %s", was, x.relation(again))
		}
		x.put(full, "once the member is known")
		x.live("with the new member,", map[string][]string{kind.Exact: {x.first, x.second}, kind.AtLeast: {x.first, x.second, x.stranger}, kind.OnCreate: {x.first, x.stranger}}[x.mode]...)

		fresh := *x
		fresh.instance = x.instance.instance(x.kind)
		if p, s = fresh.tryPlan(fresh.open(x.first)); s != "" || fresh.relation(p).IsFullyKnown() {
			x.t.Errorf("a new object with an unknown member plans %s %s", fresh.relation(p), s)
		}
	})
}

func size(t *testing.T, v tftypes.Value) int {
	t.Helper()
	var items []tftypes.Value
	if err := v.As(&items); err != nil {
		t.Fatal(err)
	}
	return len(items)
}

// TestModesChange: from every mode to every other, in place. Who joined in the
// meantime shows at the next plan once the mode is exact.
func TestModesChange(t *testing.T) {
	eachMode(t, func(x *moded) {
		for _, to := range modes {
			if to == x.mode {
				continue
			}
			x.put(x.saying(x.first), "before the change")
			x.joins(x.stranger)
			if x.mode != kind.Exact {
				x.read()
			}
			code := x.in(to, x.first)
			p := x.plan(code)
			if x.empty(p) || p.replace {
				x.t.Fatalf("%s → %s: no update in place is planned", x.mode, to)
			}
			if s := x.tryApply(p); s != "" {
				x.t.Fatal(s)
			}
			if x.get(x.rel.ModeBy) != to {
				x.t.Errorf("the state says %q, not %s", x.get(x.rel.ModeBy), to)
			}
			x.read()
			if shows := !x.empty(x.plan(code)); shows != (to == kind.Exact) {
				x.t.Errorf("%s → %s: the next plan shows a difference: %v", x.mode, to, shows)
			}
			x.put(code, "after the change")
			if to == kind.Exact {
				x.live("now exact,", x.first)
			} else {
				x.live("now "+to+",", x.first, x.stranger)
				x.leaves(x.stranger)
			}
		}
	})
}

// TestModesReads: what the code does not own is not asked for.
func TestModesReads(t *testing.T) {
	eachMode(t, func(x *moded) {
		x.read()
		before := x.gets(x.at())
		x.read()
		if asked := x.gets(x.at()) - before; (asked == 0) != (x.mode == kind.OnCreate) {
			x.t.Errorf("a refresh asked for %s %d times", x.rel.Name, asked)
		}
	})
}

// gets counts the GET requests for a path so far.
func (i *instance) gets(path string) int {
	i.t.Helper()
	resp, err := http.Get(i.url + "/_emulator/stats")
	if err != nil {
		i.t.Fatal(err)
	}
	defer resp.Body.Close()
	var s struct {
		ByRoute map[string]int `json:"byRoute"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		i.t.Fatal(err)
	}
	n := 0
	for route, count := range s.ByRoute {
		pattern := strings.NewReplacer(i.get("id"), "{id}").Replace(path)
		if strings.HasPrefix(route, "GET /v1.0"+pattern) {
			n += count
		}
	}
	return n
}

// TestModesDeadMember: a member that does not exist any more is left out with a
// warning, whatever the mode.
func TestModesDeadMember(t *testing.T) {
	eachMode(t, func(x *moded) {
		const dead = "0fffffff-0000-4000-8000-00000000dead"
		x.lose()
		x.read()
		if s := x.tryApply(x.plan(x.saying(x.first, dead))); s != "" || !strings.Contains(x.said, dead) {
			x.t.Errorf("a dead member: %q %q", s, x.said)
		}
		x.live("without the dead one,", x.first)
	})
}

// TestModesInvalid: a mode that there is none of, and one that is not known
// when the plan is made.
func TestModesInvalid(t *testing.T) {
	eachMode(t, func(x *moded) {
		if s := x.invalid(x.in("exactly", x.first)); !strings.Contains(s, x.rel.ModeBy+` is "exactly"`) {
			x.t.Errorf("%q", s)
		}
		config := x.config(x.saying(x.first))
		fields, err := wire.Fields(config)
		if err != nil {
			x.t.Fatal(err)
		}
		fields[x.rel.ModeBy] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		if _, s := x.tryPlan(tftypes.NewValue(config.Type(), fields)); !strings.Contains(s, x.rel.ModeBy+" is not known yet") {
			x.t.Errorf("%q", s)
		}
	})
}

// TestModesTold: what a minus or a plus in a plan does not mean is said.
func TestModesTold(t *testing.T) {
	eachMode(t, func(x *moded) {
		if x.mode == kind.OnCreate && x.kind.Life.OneFor != "" {
			return // there is no second one, of which the state would know no owners
		}
		if x.mode == kind.OnCreate { // members of a group of which the state knows none
			x.instance = x.instance.instance(x.kind)
			plain := x.saying(x.first)
			delete(plain, x.rel.Name)
			delete(plain, x.rel.ModeBy)
			x.apply(plain)
			code := x.saying(x.second)
			w, s := x.told(code)
			if s != "" || !strings.Contains(w, "changes nothing in the tenant") {
				x.t.Errorf("%q %q", w, s)
			}
			x.put(code, "after it was recorded")
			x.live("recorded,")
			return
		}
		x.joins(x.stranger)
		other := *x
		other.instance = x.instance.instance(x.kind)
		other.importID(x.get("id"))
		other.read()
		w, s := other.told(x.saying(x.first, x.second))
		if told := strings.Contains(w, "nobody is removed") && strings.Contains(w, x.stranger); s != "" || told != (x.mode == kind.AtLeast) {
			x.t.Errorf("%q %q", w, s)
		}
	})
}
