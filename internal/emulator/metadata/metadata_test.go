package metadata

import (
	"slices"
	"strings"
	"testing"
)

func TestProperty(t *testing.T) {
	t.Parallel()
	tests := []struct {
		on, name string
		want     Property
	}{
		{"conditionalAccessPolicy", "conditions", Property{Name: "conditions", Kind: Complex, Type: "conditionalAccessConditionSet"}},
		{"conditionalAccessPolicy", "deletedDateTime", Property{Name: "deletedDateTime", Kind: Primitive, Type: "DateTimeOffset", Nullable: true}},
		{"conditionalAccessPolicy", "state", Property{Name: "state", Kind: EnumValue, Type: "conditionalAccessPolicyState"}},
		{"conditionalAccessConditionSet", "clientAppTypes", Property{Name: "clientAppTypes", Kind: EnumValue, Type: "conditionalAccessClientApp", Collection: true}},
		{"conditionalAccessConditionSet", "agentIdRiskLevels", Property{Name: "agentIdRiskLevels", Kind: EnumValue, Type: "conditionalAccessAgentIdRiskLevels", Nullable: true, Beta: true}},
		{"conditionalAccessGrantControls", "authenticationStrength", Property{Name: "authenticationStrength", Kind: Navigation, Type: "authenticationStrengthPolicy", Nullable: true}},
		{"ipNamedLocation", "displayName", Property{Name: "displayName", Kind: Primitive, Type: "String"}},
		{"group", "members", Property{Name: "members", Kind: Navigation, Type: "directoryObject", Collection: true, Nullable: true}},
		{"group", "resourceBehaviorOptions", Property{Name: "resourceBehaviorOptions", Kind: Primitive, Type: "String", Collection: true}},
		{"application", "logo", Property{Name: "logo", Kind: Primitive, Type: "Stream"}},
		{"application", "appRoles", Property{Name: "appRoles", Kind: Complex, Type: "appRole", Collection: true}},
		{"appRole", "id", Property{Name: "id", Kind: Primitive, Type: "Guid"}},
		{"servicePrincipal", "id", Property{Name: "id", Kind: Primitive, Type: "String"}},
		{"keyCredential", "key", Property{Name: "key", Kind: Primitive, Type: "Binary", Nullable: true}},
		{"signInFrequencySessionControl", "type", Property{Name: "type", Kind: EnumValue, Type: "signinFrequencyType", Nullable: true}},
		{"signInFrequencySessionControl", "isEnabled", Property{Name: "isEnabled", Kind: Primitive, Type: "Boolean", Nullable: true}},
	}
	for _, tt := range tests {
		typ, ok := Lookup(tt.on)
		if !ok {
			t.Errorf("no type %s", tt.on)
			continue
		}
		got, ok := typ.Property(tt.name)
		if !ok || got != tt.want {
			t.Errorf("%s.%s = %+v, %v; want %+v", tt.on, tt.name, got, ok, tt.want)
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	if _, ok := Lookup("microsoft.graph.group"); ok {
		t.Error("Lookup takes a name with its namespace")
	}
	if _, ok := LookupEnum("group"); ok {
		t.Error("LookupEnum finds a type")
	}
	group, _ := Lookup("group")
	for _, name := range []string{"", "DisplayName", "display_name", "@odata.type"} {
		if p, ok := group.Property(name); ok {
			t.Errorf("group.%s is known: %+v", name, p)
		}
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	typ, _ := Lookup("countryNamedLocation")
	var got []string
	for _, p := range typ.All() {
		got = append(got, p.Name)
	}
	want := "countriesAndRegions countryLookupMethod createdDateTime deletedDateTime displayName id includeUnknownCountriesAndRegions modifiedDateTime"
	if strings.Join(got, " ") != want {
		t.Errorf("All = %v\nwant  %s", got, want)
	}
}

func TestIsA(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, base string
		want       bool
	}{
		{"group", "group", true},
		{"group", "directoryObject", true},
		{"group", "entity", true},
		{"directoryObject", "group", false},
		{"compliantNetworkNamedLocation", "policyDeletableItem", true},
		{"iPv6CidrRange", "ipRange", true},
		{"group", "namedLocation", false},
		{"unheardOf", "unheardOf", true},
		{"unheardOf", "entity", false},
		{"", "", false},
	}
	for _, tt := range tests {
		if got := IsA(tt.name, tt.base); got != tt.want {
			t.Errorf("IsA(%q, %q) = %v", tt.name, tt.base, got)
		}
	}
}

func TestEnum(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, members string
		flags         bool
		sentinel      int
	}{
		{"conditionalAccessGrantControl", "block mfa compliantDevice domainJoinedDevice approvedApplication compliantApplication passwordChange unknownFutureValue riskRemediation", false, 7},
		{"conditionalAccessTransferMethods", "none deviceCodeFlow authenticationTransfer unknownFutureValue", true, 3},
		{"conditionalAccessPolicyState", "enabled disabled enabledForReportingButNotEnforced", false, -1},
		{"continuousAccessEvaluationMode", "strictEnforcement disabled unknownFutureValue strictLocation", false, 2},
	}
	for _, tt := range tests {
		e, ok := LookupEnum(tt.name)
		if !ok {
			t.Errorf("no enum %s", tt.name)
			continue
		}
		if got := strings.Join(e.Members, " "); got != tt.members || e.Flags != tt.flags || e.Sentinel != tt.sentinel {
			t.Errorf("%s = %s, flags %v, sentinel %d", tt.name, got, e.Flags, e.Sentinel)
		}
	}
}

// TestTableIsClosed wants everything that a property holds to be in the table, and the
// chains of base types to end.
func TestTableIsClosed(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		typ, _ := Lookup(name)
		if typ.Base != "" {
			if _, ok := Lookup(typ.Base); !ok {
				t.Errorf("%s derives from %s, which is not in the table", name, typ.Base)
			}
			if IsA(typ.Base, name) {
				t.Errorf("%s derives from itself", name)
			}
		}
		for _, p := range typ.Properties {
			ok := true
			switch p.Kind {
			case Primitive:
				ok = slices.Contains(primitiveNames, p.Type)
			case EnumValue:
				_, ok = LookupEnum(p.Type)
			case Complex:
				_, ok = Lookup(p.Type)
			}
			if !ok {
				t.Errorf("%s.%s holds %s, which is not in the table", name, p.Name, p.Type)
			}
		}
	}
}

