package managed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Items that a pair of actions makes and takes away, and the secrets that Graph
// tells with them. A secret goes from Graph's answer into the attributes that
// the code names, and nowhere else: never into an error, a message or a log.

// add makes an item by its action, and keeps the secret as want says. Graph
// makes another at every request, so nothing here is repeated without an answer.
func (w writer) add(ctx context.Context, want kind.Values) (kind.Values, error) {
	if err := keepable(w.kind, want); err != nil {
		return nil, err // before there is a secret that nobody could keep
	}
	at, id := w.kind.Life.Expand(want), parentID(w.kind, want)
	defer w.shelves.lock(at)()
	answer, err := w.send(ctx, []string{id}, graph.Request{
		Method: "POST", Version: graph.Version(w.kind.Life.ReadFrom), Path: at + "/" + w.kind.Life.Actions.Add,
		Body: kind.Body{w.kind.Life.Actions.Wrap: w.kind.Encode(want, "")},
	})
	if err != nil {
		return nil, err
	}
	made, _ := w.kind.Decode(answer)
	key := w.kind.KeyOf(answer)
	if key == "" {
		return nil, fmt.Errorf("Graph made the %s, but its answer has no id", w.kind.Title)
	}
	got := kind.Values{"id": key}
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		if value, set := made[a.Name]; set && (a.Mode == kind.Computed || a.Mode == kind.Server) {
			got[a.Name] = value
		}
	}
	w.written(id, key)
	if err := keep(w.kind, want, got, func(a *kind.Attr) string { return text(answer[a.Property]) }); err != nil {
		return got, err
	}
	want["id"] = key
	// It shows on reading after a while (P14): what another process does not see it would make again.
	_ = w.untilThere(ctx, key, func() error {
		_, where, err := w.item(ctx, w.kind, want, true)
		if err == nil && where != live {
			return errNotThere
		}
		return err
	})
	return got, nil
}

// withdraw takes an item away by its action.
func (w writer) withdraw(ctx context.Context, had kind.Values) error {
	at := w.kind.Life.Expand(had)
	defer w.shelves.lock(at)()
	_, err := w.client.Do(ctx, graph.Request{
		Method: "POST", Version: graph.Version(w.kind.Life.ReadFrom), Path: at + "/" + w.kind.Life.Actions.Remove,
		Body: kind.Body{w.kind.KeyProperty(): had["id"]}, Idempotent: true,
	})
	if graph.IsBadRequest(err) || graph.IsNotFound(err) {
		if _, where, findErr := w.item(ctx, w.kind, had, true); findErr == nil && where != live {
			return nil
		}
	}
	if err == nil {
		w.written(parentID(w.kind, had))
	}
	return err
}

// keepable tells whether a secret could be kept as the values say.
func keepable(k *kind.Kind, v kind.Values) error {
	for i := range k.Attrs {
		if o := k.Attrs[i].Output; o != nil && o.Word == "" && o.Keeps(text(v[o.Keeper])) {
			if _, err := recipient(text(v[o.Keeper])); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep puts secrets where the values say that they are kept.
func keep(k *kind.Kind, v, got kind.Values, secret func(*kind.Attr) string) error {
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.Output == nil || !a.Output.Keeps(text(v[a.Output.Keeper])) || secret(a) == "" {
			continue
		}
		got[a.Name] = secret(a)
		if a.Output.Word == "" {
			sealed, err := seal(text(v[a.Output.Keeper]), secret(a))
			if delete(got, a.Name); err != nil {
				return err
			}
			got[a.Name] = sealed
		}
	}
	return nil
}

// sealLater seals what the state held in the open, where the plan says so.
func sealLater(k *kind.Kind, planned tftypes.Value, had, want, made kind.Values) error {
	fields, err := wire.Fields(planned)
	if err != nil {
		return err
	}
	return keep(k, want, made, func(a *kind.Attr) string {
		if fields[a.Name].IsKnown() || a.Output.Plain == "" {
			return ""
		}
		return text(had[a.Output.Plain])
	})
}

func recipient(s string) ([]age.Recipient, error) {
	all, err := age.ParseRecipients(strings.NewReader(s))
	if err != nil || len(all) != 1 {
		return nil, fmt.Errorf("%q is no recipient of age: one begins with age1 and is what age-keygen prints as the public key", s)
	}
	return all, nil
}

// errSeal says nothing of what could not be sealed.
var errSeal = errors.New("the secret was made, but could not be encrypted, so nobody has it. Change rotate_when_changed to have another one")

// seal encrypts a secret to a recipient, as text.
func seal(to, secret string) (string, error) {
	recipients, err := recipient(to)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	text := armor.NewWriter(&b)
	w, err := age.Encrypt(text, recipients...)
	if err != nil {
		return "", errSeal
	}
	if _, err := w.Write([]byte(secret)); err != nil {
		return "", errSeal
	}
	if w.Close() != nil || text.Close() != nil {
		return "", errSeal
	}
	return b.String(), nil
}

// validateOutputs checks, as far as it is known, that secrets can be kept as the
// code wants.
func (r *object) validateOutputs(fields map[string]tftypes.Value, diags *diag.Diagnostics) {
	keepers := map[string][]*kind.Output{}
	for i := range r.kind.Attrs {
		if o := r.kind.Attrs[i].Output; o != nil {
			keepers[o.Keeper] = append(keepers[o.Keeper], o)
		}
	}
	for name, outputs := range keepers {
		var s string
		if v := fields[name]; !v.IsKnown() || v.IsNull() || v.As(&s) != nil {
			continue
		}
		words, kept := []string{}, false
		for _, o := range outputs {
			kept = kept || o.Keeps(s)
			words = append(words, fmt.Sprintf("%q", o.Word+o.Prefix))
		}
		err := keepable(r.kind, kind.Values{name: s})
		if !kept {
			err = fmt.Errorf("%q is not valid: it must be or begin with one of %s", s, strings.Join(words, ", "))
		}
		if err != nil {
			diags.AddAttributeError(path.Root(name), "Invalid "+name, err.Error())
		}
	}
}
