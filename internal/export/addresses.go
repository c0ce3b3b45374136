package export

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// Which addresses get an import block, and which recorded object each of them has: those
// of the code, in modules and with count and for_each too, whatever they were called when
// the manifest was written.

// objects returns the objects of the code, each with its entry of the manifest. What is
// new joins the manifest: by its id in the state or in an import block, else by its name.
// An entry whose address has left the code stays in the manifest and gets no block.
func (im *importer) objects(m *Manifest, c *code, inState map[string]string) []*ManifestObject {
	known, open := c.instances()
	valid, labels := map[string]bool{}, map[string]string{}
	for _, x := range known {
		valid[x.address], labels[x.address] = true, x.label
	}
	has := func(address string) bool {
		return valid[address] || open[configured(address)] || slices.ContainsFunc(c.unread, func(module string) bool {
			return strings.HasPrefix(configured(address), module+".")
		})
	}
	left, recorded := im.followMoves(m, c, has)

	var fresh []string // addresses that the manifest lacks
	note := func(address string) {
		if k := catalog.ByName(typeOf(address)); k != nil && k.Managed() && !recorded[address] && has(address) {
			recorded[address] = true
			fresh = append(fresh, address)
		}
	}
	for _, x := range known {
		note(x.address)
	}
	for _, some := range []map[string]string{inState, ids(c.imports), im.options.Adopt} {
		for address := range some {
			note(address)
		}
	}
	sort.Strings(fresh)
	for _, address := range fresh {
		k := catalog.ByName(typeOf(address))
		id := inState[address]
		if id == "" {
			id = c.imports[address].id
		}
		id = k.Life.ID(id)
		if i := renamed(m, left, fresh, labels, address, id); i >= 0 {
			im.rename(&m.Objects[i], address)
			delete(left, i)
			continue
		}
		m.Objects = append(m.Objects, ManifestObject{Address: address, Kind: k.Name, ID: id, Key: labels[address], DisplayName: labels[address]})
	}
	sortObjects(m.Objects)
	return im.blocks(m, c, has, open)
}

// followMoves takes the manifest through the moved blocks of the code. left are the
// entries, by place in the manifest, whose address is not in the code any more.
func (im *importer) followMoves(m *Manifest, c *code, has func(string) bool) (left map[int]bool, recorded map[string]bool) {
	left, recorded = map[int]bool{}, map[string]bool{}
	for i := range m.Objects {
		obj := &m.Objects[i]
		now := obj.Address
		for range c.moved { // chains are no longer than that
			for _, x := range c.moved {
				now = x.apply(now)
			}
		}
		if now != obj.Address && !has(obj.Address) && has(now) {
			im.rename(obj, now)
		}
		if recorded[obj.Address] = true; !has(obj.Address) {
			left[i] = true
		}
	}
	return left, recorded
}

func (im *importer) rename(obj *ManifestObject, address string) {
	im.result.Renamed = append(im.result.Renamed, fmt.Sprintf("%s is now %s", obj.Address, address))
	obj.Address = address
}

// renamed finds the entry that an address had under another name: the one with its id,
// or else the one of its kind and name, if neither occurs twice. It is -1 where there is none.
func renamed(m *Manifest, left map[int]bool, fresh []string, labels map[string]string, address, id string) int {
	var byID, byName []int
	for i := range left {
		switch obj := m.Objects[i]; {
		case obj.Kind != typeOf(address):
		case id != "" && obj.ID == id:
			byID = append(byID, i)
		case id == "" && labels[address] != "" && spelled(obj.Key) == spelled(labels[address]):
			byName = append(byName, i)
		}
	}
	namesakes := 0
	for _, other := range fresh {
		if typeOf(other) == typeOf(address) && spelled(labels[other]) == spelled(labels[address]) {
			namesakes++
		}
	}
	switch {
	case len(byID) == 1:
		return byID[0]
	case len(byName) == 1 && namesakes == 1:
		return byName[0]
	}
	return -1
}

// blocks returns the entries that get an import block, and tells which addresses get none.
func (im *importer) blocks(m *Manifest, c *code, has func(string) bool, open map[string]bool) []*ManifestObject {
	var out []*ManifestObject
	for i := range m.Objects {
		obj := &m.Objects[i]
		switch {
		case catalog.ByName(obj.Kind) == nil || !has(obj.Address):
		case c.looped[configured(obj.Address)]:
			im.result.Untouched = append(im.result.Untouched, obj.Address+": its import blocks are made by a for_each; look after the ids there")
		default:
			out = append(out, obj)
			if address := configured(obj.Address); open[address] {
				im.unchecked[address]++
			}
		}
	}
	for address := range open {
		if im.unchecked[address] == 0 && !c.looped[address] {
			im.result.Untouched = append(im.result.Untouched, address+": which instances it has cannot be told without Terraform, and neither the state nor the manifest has one. Name them: --adopt 'ADDRESS=ID'")
		}
	}
	for _, address := range slices.Sorted(maps.Keys(im.unchecked)) {
		im.result.Unchecked = append(im.result.Unchecked, fmt.Sprintf("%s: %d instances", address, im.unchecked[address]))
	}
	for _, path := range c.unread {
		im.result.Untouched = append(im.result.Untouched, path+": the files of the module are not here; run init first")
	}
	sort.Strings(im.result.Untouched)
	return out
}

// ids are the ids that import blocks name literally.
func ids(blocks map[string]importBlock) map[string]string {
	out := map[string]string{}
	for address, x := range blocks {
		if x.id != "" {
			out[address] = x.id
		}
	}
	return out
}
