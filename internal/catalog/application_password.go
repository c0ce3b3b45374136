package catalog

import (
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A client secret. Graph makes it and tells it once, so that it is an output.
var applicationPassword = kind.Kind{
	Name:   "application_password",
	Title:  "client secret",
	Plural: "client secrets",
	Type:   "passwordCredential",
	Doc: "A client secret of an application, with which it signs in.\n\n" +
		"Microsoft Graph makes the secret and tells it once. `store` says what becomes of it: `age1…` keeps it in the state, encrypted to that recipient of [age](https://age-encryption.org); `state` keeps it in the state as it is, for whoever can read the state; without `store` it is kept and shown nowhere. Prefer `entra_application_federated_identity_credential`, which has no secret, where the workload can do with it.\n\n" +
		"Nothing about a client secret can change. When an attribute of it changes, another is made, and then the old one is removed: whoever signs in with it must be given the new one. A change of `store` alone makes no other secret: it holds for the next, and one that the state holds as it is becomes encrypted. `rotate_when_changed` that is set for the first time, as after an import, makes none either.\n\n" +
		"A secret goes to the recycle bin with its application and comes back with it, still valid. When the application was permanently deleted, or the secret was removed by somebody else, the next apply makes another.\n\n" +
		"An export does not write client secrets, since none can be brought back.",
	Life: kind.ItemOf("/applications/{application_id}", "passwordCredentials", "id").
		ByActions(kind.Pair{Add: "addPassword", Remove: "removePassword", Wrap: "passwordCredential"}),
	Label:   "display_name",
	SignsIn: true,
	Read:    []string{"Application.Read.All"},
	Write:   []string{"Application.ReadWrite.All"},
	Ignored: []string{"customKeyIdentifier", "secretText"},
	Removal: kind.TakenOut("application_id", "KeyDescription", "Update application – Certificates and secrets management"),
	Attrs: []kind.Attr{
		kind.Text("id", kind.Computed, "Key id of the secret. Another secret has another one.").As("keyId"),
		kind.Within("application_id", "Object id of the application.", kind.To("application")),
		removedBy("secret"),
		kind.Text("display_name", kind.Optional, "What the secret is for.").AtCreation(),
		kind.Text("start_date_time", kind.Server, "When it begins to be valid, RFC 3339. Left out, at once.").AtCreation().Via(instant),
		kind.Text("end_date_time", kind.Server, "When it ends to be valid, RFC 3339. Left out, after two years.").AtCreation().Via(instant),
		kind.Text("hint", kind.Computed, "The first three characters of the secret."),
		instruction("store", "What becomes of the secret: `state`, or an age recipient `age1…`. Left out, it is shown nowhere."),
		instruction("rotate_when_changed", "A text of your choice, such as the id of a `time_rotating`: when it changes, another secret takes the place of this one.").AtCreation(),
		kind.Told("secret_text", "secretText", kind.Output{Keeper: "store", Word: "state"}, "The secret, where `store` is `state`."),
		kind.Told("secret_encrypted", "secretText", kind.Output{Keeper: "store", Prefix: "age1", Plain: "secret_text"}, "The secret, encrypted to the recipient in `store`: what `age --decrypt` reads."),
	},
}

// instruction is what Graph never sees.
func instruction(name, doc string) kind.Attr {
	a := kind.Text(name, kind.Optional, doc)
	a.Channel = kind.Local
	return a
}

// instant is a point in time, of which there are many spellings.
var instant = &kind.Codec{
	Encode: func(s string) any { return s },
	Decode: func(v any) (string, bool) { s, ok := v.(string); return s, ok },
	Canon: func(s string) string {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return s
		}
		return t.UTC().Format(time.RFC3339Nano)
	},
}
