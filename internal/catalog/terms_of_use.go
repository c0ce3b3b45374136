package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// Terms of use: documents that users accept before a Conditional Access policy lets them
// in. Graph takes the documents and never returns them.
var termsOfUse = kind.Kind{
	Name:   "terms_of_use",
	Title:  "terms of use",
	Plural: "terms of use",
	Many:   "terms_of_use_agreements",
	Type:   "agreement",
	Doc:    "Terms of use: PDF documents that users accept before a Conditional Access policy lets them in.\n\nMicrosoft documents this part of Graph for people and not for applications: sign in with the Azure CLI, a browser or a device code, as a Conditional Access Administrator, to manage or export terms of use. An export writes them only with `--include terms_of_use`; otherwise a policy refers to theirs by its id in `external.tf`. Before a policy is written, its terms of use are not looked up.\n\nMicrosoft Graph never returns the documents. Keep the PDF files beside the code and name them in `files`: without them terms of use cannot be made anew. What Graph holds of the documents is not compared with them. Deleting is final, whoever accepted is forgotten, and Graph refuses it while a policy refers to them. Terms of use that are made anew have another id, and everybody accepts them again.",
	Life:   kind.In("/identityGovernance/termsOfUse/agreements").RefusedWhileReferred(),
	Label:  "display_name",
	Keys:   []string{"display_name"},
	Read:   []string{"Agreement.Read.All (delegated)"},
	Write:  []string{"Agreement.ReadWrite.All (delegated)"},
	Ignored: []string{
		"file", "acceptances",
	},
	Attrs: []kind.Attr{
		ownID("terms of use"),
		deletedBy("terms of use"),
		lastChangedBy("terms of use"),
		kind.Text("display_name", kind.Required, "Name of the terms of use in the admin center. Users see the names of the files."),
		kind.Flag("is_viewing_before_acceptance_required", kind.Default, "Whether users must open the document before they accept it.").Or(false),
		kind.Flag("is_per_device_acceptance_required", kind.Optional, "Whether users accept on every device.").Unset(false).AtCreation(),
		kind.Text("user_reaccept_required_frequency", kind.Optional, "After which time each user accepts again, as an ISO 8601 duration: `P90D`.").AtCreation(),
		kind.Block("terms_expiration", kind.Optional, "When everybody accepts again.",
			kind.Text("start_date_time", kind.Required, "From when on, RFC 3339.").Via(instant),
			kind.Text("frequency", kind.Optional, "How often after that, as an ISO 8601 duration: `P365D`.")).AtCreation(),
		kind.Blocks("files", kind.Optional, "The documents, one for each language. They are sent when the terms of use are made, and needed then; later changes of a file's content are not seen.",
			kind.Text("file_name", kind.Required, "Name of the file: `terms.pdf`."),
			kind.Text("display_name", kind.Optional, "Name that users see."),
			kind.Text("language", kind.Required, "Language of the document: `en`."),
			kind.Flag("is_default", kind.Optional, "Whether users see it who have none of the languages: true for exactly one."),
			kind.Text("source", kind.Required, "Path of the PDF file, such as `\"${path.module}/terms.pdf\"`.").As("fileData").FromFile()).GivenAtCreation(),
		protection(),
		mayReplace(),
	},
	FilterDoc: "`eq` with `displayName`.",
	OnRequest: true,
	Delegated: true,
}
