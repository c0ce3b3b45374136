package emulator_test

import "testing"

const evaluate = "/v1.0/identity/conditionalAccess/evaluate"

// TestEvaluate asks What If of one policy at a time: a condition of it, and what is told of
// the sign-in.
func TestEvaluate(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u, guest := e.user("ann"), e.want(201, "POST", "/v1.0/users", object{"accountEnabled": true, "displayName": "G", "mailNickname": "g", "userType": "Guest",
		"userPrincipalName": "g_fabrikam.com#EXT#@contoso.onmicrosoft.com", "passwordProfile": object{"password": "S3cret!x"}}).id()
	g := e.group("inner", "members@odata.bind", []any{"$host/v1.0/users/" + u})
	outer := e.group("outer", "members@odata.bind", []any{"$host/v1.0/groups/" + g})
	app, appID, sp := e.principal("App")
	e.want(201, "POST", roleAssignments, object{"principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/"})
	office := e.location("Office", true)
	dach := e.want(201, "POST", locations, object{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "DACH", "countriesAndRegions": []any{"DE", "AT", "CH"}}).id()
	e.want(204, "PATCH", contexts+"/c1", object{"displayName": "c1"})
	_ = app

	person := func(id string, more ...any) object {
		return with(object{"@odata.type": "#microsoft.graph.userSignIn", "userId": id}, more...)
	}
	toApp := func(id string) object {
		return object{"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": []any{id}}
	}
	action := object{"@odata.type": "#microsoft.graph.userActionContext", "userAction": "registerSecurityInformation"}
	step := func(c string) object {
		return object{"@odata.type": "#microsoft.graph.authContext", "authenticationContextValue": c}
	}
	workload := object{"@odata.type": "#microsoft.graph.servicePrincipalSignIn", "servicePrincipalId": sp}
	guests := func(kind string, members ...any) object {
		b := object{"guestOrExternalUserTypes": kind}
		if len(members) > 0 {
			b["externalTenants"] = object{"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "membershipKind": "enumerated", "members": members}
		}
		return b
	}
	for name, c := range map[string]struct {
		policy     []any // changes of a policy for everybody and everything
		who, what  object
		conditions object
		reason     string // notSet: it applies
	}{
		"applies":             {nil, nil, nil, nil, "notSet"},
		"disabled":            {[]any{"state", "disabled"}, nil, nil, nil, "policyNotEnabled"},
		"report-only":         {[]any{"state", "enabledForReportingButNotEnforced"}, nil, nil, nil, "notSet"},
		"user named":          {[]any{"conditions.users", object{"includeUsers": []any{u}}}, nil, nil, nil, "notSet"},
		"user not named":      {[]any{"conditions.users", object{"includeUsers": []any{guest}}}, nil, nil, nil, "users"},
		"user excluded":       {[]any{"conditions.users.excludeUsers", []any{u}}, nil, nil, nil, "users"},
		"nested group":        {[]any{"conditions.users", object{"includeGroups": []any{outer}}}, nil, nil, nil, "notSet"},
		"nested group out":    {[]any{"conditions.users.excludeGroups", []any{outer}}, nil, nil, nil, "users"},
		"role":                {[]any{"conditions.users", object{"includeRoles": []any{globalReader}}}, nil, nil, nil, "notSet"},
		"other role":          {[]any{"conditions.users", object{"includeRoles": []any{userAdmin}}}, nil, nil, nil, "users"},
		"guest":               {[]any{"conditions.users", object{"includeUsers": []any{"GuestsOrExternalUsers"}}}, person(guest), nil, nil, "notSet"},
		"no guest":            {[]any{"conditions.users", object{"includeUsers": []any{"GuestsOrExternalUsers"}}}, nil, nil, nil, "users"},
		"kind of guest":       {[]any{"conditions.users", object{"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest")}}, person(guest), nil, nil, "notSet"},
		"other kind of guest": {[]any{"conditions.users", object{"includeGuestsOrExternalUsers": guests("serviceProvider")}}, person(guest), nil, nil, "users"},
		"guest's tenant":      {[]any{"conditions.users", object{"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest", nobody)}}, person(guest, "externalTenantId", nobody), nil, nil, "notSet"},
		"tenant not told":     {[]any{"conditions.users", object{"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest", nobody)}}, person(guest), nil, nil, "notEnoughInformation"},
		"stranger": {[]any{"conditions.users", object{"includeGuestsOrExternalUsers": guests("b2bDirectConnectUser")}},
			object{"@odata.type": "#microsoft.graph.userSignIn", "externalUserType": "b2bDirectConnectUser"}, nil, nil, "notSet"},

		"application":          {[]any{"conditions.applications", object{"includeApplications": []any{appID}}}, nil, toApp(appID), nil, "notSet"},
		"other application":    {[]any{"conditions.applications", object{"includeApplications": []any{appID}}}, nil, toApp(graphAppID), nil, "application"},
		"application excluded": {[]any{"conditions.applications.excludeApplications", []any{appID}}, nil, toApp(appID), nil, "application"},
		"Exchange in Office":   {[]any{"conditions.applications", object{"includeApplications": []any{"Office365"}}}, nil, toApp("00000002-0000-0ff1-ce00-000000000000"), nil, "notSet"},
		"own app not Office":   {[]any{"conditions.applications", object{"includeApplications": []any{"Office365"}}}, nil, toApp(appID), nil, "application"},
		"action":               {[]any{"conditions.applications", object{"includeUserActions": []any{"urn:user:registersecurityinfo"}}}, nil, action, nil, "notSet"},
		"other action":         {[]any{"conditions.applications", object{"includeUserActions": []any{"urn:user:registerdevice"}}}, nil, action, nil, "userActions"},
		"action, all apps":     {nil, nil, action, nil, "userActions"},
		"context":              {[]any{"conditions.applications", object{"includeAuthenticationContextClassReferences": []any{"c1"}}}, nil, step("c1"), nil, "notSet"},
		"other context":        {[]any{"conditions.applications", object{"includeAuthenticationContextClassReferences": []any{"c1"}}}, nil, step("c2"), nil, "authenticationContext"},

		"client":            {[]any{"conditions.clientAppTypes", []any{"browser"}}, nil, nil, object{"clientAppType": "browser"}, "notSet"},
		"other client":      {[]any{"conditions.clientAppTypes", []any{"other"}}, nil, nil, object{"clientAppType": "browser"}, "clientApps"},
		"client not told":   {[]any{"conditions.clientAppTypes", []any{"other"}}, nil, nil, nil, "notEnoughInformation"},
		"platform":          {[]any{"conditions.platforms", object{"includePlatforms": []any{"iOS"}}}, nil, nil, object{"devicePlatform": "iOS"}, "notSet"},
		"other platform":    {[]any{"conditions.platforms", object{"includePlatforms": []any{"iOS"}}}, nil, nil, object{"devicePlatform": "windows"}, "devicePlatform"},
		"platform excluded": {[]any{"conditions.platforms", object{"includePlatforms": []any{"all"}, "excludePlatforms": []any{"iOS"}}}, nil, nil, object{"devicePlatform": "iOS"}, "devicePlatform"},
		"platform not told": {[]any{"conditions.platforms", object{"includePlatforms": []any{"iOS"}}}, nil, nil, nil, "notEnoughInformation"},

		"location":           {[]any{"conditions.locations", object{"includeLocations": []any{office}}}, nil, nil, object{"ipAddress": "192.0.2.7"}, "notSet"},
		"other location":     {[]any{"conditions.locations", object{"includeLocations": []any{office}}}, nil, nil, object{"ipAddress": "198.51.100.7"}, "location"},
		"trusted excluded":   {[]any{"conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{"AllTrusted"}}}, nil, nil, object{"ipAddress": "192.0.2.7"}, "location"},
		"untrusted":          {[]any{"conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{"AllTrusted"}}}, nil, nil, object{"ipAddress": "198.51.100.7"}, "notSet"},
		"location not told":  {[]any{"conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{"AllTrusted"}}}, nil, nil, nil, "notEnoughInformation"},
		"country":            {[]any{"conditions.locations", object{"includeLocations": []any{dach}}}, nil, nil, object{"country": "AT"}, "notSet"},
		"other country":      {[]any{"conditions.locations", object{"includeLocations": []any{dach}}}, nil, nil, object{"country": "FR"}, "location"},
		"country not told":   {[]any{"conditions.locations", object{"includeLocations": []any{dach}}}, nil, nil, object{"ipAddress": "192.0.2.7"}, "notEnoughInformation"},
		"sign-in risk":       {[]any{"conditions.signInRiskLevels", []any{"high", "medium"}}, nil, nil, object{"signInRiskLevel": "medium"}, "notSet"},
		"lower sign-in risk": {[]any{"conditions.signInRiskLevels", []any{"high"}}, nil, nil, object{"signInRiskLevel": "low"}, "signInRisk"},
		"user risk":          {[]any{"conditions.userRiskLevels", []any{"high"}}, nil, nil, object{"userRiskLevel": "none"}, "userRisk"},
		"risk not told":      {[]any{"conditions.userRiskLevels", []any{"high"}}, nil, nil, nil, "notEnoughInformation"},
		"insider risk":       {[]any{"conditions.insiderRiskLevels", "moderate,elevated"}, nil, nil, object{"insiderRiskLevel": "elevated"}, "notSet"},
		"lower insider risk": {[]any{"conditions.insiderRiskLevels", "elevated"}, nil, nil, object{"insiderRiskLevel": "minor"}, "insiderRisk"},
		"flow":               {[]any{"conditions.authenticationFlows", object{"transferMethods": "deviceCodeFlow"}}, nil, nil, object{"authenticationFlow": object{"transferMethod": "deviceCodeFlow"}}, "notSet"},
		"ordinary flow":      {[]any{"conditions.authenticationFlows", object{"transferMethods": "deviceCodeFlow"}}, nil, nil, nil, "authenticationFlow"},
		"device not told":    {[]any{"conditions.devices", object{"deviceFilter": object{"mode": "include", "rule": `device.model -eq "x"`}}}, nil, nil, nil, "notEnoughInformation"},

		"workload":                  {[]any{"conditions.clientApplications", object{"includeServicePrincipals": []any{sp}}, "conditions.users", object{"includeUsers": []any{"None"}}}, workload, nil, nil, "notSet"},
		"workload of the tenant":    {[]any{"conditions.clientApplications", object{"includeServicePrincipals": []any{"ServicePrincipalsInMyOrganization"}}, "conditions.users", object{"includeUsers": []any{"None"}}}, workload, nil, nil, "notSet"},
		"workload excluded":         {[]any{"conditions.clientApplications", object{"includeServicePrincipals": []any{"ServicePrincipalsInMyOrganization"}, "excludeServicePrincipals": []any{sp}}, "conditions.users", object{"includeUsers": []any{"None"}}}, workload, nil, nil, "workloadIdentities"},
		"workload, policy of users": {nil, workload, nil, nil, "workloadIdentities"},
		"user, policy of workloads": {[]any{"conditions.clientApplications", object{"includeServicePrincipals": []any{sp}}}, nil, nil, nil, "users"},
	} {
		p := e.want(201, "POST", policies, policy(append([]any{"state", "enabled"}, c.policy...)...)).id()
		ask := object{"signInIdentity": person(u), "signInContext": toApp(appID), "signInConditions": object{}}
		if c.who != nil {
			ask["signInIdentity"] = c.who
		}
		if c.what != nil {
			ask["signInContext"] = c.what
		}
		if c.conditions != nil {
			ask["signInConditions"] = c.conditions
		}
		got := e.want(200, "POST", evaluate, ask).body["value"].([]any)[0].(object)
		same(t, name, got["analysisReasons"], c.reason)
		same(t, name, got["policyApplies"], c.reason == "notSet")
		same(t, name, got["id"], p)
		ask["appliedPoliciesOnly"] = true
		same(t, name+", applied only", len(e.want(200, "POST", evaluate, ask).body["value"].([]any)) == 1, c.reason == "notSet")
		e.want(204, "DELETE", policies+"/"+p, nil)
	}
}

// TestEvaluateRefused: what cannot be judged is refused, if the outcome hangs on it.
func TestEvaluateRefused(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	ask := func(more ...any) object {
		return with(object{"signInIdentity": object{"@odata.type": "#microsoft.graph.userSignIn", "userId": u},
			"signInContext":    object{"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": []any{graphAppID}},
			"signInConditions": object{}}, more...)
	}
	for name, c := range map[string]struct {
		body object
		part string
	}{
		"no identity":     {ask("signInIdentity", drop{}), "required"},
		"no conditions":   {ask("signInConditions", drop{}), "required"},
		"no type":         {ask("signInContext", object{}), "abstract"},
		"unknown user":    {ask("signInIdentity.userId", nobody), nobody},
		"unknown":         {ask("colour", object{}), "colour"},
		"unknown inside":  {ask("signInConditions.colour", "red"), "colour"},
		"no member":       {ask("signInConditions.devicePlatform", "toaster"), "toaster"},
		"flag that is no": {ask("appliedPoliciesOnly", "yes"), "Boolean"},
	} {
		t.Log(name)
		e.refused(400, "BadRequest", c.part, "POST", evaluate, c.body)
	}
	gps := e.want(201, "POST", locations, object{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "GPS", "countriesAndRegions": []any{"DE"}, "countryLookupMethod": "authenticatorAppGps"}).id()
	for name, c := range map[string]struct {
		policy []any
		ask    object
		part   string
	}{
		"device filter":      {[]any{"conditions.devices", object{"deviceFilter": object{"mode": "include", "rule": `device.model -eq "x"`}}}, ask("signInConditions", object{"deviceInfo": object{"model": "x"}}), "deviceFilter"},
		"application filter": {[]any{"conditions.applications", object{"includeApplications": []any{}, "applicationFilter": object{"mode": "include", "rule": `CustomSecurityAttribute.A_B -eq "c"`}}}, ask(), "applicationFilter"},
		"Office":             {[]any{"conditions.applications", object{"includeApplications": []any{"Office365"}}}, ask(), "Office365"},
		"portals":            {[]any{"conditions.applications", object{"includeApplications": []any{"MicrosoftAdminPortals"}}}, ask(), "MicrosoftAdminPortals"},
		"GPS":                {[]any{"conditions.locations", object{"includeLocations": []any{gps}}}, ask("signInConditions", object{"country": "DE"}), "GPS"},
	} {
		p := e.want(201, "POST", policies, policy(append([]any{"state", "enabled"}, c.policy...)...)).id()
		t.Log(name)
		e.refused(400, "BadRequest", c.part, "POST", evaluate, c.ask)
		e.want(204, "PATCH", policies+"/"+p, object{"state": "disabled"})
		e.want(200, "POST", evaluate, c.ask)
		e.want(204, "DELETE", policies+"/"+p, nil)
	}
}
