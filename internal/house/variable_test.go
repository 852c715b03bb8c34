package house

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// variablesAreConstant holds package variables to what Go cannot write as
// constants: each has a value from the start (or is embedded), and nobody
// writes it.
func variablesAreConstant(t *tree) (broken []string) {
	packages := t.packages()
	for _, pkg := range t.packageNames() {
		info := t.resolve(packages[pkg])
		for _, f := range packages[pkg] {
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
					broken = append(broken, t.checkVariables(g)...)
				}
			}
			ast.Inspect(f.File, func(n ast.Node) bool {
				for _, written := range writes(n) {
					if v := packageVariable(info, written); v != "" {
						broken = append(broken, t.at(n)+": writes the package variable "+v+": make it a field of what needs it")
					}
				}
				return true
			})
		}
	}
	return broken
}

func (t *tree) checkVariables(g *ast.GenDecl) (broken []string) {
	for _, s := range g.Specs {
		spec := s.(*ast.ValueSpec)
		name := t.at(spec) + ": " + spec.Names[0].Name
		if len(spec.Values) == 0 && !embedded(g.Doc) && !embedded(spec.Doc) {
			broken = append(broken, name+" has no value, so somebody must write it later: make it a field, or give it its value here")
		}
		for _, value := range spec.Values {
			if kind := mutable(value); kind != "" {
				broken = append(broken, name+" is a "+kind+", which exists to be changed: make it a field")
			}
		}
	}
	return broken
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// mutable names a type of which a value makes sense only if it changes.
func mutable(value ast.Expr) string {
	switch v := value.(type) {
	case *ast.UnaryExpr:
		return mutable(v.X)
	case *ast.CompositeLit:
		if sel, ok := v.Type.(*ast.SelectorExpr); ok {
			name := types.ExprString(sel)
			if strings.HasPrefix(name, "sync.") || strings.HasPrefix(name, "atomic.") {
				return name
			}
		}
	case *ast.CallExpr:
		if fn, ok := v.Fun.(*ast.Ident); ok && (fn.Name == "make" || fn.Name == "new") {
			return fn.Name + "(…)"
		}
	}
	return ""
}

// writes are the expressions that a statement or a call changes.
func writes(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") {
			return n.Args[:1]
		}
	}
	return nil
}

// packageVariable names the package variable at the root of an expression such
// as table[key].field, of this package or of another.
func packageVariable(info *types.Info, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return packageVariable(info, e.X)
	case *ast.StarExpr:
		return packageVariable(info, e.X)
	case *ast.IndexExpr:
		return packageVariable(info, e.X)
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok {
			if _, imported := info.Uses[id].(*types.PkgName); imported {
				return types.ExprString(e)
			}
		}
		return packageVariable(info, e.X)
	case *ast.Ident:
		if v, ok := info.Uses[e].(*types.Var); ok && v.Parent() == v.Pkg().Scope() {
			return e.Name
		}
	}
	return ""
}

// resolve finds out what the names in a package mean. Other packages stay
// unknown, so that it is quick and works on a tree that does not compile.
func (t *tree) resolve(files []file) *types.Info {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Error: func(error) {}, Importer: strangers{}}
	parsed := make([]*ast.File, len(files))
	for i, f := range files {
		parsed[i] = f.File
	}
	_, _ = config.Check(files[0].pkg, t.fset, parsed, info) // it cannot but complain of the strangers
	return info
}

// strangers imports every package as an empty one.
type strangers struct{}

func (strangers) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
	p.MarkComplete()
	return p, nil
}
