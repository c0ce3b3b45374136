package emulator

import (
	"slices"

	"github.com/google/uuid"
)

// Terms of use: agreements with a file in one or more languages. Files go in once and are
// never told again; agreements have no recycle bin.

const maxAgreements = 40

func agreements() *resource {
	return &resource{
		typ: "agreement", set: "identityGovernance/termsOfUse/agreements", policies: true,
		paths:    []string{"/identityGovernance/termsOfUse/agreements", "/agreements"},
		own:      map[string]handler{"PATCH": updateAgreement},
		required: []string{"displayName", "isViewingBeforeAcceptanceRequired"},
		readOnly: []string{"id"}, deep: []string{"file", "files", "localizations"}, expandable: []string{"files"},
		notOnUpdate: []string{"file", "files", "isPerDeviceAcceptanceRequired", "termsExpiration", "userReacceptRequiredFrequency"},
		prepare:     func(_ *Tenant, o *object) { setDefault(o.body, "isPerDeviceAcceptanceRequired", false) },
		check:       checkAgreement,
		deletable: func(t *Tenant, o *object) *graphError {
			if p := t.policyThatUses(o.id); p != nil && !t.rules.termsDeletable {
				return badRequest("The terms of use '%s' cannot be deleted: the policy '%s' (%s) refers to it.", o.id, p.text("displayName"), p.id)
			}
			return nil
		},
		expand: func(_ *Tenant, c *call, o *object, _ string) any { return agreementFiles(c, o) },
	}
}

func checkAgreement(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if gerr := filled(next, "displayName"); gerr != nil || old != nil {
		return gerr
	}
	if len(t.shelf(next.typ).all(false)) >= maxAgreements {
		return badRequest("The tenant already has the maximum of %d terms of use.", maxAgreements)
	}
	files := slices.Concat(list(next.body["files"]), list(nested(next.body, "file")["localizations"]))
	delete(next.body, "file")
	defaults, languages := 0, map[string]bool{}
	for _, f := range files {
		file := f.(body)
		language := textOf(file["language"])
		switch {
		case textOf(file["fileName"]) == "" || language == "":
			return badRequest("A file of an agreement needs a fileName and a language.")
		case textOf(nested(file, "fileData")["data"]) == "":
			return badRequest("A file of an agreement needs its fileData.")
		case languages[language]:
			return badRequest("An agreement has one file for each language: '%s' occurs twice.", language)
		}
		languages[language] = true
		if file["isDefault"] == true {
			defaults++
		}
		delete(file, "fileData")
		file["id"], file["createdDateTime"] = uuid.NewString(), preciseTimestamp(t.now())
		setDefault(file, "isDefault", false)
		setDefault(file, "isMajorVersion", false)
	}
	if defaults != 1 {
		return badRequest("An agreement needs exactly one file with isDefault, not %d.", defaults)
	}
	next.body["files"] = files
	return nil
}

func agreementFiles(c *call, o *object) []any {
	rows := []any{}
	for _, f := range list(o.body["files"]) {
		rows = append(rows, c.complexValue("agreementFileLocalization", f.(body)))
	}
	return rows
}

// updateAgreement answers a PATCH with the object, as this type does.
func updateAgreement(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	r := t.resource("agreement")
	o, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	if _, gerr := t.change(c, r, o, in); gerr != nil {
		return nil, gerr
	}
	return t.one(c, r, o, r.set+"/$entity")
}

func agreementFileList(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("agreement"))
	if gerr != nil {
		return nil, gerr
	}
	return ok(body{"@odata.context": c.context("identityGovernance/termsOfUse/agreements('" + o.id + "')/files"), "value": agreementFiles(c, o)}), nil
}

func agreementFile(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("agreement"))
	if gerr != nil {
		return nil, gerr
	}
	for _, f := range agreementFiles(c, o) {
		if file := f.(body); same(file["id"], c.params["file"]) {
			file["@odata.context"] = c.context("identityGovernance/termsOfUse/agreements('" + o.id + "')/files/$entity")
			return ok(file), nil
		}
	}
	return nil, notFound(c.params["file"])
}

// checkTerms wants the terms of use in a policy to exist, unless the tenant accepts
// dangling references; and likewise the authentication contexts.
func (t *Tenant) checkTerms(policy *object) *graphError {
	if t.rules.dangling {
		return nil
	}
	for _, v := range list(nested(policy.body, "grantControls")["termsOfUse"]) {
		if t.shelf("agreement").live(textOf(v)) == nil {
			return caBad("Agreement with id %v does not exist in the directory.", v)
		}
	}
	contexts := nested(nested(policy.body, "conditions"), "applications")["includeAuthenticationContextClassReferences"]
	for _, v := range list(contexts) {
		if t.shelf("authenticationContextClassReference").live(textOf(v)) == nil {
			return caBad("AuthenticationContextClassReference with id %v does not exist in the directory.", v)
		}
	}
	return nil
}

func agreementRoutes(add func(method, pattern string, run handler)) {
	add("GET", "/identityGovernance/termsOfUse", func(*Tenant, *call) (*reply, *graphError) {
		return nil, &graphError{Status: 404, Code: "NotFound", Message: "Requested API is not supported. Please check the path."}
	})
	for _, path := range []string{"/identityGovernance/termsOfUse/agreements", "/agreements"} {
		add("GET", path+"/{id}/files", agreementFileList)
		add("GET", path+"/{id}/files/{file}", agreementFile)
	}
}
