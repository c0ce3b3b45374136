package emulator

// Devices. Where one goes when it is deleted depends on how it came to the tenant: joined
// and registered devices go to a recycle bin that only beta shows (a preview of 2026),
// hybrid-joined ones are gone at once.

// hybridJoined is the trustType of a device that a domain on premises has joined.
const hybridJoined = "ServerAd"

func devices() *resource {
	return &resource{
		typ: "device", set: "devices", paths: []string{"/devices"}, directory: true, keys: []string{"deviceId"},
		required: []string{"accountEnabled", "alternativeSecurityIds", "deviceId", "displayName", "operatingSystem", "operatingSystemVersion"},
		readOnly: []string{"id", "deletedDateTime", "approximateLastSignInDateTime", "complianceExpirationDateTime", "isManagementRestricted", "isRooted",
			"managementType", "manufacturer", "mdmAppId", "model", "onPremisesLastSyncDateTime", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
			"registrationDateTime", "systemLabels", "enrollmentProfileName", "enrollmentType", "deviceOwnership", "deviceCategory", "deviceMetadata", "deviceVersion"},
		fixed:     []string{"deviceId", "trustType", "profileType"},
		relations: map[string][]string{"registeredOwners": {"user", "servicePrincipal"}, "registeredUsers": {"user", "servicePrincipal"}},
		prepare: func(t *Tenant, o *object) {
			o.body["registrationDateTime"] = timestamp(t.now())
			setDefault(o.body, "isCompliant", nil)
			setDefault(o.body, "deviceVersion", number("2"))
		},
		check: checkDevice,
	}
}

func checkDevice(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	if gerr := filled(next, "displayName"); gerr != nil {
		return gerr
	}
	switch next.text("trustType") {
	case "", "Workplace", "AzureAd", hybridJoined:
	default:
		return badRequest("Invalid value specified for property 'trustType' of resource 'Device'.")
	}
	if t.taken("device", "deviceId", next.text("deviceId"), next) {
		return conflicting("deviceId")
	}
	return nil
}
