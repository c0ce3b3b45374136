package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// What handlers call beside a write: one line each, with the request that asked for it.

// audit notes that an object was added, deleted, hard-deleted or restored. Call it while
// the object is what the log should show: before a delete changes it, after a restore.
func (t *Tenant) audit(c *call, verb string, o *object) {
	if t.auditPart(c, verb, o) {
		return
	}
	target := t.auditTarget(o)
	switch verb {
	case auditAdd:
		target.changes = t.differences(nil, o)
	case auditUpdate, auditRestore:
		if t.loggedWhole(o.typ) {
			target.changes = t.differences(nil, o)
		}
	case auditDelete, auditPurge:
		// The directory names what it deletes and nothing more.
		if t.loggedWhole(o.typ) {
			target.changes = t.differences(o, nil)
		}
	}
	t.note(c, t.activityOf(verb, o.typ), target)
}

// auditChange notes that an object becomes next; sent is the body that asked for it.
// Call it before the change is stored.
func (t *Tenant) auditChange(c *call, o, next *object, sent body) {
	if o.typ == "oAuth2PermissionGrant" {
		t.auditGrant(c, "Add", o, next)
		t.auditGrant(c, "Remove", o, next)
		return
	}
	if t.auditChild(c, o, next) {
		return
	}
	target := t.auditTarget(next)
	target.changes = t.differences(o, next)
	t.note(c, t.activityOf(auditUpdate, o.typ), target)
	core := func(name string) activity {
		w, _ := t.wordsFor(o.typ)
		return activity{name, w.service, w.category, "Update"}
	}
	if !reflect.DeepEqual(keyDescriptions(o), keyDescriptions(next)) {
		t.auditKeys(c, o, next)
	}
	if o.typ == "conditionalAccessPolicy" {
		// Seen beside each record of Conditional Access: the directory's own, without values.
		t.note(c, activity{"Update policy", coreDirectory, "Policy", "Update"}, t.auditTarget(next))
	}
	if o.typ != "user" {
		return
	}
	if was, is := o.body["accountEnabled"], next.body["accountEnabled"]; was != is {
		name := map[bool]string{true: "Enable account", false: "Disable account"}[is == true]
		t.note(c, core(name), auditTarget{id: o.id, typ: "User", upn: next.text("userPrincipalName"),
			changes: []auditChange{{"AccountEnabled", jsonText([]any{was}), jsonText([]any{is})}}})
	}
	if sent["passwordProfile"] != nil {
		t.note(c, core("Reset password"), auditTarget{id: o.id, typ: "User", upn: next.text("userPrincipalName")})
	}
}

// auditGone notes, beside the deletion of an object whose type has a recycle bin, that the
// bin did not take it.
func (t *Tenant) auditGone(c *call, r *resource, o *object) {
	if r.binned() {
		t.audit(c, auditPurge, o)
	}
}

// auditSecrets notes that the secrets or certificates of an application or service
// principal become the given ones. Call it before the change is stored.
func (t *Tenant) auditSecrets(c *call, o *object, property string, secrets []any) {
	next := &object{typ: o.typ, id: o.id, body: body{}}
	for k, v := range o.body {
		next.body[k] = v
	}
	next.body[property] = secrets
	t.auditChange(c, o, next, nil)
}

// auditKeys notes what becomes of secrets and certificates: never their text. Beside it
// stand, as seen in a tenant, an empty update of the application (auditChange notes it)
// and one of its service principal.
func (t *Tenant) auditKeys(c *call, o, next *object) {
	before, after := keyDescriptions(o), keyDescriptions(next)
	target := t.auditTarget(next)
	target.changes = []auditChange{{"KeyDescription", jsonText(before), jsonText(after)}, included("KeyDescription")}
	w, _ := t.wordsFor(o.typ)
	name := secretsActivity
	switch {
	case o.typ == "servicePrincipal" && len(after) < len(before):
		name = "Remove service principal credentials"
	case o.typ == "servicePrincipal":
		name = "Add service principal credentials"
	}
	t.note(c, activity{name, w.service, w.category, "Update"}, target)
	if sp := t.byProperty("servicePrincipal", "appId", o.text("appId")); o.typ == "application" && sp != nil {
		stub := t.auditTarget(sp)
		stub.changes = []auditChange{included()}
		t.note(c, t.activityOf(auditUpdate, sp.typ), stub)
	}
}

