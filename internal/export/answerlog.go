package export

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// answerLog is the file of answers: of each request one record, which is its length and
// then compressed JSON. A record that was cut off by a crash is the last one, and is
// dropped. What is added is not remembered, since no run asks twice; only what an earlier
// run has left is.
type answerLog struct {
	file  *os.File
	end   int64
	known map[question]spot
	n     int   // answers in the file
	err   error // why nothing can be added any more

	zip   *gzip.Writer
	at    int64 // of the record in answers; -1 for none
	cache []answered
}

// spot is where an answer stands.
type spot struct {
	at   int64
	path uint64
	n    int
}

// openLog opens a file, or makes it, and learns what is in it.
func openLog(path string) (*answerLog, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &answerLog{file: f, known: map[question]spot{}, at: -1}
	l.zip, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // a level that there is
	for {
		all, next, err := l.record(l.end)
		if err != nil {
			break // the rest was cut off
		}
		for i, x := range all {
			l.known[x.Question] = spot{l.end, x.Path, i}
		}
		l.end, l.n = next, l.n+len(all)
	}
	return l, f.Truncate(l.end)
}

// record reads one record and tells where the next one begins.
func (l *answerLog) record(at int64) (all []answered, next int64, err error) {
	head := make([]byte, 4)
	if _, err := l.file.ReadAt(head, at); err != nil {
		return nil, 0, err
	}
	size := int64(binary.BigEndian.Uint32(head))
	z, err := gzip.NewReader(io.NewSectionReader(l.file, at+4, size))
	if err != nil {
		return nil, 0, err
	}
	content, err := io.ReadAll(z)
	if err != nil {
		return nil, 0, err
	}
	return all, at + 4 + size, json.Unmarshal(content, &all)
}

// find returns an answer that an earlier run got.
func (l *answerLog) find(q question) (answered, bool) {
	where, ok := l.known[q]
	if !ok {
		return answered{}, false
	}
	if l.at != where.at {
		all, _, err := l.record(where.at)
		if err != nil {
			return answered{}, false // then Graph is asked
		}
		l.at, l.cache = where.at, all
	}
	return l.cache[where.n], true
}

// add writes the answers to one request.
func (l *answerLog) add(all []answered) {
	if len(all) == 0 || l.err != nil {
		return
	}
	content, err := json.Marshal(all)
	if err == nil {
		out := bytes.NewBuffer(make([]byte, 4))
		l.zip.Reset(out)
		_, err = l.zip.Write(content)
		if err = errors.Join(err, l.zip.Close()); err == nil {
			binary.BigEndian.PutUint32(out.Bytes(), uint32(out.Len()-4))
			_, err = l.file.WriteAt(out.Bytes(), l.end)
			l.end += int64(out.Len())
		}
	}
	if l.n += len(all); err != nil {
		l.err = fmt.Errorf("could not write down what was read: %w", err)
	}
}

// forget drops the answers to questions of a path.
func (l *answerLog) forget(path uint64) bool {
	before := len(l.known)
	for q, where := range l.known {
		if where.path == path {
			delete(l.known, q)
		}
	}
	return len(l.known) < before
}
