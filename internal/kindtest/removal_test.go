package kindtest

import (
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Who took away links: what the audit log records of them is a change of what they
// connected, and not each of its records is a removal. TestEveryLossIsAttributed has the rest.

// TestChangeIsNoRemoval: the log has a change of a grant's scopes as "Remove delegated
// permission grant", too. Whoever made it did not end the grant.
func TestChangeIsNoRemoval(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithAuditLag(10*time.Minute))
	i := h.instance(kindNamed(t, "oauth2_permission_grant"))
	s := samples["oauth2_permission_grant"](h)
	i.apply(s.full)
	i.as(alice).behind("PATCH", i.path(), graph.Body{"scope": "openid"})
	i.control("clock", `{"advance":"20m"}`)
	i.as(mallory).lose()
	w, _ := i.told(s.full)
	has(t, w, "is not there any more: It was removed, or what it connects was deleted permanently. Apply makes it anew, the same as it was.",
		"Who removed it does not stand in the audit log: records appear up to 15 minutes late, and what goes with another object has none.")
	i.control("clock", `{"advance":"20m"}`)
	w, _ = i.told(s.full)
	has(t, w, " was removed by mallory@contoso.com: It was removed by mallory@contoso.com on 20")
}

// TestRoleTakenInAnotherWay: a role is taken away as an assignment or as a member of the
// activated role; the log has the same record. The same role of somebody else is another.
func TestRoleTakenInAnotherWay(t *testing.T) {
	t.Parallel()
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	h := newHost(t)
	v := func(user string) kind.Values {
		return kind.Values{"role_definition_id": reader, "principal_id": user, "directory_scope_id": "/"}
	}
	one, other := h.instance(kindNamed(t, "directory_role_assignment")), h.instance(kindNamed(t, "directory_role_assignment"))
	one.apply(v(h.user("adele")))
	other.apply(v(h.user("diego")))
	role := h.id("/directoryRoles", "roleTemplateId", reader)
	one.as(mallory).behind("DELETE", "/directoryRoles/"+role+"/members/"+h.user("adele")+"/$ref", nil)
	other.as(alice).lose()
	for i, person := range map[*instance]string{one: mallory, other: alice} {
		i.read()
		i.says("deleted_by", person)
	}
}

// TestRoleEndedByPIM: Privileged Identity Management ends a role for whoever asks it to. The
// directory names the service, and the log has a second record of the person.
func TestRoleEndedByPIM(t *testing.T) {
	t.Parallel()
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	h := newHost(t)
	requests := "/roleManagement/directory/roleAssignmentScheduleRequests"
	ask := func(user, action string) graph.Body {
		b := graph.Body{"action": action, "principalId": user, "roleDefinitionId": reader, "directoryScopeId": "/", "justification": "j"}
		if action == "adminAssign" {
			b["scheduleInfo"] = graph.Body{"expiration": graph.Body{"type": "noExpiration"}}
		}
		return b
	}
	one, other := h.instance(kindNamed(t, "directory_role_assignment")), h.instance(kindNamed(t, "directory_role_assignment"))
	for i, name := range map[*instance]string{one: "adele", other: "diego"} {
		i.behind("POST", requests, ask(h.user(name), "adminAssign"))
		i.apply(kind.Values{"role_definition_id": reader, "principal_id": h.user(name), "directory_scope_id": "/"}) // takes it over
	}
	one.as(mallory).behind("POST", requests, ask(h.user("adele"), "adminRemove"))
	other.as(alice).behind("POST", requests, ask(h.user("diego"), "adminRemove"))
	for i, person := range map[*instance]string{one: mallory, other: alice} {
		i.read()
		i.says("deleted_by", person)
	}
}

// TestManyLinksLost: one question to the audit log serves all lost links, and one serves all
// members that a group lost.
func TestManyLinksLost(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	members, _ := groups(h, 13)
	container := h.instance(kindNamed(t, "group"))
	container.apply(kind.Values{"display_name": "Container", "mail_nickname": "container", "security_enabled": true})
	var all []*instance
	var code []kind.Values
	lose := func(name string, v kind.Values) {
		own := *h
		i := own.instance(kindNamed(t, name))
		i.apply(v)
		i.as(alice).lose()
		all, code = append(all, i), append(code, v)
	}
	for _, m := range members {
		lose("group_member", kind.Values{"group_id": container.get("id"), "member_id": m.get("id")})
	}
	for _, role := range []string{"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "194ae4cb-b126-40b2-bd5b-6091b380977d", "fe930be7-5e62-47db-91af-98c3a49a38b1"} {
		lose("directory_role_assignment", kind.Values{"role_definition_id": role, "principal_id": h.user("adele"), "directory_scope_id": "/"})
	}
	lose("oauth2_permission_grant", samples["oauth2_permission_grant"](h).full)
	before := h.audited()
	inOneProcess(t, all, code)
	for _, i := range all {
		i.says("deleted_by", alice)
	}
	if n := h.audited() - before; n != 2 {
		t.Errorf("the audit log was asked %d times", n)
	}
}

// TestGoneWithItsEnd: an assignment that went with an application that somebody deleted for
// good was removed by nobody.
func TestGoneWithItsEnd(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app := h.instance(kindNamed(t, "application"))
	app.apply(kind.Values{"display_name": "Goes"})
	i := h.instance(kindNamed(t, "application_federated_identity_credential"))
	v := kind.Values{"application_id": app.get("id"), "name": "pipeline", "issuer": "https://issuer.example.org", "subject": "s", "audiences": []string{"api://AzureADTokenExchange"}}
	i.apply(v)
	app.as(mallory).lose()
	i.read()
	i.says("deleted_by", "")
	w, _ := i.told(v)
	has(t, w, "is not there any more: It was removed, or what it belongs to was deleted permanently.", "what goes with another object has none")
}
