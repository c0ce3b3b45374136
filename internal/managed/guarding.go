package managed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Who must not be locked out, and what this process knows of them: the accounts for
// emergencies, the identity that runs, and what was written about groups and rules.

// Guards are what the provider block says against locking oneself out.
type Guards struct {
	Direct     bool     // rules are enforced at once, whatever they leave out is new
	BreakGlass []string // object ids of the accounts for emergencies
	AllowSelf  bool     // the identity that runs may be deleted, disabled and locked out
}

// Guard sets who must not be locked out.
func (t *Tenant) Guard(g Guards) {
	t.guard.Guards = g
	t.guard.BreakGlass = nil
	for _, id := range g.BreakGlass {
		t.guard.BreakGlass = append(t.guard.BreakGlass, strings.ToLower(id))
	}
}

// IsObjectID tells whether s has the form of an object id.
func IsObjectID(s string) bool { return kind.IsGUID(s) }

// guarding is Guards and what is remembered for them.
type guarding struct {
	Guards

	mu      sync.Mutex
	fresh   map[string]bool            // made, restored, or given other members
	joined  map[string]map[string]bool // group → member → in or out, as written
	intends map[string]map[string]bool // the same as planned
	rules   map[string]rule            // as written or planned; its values are nil for one that is deleted
	silent  error                      // why Graph does not say what rules do

	peopleMu   sync.Mutex // held while they are looked up
	people     []*account
	peopleRead bool
	said       bool // what is wrong with the accounts

	me     *graph.Identity
	own    *account
	ownApp map[string]string // object id of the application with a client id
}

// rule is one that decides who gets in.
type rule struct {
	name   string
	values kind.Values
	kind   *kind.Kind
}

// account is one that must not be locked out.
type account struct {
	kind.Who
	name    string
	own     bool   // it is the identity that runs
	able    bool   // it exists and is enabled
	trouble string // why nobody should count on it
}

func (a *account) String() string {
	name := a.ID
	if a.name != "" {
		name = fmt.Sprintf("%q (%s)", a.name, a.ID)
	}
	if a.own {
		return "the identity that runs this, " + name
	}
	return "the break-glass account " + name
}

func (g *guarding) freshen(ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fresh == nil {
		g.fresh = map[string]bool{}
	}
	for _, id := range ids {
		if id != "" {
			g.fresh[strings.ToLower(id)] = true
		}
	}
}

func (g *guarding) isFresh(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fresh[strings.ToLower(id)]
}

// join notes that this process made somebody a member, or no member any more.
func (g *guarding) join(group, member string, in bool) {
	g.freshen(group)
	g.mu.Lock()
	defer g.mu.Unlock()
	remember(&g.joined, group, member, in)
}

// intend notes that a plan does.
func (g *guarding) intend(group, member string, in bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	remember(&g.intends, group, member, in)
}

func remember(of *map[string]map[string]bool, group, member string, in bool) {
	group, member = strings.ToLower(group), strings.ToLower(member)
	if *of == nil {
		*of = map[string]map[string]bool{}
	}
	if (*of)[group] == nil {
		(*of)[group] = map[string]bool{}
	}
	(*of)[group][member] = in
}

// membership returns what this process wrote of the members of a group.
func (g *guarding) membership(group string) map[string]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.joined[strings.ToLower(group)])
}

// note remembers a rule as it was planned or written; nil values: deleted.
func (g *guarding) note(k *kind.Kind, id, name string, values kind.Values) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rules == nil {
		g.rules = map[string]rule{}
	}
	delete(g.rules, k.Name+"/"+name) // planned before it had an id
	key := strings.ToLower(id)
	if id == "" {
		key = k.Name + "/" + name
	}
	g.rules[key] = rule{name, values, k}
}

func (g *guarding) noAnswer() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.silent
}

func (g *guarding) unanswered(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silent = err
}

// now returns somebody with the groups that this process put them into, or plans to, and
// without those that it took them out of.
func (t *Tenant) now(who kind.Who) kind.Who {
	t.guard.mu.Lock()
	defer t.guard.mu.Unlock()
	groups := slices.Clone(who.Groups)
	for _, changed := range []map[string]map[string]bool{t.guard.intends, t.guard.joined} {
		for again := true; again; {
			again = false
			for group, members := range changed {
				in, said := members[strings.ToLower(who.ID)]
				for _, g := range groups {
					in = in || members[g]
				}
				switch at := slices.Index(groups, group); {
				case in && at < 0:
					groups, again = append(groups, group), true
				case said && !in && at >= 0:
					groups = slices.Delete(groups, at, at+1)
				}
			}
		}
	}
	who.Groups = groups
	return who
}

// breakGlass looks up the accounts for emergencies, once: a $batch for ten of them.
func (t *Tenant) breakGlass(ctx context.Context) ([]*account, error) {
	t.guard.peopleMu.Lock()
	defer t.guard.peopleMu.Unlock()
	if t.guard.peopleRead || len(t.guard.BreakGlass) == 0 {
		return t.guard.people, nil
	}
	people, err := t.lookUp(ctx, t.guard.BreakGlass)
	if err != nil {
		return nil, err // the next one asks again
	}
	t.guard.people, t.guard.peopleRead = people, true
	return people, nil
}

