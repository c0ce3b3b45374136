package kindtest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestKinds puts every kind through everything.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() {
			continue
		}
		make := samples[k.Name]
		if make == nil {
			t.Errorf("%s has no sample", k.Name)
			continue
		}
		for name, check := range checks {
			t.Run(k.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newHost(t)
				s := make(h)
				s.full, s.other = k.Canonical(s.full), k.Canonical(s.other)
				i := h.instance(k)
				i.apply(s.full)
				i.settled(s.full, "after create")
				check(i, s)
			})
		}
	}
}

var checks = map[string]func(i *instance, s sample){
	"update":              update,
	"clear":               clearEach,
	"tamper":              tamper,
	"import":              importByID,
	"binned":              binned,
	"lost":                lost,
	"lost import":         lostImport,
	"purged after plan":   purgedAfterPlan,
	"failed create again": failedCreate,
	"delete":              deleteIt,
	"import by identity":  importByIdentity,
	"invalid import":      invalidImport,
	"delete binned":       deleteBinned,
	"delete lost":         deleteLost,
	"forbidden bin":       forbiddenBin,
	"refused create":      refusedCreate,
	"other tenant":        otherTenant,
	"warnings":            warned,
	"twin":                twin,
	"data source":         found,
}

func update(i *instance, s sample) {
	id := i.get("id")
	i.apply(s.other)
	i.settled(s.other, "after update")
	if !i.kind.Life.Paired() && len(i.kind.Ends()) == len(i.kind.Life.Placeholders()) && i.get("id") != id {
		i.t.Error("an update changed the id")
	}
	i.apply(s.full)
	i.settled(s.full, "after the update back")
}

// clearEach leaves out each optional attribute alone.
func clearEach(i *instance, s sample) {
	for _, a := range i.kind.Attrs {
		if _, set := s.full[a.Name]; !set || a.Mode == kind.Required || a.Mode == kind.Computed || a.Fixed || a.Shape == kind.Variant || slices.Contains(s.keep, a.Name) {
			continue
		}
		less := maps.Clone(s.full)
		delete(less, a.Name)
		i.apply(less)
		i.settled(less, "after clearing "+a.Name)
		i.apply(s.full)
		i.settled(s.full, "after setting "+a.Name+" again")
	}
}

// tamper changes each property behind Terraform's back: the plan must see it
// and the apply put it back.
func tamper(i *instance, s sample) {
	if i.kind.Life.Form == kind.Edge {
		return // nothing about an edge can change
	}
	i = i.as(mallory)
	evil := i.kind.Encode(s.other, i.get("app_id"))
	attrs := i.kind.Attrs
	for _, v := range i.kind.Variants() {
		attrs = append(slices.Clone(attrs), v.Attrs...)
	}
	for _, a := range attrs {
		value, set := evil[a.Property]
		if !set || a.Channel != kind.InBody || a.Shape == kind.Variant || a.Fixed || a.Mode == kind.Computed || a.Name == "app_roles" || a.Name == "api" || a.Name == "security_enabled" || a.Name == "mail_enabled" || a.Name == "sign_in_audience" {
			continue // roles and scopes need two writes; the others are equal in both samples
		}
		body := graph.Body{a.Property: value}
		if t := evil["@odata.type"]; t != nil {
			body["@odata.type"] = t
		}
		i.patchBehind(body)
		i.read()
		i.says("last_changed_by", mallory)
		p := i.plan(s.full)
		if i.empty(p) {
			i.t.Errorf("%s was changed behind our back, and the plan does not see it", a.Name)
			continue
		}
		if f := i.tryApply(p); f != "" {
			i.t.Fatal(a.Name, ": ", f)
		}
		i.settled(s.full, "after putting "+a.Name+" back")
	}
	for _, a := range i.kind.Relations() {
		ids, _ := s.full[a.Name].([]string)
		if len(ids) == 0 || a.Name == "owners" {
			continue
		}
		i.unlink(&a, ids[0])
		i.read()
		i.says("last_changed_by", mallory)
		if p := i.plan(s.full); i.empty(p) {
			i.t.Errorf("one of %s was removed behind our back, and the plan does not see it", a.Name)
		} else if f := i.tryApply(p); f != "" {
			i.t.Fatal(f)
		}
		i.settled(s.full, "after putting "+a.Name+" back")
	}
}

