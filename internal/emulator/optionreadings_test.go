package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// TestSecondPolicyLink: there can be one policy of a type on an object; 400 or 409.
func TestSecondPolicyLink(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts   []emulator.Option
		status int
		code   string
	}{
		"by default": {nil, 400, "Request_BadRequest"},
		"conflict":   {[]emulator.Option{emulator.WithConflictingPolicyLinks()}, 409, "Request_MultipleObjectsWithSameKeyValue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newTenant(t, c.opts...)
			app, _, sp := e.principal("App")
			for segment, p := range map[string]struct{ typ, at string }{
				"claimsMappingPolicies":      {"ClaimsMappingPolicy", "servicePrincipals/" + sp},
				"homeRealmDiscoveryPolicies": {"HomeRealmDiscoveryPolicy", "servicePrincipals/" + sp},
				"tokenIssuancePolicies":      {"TokenIssuancePolicy", "applications/" + app},
				"tokenLifetimePolicies":      {"TokenLifetimePolicy", "applications/" + app},
			} {
				ref := func() object {
					made := e.want(201, "POST", "/v1.0/policies/"+segment, object{"displayName": "P", "definition": []any{`{"` + p.typ + `":{"Version":1}}`}})
					return object{"@odata.id": "$host/v1.0/policies/" + segment + "/" + made.id()}
				}
				at := "/v1.0/" + p.at + "/" + segment
				e.want(204, "POST", at+"/$ref", ref())
				e.refused(c.status, c.code, "conflicting object", "POST", at+"/$ref", ref())
				same(t, segment, len(e.want(200, "GET", at, nil).ids()), 1)
			}
		})
	}
}

// TestDroppedConfigurations: with the option, a combination goes from a strength together
// with what was configured for it.
func TestDroppedConfigurations(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithDroppedConfigurations())
	certificate := object{"@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration", "allowedPolicyOIDs": []any{"1.2.3"},
		"appliesToCombinations": []any{"x509CertificateMultiFactor", "x509CertificateSingleFactor"}}
	key := object{"@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "allowedAAGUIDs": []any{"de1e552d-db1d-4423-a619-566b625cdc84"}, "appliesToCombinations": []any{"fido2"}}
	strength := strengths + "/" + e.want(201, "POST", strengths, object{"displayName": "Keys",
		"allowedCombinations": []any{"fido2", "x509CertificateMultiFactor", "x509CertificateSingleFactor"}, "combinationConfigurations": []any{certificate, key}}).id()
	e.want(200, "POST", strength+"/updateAllowedCombinations", object{"allowedCombinations": []any{"x509CertificateMultiFactor"}})
	left := e.want(200, "GET", strength+"/combinationConfigurations", nil).body["value"].([]any)
	same(t, "configurations", len(left), 1)
	same(t, "applies to", left[0].(object)["appliesToCombinations"], []any{"x509CertificateMultiFactor"})
}

// TestTermsOfUseInUse: F-G e, terms of use that a policy refers to.
func TestTermsOfUseInUse(t *testing.T) {
	t.Parallel()
	for _, deletable := range []bool{false, true} {
		var opts []emulator.Option
		if deletable {
			opts = append(opts, emulator.WithDeletableTermsOfUse())
		}
		e := newTenant(t, opts...)
		const agreements = "/v1.0/identityGovernance/termsOfUse/agreements"
		terms := e.want(201, "POST", agreements, object{"displayName": "Terms", "isViewingBeforeAcceptanceRequired": true,
			"files": []any{object{"fileName": "en.pdf", "displayName": "Terms", "language": "en", "isDefault": true, "fileData": object{"data": "JVBERg=="}}}}).id()
		p := e.want(201, "POST", policies, policy("grantControls", object{"operator": "OR", "termsOfUse": []any{terms}})).id()
		if !deletable {
			e.refused(400, "Request_BadRequest", p, "DELETE", agreements+"/"+terms, nil)
			continue
		}
		e.want(204, "DELETE", agreements+"/"+terms, nil)
		same(t, "left in the policy", e.want(200, "GET", policies+"/"+p, nil).body["grantControls"].(object)["termsOfUse"], []any{terms})
	}
}

