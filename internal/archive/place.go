package archive

// Which collection an object belongs to.

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// place is a collection, or with parent and relation a link from an object of it.
type place struct {
	collection, parent, relation string
}

const (
	policies         = "/identity/conditionalAccess/policies"
	namedLocations   = "/identity/conditionalAccess/namedLocations"
	contexts         = "/identity/conditionalAccess/authenticationContextClassReferences"
	strengths        = "/policies/authenticationStrengthPolicies"
	units            = "/directory/administrativeUnits"
	agreements       = "/identityGovernance/termsOfUse/agreements"
	roleDefinitions  = "/roleManagement/directory/roleDefinitions"
	roleAssignments  = "/roleManagement/directory/roleAssignments"
	permissionGrants = "/oauth2PermissionGrants"
)

// byType is keyed by @odata.type, without its namespace.
var byType = map[string]string{
	"administrativeUnit":                  units,
	"agreement":                           agreements,
	"application":                         "/applications",
	"authenticationContextClassReference": contexts,
	"authenticationStrengthPolicy":        strengths,
	"compliantNetworkNamedLocation":       namedLocations,
	"conditionalAccessPolicy":             policies,
	"countryNamedLocation":                namedLocations,
	"device":                              "/devices",
	"directoryRole":                       "/directoryRoles",
	"directoryRoleTemplate":               "/directoryRoleTemplates",
	"domain":                              "/domains",
	"group":                               "/groups",
	"ipNamedLocation":                     namedLocations,
	"oAuth2PermissionGrant":               permissionGrants,
	"orgContact":                          "/contacts",
	"organization":                        "/organization",
	"servicePrincipal":                    "/servicePrincipals",
	"unifiedRoleAssignment":               roleAssignments,
	"unifiedRoleDefinition":               roleDefinitions,
	"user":                                "/users",
	"claimsMappingPolicy":                 "/policies/claimsMappingPolicies",
	"homeRealmDiscoveryPolicy":            "/policies/homeRealmDiscoveryPolicies",
	"tokenIssuancePolicy":                 "/policies/tokenIssuancePolicies",
	"tokenLifetimePolicy":                 "/policies/tokenLifetimePolicies",
	"activityBasedTimeoutPolicy":          "/policies/activityBasedTimeoutPolicies",
	"appManagementPolicy":                 "/policies/appManagementPolicies",
}

// stubTypes are what a relation's file may tell enough of; see addStubs.
var stubTypes = map[string]string{"user": "/users", "device": "/devices", "orgContact": "/contacts"}

// byFolder is keyed by a folder's name in lower case: EntraExporter's, IntuneManagement's
// and Graph's own. "" is a folder whose objects are known not to be covered, so that
// one of the same name below it (PIM/Groups) is not mistaken.
var byFolder = map[string]string{
	"administrativeunits":                  units,
	"agreements":                           agreements,
	"applications":                         "/applications",
	"authenticationcontext":                contexts,
	"authenticationcontextclassreferences": contexts,
	"authenticationcontexts":               contexts,
	"authenticationstrengthpolicies":       strengths,
	"authenticationstrengths":              strengths,
	"conditionalaccess":                    policies,
	"conditionalaccesspolicies":            policies,
	"accesspolicies":                       policies, // EntraExporter: Identity/Conditional/AccessPolicies
	"devices":                              "/devices",
	"directoryroles":                       "/directoryRoles",
	"directoryroletemplates":               "/directoryRoleTemplates",
	"domains":                              "/domains",
	"groups":                               "/groups",
	"namedlocations":                       namedLocations,
	"oauth2permissiongrants":               permissionGrants,
	"serviceprincipals":                    "/servicePrincipals",
	"termsofuse":                           agreements,
	"users":                                "/users",

	"onpremisespublishingprofiles": "",
	"pim":                          "",
	"entitlementmanagement":        "",
	"accessreviews":                "",
}

// aliases are old paths of collections, in lower case.
var aliases = map[string]string{
	"/administrativeunits": units,
	"/agreements":          agreements,
	"/identity/conditionalaccess/authenticationstrength/policies": strengths,
	"/policies/conditionalaccesspolicies":                         policies,
}

// locate decides where an object belongs, or why that is not known. Where an object
// stands below another one (Groups/{id}/Members) comes first: a member is a user by its
// type, and yet here it stands for a relation.
func locate(file, context string, body map[string]any) (place, string) {
	folder, parent, child, notCovered := readFolder(file)
	if notCovered != "" {
		return place{}, fmt.Sprintf("stands below %s, which is not covered", notCovered)
	}
	fromContext, contextParent, contextChild := readContext(context)
	if child == "" && contextChild != "" {
		folder, parent, child = fromContext, contextParent, contextChild
	}
	if child != "" {
		return belowParent(folder, parent, child)
	}
	typ := typeName(body)
	shape := byShape(body)
	collection := ""
	switch {
	case byType[typ] != "":
		collection = byType[typ]
	case fromContext != "":
		collection = fromContext
	case folder != "" && len(shape) > 0 && !slices.Contains(shape, folder):
		return place{}, fmt.Sprintf("stands in a folder of %s and looks like one of %s: an @odata.type would tell", folder, strings.Join(shape, " or "))
	case folder != "" && body["id"] == nil && body["displayName"] == nil:
		return place{}, fmt.Sprintf("stands in a folder of %s and has neither id nor displayName", folder)
	case folder != "":
		collection = folder
	case typ != "":
		return place{}, fmt.Sprintf("is a %s, and no collection of them is covered", typ)
	case len(shape) == 1:
		collection = shape[0]
	case len(shape) > 1:
		return place{}, fmt.Sprintf("could belong to %s: an @odata.type would tell", strings.Join(shape, " or "))
	default:
		return place{}, "neither @odata.type, @odata.context, the folder's name nor its properties tell what it is"
	}
	if collection == namedLocations && typ == "" {
		if reason := addLocationType(body); reason != "" {
			return place{}, reason
		}
	}
	return place{collection: collection}, ""
}

