package emulator_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/devices"
	"github.com/microsoftgraph/msgraph-sdk-go/identity"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
)

// everyLife is a life for each type that has a name and that the SDK's imported packages
// reach.
func (s *sdk) everyLife() map[string]life {
	all := s.lives()
	maps.Copy(all, s.policyLives())
	maps.Copy(all, s.otherLives())
	return all
}

// stsLife is what the policies with a JSON definition have in common.
type stsBuilder[T entity] struct {
	post   func(T) (T, error)
	get    func(id string) (T, error)
	patch  func(id string, v T) error
	list   func() ([]string, error)
	remove func(id string) error
}

func stsLife[T entity](b stsBuilder[T], named func(name string, definition bool) T) life {
	return life{
		create: func(name string) (entity, error) { return b.post(named(name, true)) },
		get:    func(id string) (entity, error) { return b.get(id) },
		rename: func(id, name string) error { return b.patch(id, named(name, false)) },
		list:   b.list, remove: b.remove,
	}
}

func ids[T entity](rows []T, err error) ([]string, error) {
	var out []string
	for _, r := range rows {
		out = append(out, *r.GetId())
	}
	return out, err
}

func (s *sdk) policyLives() map[string]life {
	ctx := context.Background()
	claims, lifetimes, management := s.policies.ClaimsMappingPolicies(), s.policies.TokenLifetimePolicies(), s.policies.AppManagementPolicies()
	return map[string]life{
		"claimsMappingPolicy": stsLife(stsBuilder[models.ClaimsMappingPolicyable]{
			post: func(p models.ClaimsMappingPolicyable) (models.ClaimsMappingPolicyable, error) {
				return claims.Post(ctx, p, nil)
			},
			get: func(id string) (models.ClaimsMappingPolicyable, error) {
				return claims.ByClaimsMappingPolicyId(id).Get(ctx, nil)
			},
			patch: func(id string, p models.ClaimsMappingPolicyable) error {
				_, err := claims.ByClaimsMappingPolicyId(id).Patch(ctx, p, nil)
				return err
			},
			list: func() ([]string, error) {
				page, err := claims.Get(ctx, nil)
				if err != nil {
					return nil, err
				}
				return ids(page.GetValue(), err)
			},
			remove: func(id string) error { return claims.ByClaimsMappingPolicyId(id).Delete(ctx, nil) },
		}, func(name string, definition bool) models.ClaimsMappingPolicyable {
			p := models.NewClaimsMappingPolicy()
			p.SetDisplayName(&name)
			if definition {
				p.SetDefinition([]string{`{"ClaimsMappingPolicy":{"Version":1}}`})
			}
			return p
		}),
		"tokenLifetimePolicy": stsLife(stsBuilder[models.TokenLifetimePolicyable]{
			post: func(p models.TokenLifetimePolicyable) (models.TokenLifetimePolicyable, error) {
				return lifetimes.Post(ctx, p, nil)
			},
			get: func(id string) (models.TokenLifetimePolicyable, error) {
				return lifetimes.ByTokenLifetimePolicyId(id).Get(ctx, nil)
			},
			patch: func(id string, p models.TokenLifetimePolicyable) error {
				_, err := lifetimes.ByTokenLifetimePolicyId(id).Patch(ctx, p, nil)
				return err
			},
			list: func() ([]string, error) {
				page, err := lifetimes.Get(ctx, nil)
				if err != nil {
					return nil, err
				}
				return ids(page.GetValue(), err)
			},
			remove: func(id string) error { return lifetimes.ByTokenLifetimePolicyId(id).Delete(ctx, nil) },
		}, func(name string, definition bool) models.TokenLifetimePolicyable {
			p := models.NewTokenLifetimePolicy()
			p.SetDisplayName(&name)
			if definition {
				p.SetDefinition([]string{`{"TokenLifetimePolicy":{"Version":1}}`})
			}
			return p
		}),
		"appManagementPolicy": stsLife(stsBuilder[models.AppManagementPolicyable]{
			post: func(p models.AppManagementPolicyable) (models.AppManagementPolicyable, error) {
				return management.Post(ctx, p, nil)
			},
			get: func(id string) (models.AppManagementPolicyable, error) {
				return management.ByAppManagementPolicyId(id).Get(ctx, nil)
			},
			patch: func(id string, p models.AppManagementPolicyable) error {
				_, err := management.ByAppManagementPolicyId(id).Patch(ctx, p, nil)
				return err
			},
			list: func() ([]string, error) {
				page, err := management.Get(ctx, nil)
				if err != nil {
					return nil, err
				}
				return ids(page.GetValue(), err)
			},
			remove: func(id string) error { return management.ByAppManagementPolicyId(id).Delete(ctx, nil) },
		}, func(name string, definition bool) models.AppManagementPolicyable {
			p := models.NewAppManagementPolicy()
			p.SetDisplayName(&name)
			if definition {
				p.SetRestrictions(models.NewCustomAppManagementConfiguration())
			}
			return p
		}),
	}
}

