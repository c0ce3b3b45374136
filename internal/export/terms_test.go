package export_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestTermsOfUse: an application may not read them, so a policy names theirs by the id;
// whoever may asks for them, and is told that the documents are missing.
func TestTermsOfUse(t *testing.T) {
	t.Parallel()
	client, url := tenant(t)
	terms := post(t, client, "/identityGovernance/termsOfUse/agreements", graph.Body{"displayName": "Guests", "isViewingBeforeAcceptanceRequired": true,
		"files": []any{graph.Body{"fileName": "t.pdf", "language": "en", "isDefault": true, "fileData": graph.Body{"data": "JVBERg=="}}}})
	asking := policy("Asking", nil)
	asking["grantControls"] = graph.Body{"operator": "OR", "builtInControls": []any{}, "termsOfUse": []any{terms}}
	post(t, client, "/identity/conditionalAccess/policies", asking)
	fault(t, url, `{"status":403,"times":9,"match":"GET /v1.0/identityGovernance/termsOfUse"}`)
	dir, r := exported(t, client)
	has(t, read(t, dir, "external.tf"), "terms_of_use = {", `"`+terms+`" = "`+terms+`"`)
	if len(r.Warnings) > 0 || strings.Contains(read(t, dir, "provider.tf"), "dead_references") {
		t.Errorf("what nobody may look up is not dead: %v", r.Warnings)
	}
	fault(t, url, "")
	out := filepath.Join(t.TempDir(), "named")
	r, err := export.Run(context.Background(), client, export.Options{Out: out, Include: []string{"conditional_access_policy", "terms_of_use"}})
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, out, "terms_of_use_agreements.tf"), `"entra_terms_of_use" "guests"`, "create_before_destroy = true")
	has(t, read(t, out, "conditional_access_policies.tf"), "terms_of_use = [entra_terms_of_use.guests.id]")
	has(t, strings.Join(r.Warnings, "\n"), `files of the terms of use "Guests" is not in the code`)
}

// fault makes the tenant answer some requests so; "" ends that.
func fault(t *testing.T, url, body string) {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodDelete
	}
	req, err := http.NewRequestWithContext(context.Background(), method, url+"/_emulator/faults", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatal(err, resp)
	}
	resp.Body.Close()
}
