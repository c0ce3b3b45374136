package emulator

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// exchangeProperties live in Exchange: a token without a signed-in user cannot write them.
var exchangeProperties = []string{"allowExternalSenders", "autoSubscribeNewMembers", "hideFromAddressLists", "hideFromOutlookClients"}

func groups() *resource {
	return &resource{
		typ: "group", set: "groups", paths: []string{"/groups"}, directory: true, keys: []string{"uniqueName"},
		required: []string{"displayName", "mailEnabled", "mailNickname", "securityEnabled"},
		readOnly: []string{"id", "createdDateTime", "deletedDateTime", "expirationDateTime", "mail", "onPremisesDomainName",
			"onPremisesLastSyncDateTime", "onPremisesNetBiosName", "onPremisesObjectIdentifier", "onPremisesProvisioningErrors", "onPremisesSamAccountName",
			"onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "onPremisesExtensionAttributes", "proxyAddresses", "renewedDateTime", "securityIdentifier",
			"licenseProcessingState", "hasMembersWithLicenseErrors", "serviceProvisioningErrors", "isManagementRestricted",
			"assignedLabels", "assignedLicenses", "organizationId", "createdByAppId", "infoCatalogs", "isArchived",
			"unseenCount", "unseenConversationsCount", "unseenMessagesCount", "isSubscribedByMail", "isFavorite", "accessType"},
		notOnCreate: exchangeProperties,
		fixed:       []string{"isAssignableToRole", "uniqueName", "mailEnabled", "resourceBehaviorOptions", "resourceProvisioningOptions"},
		basic: []string{"id", "deletedDateTime", "classification", "createdDateTime", "description", "displayName",
			"expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname", "membershipRule",
			"membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime", "onPremisesNetBiosName",
			"onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "preferredDataLocation",
			"preferredLanguage", "proxyAddresses", "renewedDateTime", "resourceBehaviorOptions", "resourceProvisioningOptions",
			"securityEnabled", "securityIdentifier", "theme", "uniqueName", "visibility", "onPremisesProvisioningErrors",
			"serviceProvisioningErrors"},
		basicBeta: []string{"createdByAppId", "organizationId", "infoCatalogs", "isManagementRestricted", "onPremisesObjectIdentifier",
			"writebackConfiguration"},
		relations: map[string][]string{
			"members": {"user", "group", "device", "servicePrincipal", "orgContact"},
			"owners":  {"user", "servicePrincipal"},
		},
		prepare:   prepareGroup,
		check:     checkGroup,
		embellish: embellishGroup,
		deletable: deletableGroup,
	}
}

func prepareGroup(t *Tenant, o *object) {
	at := timestamp(t.now())
	o.body["createdDateTime"], o.body["renewedDateTime"] = at, at
	o.body["securityIdentifier"] = securityIdentifier(o.id)
	if unified(o) {
		setDefault(o.body, "visibility", "Public")
		mail := o.text("mailNickname") + "@" + t.initialDomain()
		o.body["mail"], o.body["proxyAddresses"] = mail, []any{"SMTP:" + mail}
	} else if o.body["isAssignableToRole"] == true {
		setDefault(o.body, "visibility", "Private")
	}
	if o.body["isAssignableToRole"] == false {
		o.body["isAssignableToRole"] = nil
	}
}

// embellishGroup: a group that was never written back to Active Directory has a
// writebackConfiguration of nulls. https://learn.microsoft.com/graph/api/group-get?view=graph-rest-beta
func embellishGroup(_ *Tenant, c *call, o *object, out body) {
	if _, shown := out["writebackConfiguration"]; shown && o.body["writebackConfiguration"] == nil {
		out["writebackConfiguration"] = c.complexValue("groupWritebackConfiguration", body{})
	}
}

func unified(o *object) bool { return contains(o.body["groupTypes"], "Unified") }

func dynamic(o *object) bool {
	return contains(o.body["groupTypes"], "DynamicMembership") || o.text("membershipType") == "Dynamic"
}

func checkGroup(t *Tenant, c *call, old, next *object, sent body) *graphError {
	for _, p := range exchangeProperties {
		if _, given := sent[p]; given {
			return &graphError{Status: 403, Code: "ErrorAccessDenied", Message: "Access is denied. Property '" + p + "' needs a signed-in user."}
		}
	}
	if gerr := filled(next, "displayName", "mailNickname"); gerr != nil {
		return gerr
	}
	if gerr := checkGroupNames(next); gerr != nil {
		return gerr
	}
	nickname := next.text("mailNickname")
	if gerr := checkGroupKind(old, next); gerr != nil {
		return gerr
	}
	if gerr := checkGroupVisibility(old, next); gerr != nil {
		return gerr
	}
	if unified(next) && (t.taken("group", "mailNickname", nickname, next) || t.rules.nicknamesReserved && t.binnedNickname(nickname, next)) {
		return conflicting("mailNickname")
	}
	if old == nil {
		if gerr := t.addressConflict(next); gerr != nil {
			return gerr
		}
	}
	if v := next.text("uniqueName"); v != "" && t.reserved("group", "uniqueName", v, next) {
		return conflicting("uniqueName")
	}
	return checkRule(next, sent, dynamic(next))
}