func (s *sdk) otherLives() map[string]life {
	ctx := context.Background()
	contexts := s.access.AuthenticationContextClassReferences()
	roles := rolemanagement.NewRoleManagementRequestBuilderInternal(map[string]string{}, s.adapter).Directory().RoleDefinitions()
	machines := devices.NewDevicesRequestBuilderInternal(map[string]string{}, s.adapter)
	return map[string]life{
		"servicePrincipal": {
			create: func(name string) (entity, error) {
				a := models.NewApplication()
				a.SetDisplayName(&name)
				app, err := s.apps.Post(ctx, a, nil)
				if err != nil {
					return nil, err
				}
				p := models.NewServicePrincipal()
				p.SetAppId(app.GetAppId())
				return s.principals.Post(ctx, p, nil)
			},
			get: func(id string) (entity, error) { return s.principals.ByServicePrincipalId(id).Get(ctx, nil) },
			list: func() ([]string, error) {
				page, err := s.principals.Get(ctx, nil)
				return every[models.ServicePrincipalable](s, page, models.CreateServicePrincipalCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				p := models.NewServicePrincipal()
				p.SetDisplayName(&name)
				_, err := s.principals.ByServicePrincipalId(id).Patch(ctx, p, nil)
				return err
			},
			remove: func(id string) error { return s.principals.ByServicePrincipalId(id).Delete(ctx, nil) },
			binned: true,
		},
		"authenticationContextClassReference": {
			create: func(name string) (entity, error) {
				c := models.NewAuthenticationContextClassReference()
				c.SetId(ptr("c7"))
				c.SetDisplayName(&name)
				return contexts.Post(ctx, c, nil)
			},
			get: func(id string) (entity, error) {
				return contexts.ByAuthenticationContextClassReferenceId(id).Get(ctx, nil)
			},
			list: func() ([]string, error) {
				page, err := contexts.Get(ctx, nil)
				return every[models.AuthenticationContextClassReferenceable](s, page, models.CreateAuthenticationContextClassReferenceCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				c := models.NewAuthenticationContextClassReference()
				c.SetDisplayName(&name)
				_, err := contexts.ByAuthenticationContextClassReferenceId(id).Patch(ctx, c, nil)
				return err
			},
			remove: func(id string) error { return contexts.ByAuthenticationContextClassReferenceId(id).Delete(ctx, nil) },
		},
		"unifiedRoleDefinition": {
			create: func(name string) (entity, error) {
				p := models.NewUnifiedRolePermission()
				p.SetAllowedResourceActions([]string{"microsoft.directory/applications/basic/update"})
				r := models.NewUnifiedRoleDefinition()
				r.SetDisplayName(&name)
				r.SetIsEnabled(ptr(true))
				r.SetRolePermissions([]models.UnifiedRolePermissionable{p})
				return roles.Post(ctx, r, nil)
			},
			get: func(id string) (entity, error) { return roles.ByUnifiedRoleDefinitionId(id).Get(ctx, nil) },
			list: func() ([]string, error) {
				page, err := roles.Get(ctx, nil)
				return every[models.UnifiedRoleDefinitionable](s, page, models.CreateUnifiedRoleDefinitionCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				r := models.NewUnifiedRoleDefinition()
				r.SetDisplayName(&name)
				_, err := roles.ByUnifiedRoleDefinitionId(id).Patch(ctx, r, nil)
				return err
			},
			remove: func(id string) error { return roles.ByUnifiedRoleDefinitionId(id).Delete(ctx, nil) },
		},
		"device": { // the SDK speaks v1.0, which shows no bin of devices
			create: func(name string) (entity, error) {
				k := models.NewAlternativeSecurityId()
				k.SetTypeEscaped(ptr(int32(2)))
				k.SetKey([]byte("key"))
				d := models.NewDevice()
				d.SetDisplayName(&name)
				d.SetAccountEnabled(ptr(true))
				d.SetDeviceId(ptr(uuid.NewString()))
				d.SetOperatingSystem(ptr("Windows"))
				d.SetOperatingSystemVersion(ptr("10"))
				d.SetAlternativeSecurityIds([]models.AlternativeSecurityIdable{k})
				return machines.Post(ctx, d, nil)
			},
			get: func(id string) (entity, error) { return machines.ByDeviceId(id).Get(ctx, nil) },
			list: func() ([]string, error) {
				page, err := machines.Get(ctx, nil)
				return every[models.Deviceable](s, page, models.CreateDeviceCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				d := models.NewDevice()
				d.SetDisplayName(&name)
				_, err := machines.ByDeviceId(id).Patch(ctx, d, nil)
				return err
			},
			remove: func(id string) error { return machines.ByDeviceId(id).Delete(ctx, nil) },
		},
	}
}

// TestSDKGrants: what has no name of its own: role assignments of both kinds, grants,
// secrets, credentials, What If.
func TestSDKGrants(t *testing.T) {
	t.Parallel()
	s := newSDK(t)
	ctx := context.Background()
	l := s.everyLife()
	made, err := l["servicePrincipal"].create("Client")
	if err != nil {
		t.Fatal(err)
	}
	user, err := l["user"].create("Member")
	if err != nil {
		t.Fatal(err)
	}
	client := s.principals.ByServicePrincipalId(*made.GetId())
	graph, err := s.graphPrincipal()
	if err != nil {
		t.Fatal(err)
	}
	a := models.NewAppRoleAssignment()
	a.SetPrincipalId(ptr(uuid.MustParse(*made.GetId())))
	a.SetResourceId(ptr(uuid.MustParse(*graph.GetId())))
	a.SetAppRoleId(ptr(uuid.MustParse("246dd0d5-5bd0-4def-940b-0421030a5b68")))
	assigned, err := client.AppRoleAssignments().Post(ctx, a, nil)
	if err != nil || *assigned.GetResourceDisplayName() != "Microsoft Graph" {
		t.Fatal(err)
	}
	if err := s.principals.ByServicePrincipalId(*graph.GetId()).AppRoleAssignedTo().ByAppRoleAssignmentId(*assigned.GetId()).Delete(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if left, err := client.AppRoleAssignments().Get(ctx, nil); err != nil || len(left.GetValue()) != 0 {
		t.Error("the assignment is still there: ", err)
	}

	grants := oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal(map[string]string{}, s.adapter)
	g := models.NewOAuth2PermissionGrant()
	g.SetClientId(made.GetId())
	g.SetResourceId(graph.GetId())
	g.SetConsentType(ptr("AllPrincipals"))
	g.SetScope(ptr("User.Read"))
	grant, err := grants.Post(ctx, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := grants.Post(ctx, g, nil); status(err) != 409 {
		t.Error("the same grant again: ", err)
	}
	if err := grants.ByOAuth2PermissionGrantId(*grant.GetId()).Delete(ctx, nil); err != nil {
		t.Fatal(err)
	}
	secret, err := client.AddPassword().Post(ctx, serviceprincipals.NewItemAddPasswordPostRequestBody(), nil)
	if err != nil || secret.GetSecretText() == nil {
		t.Fatal(err)
	}
	if err := s.whatIf(*user.GetId()); err != nil {
		t.Error(err)
	}
}

// graphPrincipal is the service principal of Microsoft Graph.
func (s *sdk) graphPrincipal() (models.ServicePrincipalable, error) {
	page, err := s.principals.Get(context.Background(), &serviceprincipals.ServicePrincipalsRequestBuilderGetRequestConfiguration{
		QueryParameters: &serviceprincipals.ServicePrincipalsRequestBuilderGetQueryParameters{Filter: ptr("appId eq '" + graphAppID + "'")}})
	if err != nil {
		return nil, err
	}
	if len(page.GetValue()) != 1 {
		return nil, errors.New("not one service principal of Microsoft Graph")
	}
	return page.GetValue()[0], nil
}

// whatIf evaluates a policy for everybody with the SDK's own types.
func (s *sdk) whatIf(user string) error {
	ctx := context.Background()
	p := blocking("What if")
	p.SetState(ptr(models.ENABLED_CONDITIONALACCESSPOLICYSTATE))
	if _, err := s.access.Policies().Post(ctx, p, nil); err != nil {
		return err
	}
	who := models.NewUserSignIn()
	who.SetOdataType(ptr("#microsoft.graph.userSignIn"))
	who.SetUserId(&user)
	what := models.NewApplicationContext()
	what.SetOdataType(ptr("#microsoft.graph.applicationContext"))
	what.SetIncludeApplications([]string{graphAppID})
	ask := identity.NewConditionalAccessEvaluatePostRequestBody()
	ask.SetSignInIdentity(who)
	ask.SetSignInContext(what)
	ask.SetSignInConditions(models.NewSignInConditions())
	got, err := s.access.Evaluate().PostAsEvaluatePostResponse(ctx, ask, nil)
	if err != nil {
		return err
	}
	if len(got.GetValue()) != 1 || !*got.GetValue()[0].GetPolicyApplies() {
		return errors.New("the policy for everybody does not apply")
	}
	return nil
}
