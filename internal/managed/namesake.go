package managed

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Objects of the same natural key as one that is about to be made: what an apply left
// behind that was killed before it could write its state, or what an earlier recovery made.

// checkSecond looks for an object of the same natural key before a lost one is
// created. While it is being imported that is an error: with the state file
// gone, the other is most likely the one that an earlier recovery created. With
// a state it is a warning: a creation may have been carried out whose answer
// was lost.
func (r *object) checkSecond(ctx context.Context, want kind.Values, old string, imported bool, diags *diag.Diagnostics) {
	ids, err := r.namesakes(ctx, want, old, true)
	if err != nil {
		diags.AddError("Could not look for a second "+r.name(want), explain(r.kind, false, err))
		return
	}
	if len(ids) == 0 {
		return
	}
	if !imported {
		diags.AddWarning(r.title(want)+" exists under another id, too",
			fmt.Sprintf("A %s of the same name has the id %s. Apply makes another one all the same. If that one is what a killed or failed apply left behind, take it over instead: "+
				"run \"terraform-provider-entra imports --dir . --by-name\", or with --adopt ADDRESS=ID, and plan again.", r.kind.Title, strings.Join(ids, ", ")))
		return
	}
	diags.AddError(r.title(want)+" may exist under another id",
		fmt.Sprintf("The import block names %s, which is neither live nor in the recycle bin. A %s of the same name has the id %s; an apply would make a second one. "+
			"Run \"terraform-provider-entra imports --dir . --by-name\" to take it over, or \"imports --adopt ADDRESS=ID\" to name one. If another one is really wanted, remove the import block; where an apply that failed has written the address into the state, run \"terraform state rm ADDRESS\" too.",
			old, r.kind.Title, strings.Join(ids, ", ")))
}

// warnNamesake names a live object of the same natural key as one that is new in the
// code. Names are not identities, so the plan goes on. Once this process has written
// something it is the apply, and the plan has said it.
func (r *object) warnNamesake(ctx context.Context, want kind.Values, diags *diag.Diagnostics) {
	if f := r.kind.Life.Form; r.kind.Life.Link || r.kind.Life.OneFor != "" || f != kind.Collection || r.kind.MadeByGraph(want) != nil || r.tenant.wroteAny() {
		return // what is there is taken over, or cannot be there twice
	}
	ids, err := r.namesakes(ctx, want, "", false)
	switch {
	case err != nil:
		diags.AddWarning("Could not look for a second "+r.name(want), explain(r.kind, false, err))
	case len(ids) > 0:
		diags.AddWarning(r.title(want)+" exists already",
			fmt.Sprintf("A live %s of the same name has the id %s, and apply makes another one. If that one is what an apply left behind that was killed before it could write its state, or should be managed here for another reason, take it over instead: "+
				"\"terraform-provider-entra imports --adopt ADDRESS=ID\", or an import block.", r.kind.Title, strings.Join(ids, ", ")))
	}
}

// namesakes returns the ids of objects of the same natural key that are neither old nor
// written by this process: the live ones, else with bin those in the recycle bin.
func (r *object) namesakes(ctx context.Context, want kind.Values, old string, bin bool) ([]string, error) {
	label := r.kind.Attr(r.kind.Label)
	if label == nil || text(want[label.Name]) == "" {
		return nil, nil
	}
	for _, name := range r.kind.Life.Placeholders() {
		if text(want[name]) == "" {
			return nil, nil // below an object that is made anew there is none
		}
	}
	name := text(want[label.Name])
	twins, err := r.tenant.named(ctx, r.kind, want, label, name)
	if err == nil && len(twins) == 0 && bin {
		twins, err = r.tenant.namedInBin(ctx, r.kind, label, name)
	}
	var ids []string
	for _, b := range twins {
		if id := text(b["id"]); !r.tenant.isWritten(id) && !strings.EqualFold(id, old) {
			ids = append(ids, id+where(b))
		}
	}
	sort.Strings(ids)
	return ids, err
}

// where says of a namesake that it is in the recycle bin.
func where(b kind.Body) string {
	if text(b["deletedDateTime"]) != "" {
		return " (in the recycle bin)"
	}
	return ""
}
