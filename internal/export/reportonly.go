package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Lost rules that are to come back without being in force: an override file beside the code,
// which Terraform merges into the resources of the same folder, and which goes with the next
// run without the option.
// https://developer.hashicorp.com/terraform/language/files/override

const reportOnlyFile = "report_only_override.tf"

const reportOnlyHead = "# Written by \"terraform-provider-entra imports --report-only\": these come back without being\n# enforced. Run imports without that option to remove the file; the next apply then enforces them.\n"

// reportOnly returns the content of the override file, nil where there is none to write, and
// notes in the result what it holds and what it cannot.
func (im *importer) reportOnly(objects []*ManifestObject, c *code) []byte {
	if !im.options.ReportOnly {
		return nil
	}
	var out strings.Builder
	for _, obj := range objects {
		k := catalog.ByName(obj.Kind)
		if k.Rollout == nil || im.live[k.Name][obj.ID] != nil && !im.held[obj.Address] {
			continue
		}
		place := c.all[configured(obj.Address)]
		if place.body != nil && decided(place.body, k.Rollout.Attribute, k.Rollout.Enforced) {
			continue // the code does not enforce it
		}
		typeName, name, _ := strings.Cut(obj.Address, ".")
		if c.resources[obj.Address] == nil {
			why := "an override file is for the folder that it stands in, so write one into that of the module"
			if !strings.HasPrefix(obj.Address, "module.") {
				why = "an override is for all instances of a resource, so change the code"
			}
			im.result.Enforced = append(im.result.Enforced, fmt.Sprintf("%s: %s (%s = %q)", obj.Address, why, k.Rollout.Attribute, k.Rollout.Quiet))
			continue
		}
		fmt.Fprintf(&out, "\nresource %q %q {\n  %s = %q\n}\n", typeName, name, k.Rollout.Attribute, k.Rollout.Quiet)
		im.result.ReportOnly = append(im.result.ReportOnly, obj.Address)
	}
	slices.Sort(im.result.Enforced)
	if out.Len() == 0 {
		return nil
	}
	return []byte(reportOnlyHead + out.String())
}

// decided tells whether a resource says for certain that it has another value.
func decided(body *hclsyntax.Body, attribute, value string) bool {
	said := literal(body, attribute)
	return said != "" && said != value
}

var overridden = regexp.MustCompile(`(?m)^resource "(\w+)" "([\w-]+)"`)

// checkReportOnly refuses to touch an override file that somebody else wrote. held are the
// addresses in one of an earlier run: what an apply has brought back with it, and was
// stopped before the rest, is not to be enforced by the next.
func checkReportOnly(dir string) (held map[string]bool, err error) {
	content, err := os.ReadFile(filepath.Join(dir, reportOnlyFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("could not read %s: %w. Nothing was written", reportOnlyFile, err)
	}
	if first, _, _ := strings.Cut(reportOnlyHead, "\n"); !strings.HasPrefix(string(content), first) {
		return nil, fmt.Errorf("%s was not written by imports --report-only, which would replace it: rename it to another name that ends in _override.tf. Nothing was written", reportOnlyFile)
	}
	held = map[string]bool{}
	for _, m := range overridden.FindAllStringSubmatch(string(content), -1) {
		held[m[1]+"."+m[2]] = true
	}
	return held, nil
}

// placeReportOnly writes the override file, or removes the one of an earlier run.
func (im *importer) placeReportOnly(content []byte) error {
	path := filepath.Join(im.options.Dir, reportOnlyFile)
	if content != nil {
		return replaceFile(path, content)
	}
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("could not remove %s: %w", path, err)
	}
	im.result.ReportOnlyRemoved = true
	return nil
}
