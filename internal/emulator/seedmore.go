package emulator

// seedMore puts into the tenant what every tenant has beside the objects of seed.
func (t *Tenant) seedMore() {
	t.seedTemplates()
	t.seedAppManagement()
	t.seedRoles()
	t.seedPolicies()
	t.seedMethods()
	t.seedSettingTemplates()
	t.seedCrossTenant()
}
