package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// Code for azuread from the objects of the tenant: policies, named locations and groups, in
// the attributes that both providers have, as JSON.

// peerWorkspace runs the engine with azuread, which signs in with the secret.
func (g *stage) peerWorkspace(dir string) tf.Workspace {
	w := g.workspace(dir, g.peer)
	for _, k := range []string{"ARM_METADATA_HOSTNAME", "ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET"} {
		w.Env[k] = g.tenant.env[k]
	}
	return w
}

// peerCode is the code as it grows.
type peerCode struct {
	resources map[string]object // by type and name
	imports   []object
	address   map[any]string // of what is managed, by id
}

// writePeerCode writes the code of what the stage manages, and its import blocks.
func (g *stage) writePeerCode(ctx context.Context, dir string) error {
	c := peerCode{resources: map[string]object{}, address: map[any]string{}}
	kinds := []struct{ kind, path, typ, id string }{
		{"group", "/groups", "azuread_group", "/groups/"},
		{"named_location", "/identity/conditionalAccess/namedLocations", "azuread_named_location", "/identity/conditionalAccess/namedLocations/"},
		{"conditional_access_policy", "/identity/conditionalAccess/policies", "azuread_conditional_access_policy", "/identity/conditionalAccess/policies/"},
	}
	for _, k := range kinds {
		for i, id := range g.ids[k.kind] {
			c.address[id] = fmt.Sprintf("%s.o%d", k.typ, i)
		}
	}
	for _, k := range kinds {
		all, err := g.tenant.list(ctx, "/v1.0"+k.path)
		if err != nil {
			return err
		}
		for _, o := range all {
			address, managed := c.address[o["id"]]
			if !managed {
				continue
			}
			var attributes object
			switch k.kind {
			case "group":
				attributes, err = g.peerGroup(ctx, c, o)
			case "named_location":
				attributes = peerLocation(o)
			default:
				attributes = c.policy(o)
			}
			if err != nil {
				return err
			}
			typ, name, _ := strings.Cut(address, ".")
			if c.resources[typ] == nil {
				c.resources[typ] = object{}
			}
			c.resources[typ][name] = attributes
			c.imports = append(c.imports, object{"to": address, "id": k.id + fmt.Sprint(o["id"])})
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for file, content := range map[string]object{
		"main.tf.json": {"terraform": object{"required_providers": object{"azuread": object{"source": "hashicorp/azuread"}}},
			"provider": object{"azuread": object{}}, "resource": c.resources},
		"imports.tf.json": {"import": c.imports},
	} {
		raw, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// refer replaces the ids of what is managed by references.
func (c peerCode) refer(ids []any) []any {
	var out []any
	for _, id := range ids {
		if address, managed := c.address[id]; managed {
			id = "${" + address + ".object_id}"
		}
		out = append(out, id)
	}
	return out
}

func (g *stage) peerGroup(ctx context.Context, c peerCode, o object) (object, error) {
	out := object{}
	for property, name := range map[string]string{"displayName": "display_name", "description": "description", "mailNickname": "mail_nickname",
		"mailEnabled": "mail_enabled", "securityEnabled": "security_enabled", "isAssignableToRole": "assignable_to_role"} {
		if v := o[property]; v != nil {
			out[name] = v
		}
	}
	if types, _ := o["groupTypes"].([]any); len(types) > 0 {
		out["types"] = types
	}
	relations := []string{"owners", "members"}
	if hasType(o, "DynamicMembership") {
		out["dynamic_membership"] = []any{object{"enabled": o["membershipRuleProcessingState"] == "On", "rule": o["membershipRule"]}}
		relations = relations[:1]
	}
	for _, relation := range relations {
		all, err := g.tenant.list(ctx, fmt.Sprintf("/v1.0/groups/%v/%s?$select=id", o["id"], relation))
		if err != nil {
			return nil, err
		}
		var ids []any
		for _, end := range all {
			ids = append(ids, end["id"])
		}
		if len(ids) > 0 {
			out[relation] = c.refer(ids)
		}
	}
	return out, nil
}

func peerLocation(o object) object {
	out := object{"display_name": o["displayName"]}
	if ranges, is := o["ipRanges"].([]any); is {
		var cidrs []any
		for _, r := range ranges {
			cidrs = append(cidrs, r.(object)["cidrAddress"])
		}
		out["ip"] = []any{object{"ip_ranges": cidrs, "trusted": o["isTrusted"]}}
	} else {
		out["country"] = []any{object{"countries_and_regions": o["countriesAndRegions"]}}
	}
	return out
}

func (c peerCode) policy(o object) object {
	out := object{"display_name": o["displayName"], "state": o["state"]}
	given, _ := o["conditions"].(object)
	conditions := object{"client_app_types": given["clientAppTypes"]}
	for _, block := range []string{"applications", "users", "locations", "platforms"} {
		if lists, is := given[block].(object); is {
			conditions[block] = []any{c.lists(lists)}
		}
	}
	out["conditions"] = []any{conditions}
	if grant, is := o["grantControls"].(object); is {
		block := object{"operator": grant["operator"]}
		if built, _ := grant["builtInControls"].([]any); len(built) > 0 {
			block["built_in_controls"] = built
		}
		if strength, is := grant["authenticationStrength"].(object); is {
			block["authentication_strength_policy_id"] = fmt.Sprint("/policies/authenticationStrengthPolicies/", strength["id"])
		}
		out["grant_controls"] = []any{block}
	}
	if session, is := o["sessionControls"].(object); is {
		if f, is := session["signInFrequency"].(object); is {
			out["session_controls"] = []any{object{"sign_in_frequency": f["value"], "sign_in_frequency_period": f["type"],
				"sign_in_frequency_interval": f["frequencyInterval"], "sign_in_frequency_authentication_type": f["authenticationType"]}}
		}
	}
	return out
}

var capital = regexp.MustCompile(`[A-Z]`)

// lists translates includeUsers to included_users, and so on.
func (c peerCode) lists(given object) object {
	out := object{}
	for property, v := range given {
		list, _ := v.([]any)
		name := capital.ReplaceAllStringFunc(property, func(s string) string { return "_" + strings.ToLower(s) })
		verb, rest, _ := strings.Cut(name, "_")
		if len(list) > 0 && (verb == "include" || verb == "exclude") {
			out[verb+"d_"+rest] = c.refer(list)
		}
	}
	return out
}
