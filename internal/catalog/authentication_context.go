package catalog

import (
	"regexp"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// An authentication context: a label that applications ask for and policies
// cover. Its id is the code's choice, so that it keeps it when made anew.
var authenticationContext = kind.Kind{
	Name:      "authentication_context",
	Title:     "authentication context",
	Plural:    "authentication contexts",
	Type:      "authenticationContextClassReference",
	Doc:       "An authentication context: what an application asks for, such as step-up authentication, and what Conditional Access policies cover with their conditions.\n\nIts id, `c1` to `c99`, is yours to choose and stays the same when the context is made anew. Microsoft Graph deletes neither a published context nor one that a policy refers to; the provider takes back the publication before it deletes one.",
	Life:      kind.KeyedAt("/identity/conditionalAccess/authenticationContextClassReferences").InOnePage().RefusedWhileReferred(),
	Label:     "display_name",
	Keys:      []string{"display_name"},
	Read:      []string{"Policy.Read.All"},
	Write:     []string{"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"},
	FilterDoc: "For example `eq` with `displayName`. Which expressions Graph takes is not documented.",
	Attrs: []kind.Attr{
		chosenID("Id of the context, `c1` to `c99`."),
		deletedBy("context"),
		lastChangedBy("context"),
		kind.Text("display_name", kind.Required, "Name of the context."),
		kind.Text("description", kind.Optional, "What the context is for."),
		kind.Flag("is_available", kind.Default, "Whether the context is published, so that applications can use it.").Or(true),
		mayReplace(),
		protection(),
	},
	// A published context is not deleted:
	// https://learn.microsoft.com/graph/api/authenticationcontextclassreference-delete
	Steps: func(live, patch kind.Body) []kind.Body {
		switch {
		case patch != nil:
			return []kind.Body{patch}
		case live["isAvailable"] == true:
			return []kind.Body{{"isAvailable": false}}
		}
		return nil
	},
}

// toContext is a reference to an authentication context.
var toContext = kind.To("authentication_context").Like(regexp.MustCompile(`^c[1-9][0-9]?$`))
