package emulator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// The rules of Privileged Identity Management: one policy for each role of the directory,
// two for each group (members and owners), all with the same seventeen rules. Policies can
// be neither made nor deleted; they come into being when somebody looks.

func pimPolicies() []*resource {
	return []*resource{
		{typ: "unifiedRoleManagementPolicy", set: "policies/roleManagementPolicies", policies: true, child: true,
			readOnly: []string{"id", "displayName", "description", "isOrganizationDefault", "lastModifiedBy", "lastModifiedDateTime", "effectiveRules"},
			fixed:    []string{"scopeId", "scopeType"}, idleNulls: []string{"lastModifiedBy"},
			expandable: []string{"rules", "effectiveRules"}, deep: []string{"rules"},
			expand: func(_ *Tenant, c *call, o *object, _ string) any { return rulesShown(c, o) }, check: checkPolicyRules},
		{typ: "unifiedRoleManagementPolicyAssignment", set: "policies/roleManagementPolicyAssignments", policies: true, child: true,
			expandable: []string{"policy"},
			expand: func(t *Tenant, c *call, o *object, _ string) any {
				return t.render(&call{base: c.base, version: c.version, header: c.header}, t.shelf("unifiedRoleManagementPolicy").live(o.text("policyId")), nil)
			}},
	}
}

const rulePrefix = "#microsoft.graph.unifiedRoleManagementPolicy"

// defaultRules are those that nobody has changed yet. An assignment to a group expires by
// default, one to a role of the directory need not.
func defaultRules(group bool) []any {
	var out []any
	add := func(kind, id, caller, level string, more body) {
		b := body{"@odata.type": rulePrefix + kind + "Rule", "id": id, "target": body{"caller": caller, "operations": []any{"all"}, "level": level,
			"inheritableSettings": []any{}, "enforcedSettings": []any{}}}
		for k, v := range more {
			b[k] = v
		}
		out = append(out, b)
	}
	expiration := func(id, caller, level, longest string, required bool) {
		add("Expiration", "Expiration_"+id, caller, level, body{"isExpirationRequired": required, "maximumDuration": longest})
	}
	enablement := func(id, caller, level string, rules ...any) {
		add("Enablement", "Enablement_"+id, caller, level, body{"enabledRules": append([]any{}, rules...)})
	}
	expiration("Admin_Eligibility", "Admin", "Eligibility", "P365D", group)
	enablement("Admin_Eligibility", "Admin", "Eligibility")
	expiration("Admin_Assignment", "Admin", "Assignment", "P180D", group)
	enablement("Admin_Assignment", "Admin", "Assignment", "Justification")
	expiration("EndUser_Assignment", "EndUser", "Assignment", "PT8H", true)
	enablement("EndUser_Assignment", "EndUser", "Assignment", "MultiFactorAuthentication", "Justification")
	add("Approval", "Approval_EndUser_Assignment", "EndUser", "Assignment", body{"setting": body{"isApprovalRequired": false, "isApprovalRequiredForExtension": false,
		"isRequestorJustificationRequired": true, "approvalMode": "SingleStage", "approvalStages": []any{body{"approvalStageTimeOutInDays": number("1"),
			"isApproverJustificationRequired": true, "escalationTimeInMinutes": number("0"), "isEscalationEnabled": false, "primaryApprovers": []any{}, "escalationApprovers": []any{}}}}})
	add("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", "EndUser", "Assignment", body{"isEnabled": false, "claimValue": ""})
	for _, who := range []string{"Admin", "Requestor", "Approver"} {
		for _, what := range [][2]string{{"Admin", "Eligibility"}, {"Admin", "Assignment"}, {"EndUser", "Assignment"}} {
			add("Notification", "Notification_"+who+"_"+what[0]+"_"+what[1], what[0], what[1], body{"notificationType": "Email", "recipientType": who,
				"notificationLevel": "All", "isDefaultRecipientsEnabled": true, "notificationRecipients": []any{}})
		}
	}
	return out
}

