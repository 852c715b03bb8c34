package house

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

func everyPackageHasOneDoc(t *tree) (broken []string) {
	packages := t.packages()
	for _, pkg := range t.packageNames() {
		var documented []string
		for _, f := range packages[pkg] {
			if f.Doc.Text() != "" {
				documented = append(documented, f.path)
			}
		}
		switch len(documented) {
		case 0:
			broken = append(broken, pkg+" has no package doc: say what it owns, what it does not, and who does")
		case 1:
		default:
			broken = append(broken, fmt.Sprintf("%s has %d package docs, in %s: keep one", pkg, len(documented), strings.Join(documented, " and ")))
		}
	}
	return broken
}

func docsBeginWithTheName(t *tree) (broken []string) {
	for _, f := range t.files {
		want := "Package " + f.Name.Name + " "
		if f.Name.Name == "main" {
			want = "Command " + path.Base(f.pkg) + " "
		}
		text := strings.Join(strings.Fields(f.Doc.Text()), " ")
		if !f.test && text != "" && !strings.HasPrefix(text, want) {
			broken = append(broken, fmt.Sprintf("%s: begin the package doc with %q", f.path, want))
		}
	}
	return broken
}

func packageNamesSayWhatIsInside(t *tree) (broken []string) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "types", "model", "models", "manager", "managers", "misc", "shared", "base", "lib"}
	for _, f := range t.files {
		if slices.Contains(empty, f.Name.Name) {
			broken = append(broken, f.path+": a package named "+f.Name.Name+" will hold anything: name it after the one thing it knows")
		}
	}
	return broken
}

func noInit(t *tree) (broken []string) {
	for _, f := range t.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				broken = append(broken, t.at(fn)+": init runs before anybody asked: build the value where things are wired, or with sync.OnceValue")
			}
		}
	}
	return broken
}

func noDotImport(t *tree) (broken []string) {
	for _, f := range t.files {
		for _, spec := range f.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				broken = append(broken, t.at(spec)+": a dot import hides where names come from: import it by its name")
			}
		}
	}
	return broken
}

// The sizes are those of code bases that read well. Generated code is not read.
const (
	longestFile     = 600
	longestFunction = 60
)

func nothingIsTooLong(t *tree) (broken []string) {
	for _, f := range t.files {
		if ast.IsGenerated(f.File) {
			continue
		}
		if n := t.lines(f.FileStart, f.FileEnd); n > longestFile {
			broken = append(broken, fmt.Sprintf("%s has %d lines, more than %d: split it by noun", f.path, n, longestFile))
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.test {
				continue
			}
			if n := t.lines(fn.Pos(), fn.End()); n > longestFunction {
				broken = append(broken, fmt.Sprintf("%s: %s has %d lines, more than %d: name its parts", t.at(fn), fn.Name.Name, n, longestFunction))
			}
		}
	}
	return broken
}
