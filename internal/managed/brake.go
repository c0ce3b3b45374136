package managed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The brake: code that lists too few members, an empty list for example, must
// not empty a group. What would be removed is named, with who added it, because
// it may be an attacker's work or an office's.

// DefaultRemovals is how many ends of one relation an apply removes from one
// object, unless the provider block says otherwise.
const DefaultRemovals = 5

// NoLimit switches the brake off.
const NoLimit = -1

// LimitRemovals sets how many ends of one relation an apply may remove from
// one object; NoLimit: any number.
func (t *Tenant) LimitRemovals(n int) { t.removals = n }

func (t *Tenant) tooMany(n int) bool { return t.removals != NoLimit && n > t.removals }

// braked is a refusal to remove. It stops before the object is written.
type braked struct{ reason string }

func (e *braked) Error() string { return e.reason }

// maxTold is how many of them a message names.
const maxTold = 20

// refusal explains why gone are not removed: who they are, who added them and
// when, and what to do.
func (t *Tenant) refusal(ctx context.Context, k *kind.Kind, id string, a *kind.Attr, gone []string) string {
	names := t.names(ctx, gone)
	added, unknown := t.additions(ctx, id, a)
	var lines []string
	for _, other := range gone[:min(len(gone), maxTold)] {
		line := "  " + names[other]
		if how := added[other]; how != "" {
			line += ", added " + how
		} else if unknown == "" {
			line += ", added by nobody whom the audit log still knows"
		}
		lines = append(lines, line)
	}
	if more := len(gone) - maxTold; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	keep := "add them to the code"
	if a.ModeBy != "" {
		keep += fmt.Sprintf(", or set %s to %q or %q", a.ModeBy, kind.AtLeast, kind.OnCreate)
	}
	return fmt.Sprintf("Apply would remove %d of the %s of one %s, and max_member_removals allows %d. They are:\n%s\n%s"+
		"If they are to stay, %s. If they are to go, raise max_member_removals in the provider block for this apply, or set it to %d for no limit.",
		len(gone), a.Name, k.Title, t.removals, strings.Join(lines, "\n"), unknown, keep, NoLimit)
}

// names returns what people call directory objects; one that cannot be looked
// up is called by its id.
func (t *Tenant) names(ctx context.Context, ids []string) map[string]string {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = id
	}
	ask := ids[:min(len(ids), maxTold)]
	answer, err := t.client.Do(ctx, graph.Request{Method: "POST", Path: "/directoryObjects/getByIds", Body: graph.Body{"ids": ask}, Idempotent: true})
	if err != nil {
		return out // the refusal itself matters more than its names
	}
	list, _ := answer.Body["value"].([]any)
	for _, item := range list {
		b, _ := item.(graph.Body)
		name := text(b["userPrincipalName"])
		if name == "" {
			name = text(b["displayName"])
		}
		if id := strings.ToLower(text(b["id"])); name != "" {
			out[id] = fmt.Sprintf("%s (%s)", name, id)
		}
	}
	return out
}

// additions asks the audit log, once, who added ends of a relation to the
// object and when, by their id. unknown says why that is not known.
// https://learn.microsoft.com/graph/api/directoryaudit-list
func (t *Tenant) additions(ctx context.Context, id string, a *kind.Attr) (added map[string]string, unknown string) {
	added = map[string]string{}
	activity := "Add " + strings.TrimSuffix(a.Property, "s") + " to"
	log := t.client.Audits(graph.AuditQuery{Activities: []string{activity}, Target: id})
	var err error
	for more := true; more && err == nil; {
		var records []graph.AuditRecord
		records, more, err = log.Next(ctx)
		for _, r := range records {
			if r.Result == "failure" {
				continue
			}
			for _, target := range r.Targets {
				other := strings.ToLower(target.ID)
				if _, later := added[other]; !later { // the log's newest comes first
					added[other] = "by " + r.Actor + " at " + r.At.Format(time.RFC3339)
				}
			}
		}
	}
	switch {
	case graph.IsForbidden(err):
		return added, "Who added them and when stands in the audit log, which this application may not read: grant it AuditLog.Read.All and Directory.Read.All.\n"
	case err != nil:
		return added, "Who added them and when could not be read from the audit log: " + err.Error() + ".\n"
	}
	return added, ""
}
