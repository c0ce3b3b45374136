package emulator_test

import (
	"strings"
	"testing"
)

func TestAuthorizationPolicy(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const at = "/v1.0/policies/authorizationPolicy"
	same(t, "invites", e.want(200, "GET", at, nil).body["allowInvitesFrom"], "everyone")
	e.want(204, "PATCH", at, object{"allowInvitesFrom": "adminsAndGuestInviters", "defaultUserRolePermissions": object{"allowedToCreateApps": false}})
	same(t, "invites", e.want(200, "GET", at, nil).body["allowInvitesFrom"], "adminsAndGuestInviters")
	same(t, "beta has a collection", e.want(200, "GET", "/beta/policies/authorizationPolicy", nil).ids(), []string{"authorizationPolicy"})
	e.want(204, "PATCH", "/beta/policies/authorizationPolicy/authorizationPolicy", object{"blockMsolPowerShell": true})
	const bad = "Request_BadRequest"
	e.refused(400, bad, "guestUserRoleId", "PATCH", at, object{"guestUserRoleId": nobody})
	e.refused(400, bad, "allowInvitesFrom", "PATCH", at, object{"allowInvitesFrom": "friends"})
	e.refused(400, bad, "read-only", "PATCH", at, object{"displayName": "x"})
	e.want(405, "DELETE", at, nil)
	e.want(405, "POST", at, object{})
}

func TestSecurityDefaults(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const at = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"
	p := e.want(201, "POST", policies, policy()).id()
	e.refused(400, "Request_BadRequest", p, "PATCH", at, object{"isEnabled": true})
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.want(204, "PATCH", at, object{"isEnabled": true})
	e.refused(400, "BadRequest", "Security Defaults is enabled", "POST", policies, policy("state", "enabled"))
	p = e.want(201, "POST", policies, policy("state", "enabledForReportingButNotEnforced")).id()
	e.refused(400, "BadRequest", "Security Defaults is enabled", "PATCH", policies+"/"+p, object{"state": "enabled"})
	e.want(204, "PATCH", at, object{"isEnabled": false})
	e.want(204, "PATCH", policies+"/"+p, object{"state": "enabled"})
}

func TestAdminConsentRequestPolicy(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const at = "/v1.0/policies/adminConsentRequestPolicy"
	whole := func(more ...any) object {
		return with(object{"isEnabled": true, "notifyReviewers": true, "remindersEnabled": true, "requestDurationInDays": 5,
			"reviewers": []any{object{"query": "/users/" + nobody, "queryType": "MicrosoftGraph", "queryRoot": nil}}}, more...)
	}
	e.want(204, "PUT", at, whole())
	got := e.want(200, "GET", at, nil).body
	same(t, "days", got["requestDurationInDays"], 5.0)
	same(t, "version", got["version"], 1.0)
	const bad = "Request_BadRequest"
	e.refused(400, bad, "remindersEnabled", "PUT", at, whole("remindersEnabled", drop{}))
	e.refused(400, bad, "reviewer", "PUT", at, whole("reviewers", []any{}))
	e.refused(400, bad, "read-only", "PUT", at, whole("version", 7))
	e.want(405, "PATCH", at, object{"isEnabled": false})
}

