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

// The crown jewels: what decides who rules the tenant.

const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// Tier0Roles are the built-in roles with which one can make oneself or others Global
// Administrator, or take the protection off that keeps others from it, by template id.
// https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions
var Tier0Roles = map[string]string{
	globalAdministrator:                    "Global Administrator",
	"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
	"7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
	"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
	"194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
	"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
	"158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
	"8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
	"e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": "Partner Tier2 Support",
}

// Tier0AppRoles are the permissions of Microsoft Graph with which an application can do
// the same.
// https://learn.microsoft.com/graph/permissions-reference
var Tier0AppRoles = []string{
	"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.ReadWrite.All", "Domain.ReadWrite.All",
	"EntitlementManagement.ReadWrite.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All", "Organization.ReadWrite.All",
	"Policy.ReadWrite.AuthenticationMethod", "Policy.ReadWrite.ConditionalAccess", "Policy.ReadWrite.PermissionGrant",
	"PrivilegedAccess.ReadWrite.AzureADGroup", "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup", "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
	"RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory",
	"RoleManagementPolicy.ReadWrite.Directory", "User.DeleteRestore.All", "User.ReadWrite.All",
	"UserAuthenticationMethod.ReadWrite.All",
}

// Critical is one entry of the file that `export --critical` reads.
type Critical struct {
	Kind, ID, Name string
	Why            []string
}

// Suggestion is the file, and what it could not take into account.
type Suggestion struct {
	Entries []Critical
	Unread  []Unread
}

// SuggestCritical looks for role-assignable groups, groups that policies leave out, and the
// holders of tier-0 roles and app roles.
func SuggestCritical(ctx context.Context, client *graph.Client, o Options) (*Suggestion, error) {
	a, err := begin(ctx, client, o)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"group", "conditional_access_policy", "directory_role_assignment", "service_principal", "app_role_assignment", "application", "user"} {
		if s := a.survey.Of(name); s.Err != nil {
			a.note(s.Kind.Plural, s.Err, s.Kind.Read)
		}
	}
	c := &suggesting{assessor: a, byID: map[string]*Critical{}}
	c.index()
	c.groups()
	if err := c.holders(ctx); err != nil {
		return nil, err
	}
	c.appRoles()
	out := &Suggestion{Unread: a.report.Unread}
	for _, e := range c.byID {
		out.Entries = append(out.Entries, *e)
	}
	sort.Slice(out.Entries, func(i, j int) bool {
		x, y := out.Entries[i], out.Entries[j]
		return x.Kind+"\x00"+x.Name+"\x00"+x.ID < y.Kind+"\x00"+y.Name+"\x00"+y.ID
	})
	return out, nil
}

type suggesting struct {
	*assessor
	byID  map[string]*Critical
	known map[string]Critical // everybody who can hold something: kind and name by id
	apps  map[string]Critical // applications by client id
}

// index notes who there is, also of those that code cannot hold.
func (c *suggesting) index() {
	c.known, c.apps = map[string]Critical{}, map[string]Critical{}
	for _, name := range []string{"user", "group", "service_principal", "application"} {
		s := c.survey.Of(name)
		all := s.Bodies
		for _, x := range s.Binned { // a restore brings them back as they were
			all = append(slices.Clip(all), x.Body)
		}
		for _, b := range all {
			x := Critical{Kind: name, ID: s.Kind.Life.ID(str(b["id"])), Name: str(b[s.Kind.Attr(s.Kind.Label).Property])}
			c.known[x.ID] = x
			if name == "application" {
				c.apps[strings.ToLower(str(b["appId"]))] = x
			}
		}
	}
}

func (c *suggesting) add(x Critical, why string) {
	if c.byID[x.ID] == nil {
		c.byID[x.ID] = &Critical{Kind: x.Kind, ID: x.ID, Name: x.Name}
	}
	if e := c.byID[x.ID]; !slices.Contains(e.Why, why) {
		e.Why = append(e.Why, why)
	}
}

