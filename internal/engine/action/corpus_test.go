package action

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Run the test with -args -corpus DIR, a folder of public OpenAPI documents.
var (
	corpus  = flag.String("corpus", "", "folder of OpenAPI documents whose operations are called")
	misses  = flag.String("misses", "", "file to list the calls that the validator refused in")
	sampled = flag.Int("samples", 3, "calls of each operation")
)

// TestCorpusIsAccepted calls every callable operation of published documents
// with valid arguments and asks an independent validator.
func TestCorpusIsAccepted(t *testing.T) {
	if *corpus == "" {
		t.Skip("no -corpus given")
	}
	c := &census{causes: map[string][]string{}}
	err := filepath.WalkDir(*corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".json", ".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		c.file(path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.report(t)
	if c.calls == 0 || float64(c.accepted)/float64(c.calls) < 0.995 {
		t.Errorf("%d of %d calls accepted, want 99.5 %%", c.accepted, c.calls)
	}
}

// A census counts what became of the calls.
type census struct {
	documents, operations, calls, accepted, unsampled int

	causes map[string][]string
}

func (c *census) file(path string) {
	src, err := os.ReadFile(path)
	if err != nil {
		return
	}
	doc, _ := openapi.Parse(src, openapi.Limits{Bytes: 32 << 20, Operations: 5000, Nodes: 5_000_000, Work: 512 << 20})
	if doc == nil || doc.Library() == nil {
		return
	}
	c.documents++
	for i := range doc.Actions {
		if a := &doc.Actions[i]; a.Callable {
			c.operations++
			c.operation(filepath.Base(path), doc, a)
		}
	}
}

func (c *census) operation(file string, doc *openapi.Document, a *openapi.Action) {
	for n := range *sampled {
		args := arguments(rand.New(rand.NewPCG(7, uint64(n))), a)
		if problems := Check(a, args); len(problems) > 0 {
			c.unsampled++
			c.miss("no sample fits: "+problems[0].Message, file, a, args, (&ArgumentError{problems}).Error())
			continue
		}
		c.calls++
		err := ask(doc, a, args)
		if err == nil {
			c.accepted++
			continue
		}
		c.miss(cause(err), file, a, args, err.Error())
	}
}

// ask is accepted; a panic of the validator is an error.
func ask(doc *openapi.Document, a *openapi.Action, args Args) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return accepted(doc, a, args)
}

func (c *census) miss(cause, file string, a *openapi.Action, args Args, why string) {
	c.causes[cause] = append(c.causes[cause], fmt.Sprintf("%s %s %s %.600s\n\t%.700s", file, a.Method, a.Path, written(args), strings.ReplaceAll(why, "\n", "\n\t")))
}

var particular = regexp.MustCompile(`"[^"]*"|'[^']*'|[0-9]+`)

// cause is an error without what is particular to one call.
func cause(err error) string {
	var wrong *ArgumentError
	if errors.As(err, &wrong) {
		return "argument error"
	}
	line, rest, _ := strings.Cut(err.Error(), "\n")
	if strings.HasSuffix(line, "doesn't match schema") {
		line += rest
	}
	return fmt.Sprintf("%.160s", particular.ReplaceAllString(line, "…"))
}

func (c *census) report(t *testing.T) {
	t.Logf("%d documents, %d operations, %d calls, %d accepted (%.3f %%), %d without a sample", c.documents, c.operations, c.calls, c.accepted,
		100*float64(c.accepted)/float64(max(c.calls, 1)), c.unsampled)
	order := slices.SortedFunc(maps.Keys(c.causes), func(a, b string) int { return cmp.Compare(len(c.causes[b]), len(c.causes[a])) })
	var all strings.Builder
	for _, cause := range order {
		t.Logf("%6d  %s", len(c.causes[cause]), cause)
		fmt.Fprintf(&all, "== %d  %s\n%s\n", len(c.causes[cause]), cause, strings.Join(c.causes[cause][:min(len(c.causes[cause]), 8)], "\n"))
	}
	if *misses != "" {
		if err := os.WriteFile(*misses, []byte(all.String()), 0o600); err != nil {
			t.Error(err)
		}
	}
}
