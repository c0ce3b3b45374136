package recyclebin

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// What Graph answered, and what to do about it.

// explain ends the message about a bin that could not be read.
func explain(b bin, need []string, err error) string {
	s := strings.TrimSuffix(err.Error(), ".") + "."
	switch {
	case graph.IsForbidden(err):
		return s + " Grant the application " + strings.Join(need, ", ") + " with admin consent, or leave " + b.Plural + " out with --kind."
	case graph.IsUnauthorized(err):
		return s + " Sign in again, and run again."
	}
	return s
}

// explainAudit says why nobody knows who deleted what.
func explainAudit(err error) string {
	s := strings.TrimSuffix(err.Error(), ".") + "."
	switch {
	case graph.HasCode(err, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"):
		return s + " Without Entra ID P1 the audit log is in the admin center alone."
	case graph.IsForbidden(err):
		return s + " Grant the application AuditLog.Read.All and Directory.Read.All with admin consent, and run again."
	}
	return s
}

// reason says why an object could not be restored, and what to do.
func (r *run) reason(b bin, it *Item, err error) string {
	s := strings.TrimSuffix(err.Error(), ".") + "."
	h, taken := r.Client.Holding(r.work, err, graph.Contested{Type: b.Type, Path: b.Life.Path, Bin: b.Life.Bin, BinList: b.Life.BinList, ID: it.ID})
	if taken {
		s += " The " + h.String()
	}
	switch {
	case graph.IsForbidden(err):
		s += " Grant the application " + strings.Join(b.Write, ", ") + " with admin consent, and run again."
		if b.Name == "group" {
			s += " A role-assignable group needs RoleManagement.ReadWrite.Directory as well."
		}
		return s
	case graph.IsUnauthorized(err):
		return s + " Sign in again, and run again."
	case h.Property == "appId":
		return s + ". What was granted to this one comes back with this one alone: delete the other if you want that, and run again."
	case h.Property == "proxyAddresses" && it.Kind == user:
		return s + ": run again with --auto-reconcile-proxy-conflict, which restores the user without that address, or take it from the other."
	case h.Property == "proxyAddresses":
		return s + ": take it from the other in Exchange, or delete that one, and run again."
	case taken:
		return s + ": change that one or delete it, and run again."
	}
	for _, id := range guid.FindAllString(s, -1) {
		if other := r.binned(id); other != nil && other.ID != it.ID {
			return s + fmt.Sprintf(" That is the %s, which is in the recycle bin: restore it, too, and run again.", other)
		}
	}
	if it.Kind == policy && graph.IsBadRequest(err) {
		return s + " Graph restores no policy that refers to what does not exist. If it is in a recycle bin, restore it and run again; if it is gone for good, this policy cannot come back as it was: make a new one."
	}
	return s
}

// guid is an id in a message.
var guid = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// hopeless tells whether after such an error no further request will do better: nobody
// is signed in, or nothing answers.
func hopeless(err error) bool {
	var auth *graph.AuthError
	var unanswered *graph.Unanswered
	var refused *graph.Refused
	return errors.As(err, &auth) || errors.As(err, &unanswered) || errors.As(err, &refused) || graph.IsUnauthorized(err)
}

// String names an object as a sentence would.
func (it *Item) String() string {
	title := it.Kind
	if b := binOf(it.Kind); b.Kind != nil {
		title = b.Title
	}
	return fmt.Sprintf("%s %q (%s)", title, it.Name, it.ID)
}