// lookUp reads accounts, and of what they are members.
func (t *Tenant) lookUp(ctx context.Context, ids []string) ([]*account, error) {
	var k *kind.Kind
	for _, x := range t.kinds {
		if x.Spared {
			k = x
		}
	}
	if k == nil {
		return nil, nil
	}
	var parts []graph.Request
	for _, id := range ids {
		at := k.Life.Item(byID(id))
		parts = append(parts, graph.Request{Method: "GET", Path: at, Query: selected(k)},
			graph.Request{Method: "GET", Path: at + "/transitiveMemberOf", Query: map[string]string{"$top": "999"}})
	}
	results, err := t.client.Batch(ctx, graph.V1, parts)
	if err != nil {
		return nil, err
	}
	var out []*account
	for i, id := range ids {
		object, groups := results[2*i], results[2*i+1]
		a := &account{Who: kind.Who{ID: id}}
		out = append(out, a)
		switch {
		case graph.IsNotFound(object.Err):
			a.trouble = "does not exist"
			continue
		case object.Err != nil:
			return nil, object.Err
		case groups.Err != nil:
			return nil, groups.Err
		}
		a.read(k, object.Response.Body)
		if a.belongs(groups.Response.Body["value"]); groups.Response.Body["@odata.nextLink"] != nil {
			err := t.client.List(ctx, graph.V1, parts[2*i+1].Path, parts[2*i+1].Query, func(b kind.Body) error {
				a.belongs([]any{b})
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// read takes over what an account is.
func (a *account) read(k *kind.Kind, b kind.Body) {
	v, _ := k.Decode(b)
	a.name, a.able = text(v[k.Label]), true
	if k.Skip != nil {
		if why := k.Skip(b); why != "" {
			a.Foreign, a.trouble = true, "is none of the tenant's own, in the cloud alone: "+why
		}
	}
	for i := range k.Attrs {
		if d := k.Attrs[i].Disables; d != nil && v[k.Attrs[i].Name] == *d {
			a.able, a.trouble = false, "is disabled"
		}
	}
}

func (a *account) belongs(list any) {
	items, _ := list.([]any)
	for _, item := range items {
		b, _ := item.(kind.Body)
		if role := text(b["roleTemplateId"]); role != "" {
			a.Roles = append(a.Roles, strings.ToLower(role))
		} else {
			a.Groups = append(a.Groups, strings.ToLower(text(b["id"])))
		}
	}
}

// identity is whoever runs this, unless it may change itself; nil where that is not known.
func (t *Tenant) identity(ctx context.Context) *graph.Identity {
	if t.guard.AllowSelf {
		return nil
	}
	return t.runsAs(ctx)
}

// runsAs is whoever runs this; nil where that is not known.
func (t *Tenant) runsAs(ctx context.Context) *graph.Identity {
	t.guard.mu.Lock()
	defer t.guard.mu.Unlock()
	if t.guard.me == nil {
		me, err := t.client.Identity(ctx)
		if err != nil {
			return nil // the next request says what is wrong
		}
		me.ObjectID = strings.ToLower(me.ObjectID)
		t.guard.me = &me
	}
	if !kind.IsGUID(t.guard.me.ObjectID) {
		return nil
	}
	return t.guard.me
}

// runner is the identity that runs as somebody whom rules concern; nil where it is not
// known, or where of what it is a member could not be read.
func (t *Tenant) runner(ctx context.Context) *account {
	me := t.identity(ctx)
	if me == nil {
		return nil
	}
	t.guard.mu.Lock()
	defer t.guard.mu.Unlock()
	if t.guard.own == nil {
		if me.Application {
			t.guard.own = t.application(ctx, me.ObjectID)
		} else {
			found, err := t.lookUp(ctx, []string{me.ObjectID})
			if err != nil || len(found) == 0 {
				found = []*account{{Who: kind.Who{ID: me.ObjectID}}}
			}
			t.guard.own = found[0]
		}
		t.guard.own.own = true
	}
	if !t.guard.own.able {
		return nil
	}
	return t.guard.own
}

// application looks up the service principal that runs. Where it cannot be read, rules about all
// applications of the tenant are not held against it.
func (t *Tenant) application(ctx context.Context, id string) *account {
	a := &account{Who: kind.Who{ID: id, Application: true, Foreign: true}, able: true}
	for _, k := range t.kinds {
		if k.Native == nil {
			continue
		}
		tenant, err := t.client.TenantID(ctx)
		if err != nil {
			return a
		}
		if b, err := t.client.Get(ctx, graph.V1, k.Life.Item(byID(id)), selected(k)); err == nil {
			v, _ := k.Decode(b)
			a.name, a.Foreign = text(v[k.Label]), !k.Native(v, tenant)
		}
	}
	return a
}

// guarded returns those who must get in and whom a rule may concern.
func (t *Tenant) guarded(ctx context.Context, k *kind.Kind, want kind.Values) ([]*account, error) {
	all, err := t.breakGlass(ctx)
	if err != nil {
		return nil, fmt.Errorf("the break-glass accounts could not be looked up: %w", err)
	}
	all = slices.Clone(all)
	if me := t.runner(ctx); me != nil {
		all = append(all, me)
	}
	return slices.DeleteFunc(all, func(a *account) bool { return !a.able || !k.Rollout.Concerns(want, a.Application) }), nil
}