// policyFor finds or makes the policy of a role of the directory, or of members or owners
// of a group.
func (t *Tenant) policyFor(group bool, scope, role string) *object {
	name, title := "DirectoryRole", "DirectoryRole"
	parent := role // a role's policy goes with the role, a group's with the group
	if group {
		name, title, parent = "Group", "Group", scope
	}
	unique := uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.id+"/"+scope+"/"+role)).String()
	holder := t.id
	if group {
		holder = scope
	}
	id := fmt.Sprintf("%s_%s_%s", name, holder, unique)
	shelf := t.shelf("unifiedRoleManagementPolicy")
	if p := shelf.live(id); p != nil {
		return p
	}
	p := &object{typ: "unifiedRoleManagementPolicy", id: id, parent: parent, body: body{"displayName": title, "description": title, "isOrganizationDefault": false,
		"scopeId": scope, "scopeType": title, "rules": defaultRules(group)}}
	shelf.put(p)
	t.shelf("unifiedRoleManagementPolicyAssignment").put(&object{typ: "unifiedRoleManagementPolicyAssignment", id: id + "_" + role, parent: parent,
		body: body{"policyId": id, "scopeId": scope, "scopeType": title, "roleDefinitionId": role}})
	return p
}

var (
	scopeIDFilter   = regexp.MustCompile(`scopeId\s+eq\s+'([^']+)'`)
	scopeTypeFilter = regexp.MustCompile(`scopeType\s+eq\s+'(DirectoryRole|Directory|Group)'`)
)

// policyList answers a listing of policies or of their assignments, which must be filtered
// by scope.
func policyList(typ string) handler {
	return func(t *Tenant, c *call) (*reply, *graphError) {
		filter := c.query.Get("$filter")
		scope, kind := scopeIDFilter.FindStringSubmatch(filter), scopeTypeFilter.FindStringSubmatch(filter)
		if scope == nil || kind == nil {
			return nil, &graphError{Status: 400, Code: "InvalidFilter", Message: "The filter is invalid: scopeId and scopeType are required."}
		}
		r := t.resource(typ)
		switch {
		case kind[1] == "Group":
			if t.shelf("group").live(scope[1]) == nil {
				return nil, pimError("ResourceNotFound", "The resource is not found.")
			}
			t.policyFor(true, scope[1], "member")
			t.policyFor(true, scope[1], "owner")
		case scope[1] == "/":
			for _, role := range t.shelf("unifiedRoleDefinition").all(false) {
				t.policyFor(false, "/", role.id)
			}
		}
		c.query.Set("$filter", strings.ReplaceAll(filter, "'Directory'", "'DirectoryRole'"))
		return t.page(c, r.listing(), t.visible(c, r))
	}
}

// knownPolicy makes sure that the policy of an address exists before it is looked up: its
// id may come from an earlier answer about a role, or from another tool.
func (t *Tenant) knownPolicy(c *call) (*object, *graphError) {
	for _, role := range t.shelf("unifiedRoleDefinition").all(false) {
		t.policyFor(false, "/", role.id)
	}
	if parts := strings.Split(c.params["id"], "_"); len(parts) == 3 && parts[0] == "Group" && t.shelf("group").live(parts[1]) != nil {
		t.policyFor(true, parts[1], "member")
		t.policyFor(true, parts[1], "owner")
	}
	return t.target(c, t.resource("unifiedRoleManagementPolicy"))
}

func policyRead(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.knownPolicy(c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, t.resource(o.typ), o, "policies/roleManagementPolicies/$entity")
}

func policyUpdate(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	o, gerr := t.knownPolicy(c)
	if gerr != nil {
		return nil, gerr
	}
	return t.change(c, t.resource(o.typ), o, in)
}

// checkPolicyRules lays the rules of a PATCH over the policy's own, by their ids.
func checkPolicyRules(_ *Tenant, _ *call, old, next *object, _ body) *graphError {
	rules := slices.Clone(list(old.body["rules"]))
	for _, v := range list(next.body["rules"]) {
		sent := v.(body)
		at := slices.IndexFunc(rules, func(r any) bool { return same(r.(body)["id"], sent["id"]) })
		if at < 0 {
			return notFound(textOf(sent["id"]))
		}
		rule := deepCopy(rules[at]).(body)
		if sent["@odata.type"] != nil && sent["@odata.type"] != rule["@odata.type"] {
			return badRequest("The type of the rule '%v' cannot be changed.", sent["id"])
		}
		for name, value := range sent {
			rule[name] = value
		}
		if gerr := checkRuleValues(rule); gerr != nil {
			return gerr
		}
		rules[at] = rule
	}
	next.body["rules"] = rules
	return nil
}

var enabledRules = []string{"MultiFactorAuthentication", "Justification", "Ticketing"}

func checkRuleValues(rule body) *graphError {
	if d, is := rule["maximumDuration"].(string); is && !durationParts.MatchString(d) {
		return badRequest("The maximumDuration '%s' of the rule '%v' is not valid.", d, rule["id"])
	}
	for _, v := range list(rule["enabledRules"]) {
		if !slices.Contains(enabledRules, textOf(v)) {
			return badRequest("'%v' is not one of enabledRules.", v)
		}
	}
	return nil
}