// checkGroupNames wants a mail nickname that is one, and known types.
func checkGroupNames(o *object) *graphError {
	nickname := o.text("mailNickname")
	if len(nickname) > 64 || strings.ContainsAny(nickname, "@()\\[]\";:<>, ") || strings.ContainsFunc(nickname, func(r rune) bool { return r > 127 }) {
		return badRequest("Invalid value specified for property 'mailNickname' of resource 'Group'.")
	}
	for _, v := range list(o.body["groupTypes"]) {
		if v != "Unified" && v != "DynamicMembership" {
			return badRequest("A value was not valid for property 'groupTypes' of resource 'Group': '%v'.", v)
		}
	}
	return nil
}

// binnedNickname tells whether another Microsoft 365 group in the recycle bin has it.
func (t *Tenant) binnedNickname(nickname string, except *object) bool {
	return slices.ContainsFunc(t.shelf("group").all(true), func(o *object) bool {
		return unified(o) && o.id != except.id && strings.EqualFold(o.text("mailNickname"), nickname)
	})
}

// addressConflict refuses addresses that a live user or group has.
func (t *Tenant) addressConflict(o *object) *graphError {
	holder := t.addressHolder(list(o.body["proxyAddresses"]), o)
	if holder == nil {
		return nil
	}
	err := conflicting("proxyAddresses")
	err.Details = append(err.Details, errorDetail{Code: "ConflictingObjects", Message: holder.id})
	return err
}

// addressHolder finds a live user or group that has one of the addresses.
func (t *Tenant) addressHolder(addresses []any, except *object) *object {
	if len(addresses) == 0 { // most groups: a large directory is not gone through for them
		return nil
	}
	var holder *object
	for _, typ := range []string{"group", "user"} {
		t.shelf(typ).each(func(o *object) bool {
			if o.id != except.id && slices.ContainsFunc(list(o.body["proxyAddresses"]), func(have any) bool {
				return slices.ContainsFunc(addresses, func(want any) bool { return same(have, want) })
			}) {
				holder = o
			}
			return holder == nil
		})
	}
	return holder
}

// checkGroupKind allows the kinds that Graph can create, and no change between them.
func checkGroupKind(old, next *object) *graphError {
	mail, security := next.body["mailEnabled"] == true, next.body["securityEnabled"] == true
	if old != nil {
		if unified(old) != unified(next) {
			return badRequest("The group type of an existing group cannot be changed.")
		}
		if next.body["mailEnabled"] == nil || next.body["securityEnabled"] == nil {
			return badRequest("Invalid value specified for property 'securityEnabled' of resource 'Group'.")
		}
		if !mail && !security {
			return badRequest("The 'securityEnabled' property of a group that is not mail-enabled must be true.")
		}
		return nil
	}
	switch {
	case unified(next) && !mail:
		return badRequest("The 'mailEnabled' property of a Microsoft 365 group must be true.")
	case !unified(next) && mail:
		return badRequest("The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and try again.")
	case !mail && !security:
		return badRequest("The 'securityEnabled' property of a group that is not mail-enabled must be true.")
	case next.body["isAssignableToRole"] == true && (!security || dynamic(next)):
		return badRequest("A group with isAssignableToRole must be security-enabled and have assigned membership.")
	}
	return nil
}

func checkGroupVisibility(old, next *object) *graphError {
	v := next.text("visibility")
	switch {
	case v == "" || v == "Private" || v == "Public":
	case v == "HiddenMembership" && (old == nil || old.text("visibility") == v):
		if !unified(next) {
			return badRequest("HiddenMembership can be set for Microsoft 365 groups only.")
		}
		return nil
	default:
		return badRequest("Invalid value specified for property 'visibility' of resource 'Group'.")
	}
	if old != nil && old.text("visibility") == "HiddenMembership" {
		return badRequest("The visibility of a group with hidden membership cannot be changed.")
	}
	if next.body["isAssignableToRole"] == true && v == "Public" {
		return badRequest("A group with isAssignableToRole cannot be public.")
	}
	return nil
}

// securityIdentifier is computed from the object id, as Entra does: the four words of
// the GUID, little-endian, behind S-1-12-1.
func securityIdentifier(id string) string {
	u, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	b := slices.Clone(u[:])
	slices.Reverse(b[0:4]) // a GUID in memory has its first three parts little-endian
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
	return fmt.Sprintf("S-1-12-1-%d-%d-%d-%d", word(0), word(4), word(8), word(12))
}

// deletableGroup keeps a group that gives licences.
func deletableGroup(_ *Tenant, o *object) *graphError {
	if len(list(o.body["assignedLicenses"])) > 0 {
		return badRequest("Unable to delete the group because there is a product license assigned to the group. To delete this group, remove any product licenses first.")
	}
	return nil
}
