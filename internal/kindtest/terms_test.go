package kindtest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What is given once and told to nobody: the documents of terms of use.

// terms are the documents of terms of use, in two languages.
func (*host) terms() []kind.Values {
	pdf := "testdata/terms.pdf"
	return []kind.Values{
		{"file_name": "en.pdf", "display_name": "Terms", "language": "en", "is_default": true, "source": pdf},
		{"file_name": "de.pdf", "display_name": "Bedingungen", "language": "de", "is_default": false, "source": pdf},
	}
}

// tellInputs applies once where an import leaves open what Graph tells nobody: the code
// says it, and the state takes it over. Nothing is written to Graph.
func (i *instance) tellInputs(v kind.Values) {
	i.t.Helper()
	if len(i.kind.Inputs()) == 0 {
		return
	}
	i.read()
	i.control("faults", `{"status":403,"times":1,"match":"PATCH /v1.0"}`)
	i.apply(v)
}

// TestTermsFiles: without a document nothing is written, and neither does a missing file.
func TestTermsFiles(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "terms_of_use"))
	values := samples["terms_of_use"](h).full
	files := values["files"].([]kind.Values)
	delete(values, "files")
	if s := i.tryApply(i.plan(values)); !strings.Contains(s, "does not say its files") || !i.state.IsNull() {
		t.Error("terms of use without a document: ", s)
	}
	files[0]["source"] = filepath.Join(t.TempDir(), "missing.pdf")
	values["files"] = files
	if s := i.tryApply(i.plan(values)); !strings.Contains(s, "missing.pdf") || !i.state.IsNull() {
		t.Error("a file that is not there: ", s)
	}
	values["files"] = h.terms()
	i.apply(values)
	if n := i.count("files"); n != 2 {
		t.Errorf("%d documents arrived", n)
	}
	delete(values, "files")
	if _, s := i.tryPlan(i.config(values)); !strings.Contains(s, "files cannot be changed") {
		t.Error("documents that are taken out of the code: ", s)
	}
}

// TestTermsUnread: whoever may not read terms of use can still write a policy that names
// some, since Graph documents them for people and not for applications.
func TestTermsUnread(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "conditional_access_policy"))
	values := i.kind.Canonical(policy(kind.Values{"users": allUsers(), "applications": allApps()}, kind.Values{"grant_controls": kind.Values{"operator": "OR", "terms_of_use": []string{termsA}}}))
	i.control("faults", `{"status":403,"times":9,"match":"GET /v1.0/identityGovernance"}`)
	i.apply(values)
	i.settled(values, "after create")
}
