package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/parleyhq/parley"

// tree is the repository as it lies on the disk.
type tree struct {
	fset  *token.FileSet
	files []file            // of Go
	texts map[string]string // every text, by its path from the root
}

// file is one Go file.
type file struct {
	*ast.File
	path string // from the root, with slashes
	pkg  string // the folder of path
	test bool
}

// load reads a repository.
func load(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet(), texts: map[string]string{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && notOurs(d.Name()):
			return fs.SkipDir
		case !d.Type().IsRegular() || !isText(name):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return t.add(name, string(text))
	})
	return t, err
}

func (t *tree) add(name, text string) error {
	t.texts[name] = text
	if path.Ext(name) != ".go" {
		return nil
	}
	parsed, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.files = append(t.files, file{parsed, name, path.Dir(name), strings.HasSuffix(name, "_test.go")})
	return nil
}

// notOurs are folders that a build or a run leaves behind.
func notOurs(folder string) bool {
	return slices.Contains([]string{".git", "bin", "node_modules", "parley-data", ".venv"}, folder)
}

func isText(name string) bool {
	if strings.Contains(name, "testdata/fuzz/") { // inputs that a fuzzer made
		return false
	}
	ext := path.Ext(name)
	return ext == "" || slices.Contains([]string{
		".go", ".mod", ".md", ".txt", ".txtar", ".json", ".yaml", ".yml", ".sql", ".sh", ".py", ".js", ".mjs", ".html", ".css",
	}, ext)
}

// packages are the files of each folder, without tests.
func (t *tree) packages() map[string][]file {
	found := map[string][]file{}
	for _, f := range t.files {
		if !f.test {
			found[f.pkg] = append(found[f.pkg], f)
		}
	}
	return found
}

func (t *tree) packageNames() []string { return slices.Sorted(maps.Keys(t.packages())) }

// at is where a node stands, as editors like to jump to it.
func (t *tree) at(n ast.Node) string {
	p := t.fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// lines is how many lines there are from one position to another.
func (t *tree) lines(from, to token.Pos) int {
	return t.fset.Position(to).Line - t.fset.Position(from).Line + 1
}

// imports are the paths that a file imports; those of this repository by their
// folder.
func (f file) imports() []string {
	var found []string
	for _, spec := range f.Imports {
		found = append(found, strings.TrimPrefix(strings.Trim(spec.Path.Value, "\"`"), module+"/"))
	}
	return found
}

// ours are the folders of this repository that a file imports.
func (f file) ours() []string {
	return slices.DeleteFunc(f.imports(), func(p string) bool {
		return !within(p, "internal") && !within(p, "cmd") && !within(p, "parleytest")
	})
}

func within(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

// forTests reports whether a package exists to be imported by tests.
func forTests(pkg string) bool {
	return strings.HasSuffix(pkg, "test") || within(pkg, "internal/e2e") || within(pkg, "internal/house") ||
		strings.Contains(pkg, "/internal/")
}

// started reports whether somebody starts the package, or it is for tests.
func started(f file) bool {
	return f.Name.Name == "main" || within(f.pkg, "cmd") || forTests(f.pkg)
}
