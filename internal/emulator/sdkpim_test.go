package emulator_test

import (
	"context"
	"testing"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/identitygovernance"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	sdkpolicies "github.com/microsoftgraph/msgraph-sdk-go/policies"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
)

// The tours of what no POST, PATCH and DELETE of its own makes: schedules and their
// instances, role management policies, partners and what is put below them.

const (
	userAdministrator   = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	groupsAdministrator = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
)

// inAMonth is a month after the time at which the tenant's clock stands still.
func inAMonth() time.Time { return time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC) }

// schedule is how long everything that the tours ask for shall last.
func schedule() *models.RequestSchedule {
	return set(models.NewRequestSchedule(), func(s *models.RequestSchedule) {
		s.SetExpiration(set(models.NewExpirationPattern(), func(e *models.ExpirationPattern) {
			e.SetTypeEscaped(ptr(models.AFTERDATETIME_EXPIRATIONPATTERNTYPE))
			e.SetEndDateTime(ptr(inAMonth()))
		}))
	})
}

// pim asks for each kind of schedule, and reads request, schedule and instance.
func (s *sdkTour) pim(t *testing.T) {
	roles := root(s, rolemanagement.NewRoleManagementRequestBuilderInternal).Directory()
	access := root(s, identitygovernance.NewPrivilegedAccessRequestBuilderInternal).Group()
	g, err := s.groups.Post(context.Background(), sdkGroup("managed"), nil)
	group := s.must(t, g, err)
	eligible, active := s.newUser(t, "eligible"), s.newUser(t, "active")
	member, assign := models.MEMBER_PRIVILEGEDACCESSGROUPRELATIONSHIPS, models.ADMINASSIGN_SCHEDULEREQUESTACTIONS
	for _, k := range []struct {
		name                          string
		requests, schedules, instance any
		body                          any
	}{
		{"role eligibility", roles.RoleEligibilityScheduleRequests(), roles.RoleEligibilitySchedules(), roles.RoleEligibilityScheduleInstances(),
			set(models.NewUnifiedRoleEligibilityScheduleRequest(), func(r *models.UnifiedRoleEligibilityScheduleRequest) {
				r.SetAction(ptr(models.ADMINASSIGN_UNIFIEDROLESCHEDULEREQUESTACTIONS))
				r.SetPrincipalId(&eligible)
				r.SetRoleDefinitionId(ptr(userAdministrator))
				r.SetDirectoryScopeId(ptr("/"))
				r.SetJustification(ptr("j"))
				r.SetScheduleInfo(schedule())
			})},
		{"role assignment", roles.RoleAssignmentScheduleRequests(), roles.RoleAssignmentSchedules(), roles.RoleAssignmentScheduleInstances(),
			set(models.NewUnifiedRoleAssignmentScheduleRequest(), func(r *models.UnifiedRoleAssignmentScheduleRequest) {
				r.SetAction(ptr(models.ADMINASSIGN_UNIFIEDROLESCHEDULEREQUESTACTIONS))
				r.SetPrincipalId(&active)
				r.SetRoleDefinitionId(ptr(userAdministrator))
				r.SetDirectoryScopeId(ptr("/"))
				r.SetJustification(ptr("j"))
				r.SetScheduleInfo(schedule())
			})},
		{"group eligibility", access.EligibilityScheduleRequests(), access.EligibilitySchedules(), access.EligibilityScheduleInstances(),
			set(models.NewPrivilegedAccessGroupEligibilityScheduleRequest(), func(r *models.PrivilegedAccessGroupEligibilityScheduleRequest) {
				r.SetAction(&assign)
				r.SetAccessId(&member)
				r.SetPrincipalId(&eligible)
				r.SetGroupId(&group)
				r.SetJustification(ptr("j"))
				r.SetScheduleInfo(schedule())
			})},
		{"group assignment", access.AssignmentScheduleRequests(), access.AssignmentSchedules(), access.AssignmentScheduleInstances(),
			set(models.NewPrivilegedAccessGroupAssignmentScheduleRequest(), func(r *models.PrivilegedAccessGroupAssignmentScheduleRequest) {
				r.SetAction(&assign)
				r.SetAccessId(&member)
				r.SetPrincipalId(&active)
				r.SetGroupId(&group)
				r.SetJustification(ptr("j"))
				r.SetScheduleInfo(schedule())
			})},
	} {
		t.Run(k.name, func(t *testing.T) {
			asked, err := invoke(k.requests, "Post", k.body)
			id := s.must(t, asked, err)
			s.saw(asked)
			for _, at := range []any{k.requests, k.schedules} {
				got, err := invoke(item(t, at, id), "Get")
				s.must(t, got, err)
				s.saw(got)
				s.inBatch(t, item(t, at, id), item(t, at, nobody))
			}
			page, err := invoke(k.instance, "Get")
			if err != nil || len(valuesOf(page)) != 1 {
				t.Fatal("there is not one instance: ", sdkError(err))
			}
			one, err := invoke(item(t, k.instance, idOf(valuesOf(page)[0])), "Get")
			s.must(t, one, err)
			s.saw(one)
		})
	}
	s.managementPolicies(t, group)
}

