package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/spf13/cobra"
)

// readings are the unconfirmed behaviours of Graph that can be had the other
// way round, by the name of the emulator's option in words.
func readings() map[string]func() emulator.Option {
	return map[string]func() emulator.Option{
		"hard-deleted-security-groups": emulator.WithHardDeletedSecurityGroups,
		"no-role-recycle-bin":          emulator.WithoutRoleRecycleBin,
		"administrative-unit-purge":    emulator.WithAdministrativeUnitPurge,
		"dangling-references":          emulator.WithDanglingReferences,
		"dangling-restore":             emulator.WithDanglingRestore,
		"references-from-bin":          emulator.WithReferencesFromBin,
		"no-references-from-bin":       emulator.WithoutReferencesFromBin,
		"nulls-in-conditions":          emulator.WithNullsInConditions,
		"ids-ignored-on-create":        emulator.WithIDsIgnoredOnCreate,
		"restored-policy-links":        emulator.WithRestoredPolicyLinks,
		"unproven-domains":             emulator.WithUnprovenDomains,
		"freed-identifier-uris":        emulator.WithFreedIdentifierURIs,
		"reserved-mail-nicknames":      emulator.WithReservedMailNicknames,
		"normalized-ranges":            emulator.WithNormalizedRanges,
		"conditional-access-filters":   emulator.WithConditionalAccessFilters,
		"arbitrary-dependencies":       emulator.WithArbitraryDependencies,
		"error-numbers-in-message":     emulator.WithErrorNumbersInMessage,
		"error-numbers-in-inner-error": emulator.WithErrorNumbersInInnerError,
		"conflicting-policy-links":     emulator.WithConflictingPolicyLinks,
		"dropped-configurations":       emulator.WithDroppedConfigurations,
		"deletable-terms-of-use":       emulator.WithDeletableTermsOfUse,
		"unjudged-policies":            emulator.WithUnjudgedPolicies,
		"no-failed-audits":             emulator.WithoutFailedAudits,
		"plain-policy-audits":          emulator.WithPlainPolicyAudits,
	}
}

// readingFlag is --reading, repeatable.
type readingFlag struct{ names []string }

func (f *readingFlag) add(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.names, "reading", nil, "an unconfirmed behaviour of Graph to have the other way round, repeatable: "+strings.Join(names(), ", "))
}

func names() []string { return slices.Sorted(maps.Keys(readings())) }

func (f *readingFlag) options() ([]emulator.Option, error) {
	var out []emulator.Option
	all := readings()
	for _, name := range f.names {
		option, known := all[name]
		if !known {
			return nil, usageError{fmt.Errorf("--reading %q is none of %s", name, strings.Join(names(), ", "))}
		}
		out = append(out, option())
	}
	return out, nil
}
