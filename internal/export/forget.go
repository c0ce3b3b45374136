package export

import (
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// What stands in the state in the way of an import block: an engine skips the block of an
// address that its state has. An apply that was killed leaves such addresses behind. What
// it was to make anew has the old id in the state until it is done, and is there already.

// forget notes the addresses that the state must forget so that their blocks count, and
// those of which only the user can say whether it should.
func (im *importer) forget(objects []*ManifestObject, c *code) {
	for _, obj := range objects {
		k, block := catalog.ByName(obj.Kind), c.imports[obj.Address]
		s := im.inState[obj.Address]
		if !k.Life.Below() {
			s = k.Life.ID(s)
		}
		if block.unfinished && (s == "" || s != obj.ID) { // by an earlier run, and not applied yet
			im.unfinished[obj.Address] = true
		}
		switch {
		case s == "" || s == obj.ID || im.claimed[obj.ID] != obj.Address || k.Life.OneFor != "":
			// the state is right, or the apply makes the object or takes it over
		case block.file != "" && block.file != importsFile && block.id != obj.ID:
			// the block is to be corrected first
		case im.gone[s] || k.Life.Below() && im.options.Adopt[obj.Address] == "":
			im.result.Forget = append(im.result.Forget, obj.Address)
			im.unfinished[obj.Address] = im.live[obj.Kind][obj.ID] != nil
		default:
			im.result.Untouched = append(im.result.Untouched, fmt.Sprintf("%s: the state has it as %s, and no import block changes that; if it is to be %s, run \"terraform state rm\" on it", obj.Address, s, obj.ID))
		}
	}
}

// backend names what keeps the state in another place than the folder; "" where it is there.
func (c *code) backend() string {
	for _, setting := range c.settings {
		if setting.Type != "terraform" {
			continue
		}
		for _, block := range setting.Body.Blocks {
			switch {
			case block.Type == "cloud":
				return block.Type
			case block.Type == "backend" && len(block.Labels) == 1 && block.Labels[0] != "local":
				return block.Labels[0]
			}
		}
	}
	return ""
}
