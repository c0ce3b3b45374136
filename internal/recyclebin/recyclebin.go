// Package recyclebin lists the recycle bins of a tenant and restores from them what no
// code owns: five thousand users that a script deleted.
//
// List reads the bins, and asks the audit log who deleted what. Prepare says what a
// restore would do, in which order, and changes nothing; Restore does it. A restore that
// breaks off is repeated: what was restored has left the bin, and a [Results] file keeps
// what became of each object. Where there is a table of a kind, paths, names and
// permissions come from it.
package recyclebin

import (
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The kinds that something here is known of beyond their tables.
const (
	user             = "user"
	application      = "application"
	servicePrincipal = "service_principal"
	device           = "device"
	namedLocation    = "named_location"
	policy           = "conditional_access_policy"
)

// order is that of a restore: what others refer to comes before them, since Graph
// restores no service principal without its application and no policy whose references
// are gone.
var order = []string{
	"administrative_unit", user, "group", application, servicePrincipal, device,
	"directory_role_definition", namedLocation, policy,
}

// directory is the bin that all directory objects share. Its restores go by $batch.
const directory = "/directory/deletedItems"

// bin is the recycle bin of one kind.
type bin struct {
	*kind.Kind
	// properties are those that a listing must name, because Graph does not answer with
	// them otherwise; nil: all that are needed come.
	properties []string
}

// devices have no table: they are made by joining them.
// https://learn.microsoft.com/entra/identity/devices/manage-stale-devices
var devices = kind.Kind{
	Name: device, Title: "device", Plural: "devices", Type: "device", Label: "display_name",
	Life: kind.Life{Path: "/devices", ReadFrom: kind.V1, Bin: directory, BinList: directory + "/microsoft.graph.device", BinVersion: kind.Beta, BinMayLack: true},
	Read: []string{"Device.Read.All"}, Write: []string{"Device.ReadWrite.All"},
	Attrs: []kind.Attr{kind.Text("display_name", kind.Computed, "Name of the device.")},
}

// bins returns every recycle bin, in the order of a restore.
func bins() []bin {
	all := append(slices.Clone(catalog.All()), &devices)
	var out []bin
	for _, name := range order {
		for _, k := range all {
			if k.Name == name && k.Life.Bin != "" {
				b := bin{Kind: k}
				if b.shared() {
					b.properties = []string{"id", "deletedDateTime", "displayName"}
				}
				switch name {
				case user:
					b.properties = append(b.properties, "userPrincipalName")
				case application:
					b.properties = append(b.properties, "appId", "signInAudience")
				case servicePrincipal:
					b.properties = append(b.properties, "appId", "servicePrincipalType")
				}
				out = append(out, b)
			}
		}
	}
	return out
}

// Kinds names every kind that has a recycle bin, in the order of a restore.
func Kinds() []string { return slices.Clone(order) }

func binOf(name string) bin {
	for _, b := range bins() {
		if b.Name == name {
			return b
		}
	}
	return bin{}
}

// shared tells whether the bin is the one of the directory.
func (b bin) shared() bool { return b.Life.Bin == directory }

// restore is the request that takes an object out of the bin. It may be repeated: the
// second answer is 404, and the object live.
func (b bin) restore(id string, body graph.Body) graph.Request {
	r := graph.Request{Method: "POST", Version: graph.Version(b.Life.BinVersion), Path: b.Life.Bin + graph.Path(id) + "/restore", Idempotent: true}
	if body != nil {
		r.Body = body
	}
	return r
}

// live is the request that tells whether an object is live.
func (b bin) live(id string) graph.Request {
	r := graph.Request{Version: graph.Version(b.Life.ReadFrom), Path: b.Life.Path + graph.Path(id)}
	if b.shared() {
		r.Query = map[string]string{"$select": "id"}
	}
	return r
}
