package managed

import (
	"context"
	"fmt"
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What must be unique and belongs to another object by now: an error says to which, and
// what to do. Nothing is lost by it: what cannot be restored stays in the recycle bin.
//
// That other object may be one of the same configuration, which had its name changed by hand
// and gets its own back in the same apply. Terraform knows no order between the two, and tells
// a provider nothing of what it will do next. So it is waited for while the apply goes on with
// other objects; where it comes too late, the next apply finishes.

// untilFree repeats a write that Graph refused, where that is because a live object has what
// must be unique, and returns the last refusal with who has it. id is that of an object in the
// recycle bin, body that of another as it was to be written.
func (w writer) untilFree(ctx context.Context, id string, body kind.Body, refusal error, write func() error) error {
	h, taken := w.holding(ctx, id, body, refusal)
	if !taken {
		return refusal
	}
	if frees(h) {
		waited := w.busy.wait(ctx, patience, func() bool {
			refusal = write()
			return graph.Taken(refusal) == ""
		})
		if waited {
			return refusal
		}
		h, _ = w.holding(ctx, id, body, refusal) // another may have it by now
	}
	return fmt.Errorf("%w. The %s. %s", refusal, h, toDo(w.kind, h, id))
}

// holding finds out who has what the object cannot have.
func (w writer) holding(ctx context.Context, id string, body kind.Body, refusal error) (graph.Holding, bool) {
	k := w.kind
	if k.Life.Below() { // unique below its parent alone
		return graph.Holding{}, false
	}
	return w.client.Holding(ctx, refusal, graph.Contested{Type: k.Type, Path: k.Life.Path, Bin: k.Life.Bin, BinList: k.Life.BinList, ID: id, Body: body})
}

// frees tells whether an apply can take from a holder what it has.
func frees(h graph.Holding) bool {
	return h.Property != "appId" && h.Property != "uniqueName" && // fixed at creation
		slices.ContainsFunc(h.By, func(by graph.Holder) bool { return !by.Binned })
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
	if frees(h) {
		then += ". Where this configuration gives that one another " + h.Property + " without waiting for this " + k.Title + ", the next apply finishes it"
	}
	switch {
	case h.Property == "appId":
		return "An application has one at most, and what was granted to the other comes back with it alone: delete this one if you want that" + then
	case h.Property == "proxyAddresses" && id != "" && k.Type == "user":
		return "Take the address from that one, or restore the user without it: terraform-provider-entra bin restore --id " + id + " --auto-reconcile-proxy-conflict"
	case h.Property == "proxyAddresses":
		return "Take the address from that one in Exchange, or delete it" + then
	case h.Property == "uniqueName":
		return "Delete that one for good, if it is not needed" + then
	}
	return "Give that one another " + h.Property + ", or delete it" + then
}
