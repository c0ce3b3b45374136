package managed

import (
	"context"
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What must be unique and belongs to another object by now: an error says to which, and
// what to do. Nothing is lost by it: what cannot be restored stays in the recycle bin.

// contested adds to a refusal who has what the object cannot have. id is that of an
// object in the recycle bin, body that of another as it was to be written.
func (w writer) contested(ctx context.Context, id string, body kind.Body, refusal error) error {
	k := w.kind
	if k.Life.Below() { // unique below its parent alone
		return refusal
	}
	h, taken := w.client.Holding(ctx, refusal, graph.Contested{Type: k.Type, Path: k.Life.Path, Bin: k.Life.Bin, BinList: k.Life.BinList, ID: id, Body: body})
	if !taken {
		return refusal
	}
	return fmt.Errorf("%w. The %s. %s", refusal, h, toDo(k, h, id))
}

// toDo says what to do about it.
func toDo(k *kind.Kind, h graph.Holding, id string) string {
	then := ", and run again"
	if id != "" {
		then += ": until then this " + k.Title + " stays in the recycle bin"
	}
	for _, by := range h.By {
		if by.Binned {
			return "It keeps that until it is restored and changed, or deleted there for good: do that" + then
		}
	}
	switch {
	case h.Property == "appId":
		return "An application has one at most, and what was granted to the other comes back with it alone: delete this one if you want that" + then
	case h.Property == "proxyAddresses" && id != "" && k.Type == "user":
		return "Take the address from that one, or restore the user without it: terraform-provider-entra bin restore --id " + id + " --auto-reconcile-proxy-conflict"
	case h.Property == "proxyAddresses":
		return "Take the address from that one in Exchange, or delete it" + then
	case h.Property == "uniqueName": // fixed at creation
		return "Delete that one for good, if it is not needed" + then
	}
	return "Give that one another " + h.Property + ", or delete it" + then
}
