package export

import (
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// What an apply was killed over: an object is there, and has not all with which code makes
// one. A plan shows the rest as a change, but not members and owners that are on_create:
// those the import id has to ask for.

// freshly is how long after its making an object that is found by name counts as made by
// an apply that nobody has finished yet.
const freshly = 24 * time.Hour

// young tells whether an object may be what a killed apply has left: it is live, and new
// as far as anybody knows.
func (im *importer) young(obj *ManifestObject) bool {
	b := im.live[obj.Kind][obj.ID]
	at, err := time.Parse(time.RFC3339, str(b["createdDateTime"]))
	return b != nil && (err != nil || time.Since(at) < freshly)
}

// addsWhenMade tells whether a resource has relations that are added when the object is
// made, and never again.
func addsWhenMade(k *kind.Kind, body *hclsyntax.Body) bool {
	if body == nil {
		return false
	}
	for _, a := range k.Relations() {
		said := body.Attributes[a.ModeBy]
		if mode := literal(body, a.ModeBy); body.Attributes[a.Name] != nil && said != nil && (mode == kind.OnCreate || mode == "") {
			return true
		}
	}
	return false
}
