package graph

import (
	"errors"
	"testing"
)

// TestActivated: an activation is all there is only where no assignment is,
// whichever Graph names first.
func TestActivated(t *testing.T) {
	t.Parallel()
	a := Activated{}
	for _, x := range [][3]string{
		{"member", "A", "activated"},
		{"member", "B", "activated"}, {"member", "B", "assigned"},
		{"member", "C", "assigned"}, {"member", "C", "activated"},
		{"owner", "D", "activated"}, {"member", "E", "assigned"},
	} {
		a.Note(Body{"accessId": x[0], "principalId": x[1], "assignmentType": x[2]})
	}
	for key, want := range map[string]bool{"member a": true, "member b": false, "member c": false, "member d": false, "member e": false, "member f": false} {
		if got := a.Only(key[:6], key[7:]); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
	if !a.Only("owner", "d") {
		t.Error("an owner by activation")
	}
	var nothing Activated
	if nothing.Only("member", "a") {
		t.Error("nothing is known, and yet somebody is activated")
	}
}

func TestIsUnavailable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&Error{Status: 403, Code: "Authorization_RequestDenied"}, true},
		{&Error{Status: 400, Code: "AadPremiumLicenseRequired"}, true},
		{&Error{Status: 400, Code: "InvalidFilter"}, false},
		{&Error{Status: 404, Code: "AadPremiumLicenseRequired"}, false},
		{errors.New("no answer"), false}, {nil, false},
	} {
		if got := IsUnavailable(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
