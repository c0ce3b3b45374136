package kindtest

import (
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What a random configuration says of each kind. A maker returns nil where the
// configuration lacks what such an object needs.

var makers = map[string]func(e *estate, x *item) kind.Values{
	"user": func(e *estate, x *item) kind.Values {
		v := x.named(e.shaped(x, "full"), "user_principal_name", "display_name", "mail_nickname", "mail", "on_premises_immutable_id")
		if e.r.IntN(2) == 0 {
			return kind.Values{"user_principal_name": v["user_principal_name"], "display_name": v["display_name"], "mail_nickname": v["mail_nickname"]}
		}
		return v
	},
	"group": func(e *estate, x *item) kind.Values {
		v := x.named(e.shaped(x, "security", "security", "unified", "dynamic"), "display_name", "mail_nickname", "unique_name")
		switch {
		case x.shape == "dynamic":
			if to := e.some("membership_rule", nil, "group"); to != nil {
				v["membership_rule"] = fmt.Sprintf(`user.memberof -any (group.objectId -in ['%s'])`, to.is(kind.ObjectID))
			}
		case e.r.IntN(2) == 0 || e.must["members"] != nil: // the other half can have its roles assigned
			delete(v, "is_assignable_to_role")
			x.code = v
			v["members"] = e.wireSet(x, x.kind.Attr("members"), "members", strs(v["members"]))
		}
		if x.shape == "security" && e.r.IntN(3) == 0 && e.must["members"] == nil {
			delete(v, "members") // so that entra_group_member may manage them
		}
		return v
	},
	"group_member": func(e *estate, x *item) kind.Values {
		group := e.some("group_id", func(to *item) bool { return to.code["members"] == nil && to.shape == "security" }, "group")
		if group == nil {
			return nil
		}
		kinds := []string{"user", "service_principal", "group"}
		if group.code["is_assignable_to_role"] == true {
			kinds = kinds[:2]
		}
		member := e.some("member_id", func(to *item) bool {
			return to != group && to.shape != "unified" && to.code["is_assignable_to_role"] != true
		}, kinds...)
		if member == nil || !e.first("member", group.n, " ", member.n) {
			return nil
		}
		return kind.Values{"group_id": group.is(kind.ObjectID), "member_id": member.is(kind.ObjectID)}
	},
	"group_setting": func(e *estate, x *item) kind.Values {
		group := e.some("group_id", func(to *item) bool { return to.shape == "unified" }, "group")
		if group == nil || !e.first("setting", group.n) {
			return nil
		}
		return kind.Values{"group_id": group.is(kind.ObjectID), "template_id": guestTemplate, "values": []kind.Values{{"name": "AllowToAddGuests", "value": "false"}}}
	},
	"named_location": func(e *estate, x *item) kind.Values {
		return x.named(e.shaped(x, "ip", "country"), "display_name")
	},
	"administrative_unit": func(e *estate, x *item) kind.Values {
		v := x.named(e.shaped(x, "assigned", "assigned", "dynamic"), "display_name")
		delete(v, "is_member_management_restricted") // who may then change the members is another question
		return v
	},
	"administrative_unit_role_member": func(e *estate, x *item) kind.Values {
		unit, member := e.some("administrative_unit_id", nil, "administrative_unit"), e.some("member_id", assignable, "user", "group", "service_principal")
		if unit == nil || member == nil || !e.first("scoped", unit.n, " ", member.n) {
			return nil
		}
		e.settle() // another item may have activated the role
		return kind.Values{"administrative_unit_id": unit.is(kind.ObjectID), "role_id": e.activated(userAdministrator), "member_id": member.is(kind.ObjectID)}
	},
	"directory_role_definition": func(e *estate, x *item) kind.Values {
		v := x.named(e.shaped(x, "own template id"), "display_name")
		v["is_enabled"] = true
		v["template_id"] = fmt.Sprintf("0aaaaaaa-0000-4000-9000-%012x", x.n)
		if e.r.IntN(2) == 0 {
			delete(v, "template_id")
		}
		return v
	},
	"directory_role_assignment": func(e *estate, x *item) kind.Values {
		who := e.some("principal_id", assignable, "user", "group", "service_principal")
		if who == nil {
			return nil
		}
		v := kind.Values{"role_definition_id": userAdministrator, "principal_id": who.is(kind.ObjectID)}
		if role := e.some("role_definition_id", nil, "directory_role_definition"); role != nil && e.r.IntN(3) > 0 {
			v["role_definition_id"] = role.is(kind.ObjectID)
		}
		if over := e.some("directory_scope_id", nil, "administrative_unit", "application", "service_principal"); over != nil && (e.r.IntN(3) > 0 || len(e.must) > 0) {
			if v["directory_scope_id"] = "/" + over.is(kind.ObjectID); over.kind.Name == "administrative_unit" {
				v["directory_scope_id"] = "/administrativeUnits/" + over.is(kind.ObjectID)
				v["role_definition_id"] = userAdministrator // the same fact as a scoped role member
				if !e.first("scoped", over.n, " ", who.n) {
					return nil
				}
				if role := e.must["role_definition_id"]; role != nil {
					v["role_definition_id"] = role.is(kind.ObjectID)
				}
			}
		}
		if !e.first("assigned", v) {
			return nil
		}
		return v
	},
	"application": func(e *estate, x *item) kind.Values {
		if e.r.IntN(3) == 0 && len(e.must) == 0 { // what resources for single items are about
			x.shape = "open"
			return x.named(x.kind.Canonical(apiValues()), "display_name")
		}
		v := x.named(e.shaped(x, "full", "roles", "settings", "single tenant", "credentials"), "display_name", "unique_name")
		if of := e.some("identifier_uris", nil, "application"); of != nil && x.shape == "roles" {
			tenant, err := e.client.TenantID(e.t.Context()) // without which Graph takes no URI with another's id
			if err != nil {
				e.t.Fatal(err)
			}
			v["identifier_uris"] = []string{fmt.Sprintf("api://%s/%s/n%d", of.is(kind.AppID), tenant, x.n)}
		}
		return v
	},
	"application_federated_identity_credential": func(e *estate, x *item) kind.Values {
		v := x.named(e.shaped(x, "subject", "expression"), "name", "subject", "issuer")
		return e.below(v, "application_id", "application")
	},
	"application_extension_property": func(e *estate, x *item) kind.Values {
		return e.below(x.named(e.shaped(x, "property"), "name"), "application_id", "application")
	},
	"application_password": func(e *estate, x *item) kind.Values {
		return e.below(x.named(e.shaped(x, "stated", "sealed"), "display_name"), "application_id", "application")
	},
	"application_pre_authorized": func(e *estate, x *item) kind.Values {
		of := e.some("application_id", func(to *item) bool { return to.shape == "open" }, "application")
		client := e.some("app_id", func(to *item) bool { return to != of && to.app() != of }, "application", "service_principal")
		if of == nil || client == nil || !e.first("client", of.n, " ", client.app().n) {
			return nil
		}
		return kind.Values{"application_id": of.is(kind.ObjectID), "app_id": client.is(kind.AppID), "delegated_permission_ids": []string{scopeID}}
	},
	"application_api_access": func(e *estate, x *item) kind.Values {
		of := e.some("application_id", func(to *item) bool { return to.shape == "open" }, "application")
		resource := e.some("resource_app_id", func(to *item) bool { return to != of && to.app() != of }, "application", "service_principal")
		if of == nil || resource == nil || !e.first("access", of.n, " ", resource.app().n) {
			return nil
		}
		return kind.Values{"application_id": of.is(kind.ObjectID), "resource_app_id": resource.is(kind.AppID),
			"resource_access": []kind.Values{{"id": scopeID, "type": "Scope"}}}
	},
	"service_principal": func(e *estate, x *item) kind.Values {
		app := e.some("app_id", func(to *item) bool { return !e.taken[fmt.Sprint("principal", to.n)] }, "application")
		if app == nil {
			return nil
		}
		e.first("principal", app.n)
		v := kind.Values{"app_id": app.is(kind.AppID)}
		if e.r.IntN(2) == 0 || len(e.must) > 0 {
			v = e.shaped(x, "full")
			v["app_id"] = app.is(kind.AppID)
		}
		x.needs = append(x.needs, app) // its first, see app
		return v
	},
	"app_role_assignment": func(e *estate, x *item) kind.Values {
		resource, who := e.some("resource_id", nil, "service_principal"), e.some("principal_id", nil, "user", "group", "service_principal")
		if resource == nil || who == nil || who.shape == "unified" || !e.first("role", resource.n, " ", who.n) {
			return nil
		}
		return kind.Values{"resource_id": resource.is(kind.ObjectID), "principal_id": who.is(kind.ObjectID), "app_role_id": "00000000-0000-0000-0000-000000000000"}
	},
	"oauth2_permission_grant": func(e *estate, x *item) kind.Values {
		client, resource := e.some("client_id", nil, "service_principal"), e.some("resource_id", nil, "service_principal")
		if client == nil || resource == nil || !e.first("grant", client.n, " ", resource.n) {
			return nil
		}
		v := kind.Values{"client_id": client.is(kind.ObjectID), "resource_id": resource.is(kind.ObjectID), "consent_type": "AllPrincipals", "scope": []string{"Group.Read.All", "User.Read"}}
		if who := e.some("principal_id", nil, "user"); who != nil && (e.r.IntN(2) == 0 || len(e.must) > 0) {
			v["consent_type"], v["principal_id"] = "Principal", who.is(kind.ObjectID)
		}
		return v
	},
	"claims_mapping_policy":       appliedPolicy("ClaimsMappingPolicy", "service_principal"),
	"token_lifetime_policy":       appliedPolicy("TokenLifetimePolicy", "service_principal", "application"),
	"home_realm_discovery_policy": appliedPolicy("HomeRealmDiscoveryPolicy", "service_principal", "application"),
	"authentication_strength_policy": func(e *estate, x *item) kind.Values {
		v := x.named(e.shaped(x, "custom"), "display_name")
		v["allowed_combinations"] = []string{"fido2", "windowsHelloForBusiness", "x509CertificateMultiFactor", "x509CertificateSingleFactor"}
		return v
	},
	"authentication_strength_combination_configuration": func(e *estate, x *item) kind.Values {
		of := e.some("authentication_strength_policy_id", nil, "authentication_strength_policy")
		if of == nil {
			return nil
		}
		x.shape = pick(e.r, []string{"fido2", "x509"})
		if !e.first("combination", of.n, x.shape) {
			return nil
		}
		v := kind.Values{"authentication_strength_policy_id": of.is(kind.ObjectID), "applies_to_combinations": []string{"fido2"},
			"fido2": kind.Values{"allowed_aaguids": []string{"90a3ccdf-635c-4729-a248-9b709135078f", "de1e552d-db1d-4423-a619-566b625cdc84"}}}
		if x.shape == "x509" {
			delete(v, "fido2")
			v["applies_to_combinations"] = []string{"x509CertificateMultiFactor", "x509CertificateSingleFactor"}
			v["x509_certificate"] = kind.Values{"allowed_issuer_skis": []string{"1A42", "9A42"}, "allowed_policy_oids": []string{"1.2.3", "1.2.4"}}
		}
		return v
	},
	"authentication_context": func(e *estate, x *item) kind.Values {
		for n := 20; n < 100; n++ {
			if e.first("context", n) {
				v := x.named(e.shaped(x, "published"), "display_name")
				v["id"], v["is_available"] = fmt.Sprintf("c%d", n), e.r.IntN(2) == 0
				return v
			}
		}
		return nil
	},
	"terms_of_use": func(e *estate, x *item) kind.Values { return x.named(e.shaped(x, "full"), "display_name") },
	"conditional_access_policy": func(e *estate, x *item) kind.Values {
		shapes := []string{"users", "users", "actions", "contexts", "strength", "strength", "session", "every time", "workload", "preview", "older preview"}
		return x.named(e.shaped(x, shapes...), "display_name")
	},
}

// below puts an object below an item.
func (e *estate) below(v kind.Values, attr string, kinds ...string) kind.Values {
	of := e.some(attr, nil, kinds...)
	if of == nil {
		return nil
	}
	v[attr] = of.is(kind.ObjectID)
	return v
}

// app is the application whose client id the item has.
func (x *item) app() *item {
	if x.kind.Name == "service_principal" {
		return x.needs[0]
	}
	return x
}

func assignable(to *item) bool {
	return to.kind.Name != "group" || to.code["is_assignable_to_role"] == true
}

// appliedPolicy is a policy of which an object has one of its type at most.
func appliedPolicy(name string, kinds ...string) func(e *estate, x *item) kind.Values {
	return func(e *estate, x *item) kind.Values {
		v := kind.Values{"display_name": fmt.Sprint("Policy ", x.n), "description": "d", "definition": definition(name, "1")}
		var ids []string
		for range 1 + e.r.IntN(2) {
			if to := e.some("applies_to", nil, kinds...); to != nil && e.first(name, to.n) {
				ids = append(ids, to.is(kind.ObjectID))
			}
		}
		if ids != nil {
			v["applies_to"] = ids
		}
		return v
	}
}

// suitable tells which items a reference may lead to, where not all of the
// kinds that the table names can stand there.
var suitable = map[string]func(e *estate, x, to *item) bool{
	"group.members": func(_ *estate, x, to *item) bool {
		if to.kind.Name == "group" { // not in one that can have roles, see its maker
			return x.shape == "security" && x.code != nil && to.shape != "unified" && to.code["is_assignable_to_role"] != true
		}
		return to.kind.Name == "user" || x.shape == "security"
	},
	"conditional_access_policy.conditions.client_applications.include_service_principals": func(_ *estate, _, to *item) bool { return to.code["account_enabled"] != false },
}

func strs(v any) []string {
	s, _ := v.([]string)
	return s
}
