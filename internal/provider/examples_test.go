package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

const examples = "../../examples"

// Every example of the documentation is applied, and its next plan is empty.
func TestAccExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(examples, "*", "*", "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in %s: %v", examples, err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "import-") {
			continue // the ids are made up
		}
		if os.Getenv("ENTRA_TEST_BRIEF") != "" && strings.Contains(file, "data-sources") {
			continue // the first engine has read them
		}
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(file)))+"/"+filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			config := string(content)
			// In the end all is destroyed at once: the policies that refer to a context are
			// then in the recycle bin.
			x := newTenant(t, emulator.WithoutReferencesFromBin())
			if sample := "breakglass1@contoso.com"; strings.Contains(config, sample) {
				config = strings.ReplaceAll(config, sample, x.addUser("breakglass1"))
			}
			pdf, err := filepath.Abs("../kindtest/testdata/terms.pdf")
			if err != nil {
				t.Fatal(err)
			}
			config = strings.ReplaceAll(config, "${path.module}/terms.pdf", filepath.ToSlash(pdf))
			x.test(resource.TestStep{Config: config}, resource.TestStep{Config: unprotected(config)})
		})
	}
}

// unprotected is the configuration that lets all that it makes be deleted, as
// the end of a test wants it.
func unprotected(config string) string {
	for _, k := range catalog.All() {
		if k.Guarded() {
			block := regexp.MustCompile(`(?m)^resource "` + k.TypeName() + `" "\w+" {$`)
			config = block.ReplaceAllString(config, "$0\n  deletion_protection = false")
		}
	}
	return config
}

// Every kind has its examples, and there are none for kinds that do not exist.
func TestExamplesAreComplete(t *testing.T) {
	want := map[string]bool{}
	for _, k := range catalog.All() {
		if k.Managed() {
			want["resources/"+k.TypeName()+"/resource.tf"] = true
			want["resources/"+k.TypeName()+"/import.sh"] = true
			want["resources/"+k.TypeName()+"/import-by-string-id.tf"] = true
		}
		if k.Findable() {
			want["data-sources/"+k.TypeName()+"/data-source.tf"] = true
		}
		if k.Listable() {
			want["data-sources/"+k.PluralTypeName()+"/data-source.tf"] = true
		}
	}
	for _, pattern := range []string{"resources/*/*", "data-sources/*/*"} {
		files, err := filepath.Glob(filepath.Join(examples, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, err := filepath.Rel(examples, file)
			if err != nil {
				t.Fatal(err)
			}
			if !want[filepath.ToSlash(name)] {
				t.Errorf("examples/%s is an example of nothing", name)
			}
			delete(want, filepath.ToSlash(name))
		}
	}
	for name := range want {
		t.Errorf("examples/%s is missing", name)
	}
}
