package managed

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
//
// Where two are to have what the other has, each waits for the other. Then the one that finds
// it out, while that one is waiting, gives up what it has for something makeshift.

// untilFree repeats a write that Graph refused, where that is because a live object has what
// must be unique, and returns the last refusal with who has it. x is the object that is written.
// give writes it with what is makeshift, where another may wait for it in turn.
func (w writer) untilFree(ctx context.Context, x graph.Contested, refusal error, write func() error, give func(kind.Body) error) error {
	h, taken := w.holding(ctx, x, refusal)
	if !taken {
		return refusal
	}
	had := ""
	if frees(h) {
		circle, end := w.busy.block(x.Live, h)
		defer end()
		if v := makeshift(x.Body[h.Property], h.Values, x.Live); circle && v != nil {
			if err := give(kind.Body{h.Property: v}); err != nil {
				return fmt.Errorf("%w. The %s, and is to have what this one has, which could not be given another for the time being: %w", refusal, h, err)
			}
			w.busy.add(0, 0, 1)
			had = fmt.Sprintf(" This %s has the %s %v in the meantime, so that the other can have its own.", w.kind.Title, h.Property, v)
		}
		waited := w.busy.wait(ctx, patience, func() bool {
			refusal = write()
			return graph.Taken(refusal) == ""
		})
		if waited && refusal != nil && had != "" {
			return fmt.Errorf("%w.%s", refusal, had)
		}
		if waited {
			return refusal
		}
		h, _ = w.holding(ctx, x, refusal) // another may have it by now
	}
	return fmt.Errorf("%w. The %s.%s %s", refusal, h, had, toDo(w.kind, h, x.ID))
}

// makeshift is a value that takes the place of a wanted one as long as others have that: a name
// nobody else has, with the same domain, and of several values those that are free; nil where
// it is neither.
func makeshift(want any, taken []string, id string) any {
	switch v := want.(type) {
	case string:
		_, domain, isAddress := strings.Cut(v, "@")
		name := "moving-" + strings.ReplaceAll(id, "-", "")
		if isAddress {
			return name + "@" + domain
		}
		return name
	case []any:
		return slices.DeleteFunc(slices.Clone(v), func(item any) bool {
			return slices.ContainsFunc(taken, func(s string) bool { return strings.EqualFold(s, text(item)) })
		})
	}
	return nil
}

// makeshiftTold says what an object was given for a moment.
func makeshiftTold(body kind.Body) string {
	for property, v := range body {
		return fmt.Sprintf("Another object of this configuration had its %s, and it had that one's, so that neither could have its own first. Apply gave it %v until the other had its own. "+
			"Where it has a mailbox, Exchange may keep that as an address.", property, v)
	}
	return ""
}

// holding finds out who has what the object cannot have.
func (w writer) holding(ctx context.Context, x graph.Contested, refusal error) (graph.Holding, bool) {
	k := w.kind
	if k.Life.Below() { // unique below its parent alone
		return graph.Holding{}, false
	}
	x.Type, x.Path, x.Bin, x.BinList = k.Type, k.Life.Path, k.Life.Bin, k.Life.BinList
	return w.client.Holding(ctx, refusal, x)
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
		then += ". Where this configuration gives that one another " + h.Property + " without waiting for this " + k.Title + ", the next apply finishes it; where it gives that one what this one has, give this one another by hand first"
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
