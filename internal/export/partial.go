package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What is left of an export that broke off: a folder beside that of the export, with the
// answers of Graph and a note of whose they are and when they were asked for. It holds what
// the tenant holds, so nobody else can read it, and it is gone once the export is written.

// lastsFor is how long it can be resumed. The longer ago, the more has changed in the
// tenant between the two halves.
const lastsFor = 24 * time.Hour

// noteFormat changes when older answers cannot be read any more.
const noteFormat = 1

type note struct {
	FormatVersion int         `json:"formatVersion"`
	TenantID      string      `json:"tenantId"`
	Endpoint      string      `json:"endpoint"`
	Runs          []time.Time `json:"runs"` // when each began, UTC
}

// partial is that folder in use.
type partial struct {
	dir     string
	note    note
	answers *Answers
}

// partialDir is the folder for an export into out.
func partialDir(out string) string {
	if whole, err := filepath.Abs(out); err == nil {
		out = whole
	}
	return filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".partial")
}

// begin makes the folder, or with resume goes on with the one that is there, and has answers
// written down from now on. told is one line for whoever waits.
func begin(out string, resume bool, a *Answers, tenant, endpoint string, now time.Time) (p *partial, told string, err error) {
	p = &partial{dir: partialDir(out), answers: a, note: note{FormatVersion: noteFormat, TenantID: tenant, Endpoint: endpoint}}
	there, found, err := p.read()
	switch {
	case resume && !found:
		return nil, "", fmt.Errorf("there is nothing to resume: no export to %s has broken off and left %s. Run again without --resume", out, p.dir)
	case resume && err != nil:
		return nil, "", fmt.Errorf("could not read what an export left that broke off: %w. Run again without --resume, which begins anew", err)
	case resume:
		if err := p.fits(there, now); err != nil {
			return nil, "", err
		}
		p.note.Runs = there.Runs
	case found:
		if err := os.RemoveAll(p.dir); err != nil {
			return nil, "", fmt.Errorf("could not remove what an export left that broke off: %w", err)
		}
		told = "An export to " + out + " had broken off; what it left is removed, and this one begins anew. (--resume would have gone on with it.)"
	}
	p.note.Runs = append(p.note.Runs, now.UTC())
	if err := p.open(); err != nil {
		_ = os.RemoveAll(p.dir)
		if resume {
			return nil, "", fmt.Errorf("could not go on with %s: %w. Run again without --resume", p.dir, err)
		}
		return nil, fmt.Sprintf("If this export breaks off, it cannot be resumed: %v", err), nil
	}
	if resume {
		told = fmt.Sprintf("Going on with the export of %s: %d answers are known.", there.Runs[len(there.Runs)-1].Local().Format(time.DateTime), a.log.n)
	}
	u, _ := url.Parse(endpoint) // as the client has it
	a.host = u.Host
	return p, told, nil
}

// read reads the note of the folder, if that is there.
func (p *partial) read() (there note, found bool, err error) {
	if _, err := os.Lstat(p.dir); errors.Is(err, os.ErrNotExist) {
		return note{}, false, nil
	}
	b, err := os.ReadFile(filepath.Join(p.dir, "note.json"))
	if err == nil {
		err = json.Unmarshal(b, &there)
	}
	if err == nil && len(there.Runs) == 0 {
		err = errors.New("the note does not say when it was begun")
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", p.dir, err)
	}
	return there, true, err
}

// fits tells why answers that are there are none for this export.
func (p *partial) fits(there note, now time.Time) error {
	switch {
	case there.FormatVersion != noteFormat:
		return fmt.Errorf("%s was left by another version of this program. Run again without --resume, which begins anew", p.dir)
	case !strings.EqualFold(there.TenantID, p.note.TenantID) || there.Endpoint != p.note.Endpoint:
		return fmt.Errorf("%s holds what was read of tenant %s at %s, and the credentials belong to tenant %s at %s. Use those of the first, or run again without --resume, which begins anew", p.dir, there.TenantID, there.Endpoint, p.note.TenantID, p.note.Endpoint)
	case now.Sub(there.Runs[0]) > lastsFor || now.Before(there.Runs[0]):
		return fmt.Errorf("%s was begun at %s, and only what was begun in the last %d hours can be resumed, because the tenant has changed since. Run again without --resume, which begins anew", p.dir, there.Runs[0].Local().Format(time.DateTime), int(lastsFor.Hours()))
	}
	return nil
}

func (p *partial) open() error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(p.note, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"note.json": append(b, '\n'), ".gitignore": []byte("*\n")} {
		if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o600); err != nil {
			return err
		}
	}
	p.answers.log, err = openLog(filepath.Join(p.dir, "answers"))
	return err
}

// end removes the folder after a success, or where it holds nothing; else it adds to err
// how to go on.
func (p *partial) end(err error) error {
	if p == nil {
		return err
	}
	log := p.answers.log
	p.answers.host = ""
	_ = log.file.Close() // every record is written as it is
	if err == nil || log.n == 0 {
		_ = os.RemoveAll(p.dir) // what is left is removed by the next export
		return err
	}
	if log.err != nil {
		return fmt.Errorf("%w\nWhat was read is kept in %s in part, so that --resume asks for the rest again: %w", err, p.dir, log.err)
	}
	return fmt.Errorf("%w\nWhat was read is kept in %s. To go on from there, run again with --resume within a day", err, p.dir)
}
