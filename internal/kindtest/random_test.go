package kindtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// defaultSeeds are what go test tries; ENTRA_SEEDS is another number of them.
const defaultSeeds = 25

// TestRecoversFromAnything: a random tenant, broken in random ways, is what the
// code says after one apply; after two where something vanished between plan and
// apply, or where one object has the name of another until the first has been applied. A seed that fails names the command that repeats it.
func TestRecoversFromAnything(t *testing.T) {
	t.Parallel()
	seeds := seedsOr(t, defaultSeeds)
	used := eachSeed(t, seeds, asAnybody)
	if used.runs < int(seeds) || seeds < 100 || t.Failed() {
		return // too few; TestEveryReferenceIsRelinked has them all
	}
	for _, at := range allReferences() {
		if used.by[at] == 0 {
			t.Errorf("no seed has a reference in %s", at)
		}
	}
}

// inItsOwnTime runs a seed without waiting in real time, where synctest can: it knows no
// waiting for a lock.
func inItsOwnTime(t *testing.T, seed uint64, run func(*testing.T)) {
	t.Helper()
	if _, w := forecast(seed); w.width > 1 {
		run(t)
		return
	}
	synctest.Test(t, run)
}

// TestRecoversAsThemselves: a person who runs the recovery, and whom the same rules keep out
// that spare the accounts for emergencies, is not locked out by any write on the way either.
func TestRecoversAsThemselves(t *testing.T) {
	t.Parallel()
	eachSeed(t, max(4, seedsOr(t, 0)/ofAll), asPerson)
}

// TestRecoversAsApplication: an application that runs the recovery, as pipelines do, and whose
// own objects were broken as well, is not locked out by any write on the way, and loses neither
// what it signs in with nor what it was given.
func TestRecoversAsApplication(t *testing.T) {
	t.Parallel()
	eachSeed(t, max(4, seedsOr(t, 0)/ofAll), asApplication)
}

// ofAll: one in so many of ENTRA_SEEDS is tried by each of those who run a recovery.
const ofAll = 5

// seedsOr is ENTRA_SEEDS, or what go test tries without.
func seedsOr(t *testing.T, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv("ENTRA_SEEDS")
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		t.Fatalf("ENTRA_SEEDS=%q is no number", s)
	}
	return n
}

// eachSeed recovers one tenant for each seed, beside each other.
func eachSeed(t *testing.T, seeds uint64, as runner) *tally {
	t.Helper()
	used, name, share := &tally{by: map[string]int{}}, t.Name(), uint64(1)
	if as != asAnybody {
		share = ofAll
	}
	t.Run("seeds", func(t *testing.T) {
		for seed := range seeds {
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				t.Parallel()
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("repeat it with: ENTRA_SEEDS=%d go test ./internal/kindtest -count=1 -run '^%s$/^seeds$/^seed=%d$'", share*(seed+1), name, seed)
					}
				})
				inItsOwnTime(t, seed, func(t *testing.T) { recovers(t, seed, used, as) })
			})
		}
	})
	return used
}

// runner is who runs a recovery.
type runner int

const (
	asAnybody     runner = iota // by a token that says nothing
	asPerson                    // whom the rules could keep out
	asApplication               // likewise, and that has more to lose
)

// tally counts the references that the configurations had.
type tally struct {
	sync.Mutex
	by   map[string]int
	runs int
}

// allReferences are the references of all tables that can lead to a resource.
func allReferences() []string {
	var out []string
	managed := func(ref *kind.Ref) bool {
		return ref != nil && slices.ContainsFunc(ref.Kinds, func(name string) bool {
			k := catalog.ByName(name)
			return k != nil && k.Managed()
		})
	}
	var enter func(attrs []kind.Attr, path string)
	enter = func(attrs []kind.Attr, path string) {
		for i := range attrs {
			a := &attrs[i]
			if managed(a.Ref) {
				out = append(out, referenceAt(path+a.Name, a.Ref))
			}
			for _, embedded := range a.Embeds {
				if managed(embedded.Ref) {
					out = append(out, referenceAt(path+a.Name, embedded.Ref))
				}
			}
			enter(a.Attrs, path+a.Name+".")
		}
	}
	for _, k := range catalog.All() {
		if k.Managed() {
			enter(k.Attrs, k.Name+".")
		}
	}
	return out
}

