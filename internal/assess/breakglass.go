package assess

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Who could still sign in when everything else is lost.

// BreakGlass is whether there are accounts for emergencies. Two good ones are the least.
// https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
type BreakGlass struct {
	Good     int       `json:"good"`
	Enforced int       `json:"enforcedPolicies"` // Conditional Access policies in the state enabled
	Accounts []Account `json:"accounts"`
	Sentence string    `json:"sentence"`
}

// Account is one that was named, or that every enforced policy for all users leaves out.
type Account struct {
	ID      string   `json:"id"`
	Name    string   `json:"userPrincipalName"`
	Named   bool     `json:"named"`     // by --break-glass or the provider block
	Cloud   bool     `json:"cloudOnly"` // not synchronized from on-premises, and no guest
	Enabled bool     `json:"enabled"`
	Global  bool     `json:"globalAdministrator"` // for good, not by an activation
	Reached []string `json:"reachedBy"`           // enforced policies that cover the account and do not leave it out
	Address string   `json:"address,omitempty"`   // in the code, where it should not be
	Good    bool     `json:"good"`
	Why     []string `json:"why"`   // it is not good
	Notes   []string `json:"notes"` // what else is to be said of it
}

// maxCandidates bounds whose memberships are read.
const maxCandidates = 100

// policy is an enforced policy, as far as people are concerned.
type policy struct {
	name string
	v    kind.Values // its conditions on users
}

func (p policy) set(name string) []string { s, _ := p.v[name].([]string); return s }

// breakGlass finds the accounts for emergencies and judges them.
func (a *assessor) breakGlass(ctx context.Context) error {
	a.report.BreakGlass.Accounts = []Account{}
	s := a.survey.Of("conditional_access_policy")
	if !s.Read() {
		a.report.BreakGlass.Sentence = "Conditional Access could not be read, so it is not known whom the policies leave out."
		return nil
	}
	var enforced []policy
	for _, x := range s.Objects {
		users, _ := x.Values.At("conditions.users").(kind.Values)
		if p := (policy{x.Label, users}); x.Values["state"] == "enabled" && users != nil && !slices.Equal(p.set("include_users"), []string{"None"}) {
			enforced = append(enforced, p)
		}
	}
	out := &a.report.BreakGlass
	out.Enforced = len(enforced)
	named := a.named()
	candidates, err := a.candidates(ctx, enforced)
	if err != nil {
		return err
	}
	for _, id := range named {
		if !slices.Contains(candidates, id) {
			candidates = append(candidates, id)
		}
	}
	more := ""
	if len(candidates) > maxCandidates {
		more = fmt.Sprintf(" Only %d of %d accounts that all policies leave out were looked at.", maxCandidates, len(candidates))
		candidates = candidates[:maxCandidates]
	}
	accounts, err := a.accounts(ctx, candidates)
	if err != nil {
		return err
	}
	for _, x := range accounts {
		x.Named = slices.Contains(named, x.ID)
		x.judge(enforced)
		if x.Good {
			out.Good++
		}
		out.Accounts = append(out.Accounts, x.Account)
	}
	sort.SliceStable(out.Accounts, func(i, j int) bool { return out.Accounts[i].Good && !out.Accounts[j].Good })
	switch {
	case out.Good >= 2:
		out.Sentence = fmt.Sprintf("%d accounts for emergencies could still sign in.", out.Good)
	case len(enforced) == 0 && len(named) == 0:
		out.Sentence = "No policy is enforced, so no exclusion tells which accounts are for emergencies: name them with --break-glass."
	default:
		out.Sentence = fmt.Sprintf("%d good accounts for emergencies: there should be at least two, cloud-only, enabled, and left out of every enforced policy.", out.Good)
	}
	out.Sentence += more
	return nil
}

// candidates are the users that every enforced policy for all users leaves out,
// themselves or through a group. Where there is no such policy, nobody is.
func (a *assessor) candidates(ctx context.Context, enforced []policy) ([]string, error) {
	groups := map[string][]string{}
	var ids []string
	for _, p := range enforced {
		for _, id := range p.set("exclude_groups") {
			if _, known := groups[id]; !known && slices.Contains(p.set("include_users"), "All") {
				groups[id], ids = nil, append(ids, id)
			}
		}
	}
	parts := make([]graph.Request, 0, len(ids))
	for _, id := range ids {
		parts = append(parts, graph.Request{Path: "/groups" + graph.Path(id) + "/transitiveMembers/microsoft.graph.user", Query: map[string]string{"$select": "id", "$top": "999"}})
	}
	lists, err := a.client.Lists(ctx, graph.V1, parts)
	if err != nil {
		return nil, fmt.Errorf("could not read the members of the groups that policies leave out: %w", err)
	}
	for i, l := range lists {
		if graph.IsNotFound(l.Err) {
			continue // a group that is gone has no members
		}
		if err := a.unread("the members of group "+ids[i]+", which policies leave out", l.Err, "GroupMember.Read.All"); err != nil {
			return nil, err
		}
		for _, b := range l.Rows {
			groups[ids[i]] = append(groups[ids[i]], strings.ToLower(str(b["id"])))
		}
	}
	var common []string
	first := true
	for _, p := range enforced {
		if !slices.Contains(p.set("include_users"), "All") {
			continue
		}
		var out []string
		for _, id := range p.set("exclude_users") {
			if kind.IsGUID(id) {
				out = append(out, strings.ToLower(id))
			}
		}
		for _, g := range p.set("exclude_groups") {
			out = append(out, groups[g]...)
		}
		if first {
			common, first = out, false
			continue
		}
		common = slices.DeleteFunc(common, func(id string) bool { return !slices.Contains(out, id) })
	}
	slices.Sort(common)
	return slices.Compact(common), nil
}

