package calling

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

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Run the test with -args -corpus DIR, a folder of public OpenAPI documents.
var (
	corpus  = flag.String("corpus", "", "folder of OpenAPI documents whose operations are called")
	misses  = flag.String("misses", "", "file to list the calls that the validator refused in")
	largest = flag.Int64("largest", 0, "bytes of a document that is still looked at; 0: any")
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
		if err != nil || d.IsDir() || tooLarge(d) || !slices.Contains([]string{".json", ".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		c.file(path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.report(t)
	if c.share(c.excused) < 0.995 {
		t.Errorf("%d of %d calls accepted, want 99.5 %%", c.accepted, c.calls-c.excused)
	}
}

// faults are refusals that are the validator's or the document's, by what their
// text contains, and why. They are listed, and counted apart.
var faults = [][2]string{
	{"unsupported schema of request body", "kin-openapi reads no form of a schema without type: object, and none whose members are objects without an encoding"},
	{`invalid serialization method: style="form", explode=true`, "kin-openapi reads no exploded list or object from a cookie"},
	{"schema has non primitive type", "kin-openapi reads no objects in lists outside of bodies"},
	{"array items must be set with indexes", "kin-openapi reads no lists in objects outside of bodies, but by deepObject"},
	{"value must be an object", "kin-openapi reads no objects in objects outside of bodies, but by deepObject"},
	{"in path has an error: value is required but missing", "the parameter is in: path but not in the path; it is sent in the query, as Amazon's own documents need"},
	{"empty value is not allowed", "kin-openapi reads a parameter without a type as nothing"},
	{"is not declared", "the document names a security scheme that it does not have"},
	{"request body has an error: value is required but missing", "a GET has no body here, and an empty form no bytes"},
	{": undefined", "kin-openapi knows no further parts of a multipart body"},
	{"'oneOf' failed", "the document's alternatives do not exclude each other"},
	{"array items schema is required", "kin-openapi reads no list without items"},
	{"has an error: error parsing regexp", "kin-openapi tries Java's regular expressions when Go cannot read them"},
	{"Value is not nullable", "kin-openapi reads a form's member without type as null"},
	{"unsupported content type", "kin-openapi reads no text but text/plain and text/csv"},
	{`parameter "Accept" in header`, "OpenAPI ignores the parameter; kin-openapi does not"},
	{`parameter "Content-Type" in header`, "OpenAPI ignores the parameter; kin-openapi does not"},
	{`parameter "Authorization" in header`, "OpenAPI ignores the parameter; kin-openapi does not"},
	{`parameter "Content-Length" in header`, "the connection sets it"},
	{"would never end", "kin-openapi overflows the stack on schemas without types that contain themselves"},
	{"side by side", "the path has {a}{b}, which this test's router cannot part"},
	{"is missing", "the document requires a member that it does not describe, or only where a schema contains itself"},
	{"input matches more than one oneOf schemas", "the document's alternatives do not exclude each other"},
}

func fault(err error) string {
	for _, f := range faults {
		if strings.Contains(err.Error(), f[0]) {
			return f[1]
		}
	}
	return ""
}

// A census counts what became of the calls.
type census struct {
	documents, operations, calls, accepted, unsampled, excused int

	causes map[string][]string
}

func (c *census) file(path string) {
	src, err := os.ReadFile(path)
	if err != nil {
		return
	}
	doc := read(src, openapi.Limits{Bytes: 32 << 20, Operations: 5000, Nodes: 5_000_000, Work: 512 << 20})
	if doc == nil {
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

func (c *census) operation(file string, doc *document, a *openapi.Action) {
	for n := range *sampled {
		args := arguments(rand.New(rand.NewPCG(7, uint64(n))), a)
		if problems := action.Check(a, args); len(problems) > 0 {
			c.unsampled++
			c.miss("no sample fits: "+problems[0].Message, file, a, args, (&action.ArgumentError{Problems: problems}).Error())
			continue
		}
		c.calls++
		err := ask(doc, a, args)
		if err == nil {
			c.accepted++
			continue
		}
		why := cause(err)
		if reason := fault(err); reason != "" {
			c.excused++
			why = "(not ours: " + reason + ") " + why
		}
		c.miss(why, file, a, args, err.Error())
	}
}

// ask is accepted; a panic of the validator is an error.
func ask(doc *document, a *openapi.Action, args action.Args) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if item := doc.library.Paths.Value(a.Path); item != nil && item.GetOperation(a.Method) != nil && a.Body != nil {
		if body := item.GetOperation(a.Method).RequestBody; body != nil && body.Value != nil {
			for _, media := range body.Value.Content {
				if endless(media.Schema, map[*openapi3.Schema]bool{}, map[*openapi3.Schema]bool{}) {
					return errors.New("the validator would never end")
				}
			}
		}
	}
	return accepted(doc, a, args)
}

// endless says whether a schema contains itself through schemas without a type
// only: the validator's Schema.IsEmpty then overflows the stack, which nothing
// can recover from.
func endless(ref *openapi3.SchemaRef, chain, seen map[*openapi3.Schema]bool) bool {
	if ref == nil || ref.Value == nil {
		return false
	}
	s := ref.Value
	if chain[s] || seen[s] {
		return chain[s]
	}
	seen[s] = true
	if s.Type == nil {
		chain[s] = true
		defer delete(chain, s)
	} else {
		chain = map[*openapi3.Schema]bool{}
	}
	below := slices.Concat(s.AllOf, s.AnyOf, s.OneOf, openapi3.SchemaRefs{s.Items, s.Not, s.AdditionalProperties.Schema})
	for _, p := range s.Properties {
		below = append(below, p)
	}
	return slices.ContainsFunc(below, func(r *openapi3.SchemaRef) bool { return endless(r, chain, seen) })
}

func (c *census) miss(cause, file string, a *openapi.Action, args action.Args, why string) {
	c.causes[cause] = append(c.causes[cause], fmt.Sprintf("%s %s %s %.600s\n\t%.700s", file, a.Method, a.Path, written(args), strings.ReplaceAll(why, "\n", "\n\t")))
}

var particular = regexp.MustCompile(`"[^"]*"|'[^']*'|[0-9]+`)

// cause is an error without what is particular to one call.
func cause(err error) string {
	if _, ok := errors.AsType[*action.ArgumentError](err); ok {
		return "argument error"
	}
	line, rest, _ := strings.Cut(err.Error(), "\n")
	if strings.HasSuffix(line, "doesn't match schema") {
		line += rest
	}
	return fmt.Sprintf("%.160s", particular.ReplaceAllString(line, "…"))
}

func tooLarge(d fs.DirEntry) bool {
	info, err := d.Info()
	return err == nil && *largest > 0 && info.Size() > *largest
}

// share is how many of the calls were accepted, without so many.
func (c *census) share(excused int) float64 {
	return float64(c.accepted) / float64(max(c.calls-excused, 1))
}

func (c *census) report(t *testing.T) {
	t.Logf("%d documents, %d operations, %d calls, %d accepted (%.3f %%), %d refused by a fault of the validator or the document; %.3f %% without those; %d without a sample",
		c.documents, c.operations, c.calls, c.accepted, 100*c.share(0), c.excused, 100*c.share(c.excused), c.unsampled)
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
