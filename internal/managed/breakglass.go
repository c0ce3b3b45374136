package managed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What a plan or a write means for those who must get in. A refusal is for what is certain:
// a rule that depends on a place, a device or a risk may leave a way in, and whoever is
// only asked for more, such as another factor, can give it.

// checkGuards says at plan what would lock out an account for emergencies or the identity
// that runs. want is nil where the object is deleted; ends is set where another takes its
// place.
func (r *object) checkGuards(ctx context.Context, prior, want kind.Values, planned tftypes.Value, m mark, ends bool, diags *diag.Diagnostics) {
	if r.tenant == nil {
		return
	}
	if err := r.refuseSpared(prior); err != nil {
		diags.AddError(r.title(prior)+" is a break-glass account", "The configuration manages it, but "+err.Error())
		return
	}
	if id := text(prior["id"]); id != "" && want != nil && !r.tenant.plans(r.kind, id) {
		return // in the process that applies: said before
	}
	r.tenant.sayAccounts(ctx, r.kind, diags)
	if err := r.selfHarm(ctx, prior, want, m, ends); err != nil {
		diags.AddError(r.title(prior)+" belongs to the identity that runs this", err.Error())
	}
	r.checkMemberships(ctx, prior, want, planned, m, diags)
	if r.kind.Rollout == nil {
		return
	}
	id := text(prior["id"])
	if m.anew() {
		id = ""
	}
	if want == nil {
		r.tenant.guard.note(r.kind, id, text(prior[r.kind.Label]), nil)
		return
	}
	for i := range r.kind.Attrs {
		if a := &r.kind.Attrs[i]; a.Channel == kind.InBody && a.Mode != kind.Computed && unknownAt(planned, a.Name) {
			return // the write decides
		}
	}
	had := prior
	if m.anew() || text(prior["deleted_date_time"]) != "" {
		had = nil // it is not in force
	}
	r.checkRule(ctx, prior, had, want, id, diags)
	r.tenant.guard.note(r.kind, id, text(want[r.kind.Label]), want)
}

// sayAccounts says, once, what is wrong with the accounts for emergencies.
func (t *Tenant) sayAccounts(ctx context.Context, k *kind.Kind, diags *diag.Diagnostics) {
	if k.Rollout == nil || len(t.guard.BreakGlass) == 0 {
		return
	}
	people, err := t.breakGlass(ctx)
	t.guard.mu.Lock()
	said := t.guard.said
	t.guard.said = true
	t.guard.mu.Unlock()
	if said {
		return
	}
	if err != nil {
		diags.AddWarning("The break-glass accounts were not checked", "Whether they could still sign in is not known: "+t.explainAccounts(err))
	}
	for _, a := range people {
		if a.trouble != "" {
			diags.AddWarning("Nobody should count on the break-glass account "+a.ID, fmt.Sprintf("break_glass names it, and %s %s. An account for emergencies is enabled, in the cloud alone, and independent of what it is to repair.", a.label(), a.trouble))
		}
	}
}

func (a *account) label() string {
	if a.name == "" {
		return "it"
	}
	return fmt.Sprintf("%q", a.name)
}

func (t *Tenant) explainAccounts(err error) string {
	for _, k := range t.kinds {
		if k.Spared {
			return explain(&kind.Kind{Read: append(slices.Clone(k.Read), "Directory.Read.All")}, false, err)
		}
	}
	return err.Error()
}

// refuseSpared tells why an account for emergencies is not written.
func (r *object) refuseSpared(v kind.Values) error {
	if id := strings.ToLower(text(v["id"])); !r.kind.Spared || !slices.Contains(r.tenant.guard.BreakGlass, id) {
		return nil
	}
	return fmt.Errorf("break_glass in the provider block names it, and no mistake in code must reach such an account: the provider neither writes nor deletes it. " +
		"Take its resource and import block out of the code, and forget it with terraform state rm, or with a removed block that has destroy = false")
}

// checkRule holds a rule against those who must get in.
func (r *object) checkRule(ctx context.Context, prior, had, want kind.Values, id string, diags *diag.Diagnostics) {
	caught, err := r.tenant.caught(ctx, r.kind, had, want, id)
	if err != nil {
		diags.AddWarning("What "+r.name(want)+" means for the break-glass accounts is not known", r.tenant.explainAccounts(err))
		return
	}
	if why := caught.refusal(); why != "" {
		diags.AddError(r.title(want)+" would lock out those who must get in", why)
		return
	}
	for _, a := range caught.accounts {
		diags.AddWarning(r.title(want)+" keeps out "+a.String(), "Others of break_glass can still sign in. Leave this one out of it as well, by its id or through a group.")
	}
	if prior == nil || want[r.kind.Rollout.Attribute] != r.kind.Rollout.Enforced && want[r.kind.Rollout.Attribute] != r.kind.Rollout.Quiet {
		return
	}
	people, _ := r.tenant.breakGlass(ctx)
	for _, a := range people {
		if r.kind.Exempts(prior, a.Who) && !r.kind.Exempts(want, r.tenant.now(a.Who)) {
			diags.AddWarning(r.title(want)+" no longer leaves out "+a.String(), "The policy leaves it out now, by its id, a group or a role, and the plan takes that away.")
		}
	}
}

