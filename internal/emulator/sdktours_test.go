package emulator_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationtemplates"
	"github.com/microsoftgraph/msgraph-sdk-go/auditlogs"
	"github.com/microsoftgraph/msgraph-sdk-go/devices"
	"github.com/microsoftgraph/msgraph-sdk-go/directoryroles"
	"github.com/microsoftgraph/msgraph-sdk-go/domains"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/groupsettings"
	"github.com/microsoftgraph/msgraph-sdk-go/groupsettingtemplates"
	"github.com/microsoftgraph/msgraph-sdk-go/identitygovernance"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
	"github.com/microsoftgraph/msgraph-sdk-go/organization"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/subscribedskus"
)

// unseenBySDK are the resources of the emulator that no tour gets an object of, and why.
var unseenBySDK = map[string]string{}

// TestSDKTours: every type of the emulator is made, read, changed, listed, read in a
// $batch, deleted and restored by Microsoft's typed client, as far as each can be, and no
// answer holds a property that the client does not know.
func TestSDKTours(t *testing.T) {
	t.Parallel()
	s := &sdkTour{sdk: newSDK(t), seen: map[string]bool{}, unknown: map[string]bool{}}
	for _, part := range [][]tour{s.directoryTours(t), s.policyTours(), s.applicationTours(t), s.tenantTours(), s.roleTours(t)} {
		for _, r := range part {
			t.Run(r.typ, func(t *testing.T) { s.run(t, r) })
		}
	}
	t.Run("privileged identity management", s.pim)
	t.Run("partners", s.partners)
	t.Run("licences", s.licences)
	t.Run("directoryAudit", s.audits)
	if t.Failed() {
		return // what failed was not seen
	}
	for _, typ := range s.unseen() {
		if unseenBySDK[typ] == "" {
			t.Errorf("no tour of the SDK gets a %s", typ)
		}
	}
	same(t, "properties that the SDK does not know", slices.Sorted(maps.Keys(s.unknown)), lackedBySDK)
	for typ := range unseenBySDK {
		if s.seen[typ] {
			t.Errorf("%s is listed as unseen, and is not", typ)
		}
	}
}

// set fills a model.
func set[T any](v T, fill func(T)) T { fill(v); return v }

// named fills the name of a model that has one.
func named[T interface{ SetDisplayName(*string) }](v T, name string) T {
	v.SetDisplayName(&name)
	return v
}

// root is where the SDK's builders that stand on their own begin.
func root[T any](s *sdkTour, make func(map[string]string, abstractions.RequestAdapter) T) T {
	return make(map[string]string{}, s.adapter)
}

func (s *sdkTour) must(t *testing.T, v any, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(sdkError(err))
	}
	return idOf(v)
}

func (s *sdkTour) newUser(t *testing.T, name string) string {
	t.Helper()
	u, err := s.users.Post(context.Background(), sdkUser(name), nil)
	return s.must(t, u, err)
}

func sdkUser(name string) *models.User {
	return set(named(models.NewUser(), name), func(u *models.User) {
		u.SetUserPrincipalName(ptr(name + "@contoso.onmicrosoft.com"))
		u.SetMailNickname(&name)
		u.SetAccountEnabled(ptr(true))
		u.SetUsageLocation(ptr("DE"))
		u.SetPasswordProfile(set(models.NewPasswordProfile(), func(p *models.PasswordProfile) { p.SetPassword(ptr("correct horse 1 Battery")) }))
	})
}

func sdkGroup(name string) *models.Group {
	return set(named(models.NewGroup(), name), func(g *models.Group) {
		g.SetMailNickname(&name)
		g.SetMailEnabled(ptr(false))
		g.SetSecurityEnabled(ptr(true))
	})
}

