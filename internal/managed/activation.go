package managed

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Somebody who is a member only because an activation in Privileged Identity
// Management is running is gone again in some hours: that is no drift.

// activations is what one process found out about them.
type activations struct {
	mu     sync.Mutex
	by     map[string]graph.Activated // by path and object
	failed map[string]error           // why they could not be asked for, likewise
	denied error                      // why that holds for every object
	told   bool
}

// withoutActivated returns live without those who are there because of an
// activation that is running. known are those whom state or code has: for them
// the answer does not matter, and when there are no others nobody is asked.
func (t *Tenant) withoutActivated(ctx context.Context, k *kind.Kind, id string, a *kind.Attr, known, live []string) ([]string, error) {
	others := without(live, known)
	if a.Activation == nil || len(others) == 0 {
		return live, nil
	}
	active, err := t.activated(ctx, a.Activation, id)
	if err != nil {
		return nil, fmt.Errorf("which of them are there because of an activation that is running could not be asked: %w", err)
	}
	var gone []string
	for _, other := range others {
		if active.Only(a.Activation.Access, other) {
			gone = append(gone, other)
		}
	}
	return without(live, gone), nil
}

// activated asks once in a process for one object. A tenant without the
// permission or the licence has no answer, and is not asked again.
func (t *Tenant) activated(ctx context.Context, x *kind.Activation, id string) (graph.Activated, error) {
	key := question(x, id)
	t.pim.mu.Lock()
	answer, asked := t.pim.by[key]
	denied := t.pim.denied
	t.pim.mu.Unlock()
	if asked || denied != nil {
		return answer, nil
	}
	answer, err := t.client.Activated(ctx, x.Path, x.Of, id)
	t.pim.mu.Lock()
	defer t.pim.mu.Unlock()
	switch {
	case graph.IsUnavailable(err):
		t.pim.denied = err
		return nil, nil
	case graph.IsBadRequest(err): // of this one object, as of one that cannot be managed there
		t.pim.failed[key], answer = err, nil
	case err != nil:
		return nil, err
	}
	t.pim.by[key] = answer
	return answer, nil
}

func question(x *kind.Activation, id string) string { return x.Path + "/" + strings.ToLower(id) }

// warnOfActivations says, once in a process, that removals in the plan may be
// of people whose activation is running.
func (t *Tenant) warnOfActivations(a *kind.Attr, id, title string, gone []string, diags *diag.Diagnostics) {
	t.pim.mu.Lock()
	defer t.pim.mu.Unlock()
	if a.Activation == nil || t.pim.told {
		return
	}
	err := t.pim.denied
	if err == nil {
		err = t.pim.failed[question(a.Activation, id)]
	}
	if err == nil {
		return
	}
	t.pim.told = true
	diags.AddWarning("Activations in Privileged Identity Management cannot be told from drift",
		fmt.Sprintf("%s is to lose %d of its %s. Whether they are there only because an activation is running could not be asked: %s. "+
			"Grant the application %s with admin consent if the tenant uses Privileged Identity Management for groups. This is said once for all groups of a plan.",
			title, len(gone), a.Name, strings.TrimSuffix(err.Error(), "."), strings.Join(a.Activation.Read, ", ")))
}
