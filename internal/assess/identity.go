package assess

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Identity is who would recover: whoever this program is signed in as.
type Identity struct {
	Known       bool     `json:"known"` // false where the token does not tell
	Application bool     `json:"application"`
	AppID       string   `json:"appId,omitempty"`
	ObjectID    string   `json:"objectId,omitempty"`
	Permissions []string `json:"permissions"`
}

// identity finds what in the code this identity could not restore.
func (a *assessor) identity(ctx context.Context) error {
	who, err := a.client.Identity(ctx)
	if err != nil {
		return err
	}
	a.report.Identity = Identity{who.Known, who.Application, who.AppID, who.ObjectID, append([]string{}, who.Permissions...)}
	if who.Known {
		a.permissions(who)
	}
	if err := a.restrictedUnits(ctx, who); err != nil {
		return err
	}
	return a.protectedActions(ctx)
}

// permissions compares the token with what the tables say that a write needs.
func (a *assessor) permissions(who graph.Identity) {
	for _, k := range catalog.All() {
		if !k.Managed() {
			continue
		}
		for _, written := range k.Write {
			permission, of, qualified := strings.Cut(strings.TrimSuffix(written, ")"), " (")
			objects, why := a.ofKind(k.Name), ""
			switch {
			case qualified && of == "delegated":
				if !who.Application && holds(who.Permissions, permission) {
					continue
				}
				why = "Microsoft Graph lets people write " + k.Plural + " and no application: a person with " + permission + " must do it"
			case holds(who.Permissions, permission):
				continue
			case qualified:
				objects, why = a.roleAssignable(k), "the token lacks "+permission+", which "+of+" need"
			default:
				why = "the token lacks " + permission
			}
			a.obstacle(Obstacle{Reason: why, Todo: "Grant " + permission, Kind: k.Name, Objects: objects})
		}
	}
}

func (a *assessor) obstacle(o Obstacle) {
	if len(o.Objects) > 0 {
		a.report.CannotRestore = append(a.report.CannotRestore, o)
	}
}

// holds tells whether permissions include one: itself, or one to write what it reads.
// What Directory.ReadWrite.All permits beyond reading differs from request to request, so
// that it is taken for no other permission to write.
func holds(permissions []string, want string) bool {
	wider := []string{want}
	if strings.Contains(want, ".Read.") {
		wider = append(wider, strings.Replace(want, ".Read.", ".ReadWrite.", 1), "Directory.Read.All", "Directory.ReadWrite.All")
		if strings.HasPrefix(want, "Policy.") {
			wider = wider[:2]
		}
	}
	return slices.ContainsFunc(wider, func(p string) bool { return slices.Contains(permissions, p) })
}

// ofKind returns the objects of a kind in the code.
func (a *assessor) ofKind(name string) []Ref {
	var out []Ref
	for _, x := range a.code.Objects {
		if x.Kind == name {
			out = append(out, refTo(x))
		}
	}
	return out
}

// roleAssignable returns the objects of a kind in the code that are role-assignable
// groups, or belong to one, live or in the recycle bin.
func (a *assessor) roleAssignable(k *kind.Kind) []Ref {
	var groups []string
	s := a.survey.Of("group")
	for _, x := range append(slices.Clone(s.Objects), s.Binned...) {
		if x.Values["is_assignable_to_role"] == true {
			groups = append(groups, x.ID)
		}
	}
	return slices.DeleteFunc(a.ofKind(k.Name), func(r Ref) bool {
		first, _, _ := strings.Cut(r.ID, "/")
		return !slices.Contains(groups, first)
	})
}

