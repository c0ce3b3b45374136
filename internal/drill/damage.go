package drill

import (
	"net/http"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// How the objects of a tenant are lost and damaged.

// Delete deletes one object of a kind softly, or for good. What nobody can
// delete stays; what cannot be purged by hand leaves with the clock.
func (s *Stage) Delete(name string, b Body, purge bool) error {
	k := catalog.ByName(name)
	if v, _ := k.Decode(b); k.MadeByGraph(v) != nil {
		return nil
	}
	at := item("/"+string(k.Life.ReadFrom)+k.Life.Path, str(b["id"]))
	if k.Steps != nil {
		for _, step := range k.Steps(b, nil) { // a trusted location, a published context
			if _, err := s.Do(http.MethodPatch, at, step); err != nil {
				return err
			}
		}
	}
	// A service principal may have gone with its application, and a grant with that.
	if _, err := s.Do(http.MethodDelete, at, nil); err != nil && status(err) != http.StatusNotFound {
		return err
	}
	if !purge || k.Life.Bin == "" {
		return nil
	}
	_, err := s.Do(http.MethodDelete, item("/"+string(k.Life.BinVersion)+k.Life.Bin, str(b["id"])), nil)
	if c := status(err); c == http.StatusForbidden || c == http.StatusBadRequest || c == http.StatusNotFound {
		return nil
	}
	return err
}

// month is longer than a recycle bin keeps anything.
const month = "745h"

// PassMonth empties the recycle bins as time does.
func (s *Stage) PassMonth() error {
	_, err := s.Do(http.MethodPost, "/_emulator/clock", Body{"advance": month})
	return err
}

// Purged returns the ids that were there before and are neither live nor in a
// recycle bin in what is broken.
func (s *Stage) Purged(before, broken *Snapshot) (map[string]bool, error) {
	out := map[string]bool{}
	for id := range before.IDs {
		if broken.IDs[id] {
			continue
		}
		binned, err := s.binned(before.kinds[id], id)
		if err != nil {
			return nil, err
		}
		out[id] = !binned
	}
	return out, nil
}

// binned tells whether an object lies in the recycle bin.
func (s *Stage) binned(name, id string) (bool, error) {
	k := catalog.ByName(name)
	if k.Life.Bin == "" {
		return false, nil
	}
	_, err := s.Do(http.MethodGet, item("/"+string(k.Life.BinVersion)+k.Life.Bin, strings.ToLower(id)), nil)
	if status(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
