package emulator

// Blocked returns the names of the enforced policies that block a sign-in of a user or a
// service principal to Microsoft Graph from an ordinary browser on Windows, by all that the
// tenant holds now, whatever its replicas have seen of it. It is for tests that a client
// locks nobody out on its way; a policy that the emulator cannot judge does not count.
func (t *Tenant) Blocked(id string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &imagined{
		identity:   body{"@odata.type": identityOfPerson, "userId": id},
		context:    body{"@odata.type": identityPrefix + "applicationContext", "includeApplications": []any{microsoftGraph}},
		conditions: body{"clientAppType": "browser", "devicePlatform": "windows"},
	}
	if s.user = t.shelf("user").live(id); s.user != nil {
		s.memberOf = t.related(s.user, "transitiveMemberOf")
	} else if s.principal = t.shelf("servicePrincipal").live(id); s.principal == nil {
		return nil
	}
	var out []string
	for _, p := range t.shelf("conditionalAccessPolicy").all(false) {
		if p.text("state") != "enabled" || !contains(nested(p.body, "grantControls")["builtInControls"], "block") {
			continue
		}
		if reason, gerr := t.judge(s, p); gerr == nil && reason == applies {
			out = append(out, p.text("displayName"))
		}
	}
	return out
}
