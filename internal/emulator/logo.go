package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// The logo of an application: the one thing here that is written and read as bytes.

// media is an answer that is not JSON.
type media struct {
	contentType string
	data        []byte
}

const maxLogo = 100 << 10

// putLogo answers PUT /applications/{id}/logo. Graph shows where the picture is in
// info.logoUrl.
func putLogo(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	contentType := c.header.Get("Content-Type")
	if !slices.Contains([]string{"image/gif", "image/jpeg", "image/png"}, contentType) {
		return nil, badRequest("The logo of an application must be image/gif, image/jpeg or image/png, not '%s'.", contentType)
	}
	if found := http.DetectContentType(c.raw); found != contentType || len(c.raw) > maxLogo {
		return nil, badRequest("The logo of an application must be a picture of at most %d bytes in the format of its Content-Type.", maxLogo)
	}
	o.logo = &media{contentType, slices.Clone(c.raw)}
	sum := sha256.Sum256(c.raw)
	info := body{}
	for k, v := range nested(o.body, "info") {
		info[k] = v
	}
	info["logoUrl"] = "https://secure.aadcdn.microsoftonline-p.com/" + strings.ToLower(t.id) + "/" + hex.EncodeToString(sum[:16]) + "/logo"
	o.body["info"] = info
	t.touched(o, "info")
	return noContent, nil
}

func getLogo(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	if o.logo == nil {
		return nil, notFound("logo")
	}
	return ok(*o.logo), nil
}