// looked is an account with what decides whether a policy covers it.
type looked struct {
	Account
	groups, roles []string
	guest, unread bool
}

// accounts reads the users and what they are members of.
func (a *assessor) accounts(ctx context.Context, ids []string) ([]*looked, error) {
	var users, memberships []graph.Request
	for _, id := range ids {
		users = append(users, graph.Request{Path: "/users" + graph.Path(id), Query: map[string]string{"$select": "id,userPrincipalName,accountEnabled,onPremisesSyncEnabled,userType"}})
		memberships = append(memberships, graph.Request{Path: "/users" + graph.Path(id) + "/transitiveMemberOf", Query: map[string]string{"$select": "id", "$top": "999"}})
	}
	found, err := a.client.Batch(ctx, graph.V1, users)
	if err != nil {
		return nil, fmt.Errorf("could not read the accounts for emergencies: %w", err)
	}
	groups, err := a.client.Lists(ctx, graph.V1, memberships)
	if err != nil {
		return nil, fmt.Errorf("could not read what the accounts for emergencies are members of: %w", err)
	}
	var out []*looked
	for i, id := range ids {
		x := &looked{Account: Account{ID: id, Reached: []string{}, Why: []string{}, Notes: []string{}}}
		switch r := found[i]; {
		case graph.IsNotFound(r.Err):
			x.Why = append(x.Why, "it does not exist")
		case r.Err != nil:
			if err := a.unread("the user "+id, r.Err, "User.Read.All"); err != nil {
				return nil, err
			}
			x.unread = true
		default:
			b := r.Response.Body
			x.Name, x.guest = str(b["userPrincipalName"]), str(b["userType"]) == "Guest"
			x.Cloud, x.Enabled = b["onPremisesSyncEnabled"] != true && !x.guest, b["accountEnabled"] == true
		}
		if err := groups[i].Err; err != nil && !graph.IsNotFound(err) {
			if err := a.unread("what the user "+id+" is a member of", err, "Directory.Read.All"); err != nil {
				return nil, err
			}
			x.unread = true
		}
		for _, b := range groups[i].Rows {
			x.groups = append(x.groups, strings.ToLower(str(b["id"])))
		}
		if c := a.inCode["user "+id]; c != nil {
			x.Address = c.Address
		}
		a.roles(x)
		out = append(out, x)
	}
	return out, nil
}

// roles notes the roles that somebody has over the whole tenant, and not by an activation.
func (a *assessor) roles(x *looked) {
	s := a.survey.Of("directory_role_assignment")
	x.unread = x.unread || s.Err != nil
	for _, o := range s.Objects {
		if principal := str(o.Values["principal_id"]); principal != x.ID && !slices.Contains(x.groups, principal) {
			continue
		}
		role := str(o.Values["role_definition_id"])
		x.roles = append(x.roles, role)
		x.Global = x.Global || role == globalAdministrator && str(o.Body["directoryScopeId"]) == "/"
	}
}

// covers tells whether a policy covers the account. What cannot be told from here, such as
// kinds of guests, counts as covered: an account for emergencies is no guest.
func (p policy) covers(x *looked) bool {
	either := func(set []string, ids []string) bool {
		return slices.ContainsFunc(set, func(id string) bool { return slices.Contains(ids, strings.ToLower(id)) })
	}
	if either(p.set("exclude_users"), []string{x.ID}) || either(p.set("exclude_groups"), x.groups) || either(p.set("exclude_roles"), x.roles) {
		return false
	}
	_, guests := p.v["include_guests_or_external_users"]
	return slices.Contains(p.set("include_users"), "All") || either(p.set("include_users"), []string{x.ID}) ||
		either(p.set("include_groups"), x.groups) || either(p.set("include_roles"), x.roles) || x.guest && guests
}

// judge says why an account is not good.
func (x *looked) judge(enforced []policy) {
	if len(x.Why) > 0 {
		return
	}
	if x.unread {
		x.Why = append(x.Why, "not all of it could be read")
	}
	for _, p := range enforced {
		if p.covers(x) {
			x.Reached = append(x.Reached, p.name)
		}
	}
	say := func(where *[]string, bad bool, what string) {
		if bad {
			*where = append(*where, what)
		}
	}
	say(&x.Why, !x.Cloud, "it is not an account of the cloud alone")
	say(&x.Why, !x.Enabled, "it is disabled")
	say(&x.Why, len(x.Reached) > 0, fmt.Sprintf("%d enforced policies cover it", len(x.Reached)))
	say(&x.Notes, !x.Global, "it is no Global Administrator for good, so it can sign in and not repair everything")
	say(&x.Notes, x.Address != "", "it is in the code as "+x.Address+", where a mistake reaches it")
	x.Good = len(x.Why) == 0
}

// securityDefaults reads whether they are on: policies are not enforced then, and the
// tenant refuses new ones.
func (a *assessor) securityDefaults(ctx context.Context) error {
	b, err := a.client.Get(ctx, graph.V1, "/policies/identitySecurityDefaultsEnforcementPolicy", nil)
	if err != nil {
		return a.unread("whether security defaults are on", err, "Policy.Read.All")
	}
	on, _ := b["isEnabled"].(bool)
	a.report.SecurityDefaults = &on
	return nil
}
