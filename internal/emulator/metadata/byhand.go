package metadata

// What the SDK's models lack, written by hand: each entry with the reason why it is here.
// An entry that a newer SDK makes needless fails a test.

// Reasons that occur often.
const (
	sdkLacks   = "in the v1.0 metadata of August 2026 and not in the SDK"
	betaOnly   = "in beta answers and in the beta models, not in v1.0"
	betaPolicy = "in Conditional Access policies exported from beta"
	betaGroup  = "in groups exported from beta"
	hardDelete = "hard-delete protection, documented for beta"
)

// addedType is a type that the SDK lacks; its properties stand in addedProperties.
type addedType struct {
	name, base   string
	entity, beta bool
	why          string
}

var addedTypes = []addedType{
	{"policyDeletableItem", "", true, false, "base of what Conditional Access keeps in its recycle bin; the SDK derives them from entity"},
	{"compliantNetworkNamedLocation", "namedLocation", true, true, betaPolicy},
	{"conditionalAccessAgents", "", false, true, betaPolicy},
	{"conditionalAccessAgentContext", "", false, true, betaPolicy},
	{"conditionalAccessDeviceStates", "", false, true, betaOnly},
	{"conditionalAccessTimes", "", false, true, "conditions.times is in every export from beta and always null; only withdrawn documentation tells its properties, so none are known"},
	{"conditionalAccessGlobalSecureAccess", "", false, true, "deprecated since June 2025, still in older exports"},
	{"conditionalAccessNetworkAccess", "", false, true, "deprecated since June 2025, still in older exports"},
	{"blockSensitiveActionsSessionControl", "conditionalAccessSessionControl", false, true, "sessionControls.blockSensitiveActions occurs in exports from beta, mostly null; the type's name is inferred"},
	{"continuousAccessEvaluationSessionControl", "", false, true, betaPolicy},
	{"globalSecureAccessFilteringProfileSessionControl", "conditionalAccessSessionControl", false, true, betaOnly},
	{"networkAccessSecuritySessionControl", "conditionalAccessSessionControl", false, true, "former name of globalSecureAccessFilteringProfile, still in older exports"},
	{"groupWritebackConfiguration", "writebackConfiguration", false, true, betaGroup},
	{"writebackConfiguration", "", false, true, betaGroup},
	{"membershipRuleProcessingStatus", "", false, true, betaOnly},
	{"identifierUriConfiguration", "", false, false, sdkLacks},
	{"identifierUriRestriction", "", false, false, sdkLacks},
	{"federatedIdentityExpression", "", false, true, betaOnly},
	{"passkeyAuthenticationMethodTarget", "authenticationMethodTarget", true, false, sdkLacks},
	{"qrCodePinAuthenticationMethodConfiguration", "authenticationMethodConfiguration", true, false, sdkLacks},
	{"externalAuthenticationMethodConfiguration", "authenticationMethodConfiguration", true, false, sdkLacks},
	{"openIdConnectSetting", "", false, false, sdkLacks},
}

// bases are types that derive from something else than the SDK says.
var bases = []struct{ name, base, why string }{
	{"conditionalAccessPolicy", "policyDeletableItem", sdkLacks},
	{"namedLocation", "policyDeletableItem", sdkLacks},
}

var addedEnums = []struct {
	Name    string
	Flags   bool
	Members []string
	beta    bool
	why     string
}{
	{"groupAccessType", false, []string{"none", "private", "secret", "public", "unknownFutureValue"}, false, sdkLacks},
	{"compliantNetworkType", false, []string{"allTenantCompliantNetworks", "unknownFutureValue"}, true, betaOnly},
	{"conditionalAccessAgentIdRiskLevels", true, []string{"low", "medium", "high", "unknownFutureValue"}, true, betaPolicy},
	{"membershipRuleProcessingStatusDetails", false, []string{"NotStarted", "Running", "Failed", "Succeeded", "UnsupportedFutureValue"}, true, betaOnly},
	{"continuousAccessEvaluationMode", false, []string{"strictEnforcement", "disabled", "unknownFutureValue", "strictLocation"}, true, betaOnly},
}

