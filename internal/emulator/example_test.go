package emulator_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// send is a client in ten lines: it sends JSON with the tenant's token, and decodes the answer.
func send(tenant *emulator.Tenant, method, url, body string) (int, map[string]any) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+tenant.Token())
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out) // 204 has no body
	return resp.StatusCode, out
}

// A tenant, a group, and the way of the group through the recycle bin.
func ExampleNew() {
	tenant := emulator.New()
	server := httptest.NewServer(tenant)
	defer server.Close()

	status, group := send(tenant, "POST", server.URL+"/v1.0/groups",
		`{"displayName": "Break glass", "mailEnabled": false, "mailNickname": "breakglass", "securityEnabled": true}`)
	fmt.Println(status, group["displayName"])

	one := server.URL + "/v1.0/groups/" + group["id"].(string)
	status, _ = send(tenant, "DELETE", one, "")
	fmt.Println(status)
	status, answer := send(tenant, "GET", one, "")
	fmt.Println(status, answer["error"].(map[string]any)["code"])

	status, again := send(tenant, "POST", server.URL+"/v1.0/directory/deletedItems/"+group["id"].(string)+"/restore", "")
	fmt.Println(status, again["id"] == group["id"])
	// Output:
	// 201 Break glass
	// 204
	// 404 Request_ResourceNotFound
	// 200 true
}

// A tenant that starts with the objects of another one, from files.
func ExampleTenant_LoadDir() {
	dir, err := os.MkdirTemp("", "tenant")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "groups.json"), []byte(`{
		"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#groups",
		"value": [{"id": "9a1c4a55-7c9f-4c71-8f4b-6f3d8f3b0c11", "displayName": "Sales", "securityEnabled": true, "sales": 1}]}`), 0o600); err != nil {
		log.Fatal(err)
	}
	tenant := emulator.New()
	report, err := tenant.LoadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Loaded["/groups"], "group")
	for _, r := range report.Refused {
		fmt.Println(r.Property, r.Reason)
	}
	// Output:
	// 1 group
	// sales microsoft.graph.group has no such property
}

// Time passes when the clock is moved. What was 30 days in the recycle bin is gone, and
// the audit log tells who did it.
func ExampleWithClock() {
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	tenant := emulator.New(emulator.WithClock(func() time.Time { return now }))
	server := httptest.NewServer(tenant)
	defer server.Close()

	_, unit := send(tenant, "POST", server.URL+"/v1.0/directory/administrativeUnits", `{"displayName": "Branch"}`)
	send(tenant, "DELETE", server.URL+"/v1.0/directory/administrativeUnits/"+unit["id"].(string), "")
	now = now.AddDate(0, 0, 30)
	status, _ := send(tenant, "GET", server.URL+"/v1.0/directory/deletedItems/"+unit["id"].(string), "")
	fmt.Println(status)

	_, audits := send(tenant, "GET", server.URL+"/v1.0/auditLogs/directoryAudits?$select=activityDisplayName,initiatedBy", "")
	for _, v := range audits["value"].([]any) {
		record := v.(map[string]any)
		app := record["initiatedBy"].(map[string]any)["app"].(map[string]any)
		fmt.Printf("%s, by %s\n", record["activityDisplayName"], app["displayName"])
	}
	// Output:
	// 404
	// Hard Delete administrative unit, by Microsoft Azure AD Internal - Retention
	// Delete administrative unit, by Emulator static token
	// Add administrative unit, by Emulator static token
}

// What is in the way of a client in bad times: here, two answers 503 to whoever lists groups.
func Example_faults() {
	tenant := emulator.New()
	server := httptest.NewServer(tenant)
	defer server.Close()

	send(tenant, "POST", server.URL+"/_emulator/faults", `{"status": 503, "times": 2, "match": "GET /v1.0/groups"}`)
	for range 3 {
		status, _ := send(tenant, "GET", server.URL+"/v1.0/groups", "")
		fmt.Println(status)
	}
	// Output:
	// 503
	// 503
	// 200
}