// TestUnjudgedPolicies: with the option, What If answers where it cannot tell.
func TestUnjudgedPolicies(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithUnjudgedPolicies())
	u := e.user("ann")
	custom := e.want(201, "POST", policies, policy("state", "enabled", "conditions.applications",
		object{"includeApplications": []any{}, "applicationFilter": object{"mode": "include", "rule": `CustomSecurityAttribute.A_B -eq "c"`}})).id()
	plain := e.want(201, "POST", policies, policy("state", "enabled")).id()
	ask := object{"signInIdentity": object{"@odata.type": "#microsoft.graph.userSignIn", "userId": u},
		"signInContext":    object{"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": []any{graphAppID}},
		"signInConditions": object{}}
	reasons := map[string]any{}
	for _, row := range e.want(200, "POST", evaluate, ask).body["value"].([]any) {
		reasons[row.(object)["id"].(string)] = row.(object)["analysisReasons"]
	}
	same(t, "reasons", reasons, map[string]any{custom: "notEnoughInformation", plain: "notSet"})
}

// TestGUIDLiterals: ids of Edm.Guid stand in $filter without quotes, whatever they begin
// with; those of Edm.String with.
func TestGUIDLiterals(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const letters, digits, mixed = "a1b2c3d4-0000-4000-8000-000000000001", "00112233-0000-4000-8000-000000000002", "1e5f0000-0000-4000-8000-000000000003"
	u := e.user("ann")
	at := "/v1.0/users/" + u + "/appRoleAssignments"
	var principals []archive.Object
	for _, id := range []string{letters, digits, mixed} {
		principals = append(principals, archive.Object{Collection: "/servicePrincipals", File: id, Body: object{"id": id, "appId": strings.Replace(id, "4000", "4001", 1), "displayName": id}})
	}
	e.Load(&archive.Archive{Objects: principals})
	for _, id := range []string{letters, digits, mixed} {
		e.want(201, "POST", at, object{"principalId": u, "resourceId": id, "appRoleId": "00000000-0000-0000-0000-000000000000"})
	}
	for _, c := range []struct {
		filter string
		found  int
	}{
		{"resourceId eq " + letters, 1}, {"resourceId eq " + digits, 1}, {"resourceId eq " + mixed, 1}, {"resourceId eq " + nobody, 0},
		{"resourceId eq A1B2C3D4-0000-4000-8000-000000000001", 1}, {"(resourceId eq " + letters + ")", 1}, {"resourceId eq " + letters + " or resourceId eq " + digits, 2},
	} {
		same(t, c.filter, len(e.want(200, "GET", at+filtered(c.filter), nil).ids()), c.found)
	}
	e.refused(400, "BadRequest", "Edm.Guid", "GET", at+filtered("resourceId eq '"+letters+"'"), nil)
	e.refused(400, "BadRequest", "Edm.String", "GET", "/v1.0/users"+filtered("id eq "+letters), nil)
	e.refused(400, "BadRequest", "manager/id", "GET", "/v1.0/users"+filtered("manager/id eq '"+u+"'"), nil)
}

// TestAssignmentLimit: one principal holds 1500 app roles at most.
func TestAssignmentLimit(t *testing.T) {
	t.Parallel()
	e := newBareTenant(t) // a storage would look for changes after each of the 1,500
	u := e.user("ann")
	at := "/v1.0/users/" + u + "/appRoleAssignments"
	assigned := 0
	for assigned < 1500 {
		roles := []any{}
		for i := range 500 {
			roles = append(roles, object{"id": fmt.Sprintf("a1b2c3d4-%04d-4000-8000-%012d", assigned/500, i), "displayName": "r", "description": "d", "isEnabled": true,
				"value": fmt.Sprintf("r%d", i), "allowedMemberTypes": []any{"User"}})
		}
		app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "App", "appRoles": roles})
		sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app.body["appId"]}).id()
		for _, r := range roles {
			e.want(201, "POST", at, object{"principalId": u, "resourceId": sp, "appRoleId": r.(object)["id"]})
			assigned++
		}
		if assigned == 1500 {
			e.refused(403, "Directory_QuotaExceeded", "quota", "POST", at, object{"principalId": u, "resourceId": sp, "appRoleId": "00000000-0000-0000-0000-000000000000"})
		}
	}
	survives(t, e.Tenant)
}

func filtered(f string) string { return "?$filter=" + url.QueryEscape(f) }
