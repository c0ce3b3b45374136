package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
)

// How files come into place: all of them or none.

// target is the folder of an export. Files are written into another one beside it, which
// is then renamed; where dir is there already, into one below it, and the files are moved
// up, since a folder that is somebody's working directory or a mount cannot be replaced.
type target struct {
	dir   string
	temp  string // where to write; "" before make
	there bool
}

// make makes the folder to write into, and tells which.
func (t *target) make() (string, error) {
	parent := filepath.Dir(filepath.Clean(t.dir))
	if _, err := os.Stat(t.dir); err == nil {
		parent, t.there = t.dir, true
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("could not make %s: %w", parent, err)
	}
	var err error
	if t.temp, err = os.MkdirTemp(parent, ".export-*"); err != nil {
		return "", fmt.Errorf("could not write into %s: %w", parent, err)
	}
	return t.temp, nil
}

// clear removes what is not in place.
func (t *target) clear() {
	if t.temp != "" {
		_ = os.RemoveAll(t.temp)
	}
}

// add writes one more file.
func (t *target) add(name string, content func(io.Writer) error) error {
	return hclgen.WriteFile(filepath.Join(t.temp, name), content)
}

// place puts the files of those names into place, and returns these in order.
func (t *target) place(ctx context.Context, names []string) ([]string, error) {
	slices.Sort(names)
	if ctx.Err() != nil {
		return nil, errCancelled
	}
	if t.there {
		return names, moveUp(t.temp, t.dir, names)
	}
	if err := os.Chmod(t.temp, 0o755); err != nil {
		return nil, err
	}
	if err := os.Rename(t.temp, t.dir); err != nil {
		return nil, fmt.Errorf("could not put the export into place: %w", err)
	}
	return names, nil
}

// moveUp moves files from temp into dir. When one cannot be moved, those that
// were not there before are taken away again.
func moveUp(temp, dir string, names []string) error {
	var added []string
	for _, name := range names {
		_, missing := os.Lstat(filepath.Join(dir, name))
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(dir, name)); err != nil {
			for _, f := range added {
				_ = os.Remove(filepath.Join(dir, f)) // the rename's error is the one to tell
			}
			return fmt.Errorf("could not put %s into place: %w", name, err)
		}
		if missing != nil {
			added = append(added, name)
		}
	}
	return nil
}

var errCancelled = errors.New("the export was cancelled; nothing was written")