// verdict is whom a rule newly keeps out for certain.
type verdict struct {
	accounts []*account // accounts for emergencies
	own      *account   // the identity that runs, nil where it still gets in
	none     bool       // no account for emergencies is left that could sign in
	others   []string   // the rules that keep out the others
}

// refusal says why a rule must not be enforced, "" where it may.
func (v *verdict) refusal() string {
	switch {
	case v.none:
		names := make([]string, 0, len(v.accounts))
		for _, a := range v.accounts {
			names = append(names, a.String())
		}
		s := "It would keep out " + strings.Join(names, ", ") + ", whatever they sign in with"
		if len(v.others) > 0 {
			s += ", and the others of break_glass are kept out by " + strings.Join(unique(v.others), ", ")
		}
		return s + ", so that no account of break_glass could sign in any more. Leave them out of it, by their ids or through a group; where this configuration adds them to that group, apply that first (-target=ADDRESS)."
	case v.own != nil:
		return "It would keep out " + v.own.String() + ". Leave it out of the rule, run as another identity, or set allow_self_change = true in the provider block."
	}
	return ""
}

// caught tells whom a rule with the values want keeps out that it did not keep out with had,
// nil where it was not in force. Where that hangs on what is not known yet, it is nobody.
func (t *Tenant) caught(ctx context.Context, k *kind.Kind, had, want kind.Values, id string) (*verdict, error) {
	out := &verdict{}
	if !k.Rollout.InForce(want) || !k.Rollout.Shuts(want) {
		return out, nil
	}
	catches := func(k *kind.Kind, v kind.Values, a *account) bool {
		return k.Rollout.InForce(v) && k.Rollout.Shuts(v) && k.Rollout.Catches(v, t.now(a.Who))
	}
	if me := t.runner(ctx); me != nil && catches(k, want, me) && !catches(k, had, me) {
		out.own = me
	}
	people, err := t.breakGlass(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range people {
		if a.able && catches(k, want, a) && !catches(k, had, a) {
			out.accounts = append(out.accounts, a)
		}
	}
	if out.own == nil && len(out.accounts) == 0 {
		return out, nil
	}
	open, err := t.undecided(ctx, k, want)
	if err != nil {
		return &verdict{}, err
	}
	if open { // an application is left out by its own id alone
		if out.accounts = nil; out.own != nil && !out.own.Application {
			out.own = nil
		}
	}
	if len(out.accounts) == 0 {
		return out, nil
	}
	rules, err := t.inForce(ctx, id, k.Name+"/"+text(want[k.Label]))
	if err != nil {
		return nil, err
	}
	out.none = true
	for _, a := range people {
		if !a.able || catches(k, want, a) {
			continue
		}
		by := slices.IndexFunc(rules, func(x rule) bool { return catches(x.kind, x.values, a) })
		if by < 0 {
			out.none = false
			return out, nil
		}
		out.others = append(out.others, fmt.Sprintf("%s %q", rules[by].kind.Title, rules[by].name))
	}
	return out, nil
}

// shutAgain tells whom a rule in the recycle bin keeps out once it is restored: it comes back as
// it was, in force perhaps, before anything of it can be changed. "" where it is nobody.
func (t *Tenant) shutAgain(ctx context.Context, k *kind.Kind, was kind.Values) string {
	if k.Rollout == nil {
		return ""
	}
	found, err := t.caught(ctx, k, nil, was, text(was["id"]))
	switch {
	case err != nil: // a plan says that it is not known
		return ""
	case found.own != nil:
		return found.own.String()
	case len(found.accounts) > 0:
		return found.accounts[0].String()
	}
	return ""
}

// undecided tells whether a rule leaves out what is still to come back: who is a member of
// it is not known before.
func (t *Tenant) undecided(ctx context.Context, k *kind.Kind, want kind.Values) (bool, error) {
	var exempt []reference
	open := false
	k.References(want, func(path string, a *kind.Attr, ref *kind.Ref, id string) {
		if a.Exempts && !t.dead[id] {
			exempt = append(exempt, reference{path, ref, id})
			open = open || t.guard.isFresh(id) && len(t.guard.membership(id)) == 0
		}
	})
	missing, err := t.unresolved(ctx, exempt)
	return open || len(missing) > 0, err
}

// inForce returns the rules of the tenant that are in force, as they are now or are planned,
// without the one that has id or stands under key.
func (t *Tenant) inForce(ctx context.Context, id, key string) ([]rule, error) {
	t.guard.mu.Lock()
	known := map[string]rule{}
	for at, x := range t.guard.rules {
		known[at] = x
	}
	t.guard.mu.Unlock()
	for _, k := range t.kinds {
		if k.Rollout == nil {
			continue
		}
		all, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
		if err != nil {
			return nil, err
		}
		for at, b := range all {
			if _, said := known[at]; !said {
				v, _ := k.Decode(b)
				known[at] = rule{text(v[k.Label]), v, k}
			}
		}
	}
	var out []rule
	for at, x := range known {
		if at != strings.ToLower(id) && at != key && x.values != nil && x.kind.Rollout.InForce(x.values) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b rule) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// refuseLockout is the last look before a rule is written, or enforced.
func (t *Tenant) refuseLockout(ctx context.Context, k *kind.Kind, had, want kind.Values, id string) error {
	found, err := t.caught(ctx, k, had, want, id)
	if err != nil {
		return fmt.Errorf("what it means for the break-glass accounts could not be found out: %w", err)
	}
	if why := found.refusal(); why != "" {
		return fmt.Errorf("%s Nothing was enforced", why)
	}
	return nil
}

// stopOnGuards is the last look before a write: what is certain by now is refused. want is
// nil where the object is deleted.
func (r *object) stopOnGuards(ctx context.Context, had, want kind.Values, m mark, ends bool) error {
	if err := r.refuseSpared(had); err != nil {
		return err
	}
	if err := r.selfHarm(ctx, had, want, m, ends); err != nil {
		return err
	}
	w := writer{Tenant: r.tenant, kind: r.kind}
	if r.kind.Rollout == nil || want == nil || w.holds(want) { // one that is held back is asked about before it is enforced
		return nil
	}
	id := text(had["id"])
	if m.anew() || text(had["deleted_date_time"]) != "" {
		had = nil
	}
	return r.tenant.refuseLockout(ctx, r.kind, had, want, id)
}

// wroteRule notes a rule as it was written; err is what became of it.
func (r *object) wroteRule(v kind.Values, id string, err error) {
	if r.kind.Rollout != nil && v != nil && err == nil {
		r.tenant.guard.note(r.kind, id, text(v[r.kind.Label]), v)
	}
}

// checkMemberships warns of a plan by which an account for emergencies leaves a group that a
// rule leaves out, and remembers who joins and who leaves.
func (r *object) checkMemberships(ctx context.Context, prior, want kind.Values, planned tftypes.Value, m mark, diags *diag.Diagnostics) {
	leaves := func(group, member string) {
		r.tenant.guard.intend(group, member, false)
		if slices.Contains(r.tenant.guard.BreakGlass, member) {
			r.warnOfLoss(ctx, prior, group, member, diags)
		}
	}
	group := text(prior["id"])
	if r.kind.Life.Form == kind.Edge {
		ends := r.kind.Identity()
		if a, b := text(want[ends[0]]), text(want[ends[1]]); a != "" && b != "" {
			r.tenant.guard.intend(a, b, true)
		} else if want == nil && (!gone(prior, m) || m.Away) {
			leaves(strings.ToLower(text(prior[ends[0]])), strings.ToLower(text(prior[ends[1]])))
		}
		return
	}
	for _, a := range r.kind.Relations() {
		if !a.Belongs || group == "" || m.anew() || unknownAt(planned, a.Name) && want != nil {
			continue
		}
		if want == nil {
			people, _ := r.tenant.breakGlass(ctx)
			for _, p := range people {
				if slices.Contains(p.Groups, strings.ToLower(group)) && !gone(prior, m) {
					leaves(strings.ToLower(group), p.ID)
				}
			}
			continue
		}
		now, owned := want[a.Name].([]string)
		for _, id := range without(now, strs(prior[a.Name])) {
			r.tenant.guard.intend(group, id, true)
		}
		if owned && a.ModeIn(want) == kind.Exact {
			for _, id := range without(strs(prior[a.Name]), now) {
				leaves(strings.ToLower(group), id)
			}
		}
	}
}

// warnOfLoss says which rules no longer leave out an account that leaves a group.
func (r *object) warnOfLoss(ctx context.Context, prior kind.Values, group, member string, diags *diag.Diagnostics) {
	rules, err := r.tenant.inForce(ctx, "", "")
	if err != nil {
		return // the plan of each rule tells that it could not be read
	}
	people, _ := r.tenant.breakGlass(ctx)
	for _, x := range rules {
		of := false
		x.kind.References(x.values, func(_ string, a *kind.Attr, _ *kind.Ref, id string) { of = of || a.Exempts && id == group })
		for _, p := range people {
			if of && p.ID == member && !x.kind.Exempts(x.values, r.tenant.now(p.Who)) {
				diags.AddWarning(r.title(prior)+" takes an exemption from "+p.String(),
					fmt.Sprintf("The %s %q leaves out the group %s, to which the account does not belong after the apply.", x.kind.Title, x.name, group))
			}
		}
	}
}
