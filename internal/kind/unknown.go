package kind

// What Graph holds and no table knows, because it appeared after the table was made: it
// is named, and an update leaves it alone. Graph replaces arrays of objects as a whole, so
// that each element has to be written with it.

// KnownBy names the attribute of an element by which it is the same one when the others
// change: what Graph holds in it and no table knows then stays. An element that does not
// change stays whole with or without such a name.
func (a Attr) KnownBy(name string) Attr {
	if inner := find(a.Attrs, name); inner != nil {
		a.Key = inner.Property
	}
	return a
}

// HoldsElements tells whether the value is an array of objects, which Graph replaces as a
// whole on PATCH.
func (a *Attr) HoldsElements() bool {
	return a.Shape == ObjectSet || a.Shape == ObjectMap || a.Shape == StringSet && a.Codec != nil && a.Codec.Wraps
}

// around notes what an object holds beside the string that it is read as.
func (d *decoder) around(a *Attr, s string, raw any, path string) {
	b, isObject := raw.(Body)
	if !a.Codec.Wraps || !isObject {
		return
	}
	known, _ := a.Codec.Encode(s).(Body)
	for property, value := range b {
		if _, is := known[property]; !is && !isAnnotation(property) && !IsEmpty(value) {
			d.unknown = append(d.unknown, path+"."+property)
		}
	}
}
