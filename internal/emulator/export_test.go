package emulator

// For tests.

func SecurityIdentifier(id string) string { return securityIdentifier(id) }
