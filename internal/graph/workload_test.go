package graph

import (
	"testing"
	"time"
)

func TestLaneLearns(t *testing.T) {
	t.Parallel()
	now := newClock().now
	l := newLanes()[directory]
	step := func(what string, after, want time.Duration) {
		t.Helper()
		if got := l.wait(now.Add(after)); got != want {
			t.Errorf("%s: waits %s, want %s", what, got, want)
		}
	}
	step("free", 0, 0)
	l.learn(429, now, 0)
	step("told to go on at once", 0, 0)
	l.learn(429, now, 5*time.Second)
	step("held back", time.Second, 4*time.Second)
	step("its turn", 5*time.Second, 0)
	step("paced", 5*time.Second, 50*time.Millisecond)
	for range 10 {
		l.learn(429, now, time.Nanosecond)
	}
	step("never slower than a second", 5*time.Second, time.Second)
	for range calm {
		l.learn(200, now, 0)
	}
	step("calm again", 5*time.Second, 0)
}

func TestWorkloadOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]workload{
		"/identity/conditionalAccess/policies/1":     conditionalAccess,
		"/identity/conditionalaccess/namedLocations": conditionalAccess,
		"/policies/authenticationStrengthPolicies":   conditionalAccess,
		"/auditLogs/directoryAudits":                 audit,
		"/groups":                                    directory,
		"/directory/deletedItems/1":                  directory,
	} {
		if got := workloadOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
