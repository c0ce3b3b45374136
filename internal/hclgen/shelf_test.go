package hclgen_test

import (
	"os"
	"reflect"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// TestShelf: values come back as they were, with their types, and a file that is gone is told.
func TestShelf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shelf, err := hclgen.NewShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	values := func() kind.Values {
		return kind.Values{
			"text": "é\n\x00", "empty": "", "yes": true, "no": false, "small": int64(-3), "large": int64(1) << 60, "least": int64(-1) << 63,
			"set": []string{"a", ""}, "none": []string{}, "object": kind.Values{"x": kind.Values{}},
			"objects": []kind.Values{{"a": "b"}, {}}, "nothing": []kind.Values{}, "map": map[string]kind.Values{"k": {"n": int64(1)}}, "blank": map[string]kind.Values{},
		}
	}
	one, two := &hclgen.Object{Values: values()}, &hclgen.Object{Values: kind.Values{"other": "x"}}
	one.Keep(shelf)
	two.Keep(shelf)
	if one.Values != nil || !reflect.DeepEqual(one.Load(), values()) {
		t.Errorf("%#v", one.Load())
	}
	two.Change(func(v kind.Values) { v["more"] = int64(300) })
	if two.Values != nil || !reflect.DeepEqual(two.Load(), kind.Values{"other": "x", "more": int64(300)}) || !reflect.DeepEqual(one.Load(), values()) {
		t.Errorf("%#v", two.Load())
	}
	three := &hclgen.Object{Values: values()}
	three.Keep(nil)
	if three.Change(func(v kind.Values) { delete(v, "text") }); three.Load()["text"] != nil || three.Load()["yes"] != true {
		t.Errorf("without a shelf: %#v", three.Load())
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Error(files, err)
	}
	if shelf.Err() != nil {
		t.Error(shelf.Err())
	}
	shelf.Close()
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Error(files, err)
	}
	if one.Load(); shelf.Err() == nil {
		t.Error("values of a file that is closed were read")
	}
}
