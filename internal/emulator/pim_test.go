package emulator_test

import (
	"strings"
	"testing"
)

const (
	directoryPIM = "/v1.0/roleManagement/directory/role"
	groupPIM     = "/v1.0/identityGovernance/privilegedAccess/group/"
	rolePolicies = "/v1.0/policies/roleManagementPolicies"
)

func for8Hours() object {
	return object{"expiration": object{"type": "afterDuration", "duration": "PT8H"}}
}

// TestPIMOfRoles makes somebody eligible, activates the role and lets the time run.
func TestPIMOfRoles(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	ask := func(action string, more ...any) object {
		return with(object{"action": action, "principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/", "justification": "j"}, more...)
	}
	const eligible, active = directoryPIM + "Eligibility", directoryPIM + "Assignment"
	e.refused(400, "RoleAssignmentDoesNotExist", "does not exist", "POST", active+"ScheduleRequests", ask("selfActivate", "scheduleInfo", for8Hours()))
	made := e.want(201, "POST", eligible+"ScheduleRequests", ask("adminAssign", "scheduleInfo", object{"expiration": object{"type": "noExpiration"}}))
	same(t, "status", made.body["status"], "Provisioned")
	same(t, "schedule", made.body["targetScheduleId"], made.id())
	same(t, "eligible schedule", e.want(200, "GET", eligible+"Schedules", nil).ids(), []string{made.id()})
	same(t, "eligible instances", len(e.want(200, "GET", eligible+"ScheduleInstances?$filter=principalId eq '"+u+"'", nil).ids()), 1)
	same(t, "eligible is not assigned", len(e.want(200, "GET", roleAssignments, nil).ids()), 0)

	activated := e.want(201, "POST", active+"ScheduleRequests", ask("selfActivate", "scheduleInfo", for8Hours()))
	instance := e.want(200, "GET", active+"ScheduleInstances", nil).body["value"].([]any)[0].(object)
	same(t, "type", instance["assignmentType"], "Activated")
	same(t, "end", instance["endDateTime"], "2026-11-24T18:00:00.0000000Z")
	members := "/v1.0/directoryRoles(roleTemplateId='" + globalReader + "')/members"
	same(t, "activated is a member", e.want(200, "GET", members, nil).ids(), []string{u})
	same(t, "activated is assigned", e.want(200, "GET", roleAssignments, nil).ids(), []string{instance["roleAssignmentOriginId"].(string)})
	e.refused(400, "RoleAssignmentExists", "already exists", "POST", active+"ScheduleRequests", ask("selfActivate", "scheduleInfo", for8Hours()))

	e.advance("7h59m")
	same(t, "before the end", len(e.want(200, "GET", members, nil).ids()), 1)
	e.advance("2m")
	for _, path := range []string{members, roleAssignments, active + "Schedules", active + "ScheduleInstances"} {
		same(t, "after the end: "+path, len(e.want(200, "GET", path, nil).ids()), 0)
	}
	same(t, "still eligible", len(e.want(200, "GET", eligible+"ScheduleInstances", nil).ids()), 1)
	same(t, "request is kept", e.want(200, "GET", active+"ScheduleRequests/"+activated.id(), nil).body["status"], "Provisioned")

	e.want(201, "POST", active+"ScheduleRequests", ask("selfActivate", "scheduleInfo", for8Hours()))
	same(t, "revoked", e.want(201, "POST", active+"ScheduleRequests", ask("selfDeactivate")).body["status"], "Revoked")
	same(t, "deactivated", len(e.want(200, "GET", roleAssignments, nil).ids()), 0)
	e.want(201, "POST", eligible+"ScheduleRequests", ask("adminRemove"))
	same(t, "no longer eligible", len(e.want(200, "GET", eligible+"Schedules", nil).ids()), 0)
	e.refused(400, "RoleAssignmentDoesNotExist", "does not exist", "POST", eligible+"ScheduleRequests", ask("adminRemove"))
	e.want(405, "PATCH", eligible+"ScheduleRequests/"+made.id(), object{})
	e.want(405, "POST", eligible+"Schedules", object{})
}