func referenceAt(path string, ref *kind.Ref) string {
	return path + " → " + strings.Join(ref.Kinds, "|")
}

// weather is what makes a recovery hard apart from the damage.
type weather struct {
	lag, throttled, troubled, vanishing bool
	width                               int
}

// forecast is the weather of a seed, and the randomness that goes on from there.
func forecast(seed uint64) (*rand.Rand, weather) {
	r := rand.New(rand.NewPCG(seed, 5))
	w := weather{lag: r.IntN(12) == 0, throttled: r.IntN(12) == 0, troubled: r.IntN(2) == 0, vanishing: r.IntN(4) == 0, width: pick(r, []int{1, 1, 10})}
	if seed < defaultSeeds && w.width > 1 { // where several wait for each other, waiting for quotas takes real time
		w.throttled = false
	}
	return r, w
}

// recovers builds, breaks and recovers one tenant.
func recovers(t *testing.T, seed uint64, used *tally, as runner) {
	r, w := forecast(seed)
	options := []emulator.Option{emulator.WithSeed(seed), emulator.WithSpeed(20)}
	if w.lag {
		options = append(options, emulator.WithLag(time.Second))
	}
	if w.throttled {
		options = append(options, emulator.WithDocumentedThrottling(), emulator.WithSpeed(500))
	}
	e := newEstate(t, r, options...)
	e.mode = ""
	size := 4 + r.IntN(12)
	if seed >= defaultSeeds { // the nightly ones are larger, and one in fifty is large
		size = pick(r, []int{10, 20, 30, 60})
		if seed%50 == 49 {
			size = 300
		}
	}
	var accounts []string
	if exempt := r.IntN(2) == 0; exempt || as != asAnybody {
		accounts = e.exempt(as == asPerson)
	}
	if as == asApplication {
		e.hire()
	}
	e.grow(size)
	e.begin(w.width)
	if as == asApplication {
		accounts = append(accounts, e.start())
	}
	e.count(used)

	before := e.strangers()
	var damage []string
	for range 1 + r.IntN(max(2, size/2)) {
		e.settle() // who does damage sees what is there
		if what := e.breakIt(); what != "" {
			damage = append(damage, what)
		}
	}
	defer func() {
		if t.Failed() {
			t.Logf("%d resources, %+v, damage:\n%s", len(e.items), w, strings.Join(damage, "\n"))
		}
	}()
	e.settle()
	if w.troubled {
		e.control("faults", fmt.Sprintf(`{"status":%d,"every":%d,"retryAfter":"0s"}`, pick(r, []int{429, 503}), 7+r.IntN(20)))
		e.control("faults", `{"dropConnection":true,"every":90,"match":"GET /v1.0"}`)
	}
	e.plan(w.width)
	if w.vanishing {
		for range 1 + r.IntN(3) {
			x := pick(r, e.items)
			if e.remove(x); e.purge(x) || x.kind.Life.Bin == "" {
				damage = append(damage, "after the plan purged "+x.address())
			}
		}
		e.settle()
		e.letIn(accounts, func() { e.apply(w.width) }) // whatever fails is told, and done by the next one
		e.settle()
		e.plan(w.width)
	}
	var failed []string
	e.letIn(accounts, func() { failed = e.apply(w.width) })
	if e.cameTooLate(failed) {
		e.settle()
		e.plan(w.width)
		e.letIn(accounts, func() { failed = e.apply(w.width) })
	}
	for _, s := range failed {
		t.Errorf("apply: %s", s)
	}
	e.calm()
	e.settle()
	for _, x := range e.plan(w.width) {
		diffs, _ := x.state.Diff(x.planned.planned)
		t.Errorf("%s: the plan after the recovery is not empty: %v", x.address(), diffs)
	}
	for _, wrong := range e.holds() {
		t.Error("after the recovery, ", wrong)
	}
	for id, what := range e.strangers() {
		if before[id] == "" {
			t.Errorf("after the recovery there is a %s %s that no address has", what, id)
		}
	}
}

func newEstate(t *testing.T, r *rand.Rand, options ...emulator.Option) *estate {
	t.Helper()
	return &estate{host: newHost(t, options...), r: r, taken: map[string]bool{}, must: map[string]*item{}, seen: map[string]kind.Values{}, mode: kind.Exact}
}