func (s *sdkTour) directoryTours(t *testing.T) []tour {
	device := set(named(models.NewDevice(), "d"), func(d *models.Device) {
		d.SetAccountEnabled(ptr(true))
		d.SetDeviceId(ptr(uuid.NewString()))
		d.SetOperatingSystem(ptr("Windows"))
		d.SetOperatingSystemVersion(ptr("10"))
		d.SetAlternativeSecurityIds([]models.AlternativeSecurityIdable{set(models.NewAlternativeSecurityId(), func(k *models.AlternativeSecurityId) {
			k.SetTypeEscaped(ptr(int32(2)))
			k.SetKey([]byte("key"))
		})})
	})
	app, err := s.apps.Post(context.Background(), named(models.NewApplication(), "of a service principal"), nil)
	s.must(t, app, err)
	principal := set(models.NewServicePrincipal(), func(p *models.ServicePrincipal) { p.SetAppId(app.GetAppId()) })
	unit, err := s.sdk.directory.AdministrativeUnits().Post(context.Background(), named(models.NewAdministrativeUnit(), "holder"), nil)
	roles := root(s, directoryroles.NewDirectoryRolesRequestBuilderInternal)
	role, err2 := roles.Post(context.Background(), set(models.NewDirectoryRole(), func(r *models.DirectoryRole) { r.SetRoleTemplateId(ptr(userAdministrator)) }), nil)
	member := set(models.NewScopedRoleMembership(), func(m *models.ScopedRoleMembership) {
		m.SetRoleId(ptr(s.must(t, role, err2)))
		m.SetRoleMemberInfo(set(models.NewIdentity(), func(i *models.Identity) { i.SetId(ptr(s.newUser(t, "scoped"))) }))
	})
	return []tour{
		{typ: "group", at: s.groups, body: sdkGroup("g"), change: named(models.NewGroup(), "h"), binned: true},
		{typ: "user", at: s.users, body: sdkUser("ann"), change: named(models.NewUser(), "Ann"), binned: true,
			untold: []string{"passwordProfile", "usageLocation", "accountEnabled", "mailNickname"}},
		{typ: "application", at: s.apps, body: named(models.NewApplication(), "a"), change: named(models.NewApplication(), "b"), binned: true},
		{typ: "servicePrincipal", at: s.principals, body: principal, change: set(models.NewServicePrincipal(), func(p *models.ServicePrincipal) { p.SetNotes(ptr("n")) }), binned: true},
		{typ: "administrativeUnit", at: s.sdk.directory.AdministrativeUnits(), body: named(models.NewAdministrativeUnit(), "u"), change: named(models.NewAdministrativeUnit(), "v"), binned: true},
		{typ: "device", at: root(s, devices.NewDevicesRequestBuilderInternal), body: device, change: named(models.NewDevice(), "e")},
		{typ: "directoryRole", at: roles, keeps: true},
		{typ: "directoryRole made", at: roles, body: set(models.NewDirectoryRole(), func(r *models.DirectoryRole) { r.SetRoleTemplateId(ptr(groupsAdministrator)) }), keeps: true},
		{typ: "directoryRoleTemplate", at: s.templates, keeps: true},
		{typ: "scopedRoleMembership", at: s.sdk.directory.AdministrativeUnits().ByAdministrativeUnitId(s.must(t, unit, err)).ScopedRoleMembers(), body: member},
	}
}

// sts is the tour of a policy with a JSON definition.
func sts[T interface {
	SetDisplayName(*string)
	SetDefinition([]string)
	serialization.Parsable
}](typ string, at any, make func() T, word string) tour {
	return tour{typ: typ, at: at, body: set(named(make(), "p"), func(p T) { p.SetDefinition([]string{`{"` + word + `":{"Version":1}}`}) }), change: named(make(), "q")}
}

