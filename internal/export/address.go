package export

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Addresses of resources: module.teams["red"].entra_group.members[0] is an instance, and
// module.teams.entra_group.members the resource that it is one of.

// keyInAddress is the key of an instance or of a module.
var keyInAddress = regexp.MustCompile(`\[(?:\d+|"(?:[^"\\]|\\.)*")\]`)

// configured is an address without keys: where the resource stands in the configuration.
func configured(address string) string { return keyInAddress.ReplaceAllString(address, "") }

// resourceOf is an address without its modules and keys: the type and the name.
func resourceOf(address string) string {
	parts := strings.Split(configured(address), ".")
	return strings.Join(parts[max(len(parts)-2, 0):], ".")
}

// typeOf is the kind of an address, "" where it is none of this provider's.
func typeOf(address string) string {
	typeName, _, _ := strings.Cut(resourceOf(address), ".")
	name, ours := strings.CutPrefix(typeName, "entra_")
	if !ours {
		return ""
	}
	return name
}

// addressOf is the address that an expression of an import or moved block names. It is
// false where it names none for certain: with each.key, for instance.
func addressOf(x hclsyntax.Expression) (string, bool) {
	t, diags := hcl.AbsTraversalForExpr(x)
	if diags.HasErrors() {
		return "", false
	}
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			if step.Key.Type() != cty.String && step.Key.Type() != cty.Number {
				return "", false
			}
			b.WriteString(suffix(step.Key))
		default:
			return "", false
		}
	}
	return b.String(), true
}

// apply follows a moved block: of a resource, of one of its instances, or of a module.
func (m moved) apply(address string) string {
	rest, ok := strings.CutPrefix(address, m.from)
	if !ok || rest != "" && rest[0] != '.' && rest[0] != '[' {
		return address
	}
	return m.to + rest
}

// moved is a moved block.
type moved struct{ from, to string }
