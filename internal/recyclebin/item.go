package recyclebin

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// retention is how long a recycle bin keeps an object; it cannot be configured.
const retention = 30 * 24 * time.Hour

// Item is an object in a recycle bin.
type Item struct {
	Kind      string    `json:"kind"`
	Name      string    `json:"name"` // of a user, the user principal name
	ID        string    `json:"id"`
	DeletedAt time.Time `json:"deletedDateTime"`
	// DeletedBy is "" where the audit log was not asked or does not know.
	DeletedBy string `json:"deletedBy"`
	// DaysLeft is nil for an application that other tenants can use: it stays until
	// somebody deletes it.
	DaysLeft *int `json:"daysLeft"`

	DisplayName string `json:"displayName,omitempty"` // of a user
	AppID       string `json:"appId,omitempty"`
	State       string `json:"state,omitempty"` // of a policy: as it comes back

	actor   []string // every name and id of who deleted it
	managed bool     // a managed identity
	trusts  bool     // a named location that may have been trusted
}

// newItem reads a row of a listing.
func newItem(b bin, row graph.Body, now time.Time) Item {
	it := Item{Kind: b.Name, ID: strings.ToLower(word(row, "id")), AppID: word(row, "appId")}
	it.DeletedAt, _ = time.Parse(time.RFC3339Nano, word(row, "deletedDateTime"))
	if label := b.Attr(b.Label); label != nil {
		it.Name = word(row, label.Property)
	}
	days := max(0, int(it.DeletedAt.Add(retention).Sub(now)/(24*time.Hour)))
	it.DaysLeft = &days
	switch b.Name {
	case user:
		// In the bin it stands behind the id, so that the name itself is free.
		it.Name = trimPrefixFold(it.Name, strings.ReplaceAll(it.ID, "-", ""))
		it.DisplayName = word(row, "displayName")
	case application:
		if audience := word(row, "signInAudience"); audience != "" && audience != "AzureADMyOrg" {
			it.DaysLeft = nil
		}
	case servicePrincipal:
		it.managed = word(row, "servicePrincipalType") == "ManagedIdentity"
	case namedLocation:
		it.trusts = strings.HasSuffix(word(row, "@odata.type"), "ipNamedLocation")
	case policy:
		it.State = word(row, "state")
	}
	return it
}

func trimPrefixFold(s, prefix string) string {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// Selection says which objects are meant: those that fulfil all of it. The empty one
// means all.
type Selection struct {
	Kinds     []string
	IDs       []string
	Name      string // with * and ? as wildcards, whatever the case
	DeletedBy string // user principal name, name or id of who deleted them, whatever the case
	Since     time.Time
}

// Empty tells whether nothing narrows the selection.
func (s Selection) Empty() bool {
	return len(s.Kinds) == 0 && len(s.IDs) == 0 && s.Name == "" && s.DeletedBy == "" && s.Since.IsZero()
}

// reads tells whether a kind is meant.
func (s Selection) reads(name string) bool {
	return len(s.Kinds) == 0 || slices.Contains(s.Kinds, name)
}

// means tells whether an object is meant, who deleted it apart.
func (s Selection) means(it *Item) bool {
	byID := func(id string) bool { return strings.EqualFold(id, it.ID) }
	return s.reads(it.Kind) && (len(s.IDs) == 0 || slices.ContainsFunc(s.IDs, byID)) &&
		!it.DeletedAt.Before(s.Since) && (matches(s.Name, it.Name) || it.DisplayName != "" && matches(s.Name, it.DisplayName))
}

// blames tells whether who is meant deleted the object.
func (s Selection) blames(it *Item) bool {
	return s.DeletedBy == "" || slices.ContainsFunc(it.actor, func(name string) bool { return strings.EqualFold(name, s.DeletedBy) })
}

// matches compares a name with a pattern; "" matches everything.
func matches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	ok, err := regexp.MatchString("(?is)^"+expression+"$", name)
	return ok && err == nil
}

func word(b graph.Body, property string) string {
	s, _ := b[property].(string)
	return s
}