func (s *sdkTour) policyTours() []tour {
	p := s.policies
	strength := set(named(models.NewAuthenticationStrengthPolicy(), "s"), func(p *models.AuthenticationStrengthPolicy) {
		p.SetAllowedCombinations([]models.AuthenticationMethodModes{models.FIDO2_AUTHENTICATIONMETHODMODES})
	})
	range4 := set(models.NewIPv4CidrRange(), func(r *models.IPv4CidrRange) { r.SetCidrAddress(ptr("192.0.2.0/24")) })
	terms := set(named(models.NewAgreement(), "terms"), func(a *models.Agreement) {
		a.SetIsViewingBeforeAcceptanceRequired(ptr(true))
		a.SetFiles([]models.AgreementFileLocalizationable{set(named(models.NewAgreementFileLocalization(), "English"), func(f *models.AgreementFileLocalization) {
			f.SetFileName(ptr("en.pdf"))
			f.SetLanguage(ptr("en"))
			f.SetIsDefault(ptr(true))
			f.SetFileData(set(models.NewAgreementFileData(), func(d *models.AgreementFileData) { d.SetData([]byte("%PDF-")) }))
		})})
	})
	return []tour{
		{typ: "conditionalAccessPolicy", at: s.access.Policies(), body: blocking("p"), change: named(models.NewConditionalAccessPolicy(), "q")},
		{typ: "namedLocation", at: s.access.NamedLocations(), body: set(location("l"), func(l *models.IpNamedLocation) { l.SetIpRanges([]models.IpRangeable{range4}) }), change: location("m")},
		{typ: "authenticationContextClassReference", at: s.access.AuthenticationContextClassReferences(),
			body:   set(named(models.NewAuthenticationContextClassReference(), "c"), func(c *models.AuthenticationContextClassReference) { c.SetId(ptr("c7")) }),
			change: named(models.NewAuthenticationContextClassReference(), "d")},
		{typ: "authenticationStrengthPolicy", at: p.AuthenticationStrengthPolicies(), body: strength, change: named(models.NewAuthenticationStrengthPolicy(), "t")},
		{typ: "agreement", at: root(s, identitygovernance.NewTermsOfUseRequestBuilderInternal).Agreements(), body: terms, change: named(models.NewAgreement(), "conditions"), untold: []string{"files"}},
		sts("claimsMappingPolicy", p.ClaimsMappingPolicies(), models.NewClaimsMappingPolicy, "ClaimsMappingPolicy"),
		sts("homeRealmDiscoveryPolicy", p.HomeRealmDiscoveryPolicies(), models.NewHomeRealmDiscoveryPolicy, "HomeRealmDiscoveryPolicy"),
		sts("tokenIssuancePolicy", p.TokenIssuancePolicies(), models.NewTokenIssuancePolicy, "TokenIssuancePolicy"),
		sts("tokenLifetimePolicy", p.TokenLifetimePolicies(), models.NewTokenLifetimePolicy, "TokenLifetimePolicy"),
		sts("activityBasedTimeoutPolicy", p.ActivityBasedTimeoutPolicies(), models.NewActivityBasedTimeoutPolicy, "ActivityBasedTimeoutPolicy"),
		{typ: "appManagementPolicy", at: p.AppManagementPolicies(), body: set(named(models.NewAppManagementPolicy(), "p"), func(p *models.AppManagementPolicy) {
			p.SetRestrictions(models.NewCustomAppManagementConfiguration())
		}), change: named(models.NewAppManagementPolicy(), "q")},
		{typ: "tenantAppManagementPolicy", at: p.DefaultAppManagementPolicy(), change: set(models.NewTenantAppManagementPolicy(), func(p *models.TenantAppManagementPolicy) { p.SetIsEnabled(ptr(false)) }), single: true},
		{typ: "authorizationPolicy", at: p.AuthorizationPolicy(), change: set(models.NewAuthorizationPolicy(), func(p *models.AuthorizationPolicy) { p.SetBlockMsolPowerShell(ptr(true)) }), single: true},
		{typ: "identitySecurityDefaultsEnforcementPolicy", at: p.IdentitySecurityDefaultsEnforcementPolicy(), single: true,
			change: set(models.NewIdentitySecurityDefaultsEnforcementPolicy(), func(p *models.IdentitySecurityDefaultsEnforcementPolicy) { p.SetIsEnabled(ptr(false)) })},
		{typ: "adminConsentRequestPolicy", at: p.AdminConsentRequestPolicy(), single: true}, // written by PUT, which the SDK does not have
		{typ: "authenticationMethodsPolicy", at: p.AuthenticationMethodsPolicy(), single: true},
		{typ: "authenticationMethodConfiguration", at: p.AuthenticationMethodsPolicy().AuthenticationMethodConfigurations().ByAuthenticationMethodConfigurationId("fido2"), single: true,
			change: set(models.NewFido2AuthenticationMethodConfiguration(), func(c *models.Fido2AuthenticationMethodConfiguration) {
				c.SetOdataType(ptr("#microsoft.graph.fido2AuthenticationMethodConfiguration"))
				c.SetState(ptr(models.ENABLED_AUTHENTICATIONMETHODSTATE))
			})},
		{typ: "authenticationMethodConfiguration listed", at: p.AuthenticationMethodsPolicy().AuthenticationMethodConfigurations(), keeps: true},
		{typ: "crossTenantAccessPolicy", at: p.CrossTenantAccessPolicy(), change: set(models.NewCrossTenantAccessPolicy(), func(p *models.CrossTenantAccessPolicy) { p.SetAllowedCloudEndpoints([]string{"microsoftonline.us"}) }), single: true},
		{typ: "crossTenantAccessPolicyConfigurationDefault", at: p.CrossTenantAccessPolicy().DefaultEscaped(), single: true,
			change: set(models.NewCrossTenantAccessPolicyConfigurationDefault(), func(d *models.CrossTenantAccessPolicyConfigurationDefault) { d.SetInboundTrust(trusting()) })},
	}
}

