package emulator

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Secrets of applications and service principals, whose text is told once: in the answer
// of addPassword, or of the POST that made the application with them.

// newPassword makes a secret with what a client may say of it.
func (t *Tenant) newPassword(given body) (secret body, text string, gerr *graphError) {
	text = randomHex(20)
	secret = t.newSecret(uuid.NewString(), text)
	for property, v := range given {
		s, isText := v.(string)
		switch property {
		case "displayName":
		case "startDateTime", "endDateTime":
			if _, err := time.Parse(time.RFC3339Nano, s); v != nil && err != nil {
				return nil, "", badRequest("Cannot convert the value of property '%s' to the expected type 'Edm.DateTimeOffset'.", property)
			}
		default:
			return nil, "", badRequest("Property '%s' cannot be set.", property)
		}
		if isText {
			secret[property] = s
		}
	}
	return secret, text, nil
}

func addPassword(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.keyHolder(c))
	if gerr != nil {
		return nil, gerr
	}
	in := body{}
	if len(c.raw) > 0 {
		if in, gerr = c.decode(); gerr != nil {
			return nil, gerr
		}
	}
	given := body{}
	for name, v := range in {
		b, isObject := v.(body)
		if name != "passwordCredential" || !isObject {
			return nil, badRequest("Invalid property '%s'.", name)
		}
		given = clean(b)
	}
	secret, text, gerr := t.newPassword(given)
	if gerr != nil {
		return nil, gerr
	}
	secrets := append(slices.Clone(list(o.body["passwordCredentials"])), any(secret))
	t.auditSecrets(c, o, "passwordCredentials", secrets)
	o.body["passwordCredentials"] = secrets
	t.touched(o, "passwordCredentials")
	out := body{"@odata.context": c.context("microsoft.graph.passwordCredential"), "secretText": text}
	for k, v := range secret {
		out[k] = v
	}
	return ok(out), nil
}

// firstSecrets makes the secrets that a new application comes with. "You can also add
// passwords while creating the application":
// https://learn.microsoft.com/graph/api/application-addpassword
func (t *Tenant) firstSecrets(o *object) *graphError {
	var made []any
	for _, given := range list(o.body["passwordCredentials"]) {
		secret, text, gerr := t.newPassword(given.(body))
		if gerr != nil {
			return gerr
		}
		if o.told == nil {
			o.told = map[string]string{}
		}
		made, o.told[textOf(secret["keyId"])] = append(made, secret), text
	}
	o.body["passwordCredentials"] = made
	return nil
}

// tellSecrets puts the text of new secrets into the answer to the POST that made them.
func tellSecrets(o *object, out body) {
	for _, v := range list(out["passwordCredentials"]) {
		if secret := v.(body); o.told[textOf(secret["keyId"])] != "" {
			secret["secretText"] = o.told[textOf(secret["keyId"])]
		}
	}
	o.told = nil
}

// settlePasswords reads the passwordCredentials of a PATCH of a service principal, which
// sets a token-signing key together with the password of its private half, or drops them.
// https://learn.microsoft.com/graph/application-saml-sso-configure-api
func settlePasswords(old, next *object, sent body) *graphError {
	if _, given := sent["passwordCredentials"]; !given {
		return nil
	}
	var kept []any
	for _, v := range list(next.body["passwordCredentials"]) {
		secret := v.(body)
		if before := entryOf(old, "passwordCredentials", secret["keyId"]); before != nil {
			kept = append(kept, before)
			continue
		}
		key := entryOf(next, "keyCredentials", secret["keyId"])
		if key["usage"] != "Sign" || textOf(secret["secretText"]) == "" {
			return badRequest("A new password credential of a service principal needs a secretText and goes with a key credential of usage 'Sign' that has its keyId.")
		}
		delete(secret, "secretText")
		kept = append(kept, secret)
	}
	next.body["passwordCredentials"] = kept
	return nil
}

func removePassword(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.keyHolder(c))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	secrets := list(o.body["passwordCredentials"])
	left := slices.DeleteFunc(slices.Clone(secrets), func(s any) bool { return same(s.(body)["keyId"], in["keyId"]) })
	if len(left) == len(secrets) {
		return nil, badRequest("No password credential found with keyId.")
	}
	t.auditSecrets(c, o, "passwordCredentials", left)
	o.body["passwordCredentials"] = left
	t.touched(o, "passwordCredentials")
	return noContent, nil
}
