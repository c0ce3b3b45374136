package managed

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// A restore brings back what an object had when it was deleted, an intruder's
// secret too. What the object's own code owns is put right; the rest is named,
// because nobody but a person can tell which of it is meant.

// cameWith warns of what a restored object came back with that its code does not own.
func (r *object) cameWith(ctx context.Context, w writer, want kind.Values, id string, diags *diag.Diagnostics) {
	var all []string
	for i := range r.kind.Company {
		c := &r.kind.Company[i]
		if _, owned := want[c.Attr]; owned && c.Attr != "" {
			continue
		}
		var found []string
		err := w.untilThere(ctx, id, func() (err error) {
			found, err = r.tenant.company(ctx, r.kind, c, id)
			return err
		})
		if err != nil {
			diags.AddWarning(r.title(want)+" was restored, and not all that came with it could be read",
				"Whether it came back with a "+c.Title+" that nobody knows could not be told: "+explain(r.kind, false, err))
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return
	}
	diags.AddWarning(r.title(want)+" was restored with what gives access",
		"It came back as it was when it was deleted, with "+strings.Join(all, "; ")+
			". Whoever deleted it may have added some of that before. What resources of this configuration stand for is put right by these; remove what you do not know.")
}

// company returns what an object has of one sort, as a person would tell it.
func (t *Tenant) company(ctx context.Context, k *kind.Kind, c *kind.Company, id string) ([]string, error) {
	var out []string
	tell := func(b kind.Body) error {
		var parts []string
		for _, property := range c.Told {
			if s := text(b[property]); s != "" {
				parts = append(parts, s)
			}
		}
		said := c.Title
		if len(parts) > 0 {
			said += " " + parts[0]
		}
		if len(parts) > 1 {
			said += fmt.Sprintf(" (%s)", strings.Join(parts[1:], ", "))
		}
		out = append(out, said)
		return nil
	}
	at := k.Life.Path + graph.Path(id)
	if c.Path != "" {
		err := t.client.List(ctx, graph.V1, at+c.Path, nil, tell)
		sort.Strings(out)
		return out, err
	}
	b, err := t.client.Get(ctx, graph.V1, at, map[string]string{"$select": "id," + c.Property})
	if err != nil {
		return nil, err
	}
	items, _ := b[c.Property].([]any)
	for _, item := range items {
		if one, ok := item.(kind.Body); ok {
			_ = tell(one)
		}
	}
	sort.Strings(out)
	return out, nil
}