func trusting() *models.CrossTenantAccessPolicyInboundTrust {
	return set(models.NewCrossTenantAccessPolicyInboundTrust(), func(t *models.CrossTenantAccessPolicyInboundTrust) {
		t.SetIsMfaAccepted(ptr(true))
		t.SetIsCompliantDeviceAccepted(ptr(false))
		t.SetIsHybridAzureADJoinedDeviceAccepted(ptr(false))
	})
}

func (s *sdkTour) applicationTours(t *testing.T) []tour {
	ctx := context.Background()
	app, err := s.apps.Post(ctx, named(models.NewApplication(), "holder"), nil)
	holder := s.apps.ByApplicationId(s.must(t, app, err))
	sp, err := s.principals.Post(ctx, set(models.NewServicePrincipal(), func(p *models.ServicePrincipal) { p.SetAppId(app.GetAppId()) }), nil)
	client := s.principals.ByServicePrincipalId(s.must(t, sp, err))
	graph, err := s.graphPrincipal()
	resource := s.principals.ByServicePrincipalId(s.must(t, graph, err))
	scope := graph.GetOauth2PermissionScopes()[0].GetId()
	strength, err := s.policies.AuthenticationStrengthPolicies().Post(ctx, set(named(models.NewAuthenticationStrengthPolicy(), "holder"), func(p *models.AuthenticationStrengthPolicy) {
		p.SetAllowedCombinations([]models.AuthenticationMethodModes{models.FIDO2_AUTHENTICATIONMETHODMODES})
	}), nil)
	key := func(aaguid string) *models.Fido2CombinationConfiguration {
		return set(models.NewFido2CombinationConfiguration(), func(c *models.Fido2CombinationConfiguration) {
			c.SetOdataType(ptr("#microsoft.graph.fido2CombinationConfiguration"))
			c.SetAllowedAAGUIDs([]string{aaguid})
			c.SetAppliesToCombinations([]models.AuthenticationMethodModes{models.FIDO2_AUTHENTICATIONMETHODMODES})
		})
	}
	return []tour{
		{typ: "federatedIdentityCredential", at: holder.FederatedIdentityCredentials(), body: set(models.NewFederatedIdentityCredential(), func(c *models.FederatedIdentityCredential) {
			c.SetName(ptr("main"))
			c.SetIssuer(ptr("https://token.actions.githubusercontent.com"))
			c.SetSubject(ptr("repo:contoso/infra:ref:refs/heads/main"))
			c.SetAudiences([]string{"api://AzureADTokenExchange"})
		}), change: set(models.NewFederatedIdentityCredential(), func(c *models.FederatedIdentityCredential) { c.SetDescription(ptr("d")) })},
		{typ: "extensionProperty", at: holder.ExtensionProperties(), body: set(models.NewExtensionProperty(), func(e *models.ExtensionProperty) {
			e.SetName(ptr("costCentre"))
			e.SetDataType(ptr("String"))
			e.SetTargetObjects([]string{"User"})
		}), untold: []string{"name"}},
		{typ: "authenticationCombinationConfiguration", at: s.policies.AuthenticationStrengthPolicies().ByAuthenticationStrengthPolicyId(s.must(t, strength, err)).CombinationConfigurations(),
			body: key("de1e552d-db1d-4423-a619-566b625cdc84"), change: key("90a3ccdf-635c-4729-a248-9b709135078f")},
		{typ: "appRoleAssignment", at: client.AppRoleAssignments(), body: set(models.NewAppRoleAssignment(), func(a *models.AppRoleAssignment) {
			a.SetPrincipalId(ptr(uuid.MustParse(*sp.GetId())))
			a.SetResourceId(ptr(uuid.MustParse(*graph.GetId())))
			a.SetAppRoleId(graph.GetAppRoles()[0].GetId())
		})},
		{typ: "oAuth2PermissionGrant", at: root(s, oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal), body: set(models.NewOAuth2PermissionGrant(), func(g *models.OAuth2PermissionGrant) {
			g.SetClientId(sp.GetId())
			g.SetResourceId(graph.GetId())
			g.SetConsentType(ptr("AllPrincipals"))
			g.SetScope(ptr("User.Read"))
		}), change: set(models.NewOAuth2PermissionGrant(), func(g *models.OAuth2PermissionGrant) { g.SetScope(ptr("User.Read Group.Read.All")) })},
		{typ: "delegatedPermissionClassification", at: resource.DelegatedPermissionClassifications(), body: set(models.NewDelegatedPermissionClassification(), func(c *models.DelegatedPermissionClassification) {
			c.SetPermissionId(ptr(scope.String()))
			c.SetClassification(ptr(models.LOW_PERMISSIONCLASSIFICATIONTYPE))
		})},
		{typ: "applicationTemplate", at: root(s, applicationtemplates.NewApplicationTemplatesRequestBuilderInternal), keeps: true},
	}
}