// exempt adds accounts for emergencies, a group of them, and rules that keep out all
// but that group.
func (e *estate) exempt(asSomebody bool) []string {
	e.t.Helper()
	accounts := []string{e.newUser("bg1"), e.newUser("bg2")}
	e.emergency(accounts...)
	if asSomebody {
		me := e.newUser("operator")
		e.runAs(map[string]any{"scp": "Policy.Read.All", "oid": me, "appid": appB})
		accounts = append(accounts, me)
	}
	e.settle() // they are older than the configuration
	group := e.put("group", kind.Values{"display_name": "Exempt", "mail_nickname": "exempt", "members": accounts})
	for range 1 + e.r.IntN(2) {
		e.put("conditional_access_policy", blocking(kind.Values{"exclude_groups": []string{group.is(kind.ObjectID)}}))
	}
	return accounts
}

// letIn does something during which, after every single write, none of the accounts is
// locked out that was not before, by whoever did the damage; nor has the application that runs
// lost anything that was left to it.
func (e *estate) letIn(accounts []string, do func()) {
	for _, id := range accounts {
		if len(e.watch.Blocked(id)) == 0 {
			e.watch.mustGetIn(id)
		}
	}
	if e.staff != nil {
		e.watch.mustKeep(e.staff.principal.get("id"), e.stays())
	}
	do()
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	e.watch.mustGet, e.watch.keeps = nil, nil
}

// cameTooLate tells whether all that failed did so because another item, which somebody else
// gave the name of one, got its own back in the same apply, and after that: the error says that
// the next apply finishes it.
func (e *estate) cameTooLate(failed []string) bool {
	for _, s := range failed {
		_, what, _ := strings.Cut(s, ": ")
		if !strings.HasPrefix(what, "it needs ") && !(strings.Contains(what, "the next apply finishes it") &&
			slices.ContainsFunc(e.items, func(x *item) bool { return x.changes && x.failed == "" && strings.Contains(what, "("+x.get("id")+")") })) {
			return false
		}
	}
	return len(failed) > 0
}

// begin makes the tenant what the configuration says.
func (e *estate) begin(width int) {
	e.t.Helper()
	e.plan(width)
	for _, s := range e.apply(width) {
		e.t.Errorf("the tenant could not be made: %s", s)
	}
	e.settle()
	if e.t.Failed() {
		e.t.FailNow()
	}
}

// settle lets every replica catch up.
func (e *estate) settle() { e.control("clock", `{"advance":"1m"}`) }

// count notes which references the configuration has.
func (e *estate) count(used *tally) {
	ids := map[string]bool{}
	for _, x := range e.items {
		ids[x.get("id")] = true
		if x.kind.Attr("app_id") != nil {
			ids[x.get("app_id")] = true
		}
	}
	used.Lock()
	defer used.Unlock()
	used.runs++
	for _, x := range e.items {
		x.kind.References(x.kind.Canonical(e.resolved(x.code, now)), func(path string, _ *kind.Attr, ref *kind.Ref, id string) {
			if ids[id] {
				used.by[referenceAt(x.kind.Name+"."+path, ref)]++
			}
		})
	}
}

// strangers are the live objects of all collections that no address has.
func (e *estate) strangers() map[string]string {
	e.t.Helper()
	out := map[string]string{}
	for _, k := range catalog.All() {
		if !k.Managed() || k.Life.Form != kind.Collection || k.Life.Below() {
			continue
		}
		err := e.client.List(e.t.Context(), graph.Version(k.Life.ReadFrom), k.Life.Path, nil, func(b graph.Body) error {
			out[text(b["id"])] = k.Title
			return nil
		})
		if err != nil {
			e.t.Fatal(err)
		}
	}
	for _, x := range e.items {
		maps.DeleteFunc(out, func(id, _ string) bool { return strings.EqualFold(id, x.get("id")) })
	}
	return out
}

// calm ends the faults.
func (h *host) calm() {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodDelete, h.url+"/_emulator/faults", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil || resp.StatusCode != http.StatusOK {
		h.t.Fatal(err, resp)
	}
	resp.Body.Close()
}
