package emulator_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/directoryobjects"
	"github.com/microsoftgraph/msgraph-sdk-go/directoryroletemplates"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/identity"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
	sdkpolicies "github.com/microsoftgraph/msgraph-sdk-go/policies"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
)

// sdk is Microsoft's typed client of a tenant, which nobody of this project
// wrote: what it sends must be understood, and what it gets must be typed.
type sdk struct {
	t          *testing.T
	adapter    *core.GraphRequestAdapterBase
	groups     *groups.GroupsRequestBuilder
	users      *users.UsersRequestBuilder
	apps       *applications.ApplicationsRequestBuilder
	principals *serviceprincipals.ServicePrincipalsRequestBuilder
	directory  *directory.DirectoryRequestBuilder
	access     *identity.ConditionalAccessRequestBuilder
	policies   *sdkpolicies.PoliciesRequestBuilder
	objects    *directoryobjects.DirectoryObjectsRequestBuilder
	templates  *directoryroletemplates.DirectoryRoleTemplatesRequestBuilder
}

// bearer signs requests with the tenant's token.
type bearer string

func (b bearer) AuthenticateRequest(_ context.Context, r *abstractions.RequestInformation, _ map[string]any) error {
	r.Headers.TryAdd("Authorization", "Bearer "+string(b))
	return nil
}

func newSDK(t *testing.T) *sdk {
	t.Helper()
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return kiotajson.NewJsonSerializationWriterFactory()
	})
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return kiotajson.NewJsonParseNodeFactory() })
	tenant := newTenant(t)
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		bearer(tenant.Token()), core.GraphClientOptions{}, nil, nil, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	adapter.SetBaseUrl(tenant.url + "/v1.0")
	at := map[string]string{}
	return &sdk{
		t: t, adapter: adapter,
		groups:     groups.NewGroupsRequestBuilderInternal(at, adapter),
		users:      users.NewUsersRequestBuilderInternal(at, adapter),
		apps:       applications.NewApplicationsRequestBuilderInternal(at, adapter),
		principals: serviceprincipals.NewServicePrincipalsRequestBuilderInternal(at, adapter),
		directory:  directory.NewDirectoryRequestBuilderInternal(at, adapter),
		access:     identity.NewIdentityRequestBuilderInternal(at, adapter).ConditionalAccess(),
		policies:   sdkpolicies.NewPoliciesRequestBuilderInternal(at, adapter),
		objects:    directoryobjects.NewDirectoryObjectsRequestBuilderInternal(at, adapter),
		templates:  directoryroletemplates.NewDirectoryRoleTemplatesRequestBuilderInternal(at, adapter),
	}
}

func ptr[T any](v T) *T { return &v }

// entity is what all typed objects have.
type entity interface {
	GetId() *string
	GetDisplayName() *string
}

// life is one type's way from creation to the end, in the SDK's words.
type life struct {
	create func(name string) (entity, error)
	get    func(id string) (entity, error)
	list   func() ([]string, error) // the ids
	rename func(id, name string) error
	remove func(id string) error
	// binned tells whether the type goes to /directory/deletedItems; the SDK knows
	// no other recycle bin.
	binned bool
}

