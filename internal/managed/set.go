package managed

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// plainSet is the type of a set of strings. After every read and write the
// framework compares each element of a set before with each one after, in case
// two of them mean the same although they differ. For strings that cannot be, and
// for a group with 5,000 members it is 25 million comparisons, half a minute each
// time. This type is as types.Set in all but that.
type plainSet struct{ basetypes.SetType }

var stringSetType = plainSet{basetypes.SetType{ElemType: types.StringType}}

var (
	_ basetypes.SetTypable  = plainSet{}
	_ basetypes.SetValuable = plainSetValue{}
)

func (t plainSet) Equal(o attr.Type) bool {
	other, ok := o.(plainSet)
	return ok && t.SetType.Equal(other.SetType)
}

func (t plainSet) String() string { return "managed.plainSet" }

func (t plainSet) ValueType(context.Context) attr.Value { return plainSetValue{} }

func (t plainSet) ValueFromSet(_ context.Context, v basetypes.SetValue) (basetypes.SetValuable, diag.Diagnostics) {
	return plainSetValue{v}, nil
}

func (t plainSet) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.SetType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	set, ok := v.(basetypes.SetValue)
	if !ok {
		return nil, fmt.Errorf("a %T is no set", v)
	}
	return plainSetValue{set}, nil
}

// plainSetValue is a value of plainSet.
type plainSetValue struct{ basetypes.SetValue }

func (v plainSetValue) Type(context.Context) attr.Type { return stringSetType }

func (v plainSetValue) Equal(o attr.Value) bool {
	other, ok := o.(plainSetValue)
	return ok && v.SetValue.Equal(other.SetValue)
}

// ToSetValue tells the framework nothing, so that it has no elements to compare.
// It asks for them for that comparison, for validators and for plan modifiers
// alone; this provider has none of these and works on Terraform's values itself.
func (v plainSetValue) ToSetValue(context.Context) (basetypes.SetValue, diag.Diagnostics) {
	return types.SetNull(types.StringType), nil
}
