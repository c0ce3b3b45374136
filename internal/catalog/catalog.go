// Package catalog describes every kind of Entra object that the provider
// knows, one file and one value per kind. All is the whole list, in the order
// in which one would read it; nothing registers itself.
package catalog

import (
	"regexp"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Two guides of the docs are made from the tables.
//go:generate go test -run ^TestGuides$ . -args -update

// All returns every kind. The values are shared and must not be changed.
func All() []*kind.Kind {
	return []*kind.Kind{
		&conditionalAccessPolicy,
		&namedLocation,
		&group,
		&groupMember,
		&groupSetting,
		&user,
		&administrativeUnit,
		&administrativeUnitRoleMember,
		&directoryRoleDefinition,
		&directoryRoleAssignment,
		&application,
		&applicationFederatedIdentityCredential,
		&applicationPreAuthorized,
		&applicationAPIAccess,
		&applicationPassword,
		&applicationExtensionProperty,
		&servicePrincipal,
		&appRoleAssignment,
		&oauth2PermissionGrant,
		&claimsMappingPolicy,
		&tokenLifetimePolicy,
		&homeRealmDiscoveryPolicy,
		&authenticationStrengthPolicy,
		&authenticationStrengthCombinationConfiguration,
		&authenticationContext,
		&termsOfUse,
		&directoryRoleTemplate,
		&directoryRole,
	}
}

// ByName returns the kind of that name, or nil.
func ByName(name string) *kind.Kind {
	for _, k := range All() {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// The references that more than one kind has.
var (
	toGroup    = kind.To("group")
	toUser     = kind.To("user")
	toLocation = kind.To("named_location")
	toRole     = kind.To("directory_role_template")
	toApp      = kind.ToApp("application", "service_principal")

	// toMember is whatever can be a member: a group's or a unit's members come
	// in one list without order.
	toMember = kind.To("user", "group", "service_principal", "device")
	toOwner  = kind.To("user", "service_principal")
)

// ownID is the id that Graph makes.
func ownID(title string) kind.Attr {
	return kind.Text("id", kind.Computed, "Object id of the "+title+". A recreated object has another one.")
}

// chosenID is an id that the code chooses.
func chosenID(doc string) kind.Attr {
	a := kind.Text("id", kind.Required, doc).AtCreation()
	a.Channel, a.Property = kind.InPath, ""
	return a
}

// deletedAt is the mark of an object in the recycle bin. Planned to null, it
// is the restore.
func deletedAt(title string) kind.Attr {
	return kind.Text("deleted_date_time", kind.Computed,
		"When the "+title+" was moved to the recycle bin, RFC 3339. Null while it lives; an apply restores it, so a plan always sets it to null.")
}

// deletedBy and lastChangedBy are on every kind of object that the audit log names.
func deletedBy(title string) kind.Attr {
	return logged("deleted_by", "Who deleted the "+title+", when, and the record of the audit log that says so: `alice@contoso.com at 2026-11-20T14:03:11Z (audit Directory_…)`. "+
		"Null while it lives, and where the audit log does not say.")
}

// removedBy is deletedBy on a link between objects and a part of one: to the audit log it
// is no object, and its removal is a change of those.
func removedBy(title string) kind.Attr {
	return logged("deleted_by", "Who removed the "+title+", when, and the record of the audit log that says so: `alice@contoso.com at 2026-11-20T14:03:11Z (audit Directory_…)`. "+
		"Null while it is there, where it went with another object, and where the audit log does not say.")
}

func lastChangedBy(title string) kind.Attr {
	return logged("last_changed_by", "Who was the last to change the "+title+" where it is no longer as it was left, in the form of `deleted_by`. "+
		"Null while nothing differs, and where the audit log does not say; an apply that writes the object sets it to null.")
}

func logged(name, doc string) kind.Attr {
	a := kind.Text(name, kind.Computed, doc)
	a.Channel, a.Property = kind.Logged, ""
	return a
}

// mayReplace lets a property that Graph fixes at creation change at the price
// of a new object.
func mayReplace() kind.Attr {
	a := kind.Flag("allow_replacement", kind.Optional,
		"Whether a change to an attribute that Microsoft Graph fixes at creation may destroy the object and create another with a new id. Without it such a plan is an error.")
	a.Channel = kind.Local
	return a
}

// country is how Graph wants countries.
var country = &kind.Spelling{Says: "a two-letter code of ISO 3166-1 in capitals, such as CH", Fits: regexp.MustCompile(`^[A-Z]{2}$`).MatchString}

// aGUID is for ids that are no references.
var aGUID = &kind.Spelling{Says: "a GUID", Fits: kind.IsGUID}

// protection is on every kind of object that is managed. See kind.Guarded for
// what it is where the code does not say.
func protection() kind.Attr {
	a := kind.Flag("deletion_protection", kind.Optional,
		"Whether a plan that deletes the object is an error. What the last apply wrote into the state counts: to delete a protected object, apply `false` first. The guide *Recovery* says what Terraform hides from it.")
	a.Channel = kind.Local
	return a
}

// onHardDelete is on the kinds that say what a new id breaks.
func onHardDelete() kind.Attr {
	a := kind.Text("on_hard_delete", kind.Optional,
		"What a plan does when the object was deleted permanently: `refuse` makes it an error, `recreate` makes another with a new id. Left out, it is what the provider block says, and `refuse` where that says nothing.").
		OneOf("refuse", "recreate")
	a.Channel = kind.Local
	return a
}

const guid = `[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`

// inMembershipRule finds the groups that a dynamic rule names:
// user.memberof -any (group.objectId -in ['<id>', '<id>']).
var inMembershipRule = kind.Embedded{Ref: toGroup, Pattern: regexp.MustCompile(`['"](` + guid + `)['"]`)}

// inAppURI finds the app id in api://<app id> and api://<app id>/<path>.
var inAppURI = kind.Embedded{Ref: kind.ToApp("application"), Pattern: regexp.MustCompile(`^api://(` + guid + `)(?:/|$)`)}