func TestPIMRequests(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	const requests = directoryPIM + "AssignmentScheduleRequests"
	ask := func(more ...any) object {
		return with(object{"action": "adminAssign", "principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/", "justification": "j",
			"scheduleInfo": for8Hours()}, more...)
	}
	for name, c := range map[string]struct {
		body object
		code string
		part string
	}{
		"subject":            {ask("principalId", nobody), "SubjectNotFound", "subject"},
		"role":               {ask("roleDefinitionId", nobody), "RoleNotFound", "role"},
		"action":             {ask("action", "adminGive"), "Request_BadRequest", "unifiedRoleScheduleRequestActions"},
		"no action":          {ask("action", drop{}), "Request_BadRequest", "action"},
		"no justification":   {ask("justification", drop{}), "RoleAssignmentRequestPolicyValidationFailed", `["JustificationRule"]`},
		"end before start":   {ask("scheduleInfo.expiration", object{"type": "afterDateTime", "endDateTime": "2026-01-01T00:00:00Z"}), "Request_BadRequest", "behind its start"},
		"duration missing":   {ask("scheduleInfo.expiration", object{"type": "afterDuration"}), "Request_BadRequest", "duration"},
		"update of nothing":  {ask("action", "adminUpdate"), "RoleAssignmentDoesNotExist", "does not exist"},
		"status is server's": {ask("status", "Provisioned"), "Request_BadRequest", "read-only"},
	} {
		t.Log(name)
		e.refused(400, c.code, c.part, "POST", requests, c.body)
	}
	same(t, "validated only", e.want(201, "POST", requests, ask("isValidationOnly", true)).body["status"], "Granted")
	same(t, "nothing happened", len(e.want(200, "GET", requests, nil).ids()), 0)

	later := e.want(201, "POST", requests, ask("scheduleInfo", object{"startDateTime": "2026-11-25T10:00:00Z", "expiration": object{"type": "afterDuration", "duration": "P1D"}}))
	same(t, "not yet", len(e.want(200, "GET", roleAssignments, nil).ids()), 0)
	e.advance("24h")
	same(t, "started", len(e.want(200, "GET", roleAssignments, nil).ids()), 1)
	e.want(201, "POST", requests, ask("action", "adminExtend", "scheduleInfo", object{"expiration": object{"type": "afterDateTime", "endDateTime": "2026-12-24T10:00:00Z"}}))
	e.advance("48h")
	same(t, "extended", len(e.want(200, "GET", roleAssignments, nil).ids()), 1)
	e.refused(400, "Request_BadRequest", "not pending", "POST", requests+"/"+later.id()+"/cancel", nil)
	e.want(204, "DELETE", roleAssignments+"/"+e.want(200, "GET", roleAssignments, nil).ids()[0], nil)
	same(t, "schedule of a removed assignment", len(e.want(200, "GET", directoryPIM+"AssignmentSchedules", nil).ids()), 0)

	again := e.want(201, "POST", requests, ask("scheduleInfo", object{"startDateTime": "2027-01-01T00:00:00Z", "expiration": object{"type": "noExpiration"}}))
	e.want(204, "POST", requests+"/"+again.id()+"/cancel", nil)
	same(t, "cancelled", e.want(200, "GET", requests+"/"+again.id(), nil).body["status"], "Canceled")
	same(t, "no schedule", len(e.want(200, "GET", directoryPIM+"AssignmentSchedules", nil).ids()), 0)

	// A direct assignment stays when the schedule that came on top of it ends.
	e.want(201, "POST", roleAssignments, object{"principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/"})
	e.refused(400, "RoleAssignmentExists", "already exists", "POST", requests, ask())
}

func TestPIMOfGroups(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u, g := e.user("ann"), e.group("team")
	ask := func(action string, more ...any) object {
		return with(object{"action": action, "accessId": "member", "principalId": u, "groupId": g, "justification": "j", "scheduleInfo": for8Hours()}, more...)
	}
	e.refused(400, "RoleAssignmentRequestPolicyValidationFailed", `["ExpirationRule"]`, "POST", groupPIM+"eligibilityScheduleRequests",
		ask("adminAssign", "scheduleInfo", object{"expiration": object{"type": "noExpiration"}}))
	e.want(201, "POST", groupPIM+"eligibilityScheduleRequests", ask("adminAssign", "scheduleInfo", object{"expiration": object{"type": "afterDuration", "duration": "P30D"}}))
	same(t, "eligible is no member", len(e.want(200, "GET", "/v1.0/groups/"+g+"/members", nil).ids()), 0)
	e.refused(400, "RoleAssignmentRequestPolicyValidationFailed", `["ExpirationRule"]`, "POST", groupPIM+"assignmentScheduleRequests",
		ask("selfActivate", "scheduleInfo", object{"expiration": object{"type": "afterDuration", "duration": "PT9H"}}))
	e.want(201, "POST", groupPIM+"assignmentScheduleRequests", ask("selfActivate"))
	same(t, "activated is a member", e.want(200, "GET", "/v1.0/groups/"+g+"/members", nil).ids(), []string{u})
	got := e.want(200, "GET", groupPIM+"assignmentScheduleInstances?$filter=groupId eq '"+g+"'", nil).body["value"].([]any)[0].(object)
	same(t, "type", got["assignmentType"], "activated")
	e.want(201, "POST", groupPIM+"assignmentScheduleRequests", ask("adminAssign", "accessId", "owner"))
	same(t, "owner", e.want(200, "GET", "/v1.0/groups/"+g+"/owners", nil).ids(), []string{u})
	e.advance("9h")
	same(t, "member no more", len(e.want(200, "GET", "/v1.0/groups/"+g+"/members", nil).ids()), 0)
	same(t, "owner no more", len(e.want(200, "GET", "/v1.0/groups/"+g+"/owners", nil).ids()), 0)
	e.advance("721h")
	same(t, "eligible no more", len(e.want(200, "GET", groupPIM+"eligibilitySchedules", nil).ids()), 0)
	e.refused(400, "ResourceNotFound", "not found", "POST", groupPIM+"assignmentScheduleRequests", ask("adminAssign", "groupId", nobody))
	e.refused(400, "Request_BadRequest", "privilegedAccessGroupRelationships", "POST", groupPIM+"assignmentScheduleRequests", ask("adminAssign", "accessId", "guest"))
}