func typeName(body map[string]any) string {
	t, _ := body["@odata.type"].(string)
	return strings.TrimPrefix(strings.TrimPrefix(t, "#"), "microsoft.graph.")
}

// readFolder looks for the innermost folder of a known name that stands above the first
// id, and for a relation behind that id: Groups/{id}/Members/{id}/{id}.json, or
// Groups/{id}/Members.json. Below a folder of unknown name the known one tells nothing,
// unless it is the object's own (Domains/contoso.com/contoso.com.json).
func readFolder(file string) (collection, parent, child, notCovered string) {
	segments := strings.Split(path.Dir(file), "/")
	base := strings.TrimSuffix(path.Base(file), path.Ext(file))
	for i, s := range segments {
		c, known := byFolder[strings.ToLower(s)]
		switch {
		case isGUID(s) && i+1 < len(segments):
			return collection, s, segments[i+1], ""
		case isGUID(s):
			if relationNamed(collection, base) != "" {
				return collection, s, base, ""
			}
		case known && c == "":
			return "", "", "", strings.Join(segments[:i+1], "/")
		case known:
			collection = c
		case s != base:
			collection = ""
		}
	}
	return collection, "", "", ""
}

var (
	contextPath   = regexp.MustCompile(`^([A-Za-z0-9]+(?:/[A-Za-z0-9]+)*)(?:\([^)']*\))?(?:/\$entity)?$`)
	contextParent = regexp.MustCompile(`^([A-Za-z0-9]+(?:/[A-Za-z0-9]+)*)\('([^']+)'\)/([A-Za-z0-9]+)(?:\([^)']*\))?(?:/\$entity)?$`)
)

// readContext reads the path behind "$metadata#": a collection, or one below an object.
// The common base of directory objects tells nothing.
func readContext(context string) (collection, parent, child string) {
	_, fragment, ok := strings.Cut(context, "$metadata#")
	if !ok {
		return "", "", ""
	}
	if m := contextParent.FindStringSubmatch(fragment); m != nil {
		return canonical(m[1]), m[2], m[3]
	}
	m := contextPath.FindStringSubmatch(fragment)
	if m == nil || m[1] == "directoryObjects" || m[1] == "Collection" {
		return "", "", ""
	}
	return canonical(m[1]), "", ""
}

// canonical gives a path its usual spelling, and an old path the present one.
func canonical(p string) string {
	p = "/" + p
	if a, ok := aliases[strings.ToLower(p)]; ok {
		return a
	}
	for _, known := range byType {
		if strings.EqualFold(p, known) {
			return known
		}
	}
	return p
}

// relations are what may stand below an object, keyed by its name in lower case: true
// for links to objects of their own, false for objects that only exist there.
var relations = map[string]map[string]bool{
	"/groups":         {"members": true, "owners": true},
	"/directoryRoles": {"members": true, "scopedMembers": false},
	units:             {"members": true, "scopedRoleMembers": false, "extensions": false},
	strengths:         {"combinationConfigurations": false},
	"/applications": {
		"owners": true, "tokenIssuancePolicies": true, "tokenLifetimePolicies": true, "appManagementPolicies": true,
		"homeRealmDiscoveryPolicies": true, "extensionProperties": false, "federatedIdentityCredentials": false,
	},
	"/servicePrincipals": {
		"owners": true, "tokenIssuancePolicies": true, "tokenLifetimePolicies": true, "appManagementPolicies": true,
		"claimsMappingPolicies": true, "homeRealmDiscoveryPolicies": true, "appRoleAssignments": false,
		"appRoleAssignedTo": false, "delegatedPermissionClassifications": false,
	},
}

func belowParent(collection, parent, child string) (place, string) {
	// Grants have a collection of their own, whatever object they are listed under.
	if collection == "/servicePrincipals" && strings.EqualFold(child, "oauth2PermissionGrants") {
		return place{collection: permissionGrants}, ""
	}
	relation := relationNamed(collection, child)
	switch {
	case relation == "":
		return place{}, fmt.Sprintf("stands among the %s of %s/%s, and these are not covered", child, collection, parent)
	case relations[collection][relation]:
		return place{collection, parent, relation}, ""
	}
	return place{collection: collection + "/" + parent + "/" + relation}, ""
}

// relationNamed finds a relation by a folder's name, whatever its case.
func relationNamed(collection, name string) string {
	for relation := range relations[collection] {
		if strings.EqualFold(relation, name) {
			return relation
		}
	}
	return ""
}
