package house

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
)

// floors is order.txt: the packages from top to bottom.
func (t *tree) floors() []string {
	var order []string
	for line := range strings.Lines(t.texts["internal/house/order.txt"]) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			order = append(order, line)
		}
	}
	return order
}

// place is the line of order.txt that a package stands on: its own, or that of
// the nearest folder above it which ends in a slash. It is -1 for none.
func place(order []string, pkg string) int {
	if i := slices.Index(order, pkg); i >= 0 {
		return i
	}
	best := -1
	for i, line := range order {
		folder, whole := strings.CutSuffix(line, "/")
		if whole && within(pkg, folder) && (best < 0 || len(line) > len(order[best])) {
			best = i
		}
	}
	return best
}

// everyPackageHasItsPlace holds order.txt to the folders that there are.
func everyPackageHasItsPlace(t *tree) (broken []string) {
	order := t.floors()
	for _, pkg := range t.packageNames() {
		if place(order, pkg) < 0 {
			broken = append(broken, pkg+" is not in order.txt: write it on its floor, above everything that it imports")
		}
	}
	for i, line := range order {
		if slices.Index(order, line) != i {
			broken = append(broken, "order.txt names "+line+" twice: keep one")
		}
	}
	return broken
}

// everyPackageIsOnThePlan holds the plan in ARCHITECTURE.md to the folders that there
// are; what is for tests need not be on it.
func everyPackageIsOnThePlan(t *tree) (broken []string) {
	_, plan, _ := strings.Cut(t.texts["ARCHITECTURE.md"], "\ninternal/\n")
	plan, _, _ = strings.Cut(plan, "```")
	rooms := strings.FieldsFunc(plan, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' || r == ';' })
	for _, pkg := range t.packageNames() {
		room := path.Base(pkg) + "/"
		named := slices.ContainsFunc(rooms, func(r string) bool { return r == room || strings.HasSuffix(r, "/"+room) })
		if !named && within(pkg, "internal") && !forTests(pkg) {
			broken = append(broken, pkg+" is not on the plan in ARCHITECTURE.md: write "+room+" on its floor, and in a few words what it is for")
		}
	}
	return broken
}

func importsGoDown(t *tree) (broken []string) {
	order := t.floors()
	for _, f := range t.files {
		for _, imported := range f.ours() {
			from, to := place(order, f.pkg), place(order, imported)
			if !f.test && from >= 0 && to >= 0 && from > to {
				broken = append(broken, fmt.Sprintf("%s imports %s, which stands above it: move what both need down, take it as an argument or a small interface, or, if the order is wrong, mend order.txt", f.path, imported))
			}
		}
	}
	return broken
}

// bans are the imports that the order allows and the architecture does not.
var bans = []struct {
	from, imported string
	tests          bool // hold for tests too
	remedy         string
}{
	{"internal/edge", "internal/resource", true, "the edge knows no family: call it through op.Registry, or take a small interface"},
	{"internal/engine", "internal/core/op", true, "an engine is pure: take plain arguments"},
	{"internal/engine", "internal/core/api", true, "an engine is pure: declare the few types it needs"},
	{"internal/engine", "internal/platform", true, "an engine is pure: no state, no reach outside"},
	{"internal/engine", "database/sql", true, "an engine is pure: rows belong to a family or to platform"},
	{"internal/engine", "net/http", true, "an engine is pure: HTTP belongs to edge/wire or platform/outbound"},
	{"internal/platform", "internal/core/api", false, "platform does not know the API: it keeps bytes and rows"},
	{"internal/core", "net/http", true, "only the edge speaks HTTP"},
}

func bansHold(t *tree) (broken []string) {
	for _, f := range t.files {
		for _, imported := range f.imports() {
			for _, ban := range bans {
				if within(f.pkg, ban.from) && within(imported, ban.imported) && (ban.tests || !f.test) {
					broken = append(broken, f.path+" imports "+imported+": "+ban.remedy)
				}
			}
		}
	}
	return broken
}

func testsKeepToThemselves(t *tree) (broken []string) {
	for _, f := range t.files {
		for _, imported := range f.ours() {
			if forTests(imported) && !forTests(f.pkg) && !f.test {
				broken = append(broken, f.path+" imports "+imported+", which is for tests: move what it needs into a package of its own")
			}
		}
	}
	return broken
}
