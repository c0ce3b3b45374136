package metadata

// The witness: Microsoft's v1.0 metadata, read from beside the repository.

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type csdl struct {
	Schemas []struct {
		Namespace string     `xml:"Namespace,attr"`
		Entities  []csdlType `xml:"EntityType"`
		Complexes []csdlType `xml:"ComplexType"`
		Enums     []csdlEnum `xml:"EnumType"`
	} `xml:"DataServices>Schema"`
}

type csdlType struct {
	Name       string         `xml:"Name,attr"`
	Base       string         `xml:"BaseType,attr"`
	Abstract   bool           `xml:"Abstract,attr"`
	Properties []csdlProperty `xml:"Property"`
	Navigation []csdlProperty `xml:"NavigationProperty"`
	entity     bool
}

type csdlProperty struct {
	Name     string `xml:"Name,attr"`
	Type     string `xml:"Type,attr"`
	Nullable string `xml:"Nullable,attr"`
}

type csdlEnum struct {
	Name    string `xml:"Name,attr"`
	IsFlags bool   `xml:"IsFlags,attr"`
	Members []struct {
		Name string `xml:"Name,attr"`
	} `xml:"Member"`
}

type witness struct {
	types map[string]csdlType
	enums map[string]csdlEnum
}

func openWitness(t *testing.T) witness {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared(t), "graph-metadata", "v1.0.csdl.xml"))
	if os.IsNotExist(err) {
		t.Skip("Microsoft's v1.0 metadata is not here: no ../shared/graph-metadata/v1.0.csdl.xml beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	var doc csdl
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	w := witness{map[string]csdlType{}, map[string]csdlEnum{}}
	for _, s := range doc.Schemas {
		if s.Namespace != "microsoft.graph" {
			continue
		}
		for _, e := range s.Entities {
			e.entity = true
			w.types[e.Name] = e
		}
		for _, c := range s.Complexes {
			w.types[c.Name] = c
		}
		for _, e := range s.Enums {
			w.enums[e.Name] = e
		}
	}
	if len(w.types) < 1000 {
		t.Fatalf("the metadata has only %d types", len(w.types))
	}
	return w
}

// shared is the folder beside the repository; it may be absent.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared")
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above this package")
		}
		dir = filepath.Dir(dir)
	}
}

// property reads a property of the metadata in our terms.
func (w witness) property(p csdlProperty, navigation bool) Property {
	got := Property{Name: p.Name, Nullable: p.Nullable != "false"}
	typ := p.Type
	if inner, ok := strings.CutPrefix(typ, "Collection("); ok {
		got.Collection, typ = true, strings.TrimSuffix(inner, ")")
	}
	typ = strings.TrimPrefix(strings.TrimPrefix(typ, "microsoft."), "graph.")
	prim, isPrimitive := strings.CutPrefix(typ, "Edm.")
	_, isEnum := w.enums[typ]
	got.Type, got.Kind = typ, Complex
	switch {
	case navigation:
		got.Kind = Navigation
	case isPrimitive:
		wider := map[string]string{"Int16": "Int32", "Byte": "Int32", "Single": "Double", "Decimal": "Double"}
		got.Type, got.Kind = prim, Primitive
		if x, ok := wider[prim]; ok {
			got.Type = x
		}
	case isEnum:
		got.Kind = EnumValue
	}
	return got
}

func (w witness) properties(typ csdlType) map[string]Property {
	all := map[string]Property{}
	for _, p := range typ.Properties {
		all[p.Name] = w.property(p, false)
	}
	for _, p := range typ.Navigation {
		all[p.Name] = w.property(p, true)
	}
	return all
}

// TestClaimsStandInTheMetadata: what is not marked Beta must be there, and be the same.
func TestClaimsStandInTheMetadata(t *testing.T) {
	t.Parallel()
	w := openWitness(t)
	for _, name := range Names() {
		ours, _ := Lookup(name)
		theirs, ok := w.types[name]
		if ok == ours.Beta {
			t.Errorf("%s: marked Beta %v, in the v1.0 metadata %v", name, ours.Beta, ok)
		}
		if ours.Beta || !ok {
			continue
		}
		if base := strings.TrimPrefix(theirs.Base, "graph."); base != ours.Base {
			t.Errorf("%s derives from %q, not from %q", name, base, ours.Base)
		}
		if theirs.Abstract != ours.Abstract || theirs.entity != ours.Entity {
			t.Errorf("%s: abstract %v, entity %v", name, theirs.Abstract, theirs.entity)
		}
		all := w.properties(theirs)
		for _, p := range ours.Properties {
			want, ok := all[p.Name]
			if ok == p.Beta {
				t.Errorf("%s.%s: marked Beta %v, in the v1.0 metadata %v", name, p.Name, p.Beta, ok)
			}
			if ok && !p.Beta && p != want {
				t.Errorf("%s.%s = %+v\nmetadata: %+v", name, p.Name, p, want)
			}
		}
	}
}