// TestByHandIsNeeded fails on an entry that the SDK's table has made needless.
func TestByHandIsNeeded(t *testing.T) {
	t.Parallel()
	sdk, err := parseSDK(sdkTable)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addedTypes {
		if sdk.types[a.name] != nil {
			t.Errorf("addedTypes: the SDK knows %s now", a.name)
		}
		if a.why == "" {
			t.Errorf("addedTypes: %s has no reason", a.name)
		}
	}
	for _, e := range addedEnums {
		if sdk.enums[e.Name] != nil {
			t.Errorf("addedEnums: the SDK knows %s now", e.Name)
		}
	}
	for _, m := range addedMembers {
		if slices.Contains(sdk.enums[m.enum].Members, m.member) {
			t.Errorf("addedMembers: the SDK knows %s.%s now", m.enum, m.member)
		}
	}
	seen := map[string]bool{}
	for _, a := range addedProperties {
		if _, err := sdk.own(a.on, a.property); err == nil {
			t.Errorf("addedProperties: the SDK knows %s.%s now", a.on, a.property)
		}
		if seen[a.on+"."+a.property] {
			t.Errorf("addedProperties: %s.%s stands twice", a.on, a.property)
		}
		if a.why == "" {
			t.Errorf("addedProperties: %s.%s has no reason", a.on, a.property)
		}
		seen[a.on+"."+a.property] = true
	}
	for _, b := range bases {
		if sdk.types[b.name].Base == b.base {
			t.Errorf("bases: the SDK derives %s from %s now", b.name, b.base)
		}
	}
	for _, c := range corrected {
		p, err := sdk.own(c.on, c.property)
		fixed, err2 := table().own(c.on, c.property)
		if err != nil || err2 != nil || (p.Kind == fixed.Kind && p.Type == fixed.Type) {
			t.Errorf("corrected: %s.%s needs no correction", c.on, c.property)
		}
	}
	for _, name := range strings.Fields(keyedEntities) {
		if sdk.types[name].Entity {
			t.Errorf("keyedEntities: the SDK knows %s as an entity now", name)
		}
	}
}

func TestParseSDKRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"\tname primitive String", // before any type
		"type x\n\tname sort String",
		"kind x",
		"enum empty",
	} {
		if _, err := parseSDK(text); err == nil {
			t.Errorf("parseSDK(%q) gave no error", text)
		}
	}
}
