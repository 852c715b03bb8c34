package house

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// rules are the rules of the house. Each finds the places that break it, and
// says what to do there.
var rules = []struct {
	name  string
	check func(*tree) []string
}{
	{"every package has its place", everyPackageHasItsPlace},
	{"every package is on the plan", everyPackageIsOnThePlan},
	{"imports go down", importsGoDown},
	{"bans hold", bansHold},
	{"tests keep to themselves", testsKeepToThemselves},
	{"every package has one doc", everyPackageHasOneDoc},
	{"docs begin with the name", docsBeginWithTheName},
	{"package names say what is inside", packageNamesSayWhatIsInside},
	{"no init", noInit},
	{"no dot import", noDotImport},
	{"nothing is too long", nothingIsTooLong},
	{"variables are constant", variablesAreConstant},
	{"decisions are the starter's", decisionsAreTheStarters},
	{"no file names a workplace", noFileNamesAWorkplace},
}

func TestHouse(t *testing.T) {
	house, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, broken := range rule.check(house) {
				t.Error(broken)
			}
		})
	}
}

// TestRulesCatch runs the rules over a small house in which each is broken; the
// archive's comment lists every finding.
func TestRulesCatch(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: expand(f.Data), Mode: 0o644}
	}
	house, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, rule := range rules {
		broken := rule.check(house)
		if len(broken) == 0 {
			t.Errorf("the rule %q is not tried", rule.name)
		}
		found = append(found, broken...)
	}
	_, list, _ := strings.Cut(string(archive.Comment), "\n\n")
	want := strings.Split(strings.TrimSpace(string(expand([]byte(list)))), "\n")
	slices.Sort(want)
	slices.Sort(found)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("%s\n%s", diff, strings.Join(found, "\n"))
	}
}

// expand puts into a file what the archive may not hold itself.
func expand(data []byte) []byte {
	return []byte(strings.NewReplacer("REPEAT", strings.Repeat("\n", longestFile), "HOME", "/ho"+"me/ann").Replace(string(data)))
}
