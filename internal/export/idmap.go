package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// id-map.json: which id an object has now that had another before.

// Moved is one line of id-map.json: an object that has another id than before.
type Moved struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	OldID    string `json:"oldId"`
	NewID    string `json:"newId"`
	OldAppID string `json:"oldAppId,omitempty"`
	NewAppID string `json:"newAppId,omitempty"`
}

// mergeIDMap adds moves to those of earlier recoveries, so that an id from
// long ago still leads to the object's id of today.
func mergeIDMap(path string, moved []Moved) ([]byte, error) {
	all := []Moved{}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("could not read %s: %w. Nothing was written", path, err)
	}
	for _, line := range moved {
		for i := range all {
			if all[i].Kind == line.Kind && all[i].NewID == line.OldID {
				all[i].Name, all[i].NewID, all[i].NewAppID = line.Name, line.NewID, line.NewAppID
			}
		}
		all = append(all, line)
	}
	content, err := json.MarshalIndent(all, "", "  ")
	return append(content, '\n'), err
}
