package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestBar: an estimate is shown once it is known, and one that has grown says why.
func TestBar(t *testing.T) {
	t.Parallel()
	var w bytes.Buffer
	b := newBar(&w)
	last := func() string { return w.String()[strings.LastIndexAny(w.String()[:w.Len()-1], "\r\n")+1:] }
	b.Reading("groups")
	b.Left(0, false, "")
	if strings.Contains(w.String(), "left") {
		t.Errorf("nothing is known, but it says %q", w.String())
	}
	b.Of(999, 100_000)
	b.Left(4*time.Minute+10*time.Second, true, "")
	if s := last(); !strings.Contains(s, "groups (999 of 100000), about 4 min left") {
		t.Errorf("%q", s)
	}
	b.Left(6*time.Minute, true, "7 more objects are referred to")
	if !strings.Contains(w.String(), "about 6 min left, because 7 more objects are referred to\n") {
		t.Errorf("%q", w.String())
	}
	b.Reading("users")
	b.Left(20*time.Second, true, "")
	if s := last(); !strings.Contains(s, "users, less than a minute left") {
		t.Errorf("%q", s)
	}
}
