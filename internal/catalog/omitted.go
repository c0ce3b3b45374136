package catalog

// What of Microsoft's v1.0 metadata is not in the tables, and why. The docs page
// "What is not backed up, and why" is made from this list, and a test holds it to
// the metadata: a property that is neither in a table nor here fails.

// Reason is why a property is not in a table.
type Reason string

// The reasons; Omission.Sentence says more.
const (
	ReadOnly      Reason = "read-only"
	Deprecated    Reason = "deprecated"
	OtherKind     Reason = "another kind of object"
	CannotWrite   Reason = "cannot be written"
	NeedsPerson   Reason = "needs a signed-in person"
	NotConfigured Reason = "content, not configuration"
	Undocumented  Reason = "not documented"
	Elsewhere     Reason = "in Terraform another way"
	NotYet        Reason = "not yet"
)

var reasons = []Reason{ReadOnly, Deprecated, OtherKind, CannotWrite, NeedsPerson, NotConfigured, Undocumented, Elsewhere, NotYet}

// Omission is one property or navigation property that a table lacks.
type Omission struct {
	Property string // with dots where it lies deeper
	Reason   Reason
	Sentence string
}

// Omissions returns what the table of a kind lacks.
func Omissions(kind string) []Omission { return omissions[kind] }
