package kind

import "testing"

// TestFromState: references are found in every shape that a state can hold.
func TestFromState(t *testing.T) {
	t.Parallel()
	const a, b, c, d = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b",
		"00000000-0000-0000-0000-00000000000c", "00000000-0000-0000-0000-00000000000d"
	k := Kind{Attrs: []Attr{
		Text("one", Optional, "").To(To("group")),
		Block("block", Optional, "", Set("many", Optional, "").To(To("group"))),
		Blocks("blocks", Optional, "", Text("inner", Optional, "").To(To("group"))),
		MapBy("id", "by_key", Optional, "", Text("inner", Optional, "").To(To("group"))),
	}}
	v := k.FromState(map[string]any{
		"one": a, "block": map[string]any{"many": []any{b, "All"}}, "blocks": []any{map[string]any{"inner": c, "other": nil}},
		"by_key": map[string]any{"x": map[string]any{"inner": d}}, "nothing": nil,
	})
	got := map[string]string{}
	for _, r := range k.Referred(v) {
		got[r.ID] = r.Path
	}
	for id, path := range map[string]string{a: "one", b: "block.many", c: "blocks.inner", d: "by_key.inner"} {
		if got[id] != path {
			t.Errorf("%s was found at %q, not at %q", id, got[id], path)
		}
	}
	if _, set := v["nothing"]; set || len(got) != 4 {
		t.Errorf("null became a value, or %v", got)
	}
}
