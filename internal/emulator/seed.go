package emulator

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// Facts of every tenant, as Microsoft publishes them: ids and names of the built-in
// roles, of Microsoft's applications, and of a selection of Microsoft Graph's permissions.
var (
	//go:embed seed/roles.tsv
	rolesTable string
	//go:embed seed/apps.tsv
	appsTable string
	//go:embed seed/graph-permissions.tsv
	permissionsTable string
)

const microsoftGraph = "00000003-0000-0000-c000-000000000000"

// rows reads a table of tab-separated values.
func rows(table string) [][]string {
	var out [][]string
	for line := range strings.Lines(table) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

type microsoftApp struct{ appID, owner, name string }

// microsoftApps are the applications that Microsoft has in every tenant, by app id.
var microsoftApps = sync.OnceValue(func() map[string]microsoftApp {
	out := map[string]microsoftApp{}
	for _, row := range rows(appsTable) {
		out[row[0]] = microsoftApp{appID: row[0], owner: row[1], name: row[2]}
	}
	return out
})

// strength is a built-in authentication strength.
type strength struct {
	id, name, description string
	combinations          []string
}

var builtInStrengths = []strength{
	{"00000000-0000-0000-0000-000000000002", "Multifactor authentication",
		"Combinations of methods that satisfy strong authentication, such as a password + SMS",
		[]string{"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush", "temporaryAccessPassOneTime",
			"temporaryAccessPassMultiUse", "password,microsoftAuthenticatorPush", "password,softwareOath", "password,hardwareOath",
			"password,sms", "password,voice", "federatedMultiFactor", "microsoftAuthenticatorPush,federatedSingleFactor",
			"softwareOath,federatedSingleFactor", "hardwareOath,federatedSingleFactor", "sms,federatedSingleFactor",
			"voice,federatedSingleFactor"}},
	{"00000000-0000-0000-0000-000000000003", "Passwordless MFA",
		"Passwordless methods that satisfy strong authentication, such as Passwordless sign-in with the Microsoft Authenticator",
		[]string{"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush"}},
	{"00000000-0000-0000-0000-000000000004", "Phishing-resistant MFA",
		"Phishing-resistant, Passwordless methods for the strongest authentication, such as a FIDO2 security key",
		[]string{"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"}},
}

// seed puts into the tenant what every tenant has. Ids that differ between tenants are
// derived from the tenant's id.
func (t *Tenant) seed() {
	own := func(what string) string { return uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.id+"/"+what)).String() }
	t.put("organization", t.id, body{
		"displayName": "Contoso", "countryLetterCode": "US", "tenantType": "AAD",
		"createdDateTime": timestamp(t.now()),
		"verifiedDomains": []any{body{"name": "contoso.onmicrosoft.com", "isDefault": true, "isInitial": true, "type": "Managed",
			"capabilities": "Email, OfficeCommunicationsOnline"}},
	})
	for _, row := range rows(rolesTable) {
		t.put("directoryRoleTemplate", row[0], body{"displayName": row[1], "description": roleDescription(row[1])})
	}
	t.activateRole("62e90394-69f5-4237-9190-012177145e10", own("Global Administrator"))
	for _, s := range builtInStrengths {
		combinations := []any{}
		for _, c := range s.combinations {
			combinations = append(combinations, c)
		}
		t.put("authenticationStrengthPolicy", s.id, body{
			"displayName": s.name, "description": s.description, "policyType": "builtIn", "requirementsSatisfied": "mfa",
			"allowedCombinations": combinations, "createdDateTime": "2021-12-01T08:00:00Z", "modifiedDateTime": "2021-12-01T08:00:00Z",
		})
	}
	t.seedMore()
	t.seedSkus(own)
	for _, row := range rows(appsTable) {
		b := body{"appId": row[0]}
		if row[0] == microsoftGraph {
			b["appRoles"], b["oauth2PermissionScopes"] = graphPermissions()
		}
		o := t.put("servicePrincipal", own(row[0]), b)
		prepareServicePrincipal(t, o)
	}
}

func graphPermissions() (roles, scopes []any) {
	for _, row := range rows(permissionsTable) {
		if row[0] == "Role" {
			roles = append(roles, body{"id": row[1], "value": row[2], "displayName": row[4], "description": row[4],
				"isEnabled": true, "allowedMemberTypes": []any{"Application"}, "origin": "Application"})
			continue
		}
		scopes = append(scopes, body{"id": row[1], "value": row[2], "adminConsentDisplayName": row[4],
			"adminConsentDescription": row[4], "userConsentDisplayName": row[4], "userConsentDescription": row[4], "isEnabled": true, "type": row[3]})
	}
	return roles, scopes
}

func (t *Tenant) put(typ, id string, b body) *object {
	o := &object{typ: typ, id: id, body: b, seeded: true}
	t.rules.future.fill(typ, b)
	t.shelf(typ).put(o)
	return o
}

// roleDescription stands for Microsoft's, of which every built-in role has one.
func roleDescription(name string) string { return "The built-in role " + name + "." }

// activateRole makes the directory role of a template, which has an id of its own.
func (t *Tenant) activateRole(template, id string) *object {
	name := t.shelf("directoryRoleTemplate").live(template).text("displayName")
	return t.put("directoryRole", id, body{"displayName": name, "description": roleDescription(name), "roleTemplateId": template})
}

// initialDomain is the tenant's first domain, in which mail addresses are made.
func (t *Tenant) initialDomain() string {
	for _, d := range list(t.shelf("organization").live(t.id).body["verifiedDomains"]) {
		if domain, isObject := d.(body); isObject && domain["isInitial"] == true {
			return textOf(domain["name"])
		}
	}
	return "contoso.onmicrosoft.com"
}

// verifiedDomain tells whether the domain, or one that it is part of, is the tenant's.
func (t *Tenant) verifiedDomain(domain string) bool {
	domain = strings.ToLower(domain)
	for _, d := range list(t.shelf("organization").live(t.id).body["verifiedDomains"]) {
		b, _ := d.(body)
		if name := strings.ToLower(textOf(b["name"])); name != "" && (domain == name || strings.HasSuffix(domain, "."+name)) {
			return true
		}
	}
	return false
}
