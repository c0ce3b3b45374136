package emulator_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

const roleBin = "/beta/roleManagement/directory/deletedItems/roleDefinitions"

func customRole() object {
	return object{"displayName": "R", "isEnabled": true, "rolePermissions": []any{object{"allowedResourceActions": []any{"microsoft.directory/applications/basic/update"}}}}
}

// TestRoleBin: a custom role that was deleted is listed, read, restored with its id, and
// purged; its template id stays taken meanwhile.
func TestRoleBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	made := e.want(201, "POST", roleDefinitions, customRole())
	at := roleDefinitions + "/" + made.id()
	e.want(404, "GET", roleBin+"/"+made.id(), nil)
	e.want(204, "DELETE", at, nil)
	e.want(404, "GET", at, nil)
	same(t, "listed", e.want(200, "GET", roleBin, nil).ids(), []string{made.id()})
	if got := e.want(200, "GET", "/v1.0/roleManagement/directory/deletedItems/roleDefinitions/"+made.id(), nil); got.body["deletedDateTime"] == nil || got.body["displayName"] != "R" {
		t.Errorf("%s", got.raw)
	}
	e.refused(400, "Request_BadRequest", "conflicting object", "POST", roleDefinitions, with(customRole(), "templateId", made.id()))
	back := e.want(200, "POST", roleBin+"/"+made.id()+"/restore", nil)
	same(t, "id", back.id(), made.id())
	same(t, "deletedDateTime", back.body["deletedDateTime"], nil)
	e.want(200, "GET", at, nil)
	e.want(404, "POST", roleBin+"/"+made.id()+"/restore", nil)
	e.want(204, "DELETE", at, nil)
	e.want(204, "DELETE", roleBin+"/"+made.id(), nil)
	e.want(404, "GET", roleBin+"/"+made.id(), nil)
	same(t, "free again", e.want(201, "POST", roleDefinitions, with(customRole(), "templateId", made.id())).id(), made.id())
	e.want(204, "DELETE", at, nil)
	e.advance("721h")
	same(t, "expired", len(e.want(200, "GET", roleBin, nil).ids()), 0)
	e.refused(400, "Request_BadRequest", "built-in", "DELETE", roleDefinitions+"/"+globalReader, nil)
}

// TestRoleWithoutBin: where a cloud has no such recycle bin, the address does not exist.
func TestRoleWithoutBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithoutRoleRecycleBin())
	made := e.want(201, "POST", roleDefinitions, customRole())
	e.want(204, "DELETE", roleDefinitions+"/"+made.id(), nil)
	e.refused(400, "BadRequest", "segment 'deletedItems'", "GET", roleBin+"/"+made.id(), nil)
	e.refused(400, "BadRequest", "segment 'deletedItems'", "GET", roleBin, nil)
}

// TestRoleCondition: conditions are for built-in roles.
func TestRoleCondition(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.refused(400, "Request_BadRequest", "not supported", "POST", roleDefinitions, with(customRole(), "rolePermissions",
		[]any{object{"allowedResourceActions": []any{"microsoft.directory/applications/basic/update"}, "condition": "@Subject.objectId Any_of @Resource.owners"}}))
}