// lives is a life for each type that the SDK and the tenant both know.
func (s *sdk) lives() map[string]life {
	ctx := context.Background()
	return map[string]life{
		"group": {
			create: func(name string) (entity, error) {
				g := models.NewGroup()
				g.SetDisplayName(&name)
				g.SetMailNickname(ptr("sdk"))
				g.SetMailEnabled(ptr(false))
				g.SetSecurityEnabled(ptr(true))
				return s.groups.Post(ctx, g, nil)
			},
			get: func(id string) (entity, error) { return s.groups.ByGroupId(id).Get(ctx, nil) },
			list: func() ([]string, error) {
				page, err := s.groups.Get(ctx, &groups.GroupsRequestBuilderGetRequestConfiguration{
					QueryParameters: &groups.GroupsRequestBuilderGetQueryParameters{Top: ptr(int32(2))}})
				return every[models.Groupable](s, page, models.CreateGroupCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				g := models.NewGroup()
				g.SetDisplayName(&name)
				_, err := s.groups.ByGroupId(id).Patch(ctx, g, nil)
				return err
			},
			remove: func(id string) error { return s.groups.ByGroupId(id).Delete(ctx, nil) },
			binned: true,
		},
		"user": {
			create: func(name string) (entity, error) {
				u := models.NewUser()
				u.SetDisplayName(&name)
				u.SetUserPrincipalName(ptr("sdk@contoso.onmicrosoft.com"))
				u.SetMailNickname(ptr("sdk"))
				u.SetAccountEnabled(ptr(true))
				p := models.NewPasswordProfile()
				p.SetPassword(ptr("correct horse 1 Battery"))
				u.SetPasswordProfile(p)
				return s.users.Post(ctx, u, nil)
			},
			get: func(id string) (entity, error) { return s.users.ByUserId(id).Get(ctx, nil) },
			list: func() ([]string, error) {
				page, err := s.users.Get(ctx, nil)
				return every[models.Userable](s, page, models.CreateUserCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				u := models.NewUser()
				u.SetDisplayName(&name)
				_, err := s.users.ByUserId(id).Patch(ctx, u, nil)
				return err
			},
			remove: func(id string) error { return s.users.ByUserId(id).Delete(ctx, nil) },
			binned: true,
		},
		"application": {
			create: func(name string) (entity, error) {
				a := models.NewApplication()
				a.SetDisplayName(&name)
				a.SetSignInAudience(ptr("AzureADMyOrg"))
				web := models.NewWebApplication()
				web.SetRedirectUris([]string{"https://a.contoso.com/"})
				a.SetWeb(web)
				return s.apps.Post(ctx, a, nil)
			},
			get: func(id string) (entity, error) { return s.apps.ByApplicationId(id).Get(ctx, nil) },
			list: func() ([]string, error) {
				page, err := s.apps.Get(ctx, nil)
				return every[models.Applicationable](s, page, models.CreateApplicationCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				a := models.NewApplication()
				a.SetDisplayName(&name)
				_, err := s.apps.ByApplicationId(id).Patch(ctx, a, nil)
				return err
			},
			remove: func(id string) error { return s.apps.ByApplicationId(id).Delete(ctx, nil) },
			binned: true,
		},
		"administrativeUnit": {
			create: func(name string) (entity, error) {
				u := models.NewAdministrativeUnit()
				u.SetDisplayName(&name)
				return s.directory.AdministrativeUnits().Post(ctx, u, nil)
			},
			get: func(id string) (entity, error) {
				return s.directory.AdministrativeUnits().ByAdministrativeUnitId(id).Get(ctx, nil)
			},
			list: func() ([]string, error) {
				page, err := s.directory.AdministrativeUnits().Get(ctx, nil)
				return every[models.AdministrativeUnitable](s, page, models.CreateAdministrativeUnitCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				u := models.NewAdministrativeUnit()
				u.SetDisplayName(&name)
				_, err := s.directory.AdministrativeUnits().ByAdministrativeUnitId(id).Patch(ctx, u, nil)
				return err
			},
			remove: func(id string) error {
				return s.directory.AdministrativeUnits().ByAdministrativeUnitId(id).Delete(ctx, nil)
			},
			binned: true,
		},
		"ipNamedLocation": {
			create: func(name string) (entity, error) {
				l := location(name)
				r := models.NewIPv4CidrRange()
				r.SetCidrAddress(ptr("192.0.2.0/24"))
				l.SetIpRanges([]models.IpRangeable{r})
				return s.access.NamedLocations().Post(ctx, l, nil)
			},
			get: func(id string) (entity, error) {
				got, err := s.access.NamedLocations().ByNamedLocationId(id).Get(ctx, nil)
				if err == nil {
					if l, ok := got.(models.IpNamedLocationable); !ok || len(l.GetIpRanges()) != 1 {
						return nil, errors.New("the location is not typed, or has lost its range")
					}
				}
				return got, err
			},
			list: func() ([]string, error) {
				page, err := s.access.NamedLocations().Get(ctx, nil)
				return every[models.NamedLocationable](s, page, models.CreateNamedLocationCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				l := location(name)
				_, err := s.access.NamedLocations().ByNamedLocationId(id).Patch(ctx, l, nil)
				return err
			},
			remove: func(id string) error { return s.access.NamedLocations().ByNamedLocationId(id).Delete(ctx, nil) },
		},
		"conditionalAccessPolicy": {
			create: func(name string) (entity, error) { return s.access.Policies().Post(ctx, blocking(name), nil) },
			get: func(id string) (entity, error) {
				got, err := s.access.Policies().ByConditionalAccessPolicyId(id).Get(ctx, nil)
				if err == nil && !slices.Equal(got.GetGrantControls().GetBuiltInControls(), []models.ConditionalAccessGrantControl{models.BLOCK_CONDITIONALACCESSGRANTCONTROL}) {
					return nil, errors.New("the policy has lost its control")
				}
				return got, err
			},
			list: func() ([]string, error) {
				page, err := s.access.Policies().Get(ctx, nil)
				return every[models.ConditionalAccessPolicyable](s, page, models.CreateConditionalAccessPolicyCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				p := models.NewConditionalAccessPolicy()
				p.SetDisplayName(&name)
				_, err := s.access.Policies().ByConditionalAccessPolicyId(id).Patch(ctx, p, nil)
				return err
			},
			remove: func(id string) error { return s.access.Policies().ByConditionalAccessPolicyId(id).Delete(ctx, nil) },
		},
		"authenticationStrengthPolicy": {
			create: func(name string) (entity, error) {
				p := models.NewAuthenticationStrengthPolicy()
				p.SetDisplayName(&name)
				p.SetAllowedCombinations([]models.AuthenticationMethodModes{models.FIDO2_AUTHENTICATIONMETHODMODES})
				return s.policies.AuthenticationStrengthPolicies().Post(ctx, p, nil)
			},
			get: func(id string) (entity, error) {
				return s.policies.AuthenticationStrengthPolicies().ByAuthenticationStrengthPolicyId(id).Get(ctx, nil)
			},
			list: func() ([]string, error) {
				page, err := s.policies.AuthenticationStrengthPolicies().Get(ctx, nil)
				return every[models.AuthenticationStrengthPolicyable](s, page, models.CreateAuthenticationStrengthPolicyCollectionResponseFromDiscriminatorValue, err)
			},
			rename: func(id, name string) error {
				p := models.NewAuthenticationStrengthPolicy()
				p.SetDisplayName(&name)
				_, err := s.policies.AuthenticationStrengthPolicies().ByAuthenticationStrengthPolicyId(id).Patch(ctx, p, nil)
				return err
			},
			remove: func(id string) error {
				return s.policies.AuthenticationStrengthPolicies().ByAuthenticationStrengthPolicyId(id).Delete(ctx, nil)
			},
		},
	}
}

// location has the type that Graph demands and the SDK leaves to its user.
func location(name string) *models.IpNamedLocation {
	l := models.NewIpNamedLocation()
	l.SetOdataType(ptr("#microsoft.graph.ipNamedLocation"))
	l.SetDisplayName(&name)
	return l
}

// blocking is a policy that blocks everybody, and is off.
func blocking(name string) models.ConditionalAccessPolicyable {
	p := models.NewConditionalAccessPolicy()
	p.SetDisplayName(&name)
	p.SetState(ptr(models.DISABLED_CONDITIONALACCESSPOLICYSTATE))
	c := models.NewConditionalAccessConditionSet()
	c.SetClientAppTypes([]models.ConditionalAccessClientApp{models.ALL_CONDITIONALACCESSCLIENTAPP})
	a := models.NewConditionalAccessApplications()
	a.SetIncludeApplications([]string{"All"})
	c.SetApplications(a)
	u := models.NewConditionalAccessUsers()
	u.SetIncludeUsers([]string{"All"})
	c.SetUsers(u)
	p.SetConditions(c)
	g := models.NewConditionalAccessGrantControls()
	g.SetOperator(ptr("OR"))
	g.SetBuiltInControls([]models.ConditionalAccessGrantControl{models.BLOCK_CONDITIONALACCESSGRANTCONTROL})
	p.SetGrantControls(g)
	return p
}

// every follows the SDK's own page iterator through a listing.
func every[T entity](s *sdk, page any, factory serialization.ParsableFactory, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	pages, err := core.NewPageIterator[T](page, s.adapter, factory)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = pages.Iterate(context.Background(), func(e T) bool {
		ids = append(ids, *e.GetId())
		return true
	})
	return ids, err
}

// status is that of an OData error, 0 for any other.
func status(err error) int {
	var e *odataerrors.ODataError
	if !errors.As(err, &e) || e.GetErrorEscaped() == nil || e.GetErrorEscaped().GetCode() == nil || e.GetErrorEscaped().GetMessage() == nil {
		return 0
	}
	return e.ResponseStatusCode
}

// TestSDK: every type from creation to the end.
func TestSDK(t *testing.T) {
	t.Parallel()
	s := newSDK(t)
	for typ, l := range s.everyLife() {
		t.Run(typ, func(t *testing.T) {
			made, err := l.create("Made by the SDK")
			if err != nil {
				t.Fatal(err)
			}
			id := *made.GetId()
			if err := l.rename(id, "Renamed by it"); err != nil {
				t.Fatal(err)
			}
			got, err := l.get(id)
			if err != nil || *got.GetDisplayName() != "Renamed by it" {
				t.Fatal(err)
			}
			if ids, err := l.list(); err != nil || !slices.Contains(ids, id) {
				t.Fatal("it is not listed: ", ids, err)
			}
			if err := l.remove(id); err != nil {
				t.Fatal(err)
			}
			if _, err := l.get(id); status(err) != 404 {
				t.Fatal("it is still there: ", err)
			}
			if l.binned {
				s.throughBin(t, id, l)
			}
		})
	}
}

// throughBin restores an object, and deletes it for good.
func (s *sdk) throughBin(t *testing.T, id string, l life) {
	t.Helper()
	ctx := context.Background()
	item := s.directory.DeletedItems().ByDirectoryObjectId(id)
	binned, err := item.Get(ctx, nil)
	if err != nil || binned.GetDeletedDateTime() == nil {
		t.Fatal("it is not in the recycle bin: ", err)
	}
	if back, err := item.Restore().Post(ctx, nil); err != nil || *back.GetId() != id {
		t.Fatal(err)
	}
	if got, err := l.get(id); err != nil || *got.GetDisplayName() != "Renamed by it" {
		t.Fatal("it did not come back: ", err)
	}
	if err := l.remove(id); err != nil {
		t.Fatal(err)
	}
	if _, isUnit := binned.(models.AdministrativeUnitable); isUnit {
		return // nobody can delete it there
	}
	if err := item.Delete(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := item.Get(ctx, nil); status(err) != 404 {
		t.Fatal("it is still in the recycle bin: ", err)
	}
}

// TestSDKRelations: members by $ref, in both directions, objects of several
// types by id, and a service principal for an application.
func TestSDKRelations(t *testing.T) {
	t.Parallel()
	s := newSDK(t)
	ctx := context.Background()
	l := s.lives()
	group, err := l["group"].create("Holder")
	if err != nil {
		t.Fatal(err)
	}
	app, err := l["application"].create("App")
	if err != nil {
		t.Fatal(err)
	}
	p := models.NewServicePrincipal()
	p.SetAppId(app.(models.Applicationable).GetAppId())
	principal, err := s.principals.Post(ctx, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	user, err := l["user"].create("Member")
	if err != nil {
		t.Fatal(err)
	}
	holder := s.groups.ByGroupId(*group.GetId())
	for _, member := range []string{*user.GetId(), *principal.GetId()} {
		ref := models.NewReferenceCreate()
		ref.SetOdataId(ptr(s.adapter.GetBaseUrl() + "/directoryObjects/" + member))
		if err := holder.Members().Ref().Post(ctx, ref, nil); err != nil {
			t.Fatal(err)
		}
	}
	members, err := holder.Members().Get(ctx, nil)
	if err != nil || len(members.GetValue()) != 2 {
		t.Fatal("two members were added: ", err)
	}
	typed := map[bool]int{}
	for _, m := range members.GetValue() {
		_, isUser := m.(models.Userable)
		typed[isUser]++
	}
	if typed[true] != 1 {
		t.Errorf("one of the members is a user: %v", typed)
	}
	if err := holder.Members().ByDirectoryObjectId(*user.GetId()).Ref().Delete(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if users, err := holder.Members().GraphUser().Get(ctx, nil); err != nil || len(users.GetValue()) != 0 {
		t.Error("the user is still a member: ", err)
	}
	ask := directoryobjects.NewGetByIdsPostRequestBody()
	ask.SetIds([]string{*group.GetId(), *user.GetId(), uuid.NewString()})
	found, err := s.objects.GetByIds().PostAsGetByIdsPostResponse(ctx, ask, nil)
	if err != nil || len(found.GetValue()) != 2 {
		t.Error("two of three exist: ", err)
	}
	if all, err := s.templates.Get(ctx, nil); err != nil || len(all.GetValue()) < 50 {
		t.Error("every tenant has the role templates: ", err)
	}
}

// TestSDKBatch: the SDK's own batch, whose parts succeed and fail on their own.
func TestSDKBatch(t *testing.T) {
	t.Parallel()
	s := newSDK(t)
	ctx := context.Background()
	made, err := s.lives()["group"].create("In a batch")
	if err != nil {
		t.Fatal(err)
	}
	batch := core.NewBatchRequest(s.adapter)
	steps := map[string]int32{}
	for id, want := range map[string]int32{*made.GetId(): 200, uuid.NewString(): 404} {
		request, err := s.groups.ByGroupId(id).ToGetRequestInformation(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		step, err := batch.AddBatchRequestStep(*request)
		if err != nil {
			t.Fatal(err)
		}
		steps[*step.GetId()] = want
	}
	answer, err := batch.Send(ctx, s.adapter)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range steps {
		if got := answer.GetResponseById(id); got == nil || *got.GetStatus() != want {
			t.Errorf("a part that should be answered with %d is %+v", want, got)
		}
	}
}

// TestSDKErrors: what is refused comes as the SDK's own error, in either style.
func TestSDKErrors(t *testing.T) {
	t.Parallel()
	s := newSDK(t)
	ctx := context.Background()
	if _, err := s.groups.Post(ctx, models.NewGroup(), nil); status(err) != 400 {
		t.Error("a group without anything: ", err)
	}
	if _, err := s.access.Policies().Post(ctx, models.NewConditionalAccessPolicy(), nil); status(err) != 400 {
		t.Error("a policy without anything: ", err)
	}
	if _, err := s.access.Policies().ByConditionalAccessPolicyId(uuid.NewString()).Get(ctx, nil); status(err) != 404 {
		t.Error("a policy that does not exist: ", err)
	}
	if _, err := s.directory.DeletedItems().Get(ctx, nil); status(err) != 400 {
		t.Error("the recycle bin without a cast: ", err)
	}
}
