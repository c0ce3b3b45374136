package emulator

import (
	"reflect"
	"slices"
	"strings"
)

// App roles and permission scopes of an application, which Entra keeps together as its
// entitlements.

// entitlement is what a role and a scope have in common.
type entitlement struct {
	id, value   string
	name, about any
	enabled     bool
}

// checkEntitlements holds app roles and scopes against each other: ids are unique in
// their list, values over both. A role and a scope may be one entitlement, with the same
// id, if all that they have in common is the same.
func checkEntitlements(o *object) *graphError {
	roles, gerr := entitlements(list(o.body["appRoles"]), "displayName", "description")
	if gerr != nil {
		return gerr
	}
	scopes, gerr := entitlements(list(nested(o.body, "api")["oauth2PermissionScopes"]), "adminConsentDisplayName", "adminConsentDescription")
	if gerr != nil {
		return gerr
	}
	for _, r := range roles {
		for _, s := range scopes {
			switch {
			case r == s:
			case r.id == s.id:
				return badRequest("The app role and the permission scope with the id '%s' must have the same value, display name, description and isEnabled.", r.id)
			case r.value != "" && r.value == s.value:
				return duplicateValue(r.value)
			}
		}
	}
	return checkRoles(list(o.body["appRoles"]))
}

// entitlements reads one of the lists and completes it.
func entitlements(entries []any, name, about string) ([]entitlement, *graphError) {
	var out []entitlement
	for _, v := range entries {
		b := v.(body)
		id, _ := b["id"].(string)
		value, _ := b["value"].(string)
		enabled, _ := b["isEnabled"].(bool)
		e := entitlement{id: strings.ToLower(id), value: value, name: b[name], about: b[about], enabled: enabled}
		switch {
		case id == "":
			return nil, badRequest("A value is required for property 'id' of an app role or permission scope.")
		case b["origin"] != nil:
			return nil, badRequest("Property 'origin' is read-only and cannot be set.")
		}
		for _, other := range out {
			if other.id == e.id {
				return nil, badRequest("Request contains a property with duplicate values.")
			}
			if value != "" && other.value == value {
				return nil, duplicateValue(value)
			}
		}
		b["isEnabled"] = enabled
		out = append(out, e)
	}
	return out, nil
}

func duplicateValue(value string) *graphError {
	return badRequest("Property value cannot have duplicate values: '%s'.", value)
}

func checkRoles(roles []any) *graphError {
	for _, r := range roles {
		role := r.(body)
		if role["displayName"] == nil || len(list(role["allowedMemberTypes"])) == 0 {
			return badRequest("An app role needs a displayName and allowedMemberTypes.")
		}
		for _, m := range list(role["allowedMemberTypes"]) {
			if m != "User" && m != "Application" {
				return badRequest("Invalid value specified for property 'allowedMemberTypes' of resource 'AppRole'.")
			}
		}
	}
	return nil
}

// checkDisabledFirst refuses to drop an enabled role or scope, or to change its value.
func checkDisabledFirst(old, next any) *graphError {
	for _, o := range list(old) {
		before := o.(body)
		if before["isEnabled"] != true {
			continue
		}
		at := slices.IndexFunc(list(next), func(n any) bool { return same(n.(body)["id"], before["id"]) })
		if at < 0 || !reflect.DeepEqual(list(next)[at].(body)["value"], before["value"]) {
			return &graphError{Status: 400, Code: "CannotDeleteOrUpdateEnabledEntitlement",
				Message: "Permission (scope or role) cannot be deleted or updated unless disabled first."}
		}
	}
	return nil
}

// checkPreAuthorized: a client is pre-authorized for permissions that the application has
// already; those of the same request do not count.
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/20177
func checkPreAuthorized(old *object, sent body) *graphError {
	known := map[string]bool{}
	if old != nil {
		for _, v := range list(nested(old.body, "api")["oauth2PermissionScopes"]) {
			known[strings.ToLower(textOf(v.(body)["id"]))] = true
		}
	}
	for _, v := range list(nested(sent, "api")["preAuthorizedApplications"]) {
		client, _ := v.(body)
		for _, id := range list(client["delegatedPermissionIds"]) {
			if !known[strings.ToLower(textOf(id))] {
				return &graphError{Status: 400, Code: "InvalidValue", Message: "Property api.preAuthorizedApplications.delegatedPermissionIds has a Permission Id that cannot be found in the AppPermissions sets."}
			}
		}
	}
	return nil
}