func (i *instance) importID(id string) {
	i.t.Helper()
	resp, err := i.process().ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: i.kind.TypeName(), ID: id})
	if err != nil || failed(resp.Diagnostics) != "" {
		i.t.Fatal(err, failed(resp.Diagnostics))
	}
	one := resp.ImportedResources[0]
	i.state, i.private, i.identity = i.value(one.State), one.Private, one.Identity
}

func importByID(i *instance, s sample) {
	other := i.instance(i.kind)
	other.importID(i.importable())
	if other.identity == nil {
		i.t.Error("an imported object has no identity")
	}
	other.tellInputs(s.full)
	other.settled(s.full, "after import")
}

// gone deletes the object behind Terraform's back, for good if purge.
func (i *instance) gone(purge bool) {
	i.t.Helper()
	if i.element() {
		i.removeBehind()
		return
	}
	if trusted := strings.Contains(i.state.String(), `"is_trusted":tftypes.Bool<"true">`); trusted {
		b, err := i.client.Get(context.Background(), graph.V1, i.path(), nil)
		if err != nil {
			i.t.Fatal(err)
		}
		i.behind("PATCH", i.path(), graph.Body{"@odata.type": b["@odata.type"], "ipRanges": b["ipRanges"], "isTrusted": false})
	}
	if i.kind.Name == "authentication_context" { // a published one is not deleted
		i.behind("PATCH", i.path(), graph.Body{"isAvailable": false})
	}
	i.behind("DELETE", i.path(), nil)
	if purge && i.kind.Life.Bin != "" {
		if i.kind.Name == "administrative_unit" { // leaves by age alone
			i.control("clock", `{"advance":"745h"}`)
			return
		}
		i.behind("DELETE", i.kind.Life.Bin+"/"+i.get("id"), nil)
	}
}

func (h *host) control(what, body string) {
	h.t.Helper()
	resp, err := http.Post(h.url+"/_emulator/"+what, "application/json", strings.NewReader(body))
	if err != nil || resp.StatusCode >= 300 {
		h.t.Fatal(what, err, resp)
	}
	resp.Body.Close()
}

// noFaults ends those that a test has asked for.
func (h *host) noFaults() {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodDelete, h.url+"/_emulator/faults", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode >= 300 {
		h.t.Fatal(err, resp)
	}
	resp.Body.Close()
}

func binned(i *instance, s sample) {
	if i.kind.Life.Bin == "" {
		return
	}
	id := i.get("id")
	i = i.as(alice)
	i.gone(false)
	i.read()
	i.says("deleted_by", alice)
	if i.get("deleted_date_time") == "" {
		i.t.Error("an object in the recycle bin has no deleted_date_time")
	}
	p := i.plan(s.full)
	if i.empty(p) {
		i.t.Fatal("a binned object plans nothing")
	}
	if f := i.tryApply(p); f != "" {
		i.t.Fatal(f)
	}
	if i.get("id") != id {
		i.t.Error("the restore changed the id")
	}
	i.settled(s.full, "after the restore")
}

// unknownID tells whether a plan leaves the id open, or, where the code chooses
// it, makes the object anew.
func unknownID(i *instance, p *plan) bool {
	if i.kind.Life.Form == kind.Keyed {
		return !i.empty(p)
	}
	fields, err := wire.Fields(p.planned)
	if err != nil {
		i.t.Fatal(err)
	}
	return !fields["id"].IsKnown()
}

func (i *instance) lose() {
	i.t.Helper()
	if i.kind.Life.Form == kind.Edge {
		ends := i.kind.Ends()
		i.behind("DELETE", i.kind.Life.Expand(i.values())+"/"+i.get(ends[len(ends)-1])+"/$ref", nil)
		return
	}
	i.gone(true)
}

