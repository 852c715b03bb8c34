package house

import (
	"go/ast"
	"go/types"
)

// forbidden are names of the standard library that take a decision which
// belongs to whoever starts the program, and what to do instead.
var forbidden = map[string]string{
	"time.Now":   clock,
	"time.Since": clock,
	"time.Until": clock,

	"os.Getenv":    environment,
	"os.LookupEnv": environment,
	"os.Environ":   environment,
	"os.ExpandEnv": environment,
	"os.Args":      environment,

	"net/http.DefaultClient":    network,
	"net/http.DefaultTransport": network,
	"net/http.Get":              network,
	"net/http.Head":             network,
	"net/http.Post":             network,
	"net/http.PostForm":         network,
	"net/http.DefaultServeMux":  "make a handler and pass it on",
	"net/http.Handle":           "make a handler and pass it on",
	"net/http.HandleFunc":       "make a handler and pass it on",

	"log/slog.Default":    logger,
	"log/slog.SetDefault": logger,
	"log/slog.Debug":      logger,
	"log/slog.Info":       logger,
	"log/slog.Warn":       logger,
	"log/slog.Error":      logger,
	"log.Print":           logger,
	"log.Printf":          logger,
	"log.Println":         logger,
	"log.Fatal":           logger,
	"log.Fatalf":          logger,

	"os.Exit":     "return an error: cmd decides about the exit code",
	"os.Stdout":   output,
	"os.Stderr":   output,
	"os.Stdin":    output,
	"fmt.Print":   output,
	"fmt.Printf":  output,
	"fmt.Println": output,
}

const (
	clock       = "take Now func() time.Time, so that a test can set the clock"
	environment = "take the setting as an argument: only cmd reads the environment"
	network     = "go through platform/outbound, which guards every way out"
	logger      = "take a *slog.Logger"
	output      = "take an io.Writer or an io.Reader"
)

// decisionsAreTheStarters keeps those names out of what does not start
// programs.
func decisionsAreTheStarters(t *tree) (broken []string) {
	packages := t.packages()
	for _, pkg := range t.packageNames() {
		if started(packages[pkg][0]) {
			continue
		}
		info := t.resolve(packages[pkg])
		for _, f := range packages[pkg] {
			ast.Inspect(f.File, func(n ast.Node) bool {
				name := qualified(info, n)
				if remedy := forbidden[name]; remedy != "" {
					broken = append(broken, t.at(n)+": "+name+": "+remedy)
				}
				return true
			})
		}
	}
	return broken
}

// qualified is the full name of what a selector takes from another package.
func qualified(info *types.Info, n ast.Node) string {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	imported, ok := info.Uses[id].(*types.PkgName)
	if !ok {
		return ""
	}
	return imported.Imported().Path() + "." + sel.Sel.Name
}
