package emulator

import (
	"net/http"
	"slices"
)

// Logos of applications: bytes that are put as they are, and read at the address that
// info.logoUrl names.

const maxLogo = 100 << 10

var logoTypes = []string{"image/png", "image/jpeg", "image/gif"}

// image is what a request or an answer holds instead of JSON.
type image struct {
	content []byte
	typ     string
}

func putLogo(t *Tenant, c *call) (*reply, *graphError) {
	app, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	typ := http.DetectContentType(c.raw)
	if !slices.Contains(logoTypes, typ) || typ != c.header.Get("Content-Type") || len(c.raw) > maxLogo {
		return nil, badRequest("The logo must be an image of type GIF, JPEG or PNG, as its Content-Type says, of %d KB at most.", maxLogo>>10)
	}
	t.audit(c, auditUpdate, app)
	t.logos[app.id] = image{slices.Clone(c.raw), typ}
	return noContent, nil
}

func getLogo(t *Tenant, c *call) (*reply, *graphError) {
	app, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	logo, there := t.logos[app.id]
	if !there {
		return nil, notFound(app.id)
	}
	return ok(logo), nil
}

// showLogo puts the address of an application's logo into its answer.
func (t *Tenant) showLogo(c *call, app *object, out body) {
	if info, shown := out["info"].(body); shown && t.logos[app.id].content != nil {
		info["logoUrl"] = c.base + "/applications/" + app.id + "/logo"
	}
}

// unsetVerifiedPublisher takes the verified publisher off an application. Setting one needs
// an account of Microsoft's partner programme, which no tenant here has.
func unsetVerifiedPublisher(t *Tenant, c *call) (*reply, *graphError) {
	app, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	delete(app.body, "verifiedPublisher")
	return noContent, nil
}