func lost(i *instance, s sample) {
	id := i.get("id")
	i = i.as(mallory)
	i.lose()
	i.read()
	if i.kind.Name != "administrative_unit" { // nobody can purge it by hand
		i.says("deleted_by", mallory)
	}
	p := i.plan(s.full)
	if !unknownID(i, p) {
		i.t.Fatal("a lost object is planned with its old id")
	}
	if f := i.tryApply(p); f != "" {
		i.t.Fatal(f)
	}
	if i.kind.KeepsID() && i.get("id") != id {
		i.t.Error("a recreated object that keeps its id has another one")
	}
	if i.kind.Life.Form == kind.Collection && !i.kind.Life.Link && !i.kind.KeepsID() && i.get("id") == id {
		i.t.Error("a recreated object has the old id")
	}
	i.settled(s.full, "after the recreation")
}

// lostImport: an import block of an object that is gone creates it.
func lostImport(i *instance, s sample) {
	id := i.importable()
	i = i.as(mallory)
	i.lose()
	other := i.instance(i.kind)
	other.importID(id)
	other.read()
	switch {
	case i.kind.Name == "administrative_unit":
	case i.kind.Life.Link: // its id does not tell what it connected
		other.says("deleted_by", "")
	default:
		other.says("deleted_by", mallory)
	}
	p := other.plan(s.full)
	if !unknownID(other, p) {
		i.t.Fatal("a lost object is imported with its old id")
	}
	if f := other.tryApply(p); f != "" {
		i.t.Fatal(f)
	}
	other.settled(s.full, "after the recreation")
}

func purgedAfterPlan(i *instance, s sample) {
	if i.kind.Life.Bin == "" {
		return
	}
	i.gone(false)
	i.read()
	p := i.plan(s.full)
	if i.kind.Name == "administrative_unit" {
		i.control("clock", `{"advance":"745h"}`)
	} else {
		i.behind("DELETE", i.kind.Life.Bin+"/"+i.get("id"), nil)
	}
	id := i.get("id")
	if f := i.tryApply(p); !strings.Contains(f, "deleted permanently") {
		i.t.Fatal("an object purged after the plan must be an error: ", f)
	}
	if i.get("id") != id {
		i.t.Error("the state was lost with the error")
	}
	if p = i.plan(s.full); !unknownID(i, p) {
		i.t.Fatal("the next plan does not create it")
	}
	if f := i.tryApply(p); f != "" {
		i.t.Fatal(f)
	}
	i.settled(s.full, "after the recreation")
}

// failedCreate: a recreation that fails repeats, and makes one object.
func failedCreate(i *instance, s sample) {
	i.lose()
	i.read()
	p := i.plan(s.full)
	i.control("faults", `{"status":403,"times":1,"match":"`+i.making()+`"}`)
	if f := i.tryApply(p); !strings.Contains(f, "403") || !strings.Contains(f, "Grant the application") {
		i.t.Fatal("the 403 is not told with what to do: ", f)
	}
	i.read()
	if p = i.plan(s.full); !unknownID(i, p) {
		i.t.Fatal("the next plan does not create it")
	}
	if f := i.tryApply(p); f != "" {
		i.t.Fatal(f)
	}
	i.settled(s.full, "after the second try")
}

func deleteIt(i *instance, _ sample) {
	before := i.state
	path, id := i.path(), i.get("id")
	if f := i.destroy(); f != "" {
		i.t.Fatal(f)
	}
	if i.kind.Life.Form == kind.Edge {
		return
	}
	if i.element() {
		gone := *i
		gone.state = before
		for _, b := range gone.items() {
			if i.kind.KeyOf(b) == strings.ToLower(gone.get(i.kind.Life.Key)) {
				i.t.Error("it is still there")
			}
		}
		return
	}
	if _, err := i.client.Get(context.Background(), graph.Beta, path, nil); !graph.IsNotFound(err) {
		i.t.Error("it is still there: ", err)
	}
	if i.kind.Life.Bin == "" {
		return
	}
	if _, err := i.client.Get(context.Background(), graph.Beta, i.kind.Life.Bin+"/"+id, nil); err != nil {
		i.t.Error("it is not in the recycle bin: ", err)
	}
}