// addedMembers are members of the SDK's enums that it does not know; they stand behind
// unknownFutureValue.
var addedMembers = []struct {
	enum, member string
	beta         bool
	why          string
}{
	{"authenticationMethodModes", "qrCodePin", false, sdkLacks},
	{"baseAuthenticationMethod", "qrCodePin", false, sdkLacks},
	{"conditionalAccessGrantControl", "riskRemediation", false, sdkLacks},
}

// addedProperty is a property that the SDK lacks. holds is the name of a primitive, enum
// or type, with "[]" for a collection and "nav " before the target of a navigation
// property that is not in the table.
type addedProperty struct {
	on, property, holds string
	beta                bool
	why                 string
}

var addedProperties = []addedProperty{
	// v1.0: what Graph answers with and the SDK lacks.
	{"policyDeletableItem", "deletedDateTime", "DateTimeOffset", false, sdkLacks},
	{"conditionalAccessPolicy", "id", "String", false, "its base has no key of its own"},
	{"namedLocation", "id", "String", false, "its base has no key of its own"},
	{"application", "createdByAppId", "String", false, sdkLacks},
	{"application", "isDisabled", "Boolean", false, sdkLacks},
	{"application", "managerApplications", "Guid[]", false, sdkLacks},
	{"servicePrincipal", "createdByAppId", "String", false, sdkLacks},
	{"servicePrincipal", "isDisabled", "Boolean", false, sdkLacks},
	{"group", "accessType", "groupAccessType", false, sdkLacks},
	{"group", "infoCatalogs", "String[]", false, sdkLacks},
	{"group", "isFavorite", "Boolean", false, sdkLacks},
	{"group", "onPremisesExtensionAttributes", "onPremisesExtensionAttributes", false, sdkLacks},
	{"group", "organizationId", "String", false, sdkLacks},
	{"group", "resourceBehaviorOptions", "String[]", false, sdkLacks},
	{"group", "resourceProvisioningOptions", "String[]", false, sdkLacks},
	{"group", "unseenConversationsCount", "Int32", false, sdkLacks},
	{"group", "unseenMessagesCount", "Int32", false, sdkLacks},
	{"group", "welcomeMessageEnabled", "Boolean", false, sdkLacks},
	{"unifiedRoleAssignment", "principalOrganizationId", "String", false, sdkLacks},
	{"user", "identityParentId", "String", false, sdkLacks},
	{"user", "adhocCalls", "nav adhocCall[]", false, sdkLacks},
	{"user", "onPremisesSyncBehavior", "nav onPremisesSyncBehavior", false, sdkLacks},
	{"user", "sponsorOf", "directoryObject[]", false, sdkLacks},
	{"applicationTemplate", "deprecationDate", "Date", false, sdkLacks},
	{"applicationTemplate", "endpoints", "String[]", false, sdkLacks},
	{"applicationTemplate", "isEntraIntegrated", "Boolean", false, sdkLacks},
	{"applicationTemplate", "lastModifiedDateTime", "DateTimeOffset", false, sdkLacks},
	{"passkeyAuthenticationMethodTarget", "allowedPasskeyProfiles", "Guid[]", false, sdkLacks},
	{"qrCodePinAuthenticationMethodConfiguration", "pinLength", "Int32", false, sdkLacks},
	{"qrCodePinAuthenticationMethodConfiguration", "standardQRCodeLifetimeInDays", "Int32", false, sdkLacks},
	{"qrCodePinAuthenticationMethodConfiguration", "includeTargets", "authenticationMethodTarget[]", false, sdkLacks},
	{"externalAuthenticationMethodConfiguration", "appId", "String", false, sdkLacks},
	{"externalAuthenticationMethodConfiguration", "displayName", "String", false, sdkLacks},
	{"externalAuthenticationMethodConfiguration", "openIdConnectSetting", "openIdConnectSetting", false, sdkLacks},
	{"externalAuthenticationMethodConfiguration", "includeTargets", "authenticationMethodTarget[]", false, sdkLacks},
	{"openIdConnectSetting", "clientId", "String", false, sdkLacks},
	{"openIdConnectSetting", "discoveryUrl", "String", false, sdkLacks},

	{"appManagementApplicationConfiguration", "identifierUris", "identifierUriConfiguration", false, sdkLacks},
	{"identifierUriConfiguration", "nonDefaultUriAddition", "identifierUriRestriction", false, sdkLacks},
	{"identifierUriConfiguration", "uriAdditionWithoutUniqueTenantIdentifier", "identifierUriRestriction", false, sdkLacks},
	{"identifierUriRestriction", "excludeAppsReceivingV2Tokens", "Boolean", false, sdkLacks},
	{"identifierUriRestriction", "excludeSaml", "Boolean", false, sdkLacks},
	{"identifierUriRestriction", "isStateSetByMicrosoft", "Boolean", false, sdkLacks},
	{"identifierUriRestriction", "restrictForAppsCreatedAfterDateTime", "DateTimeOffset", false, sdkLacks},
	{"identifierUriRestriction", "state", "appManagementRestrictionState", false, sdkLacks},

	// Conditional Access, beta.
	{"compliantNetworkNamedLocation", "compliantNetworkType", "compliantNetworkType", true, betaPolicy},
	{"compliantNetworkNamedLocation", "isTrusted", "Boolean", true, betaPolicy},
	{"conditionalAccessPolicy", "partialEnablementStrategy", "String", true, betaPolicy},
	{"conditionalAccessConditionSet", "agentContext", "conditionalAccessAgentContext", true, betaPolicy},
	{"conditionalAccessConditionSet", "agentIdRiskLevels", "conditionalAccessAgentIdRiskLevels", true, betaPolicy},
	{"conditionalAccessConditionSet", "agents", "conditionalAccessAgents", true, betaPolicy},
	{"conditionalAccessConditionSet", "deviceStates", "conditionalAccessDeviceStates", true, betaPolicy},
	{"conditionalAccessConditionSet", "times", "conditionalAccessTimes", true, betaPolicy},
	{"conditionalAccessAgentContext", "excludeAgentContexts", "String[]", true, betaPolicy},
	{"conditionalAccessAgentContext", "includeAgentContexts", "String[]", true, betaPolicy},
	{"conditionalAccessAgents", "agentFilter", "conditionalAccessFilter", true, betaPolicy},
	{"conditionalAccessAgents", "excludeAgentUsers", "String[]", true, betaPolicy},
	{"conditionalAccessAgents", "includeAgentUsers", "String[]", true, betaPolicy},
	{"conditionalAccessDeviceStates", "excludeStates", "String[]", true, betaOnly},
	{"conditionalAccessDeviceStates", "includeStates", "String[]", true, betaOnly},
	{"conditionalAccessApplications", "globalSecureAccess", "conditionalAccessGlobalSecureAccess", true, betaOnly},
	{"conditionalAccessApplications", "networkAccess", "conditionalAccessNetworkAccess", true, betaOnly},
	{"conditionalAccessGlobalSecureAccess", "includeTrafficProfiles", "String", true, "in older exports; the documentation names no properties"},
	{"conditionalAccessNetworkAccess", "includeTrafficProfiles", "String", true, "in older exports; the documentation names no properties"},
	{"conditionalAccessClientApplications", "agentIdServicePrincipalFilter", "conditionalAccessFilter", true, betaPolicy},
	{"conditionalAccessClientApplications", "excludeAgentIdServicePrincipals", "String[]", true, betaPolicy},
	{"conditionalAccessClientApplications", "includeAgentIdServicePrincipals", "String[]", true, betaPolicy},
	{"conditionalAccessDevices", "excludeDeviceStates", "String[]", true, betaPolicy},
	{"conditionalAccessDevices", "excludeDevices", "String[]", true, betaPolicy},
	{"conditionalAccessDevices", "includeDeviceStates", "String[]", true, betaPolicy},
	{"conditionalAccessDevices", "includeDevices", "String[]", true, betaPolicy},
	{"conditionalAccessSessionControls", "blockSensitiveActions", "blockSensitiveActionsSessionControl", true, betaPolicy},
	{"blockSensitiveActionsSessionControl", "includeSensitiveActions", "String[]", true, "read by tools that document exports"},
	{"conditionalAccessSessionControls", "continuousAccessEvaluation", "continuousAccessEvaluationSessionControl", true, betaPolicy},
	{"continuousAccessEvaluationSessionControl", "mode", "continuousAccessEvaluationMode", true, betaPolicy},
	{"conditionalAccessSessionControls", "globalSecureAccessFilteringProfile", "globalSecureAccessFilteringProfileSessionControl", true, betaOnly},
	{"globalSecureAccessFilteringProfileSessionControl", "profileId", "String", true, betaOnly},
	{"conditionalAccessSessionControls", "networkAccessSecurity", "networkAccessSecuritySessionControl", true, "former name of globalSecureAccessFilteringProfile, still in older exports"},
	{"networkAccessSecuritySessionControl", "policyId", "String", true, "former name of globalSecureAccessFilteringProfile, still in older exports"},

	// Directory objects, beta.
	{"federatedIdentityCredential", "claimsMatchingExpression", "federatedIdentityExpression", true, betaOnly},
	{"federatedIdentityExpression", "languageVersion", "Int32", true, betaOnly},
	{"federatedIdentityExpression", "value", "String", true, betaOnly},
	{"group", "createdByAppId", "String", true, betaGroup},
	{"group", "isHardDeleteProtectionEnabled", "Boolean", true, betaGroup},
	{"group", "membershipRuleProcessingStatus", "membershipRuleProcessingStatus", true, betaOnly},
	{"group", "onPremisesObjectIdentifier", "String", true, betaGroup},
	{"group", "writebackConfiguration", "groupWritebackConfiguration", true, betaGroup},
	{"writebackConfiguration", "isEnabled", "Boolean", true, betaGroup},
	{"groupWritebackConfiguration", "onPremisesGroupType", "String", true, betaGroup},
	{"membershipRuleProcessingStatus", "errorMessage", "String", true, betaOnly},
	{"membershipRuleProcessingStatus", "lastMembershipUpdated", "DateTimeOffset", true, betaOnly},
	{"membershipRuleProcessingStatus", "status", "membershipRuleProcessingStatusDetails", true, betaOnly},
	{"user", "isHardDeleteProtectionEnabled", "Boolean", true, hardDelete},
	{"application", "isHardDeleteProtectionEnabled", "Boolean", true, hardDelete},
	{"servicePrincipal", "isHardDeleteProtectionEnabled", "Boolean", true, hardDelete},
	{"servicePrincipal", "errorUrl", "String", true, betaOnly},
	{"servicePrincipal", "preferredTokenSigningKeyEndDateTime", "DateTimeOffset", true, betaOnly},
	{"servicePrincipal", "publishedPermissionScopes", "permissionScope[]", true, betaOnly},
	{"servicePrincipal", "publisherName", "String", true, betaOnly},
	{"servicePrincipal", "samlMetadataUrl", "String", true, betaOnly},
	{"unifiedRoleDefinition", "isPrivileged", "Boolean", true, betaOnly},
	{"administrativeUnit", "deletedMembers", "directoryObject[]", true, betaOnly},
}