func (s *sdkTour) tenantTours() []tour {
	templates := root(s, groupsettingtemplates.NewGroupSettingTemplatesRequestBuilderInternal)
	value := func(v string) []models.SettingValueable {
		return []models.SettingValueable{set(models.NewSettingValue(), func(s *models.SettingValue) {
			s.SetName(ptr("AllowToAddGuests"))
			s.SetValue(&v)
		})}
	}
	return []tour{
		{typ: "organization", at: root(s, organization.NewOrganizationRequestBuilderInternal), keeps: true,
			change: set(models.NewOrganization(), func(o *models.Organization) { o.SetTechnicalNotificationMails([]string{"a@contoso.com"}) })},
		{typ: "domain", at: root(s, domains.NewDomainsRequestBuilderInternal), body: set(models.NewDomain(), func(d *models.Domain) { d.SetId(ptr("contoso.com")) }),
			change: set(models.NewDomain(), func(d *models.Domain) { d.SetSupportedServices([]string{"Email"}) })},
		{typ: "subscribedSku", at: root(s, subscribedskus.NewSubscribedSkusRequestBuilderInternal), keeps: true},
		{typ: "groupSettingTemplate", at: templates, keeps: true},
		{typ: "groupSetting", at: root(s, groupsettings.NewGroupSettingsRequestBuilderInternal), body: set(models.NewGroupSetting(), func(g *models.GroupSetting) {
			g.SetTemplateId(ptr("08d542b9-071f-4e16-94b0-74abb372e3d9"))
			g.SetValues(value("false"))
		}), change: set(models.NewGroupSetting(), func(g *models.GroupSetting) { g.SetValues(value("true")) })},
	}
}