func (c *suggesting) groups() {
	s := c.survey.Of("group")
	for _, x := range append(slices.Clone(s.Objects), s.Binned...) {
		if x.Values["is_assignable_to_role"] == true {
			c.add(c.known[x.ID], "role-assignable")
		}
	}
	for _, p := range c.survey.Of("conditional_access_policy").Objects {
		excluded, _ := p.Values.At("conditions.users.exclude_groups").([]string)
		for _, id := range excluded {
			if x, there := c.known[id]; there {
				c.add(x, fmt.Sprintf("left out by the policy %q", p.Label))
			}
		}
	}
}

// holders adds who has a tier-0 role, or may activate one.
func (c *suggesting) holders(ctx context.Context) error {
	add := func(b kind.Body, how string) {
		if role := Tier0Roles[strings.ToLower(str(b["roleDefinitionId"]))]; role != "" {
			if x, there := c.known[strings.ToLower(str(b["principalId"]))]; there {
				c.holds(x, how+role)
			}
		}
	}
	for _, b := range c.survey.Of("directory_role_assignment").Bodies {
		add(b, "has the role ")
	}
	const eligible = "/roleManagement/directory/roleEligibilityScheduleInstances"
	err := c.client.List(ctx, graph.V1, eligible, nil, func(b kind.Body) error { add(b, "may activate the role "); return nil })
	if graph.HasCode(err, "AadPremiumLicenseRequired") {
		return nil // nobody is eligible without the licence
	}
	return c.unread("who may activate roles", err, "RoleEligibilitySchedule.Read.Directory")
}

// holds adds somebody who holds something, and the application behind a service principal:
// whoever rules one rules the other.
func (c *suggesting) holds(x Critical, why string) {
	c.add(x, why)
	if x.Kind != "service_principal" {
		return
	}
	for _, b := range c.survey.Of("service_principal").Bodies {
		if app, own := c.apps[strings.ToLower(str(b["appId"]))]; own && strings.EqualFold(str(b["id"]), x.ID) {
			c.add(app, "its service principal "+why)
		}
	}
}

const microsoftGraph = "00000003-0000-0000-c000-000000000000"

// appRoles adds the applications that have tier-0 permissions.
func (c *suggesting) appRoles() {
	names := map[string]string{} // of Microsoft Graph's app roles, by id
	graphItself := ""
	for _, b := range c.survey.Of("service_principal").Bodies {
		if strings.EqualFold(str(b["appId"]), microsoftGraph) {
			graphItself = strings.ToLower(str(b["id"]))
			for _, role := range bodies(b["appRoles"]) {
				names[strings.ToLower(str(role["id"]))] = str(role["value"])
			}
		}
	}
	for _, b := range c.survey.Of("app_role_assignment").Bodies {
		name := names[strings.ToLower(str(b["appRoleId"]))]
		if strings.EqualFold(str(b["resourceId"]), graphItself) && slices.Contains(Tier0AppRoles, name) {
			if x, there := c.known[strings.ToLower(str(b["principalId"]))]; there {
				c.holds(x, "has the permission "+name)
			}
		}
	}
}

// File is the suggestion as `export --critical` reads it: an entry a line, comments apart.
func (s *Suggestion) File() string {
	var b strings.Builder
	b.WriteString("# What decides who rules the tenant: role-assignable groups, groups that Conditional Access leaves out,\n# and whoever holds one of these roles or permissions. Read it before you use it: export --critical FILE.\n")
	roles := []string{}
	for _, name := range Tier0Roles {
		roles = append(roles, name)
	}
	slices.Sort(roles)
	fmt.Fprintf(&b, "# Roles: %s.\n# Permissions of Microsoft Graph: %s.\n", strings.Join(roles, ", "), strings.Join(Tier0AppRoles, ", "))
	for _, u := range s.Unread {
		fmt.Fprintf(&b, "# Not read, so that something may be missing: %s\n", oneLine(u.String()))
	}
	for _, e := range s.Entries {
		why := e.Why
		if len(why) > maxWhy {
			why = append(slices.Clone(why[:maxWhy]), fmt.Sprintf("and %d more", len(e.Why)-maxWhy))
		}
		fmt.Fprintf(&b, "\n# %s: %s\n%s:%s\n", oneLine(e.Name), oneLine(strings.Join(why, ", ")), e.Kind, e.ID)
	}
	return b.String()
}

// maxWhy is how many reasons a comment names.
const maxWhy = 4

// oneLine keeps what people wrote from ending a comment, or from steering a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
