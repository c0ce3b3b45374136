package managed

import (
	"encoding/json"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What private state keeps of an object.

// mark is what private state says of an object, beside what Terraform shows.
type mark struct {
	Tenant   string `json:"tenant,omitempty"`
	Lost     bool   `json:"lost,omitempty"`
	Purged   bool   `json:"purged,omitempty"`   // it is lost, and the audit log says that this is final
	Imported bool   `json:"imported,omitempty"` // in this plan: relations are not in the state yet

	// Adopted is set from the import until an apply writes the state: the modes
	// in it are not the code's.
	Adopted bool `json:"adopted,omitempty"`

	// Stuck is set for an object in the recycle bin that Graph refuses to
	// restore, because it refers to what was deleted permanently.
	Stuck bool `json:"stuck,omitempty"`

	// Shut says whom a rule in the recycle bin would keep out if it was restored, which is why
	// it is Stuck.
	Shut string `json:"shut,omitempty"`

	// Unfinished is set for an object that was restored, while what goes with it,
	// such as the service principal of an application, was not.
	Unfinished bool `json:"unfinished,omitempty"`

	// Away is set for an object that is in the recycle bin with what it belongs to.
	Away bool `json:"away,omitempty"`

	// Returns is set where this configuration brings back what it is away with. Whether it
	// was still there, and as it was, when that was deleted cannot be read: so the plan leaves
	// its id open, and the apply looks, and repairs it or makes it anew.
	Returns bool `json:"returns,omitempty"`

	// Incomplete is set for an object whose creation failed halfway. Terraform
	// calls it tainted: the next apply deletes it and makes another.
	Incomplete bool `json:"incomplete,omitempty"`

	// Halfway is set for an object that was made anew, while what follows its making
	// failed, or may have: what code uses when an object is made is then still to be written.
	Halfway bool `json:"halfway,omitempty"`

	// Written is when an apply wrote the object last: what changed it before that is
	// not what changed it since.
	Written time.Time `json:"written,omitzero"`

	// Drift holds, for each attribute that is no longer as it was left, the digest of
	// what it was, so that a plan can tell whether it puts that back.
	Drift map[string]string `json:"drift,omitempty"`

	// Taken is set for an object that was live when this configuration was to
	// make it, so that it is forgotten and not deleted with its address.
	Taken bool `json:"taken,omitempty"`

	// Was are the ids that the object had before it was made anew.
	Was []string `json:"was,omitempty"`

	// Self is the object's id in a plan. Where that replaces the object, the engine plans once more,
	// for another without a state, and hands this on: so that plan knows whose place it takes. The
	// framework does not hand it on to the creation itself.
	Self string `json:"self,omitempty"`

	// Past are, by relation, ids that are no longer in the state although the code may
	// list them: those that a refresh of what was imported took out, and those that an
	// apply failed to put back.
	Past map[string][]string `json:"past,omitempty"`

	// Relink has the relations in which something stood that was made anew, or is to be,
	// with the new ids of what earlier applies made.
	Relink map[string][]string `json:"relink,omitempty"`
}

// verb is what an update does to the object.
func (m mark) verb(had kind.Values) string {
	switch {
	case m.anew():
		return "recreate"
	case text(had["deleted_date_time"]) != "" || m.Returns:
		return "restore"
	}
	return "update"
}

// anew tells whether the object has to be made anew, with another id.
func (m mark) anew() bool { return m.Lost || m.Stuck }

// unread tells of an object that was imported while it was in the recycle bin
// with what it belongs to: the state has its id, and nothing else of it.
func (m mark) unread() bool { return m.Away && m.Imported }

// whole tells whether the state says all of the object, so that what differs from it
// was changed since.
func (m mark) whole() bool { return !m.Lost && !m.Imported && !m.Halfway && !m.Incomplete }

const markKey = "entra"

func (m mark) bytes() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return b
}

func readMark(b []byte) mark {
	var m mark
	if len(b) > 0 {
		_ = json.Unmarshal(b, &m) // written by mark.bytes; nothing else can be there
	}
	return m
}
