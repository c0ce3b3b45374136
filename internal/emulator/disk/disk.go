// Package disk keeps an emulated tenant in a folder: it is the [emulator.Storage] of
// emulate --data.
//
// The folder holds one file, tenant.db, of bbolt (https://pkg.go.dev/go.etcd.io/bbolt), with
// one bucket of keys and JSON. Everything in it can be read by its owner alone, since it holds
// the tenant's token and keys.
//
// Save returns when the disk has what it was given (fdatasync): what a request changed is
// there after a kill and after a loss of power, all of it, or none if the request was not
// answered. The file does not shrink; room that became free is used again.
//
// One process has a folder open at a time. A folder on a network drive must support locks.
package disk

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// File is the name of the file in the folder.
const File = "tenant.db"

var bucket = []byte("tenant")

// patience is how long Open waits for a process that is just about to end.
const patience = 500 * time.Millisecond

// Store is an open folder.
type Store struct {
	dir    string
	db     *bbolt.DB
	broken error // a write failed, and nobody knows whether the disk has it
}

var _ emulator.Storage = (*Store)(nil)

// Open opens a folder, and makes it if it is not there.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("could not make the folder %s: %w", dir, err)
	}
	db, err := bbolt.Open(filepath.Join(dir, File), 0o600, &bbolt.Options{Timeout: patience, FreelistType: bbolt.FreelistMapType})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s is in use by another process: stop that one, or name another folder", dir)
	case err != nil:
		return nil, fmt.Errorf("could not open %s: %w", filepath.Join(dir, File), err)
	}
	return &Store{dir: dir, db: db}, nil
}

// Close ends it; another process may have the folder then.
func (s *Store) Close() error { return s.db.Close() }

// Empty tells whether the folder holds no tenant yet.
func (s *Store) Empty() (bool, error) {
	empty := true
	err := s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucket); b != nil {
			first, _ := b.Cursor().First()
			empty = first == nil
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("could not read %s: %w", filepath.Join(s.dir, File), err)
	}
	return empty, nil
}

// Load is that of [emulator.Storage].
func (s *Store) Load(add func(emulator.Record) error) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(key, value []byte) error {
			return add(emulator.Record{Key: string(key), Value: bytes.Clone(value)})
		})
	})
}

// Save is that of [emulator.Storage]. Records in the order of their keys are written much
// faster; among those of one key the last still wins.
func (s *Store) Save(records []emulator.Record) error {
	if s.broken != nil {
		return fmt.Errorf("%s is to be opened anew, after: %w", s.dir, s.broken)
	}
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b emulator.Record) int { return strings.Compare(a.Key, b.Key) })
	before := s.state()
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		for i := 0; i < len(records) && err == nil; i++ {
			if key := []byte(records[i].Key); records[i].Value == nil {
				err = b.Delete(key)
			} else {
				err = b.Put(key, records[i].Value)
			}
		}
		return err
	})
	if err != nil && s.state() != before {
		s.broken = err
	}
	return err
}

// state is the number of the latest write that the file shows.
func (s *Store) state() (id int) {
	_ = s.db.View(func(tx *bbolt.Tx) error { // which fails when the folder is closed, and then always
		id = tx.ID()
		return nil
	})
	return id
}
