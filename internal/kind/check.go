package kind

import (
	"fmt"
	"slices"
)

// What a table may not say.

// Check reports what is wrong with the table itself.
func (k *Kind) Check() error {
	if k.Name == "" || k.Title == "" || k.Plural == "" || k.Doc == "" || k.Life.Path == "" {
		return fmt.Errorf("kind %q: Name, Title, Plural, Doc and Life are required", k.Name)
	}
	if k.Label != "" && k.Attr(k.Label) == nil {
		return fmt.Errorf("kind %s: Label %q is not an attribute", k.Name, k.Label)
	}
	if k.Life.Form == Element && k.Attr(k.Life.Key) == nil {
		return fmt.Errorf("kind %s: its key %q is not an attribute", k.Name, k.Life.Key)
	}
	for _, name := range k.Life.Placeholders() {
		if a := k.Attr(name); a == nil || a.Mode != Required || a.Ref == nil {
			return fmt.Errorf("kind %s: {%s} in its path must be a required attribute that refers to something", k.Name, name)
		}
	}
	for i := range k.Attrs {
		if a := &k.Attrs[i]; a.Channel == InPath && a.Name != "id" && !slices.Contains(k.Life.Placeholders(), a.Name) {
			return fmt.Errorf("kind %s: %s does not stand in its path", k.Name, a.Name)
		}
	}
	if err := k.checkRules(); err != nil {
		return err
	}
	if k.Listable() && k.ManyName() == k.Name {
		return fmt.Errorf("kind %s: its name is its own plural: Many must name the data source that finds several", k.Name)
	}
	if (k.NewIDBreaks != "") != (k.Attr("on_hard_delete") != nil) {
		return fmt.Errorf("kind %s: NewIDBreaks and on_hard_delete need each other", k.Name)
	}
	if err := k.checkRollout(); err != nil {
		return err
	}
	if err := k.checkRemoval(); err != nil {
		return err
	}
	if name := k.Life.OneFor; name != "" {
		if a := k.Attr(name); a == nil || a.Mode != Required || !a.Fixed {
			return fmt.Errorf("kind %s: %q, of which each value has one object, must be required and fixed at creation", k.Name, name)
		}
	}
	links := 0
	for i := range k.Attrs {
		if k.Attrs[i].Channel == Link {
			links++
		}
	}
	if links > 1 {
		return fmt.Errorf("kind %s: it links to %d objects, and a request expands one property", k.Name, links)
	}
	return check(k.Name, k.Attrs, false)
}

func check(path string, attrs []Attr, belowSet bool) error {
	seen := map[string]bool{}
	for i := range attrs {
		a := &attrs[i]
		at := path + "." + a.Name
		switch {
		case seen[a.Name]:
			return fmt.Errorf("%s: named twice", at)
		case a.Doc == "":
			return fmt.Errorf("%s: has no doc", at)
		case belowSet && (a.Mode == Server || a.Mode == Computed || a.Mode == Default):
			return fmt.Errorf("%s: nothing below a set may be server-made or defaulted", at)
		case belowSet && a.Shared:
			return fmt.Errorf("%s: nothing below a set may be left to others", at)
		case a.Mode == Default && a.Default == nil:
			return fmt.Errorf("%s: Default without a value", at)
		case a.nested() && len(a.Attrs) == 0:
			return fmt.Errorf("%s: an object without attributes", at)
		case a.Telling != "" && (a.Shape != ObjectSet || find(a.Attrs, a.Telling) == nil):
			return fmt.Errorf("%s: %q is no attribute of its elements", at, a.Telling)
		case a.Made != "" && a.Shape != Variant:
			return fmt.Errorf("%s: only a subtype can be one that Graph makes", at)
		case a.Shape == ObjectMap && a.Key == "":
			return fmt.Errorf("%s: a map without a key", at)
		case a.Maker && a.Channel != Relation:
			return fmt.Errorf("%s: only a relation can have whoever makes the object added to it", at)
		case a.Far != "" && (a.Channel != Relation || a.Bind):
			return fmt.Errorf("%s: only a relation can be made at its other end, and not with the object", at)
		}
		for _, name := range a.AnyOf {
			if find(a.Attrs, name) == nil {
				return fmt.Errorf("%s: needs %q, which is none of its attributes", at, name)
			}
		}
		if err := checkMode(attrs, a); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		seen[a.Name] = true
		if err := check(at, a.Attrs, belowSet || a.Shape == ObjectSet); err != nil {
			return err
		}
	}
	return nil
}
