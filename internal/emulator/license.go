package emulator

import (
	_ "embed"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Licences: what the tenant has subscribed to, and which groups and users it is assigned
// to. A group passes its licences on to its direct members. Conflicts between service
// plans, and the locations in which a product may be used, are not known here.

//go:embed seed/skus.tsv
var skusTable string

var skuID = regexp.MustCompile(`^[0-9a-fA-F-]{36}_[0-9a-fA-F-]{36}$`)

// subscribedSkus are what the tenant bought; those of an archive replace its own.
func subscribedSkus() *resource {
	return &resource{
		typ: "subscribedSku", set: "subscribedSkus", paths: []string{"/subscribedSkus"}, policies: true, noTop: true, unpaged: true,
		own:        map[string]handler{"POST": nil, "PATCH": nil, "DELETE": nil},
		filterable: []string{}, loadable: skuID,
		loaded: func(t *Tenant, o *object) {
			for _, other := range t.shelf(o.typ).all(false) {
				if other != o && same(other.body["skuId"], o.body["skuId"]) {
					t.shelf(o.typ).drop(other.id)
				}
			}
		},
		embellish: func(t *Tenant, _ *call, o *object, out body) {
			if _, shown := out["consumedUnits"]; shown {
				out["consumedUnits"] = t.seatsTaken()[strings.ToLower(o.text("skuId"))]
			}
		},
	}
}

func (t *Tenant) seedSkus(own func(what string) string) {
	var sku body
	for _, row := range rows(skusTable) {
		if len(row) == 2 {
			sku["servicePlans"] = append(list(sku["servicePlans"]), body{"servicePlanName": row[0], "servicePlanId": row[1],
				"provisioningStatus": "Success", "appliesTo": "User"})
			continue
		}
		sku = body{"skuPartNumber": row[0], "skuId": row[1], "accountId": t.id, "accountName": strings.TrimSuffix(t.initialDomain(), ".onmicrosoft.com"),
			"appliesTo": "User", "capabilityStatus": "Enabled", "subscriptionIds": []any{own(row[1])},
			"prepaidUnits": body{"enabled": number(row[2]), "lockedOut": number("0"), "suspended": number("0"), "warning": number("0")}}
		t.put("subscribedSku", t.id+"_"+row[1], sku)
	}
}

func (t *Tenant) sku(id string) *object {
	for _, o := range t.shelf("subscribedSku").all(false) {
		if same(o.body["skuId"], id) {
			return o
		}
	}
	return nil
}

// seatsTaken counts the users that have each licence; one in the recycle bin has none.
func (t *Tenant) seatsTaken() map[string]int {
	out := map[string]int{}
	t.shelf("user").each(func(u *object) bool {
		for _, l := range list(u.body["assignedLicenses"]) {
			out[skuOf(l)]++
		}
		return true
	})
	return out
}

// skuOf is the product of an assigned licence or of the state of one.
func skuOf(license any) string {
	b, _ := license.(body)
	return strings.ToLower(textOf(b["skuId"]))
}

func indexOfSku(licenses []any, sku string) int {
	return slices.IndexFunc(licenses, func(l any) bool { return skuOf(l) == strings.ToLower(sku) })
}

// freeSeat tells whether one more user can have a licence. What an archive says of
// licences that it does not tell the number of, is believed.
func (t *Tenant) freeSeat(id string, taken map[string]int) bool {
	sku := t.sku(id)
	if sku == nil {
		return true
	}
	return taken[strings.ToLower(id)] < seats(sku)
}

// seats is how many licences of a product the tenant has.
func seats(sku *object) int {
	n, _ := strconv.Atoi(textOf(nested(sku.body, "prepaidUnits")["enabled"]))
	return n
}

// licenses is the body of assignLicense.
type licenses struct {
	add    []any
	remove []string
}

// readLicenses wants both parameters: an empty list where there is nothing to do.
func (t *Tenant) readLicenses(c *call, r *resource) (*licenses, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	var missing []string
	for _, name := range []string{"addLicenses", "removeLicenses"} {
		if _, isList := in[name].([]any); !isList {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, badRequest("One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: %s.", strings.Join(missing, ", "))
	}
	for name := range in {
		if name != "addLicenses" && name != "removeLicenses" {
			return nil, badRequest("The parameter '%s' in the request payload is not a valid parameter for the operation 'assignLicense'.", name)
		}
	}
	out := &licenses{}
	check := t.checker(c, r, true)
	for _, v := range list(in["addLicenses"]) {
		b, isObject := v.(body)
		if !isObject {
			return nil, badRequest("The value of property 'addLicenses' must be an object.")
		}
		if gerr := check.complex("assignedLicense", b, "addLicenses"); gerr != nil {
			return nil, gerr
		}
		if gerr := t.checkSku(b); gerr != nil {
			return nil, gerr
		}
		if indexOfSku(out.add, skuOf(b)) >= 0 {
			return nil, badRequest("Request contains a property with duplicate values.")
		}
		license := body{"skuId": skuOf(b), "disabledPlans": append([]any{}, list(b["disabledPlans"])...)}
		for name := range t.rules.future.of("assignedLicense") {
			if v, given := b[name]; given {
				license[name] = v
			}
		}
		out.add = append(out.add, license)
	}
	for _, v := range list(in["removeLicenses"]) {
		if !isGUID(textOf(v)) {
			return nil, badRequest("Cannot convert the value of property 'removeLicenses' to the expected type 'Edm.Guid'.")
		}
		if indexOfSku(out.add, textOf(v)) >= 0 {
			return nil, badRequest("Request contains a property with duplicate values.")
		}
		out.remove = append(out.remove, strings.ToLower(textOf(v)))
	}
	return out, nil
}

// checkSku wants a product that the tenant has, and service plans of it.
func (t *Tenant) checkSku(license body) *graphError {
	sku := t.sku(skuOf(license))
	if sku == nil {
		return noSuchLicense(skuOf(license))
	}
	for _, plan := range list(license["disabledPlans"]) {
		if !slices.ContainsFunc(list(sku.body["servicePlans"]), func(p any) bool { return same(p.(body)["servicePlanId"], plan) }) {
			return badRequest("The service plan %v is not part of the license %s.", plan, skuOf(license))
		}
	}
	return nil
}

func noSuchLicense(sku string) *graphError {
	return badRequest("License %s does not correspond to a valid company License.", sku)
}

// applied is what a list of licences becomes.
func (l *licenses) applied(to []any) []any {
	out := slices.DeleteFunc(slices.Clone(to), func(v any) bool {
		return slices.Contains(l.remove, skuOf(v)) || indexOfSku(l.add, skuOf(v)) >= 0
	})
	return append(out, l.add...)
}

// licenseGroup answers POST /groups/{id}/assignLicense.
// https://learn.microsoft.com/graph/api/group-assignlicense
func licenseGroup(t *Tenant, c *call) (*reply, *graphError) {
	r := t.resource("group")
	g, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	l, gerr := t.readLicenses(c, r)
	if gerr != nil {
		return nil, gerr
	}
	held := list(g.body["assignedLicenses"])
	for _, sku := range l.remove {
		if indexOfSku(held, sku) < 0 && t.sku(sku) == nil {
			return nil, noSuchLicense(sku)
		}
		if indexOfSku(held, sku) < 0 {
			return nil, badRequest("Group does not have a corresponding license.")
		}
	}
	if g.body["securityEnabled"] != true && len(l.add) > 0 {
		return nil, badRequest("Licenses can be assigned to security-enabled groups only.")
	}
	next := &object{typ: g.typ, id: g.id, body: body{"assignedLicenses": l.applied(held)}}
	t.auditLicenses(c, "Set group license", &object{typ: g.typ, id: g.id, body: body{"assignedLicenses": held}}, next, g)
	g.body["assignedLicenses"], g.body["licenseProcessingState"] = next.body["assignedLicenses"], body{"state": "ProcessingComplete"}
	t.touched(g, "assignedLicenses", "licenseProcessingState")
	t.relicenseMembers(g)
	rep, gerr := t.one(c, r, g, r.set+"/$entity")
	if gerr == nil {
		rep.status, rep.header = http.StatusAccepted, map[string]string{"Location": c.base + "/groups/" + g.id}
	}
	return rep, gerr
}

// licenseUser answers POST /users/{id}/assignLicense. What a group gives can be taken by
// nobody but the group. https://learn.microsoft.com/graph/api/user-assignlicense
func licenseUser(t *Tenant, c *call) (*reply, *graphError) {
	r := t.resource("user")
	u, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	l, gerr := t.readLicenses(c, r)
	if gerr != nil {
		return nil, gerr
	}
	direct, inherited := assignedStates(u)
	for _, sku := range l.remove {
		switch {
		case indexOfSku(direct, sku) >= 0:
		case indexOfSku(inherited, sku) >= 0:
			return nil, badRequest("User license is inherited from a group membership and it cannot be removed directly from the user.")
		case t.sku(sku) == nil:
			return nil, noSuchLicense(sku)
		default:
			return nil, badRequest("User does not have a corresponding license.")
		}
	}
	if u.text("usageLocation") == "" && len(l.add) > 0 {
		return nil, badRequest("License assignment cannot be done for user with invalid usage location.")
	}
	taken := t.seatsTaken()
	for _, add := range l.add {
		if indexOfSku(list(u.body["assignedLicenses"]), skuOf(add)) < 0 && !t.freeSeat(skuOf(add), taken) {
			return nil, badRequest("Subscription with SKU %s does not have any available licenses.", skuOf(add))
		}
	}
	before := &object{typ: u.typ, id: u.id, body: body{"assignedLicenses": u.body["assignedLicenses"]}}
	u.body["licenseAssignmentStates"] = append(l.applied(direct), inherited...)
	t.relicense(u, taken)
	t.auditLicenses(c, "Change user license", before, &object{typ: u.typ, id: u.id, body: body{"assignedLicenses": u.body["assignedLicenses"]}}, u)
	return t.one(c, r, u, r.set+"/$entity")
}

func (t *Tenant) auditLicenses(c *call, name string, before, after, o *object) {
	w, _ := t.wordsFor(o.typ)
	target := t.auditTarget(o)
	target.changes = t.differences(before, after)
	t.note(c, activity{name, w.service, w.category, "Update"}, target)
}

// reprocessLicenses tries again what failed for want of licences.
func reprocessLicenses(t *Tenant, c *call) (*reply, *graphError) {
	r := t.resource("user")
	u, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	before := &object{typ: u.typ, id: u.id, body: body{"assignedLicenses": u.body["assignedLicenses"]}}
	t.relicense(u, t.seatsTaken())
	t.auditLicenses(c, "Change user license", before, &object{typ: u.typ, id: u.id, body: body{"assignedLicenses": u.body["assignedLicenses"]}}, u)
	for _, g := range t.licensingGroups(u) {
		t.noteLicenseErrors(g)
	}
	return t.one(c, r, u, r.set+"/$entity")
}

func licenseRoutes(add func(method, pattern string, run handler)) {
	add("POST", "/groups/{id}/assignLicense", licenseGroup)
	add("POST", "/users/{id}/assignLicense", licenseUser)
	add("POST", "/users/{id}/reprocessLicenseAssignment", reprocessLicenses)
}
