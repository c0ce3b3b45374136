package main

import (
	"context"
	"fmt"
	"time"
)

// What a tenant holds: the objects that code manages, and those around them.

const (
	members     = 10 // of a group
	manyMembers = 50 // of one group in fifty
)

// populate generates what code will manage. The users are ten for each group of the directory
// at most, and enough for a tenant of the largest size class.
func (t *tenant) populate(ctx context.Context, s size, times int) error {
	err := t.send(ctx, "POST", "/_emulator/generate", object{
		"users": max(600, s.groups*times), "groups": s.groups, "membersPerGroup": members, "policies": s.policies,
		"namedLocations": s.locations, "applications": s.applications, "administrativeUnits": s.units}, nil)
	if err != nil {
		return err
	}
	groups, err := t.list(ctx, "/v1.0/groups?$select=id,groupTypes,isAssignableToRole&$top=999")
	if err != nil {
		return err
	}
	users, err := t.list(ctx, fmt.Sprintf("/v1.0/users?$select=id&$top=%d", 2*manyMembers))
	if err != nil {
		return err
	}
	for i := 0; i < len(groups); i += 50 {
		if hasType(groups[i], "DynamicMembership") {
			continue
		}
		if err := t.fill(ctx, fmt.Sprint(groups[i]["id"]), users); err != nil {
			return err
		}
	}
	return nil
}

func hasType(group object, name string) bool {
	types, _ := group["groupTypes"].([]any)
	for _, t := range types {
		if t == name {
			return true
		}
	}
	return false
}

// fill adds members until there are many.
func (t *tenant) fill(ctx context.Context, group string, users []object) error {
	there, err := t.list(ctx, "/v1.0/groups/"+group+"/members?$select=id")
	if err != nil {
		return err
	}
	has := map[any]bool{}
	for _, m := range there {
		has[m["id"]] = true
	}
	var links []any
	for _, u := range users {
		if !has[u["id"]] && len(there)+len(links) < manyMembers {
			links = append(links, t.link(u["id"]))
		}
	}
	for len(links) > 0 {
		n := min(20, len(links))
		if err := t.send(ctx, "PATCH", "/v1.0/groups/"+group, object{"members@odata.bind": links[:n]}, nil); err != nil {
			return err
		}
		links = links[n:]
	}
	return nil
}

func (t *tenant) link(id any) string {
	return fmt.Sprintf("%s/v1.0/directoryObjects/%v", t.env["ENTRA_GRAPH_ENDPOINT"], id)
}

// surround adds objects that no code manages, until the directory is so many times as large.
func (t *tenant) surround(ctx context.Context, s size, times int) error {
	users, err := t.list(ctx, "/v1.0/users?$select=id&$top=999")
	if err != nil {
		return err
	}
	var parts, principals []part
	for i := range s.groups * (times - 1) {
		var links []any
		for m := range members {
			links = append(links, t.link(users[(i*members+m)%len(users)]["id"]))
		}
		parts = append(parts, partOf("POST", "/groups", object{"displayName": fmt.Sprintf("Other group %d", i), "mailEnabled": false,
			"mailNickname": fmt.Sprintf("other%d", i), "securityEnabled": true, "members@odata.bind": links}))
	}
	for i := range s.units * (times - 1) {
		parts = append(parts, partOf("POST", "/directory/administrativeUnits", object{"displayName": fmt.Sprintf("Other unit %d", i)}))
	}
	if _, err := t.batch(ctx, parts); err != nil {
		return err
	}
	parts = nil
	for i := range s.applications * (times - 1) {
		parts = append(parts, partOf("POST", "/applications", object{"displayName": fmt.Sprintf("Other application %d", i), "signInAudience": "AzureADMyOrg"}))
	}
	made, err := t.batch(ctx, parts)
	if err != nil {
		return err
	}
	for _, app := range made {
		principals = append(principals, partOf("POST", "/servicePrincipals", object{"appId": app["appId"]}))
	}
	_, err = t.batch(ctx, principals)
	return err
}

// collections are the addresses of the kinds, in an order in which nothing is deleted that
// something else refers to. A service principal goes with its application.
var collections = []struct{ kind, path string }{
	{"conditional_access_policy", "/identity/conditionalAccess/policies"},
	{"named_location", "/identity/conditionalAccess/namedLocations"},
	{"administrative_unit", "/directory/administrativeUnits"},
	{"application", "/applications"},
	{"group", "/groups"},
}

// purge deletes objects, whose ids are given by kind, and lets the recycle bins run out.
func (t *tenant) purge(ctx context.Context, ids map[string][]string) error {
	for _, c := range collections {
		var untrust, remove []part
		for _, id := range ids[c.kind] {
			if c.kind == "named_location" {
				var location object
				if err := t.send(ctx, "GET", "/v1.0"+c.path+"/"+id, nil, &location); err != nil {
					return err
				}
				if location["isTrusted"] == true {
					untrust = append(untrust, partOf("PATCH", c.path+"/"+id, object{"@odata.type": location["@odata.type"], "isTrusted": false}))
				}
			}
			remove = append(remove, partOf("DELETE", c.path+"/"+id, nil))
		}
		for _, parts := range [][]part{untrust, remove} {
			if _, err := t.batch(ctx, parts); err != nil {
				return err
			}
		}
	}
	return t.advance(ctx, 31*24*time.Hour)
}

// census counts what the floor depends on.
func (t *tenant) census(ctx context.Context, managed map[string][]string) (census, error) {
	c := census{kinds: map[string]kindCount{}, settling: 0}
	for _, k := range append(collections, struct{ kind, path string }{"service_principal", "/servicePrincipals"}) {
		all, err := t.list(ctx, "/v1.0"+k.path)
		if err != nil {
			return c, err
		}
		c.kinds[k.kind] = kindCount{managed: len(managed[k.kind]), listed: len(all)}
		isManaged := map[any]bool{}
		for _, id := range managed[k.kind] {
			isManaged[id] = true
		}
		for _, o := range all {
			switch {
			case !isManaged[o["id"]]:
			case k.kind == "conditional_access_policy" && settles(o):
				c.settling++
			case k.kind == "group" && hasType(o, "DynamicMembership"):
				c.dynamic++
			}
		}
	}
	for _, id := range managed["group"] {
		if all, err := t.list(ctx, "/v1.0/groups/"+id+"/members?$select=id&$top=999"); err != nil {
			return c, err
		} else if n := len(all); n > 20 {
			c.binds += pages(n-20, 20)
		}
	}
	return c, nil
}

// settles tells whether a policy that is made anew needs two writes: it is enabled once what
// it excludes, made in the same run, can be read.
func settles(policy object) bool {
	conditions, _ := policy["conditions"].(object)
	users, _ := conditions["users"].(object)
	locations, _ := conditions["locations"].(object)
	groups, _ := users["excludeGroups"].([]any)
	places, _ := locations["excludeLocations"].([]any)
	return policy["state"] == "enabled" && len(groups)+len(places) > 0
}
