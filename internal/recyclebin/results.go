package recyclebin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// What became of an object.
const (
	Restored = "restored"
	Live     = "live"   // it is live already: somebody else restored it, or an earlier run did
	Failed   = "failed" // see Error
	// Unfinished: a policy was restored, or the attempt began, and it is not known to be
	// report-only yet.
	Unfinished = "unfinished"
)

// Result is a line of a result file: what became of one object.
type Result struct {
	Kind      string    `json:"kind"`
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	DeletedAt time.Time `json:"deletedDateTime"` // tells one deletion of an object from the next
	Outcome   string    `json:"outcome"`
	Error     string    `json:"error,omitempty"`
}

func (it *Item) result(outcome, reason string) Result {
	return Result{Kind: it.Kind, ID: it.ID, Name: it.Name, DeletedAt: it.DeletedAt, Outcome: outcome, Error: reason}
}

// Results is a result file: JSON, one object a line, each written as soon as it is known.
// The latest line about an object counts. A nil *Results keeps nothing.
type Results struct {
	path   string
	mu     sync.Mutex
	file   *os.File // nil before the first write
	latest map[string]Result
	torn   bool  // the last line has no end
	whole  int64 // length without a last line that cannot be read
}

// OpenResults reads the file of an earlier run, if there is one. It is written to by
// Restore alone.
func OpenResults(path string) (*Results, error) {
	r := &Results{path: path, latest: map[string]Result{}}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("could not read the result file: %w", err)
	}
	lines := bytes.Split(content, []byte("\n"))
	r.whole = int64(len(content))
	r.torn = len(lines[len(lines)-1]) > 0
	for i, line := range lines {
		var one Result
		switch err := json.Unmarshal(line, &one); {
		case len(bytes.TrimSpace(line)) == 0:
		case err != nil && i == len(lines)-1: // the run was killed while it wrote
			r.whole, r.torn = r.whole-int64(len(line)), false
		case err != nil || one.ID == "" || one.Outcome == "":
			return nil, fmt.Errorf("%s is no result file of a restore: line %d cannot be read. Name another with --result", path, i+1)
		default:
			r.latest[one.Kind+"/"+one.ID] = one
		}
	}
	return r, nil
}

// done tells whether the object, as it was deleted then, was restored.
func (r *Results) done(it *Item) bool {
	if r == nil {
		return false
	}
	one, ok := r.latest[it.Kind+"/"+it.ID]
	return ok && (one.Outcome == Restored || one.Outcome == Live) && one.DeletedAt.Equal(it.DeletedAt)
}

// restored tells whether an object of that id was restored, whatever its kind.
func (r *Results) restored(id string) bool {
	if r == nil {
		return false
	}
	for _, name := range order {
		if one := r.latest[name+"/"+id]; one.Outcome == Restored || one.Outcome == Live {
			return true
		}
	}
	return false
}

// unfinished returns the policies that are not known to be report-only.
func (r *Results) unfinished() (out []Result) {
	if r == nil {
		return nil
	}
	for _, one := range r.latest {
		if one.Outcome == Unfinished {
			out = append(out, one)
		}
	}
	return out
}

func (r *Results) write(one Result) (err error) {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() {
		if err != nil {
			err = fmt.Errorf("could not write the result file: %w", err)
		}
	}()
	if r.file == nil {
		if r.file, err = os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			return err
		}
		if err = r.file.Truncate(r.whole); err != nil {
			return err
		}
	}
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if line = append(line, '\n'); r.torn {
		line, r.torn = append([]byte("\n"), line...), false
	}
	_, err = r.file.Write(line)
	return err
}

// Close ends the writing.
func (r *Results) Close() error {
	if r == nil || r.file == nil {
		return nil
	}
	return r.file.Close()
}