// restrictedUnits finds what is in the code and in a unit with restricted management, in
// which nobody changes anything without a role over the unit.
// https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management
func (a *assessor) restrictedUnits(ctx context.Context, who graph.Identity) error {
	var units []*export.Found
	var parts []graph.Request
	for _, x := range a.survey.Of("administrative_unit").Objects {
		if x.Values["is_member_management_restricted"] == true {
			units = append(units, x)
			parts = append(parts, graph.Request{Path: "/directory/administrativeUnits" + graph.Path(x.ID) + "/members", Query: map[string]string{"$select": "id", "$top": "999"}})
		}
	}
	members, err := a.client.Lists(ctx, graph.V1, parts)
	if err != nil {
		return fmt.Errorf("could not read the members of units with restricted management: %w", err)
	}
	for i, unit := range units {
		if members[i].Err != nil {
			if err := a.unread(fmt.Sprintf("the members of the administrative unit %q", unit.Label), members[i].Err, "AdministrativeUnit.Read.All"); err != nil {
				return err
			}
			continue
		}
		var objects []Ref
		for _, m := range members[i].Rows {
			for _, name := range []string{"user", "group"} {
				if c := a.inCode[name+" "+strings.ToLower(str(m["id"]))]; c != nil {
					objects = append(objects, refTo(*c))
				}
			}
		}
		over, err := a.hasRoleOver(ctx, who, unit.ID)
		if err != nil {
			return err
		}
		if !over && len(objects) > 0 {
			why := fmt.Sprintf("in the administrative unit %q with restricted management, and this identity has no role over it", unit.Label)
			if !who.Known {
				why = fmt.Sprintf("in the administrative unit %q with restricted management; whether this identity has a role over it is not known", unit.Label)
			}
			a.obstacle(Obstacle{Reason: why, Todo: "Assign it a role with the unit as its scope", Kind: objects[0].Kind, Objects: objects})
		}
	}
	return nil
}

// hasRoleOver tells whether the identity, or a group that it is in, has a role over a unit.
func (a *assessor) hasRoleOver(ctx context.Context, who graph.Identity, unit string) (bool, error) {
	var holders []string
	for _, b := range a.survey.Of("directory_role_assignment").Bodies {
		if strings.EqualFold(str(b["directoryScopeId"]), "/administrativeUnits/"+unit) {
			if holder := str(b["principalId"]); strings.EqualFold(holder, who.ObjectID) {
				return true, nil
			} else if !slices.Contains(holders, holder) {
				holders = append(holders, holder)
			}
		}
	}
	if len(holders) == 0 || who.ObjectID == "" {
		return false, nil
	}
	in, err := a.client.Do(ctx, graph.Request{Method: "POST", Path: "/directoryObjects" + graph.Path(who.ObjectID) + "/checkMemberObjects",
		Body: graph.Body{"ids": holders[:min(len(holders), 20)]}, Idempotent: true}) // Graph takes no more than twenty
	if err != nil {
		return false, a.unread("in which groups this identity is", err, "Directory.Read.All")
	}
	list, _ := in.Body["value"].([]any)
	return len(list) > 0, nil
}

// protectedActions finds the actions that ask for an authentication context, which an
// application's sign-in never satisfies.
func (a *assessor) protectedActions(ctx context.Context) error {
	var parts []graph.Request
	var of []*kind.Kind
	var actions []string
	for _, k := range catalog.All() {
		for _, action := range k.Protectable {
			if len(a.ofKind(k.Name)) > 0 {
				of, actions = append(of, k), append(actions, action)
				parts = append(parts, graph.Request{Path: "/roleManagement/directory/resourceNamespaces/microsoft.directory/resourceActions" + graph.Path(kind.ActionID(action))})
			}
		}
	}
	results, err := a.client.Batch(ctx, graph.Beta, parts)
	if err != nil {
		return fmt.Errorf("could not read which actions are protected: %w", err)
	}
	for i, r := range results {
		if r.Err != nil {
			if err := a.unread("whether the action "+actions[i]+" is protected", r.Err, "RoleManagement.Read.Directory"); err != nil {
				return err
			}
			continue
		}
		if context := str(r.Response.Body["authenticationContextId"]); context != "" {
			a.obstacle(Obstacle{Kind: of[i].Name, Objects: a.ofKind(of[i].Name),
				Reason: fmt.Sprintf("the action %s is protected: it asks for authentication context %s, which no application satisfies", actions[i], context),
				Todo:   "A person who satisfies the context applies, or takes the protection off for the recovery"})
		}
	}
	return nil
}
