package assess

import (
	"fmt"
	"sort"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Binned is an object in a recycle bin.
type Binned struct {
	Ref
	DeletedAt string `json:"deletedDateTime"`
	// DaysLeft are whole days, rounded down; null where nothing purges it by itself.
	DaysLeft *int   `json:"daysLeft"`
	Note     string `json:"note,omitempty"`
}

// bins lists what is in the recycle bins now.
func (a *assessor) bins() {
	for _, s := range a.survey.Kinds {
		for _, x := range s.Binned {
			b := Binned{Ref: a.ref(s.Kind.Name, x)}
			b.DeletedAt, _ = x.Body["deletedDateTime"].(string)
			b.DaysLeft, b.Note = a.daysLeft(x.Body, b.DeletedAt)
			a.report.Bin = append(a.report.Bin, b)
		}
	}
	sort.SliceStable(a.report.Bin, func(i, j int) bool {
		x, y := a.report.Bin[i], a.report.Bin[j]
		if earlier(x.DaysLeft, y.DaysLeft) || earlier(y.DaysLeft, x.DaysLeft) {
			return earlier(x.DaysLeft, y.DaysLeft)
		}
		return x.Critical && !y.Critical
	})
}

// daysLeft tells how long a bin keeps an object yet.
func (a *assessor) daysLeft(b kind.Body, deleted string) (*int, string) {
	// Microsoft purges only applications for accounts of this tenant by itself.
	if audience, _ := b["signInAudience"].(string); audience != "" && audience != "AzureADMyOrg" {
		return nil, "an application for accounts of other tenants stays until somebody deletes it permanently"
	}
	at, err := time.Parse(time.RFC3339, deleted)
	if err != nil {
		return nil, "Microsoft Graph does not say when it was deleted"
	}
	days := max(int(at.Add(kind.Retention).Sub(a.now).Hours()/24), 0)
	return &days, ""
}

// earlier puts what has no end last.
func earlier(a, b *int) bool { return a != nil && (b == nil || *a < *b) }

// binFailures says which objects of the code leave their recycle bin in fewer days, and
// which bins of kinds that the code has could not be read.
func (r *Report) binFailures(days int) []string {
	var out []string
	for _, b := range r.Bin {
		if b.Address != "" && b.DaysLeft != nil && *b.DaysLeft < days {
			out = append(out, fmt.Sprintf("%s %q is in the recycle bin for %d more days, fewer than %d", b.Address, b.Name, *b.DaysLeft, days))
		}
	}
	for _, k := range r.Kinds {
		if k.BinUnread != "" && k.Code > 0 {
			out = append(out, fmt.Sprintf("which objects of the kind %s are in the recycle bin cannot be said: %s", k.Kind, k.BinUnread))
		}
	}
	return out
}
