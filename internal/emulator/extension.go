package emulator

import (
	"regexp"
	"slices"
	"strings"
)

// Extension properties: definitions of properties that an application adds to directory
// objects. They go to the recycle bin with their application and come back with it. Values
// of them on other objects are not emulated.

var (
	extensionName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	extensionTypes   = []string{"Binary", "Boolean", "DateTime", "Integer", "LargeInteger", "String"}
	extensionTargets = []string{"User", "Group", "AdministrativeUnit", "Application", "Device", "Organization"}
)

func extensionProperties() *resource {
	return &resource{
		typ: "extensionProperty", set: "extensionProperties", policies: true, child: true,
		required: []string{"name", "dataType", "targetObjects"},
		readOnly: []string{"id", "deletedDateTime", "appDisplayName", "isSyncedFromOnPremises"},
		prepare: func(t *Tenant, o *object) {
			setDefault(o.body, "isMultiValued", false)
			o.body["isSyncedFromOnPremises"] = false
		},
		check: checkExtension,
		embellish: func(t *Tenant, _ *call, o *object, out body) {
			if _, shown := out["appDisplayName"]; shown {
				out["appDisplayName"] = t.shelf("application").objects[strings.ToLower(o.parent)].body["displayName"]
			}
		},
	}
}

func checkExtension(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	invalid := func(property string) *graphError {
		return badRequest("Invalid value specified for property '%s' of resource 'ExtensionProperty'.", property)
	}
	name := next.text("name")
	if !extensionName.MatchString(name) {
		return invalid("name")
	}
	if !slices.Contains(extensionTypes, next.text("dataType")) {
		return invalid("dataType")
	}
	targets := list(next.body["targetObjects"])
	if len(targets) == 0 || slices.ContainsFunc(targets, func(v any) bool { return !slices.Contains(extensionTargets, textOf(v)) }) {
		return invalid("targetObjects")
	}
	app := t.shelf("application").live(next.parent)
	full := "extension_" + strings.ReplaceAll(app.text("appId"), "-", "") + "_" + name
	if t.byProperty(next.typ, "name", full) != nil {
		return badRequest("An extension property exists with the name %s.", full)
	}
	next.body["name"] = full
	return nil
}
