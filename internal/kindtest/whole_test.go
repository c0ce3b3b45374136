package kindtest

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// TestWhole sets every attribute of a shape at once, then leaves out every
// optional one at once, sets all again, and moves each through its enum values.
// After each apply the next plan is empty, and what Graph holds is what the code
// says, property by property.
func TestWhole(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || k.Life.Form == kind.Edge {
			continue
		}
		for shape, make := range shapesOf[k.Name] {
			t.Run(k.Name+"/"+shape, func(t *testing.T) {
				t.Parallel()
				h := newHost(t)
				full := k.Canonical(make(h))
				w := whole{h.instance(k), shape}
				w.brief = true
				w.begin(full)
				w.same(full, "with everything set")
				bare := w.bare(full)
				w.move(bare, "with every optional attribute left out")
				w.move(full, "with everything set again")
				w.members(full)
			})
		}
	}
}

// whole is one shape under test.
type whole struct {
	*instance
	shape string
}

// same checks that nothing is left to do, and that Graph holds what code says.
func (w whole) same(code kind.Values, when string) {
	w.t.Helper()
	w.settled(code, when)
	for _, wrong := range w.held(code) {
		w.t.Errorf("%s, %s", when, wrong)
	}
}

func (w whole) move(code kind.Values, when string) {
	w.t.Helper()
	if s := w.tryApply(w.plan(code)); s != "" {
		w.t.Fatalf("%s: %s", when, s)
	}
	w.same(code, when)
}

// bare is full without all that code can leave out.
func (w whole) bare(full kind.Values) kind.Values {
	return w.without(w.kind.Attrs, full, "")
}

func (w whole) without(attrs []kind.Attr, v kind.Values, path string) kind.Values {
	out := kind.Values{}
	for n := range attrs {
		a := &attrs[n]
		value, set := v[a.Name]
		if !set {
			continue
		}
		_, stays := lookUp(kept, w.kind, w.shape, path+a.Name)
		_, together := lookUp(keptTogether, w.kind, w.shape, path+a.Name)
		stays = stays || together
		if !stays && a.Mode != kind.Required && !a.Fixed && a.Shape != kind.Variant && (a.Channel == kind.InBody || a.Channel == kind.Link) {
			continue
		}
		if inner, isObject := value.(kind.Values); isObject && !a.Fixed {
			value = w.without(a.Attrs, inner, path+a.Name+".")
		}
		out[a.Name] = value
	}
	return out
}

// members moves every enumeration through its members.
func (w whole) members(full kind.Values) {
	w.t.Helper()
	for _, l := range leaves(w.kind, full) {
		if l.attr.Fixed || l.attr.Channel != kind.InBody {
			continue
		}
		for _, member := range l.attr.Enum {
			what := l.path + "=" + member
			var value any = member
			if l.attr.Shape != kind.String {
				value = []string{member}
			}
			if kind.Equal(value, l.value) {
				continue
			}
			code := w.kind.Canonical(l.with(value))
			p, s := w.tryPlan(w.config(code))
			if s == "" {
				s = w.tryApply(p)
			}
			if why, barred := lookUp(barred, w.kind, w.shape, what); barred == (s == "") {
				w.t.Errorf("%s is to be refused: %v (%s). The answer is %q", what, barred, why, s)
			}
			if s != "" {
				w.read()
				continue
			}
			w.same(code, "with "+what)
		}
	}
}

// keptTogether names what can be left out alone, and not with all the rest.
var keptTogether = map[string]string{
	"authentication_strength_combination_configuration/x509.x509_certificate.allowed_issuer_skis":  "issuers or policies are needed",
	"conditional_access_policy/workload.conditions.client_applications.include_service_principals": "without any workload identity the policy needs users",
}

const (
	withAnd     = "it needs mfa beside it, and AND"
	ruleWithout = "the rule and the type go together"
	personal    = "personal accounts need access tokens of version 2"
)

// barred names members to which an enumeration of a shape cannot be moved alone, with the
// reason. They are refused, at plan or by Graph.
var barred = map[string]string{
	"authentication_strength_combination_configuration/fido2.applies_to_combinations=x509CertificateSingleFactor":      "security keys are no certificates",
	"authentication_strength_combination_configuration/fido2.applies_to_combinations=x509CertificateMultiFactor":       "security keys are no certificates",
	"authentication_strength_combination_configuration/x509.applies_to_combinations=fido2":                             "certificates are no security keys",
	"administrative_unit.membership_type=Assigned":                                                                     ruleWithout,
	"application.sign_in_audience=AzureADandPersonalMicrosoftAccount":                                                  personal,
	"application.sign_in_audience=PersonalMicrosoftAccount":                                                            personal,
	"group/dynamic.group_types=Unified":                                                                                ruleWithout,
	"group/unified.group_types=DynamicMembership":                                                                      ruleWithout,
	"group/unified.visibility=HiddenMembership":                                                                        "membership is hidden from the beginning or not at all",
	"conditional_access_policy.grant_controls.built_in_controls=approvedApplication":                                   "Graph takes no new one since June 2026",
	"conditional_access_policy.grant_controls.built_in_controls=passwordChange":                                        withAnd,
	"conditional_access_policy/strength.grant_controls.built_in_controls=block":                                        "block stands alone",
	"conditional_access_policy/strength.grant_controls.built_in_controls=mfa":                                          "the strength takes its place",
	"conditional_access_policy.conditions.users.include_guests_or_external_users.external_tenants.membership_kind=all": "all tenants have no members",
	"conditional_access_policy.conditions.users.exclude_guests_or_external_users.external_tenants.membership_kind=all": "all tenants have no members",
	"conditional_access_policy/every time.session_controls.sign_in_frequency.frequency_interval=timeBased":             "timeBased needs type and value",
}
