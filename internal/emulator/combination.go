package emulator

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Combination configurations: which security keys, or certificates of which issuers, an
// authentication strength takes. They stand below their strength and go with it.

// configurable are the combinations that each type narrows down.
var configurable = map[string][]string{
	"fido2CombinationConfiguration":           {"fido2"},
	"x509CertificateCombinationConfiguration": {"x509CertificateSingleFactor", "x509CertificateMultiFactor"},
}

func combinationConfigurations() *resource {
	return &resource{
		typ: "authenticationCombinationConfiguration", set: "combinationConfigurations", policies: true, polymorphic: true, child: true, unpaged: true,
		required: []string{"appliesToCombinations"}, readOnly: []string{"id"},
		check: checkConfiguration,
		deletable: func(t *Tenant, o *object) *graphError {
			return t.changeableStrength(o.parent)
		},
	}
}

func (t *Tenant) changeableStrength(id string) *graphError {
	if s := t.shelf("authenticationStrengthPolicy").live(id); s != nil && s.text("policyType") == "builtIn" {
		return badRequest("A built-in authentication strength cannot be changed.")
	}
	return nil
}

func checkConfiguration(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	if gerr := t.changeableStrength(next.parent); gerr != nil {
		return gerr
	}
	return checkConfigurationOf(t.shelf("authenticationStrengthPolicy").live(next.parent), next)
}

func checkConfigurationOf(strength, o *object) *graphError {
	combinations := list(o.body["appliesToCombinations"])
	if len(combinations) == 0 {
		return badRequest("Property 'appliesToCombinations' must hold at least one combination.")
	}
	for _, v := range combinations {
		if !slices.Contains(configurable[o.typ], textOf(v)) || !contains(strength.body["allowedCombinations"], textOf(v)) {
			return badRequest("The combination '%v' is not one of the strength's that a %s applies to.", v, o.typ)
		}
	}
	if o.typ != "fido2CombinationConfiguration" {
		if len(list(o.body["allowedIssuerSkis"]))+len(list(o.body["allowedPolicyOIDs"])) == 0 {
			return badRequest("At least one of 'allowedIssuerSkis' and 'allowedPolicyOIDs' must hold a value.")
		}
		return nil
	}
	ids := list(o.body["allowedAAGUIDs"])
	if len(ids) == 0 || slices.ContainsFunc(ids, func(v any) bool { return !isGUID(textOf(v)) }) {
		return badRequest("Property 'allowedAAGUIDs' must hold at least one AAGUID, and nothing else.")
	}
	return nil
}

// adoptConfigurations gives the configurations in a new strength's body a place of their
// own.
func (t *Tenant) adoptConfigurations(strength *object) *graphError {
	var made []*object
	for _, v := range list(strength.body["combinationConfigurations"]) {
		b, _ := v.(body)
		typ := strings.TrimPrefix(textOf(b["@odata.type"]), "#microsoft.graph.")
		if configurable[typ] == nil {
			return badRequest("A combination configuration needs an @odata.type.")
		}
		o := &object{typ: typ, id: uuid.NewString(), parent: strength.id, body: clean(b)}
		if id := textOf(b["id"]); isGUID(id) {
			o.id = strings.ToLower(id)
		}
		delete(o.body, "id")
		if gerr := checkConfigurationOf(strength, o); gerr != nil {
			return gerr
		}
		made = append(made, o)
	}
	delete(strength.body, "combinationConfigurations")
	for _, o := range made {
		t.shelf(o.typ).put(o)
	}
	return nil
}

func (t *Tenant) configurationsOf(strength *object) []*object {
	return children{typ: "authenticationCombinationConfiguration"}.of(t, strength)
}

func (t *Tenant) configurationsShown(c *call, strength *object) []any {
	rows := []any{}
	for _, o := range t.configurationsOf(strength) {
		rows = append(rows, t.render(&call{base: c.base, version: c.version, header: c.header}, o, nil))
	}
	return rows
}

// stillConfigured keeps a combination from being taken away under a configuration that
// applies to it. What Graph does then is unconfirmed.
func (t *Tenant) stillConfigured(strength *object, combinations []any) *graphError {
	for _, o := range t.configurationsOf(strength) {
		for _, v := range list(o.body["appliesToCombinations"]) {
			if !slices.Contains(combinations, v) {
				return badRequest("The combination '%v' has a combination configuration, which must be deleted first.", v)
			}
		}
	}
	return nil
}

// dropConfigurations takes from the configurations of a strength the combinations that the
// strength no longer has, and drops those that apply to nothing then.
func (t *Tenant) dropConfigurations(strength *object) {
	for _, o := range t.configurationsOf(strength) {
		left := slices.DeleteFunc(slices.Clone(list(o.body["appliesToCombinations"])), func(v any) bool {
			return !contains(strength.body["allowedCombinations"], textOf(v))
		})
		if o.body["appliesToCombinations"] = left; len(left) == 0 {
			t.shelf(o.typ).drop(o.id)
		}
	}
}

// strengthUsage lists the policies that refer to a strength, by whether the strength
// demands the claim of a multifactor sign-in.
func strengthUsage(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("authenticationStrengthPolicy"))
	if gerr != nil {
		return nil, gerr
	}
	rows := []any{}
	for _, p := range t.shelf("conditionalAccessPolicy").all(false) {
		if strings.EqualFold(strengthOf(p), o.id) && !hidden(c, p) {
			rows = append(rows, t.render(&call{base: c.base, version: c.version, header: c.header}, p, nil))
		}
	}
	out := body{"@odata.context": c.context("microsoft.graph.authenticationStrengthUsage"), "mfa": []any{}, "none": []any{}}
	out[o.text("requirementsSatisfied")] = rows
	return ok(out), nil
}
