package kind

// FromState returns what a state or a plan says of an object, as Terraform
// writes it in JSON, as values: sets of strings, objects and maps of objects are
// told apart by the table. What is null has no entry.
func (k *Kind) FromState(state map[string]any) Values { return fromState(k.Attrs, state) }

func fromState(attrs []Attr, state map[string]any) Values {
	out := Values{}
	for name, raw := range state {
		if raw == nil {
			continue
		}
		a := find(attrs, name)
		if a == nil {
			out[name] = raw
			continue
		}
		if v := a.fromState(raw); v != nil {
			out[name] = v
		}
	}
	return out
}

func (a *Attr) fromState(raw any) any {
	switch raw := raw.(type) {
	case []any:
		if a.Shape == ObjectSet {
			var out []Values
			for _, item := range raw {
				if object, ok := item.(map[string]any); ok {
					out = append(out, fromState(a.Attrs, object))
				}
			}
			return out
		}
		var out []string
		for _, item := range raw {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	case map[string]any:
		if a.Shape != ObjectMap {
			return fromState(a.Attrs, raw)
		}
		out := map[string]Values{}
		for key, item := range raw {
			if object, ok := item.(map[string]any); ok {
				out[key] = fromState(a.Attrs, object)
			}
		}
		return out
	}
	return raw
}

// Referred is one reference that values hold.
type Referred struct {
	Path  string // of the attribute
	ID    string
	Kinds []string // that it can lead to, most likely first
	ByApp bool     // the id is an app id
}

// Referred returns what values refer to, in the order of the table.
func (k *Kind) Referred(v Values) []Referred {
	var out []Referred
	k.References(v, func(path string, _ *Attr, ref *Ref, id string) {
		out = append(out, Referred{path, id, ref.Kinds, ref.Space == AppID})
	})
	return out
}
