package managed

import (
	"context"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The framework goes through the values of every call several times, and for each step of each
// path it copies the attributes of the schema: that was half of all that the provider computed.
// After each it compares every element of a set before with every one after, in case two of them
// mean the same: 25 million comparisons for a group with 5,000 members, half a minute.
// It looks for blocks, defaults, plan modifiers, write-only attributes and types with an equality
// of their own, of which this provider has none: wire plans, reads and writes whole values. So
// the server lets the values go past the framework, in the context of the call, and the framework
// sees objects of a resource that has no attributes.

// Past are the values of one call that plans, reads or applies an object.
type Past struct {
	Config, Plan, State tftypes.Value
	Left                tftypes.Value // what the handler answers with; of no type where it has no answer
}

// Type is the type of these values.
func Type(k *kind.Kind) tftypes.Type { return wire.Type(k) }

// Nothing is what the framework sees of a value that is there.
var Nothing = tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}, map[string]tftypes.Value{})

type pastKey struct{}

// Context returns the context in which the handler finds the values.
func (p *Past) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, pastKey{}, p)
}

// NewBareResource returns the resource of a kind for calls whose values go past the framework.
func NewBareResource(k *kind.Kind) func() resource.Resource {
	return func() resource.Resource { return bare{&object{kind: k}} }
}

// bare is a resource without attributes.
type bare struct{ *object }

func (bare) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = rschema.Schema{}
}

// past returns the values of a call that go past the framework, nil where they do not.
func past(ctx context.Context) *Past {
	p, _ := ctx.Value(pastKey{}).(*Past)
	return p
}

// leave is for the end of a handler: it takes the answer out.
func (p *Past) leave(answer *tftypes.Value) {
	if answer.Type().Equal(Nothing.Type()) {
		return // the handler has said nothing
	}
	if p.Left = *answer; !p.Left.IsNull() {
		*answer = Nothing
	}
}