func rulesShown(c *call, policy *object) []any {
	rows := []any{}
	for _, r := range list(policy.body["rules"]) {
		rows = append(rows, c.complexValue("unifiedRoleManagementPolicyRule", r.(body)))
	}
	return rows
}

func ruleList(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.knownPolicy(c)
	if gerr != nil {
		return nil, gerr
	}
	return ok(body{"@odata.context": c.context("policies/roleManagementPolicies('" + o.id + "')/rules"), "value": rulesShown(c, o)}), nil
}

func ruleRead(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.knownPolicy(c)
	if gerr != nil {
		return nil, gerr
	}
	for _, r := range rulesShown(c, o) {
		if rule := r.(body); rule["id"] == c.params["rule"] {
			rule["@odata.context"] = c.context("policies/roleManagementPolicies('" + o.id + "')/rules/$entity")
			return ok(rule), nil
		}
	}
	return nil, notFound(c.params["rule"])
}

// ruleUpdate changes one rule: the body is the rule, its type is required.
func ruleUpdate(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	o, gerr := t.knownPolicy(c)
	if gerr != nil {
		return nil, gerr
	}
	if in["id"] != nil && in["id"] != c.params["rule"] {
		return nil, badRequest("The id of the address and of the body differ.")
	}
	in["id"] = c.params["rule"]
	if !strings.HasPrefix(textOf(in["@odata.type"]), rulePrefix) {
		return nil, badRequest("A rule needs its @odata.type.")
	}
	return t.change(c, t.resource(o.typ), o, body{"rules": []any{in}})
}

// checkRules holds a request against the rules of its policy, and tells whether it needs
// an approval. Whether somebody signed in with a second factor nobody knows here, so that
// rule passes.
func (k pimKind) checkRules(t *Tenant, o *object, s span, self bool) (pending bool, gerr *graphError) {
	scope, role := "/", strings.ToLower(o.text("roleDefinitionId"))
	if k.group {
		scope, role = strings.ToLower(o.text("groupId")), o.text("accessId")
	}
	suffix := "Admin_Assignment"
	switch {
	case self:
		suffix = "EndUser_Assignment"
	case k.eligible:
		suffix = "Admin_Eligibility"
	}
	var failed []string
	for _, r := range list(t.policyFor(k.group, scope, role).body["rules"]) {
		rule := r.(body)
		switch textOf(rule["id"]) {
		case "Expiration_" + suffix:
			longest, _ := addDuration(s.from, textOf(rule["maximumDuration"]))
			if rule["isExpirationRequired"] == true && (s.to.IsZero() || s.to.After(longest)) {
				failed = append(failed, "ExpirationRule")
			}
		case "Enablement_" + suffix:
			if contains(rule["enabledRules"], "Justification") && o.text("justification") == "" {
				failed = append(failed, "JustificationRule")
			}
			if contains(rule["enabledRules"], "Ticketing") && textOf(nested(o.body, "ticketInfo")["ticketNumber"]) == "" {
				failed = append(failed, "TicketingRule")
			}
		case "Approval_EndUser_Assignment":
			pending = self && nested(rule, "setting")["isApprovalRequired"] == true
		}
	}
	if len(failed) > 0 {
		names, _ := json.Marshal(failed)
		return false, pimError("RoleAssignmentRequestPolicyValidationFailed", "The following policy rules failed: "+string(names))
	}
	return pending, nil
}

func pimPolicyRoutes(add func(method, pattern string, run handler)) {
	const at = "/policies/roleManagementPolicies"
	add("GET", at, policyList("unifiedRoleManagementPolicy"))
	add("GET", at+"/{id}", policyRead)
	add("PATCH", at+"/{id}", policyUpdate)
	add("GET", at+"/{id}/rules", ruleList)
	add("GET", at+"/{id}/rules/{rule}", ruleRead)
	add("PATCH", at+"/{id}/rules/{rule}", ruleUpdate)
	add("GET", "/policies/roleManagementPolicyAssignments", policyList("unifiedRoleManagementPolicyAssignment"))
	add("GET", "/policies/roleManagementPolicyAssignments/{id}", func(t *Tenant, c *call) (*reply, *graphError) {
		r := t.resource("unifiedRoleManagementPolicyAssignment")
		o, gerr := t.target(c, r)
		if gerr != nil {
			return nil, gerr
		}
		return t.one(c, r, o, r.set+"/$entity")
	})
}
