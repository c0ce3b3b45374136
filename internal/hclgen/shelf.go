package hclgen

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A Shelf keeps the values of objects in a file until they are needed, so that a tenant
// takes the memory of its names and ids and not that of its objects.
//
// A file that cannot be written or read is told by Err: until then whoever loads values
// gets none.
type Shelf struct {
	file *os.File
	end  int64
	err  error
}

// NewShelf makes a shelf in a folder, "" for that of temporary files. Nobody else can read it.
func NewShelf(dir string) (*Shelf, error) {
	f, err := os.CreateTemp(dir, "entra-values-*") // of mode 0600
	if err != nil {
		return nil, fmt.Errorf("could not make a file for what is read: %w", err)
	}
	return &Shelf{file: f}, nil
}

// Close removes the file.
func (s *Shelf) Close() {
	_ = s.file.Close() // what was in it is needed no more
	_ = os.Remove(s.file.Name())
}

// Err is the first failure.
func (s *Shelf) Err() error { return s.err }

// place is where values stand on a shelf.
type place struct {
	shelf *Shelf
	at    int64
	size  int
}

// Keep puts the object's values on a shelf; nil leaves them where they are.
func (o *Object) Keep(s *Shelf) {
	if s == nil {
		return
	}
	content := appendValue(nil, o.Values)
	if _, err := s.file.WriteAt(content, s.end); err != nil && s.err == nil {
		s.err = fmt.Errorf("could not keep what was read: %w", err)
	}
	o.kept, o.Values = place{s, s.end, len(content)}, nil
	s.end += int64(len(content))
}

// Load returns the object's values, wherever they are. To change them, use Change.
func (o *Object) Load() kind.Values {
	s := o.kept.shelf
	if s == nil {
		return o.Values
	}
	content := make([]byte, o.kept.size)
	if _, err := s.file.ReadAt(content, o.kept.at); err != nil {
		if s.err == nil {
			s.err = fmt.Errorf("could not get back what was read: %w", err)
		}
		return kind.Values{}
	}
	v, _ := (&unpacker{text: string(content)}).value().(kind.Values)
	return v
}

// Change changes the object's values.
func (o *Object) Change(change func(kind.Values)) {
	v := o.Load()
	change(v)
	o.Values = v
	o.Keep(o.kept.shelf)
}

// The first byte of a value on the shelf.
const (
	isString = iota
	isTrue
	isFalse
	isInt
	isStrings
	isValues
	isList
	isMap
)

// appendValue writes one value of a kind, which JSON would not give back with its type.
func appendValue(b []byte, value any) []byte {
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	start := func(what byte, n int) { b = binary.AppendUvarint(append(b, what), uint64(n)) }
	switch v := value.(type) {
	case string:
		b = append(b, isString)
		text(v)
	case bool:
		if v {
			return append(b, isTrue)
		}
		return append(b, isFalse)
	case int64:
		b = binary.AppendVarint(append(b, isInt), v)
	case []string:
		start(isStrings, len(v))
		for _, s := range v {
			text(s)
		}
	case kind.Values:
		start(isValues, len(v))
		for name, inner := range v {
			text(name)
			b = appendValue(b, inner)
		}
	case []kind.Values:
		start(isList, len(v))
		for _, inner := range v {
			b = appendValue(b, inner)
		}
	case map[string]kind.Values:
		start(isMap, len(v))
		for key, inner := range v {
			text(key)
			b = appendValue(b, inner)
		}
	default:
		panic(fmt.Sprintf("hclgen: a %T is no value of a kind", value))
	}
	return b
}

// unpacker reads what appendValue wrote. Strings are parts of text.
type unpacker struct{ text string }

func (u *unpacker) number() int {
	var n uint64
	for shift := 0; ; shift += 7 {
		c := u.text[0]
		u.text = u.text[1:]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int(n)
		}
	}
}

func (u *unpacker) string() string {
	n := u.number()
	s := u.text[:n]
	u.text = u.text[n:]
	return s
}

func (u *unpacker) value() any {
	what := u.text[0]
	u.text = u.text[1:]
	switch what {
	case isString:
		return u.string()
	case isTrue, isFalse:
		return what == isTrue
	case isInt:
		n := uint64(u.number())
		return int64(n>>1) ^ -int64(n&1)
	case isStrings:
		out := make([]string, u.number())
		for i := range out {
			out[i] = u.string()
		}
		return out
	case isValues:
		n := u.number()
		out := make(kind.Values, n)
		for range n {
			name := u.string()
			out[name] = u.value()
		}
		return out
	case isList:
		out := make([]kind.Values, u.number())
		for i := range out {
			out[i] = u.value().(kind.Values)
		}
		return out
	}
	n := u.number()
	out := make(map[string]kind.Values, n)
	for range n {
		key := u.string()
		out[key] = u.value().(kind.Values)
	}
	return out
}