// managementPolicies reads the policy of a role and of a group, which listings find with
// a filter alone, and changes a rule.
func (s *sdkTour) managementPolicies(t *testing.T, group string) {
	ctx := context.Background()
	filter := "scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '" + userAdministrator + "'"
	found, err := s.policies.RoleManagementPolicyAssignments().Get(ctx, &sdkpolicies.RoleManagementPolicyAssignmentsRequestBuilderGetRequestConfiguration{
		QueryParameters: &sdkpolicies.RoleManagementPolicyAssignmentsRequestBuilderGetQueryParameters{Filter: &filter}})
	if err != nil || len(found.GetValue()) != 1 {
		t.Fatal("there is not one policy of the role: ", sdkError(err))
	}
	s.saw(found.GetValue()[0])
	one := s.policies.RoleManagementPolicies().ByUnifiedRoleManagementPolicyId(*found.GetValue()[0].GetPolicyId())
	policy, err := one.Get(ctx, nil)
	s.must(t, policy, err)
	s.saw(policy)
	rule := set(models.NewUnifiedRoleManagementPolicyEnablementRule(), func(r *models.UnifiedRoleManagementPolicyEnablementRule) {
		r.SetOdataType(ptr("#microsoft.graph.unifiedRoleManagementPolicyEnablementRule"))
		r.SetId(ptr("Enablement_EndUser_Assignment"))
		r.SetEnabledRules([]string{"Justification"})
	})
	if _, err := one.Rules().ByUnifiedRoleManagementPolicyRuleId("Enablement_EndUser_Assignment").Patch(ctx, rule, nil); err != nil {
		t.Error(sdkError(err))
	}
	of := "scopeId eq '" + group + "' and scopeType eq 'Group'"
	if page, err := s.policies.RoleManagementPolicies().Get(ctx, &sdkpolicies.RoleManagementPoliciesRequestBuilderGetRequestConfiguration{
		QueryParameters: &sdkpolicies.RoleManagementPoliciesRequestBuilderGetQueryParameters{Filter: &of}}); err != nil || len(page.GetValue()) != 2 {
		t.Error("a group has a policy for members and one for owners: ", sdkError(err))
	}
}

// partners makes a partner of cross-tenant access, and its identity synchronization,
// which the SDK puts into place and cannot patch.
func (s *sdkTour) partners(t *testing.T) {
	ctx := context.Background()
	all := s.policies.CrossTenantAccessPolicy().Partners()
	made, err := all.Post(ctx, set(models.NewCrossTenantAccessPolicyConfigurationPartner(), func(p *models.CrossTenantAccessPolicyConfigurationPartner) {
		p.SetTenantId(ptr(nobody))
		p.SetInboundTrust(trusting())
	}), nil)
	if err != nil || *made.GetTenantId() != nobody {
		t.Fatal(sdkError(err))
	}
	one := all.ByCrossTenantAccessPolicyConfigurationPartnerTenantId(nobody)
	if _, err := one.Patch(ctx, set(models.NewCrossTenantAccessPolicyConfigurationPartner(), func(p *models.CrossTenantAccessPolicyConfigurationPartner) {
		p.SetAutomaticUserConsentSettings(set(models.NewInboundOutboundPolicyConfiguration(), func(c *models.InboundOutboundPolicyConfiguration) { c.SetInboundAllowed(ptr(true)) }))
	}), nil); err != nil {
		t.Fatal(sdkError(err))
	}
	got, err := one.Get(ctx, nil)
	if err != nil || !*got.GetAutomaticUserConsentSettings().GetInboundAllowed() || !*got.GetInboundTrust().GetIsMfaAccepted() {
		t.Fatal("the partner is not what it was made: ", sdkError(err))
	}
	s.saw(got)
	if page, err := all.Get(ctx, nil); err != nil || len(page.GetValue()) != 1 {
		t.Error("it is not listed: ", sdkError(err))
	}
	s.inBatch(t, one, all.ByCrossTenantAccessPolicyConfigurationPartnerTenantId(graphAppID))

	sync := one.IdentitySynchronization()
	if _, err := sync.Put(ctx, set(named(models.NewCrossTenantIdentitySyncPolicyPartner(), "Fabrikam"), func(p *models.CrossTenantIdentitySyncPolicyPartner) {
		p.SetUserSyncInbound(set(models.NewCrossTenantUserSyncInbound(), func(i *models.CrossTenantUserSyncInbound) { i.SetIsSyncAllowed(ptr(true)) }))
	}), nil); err != nil {
		t.Fatal(sdkError(err))
	}
	put, err := sync.Get(ctx, nil)
	if err != nil || !*put.GetUserSyncInbound().GetIsSyncAllowed() {
		t.Fatal("the synchronization is not what was put: ", sdkError(err))
	}
	s.saw(put)
	if err := sync.Delete(ctx, nil); err != nil {
		t.Fatal(sdkError(err))
	}
	if err := one.Delete(ctx, nil); err != nil {
		t.Fatal(sdkError(err))
	}
	if _, err := one.Get(ctx, nil); status(err) != 404 {
		t.Error("it is still there: ", err)
	}
}