// corrected are properties of which the SDK cannot tell, or tells wrongly, what they
// hold; in the notation of addedProperty.
var corrected = []struct{ on, property, holds, why string }{
	{"application", "logo", "Stream", "the SDK has []byte for streams as for binaries"},
	{"fido2AuthenticationMethodConfiguration", "includeTargets", "passkeyAuthenticationMethodTarget[]", "the metadata of August 2026 has a type of its own for passkeys"},
	{"crossTenantAccessPolicy", "partners", "nav crossTenantAccessPolicyConfigurationPartner[]", keyedByTenant},
	{"crossTenantAccessPolicyConfigurationPartner", "identitySynchronization", "nav crossTenantIdentitySyncPolicyPartner", keyedByTenant},
}

const keyedByTenant = "an entity whose key is tenantId, which the SDK does not derive from entity"

// keyedEntities are entities that the SDK takes for complex types, for keyedByTenant.
const keyedEntities = "crossTenantAccessPolicyConfigurationPartner crossTenantIdentitySyncPolicyPartner"

// abstractTypes are those of which no object is directly; the SDK makes them all. From
// the v1.0 metadata.
const abstractTypes = `
appManagementConfiguration authenticationCombinationConfiguration authenticationMethodConfiguration
conditionalAccessExternalTenants conditionalAccessSessionControl entity ipRange policyBase
policyDeletableItem privilegedAccessSchedule privilegedAccessScheduleInstance
privilegedAccessScheduleRequest serviceProvisioningError signInContext signInIdentity stsPolicy
subjectSet unifiedRoleManagementPolicyRule`