func TestPIMPolicies(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	e.refused(400, "InvalidFilter", "required", "GET", rolePolicies, nil)
	const assignments = "/v1.0/policies/roleManagementPolicyAssignments?$expand=policy&$filter="
	a := e.want(200, "GET", assignments+"scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '"+globalReader+"'", nil).body["value"].([]any)[0].(object)
	id := a["policyId"].(string)
	same(t, "expanded", at(a, "policy.id"), id)
	if !strings.HasPrefix(id, "DirectoryRole_"+e.TenantID()+"_") {
		t.Errorf("id %s", id)
	}
	rules := e.want(200, "GET", rolePolicies+"/"+id+"?$expand=rules", nil).body["rules"].([]any)
	same(t, "rules", len(rules), 17)
	rule := rolePolicies + "/" + id + "/rules/Expiration_EndUser_Assignment"
	same(t, "longest", e.want(200, "GET", rule, nil).body["maximumDuration"], "PT8H")
	expiration := object{"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "maximumDuration": "PT1H"}
	const bad = "Request_BadRequest"
	e.refused(400, bad, "@odata.type", "PATCH", rule, object{"maximumDuration": "PT1H"})
	e.refused(400, bad, "cannot be changed", "PATCH", rule, with(object{"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule"}, "enabledRules", []any{}))
	e.refused(400, bad, "enabledRules", "PATCH", strings.Replace(rule, "Expiration", "Enablement", 1), object{"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule", "enabledRules": []any{"Luck"}})
	e.refused(404, "Request_ResourceNotFound", "Nothing", "PATCH", rolePolicies+"/"+id+"/rules/Nothing", expiration)
	e.want(204, "PATCH", rule, expiration)
	e.want(204, "PATCH", rolePolicies+"/"+id, object{"rules": []any{object{"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
		"id": "Approval_EndUser_Assignment", "setting": object{"isApprovalRequired": true}}}})
	e.want(405, "DELETE", rolePolicies+"/"+id, nil)
	e.want(405, "POST", rolePolicies, object{})

	ask := object{"action": "adminAssign", "principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/", "justification": "j"}
	e.want(201, "POST", directoryPIM+"EligibilityScheduleRequests", ask)
	ask["action"], ask["scheduleInfo"] = "selfActivate", for8Hours()
	e.refused(400, "RoleAssignmentRequestPolicyValidationFailed", `["ExpirationRule"]`, "POST", directoryPIM+"AssignmentScheduleRequests", ask)
	ask["scheduleInfo"] = object{"expiration": object{"type": "afterDuration", "duration": "PT30M"}}
	pending := e.want(201, "POST", directoryPIM+"AssignmentScheduleRequests", ask)
	same(t, "approval", pending.body["status"], "PendingApproval")
	same(t, "not assigned", len(e.want(200, "GET", roleAssignments, nil).ids()), 0)
	e.want(204, "POST", directoryPIM+"AssignmentScheduleRequests/"+pending.id()+"/cancel", nil)

	g := e.group("team")
	owners := e.want(200, "GET", rolePolicies+"?$filter=scopeId eq '"+g+"' and scopeType eq 'Group'", nil).ids()
	same(t, "policies of a group", len(owners), 2)
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.want(204, "DELETE", bin+"/"+g, nil)
	e.want(404, "GET", rolePolicies+"/"+owners[0], nil)
}
