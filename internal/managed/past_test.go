package managed

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// TestNothingPast: no schema has anything that the framework would carry out in a plan, a read
// or an apply, because there the values go past it.
func TestNothingPast(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var look func(at string, v reflect.Value)
	look = func(at string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Map:
			for _, key := range v.MapKeys() {
				look(fmt.Sprintf("%s.%v", at, key), v.MapIndex(key))
			}
		case reflect.Interface, reflect.Pointer:
			if !v.IsNil() {
				look(at, v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				switch name := v.Type().Field(i).Name; name {
				case "CustomType", "WriteOnly", "PlanModifiers", "Default":
					if seen[name] = true; !v.Field(i).IsZero() {
						t.Errorf("%s has a %s, which would not be asked", at, name)
					}
				case "Attributes", "NestedObject", "Blocks":
					look(at, v.Field(i))
				}
			}
		}
	}
	for _, k := range catalog.All() {
		if k.Managed() {
			s := resourceSchema(k)
			look(k.TypeName(), reflect.ValueOf(s))
			if len(s.Blocks) > 0 {
				t.Errorf("%s has blocks", k.TypeName())
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("looked for %v alone", seen)
	}
}