// auditLink notes a link that was added or removed. The target of a link comes first, and
// names the object that it is linked to; neither carries its display name, as seen.
func (t *Tenant) auditLink(c *call, o *object, relation, id string, added bool) {
	x := t.directoryObject(id, false)
	for _, r := range t.resources {
		if x == nil { // a policy of an application, say
			x = t.shelves[r.typ].live(id)
		}
	}
	if x == nil {
		return
	}
	container, member := t.auditTarget(o), t.auditTarget(x)
	name := o.text("displayName")
	container.name, member.name = "", ""
	prefix := title(o.typ)
	if o.typ == "directoryRole" {
		prefix = "Role"
	}
	member.changes = given(added, [2]string{prefix + ".ObjectID", o.id}, [2]string{prefix + ".DisplayName", name})
	if o.typ == "directoryRole" {
		member.changes = append(member.changes, given(added, [2]string{"Role.TemplateId", o.text("roleTemplateId")})...)
	}
	t.note(c, t.linkActivity(o, relation, added), member, container)
}

// auditTarget names an object.
func (t *Tenant) auditTarget(o *object) auditTarget {
	w, _ := t.wordsFor(o.typ)
	target := auditTarget{id: o.id, name: o.text("displayName"), typ: w.target, upn: o.text("userPrincipalName")}
	if o.typ == "group" {
		target.groupType = "azureAD"
		if unified(o) {
			target.groupType = "unifiedGroups"
		}
	}
	return target
}

// loggedWhole tells whether the log holds an object as one JSON value. So it does for
// Conditional Access, which lets a reader rebuild a policy from before a change.
func (t *Tenant) loggedWhole(typ string) bool {
	w, _ := t.wordsFor(typ)
	return w.service == conditionalAccess
}

// changes lists what differs between two states of an object, nil for none: the whole
// object for Conditional Access, property by property for the directory.
func (t *Tenant) differences(old, next *object) []auditChange {
	some := next
	if some == nil {
		some = old
	}
	if t.loggedWhole(some.typ) {
		w, _ := t.wordsFor(some.typ)
		return []auditChange{{title(w.typ), t.wholeJSON(old), t.wholeJSON(next)}}
	}
	before, after := body{}, body{}
	if old != nil {
		before = old.body
	}
	if next != nil {
		after = next.body
	}
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var out []auditChange
	var titles []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.Contains(secretProperties, name) || empty(before[name]) && empty(after[name]) || reflect.DeepEqual(before[name], after[name]) {
			continue
		}
		out = append(out, auditChange{title(name), jsonText(many(before[name])), jsonText(many(after[name]))})
		titles = append(titles, title(name))
	}
	return append(out, included(titles...))
}

// secretProperties are logged by auditKeys, or not at all.
var secretProperties = []string{"passwordCredentials", "keyCredentials", "passwordProfile"}

// included is the entry that names the others. It is JSON text, too: "\"\"" for none.
func included(names ...string) auditChange {
	return auditChange{"Included Updated Properties", nil, jsonText(strings.Join(names, ", "))}
}

// many makes the list that the directory logs a value as, [] for an unset one.
func many(v any) []any {
	switch v := v.(type) {
	case nil:
		return []any{}
	case []any:
		return v
	}
	return []any{v}
}

// wholeJSON is an object of Conditional Access as the log holds it: as v1.0 shows it, unset
// properties left out, and the authentication strength by its id.
func (t *Tenant) wholeJSON(o *object) *string {
	if o == nil {
		return nil
	}
	c := &call{version: "v1.0", header: map[string][]string{"Prefer": {"include-unknown-enum-members"}}}
	if o.preview {
		c.version = "beta"
	}
	out := t.render(c, o, nil)
	delete(out, "deletedDateTime")
	if grant, has := out["grantControls"].(body); has {
		grant["authenticationStrength"] = nested(o.body, "grantControls")["authenticationStrength"]
	}
	return jsonText(withoutNulls(out))
}

// withoutNulls drops unset properties and contexts.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case body:
		out := body{}
		for name, x := range v {
			if x != nil && !strings.HasSuffix(name, "@odata.context") {
				out[name] = withoutNulls(x)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, x := range v {
			out = append(out, withoutNulls(x))
		}
		return out
	}
	return v
}

// keyDescriptions are the secrets and certificates of an object in the log's notation.
func keyDescriptions(o *object) []any {
	out := []any{}
	for _, kind := range []struct{ property, typ string }{{"keyCredentials", "AsymmetricX509Cert"}, {"passwordCredentials", "Password"}} {
		for _, v := range list(o.body[kind.property]) {
			k, _ := v.(body)
			out = append(out, fmt.Sprintf("[KeyIdentifier=%s,KeyType=%s,KeyUsage=Verify,DisplayName=%s]", textOf(k["keyId"]), kind.typ, textOf(k["displayName"])))
		}
	}
	return out
}

func jsonText(v any) *string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	s := strings.TrimSuffix(out.String(), "\n")
	return &s
}