func TestEnumsStandInTheMetadata(t *testing.T) {
	t.Parallel()
	w := openWitness(t)
	for _, name := range EnumNames() {
		ours, _ := LookupEnum(name)
		theirs, ok := w.enums[name]
		if beta := len(ours.Beta) == len(ours.Members); ok == beta {
			t.Errorf("%s: marked Beta %v, in the v1.0 metadata %v", name, beta, ok)
		}
		if !ok {
			continue
		}
		var members []string
		for _, m := range theirs.Members {
			members = append(members, m.Name)
		}
		v1 := slices.DeleteFunc(slices.Clone(ours.Members), func(m string) bool { return slices.Contains(ours.Beta, m) })
		if !slices.Equal(members, v1) || theirs.IsFlags != ours.Flags {
			t.Errorf("%s = %v, flags %v\nmetadata: %v, flags %v", name, v1, ours.Flags, members, theirs.IsFlags)
		}
	}
}

// unknownOnPurpose are properties of the metadata that the table leaves out.
var unknownOnPurpose = map[string]string{
	"identifierUriRestriction.excludeActors":                                      "custom security attributes are not served",
	"customAppManagementConfiguration.applicationRestrictions":                    "app management policies are not served",
	"keyCredentialConfiguration.excludeActors":                                    "app management policies are not served",
	"passwordCredentialConfiguration.excludeActors":                               "app management policies are not served",
	"crossTenantAccessPolicyConfigurationPartner.appServiceConnectInbound":        "cross-tenant access is not served",
	"crossTenantAccessPolicyConfigurationPartner.m365CollaborationInbound":        "cross-tenant access is not served",
	"crossTenantAccessPolicyConfigurationPartner.m365CollaborationOutbound":       "cross-tenant access is not served",
	"crossTenantAccessPolicyConfigurationPartner.serviceProviderConstraints":      "cross-tenant access is not served",
	"crossTenantAccessPolicyConfigurationDefault.appServiceConnectInbound":        "newer than the SDK, and not served",
	"crossTenantAccessPolicyConfigurationDefault.m365CollaborationInbound":        "newer than the SDK, and not served",
	"crossTenantAccessPolicyConfigurationDefault.m365CollaborationOutbound":       "newer than the SDK, and not served",
	"applicationTemplate.riskFactors":                                             "newer than the SDK, and not served",
	"applicationTemplate.riskScore":                                               "newer than the SDK, and not served",
	"fido2AuthenticationMethodConfiguration.defaultPasskeyProfile":                "newer than the SDK, and not served",
	"fido2AuthenticationMethodConfiguration.passkeyProfiles":                      "newer than the SDK, and not served",
	"x509CertificateAuthenticationMethodConfiguration.certificateAuthorityScopes": "newer than the SDK, and not served",
	"x509CertificateAuthenticationMethodConfiguration.issuerHintsConfiguration":   "newer than the SDK, and not served",
	"sharePointIdentitySet.sharePointGroup":                                       "identities of SharePoint are not served",
	"communicationsGuestIdentity.email":                                           "identities of meeting guests are not served",
}

// TestMetadataIsKnown is the other way round: every v1.0 property of a type in the table
// is known or left out on purpose, and so is every type that derives from one.
func TestMetadataIsKnown(t *testing.T) {
	t.Parallel()
	w := openWitness(t)
	left := map[string]bool{}
	for _, name := range Names() {
		ours, _ := Lookup(name)
		for p := range w.properties(w.types[name]) {
			if _, ok := ours.Properties[p]; ok {
				continue
			}
			left[name+"."+p] = true
			if unknownOnPurpose[name+"."+p] == "" {
				t.Errorf("%s.%s is in the v1.0 metadata and not in the table", name, p)
			}
		}
	}
	for key := range unknownOnPurpose {
		if !left[key] {
			t.Errorf("unknownOnPurpose: %s is known, or not in the metadata", key)
		}
	}
	for name, typ := range w.types {
		base := strings.TrimPrefix(typ.Base, "graph.")
		if _, known := Lookup(base); !known || base == "entity" || base == "policyDeletableItem" || underived[name] != "" {
			continue
		}
		if _, known := Lookup(name); !known {
			t.Errorf("%s derives from %s and is not in the table", name, base)
		}
	}
}

// underived are derived types of the metadata that the table leaves out.
var underived = map[string]string{
	"agentIdentity":                       "agent identities are not served",
	"agentIdentityBlueprint":              "agent identities are not served",
	"agentIdentityBlueprintPrincipal":     "agent identities are not served",
	"agentUser":                           "agent identities are not served",
	"federatedTokenValidationPolicy":      "newer than the SDK, and not served",
	"mailbox":                             "newer than the SDK, and not served",
	"remoteTenantGroup":                   "newer than the SDK, and not served",
	"targetAgentIdentitySponsorsOrOwners": "agent identities are not served",
	"userConsentRequest":                  "requests for consent are not served",
	"verifiableCredentialsAuthenticationMethodConfiguration": "newer than the SDK, and not served",
	"verifiableCredentialAuthenticationMethodTarget":         "newer than the SDK, and not served",
	"sharePointGroupIdentity":                                "newer than the SDK, and not served",
}
