// Package backup is what an archive of JSON files holds, by kind of object:
// the second source of an export, beside the live tenant.
package backup

import (
	"fmt"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Backup is one archive, read.
type Backup struct {
	objects map[string][]kind.Body
	links   map[string][]string
	// Refused names every file and property that could not be read.
	Refused []archive.Refusal
}

// Open reads the folder dir. An error means that the folder itself cannot be
// read; files that are no objects are in Refused.
func Open(dir string) (*Backup, error) {
	a, err := archive.Read(dir)
	if err != nil {
		return nil, fmt.Errorf("could not read the archive %s: %w", dir, err)
	}
	b := &Backup{objects: map[string][]kind.Body{}, links: map[string][]string{}, Refused: a.Refused}
	for _, o := range a.Objects {
		b.objects[o.Collection] = append(b.objects[o.Collection], o.Body)
	}
	for _, l := range a.Links {
		k := linkKey(l.Collection, l.ID, l.Relation)
		b.links[k] = append(b.links[k], strings.ToLower(l.Target))
	}
	return b, nil
}

func linkKey(path, id, relation string) string {
	return path + " " + strings.ToLower(id) + " " + relation
}

// Below returns the objects of a collection below another object, by its path:
// "/applications/<id>/federatedIdentityCredentials".
func (b *Backup) Below(path string) []kind.Body {
	for at, list := range b.objects {
		if strings.EqualFold(at, path) {
			return list
		}
	}
	return nil
}

// Objects returns the objects of a kind.
func (b *Backup) Objects(k *kind.Kind) []kind.Body { return b.objects[k.Life.Path] }

// TenantID returns the id of the one organization that the archive holds, ""
// when it holds none or several.
func (b *Backup) TenantID() string {
	organizations := b.objects["/organization"]
	if len(organizations) != 1 {
		return ""
	}
	id, _ := organizations[0]["id"].(string)
	if !kind.IsGUID(id) {
		return ""
	}
	return strings.ToLower(id)
}

// Related returns the ids at the other end of a relation, sorted; nil when the
// archive says nothing of it.
func (b *Backup) Related(k *kind.Kind, id string, a *kind.Attr) []string {
	ids := b.links[linkKey(k.Life.Path, id, a.Property)]
	sort.Strings(ids)
	return ids
}
