package disk_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/disk"
)

func open(t *testing.T, dir string) *disk.Store {
	t.Helper()
	s, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // which a test may have done already
	return s
}

// content is what a folder holds, as text.
func content(t *testing.T, s *disk.Store) string {
	t.Helper()
	var out strings.Builder
	if err := s.Load(func(r emulator.Record) error { fmt.Fprintf(&out, "%s=%s\n", r.Key, r.Value); return nil }); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func record(key, value string) emulator.Record {
	r := emulator.Record{Key: key}
	if value != "" {
		r.Value = []byte(value)
	}
	return r
}

func TestStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := open(t, dir)
	if empty, err := s.Empty(); err != nil || !empty {
		t.Errorf("a new folder is not empty: %v", err)
	}
	for _, step := range []struct {
		records []emulator.Record
		want    string
	}{
		{[]emulator.Record{record("b", "1"), record("a", "2")}, "a=2\nb=1\n"},
		{[]emulator.Record{record("a", "3"), record("b", ""), record("a", "4"), record("nothing", "")}, "a=4\n"},
		{[]emulator.Record{record("a", ""), record("a", "5"), record("c", "6"), record("c", "")}, "a=5\n"},
	} {
		if err := s.Save(step.records); err != nil {
			t.Fatal(err)
		}
		if got := content(t, s); got != step.want {
			t.Errorf("after %v: %s", step.records, got)
		}
	}
	if err := s.Save([]emulator.Record{record("d", "1"), record("", "no key")}); err == nil {
		t.Error("a record without a key was kept")
	}
	if got := content(t, s); got != "a=5\n" {
		t.Errorf("after a save that failed: %s", got)
	}
	if _, err := disk.Open(dir); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a folder that is in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Save([]emulator.Record{record("a", "6")}); err == nil {
		t.Error("a closed folder keeps")
	}
	again := open(t, dir)
	if empty, err := again.Empty(); err != nil || empty || content(t, again) != "a=5\n" {
		t.Errorf("after a restart: %s", content(t, again))
	}
	if info, err := os.Stat(filepath.Join(dir, disk.File)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the tenant's keys: %v %v", info.Mode(), err)
	}
}

// TestNoFolder: what cannot be a tenant's folder is an error that names it.
func TestNoFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	other := t.TempDir()
	for _, path := range []string{file, filepath.Join(other, disk.File)} {
		if err := os.WriteFile(path, bytes.Repeat([]byte("no tenant "), 5000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{file, other} {
		if _, err := disk.Open(dir); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestLossOfPower: whatever part of a save has reached the disk, the folder holds what
// was there before or what is there after. bbolt writes pages, waits for the disk, and then
// writes one page that makes them count: so the pages may be there in part while that one is
// as it was, or all of them while that one is torn at any byte.
func TestLossOfPower(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	tenant := emulator.New(emulator.WithToken("t"))
	if err := tenant.KeepIn(s); err != nil {
		t.Fatal(err)
	}
	group := func(name string) {
		r := httptest.NewRequest("POST", "/v1.0/groups", strings.NewReader(`{"displayName":"`+name+`","mailNickname":"`+name+`","mailEnabled":false,"securityEnabled":true}`))
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		if tenant.ServeHTTP(w, r); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	file := filepath.Join(dir, disk.File)
	state := func() ([]byte, string) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return raw, content(t, s)
	}
	group("first")
	old, before := state()
	group("second")
	written, after := state()
	page := os.Getpagesize()
	if before == after || len(written) < len(old) || len(written) < 3*page {
		t.Fatal("nothing was written")
	}
	old = append(bytes.Clone(old), make([]byte, len(written)-len(old))...)
	meta := 0 // the page of the two in front that the save wrote
	if bytes.Equal(old[:page], written[:page]) {
		meta = 1
	}
	if bytes.Equal(old[meta*page:(meta+1)*page], written[meta*page:(meta+1)*page]) || !bytes.Equal(old[(1-meta)*page:(2-meta)*page], written[(1-meta)*page:(2-meta)*page]) {
		t.Fatal("a save is expected to write one of the two pages in front")
	}
	survived := func(what string, raw []byte, want ...string) {
		t.Helper()
		where := filepath.Join(t.TempDir(), "copy")
		if err := os.MkdirAll(where, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(where, disk.File), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		c := open(t, where)
		got := content(t, c)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if got == w {
				return
			}
		}
		t.Errorf("%s: neither what was there before nor what is there after", what)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		part := bytes.Clone(old)
		for at := 2 * page; at < len(part); at += page {
			if random.IntN(2) == 0 {
				copy(part[at:at+page], written[at:at+page])
			}
		}
		survived("some of the pages", part, before)
	}
	for n := range 96 { // more than the page's content is long
		torn := bytes.Clone(written)
		copy(torn[meta*page+n:(meta+1)*page], old[meta*page+n:(meta+1)*page])
		survived(fmt.Sprintf("the page in front up to byte %d", n), torn, before, after)
	}
	survived("all of it", written, after)
}

// TestKill: a process that is killed in the middle of writing loses nothing that it has
// answered. It is this test, run again as another process.
func TestKill(t *testing.T) {
	if dir := os.Getenv("EMULATOR_KILL"); dir != "" {
		writeUntilKilled(dir)
	}
	t.Parallel()
	dir := t.TempDir()
	answered := 0
	for range 5 {
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), "EMULATOR_KILL="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 8 && lines.Scan(); n++ {
			answered++
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // told before it died
			answered++
		}
		_ = child.Wait()
	}
	held := strings.Count(content(t, open(t, dir)), "object/group/")
	if answered < 40 || held < answered || held > answered+5 {
		t.Errorf("%d groups were answered, %d are there", answered, held)
	}
}

func writeUntilKilled(dir string) {
	s, err := disk.Open(dir)
	if err != nil {
		panic(err)
	}
	tenant := emulator.New(emulator.WithToken("t"))
	if err := tenant.KeepIn(s); err != nil {
		panic(err)
	}
	for {
		r := httptest.NewRequest("POST", "/v1.0/groups", strings.NewReader(`{"displayName":"g","mailNickname":"g","mailEnabled":false,"securityEnabled":true}`))
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		if tenant.ServeHTTP(w, r); w.Code != 201 {
			panic(w.Body.String())
		}
		fmt.Println("answered")
	}
}
