package export

import (
	"context"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// creatorPages bounds how much of the audit log is read to tell who created candidates.
const creatorPages = 5

// creators adds to candidates who created them, as far as the audit log still knows and
// may be read: that helps to choose, and is nothing to fail for. One query serves all.
func (im *importer) creators(ctx context.Context, doubts []doubt) {
	by := map[string]string{}
	var first, last time.Time
	for _, x := range doubts {
		for _, c := range x.candidates {
			at, err := time.Parse(time.RFC3339, c.created)
			if err != nil || time.Since(at) > 31*24*time.Hour { // nobody remembers
				continue
			}
			by[c.id] = ""
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
	}
	if len(by) == 0 {
		return
	}
	log := im.client.Audits(graph.AuditQuery{Since: first.Add(-time.Minute), Until: last.Add(time.Minute), Activities: []string{"Add", "Create", "Authentication Strength"}})
	for range creatorPages {
		records, more, err := log.Next(ctx)
		for _, r := range records {
			name := strings.ToLower(r.Activity)
			if r.Result == "failure" || !strings.HasPrefix(name, "add ") && !strings.Contains(name, "create") || strings.Contains(name, " to ") {
				continue
			}
			for _, t := range r.Targets {
				if _, asked := by[strings.ToLower(t.ID)]; asked {
					by[strings.ToLower(t.ID)] = r.Actor
				}
			}
		}
		if !more || err != nil {
			break
		}
	}
	for _, x := range doubts {
		for i := range x.candidates {
			x.candidates[i].by = by[x.candidates[i].id]
		}
	}
}