func TestAuthenticationMethodsPolicy(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const at = "/v1.0/policies/authenticationMethodsPolicy"
	const methods = at + "/authenticationMethodConfigurations"
	same(t, "methods", len(e.want(200, "GET", at, nil).body["authenticationMethodConfigurations"].([]any)), 9)
	e.want(204, "PATCH", at, object{"registrationEnforcement": object{"authenticationMethodsRegistrationCampaign": object{"state": "enabled", "snoozeDurationInDays": 3, "excludeTargets": []any{}, "includeTargets": []any{}}}})
	g := e.group("pilot")
	target := object{"@odata.type": "#microsoft.graph.passkeyAuthenticationMethodTarget", "id": g, "targetType": "group", "isRegistrationRequired": false}
	fido := object{"@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "state": "enabled", "isAttestationEnforced": true, "includeTargets": []any{target}}
	e.want(204, "PATCH", methods+"/fido2", fido)
	got := e.want(200, "GET", methods+"/Fido2", nil).body
	same(t, "state", got["state"], "enabled")
	same(t, "targets replaced", len(got["includeTargets"].([]any)), 1)
	same(t, "target", got["includeTargets"].([]any)[0].(object)["id"], g)
	const bad = "Request_BadRequest"
	e.refused(400, "BadRequest", "@odata.type", "PATCH", methods+"/fido2", object{"state": "disabled"})
	e.refused(400, "BadRequest", "cannot be changed", "PATCH", methods+"/fido2", object{"@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration", "state": "disabled"})
	e.refused(400, bad, nobody, "PATCH", methods+"/fido2", with(fido, "includeTargets", []any{with(object{}, "id", nobody, "targetType", "group")}))
	e.refused(400, bad, "cannot be deleted", "DELETE", methods+"/fido2", nil)
	e.refused(404, "Request_ResourceNotFound", "carrierPigeon", "GET", methods+"/carrierPigeon", nil)
	e.refused(400, bad, "external", "POST", methods, object{"@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration", "state": "enabled"})
	other := object{"@odata.type": "#microsoft.graph.externalAuthenticationMethodConfiguration", "displayName": "Adatum", "state": "enabled", "appId": graphAppID,
		"openIdConnectSetting": object{"clientId": "c", "discoveryUrl": "https://adatum.example/.well-known/openid-configuration"}}
	made := e.want(201, "POST", methods, other).id()
	e.want(204, "DELETE", methods+"/"+made, nil)
	e.want(404, "GET", methods+"/"+made, nil)
}

func TestCrossTenantAccess(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const at = "/v1.0/policies/crossTenantAccessPolicy"
	e.want(204, "PATCH", at, object{"allowedCloudEndpoints": []any{"microsoftonline.us"}})
	same(t, "clouds", e.want(200, "GET", at, nil).body["allowedCloudEndpoints"], []any{"microsoftonline.us"})
	trust := object{"inboundTrust": object{"isMfaAccepted": true, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false}}
	e.want(204, "PATCH", at+"/default", trust)
	same(t, "changed", e.want(200, "GET", at+"/default", nil).body["isServiceDefault"], false)
	e.want(204, "POST", at+"/default/resetToSystemDefault", nil)
	same(t, "reset", e.want(200, "GET", at+"/default", nil).body["isServiceDefault"], true)

	partner := with(object{"tenantId": nobody}, "inboundTrust", trust["inboundTrust"])
	made := e.want(201, "POST", at+"/partners", partner)
	same(t, "key", made.body["tenantId"], nobody)
	if _, has := made.body["id"]; has {
		t.Error("a partner has an id beside its tenantId")
	}
	const bad = "Request_BadRequest"
	e.refused(409, "Conflict", nobody, "POST", at+"/partners", partner)
	e.refused(400, bad, "tenantId", "POST", at+"/partners", object{"tenantId": "x"})
	e.refused(400, bad, "tenantId", "POST", at+"/partners", object{"tenantId": e.TenantID()})
	one := at + "/partners/" + nobody
	e.want(204, "PATCH", one, object{"inboundTrust": nil})
	same(t, "inherits", e.want(200, "GET", one, nil).body["inboundTrust"], nil)
	half := object{"b2bCollaborationInbound": object{"usersAndGroups": object{"accessType": "blocked", "targets": []any{object{"target": "AllUsers", "targetType": "user"}}}}}
	e.refused(400, bad, "both", "PATCH", one, half)
	e.want(404, "GET", one+"/identitySynchronization", nil)
	e.want(204, "PUT", one+"/identitySynchronization", object{"displayName": "F", "userSyncInbound": object{"isSyncAllowed": true}})
	e.want(204, "PATCH", one+"/identitySynchronization", object{"displayName": "G"})
	same(t, "sync", e.want(200, "GET", one+"/identitySynchronization", nil).body["displayName"], "G")
	e.want(400, "PUT", one+"/identitySynchronization", object{"nonsense": true})
	same(t, "a refused PUT changes nothing", e.want(200, "GET", one+"/identitySynchronization", nil).body["displayName"], "G")
	e.want(204, "DELETE", one, nil)
	e.want(404, "GET", one, nil)
	e.want(201, "POST", at+"/partners", partner)
	e.want(404, "GET", one+"/identitySynchronization", nil)
}

func TestGroupSettings(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const at, unified, guest = "/v1.0/groupSettings", "62375ab9-6b52-47ed-826b-58e47e0e304b", "08d542b9-071f-4e16-94b0-74abb372e3d9"
	var values []any
	for _, v := range e.want(200, "GET", "/v1.0/groupSettingTemplates/"+unified, nil).body["values"].([]any) {
		values = append(values, object{"name": v.(object)["name"], "value": v.(object)["defaultValue"]})
	}
	one := e.want(201, "POST", at, object{"templateId": unified, "values": values})
	same(t, "name", one.body["displayName"], "Group.Unified")
	const bad = "Request_BadRequest"
	e.refused(400, bad, "conflicting object", "POST", at, object{"templateId": unified, "values": values})
	e.refused(400, bad, "Every value", "POST", at, object{"templateId": unified, "values": values[1:]})
	e.refused(400, bad, "not one of", "POST", at, object{"templateId": guest, "values": []any{object{"name": "Colour", "value": "red"}}})
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", at, object{"templateId": nobody, "values": values})
	e.want(204, "PATCH", at+"/"+one.id(), object{"values": []any{object{"name": "EnableGroupCreation", "value": "false"}}})
	raw := e.want(200, "GET", at+"/"+one.id(), nil)
	same(t, "values kept", len(raw.body["values"].([]any)), len(values))
	if !strings.Contains(raw.raw, `{"name":"EnableGroupCreation","value":"false"}`) {
		t.Errorf("not changed: %s", raw.raw)
	}
	g := e.group("team")
	own := e.want(201, "POST", "/v1.0/groups/"+g+"/settings", object{"templateId": guest, "values": []any{object{"name": "AllowToAddGuests", "value": "false"}}}).id()
	same(t, "the tenant's", e.want(200, "GET", at, nil).ids(), []string{one.id()})
	same(t, "the group's", e.want(200, "GET", "/v1.0/groups/"+g+"/settings", nil).ids(), []string{own})
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.want(200, "POST", bin+"/"+g+"/restore", nil)
	same(t, "F4 back with the group", e.want(200, "GET", "/v1.0/groups/"+g+"/settings", nil).ids(), []string{own})
	e.want(204, "DELETE", at+"/"+one.id(), nil)
	same(t, "none left", len(e.want(200, "GET", at, nil).ids()), 0)
}
