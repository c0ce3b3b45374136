package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/spf13/cobra"
)

// futureFlags are --future-property and --future-member: what Graph will have
// one day, so that a client can be seen to keep what it does not know.
type futureFlags struct{ properties, members []string }

func (f *futureFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.properties, "future-property", nil, "TYPE.PROPERTY=JSON: a property that no description knows, which all objects of the type have with that value, repeatable")
	c.Flags().StringArrayVar(&f.members, "future-member", nil, "ENUM.MEMBER: a member of an enum that no description knows, repeatable")
}

func (f *futureFlags) options() ([]emulator.Option, error) {
	var out []emulator.Option
	for _, text := range f.properties {
		name, value, given := strings.Cut(text, "=")
		typ, property, both := strings.Cut(name, ".")
		if !given || !both || property == "" || !emulator.HasType(typ) {
			return nil, usageError{fmt.Errorf("--future-property %q is not TYPE.PROPERTY=JSON with a type of Graph's", text)}
		}
		d := json.NewDecoder(strings.NewReader(value))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil || d.More() {
			return nil, usageError{fmt.Errorf("--future-property %q: %q is not JSON", text, value)}
		}
		out = append(out, emulator.WithFutureProperty(typ, property, v))
	}
	for _, text := range f.members {
		enum, member, both := strings.Cut(text, ".")
		if !both || member == "" || !emulator.HasEnum(enum) {
			return nil, usageError{fmt.Errorf("--future-member %q is not ENUM.MEMBER with an enum of Graph's", text)}
		}
		out = append(out, emulator.WithFutureMember(enum, member))
	}
	return out, nil
}
