package assess

import (
	"sort"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Secret is a credential that an object has. Its secret part is never read.
type Secret struct {
	Of         Ref    `json:"of"`
	Type       string `json:"type"` // one of the constants
	KeyID      string `json:"keyId"`
	Name       string `json:"displayName"`
	Ends       string `json:"endDateTime"`
	Expired    bool   `json:"expired"`
	Reissue    bool   `json:"reissue"` // a rebuild makes another, and whoever uses it must be given that
	Afterwards string `json:"afterwards"`
}

// The types of credentials.
const (
	clientSecret = "client secret"
	certificate  = "certificate"
	samlSigning  = "SAML signing certificate"
)

// secrets lists the credentials of applications and service principals that code can hold;
// what Microsoft and managed identities have is no rebuild's business.
func (a *assessor) secrets() {
	for _, s := range a.survey.Kinds {
		for _, x := range s.Objects {
			a.report.Secrets = append(a.report.Secrets, a.credentials(s.Kind.Name, x)...)
		}
	}
	sort.SliceStable(a.report.Secrets, func(i, j int) bool { return a.report.Secrets[i].Ends < a.report.Secrets[j].Ends })
}

func (a *assessor) credentials(name string, x *export.Found) []Secret {
	var out []Secret
	add := func(kindOf string, c kind.Body, reissue bool, afterwards string) {
		s := Secret{Of: a.ref(name, x), Type: kindOf, KeyID: str(c["keyId"]), Name: str(c["displayName"]), Ends: str(c["endDateTime"]), Reissue: reissue, Afterwards: afterwards}
		if end, err := time.Parse(time.RFC3339Nano, s.Ends); err == nil {
			s.Expired = end.Before(a.now)
		}
		out = append(out, s)
	}
	// Graph makes a signing certificate of three entries of one thumbprint: the private
	// half, the public one, and the password of the private one.
	signing := map[string]bool{}
	keys := bodies(x.Body["keyCredentials"])
	for _, c := range keys {
		if str(c["usage"]) == "Sign" {
			signing[str(c["customKeyIdentifier"])] = true
			add(samlSigning, c, true, "a new one is made, and every application that trusts the old one must be given it")
		}
	}
	kept := catalog.ByName(name).Attr("key_credentials") != nil
	for _, c := range keys {
		thumbprint := str(c["customKeyIdentifier"])
		switch {
		case str(c["usage"]) == "Sign" || thumbprint != "" && signing[thumbprint]:
		case kept:
			add(certificate, c, false, "its public half is in the code where key_credentials is; whoever has the private half goes on")
		default:
			add(certificate, c, true, "it is not in the code: upload the public half again")
		}
	}
	for _, c := range bodies(x.Body["passwordCredentials"]) {
		if thumbprint := str(c["customKeyIdentifier"]); thumbprint == "" || !signing[thumbprint] {
			add(clientSecret, c, true, "nobody can read it: another is made, and whoever signs in with it must be given that")
		}
	}
	return out
}

func bodies(v any) []kind.Body {
	list, _ := v.([]any)
	var out []kind.Body
	for _, item := range list {
		if b, ok := item.(kind.Body); ok {
			out = append(out, b)
		}
	}
	return out
}

func str(v any) string {
	s, _ := v.(string)
	return s
}
