package provider

import (
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/managed"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The part of the provider block against locking oneself out.

const (
	settle = "settle"
	direct = "direct"
)

const (
	rolloutDoc = "How a Conditional Access policy comes into force whose exclusions an apply makes, restores or gives other members. `settle`: it is written report-only, " +
		"enabled once the exclusions can be read with their members, and only if Microsoft Graph says that it keeps out neither an account of `break_glass` nor the person who runs the apply. " +
		"`direct`: it is enabled at once. Default: `settle`. The guide *Locking nobody out* says more."
	breakGlassDoc = "Object ids of the accounts for emergencies, two at least. A plan or apply is refused after which none of them could sign in, and a plan warns when one loses an exclusion. " +
		"The provider never writes, disables or deletes them."
	selfDoc = "Whether an apply may delete, disable or lock out the identity that runs it, and take away what that signs in with or was given. Without it such a plan is an error. Default: `false`."
)

// checkGuards refuses words that the provider does not know, and ids that are none.
func (m *model) checkGuards(diags *diag.Diagnostics) {
	if s := m.Rollout.ValueString(); s != "" && s != settle && s != direct {
		diags.AddAttributeError(path.Root("conditional_access_rollout"), "Invalid conditional_access_rollout", fmt.Sprintf("%q is not one of %s, %s.", s, settle, direct))
	}
	for _, id := range m.breakGlass() {
		if !managed.IsObjectID(id) {
			diags.AddAttributeError(path.Root("break_glass"), "Invalid break_glass", fmt.Sprintf("%q is no object id: it must be the GUID of a user, not a name.", id))
		}
	}
}

// breakGlass returns the ids that are known.
func (m *model) breakGlass() []string {
	var out []string
	for _, v := range m.BreakGlass.Elements() {
		if s, ok := v.(types.String); ok && !s.IsNull() && !s.IsUnknown() {
			out = append(out, strings.ToLower(s.ValueString()))
		}
	}
	return out
}

// guards are the settings, with a warning where too few accounts are named.
func (m *model) guards(diags *diag.Diagnostics) managed.Guards {
	ids := m.breakGlass()
	if !m.BreakGlass.IsNull() && !m.BreakGlass.IsUnknown() && len(m.BreakGlass.Elements()) < 2 {
		diags.AddAttributeWarning(path.Root("break_glass"), "Fewer than two break-glass accounts",
			fmt.Sprintf("break_glass names %d. With a single account, losing it locks everybody out: Microsoft recommends two or more, in the cloud alone.", len(ids)))
	}
	return managed.Guards{Direct: m.Rollout.ValueString() == direct, BreakGlass: ids, AllowSelf: m.AllowSelfChange.ValueBool()}
}
