package recyclebin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// Options say how objects are restored.
type Options struct {
	// ReportOnly sets every policy that comes back enabled to report-only, right after its
	// restore: Graph restores it in the state in which it was deleted.
	ReportOnly bool
	// Reconcile restores a user without the proxy addresses that others have by now.
	Reconcile bool
	Results   *Results // nil: none are kept
}

// Plan is what a restore would do.
type Plan struct {
	Options
	Items    []Item   // to be restored, in this order
	Finish   []Item   // policies that an earlier run restored, and that are to be report-only
	Decided  []Result // of those that are not tried: live, or failed with the reason
	Skipped  int      // restored by an earlier run, as the result file says
	Notes    []string // what one should know before
	Requests int

	listing *Listing
	tried   map[string]bool // ids in Items
}

// batchSize is how many restores go into one request.
const batchSize = 20

// Prepare says what a restore of the listing would do. It changes nothing, and asks
// Graph only about ids that are in no recycle bin.
func Prepare(ctx context.Context, client *graph.Client, l *Listing, s Selection, o Options) (*Plan, error) {
	p := &Plan{Options: o, listing: l, tried: map[string]bool{}}
	var managed []string
	for _, it := range l.Items {
		switch {
		case o.Results.done(&it):
			p.Skipped++
		case it.managed && len(s.IDs) > 0:
			p.Decided = append(p.Decided, it.result(Failed, "Graph restores no managed identity: it comes and goes with the Azure resource that it belongs to."))
		case it.managed:
			managed = append(managed, it.Name)
		default:
			p.Items = append(p.Items, it)
			p.tried[it.ID] = true
		}
	}
	if len(managed) > 0 {
		p.note("Left out: %d managed identities, which Graph does not restore. They come and go with their Azure resources: %s.", len(managed), strings.Join(managed, ", "))
	}
	p.pair()
	if err := p.absent(ctx, client, s); err != nil {
		return nil, err
	}
	p.finish(s)
	p.warn()
	p.count()
	return p, nil
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// pair looks at applications and their service principals, which Graph deletes together
// and restores one by one.
func (p *Plan) pair() {
	apps := map[string]*Item{} // in the bin, by app id
	for i := range p.listing.read[application] {
		it := &p.listing.read[application][i]
		apps[it.AppID] = it
	}
	p.Items = slices.DeleteFunc(p.Items, func(it Item) bool {
		app := apps[it.AppID]
		if it.Kind != servicePrincipal || app == nil || p.tried[app.ID] || p.Results.done(app) {
			return false
		}
		p.Decided = append(p.Decided, it.result(Failed, "Its application is in the recycle bin and was not selected: select "+app.ID+", too."))
		delete(p.tried, it.ID)
		return true
	})
	var alone []string
	for _, sp := range p.listing.read[servicePrincipal] {
		if app := apps[sp.AppID]; app != nil && p.tried[app.ID] && !p.tried[sp.ID] && !sp.managed && !p.Results.done(&sp) {
			alone = append(alone, fmt.Sprintf("%s (%s)", sp.Name, sp.ID))
		}
	}
	if len(alone) > 0 {
		p.note("Not selected, though nobody signs in to these applications without them: their service principals. Select them, too: %s.", strings.Join(alone, ", "))
	}
}

// absent looks for ids that are in no recycle bin that was read.
func (p *Plan) absent(ctx context.Context, client *graph.Client, s Selection) error {
	var missing []string
	for _, id := range s.IDs {
		id = strings.ToLower(id)
		switch {
		case p.binned(id) != nil || slices.Contains(missing, id):
		case p.Results.restored(id):
			p.Skipped++
		default:
			missing = append(missing, id)
		}
	}
	live, err := whereabouts(ctx, client, s, missing)
	if err != nil {
		return err
	}
	for _, id := range missing {
		if one, ok := live[id]; ok {
			p.Decided = append(p.Decided, one)
			continue
		}
		reason := "It is in no recycle bin, and not live: it was deleted permanently, or never there."
		if len(p.listing.Unread) > 0 || len(s.Kinds) > 0 {
			reason = "It is in none of the recycle bins that were read, and not live."
		}
		p.Decided = append(p.Decided, Result{ID: id, Outcome: Failed, Error: reason})
	}
	return nil
}

// whereabouts finds out which objects are live.
func whereabouts(ctx context.Context, client *graph.Client, s Selection, ids []string) (map[string]Result, error) {
	live := map[string]Result{}
	found := func(kind, property string) func(graph.Body) error {
		return func(row graph.Body) error {
			if id := strings.ToLower(word(row, "id")); slices.Contains(ids, id) {
				live[id] = Result{Kind: kind, ID: id, Name: word(row, property), Outcome: Live}
			}
			return nil
		}
	}
	for part := range slices.Chunk(ids, 1000) {
		answer, err := client.Do(ctx, graph.Request{
			Method: "POST", Path: "/directoryObjects/getByIds", Idempotent: true, Body: graph.Body{"ids": part},
		})
		if err != nil {
			return nil, fmt.Errorf("could not look for the ids that are in no recycle bin: %s", explain(binOf(user), []string{"Directory.Read.All"}, err))
		}
		rows, _ := answer.Body["value"].([]any)
		for _, row := range rows {
			if b, ok := row.(graph.Body); ok {
				_ = found(kindOf(word(b, "@odata.type")), "displayName")(b) // it has no error
			}
		}
	}
	for _, b := range bins() {
		if len(live) == len(ids) || b.shared() || !s.reads(b.Name) {
			continue
		}
		if err := client.List(ctx, graph.Version(b.Life.ReadFrom), b.Life.Path, nil, found(b.Name, "displayName")); err != nil {
			return nil, fmt.Errorf("could not look for the ids that are in no recycle bin among the %s: %s", b.Plural, explain(b, b.Read, err))
		}
	}
	return live, nil
}

// kindOf finds the kind of a type: "#microsoft.graph.user".
func kindOf(odataType string) string {
	for _, b := range bins() {
		if strings.EqualFold("#microsoft.graph."+b.Type, odataType) {
			return b.Name
		}
	}
	return ""
}

// finish takes up what an earlier run restored and did not set to report-only.
func (p *Plan) finish(s Selection) {
	for _, one := range p.Results.unfinished() {
		if p.binned(one.ID) != nil { // the restore did not happen: it is as if it had not begun
			continue
		}
		if _, read := p.listing.read[policy]; !p.ReportOnly || !s.reads(policy) || !read {
			p.note("An earlier run restored %q (%s) and did not set it to report-only, so that it may be enforced. Run with --report-only and a selection of policies to finish that.", one.Name, one.ID)
			continue
		}
		p.Finish = append(p.Finish, Item{Kind: one.Kind, ID: one.ID, Name: one.Name, DeletedAt: one.DeletedAt})
	}
	slices.SortFunc(p.Finish, func(x, y Item) int { return strings.Compare(x.Name, y.Name) })
}

// warn says what does not come back as it was, and what happens at once.
func (p *Plan) warn() {
	var locations, policies []string
	for _, it := range p.Items {
		switch {
		case it.trusts:
			locations = append(locations, it.Name)
		case it.State == "enabled":
			policies = append(policies, it.Name)
		}
	}
	if len(locations) > 0 {
		p.note("Named locations come back untrusted, whatever they were: the recycle bin does not say which of these were trusted, and AllTrusted does not mean them until somebody trusts them again: %s.", strings.Join(locations, ", "))
	}
	switch {
	case len(policies) > 0 && p.ReportOnly:
		p.note("Enforced for a moment: Graph restores a policy as it was, and only then can it be set to report-only, about a second later: %s.", strings.Join(policies, ", "))
	case len(policies) > 0:
		p.note("Enforced as soon as they are restored: %s. With --report-only they are set to report-only right after the restore.", strings.Join(policies, ", "))
	}
	if n := p.of(policy) + p.of(namedLocation); n > 1 {
		p.note("Conditional Access takes one request a second.")
	}
}

// count adds up the requests, without those that Graph wants repeated.
func (p *Plan) count() {
	for _, b := range bins() {
		if n := p.of(b.Name); b.shared() {
			p.Requests += (n + batchSize - 1) / batchSize
		} else {
			p.Requests += n
		}
	}
	for _, it := range p.Items {
		if p.ReportOnly && it.State == "enabled" {
			p.Requests++
		}
	}
	p.Requests += 2 * len(p.Finish)
}

func (p *Plan) of(name string) (n int) {
	for _, it := range p.Items {
		if it.Kind == name {
			n++
		}
	}
	return n
}

// binned finds an object in the bins that were read, by id or app id.
func (p *Plan) binned(id string) *Item {
	for _, name := range order {
		for i := range p.listing.read[name] {
			it := &p.listing.read[name][i]
			if it.ID == strings.ToLower(id) || name == application && strings.EqualFold(it.AppID, id) {
				return it
			}
		}
	}
	return nil
}
