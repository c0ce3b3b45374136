package kindtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"strings"
	"testing"
)

// quirks answers, for each quirk that the research notes number, which test shows
// that it does no harm here, or why it cannot occur, or what is still open. A test
// of another package has the package's folder before its name.
var quirks = map[string]string{
	// Conditional Access policies.
	"C1":  "TestVersionOfWrites",
	"C2":  "TestWhole",
	"C3":  "TestWhole",
	"C4":  "TestWhole",
	"C5":  "TestEachAttribute",
	"C6":  "TestRulesBindTheWriter",
	"C7":  "TestValidateEmpty",
	"C8":  "TestWhole",
	"C9":  "TestEachAttribute",
	"C10": "TestWhole",
	"C11": "TestWhole",
	"C12": "TestWhole",
	"C13": "TestKinds",
	"C14": "TestEachAttribute",
	"C15": "TestWhole",
	"C16": "TestWhole",
	"C17": "TestYoung",
	"C18": "TestYoung",
	"C19": "TestWordsAreNoReferences",
	"C20": "TestDanglingReference",
	"C21": "TestNullsAtEveryLevel",
	"C22": "TestStateComesBack",

	// Named locations.
	"N1": "TestEachAttribute",
	"N2": "TestKinds",
	"N3": "TestTrustedComesBackTrusted",
	"N4": "TestRefusedDeletion",
	"N5": "TestRangeSpelling",
	"N6": "TestUnknownLocation",
	"N7": "TestRangesMustBeNetworks",
	"N8": "TestWhole",

	// Administrative units.
	"A1":  "TestSpellings",
	"A2":  "TestPathInvalid",
	"A3":  "TestWhole",
	"A4":  "TestKinds",
	"A5":  "TestNotOwnedRelations",
	"A6":  "TestNotOwnedRelations",
	"A7":  "cannot occur: what Exchange keeps of a group is never read",
	"A8":  "TestScopedRoleMember",
	"A9":  "TestDynamicAndBack",
	"A10": "TestRestrictedUnit",
	"A11": "cannot occur: nothing is renamed to find out whether a replica has it",

	// Groups.
	"G1":  "TestServicePrincipalMember",
	"G2":  "TestMemberGone",
	"G3":  "TestMakerIsOwner",
	"G4":  "TestMakerIsOwner",
	"G5":  "TestYoung",
	"G6":  "TestEachAttribute",
	"G7":  "cannot occur: what Exchange keeps of a group is no attribute, see the page What is not backed up",
	"G8":  "TestSpellings",
	"G9":  "TestKinds",
	"G10": "TestFixed",
	"G11": "TestDynamicAndBack",
	"G12": "TestWhole",
	"G13": "cannot occur: writebackConfiguration is known to beta only, and groups are read and written through v1.0",
	"G14": "TestKinds",
	"G15": "TestLastOwner",
	"G16": "TestQuote",
	"G17": "TestWhole",
	"G18": "TestKinds",
	"G19": "TestSynchronizedGroup",

	// Applications.
	"P1":  "TestApplicationQuirks",
	"P2":  "TestEachAttribute",
	"P3":  "TestSharedEntitlement",
	"P4":  "TestWhole",
	"P5":  "internal/provider.TestAccApplicationKeepsItsURI",
	"P6":  "TestApplicationQuirks",
	"P7":  "TestWhole",
	"P8":  "TestLegacyIsKept",
	"P9":  "TestWhole",
	"P10": "TestWhole",
	"P11": "TestWhole",
	"P12": "TestWhole",
	"P13": "TestMakerIsOwner",
	"P14": "TestCertificates",
	"P15": "cannot occur: nothing is made from a gallery template",
	"P16": "TestApplicationQuirks",
	"P17": "TestAwayWithItsOwner",

	// Service principals.
	"SP1": "internal/provider.TestAccServicePrincipalUnderLag",
	"SP2": "TestTakenOver",
	"SP3": "TestRestoredWithApplication",
	"SP4": "TestInherited",
	"SP5": "internal/provider.TestAccServicePrincipalComesBack",
}

// numbered is how many quirks of each letter the notes have.
var numbered = map[string]int{"C": 22, "N": 8, "A": 11, "G": 19, "P": 17, "SP": 5}

// TestQuirks: every quirk has an answer, and every test named there exists.
func TestQuirks(t *testing.T) {
	t.Parallel()
	all := 0
	for letter, n := range numbered {
		for i := 1; i <= n; i++ {
			all++
			name := fmt.Sprintf("%s%d", letter, i)
			answer := quirks[name]
			switch {
			case answer == "":
				t.Errorf("%s has no answer", name)
			case strings.HasPrefix(answer, "open: "):
				t.Logf("%s is %s", name, answer)
			case strings.HasPrefix(answer, "cannot occur: "):
			default:
				dir, test, elsewhere := strings.Cut(answer, ".")
				if !elsewhere {
					dir, test = "internal/kindtest", answer
				}
				if !testsIn(t, filepath.Join("..", "..", dir))[test] {
					t.Errorf("%s names %s, which is no test", name, answer)
				}
			}
		}
	}
	if len(quirks) != all {
		t.Errorf("%d answers to %d quirks: one is to a number that the notes lack", len(quirks), all)
	}
}

// testsIn returns the names of the tests in a folder.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, is := d.(*ast.FuncDecl); is && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				out[f.Name.Name] = true
			}
		}
	}
	return out
}
