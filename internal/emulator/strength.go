package emulator

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

const maxStrengths = 15

func authenticationStrengths() *resource {
	return &resource{
		typ: "authenticationStrengthPolicy", set: "policies/authenticationStrengthPolicies", policies: true, unpaged: true,
		paths: []string{"/policies/authenticationStrengthPolicies", "/identity/conditionalAccess/authenticationStrength/policies",
			"/identity/conditionalAccess/authenticationStrengths/policies"},
		required:    []string{"displayName", "allowedCombinations"},
		readOnly:    []string{"id", "createdDateTime", "modifiedDateTime", "policyType", "requirementsSatisfied"},
		notOnUpdate: []string{"allowedCombinations", "combinationConfigurations"}, deep: []string{"combinationConfigurations"},
		prepare: func(t *Tenant, o *object) {
			at := preciseTimestamp(t.now())
			o.body["createdDateTime"], o.body["modifiedDateTime"] = at, at
			o.body["policyType"] = "custom"
			setDefault(o.body, "description", "")
		},
		check: checkStrength, deletable: deletableStrength,
		embellish: func(t *Tenant, c *call, o *object, out body) {
			if _, shown := out["allowedCombinations"]; !shown {
				return
			}
			out["combinationConfigurations@odata.context"] = c.context("policies/authenticationStrengthPolicies('" + o.id + "')/combinationConfigurations")
			out["combinationConfigurations"] = t.configurationsShown(c, o)
		},
	}
}

func checkStrength(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old != nil {
		if old.text("policyType") == "builtIn" {
			return badRequest("A built-in authentication strength cannot be changed.")
		}
		next.body["modifiedDateTime"] = preciseTimestamp(t.now())
	} else if n := len(t.shelf(next.typ).all(false)); n >= maxStrengths+len(builtInStrengths) {
		return badRequest("The tenant already has the maximum of %d custom authentication strengths.", maxStrengths)
	}
	if name := next.text("displayName"); name == "" || utf8.RuneCountInString(name) > 30 {
		return badRequest("Invalid value specified for property 'displayName' of resource 'AuthenticationStrengthPolicy'.")
	}
	if gerr := t.setCombinations(next, list(next.body["allowedCombinations"])); gerr != nil || old != nil {
		return gerr
	}
	return t.adoptConfigurations(next)
}

// setCombinations stores combinations the way Graph shows them, and what they satisfy.
func (t *Tenant) setCombinations(o *object, combinations []any) *graphError {
	if len(combinations) == 0 {
		return badRequest("Property 'allowedCombinations' must hold at least one combination.")
	}
	enum, _ := metadata.LookupEnum("authenticationMethodModes")
	out := make([]any, 0, len(combinations))
	satisfied := "mfa"
	for _, v := range combinations {
		s, isText := v.(string)
		parts := strings.Split(strings.ReplaceAll(s, ", ", ","), ",")
		for _, p := range parts {
			if !isText || p == "unknownFutureValue" || !slices.Contains(enum.Members, p) && !t.rules.future.member("authenticationMethodModes", p) {
				return badRequest("Invalid combination of authentication methods: '%v'.", v)
			}
		}
		joined := strings.Join(parts, ",")
		if slices.Contains(out, any(joined)) {
			return badRequest("Request contains a property with duplicate values.")
		}
		if len(parts) == 1 && singleFactor(joined) {
			satisfied = "none"
		}
		out = append(out, joined)
	}
	o.body["allowedCombinations"], o.body["requirementsSatisfied"] = out, satisfied
	return nil
}

func singleFactor(mode string) bool {
	switch mode {
	case "fido2", "windowsHelloForBusiness", "x509CertificateMultiFactor", "deviceBasedPush", "temporaryAccessPassOneTime",
		"temporaryAccessPassMultiUse", "federatedMultiFactor":
		return false
	}
	return true
}

func deletableStrength(t *Tenant, o *object) *graphError {
	if o.text("policyType") == "builtIn" {
		return badRequest("A built-in authentication strength cannot be deleted.")
	}
	if p := t.policyThatUses(o.id); p != nil {
		return badRequest("The authentication strength '%s' cannot be deleted: the policy '%s' (%s) refers to it.", o.id, p.text("displayName"), p.id)
	}
	return nil
}

// updateAllowedCombinations is the only way to change the combinations.
func updateAllowedCombinations(t *Tenant, c *call) (*reply, *graphError) {
	r := t.resource("authenticationStrengthPolicy")
	o, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	combinations, isList := in["allowedCombinations"].([]any)
	if len(in) != 1 || !isList {
		return nil, badRequest("The body must hold allowedCombinations and nothing else.")
	}
	if o.text("policyType") == "builtIn" {
		return nil, badRequest("A built-in authentication strength cannot be changed.")
	}
	if !t.rules.configurationsDropped {
		if gerr := t.stillConfigured(o, combinations); gerr != nil {
			return nil, gerr
		}
	}
	previous, before := o.body["allowedCombinations"], &object{typ: o.typ, id: o.id, body: maps.Clone(o.body)}
	if gerr := t.setCombinations(o, combinations); gerr != nil {
		return nil, gerr
	}
	t.dropConfigurations(o)
	o.body["modifiedDateTime"] = preciseTimestamp(t.now())
	t.auditChange(c, before, o, in)
	var users []any
	for _, p := range t.shelf("conditionalAccessPolicy").all(false) {
		if strings.EqualFold(strengthOf(p), o.id) {
			users = append(users, p.id)
		}
	}
	return ok(body{
		"@odata.context":              c.context("microsoft.graph.updateAllowedCombinationsResult"),
		"previousCombinations":        previous,
		"currentCombinations":         o.body["allowedCombinations"],
		"conditionalAccessReferences": append([]any{}, users...),
		"additionalInformation":       nil,
	}), nil
}

func strengthOf(policy *object) string {
	id, _ := nested(nested(policy.body, "grantControls"), "authenticationStrength")["id"].(string)
	return id
}
