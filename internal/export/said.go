package export

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What ids stand for that only one object knows: the roles of a service principal.
// They are comments, and part of a link's name.

// learnNames takes the names out of the lists of an object in which those of other
// kinds are named.
func (e *exporter) learnNames(r *reading, id string, b kind.Body) {
	for _, k := range e.kinds {
		for i := range k.Attrs {
			a := &k.Attrs[i]
			if a.NameIn == "" || !slices.Contains(k.Attr(a.NameOf).Ref.Kinds, r.kind.Name) {
				continue
			}
			items, _ := b[a.NameIn].([]any)
			for _, item := range items {
				x, _ := item.(kind.Body)
				if r.named == nil {
					r.named = map[string]string{}
				}
				if name := str(x["value"]); name != "" {
					r.named[id+" "+a.NameIn+" "+strings.ToLower(str(x["id"]))] = name
				}
			}
		}
	}
}

// said are the names of the ids in an object.
func (e *exporter) said(k *kind.Kind, v kind.Values) map[string]string {
	var out map[string]string
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.NameIn == "" {
			continue
		}
		of := k.Attr(a.NameOf)
		for _, name := range of.Ref.Kinds {
			if r := e.read[name]; r != nil {
				if note := r.named[str(v[of.Name])+" "+a.NameIn+" "+strings.ToLower(str(v[a.Name]))]; note != "" {
					if out == nil {
						out = map[string]string{}
					}
					out[a.Name] = note
				}
			}
		}
	}
	return out
}
