package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// The Microsoft Graph permissions that applications have: app roles of Microsoft Graph's
// service principal, assigned to theirs.

// rolesOf lists the values of the resource's app roles that a service principal was
// assigned, in alphabetical order.
func (t *Tenant) rolesOf(principal, resource *object) []string {
	values := map[string]string{}
	for _, r := range list(t.appRolesOf(resource)) {
		role, _ := r.(body)
		if role["isEnabled"] == true && contains(role["allowedMemberTypes"], "Application") {
			values[strings.ToLower(textOf(role["id"]))] = textOf(role["value"])
		}
	}
	var out []string
	t.shelf("appRoleAssignment").each(func(o *object) bool {
		if strings.EqualFold(o.text("principalId"), principal.id) && strings.EqualFold(o.text("resourceId"), resource.id) {
			if value := values[strings.ToLower(o.text("appRoleId"))]; value != "" {
				out = append(out, value)
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// graphRoles are the app roles of Microsoft Graph, by value.
func (t *Tenant) graphRoles() (graph *object, ids map[string]string) {
	ids = map[string]string{}
	if graph = t.byProperty("servicePrincipal", "appId", microsoftGraph); graph == nil {
		return nil, ids
	}
	for _, r := range list(graph.body["appRoles"]) {
		if role, isObject := r.(body); isObject {
			ids[textOf(role["value"])] = textOf(role["id"])
		}
	}
	return graph, ids
}

// grant gives a service principal exactly these permissions of Microsoft Graph; nil is
// all that any request needs.
func (t *Tenant) grant(principal *object, permissions []string) error {
	graph, ids := t.graphRoles()
	if graph == nil {
		return fmt.Errorf("the tenant has no service principal of Microsoft Graph")
	}
	if permissions == nil {
		permissions = slices.DeleteFunc(knownPermissions(), func(p string) bool { return ids[p] == "" })
	}
	for _, value := range permissions {
		if ids[value] == "" {
			return fmt.Errorf("Microsoft Graph has no application permission %q", value)
		}
	}
	shelf := t.shelf("appRoleAssignment")
	for _, o := range shelf.all(false) {
		if o.text("principalId") == principal.id && o.text("resourceId") == graph.id {
			shelf.drop(o.id)
		}
	}
	for _, value := range permissions {
		o := &object{typ: "appRoleAssignment", id: assignmentID(principal.id), body: body{
			"principalId": principal.id, "principalType": "ServicePrincipal", "resourceId": graph.id, "appRoleId": ids[value],
			"createdDateTime": preciseTimestamp(t.now())}}
		shelf.put(o)
	}
	return nil
}
