package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tenant is a running emulator.
type tenant struct {
	env    map[string]string // what it wrote to --env-file
	client *http.Client
	stop   func()
}

// startTenant runs an emulator over TLS and waits until it listens. Its files are named
// after it.
func (s *settings) startTenant(ctx context.Context, name string) (*tenant, error) {
	file := filepath.Join(s.work, name+".env")
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	log, err := os.Create(s.log(name))
	if err != nil {
		return nil, err
	}
	// Its tests delete an authentication strength right after the policy that names it.
	// Whether Graph takes that since policies have a recycle bin is unconfirmed.
	c := exec.CommandContext(ctx, s.emulator, "emulate", "--reading", "no-references-from-bin", "--listen", "127.0.0.1:0", "--tls-dir", filepath.Join(s.work, name+".tls"), "--env-file", file)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return nil, err
	}
	gone := make(chan error, 1)
	go func() { gone <- c.Wait() }()
	t := &tenant{stop: func() { _ = c.Process.Kill(); log.Close() }}
	for {
		text, err := os.ReadFile(file)
		if err == nil {
			t.env = variables(string(text))
			break
		}
		select {
		case err := <-gone:
			return nil, fmt.Errorf("the emulator stopped, see %s: %w", log.Name(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := t.prepare(ctx); err != nil {
		t.stop()
		return nil, err
	}
	return t, nil
}

// variables reads lines of the form export K=V.
func variables(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		k, v, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		out[k] = strings.Trim(v, "'")
	}
	return out
}

// prepare makes the tenant one that azuread's authors test with: it has a user and a
// group, as every tenant does, an application by the name that a test looks for, and its app management
// policy lets applications have any identifier URI.
func (t *tenant) prepare(ctx context.Context) error {
	ca, err := os.ReadFile(t.env["SSL_CERT_FILE"])
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	t.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	if _, err := t.send(ctx, "PATCH", "/policies/defaultAppManagementPolicy", map[string]any{"isEnabled": false}); err != nil {
		return err
	}
	app, err := t.send(ctx, "POST", "/applications", map[string]any{"displayName": "Terraform Acceptance Tests (Single Tenant)", "signInAudience": "AzureADMyOrg"})
	if err != nil {
		return err
	}
	if _, err := t.send(ctx, "POST", "/servicePrincipals", map[string]any{"appId": app["appId"]}); err != nil {
		return err
	}
	if _, err := t.send(ctx, "POST", "/groups", map[string]any{"displayName": "All staff", "mailEnabled": false, "mailNickname": "staff", "securityEnabled": true}); err != nil {
		return err
	}
	_, err = t.send(ctx, "POST", "/users", map[string]any{"accountEnabled": true, "displayName": "Admin", "mailNickname": "admin",
		"userPrincipalName": "admin@contoso.onmicrosoft.com", "passwordProfile": map[string]any{"password": "correct-Horse-7"}})
	return err
}

func (t *tenant) send(ctx context.Context, method, path string, body any) (map[string]any, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, t.env["ENTRA_GRAPH_ENDPOINT"]+"/v1.0"+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+t.env["ENTRA_ACCESS_TOKEN"])
	r.Header.Set("Content-Type", "application/json")
	answer, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s %s %w", method, path, answer.Status, text, err)
	}
	out := map[string]any{}
	if len(text) > 0 {
		err = json.Unmarshal(text, &out)
	}
	return out, err
}

// environment is that of azuread's tests: the variables that its documentation names, and
// nothing of ours. It signs in with the secret.
func (s *settings) environment(t *tenant) []string {
	env := []string{"TF_ACC=1", "TF_ACC_TERRAFORM_PATH=" + s.terraform, "TF_CLI_CONFIG_FILE=" + s.terraformConfig(), "CHECKPOINT_DISABLE=1"}
	for _, k := range []string{"ARM_METADATA_HOSTNAME", "ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "SSL_CERT_FILE"} {
		env = append(env, k+"="+t.env[k])
	}
	for _, k := range []string{"PATH", "HOME", "TMPDIR"} {
		if v, set := os.LookupEnv(k); set {
			env = append(env, k+"="+v)
		}
	}
	return env
}