func (s *sdkTour) roleTours(t *testing.T) []tour {
	roles := root(s, rolemanagement.NewRoleManagementRequestBuilderInternal).Directory()
	definition := set(named(models.NewUnifiedRoleDefinition(), "r"), func(r *models.UnifiedRoleDefinition) {
		r.SetIsEnabled(ptr(true))
		r.SetRolePermissions([]models.UnifiedRolePermissionable{set(models.NewUnifiedRolePermission(), func(p *models.UnifiedRolePermission) {
			p.SetAllowedResourceActions([]string{"microsoft.directory/applications/basic/update"})
		})})
	})
	return []tour{
		{typ: "unifiedRoleDefinition", at: roles.RoleDefinitions(), body: definition, change: named(models.NewUnifiedRoleDefinition(), "q")},
		{typ: "unifiedRoleAssignment", at: roles.RoleAssignments(), body: set(models.NewUnifiedRoleAssignment(), func(a *models.UnifiedRoleAssignment) {
			a.SetPrincipalId(ptr(s.newUser(t, "assigned")))
			a.SetRoleDefinitionId(ptr(userAdministrator))
			a.SetDirectoryScopeId(ptr("/"))
		})},
	}
}

// licences assigns a product to a group with the SDK's own bodies.
func (s *sdkTour) licences(t *testing.T) {
	ctx := context.Background()
	g, err := s.groups.Post(ctx, sdkGroup("licensed"), nil)
	group := s.groups.ByGroupId(s.must(t, g, err))
	ask := groups.NewItemAssignLicensePostRequestBody()
	ask.SetAddLicenses([]models.AssignedLicenseable{set(models.NewAssignedLicense(), func(l *models.AssignedLicense) { l.SetSkuId(ptr(uuid.MustParse(skuP2))) })})
	ask.SetRemoveLicenses([]uuid.UUID{})
	answer, err := group.AssignLicense().Post(ctx, ask, nil)
	s.must(t, answer, err)
	chosen := &groups.GroupItemRequestBuilderGetRequestConfiguration{QueryParameters: &groups.GroupItemRequestBuilderGetQueryParameters{Select: []string{"assignedLicenses", "licenseProcessingState"}}}
	got, err := group.Get(ctx, chosen)
	if err != nil || len(got.GetAssignedLicenses()) != 1 || *got.GetLicenseProcessingState().GetState() != "ProcessingComplete" {
		t.Error("the group has no licence: ", sdkError(err))
	}
	if err := group.Delete(ctx, nil); status(err) != 400 {
		t.Error("a group with a licence is deleted: ", err)
	}
}

// audits reads the log of what all tours did.
func (s *sdkTour) audits(t *testing.T) {
	audits := root(s, auditlogs.NewAuditLogsRequestBuilderInternal).DirectoryAudits()
	page, err := audits.Get(context.Background(), &auditlogs.DirectoryAuditsRequestBuilderGetRequestConfiguration{
		QueryParameters: &auditlogs.DirectoryAuditsRequestBuilderGetQueryParameters{Filter: ptr("activityDisplayName eq 'Add group'")}})
	if err != nil {
		t.Fatal(sdkError(err))
	}
	if len(page.GetValue()) == 0 {
		t.Fatal("no group was added")
	}
	first := page.GetValue()[0]
	s.saw(first)
	one, err := audits.ByDirectoryAuditId(*first.GetId()).Get(context.Background(), nil)
	if err != nil || *one.GetActivityDisplayName() != "Add group" || *one.GetTargetResources()[0].GetDisplayName() == "" {
		t.Error("the record does not tell what was done: ", sdkError(err))
	}
}
