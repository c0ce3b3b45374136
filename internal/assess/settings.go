package assess

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// What the code says about itself: its provider block, and where its state is kept.

// provider returns an attribute of the provider block as it evaluates; cty.NilVal where
// there is none or where it depends on more than the folder says.
func (a *assessor) provider(name string) (value cty.Value, written bool) {
	for _, block := range a.code.Settings {
		if block.Type != "provider" || len(block.Labels) != 1 || block.Labels[0] != "entra" {
			continue
		}
		if attr := block.Body.Attributes[name]; attr != nil {
			v, diags := attr.Expr.Value(a.code.Values)
			if diags.HasErrors() || !v.IsWhollyKnown() || v.IsNull() {
				return cty.NilVal, true
			}
			return v, true
		}
	}
	return cty.NilVal, false
}

// setting returns a text of the provider block.
func (a *assessor) setting(name string) string {
	if v, _ := a.provider(name); v != cty.NilVal && v.Type() == cty.String {
		return v.AsString()
	}
	return ""
}

// State is where the code's state is kept, and whether it can be had without this tenant.
type State struct {
	Backend string `json:"backend"` // "azurerm", "cloud"; "local" where the code names none
	// NeedsTenant is "yes" where nobody gets at the state without signing in to this very
	// tenant, "no" where anybody does, and "unknown" where the code does not tell.
	NeedsTenant string `json:"needsTenant"`
	Sentence    string `json:"sentence"`
}

const (
	yes     = "yes"
	no      = "no"
	unknown = "unknown"
)

// state looks at the backend in the code, with what init recorded of it.
func (a *assessor) state() {
	backend, has := a.backend()
	s := State{Backend: backend, NeedsTenant: unknown}
	switch backend {
	case "local":
		s.NeedsTenant, s.Sentence = no, "The state is a file beside the code. Keep both where they can be had without this tenant."
	case "azurerm":
		s.NeedsTenant, s.Sentence = a.azurerm(has)
	case "cloud", "remote":
		s.Sentence = "Whether people sign in to it by single sign-on of this tenant is set there, and cannot be known from here. Keep a way in that does not: a token, or a user with a password of its own."
	default:
		s.Sentence = fmt.Sprintf("The backend %s does not sign in to Entra by itself. Whether your way to it does, by federation, cannot be known from here.", backend)
	}
	a.report.State = s
}

// azurerm: a storage account opens by its key or a signature to whoever has them, and by
// Entra to nobody while the tenant is lost.
// https://developer.hashicorp.com/terraform/language/backend/azurerm
func (a *assessor) azurerm(has map[string]string) (needs, sentence string) {
	tenant := has["tenant_id"]
	switch {
	case has["use_azuread_auth"] != "true" && (has["access_key"] != "" || has["sas_token"] != ""):
		return no, "The storage account opens with a key or a signature that the code names. Keep that where it can be had without this tenant."
	case tenant != "" && !strings.EqualFold(tenant, a.survey.TenantID):
		return no, "The storage account belongs to tenant " + tenant + ", another one."
	case tenant != "":
		return yes, "Nobody gets at the state without signing in to this very tenant, which is what a recovery has to bring back. The import blocks recover without it: keep the code and its imports.tf elsewhere, and a key of the storage account in a safe."
	}
	return unknown, "The code names no tenant for the storage account, so it is that of the environment (ARM_TENANT_ID) or of init's -backend-config: most likely this one. Then nobody gets at the state without it. The import blocks recover without a state: keep the code and its imports.tf elsewhere, and a key of the storage account in a safe."
}

// backend returns the type of the backend and its settings as far as they are written in
// the code, or were given to init, which records them.
func (a *assessor) backend() (string, map[string]string) {
	name, has := "local", map[string]string{}
	for _, block := range a.code.Settings {
		if block.Type != "terraform" {
			continue
		}
		for _, inner := range block.Body.Blocks {
			switch {
			case inner.Type == "cloud":
				return "cloud", nil
			case inner.Type == "backend" && len(inner.Labels) == 1:
				name = inner.Labels[0]
				maps.Copy(has, literals(inner.Body))
			}
		}
	}
	var recorded struct {
		Backend struct {
			Type   string         `json:"type"`
			Config map[string]any `json:"config"`
		} `json:"backend"`
	}
	content, err := os.ReadFile(filepath.Join(a.code.Dir, ".terraform", "terraform.tfstate"))
	if err != nil || json.Unmarshal(content, &recorded) != nil || recorded.Backend.Type != name {
		return name, has
	}
	for setting, value := range recorded.Backend.Config {
		if value != nil && has[setting] == "" {
			has[setting] = fmt.Sprint(value)
		}
	}
	return name, has
}

// literals returns the attributes that are plain texts and flags; what is written in
// another way is "?", because it is there.
func literals(body *hclsyntax.Body) map[string]string {
	out := map[string]string{}
	for name, attr := range body.Attributes {
		v, diags := attr.Expr.Value(nil)
		switch {
		case diags.HasErrors():
			out[name] = "?"
		case v.IsNull():
		case v.Type() == cty.String:
			out[name] = v.AsString()
		case v.Type() == cty.Bool:
			out[name] = fmt.Sprint(v.True())
		}
	}
	return out
}

// named returns the accounts for emergencies that the options and the provider block name.
func (a *assessor) named() []string {
	out := slices.Clone(a.options.BreakGlass)
	v, _ := a.provider("break_glass")
	if v != cty.NilVal && v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next(); {
			if _, id := it.Element(); id.Type() == cty.String && !id.IsNull() {
				out = append(out, strings.ToLower(id.AsString()))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
