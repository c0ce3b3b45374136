package catalog

import (
	"crypto/rand"
	"strconv"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A user: an account of the tenant's own, in the cloud. Most accounts come from HR or from
// on-premises, and code should not own those; so an export writes them on request alone.
var user = kind.Kind{
	Name:   "user",
	Title:  "user",
	Plural: "users",
	Type:   "user",
	Doc:    "A user of the tenant that exists in the cloud alone, such as an administrator's second account.\n\nMicrosoft Graph wants a password for a new user. The provider makes a random one, tells it nobody and keeps it nowhere, and demands another at the first sign-in: let the person in by a Temporary Access Pass, by self-service reset, or by a reset. A user that was deleted comes back from the recycle bin with the password, the groups and the licences that it had; one that is made anew has none of them, and another id.\n\nUsers synchronized from on-premises are read-only in the cloud, and guests are invited and not created: neither is managed. An export writes users only with `--include user`, and never one that a Conditional Access policy leaves out, by its id or as a member of a group: it may be an account for emergencies, and no mistake in code must reach that. Do not write such an account by hand either: one that `break_glass` in the provider block names is refused.\n\nNot managed are passwords and other authentication methods, licences, `identities`, custom security attributes, `employeeLeaveDateTime`, which needs a permission of its own, and what SharePoint holds of a person's profile (`aboutMe`, `birthday`, `interests`, `skills` and their like), which an application cannot write.",
	Life:   kind.In("/users").DirectoryBin("user"),
	Label:  "user_principal_name",
	Keys:   []string{"user_principal_name"},
	Read:   []string{"User.Read.All"},
	Write:  []string{"User.ReadWrite.All"},
	Ignored: []string{
		"createdDateTime", "securityIdentifier", "proxyAddresses", "imAddresses",
	},
	Attrs: []kind.Attr{
		ownID("user"),
		deletedAt("user"),
		deletedBy("user"),
		lastChangedBy("user"),
		kind.Text("user_principal_name", kind.Required, "User principal name: the name to sign in with, in one of the tenant's domains.").FoldCase(),
		kind.Text("display_name", kind.Required, "Name shown in the address book."),
		kind.Text("mail_nickname", kind.Required, "Mail alias.").OnlySelected(),
		kind.Flag("account_enabled", kind.Default, "Whether the user can sign in.").Or(true).OnlySelected().DisabledBy(false),
		kind.Text("given_name", kind.Optional, "First name."),
		kind.Text("surname", kind.Optional, "Family name."),
		// Exchange derives it from the addresses of a mailbox.
		kind.Text("mail", kind.Server, "SMTP address. Left out, it is what Microsoft Graph has."),
		kind.Set("other_mails", kind.Optional, "Further e-mail addresses.").OnlySelected(),
		kind.Text("job_title", kind.Optional, "Job title."),
		kind.Text("department", kind.Optional, "Department.").OnlySelected(),
		kind.Text("company_name", kind.Optional, "Company.").OnlySelected(),
		kind.Text("office_location", kind.Optional, "Office."),
		kind.LinkTo("manager", "Object id of the user who is this one's manager. Left out, there is none.", kind.To("user")),
		kind.Text("employee_id", kind.Optional, "Employee id.").OnlySelected(),
		kind.Text("employee_type", kind.Optional, "Kind of worker, such as `Employee` or `Contractor`.").OnlySelected(),
		kind.Text("employee_hire_date", kind.Optional, "When the person was or will be hired, RFC 3339.").Via(instant).OnlySelected(),
		kind.Block("employee_org_data", kind.Optional, "Where the person stands in the organization.",
			kind.Text("cost_center", kind.Optional, "Cost center."),
			kind.Text("division", kind.Optional, "Division.")).OnlySelected(),
		kind.Set("business_phones", kind.Optional, "Telephone number: one."),
		kind.Text("mobile_phone", kind.Optional, "Mobile telephone number."),
		kind.Text("fax_number", kind.Optional, "Fax number.").OnlySelected(),
		kind.Text("street_address", kind.Optional, "Street.").OnlySelected(),
		kind.Text("city", kind.Optional, "City.").OnlySelected(),
		kind.Text("postal_code", kind.Optional, "Postal code.").OnlySelected(),
		kind.Text("state", kind.Optional, "State or province.").OnlySelected(),
		kind.Text("country", kind.Optional, "Country or region.").OnlySelected(),
		// Graph documents it as not nullable.
		kind.Text("usage_location", kind.Server, "Two-letter code of the country where the user uses services; licences need it. It cannot be cleared: left out, it is what Microsoft Graph has.").OnlySelected(),
		kind.Text("preferred_language", kind.Optional, "Language, such as `en-US`."),
		kind.Text("preferred_data_location", kind.Optional, "Where the user's data is kept, in a tenant with several places.").OnlySelected(),
		kind.Text("age_group", kind.Optional, "Age group.").OneOf("Minor", "NotAdult", "Adult").OnlySelected(),
		kind.Text("consent_provided_for_minor", kind.Optional, "Whether consent was given for a minor.").OneOf("Granted", "Denied", "NotRequired").OnlySelected(),
		kind.Text("user_type", kind.Optional, "`Member` unless said otherwise, or `Guest`.").Unset("Member").OneOf("Member", "Guest").OnlySelected(),
		kind.Joined("password_policies", kind.Optional, "Exceptions from the rules for passwords.").Unset([]string{"None"}).
			OneOf("None", "DisableStrongPassword", "DisablePasswordExpiration").OnlySelected(),
		kind.Text("on_premises_immutable_id", kind.Optional, "What ties the user to an identity of a federated domain.").OnlySelected(),
		kind.Block("on_premises_extension_attributes", kind.Optional, "The attributes `extensionAttribute1` to `extensionAttribute15` of Exchange.", extensionAttributes()...).OnlySelected(),
		kind.Flag("on_premises_sync_enabled", kind.Computed, "Whether the user is synchronized from on-premises, which a data source may find.").OnlySelected(),
		kind.Text("creation_type", kind.Computed, "How the account was made where it is no work account of the tenant's own: `Invitation`, `LocalAccount`, `EmailVerified`.").OnlySelected(),
		protection(),
		onHardDelete(),
	},
	NewIDBreaks: "the person's authentication methods, mailbox, files and licences, memberships and roles that this configuration does not manage, and everything that names the user by its object id",
	OnRequest:   true,
	Spared:      true,
	Born: func() kind.Body {
		return kind.Body{"passwordProfile": kind.Body{"password": firstPassword(), "forceChangePasswordNextSignIn": true}}
	},
	Skip: func(b kind.Body) string {
		upn, _ := b["userPrincipalName"].(string)
		switch how, _ := b["creationType"].(string); {
		case b["onPremisesSyncEnabled"] == true:
			return "it is synchronized from on-premises and read-only in the cloud"
		case how == "Invitation" || strings.Contains(strings.ToUpper(upn), "#EXT#"):
			return "it is a guest, who is invited and not created"
		case how != "":
			return "it is an account that its owner signed up for (" + how + ")"
		}
		return ""
	},
}

func extensionAttributes() []kind.Attr {
	var out []kind.Attr
	for i := 1; i <= 15; i++ {
		n := strconv.Itoa(i)
		out = append(out, kind.Text("extension_attribute_"+n, kind.Optional, "Attribute "+n+".").As("extensionAttribute"+n))
	}
	return out
}

// firstPassword satisfies the policy of every tenant by its prefix, and nobody guesses
// the rest: rand.Text has at least 128 bits.
func firstPassword() string { return "aA1!" + rand.Text() }
