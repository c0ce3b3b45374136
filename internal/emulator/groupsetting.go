package emulator

import (
	"slices"
	"strings"
)

// Settings of the tenant and of groups: all values of a template, one setting of each
// template. Beta spells the address /settings; that spelling is not emulated.

// groupSettingTemplates are the settings that groups and the tenant can have, with their
// defaults as Microsoft documents them.
var groupSettingTemplateTable = []struct{ id, name, values string }{
	{"62375ab9-6b52-47ed-826b-58e47e0e304b", "Group.Unified", "NewUnifiedGroupWritebackDefault=true EnableMIPLabels=false CustomBlockedWordsList= EnableMSStandardBlockedWords=false ClassificationDescriptions= DefaultClassification= PrefixSuffixNamingRequirement= AllowGuestsToBeGroupOwner=false AllowGuestsToAccessGroups=true GuestUsageGuidelinesUrl= GroupCreationAllowedGroupId= AllowToAddGuests=true UsageGuidelinesUrl= ClassificationList= EnableGroupCreation=true"},
	{"08d542b9-071f-4e16-94b0-74abb372e3d9", "Group.Unified.Guest", "AllowToAddGuests=true"},
	{"5cf42378-d67d-4f36-ba46-e8b86229381d", "Password Rule Settings", "BannedPasswordCheckOnPremisesMode=Audit EnableBannedPasswordCheckOnPremises=false EnableBannedPasswordCheck=false LockoutDurationInSeconds=60 LockoutThreshold=10 BannedPasswordList="},
}

func groupSettings() []*resource {
	return []*resource{
		{typ: "groupSettingTemplate", set: "groupSettingTemplates", paths: []string{"/groupSettingTemplates"}, policies: true, readOnlyAddress: true, unpaged: true},
		{typ: "groupSetting", set: "groupSettings", paths: []string{"/groupSettings"}, policies: true, child: true, unpaged: true,
			required: []string{"templateId", "values"}, readOnly: []string{"id", "displayName"}, notOnUpdate: []string{"templateId"}, check: checkSetting},
	}
}

func (t *Tenant) seedSettingTemplates() {
	for _, s := range groupSettingTemplateTable {
		values := []any{}
		for _, v := range strings.Fields(s.values) {
			name, value, _ := strings.Cut(v, "=")
			typ := "System.String"
			if value == "true" || value == "false" {
				typ = "System.Boolean"
			}
			values = append(values, body{"name": name, "defaultValue": value, "type": typ, "description": ""})
		}
		t.put("groupSettingTemplate", s.id, body{"displayName": s.name, "description": "Settings of " + s.name, "values": values})
	}
}

// checkSetting wants every value of the template at creation, no others ever, and one
// setting of a template.
func checkSetting(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	template := t.shelf("groupSettingTemplate").live(next.text("templateId"))
	if template == nil {
		return notFound(next.text("templateId"))
	}
	next.body["displayName"] = template.body["displayName"]
	known := map[any]bool{}
	for _, v := range list(template.body["values"]) {
		known[v.(body)["name"]] = true
	}
	given := map[any]bool{}
	for _, v := range list(next.body["values"]) {
		name := v.(body)["name"]
		if !known[name] {
			return badRequest("The value '%v' is not one of the template '%s'.", name, template.text("displayName"))
		}
		given[name] = true
	}
	if old != nil {
		next.body["values"] = mergedValues(list(old.body["values"]), list(next.body["values"]))
		return nil
	}
	if len(given) != len(known) {
		return badRequest("Every value of the template '%s' is required.", template.text("displayName"))
	}
	for _, o := range t.shelf(next.typ).all(false) {
		if o.parent == next.parent && same(o.body["templateId"], template.id) {
			return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
		}
	}
	return nil
}

// mergedValues lays the values of a PATCH over those that are there.
func mergedValues(old, sent []any) []any {
	out := slices.Clone(old)
	for _, v := range sent {
		at := slices.IndexFunc(out, func(o any) bool { return same(o.(body)["name"], v.(body)["name"]) })
		if at >= 0 {
			out[at] = v
		}
	}
	return out
}
